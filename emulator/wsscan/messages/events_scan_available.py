"""ScanAvailableEvent: somebody at the device has chosen a destination (its WS-Scan pages; ws-scan.md section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import SCAN_AVAILABLE_EVENT, WSCN
from emulator.wsscan.messages.frame import add_child, message, open_message


@dataclass(frozen=True, slots=True)
class ScanAvailableEvent:
    """Goes to the subscriber of the destination alone; WS-DSD does not have it.
    [wscn/event/scan-available] [wscn/scan-available/event-content] [wscn/scan-available/client-sends-both]"""

    client_context: str
    """Of the ScanDestination that was chosen."""
    scan_identifier: str
    """Goes back in CreateScanJob; another in every event."""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ScanAvailableEvent."""
        root = message(SCAN_AVAILABLE_EVENT, namespace)
        add_child(root, "ClientContext", self.client_context)
        add_child(root, "ScanIdentifier", self.scan_identifier)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ScanAvailableEvent:
        """Raises ContentError when ClientContext or ScanIdentifier is missing."""
        cursor = open_message(element, SCAN_AVAILABLE_EVENT, ("ClientContext", "ScanIdentifier"), deviations)
        return cls(cursor.required("ClientContext").text(), cursor.required("ScanIdentifier").text())
