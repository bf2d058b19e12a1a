"""What a scanner tells its subscribers of itself: ScannerElementsChangeEvent, ScannerStatusSummaryEvent,
ScannerStatusConditionEvent, ScannerStatusConditionClearedEvent (their WS-Scan and WS-DSD pages; ws-scan.md 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_ELEMENTS_CHANGE_EVENT,
    SCANNER_STATUS_CONDITION_CLEARED_EVENT,
    SCANNER_STATUS_CONDITION_EVENT,
    SCANNER_STATUS_SUMMARY_EVENT,
    WSCN,
)
from emulator.wsscan.messages.frame import add_child, append_as_child, below, message, open_message
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.status import DeviceCondition, ScannerDescription, ScannerState, ScannerStateReason
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.configuration import read_scanner_configuration, write_scanner_configuration
from emulator.wsscan.xml.description import read_scanner_description, write_scanner_description
from emulator.wsscan.xml.settings import add, whole_number
from emulator.wsscan.xml.status import (
    read_device_condition,
    read_state_reasons,
    write_device_condition,
    write_state_reasons,
)
from emulator.wsscan.xml.structure import CLOCK_NOT_SET, add_time, enumerated, time_or
from emulator.wsscan.xml.ticket import read_ticket, write_ticket

_CHANGED_PAGE = "ScannerElementsChangedEvent"
"""The name on one page [wscn/event/names]. [notes/c-28/scanner-elements-change-event]"""


@dataclass(frozen=True, slots=True)
class ScannerElementsChangeEvent:
    """Elements have changed. Each that has is there and complete: what it could hold and does not is no longer
    supported. [wscn/event/scanner-elements-change] [wscn/event/changed-element-complete]
    [wscn/event/client-takes-over-changes] [dsd/event/scanner-elements-change]
    [dsd/event/changed-element-is-whole] [dsd/event/missing-element-is-gone]"""

    description: ScannerDescription | None = None
    configuration: ScannerConfiguration | None = None
    default_ticket: ScanTicket | None = None

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ScannerElementsChangeEvent."""
        root = message(SCANNER_ELEMENTS_CHANGE_EVENT, namespace)
        changes = add_child(root, "ElementChanges")
        if self.description is not None:
            changes.append(write_scanner_description(self.description))
        if self.configuration is not None:
            changes.append(write_scanner_configuration(self.configuration))
        if self.default_ticket is not None:
            changes.append(write_ticket(self.default_ticket, DEFAULT_SCAN_TICKET))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ScannerElementsChangeEvent:
        """Raises ContentError when ElementChanges is missing or an element in it cannot be understood."""
        cursor = open_message(
            element, SCANNER_ELEMENTS_CHANGE_EVENT, ("ElementChanges",), deviations, alias=_CHANGED_PAGE
        )
        names = (SCANNER_DESCRIPTION.local, SCANNER_CONFIGURATION.local, DEFAULT_SCAN_TICKET.local)
        changes = below(cursor.required("ElementChanges"), names)
        description, configuration, ticket = (changes.child(name) for name in names)
        return cls(
            None if description is None else read_scanner_description(description.element, deviations),
            None if configuration is None else read_scanner_configuration(configuration.element, deviations),
            None if ticket is None else read_ticket(ticket.element, deviations),
        )


@dataclass(frozen=True, slots=True)
class ScannerStatusSummaryEvent:
    """State or reasons are others. Keywords that vendors add stay str. [wscn/event/scanner-status-summary]
    [dsd/event/scanner-status-summary]"""

    state: ScannerState | str
    reasons: tuple[ScannerStateReason | str, ...]
    """None where there is nothing to add."""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ScannerStatusSummaryEvent; without a reason None is written. [dsd/event/children-of-status-summary]"""
        root = message(SCANNER_STATUS_SUMMARY_EVENT, namespace)
        summary = add_child(root, "StatusSummary")
        add(summary, "ScannerState", self.state)
        write_state_reasons(summary, self.reasons)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ScannerStatusSummaryEvent:
        """A missing list of reasons is noted and empty. Raises ContentError without StatusSummary or
        ScannerState."""
        cursor = open_message(element, SCANNER_STATUS_SUMMARY_EVENT, ("StatusSummary",), deviations)
        summary = below(cursor.required("StatusSummary"), ("ScannerState", "ScannerStateReasons"))
        return cls(enumerated(summary.required("ScannerState"), ScannerState), read_state_reasons(summary))


@dataclass(frozen=True, slots=True)
class ScannerStatusConditionEvent:
    """A condition has been added to ActiveConditions, or is another now. [wscn/event/scanner-status-condition]
    [dsd/event/scanner-status-condition]"""

    condition: DeviceCondition

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ScannerStatusConditionEvent, Id without a prefix as WS-DSD prints it.
        [dsd/event/condition-id-is-unqualified]"""
        root = message(SCANNER_STATUS_CONDITION_EVENT, namespace)
        append_as_child(root, write_device_condition(self.condition))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ScannerStatusConditionEvent:
        """Raises ContentError without DeviceCondition, and for one that cannot be understood."""
        cursor = open_message(element, SCANNER_STATUS_CONDITION_EVENT, ("DeviceCondition",), deviations)
        return cls(read_device_condition(cursor.required("DeviceCondition").element, deviations))


@dataclass(frozen=True, slots=True)
class ScannerStatusConditionClearedEvent:
    """A condition is gone. [wscn/event/scanner-status-condition-cleared] [notes/c-28/condition-cleared-event]
    [dsd/event/scanner-status-condition-cleared]"""

    condition_id: int
    """That of the DeviceCondition."""
    clear_time: datetime

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ScannerStatusConditionClearedEvent. Valid by schema with an id from 1.
        [dsd/event/children-of-device-condition-cleared]"""
        root = message(SCANNER_STATUS_CONDITION_CLEARED_EVENT, namespace)
        cleared = add_child(root, "DeviceConditionCleared")
        add(cleared, "ConditionId", self.condition_id)
        add_time(cleared, "ConditionClearTime", self.clear_time)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ScannerStatusConditionClearedEvent:
        """A time that is missing or none is noted and that of a clock which nobody has set. Raises ContentError
        without DeviceConditionCleared or ConditionId, and for an id that is no number."""
        cursor = open_message(
            element, SCANNER_STATUS_CONDITION_CLEARED_EVENT, ("DeviceConditionCleared",), deviations
        )
        cleared = below(cursor.required("DeviceConditionCleared"), ("ConditionId", "ConditionClearTime"))
        return cls(
            whole_number(1)(cleared.required("ConditionId")),
            time_or(cleared, "ConditionClearTime", CLOCK_NOT_SET),
        )
