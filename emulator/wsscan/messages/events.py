"""The events of WS-Scan and WS-DSD by their names: what a body of one is read as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.xml import local_name
from emulator.wsscan.constants import (
    JOB_END_STATE_EVENT,
    JOB_STATUS_EVENT,
    SCAN_AVAILABLE_EVENT,
    SCANNER_ELEMENTS_CHANGE_EVENT,
    SCANNER_STATUS_CONDITION_CLEARED_EVENT,
    SCANNER_STATUS_CONDITION_EVENT,
    SCANNER_STATUS_SUMMARY_EVENT,
)
from emulator.wsscan.messages.events_job import JobEndStateEvent, JobStatusEvent
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent
from emulator.wsscan.messages.events_scanner import (
    ScannerElementsChangeEvent,
    ScannerStatusConditionClearedEvent,
    ScannerStatusConditionEvent,
    ScannerStatusSummaryEvent,
)

Event: TypeAlias = (
    ScannerElementsChangeEvent
    | ScannerStatusSummaryEvent
    | ScannerStatusConditionEvent
    | ScannerStatusConditionClearedEvent
    | JobStatusEvent
    | JobEndStateEvent
    | ScanAvailableEvent
)

EVENTS: Final[Mapping[str, type[Event]]] = {
    SCANNER_ELEMENTS_CHANGE_EVENT: ScannerElementsChangeEvent,
    SCANNER_STATUS_SUMMARY_EVENT: ScannerStatusSummaryEvent,
    SCANNER_STATUS_CONDITION_EVENT: ScannerStatusConditionEvent,
    SCANNER_STATUS_CONDITION_CLEARED_EVENT: ScannerStatusConditionClearedEvent,
    JOB_STATUS_EVENT: JobStatusEvent,
    JOB_END_STATE_EVENT: JobEndStateEvent,
    SCAN_AVAILABLE_EVENT: ScanAvailableEvent,
}
"""By the local name of the body's element, which is that of the action too."""


def name_of_event(event: Event) -> str:
    """The local name of its element and action."""
    return next(name for name, kind in EVENTS.items() if type(event) is kind)


def read_event(element: etree._Element, deviations: Deviations) -> Event:
    """The event that a Body holds, in any of the namespaces. Raises ContentError when it is none, or cannot be
    understood."""
    name = local_name(element)
    # One page has another name; its reader notes it.
    kind = EVENTS.get(name) or (ScannerElementsChangeEvent if name.startswith("ScannerElementsChange") else None)
    if kind is None:
        raise ContentError("Body", f"holds no event: {name[:60]}")
    return kind.from_xml(element, deviations)
