"""Mutants of sections and their data, and of the default ticket."""

from __future__ import annotations

from typing import Any

from device_plugs import WSCN, holding, invalid, refuses, says, wrong
from lxml import etree
from mutant import attribute, renamed, text, without

from emulator.wsscan import faults

NOTHING_MORE = faults.invalid_args("Name")
LAST = "//wscn:ElementData[last()]"
UNKNOWN = "//wscn:ElementData[contains(@Name, 'SomethingElse')]"


def qualified(root: Any) -> None:
    """Name and Valid have a namespace."""
    for each in root.iter(f"{WSCN}ElementData"):
        for name in ("Name", "Valid"):
            each.set(f"{WSCN}{name}", each.attrib.pop(name))


def marked(root: Any) -> None:
    """Format of the default ticket has MustHonor."""
    for each in root.xpath("//*[local-name()='DefaultScanTicket']//*[local-name()='Format']"):
        each.set(f"{WSCN}MustHonor", "true")


def not_applicable(root: Any) -> None:
    """NotApplicable stands in the list of the film unit."""
    for each in root.iter(f"{WSCN}FilmScanModeValue"):
        each.text = "NotApplicable"


def another_child(root: Any) -> None:
    """There is an element that no schema knows before the data."""
    for each in root.iter(f"{WSCN}ScannerElements"):
        each.insert(0, etree.Element(f"{WSCN}Preface"))


DEFAULT = "//wscn:DefaultScanTicket"

MUTANTS = (
    wrong(
        "wscn/get-scanner-elements/supported",
        "of the status refused",
        refuses("GetScannerElements", holding("ScannerStatus")),
    ),
    wrong("wscn/get-scanner-elements/response", "another element", says(another_child)),
    wrong("wscn/get-scanner-elements/sections", "no description", says(without("//wscn:ScannerDescription"))),
    wrong("notes/c-28/default-scan-ticket-asked-for", "not known", says(without(DEFAULT))),
    wrong("wscn/element-data/one-for-each-name", "none of the unknown", says(without(UNKNOWN))),
    wrong("wscn/element-data/name-with-prefix", "no prefix", says(attribute("//wscn:ElementData", "Name", "Some"))),
    wrong(
        "wscn/element-data/name-with-prefix",
        "another name",
        says(attribute("//wscn:ElementData", "Name", "wscn:Platen")),
    ),
    wrong("wscn/element-data/valid-true-for-a-known-name", "false", says(attribute(LAST, "Valid", "false"))),
    wrong("wscn/element-data/valid-false-for-an-unknown-name", "true", says(attribute(UNKNOWN, "Valid", "true"))),
    wrong("wscn/element-data/valid-false-for-an-unknown-name", "content", says(text(UNKNOWN, "unknown"))),
    wrong(
        "wscn/element-data/valid-false-for-an-unknown-name",
        "all refused",
        refuses("GetScannerElements", holding("SomethingElse"), NOTHING_MORE),
    ),
    wrong("wscn/element-data/attributes-unqualified", "qualified", says(qualified)),
    wrong("notes/c-09/wscn-attributes-bare", "qualified", says(qualified)),
    wrong(
        "wscn/element-data/prefix-resolved-in-scope",
        "refused",
        refuses("GetScannerElements", holding("other:ScannerStatus"), NOTHING_MORE),
    ),
    wrong(
        "wscn/element-data/name-without-prefix-accepted",
        "refused",
        refuses("GetScannerElements", holding(">ScannerStatus</"), NOTHING_MORE),
    ),
    wrong(
        "wscn/wire/namespace-of-2006-01-accepted",
        "refused",
        refuses("GetScannerElements", holding("2006/01/wdp/scan"), NOTHING_MORE),
    ),
    wrong(
        "notes/c-01/wscn-2006-01-read",
        "refused",
        refuses("GetScannerElements", holding("2006/01/wdp/scan"), NOTHING_MORE),
    ),
    wrong("wscn/default-scan-ticket/every-option", "no Rotation", says(without(f"{DEFAULT}//wscn:Rotation"))),
    wrong("wscn/default-scan-ticket/every-option", "no resolution", says(without(f"{DEFAULT}//wscn:Resolution"))),
    wrong("wscn/must-honor/only-in-submitted-tickets", "on Format", says(marked)),
    wrong("wscn/default-scan-ticket/names", "no JobName", says(without(f"{DEFAULT}//wscn:JobName"))),
    wrong(
        "wscn/default-scan-ticket/names",
        "another name of it",
        says(renamed(f"{DEFAULT}//wscn:JobName", f"{WSCN}Name")),
    ),
    wrong("wscn/ticket/contrast", "of -1000 is invalid", invalid("Contrast>-1000<")),
    wrong("wscn/ticket/brightness", "of 1000 is invalid", invalid("Brightness>1000<")),
    wrong("wscn/ticket/sharpness", "of 0 is invalid", invalid("Sharpness>0<")),
    wrong("wscn/ticket/film-scan-mode-not-applicable", "in the list", says(not_applicable), profile="photo-film"),
    wrong(
        "wscn/default-scan-ticket/can-be-submitted",
        "refused",
        refuses("CreateScanJob", holding("<wscn:Contrast"), NOTHING_MORE),
    ),
)
