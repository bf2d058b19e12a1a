"""ScanDestinations and DestinationResponses, which a subscription to ScanAvailableEvent carries (its pages;
ws-scan.md section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.destinations import DestinationResponse, ScanDestination
from emulator.wsscan.xml.settings import MAX_STRING, add, string
from emulator.wsscan.xml.structure import check_structure, missing, new, structure

_NAME: Final = "ClientDisplayName"
_MISPRINT: Final = "ClientDisplayString"
"""In the printed Subscribe [wscn/scan-available/client-display-string-accepted].
[notes/c-10/client-display-string-read]"""


def read_scan_destinations(element: etree._Element, deviations: Deviations) -> tuple[ScanDestination, ...]:
    """Read wscn:ScanDestinations; none in it, and ClientDisplayString, are noted. Raises ContentError for a
    destination without a name or without ClientContext. [wscn/scan-available/scan-destinations]"""
    cursor = structure(element, ("ScanDestination",), deviations)
    found = tuple(_read_destination(each) for each in cursor.children("ScanDestination"))
    if not found:
        missing(cursor, "ScanDestination")
    return found


def _read_destination(cursor: Cursor) -> ScanDestination:
    check_structure(cursor, (_NAME, _MISPRINT, "ClientContext"))
    name = cursor.child(_NAME)
    if name is None:
        name = cursor.child(_MISPRINT)
        if name is None:
            raise ContentError(_NAME, f"missing in {cursor.name}")
        cursor.deviations.note("spelling", place(name.element), _MISPRINT)
    return ScanDestination(string(name) or "", cursor.required("ClientContext").text())


def write_scan_destinations(destinations: Sequence[ScanDestination]) -> etree._Element:
    """wscn:ScanDestinations; names are cut to 255 characters. Valid by schema with at least one."""
    root = new("ScanDestinations")
    for each in destinations:
        element = add(root, "ScanDestination")
        add(element, _NAME, xml_text(each.display_name)[:MAX_STRING])
        add(element, "ClientContext", each.client_context)
    return root


def read_destination_responses(element: etree._Element, deviations: Deviations) -> tuple[DestinationResponse, ...]:
    """Read wscn:DestinationResponses. Raises ContentError for one without ClientContext or DestinationToken."""
    cursor = structure(element, ("DestinationResponse",), deviations)
    found = []
    for each in cursor.children("DestinationResponse"):
        check_structure(each, ("ClientContext", "DestinationToken"))
        context, token = each.required("ClientContext").text(), each.required("DestinationToken").text()
        found.append(DestinationResponse(context, token))
    if not found:
        missing(cursor, "DestinationResponse")
    return tuple(found)


def write_destination_responses(responses: Sequence[DestinationResponse]) -> etree._Element:
    """wscn:DestinationResponses. Valid by schema with at least one.
    [wscn/scan-available/destination-responses] [wscn/scan-available/context-copied]"""
    root = new("DestinationResponses")
    for each in responses:
        element = add(root, "DestinationResponse")
        add(element, "ClientContext", each.client_context)
        add(element, "DestinationToken", each.destination_token)
    return root
