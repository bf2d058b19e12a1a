"""CreateScanJob (its WS-Scan page)."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor
from emulator.soap.xml import QName, place
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, append_as_child, message, open_message
from emulator.wsscan.values.image_information import NO_IMAGES, ImageInformation
from emulator.wsscan.values.jobs import FinalParameters
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.final_parameters import (
    MISPRINT,
    NAME,
    child_final_parameters,
    write_final_parameters,
)
from emulator.wsscan.xml.image_information import read_image_information, write_image_information
from emulator.wsscan.xml.jobs import read_job_id
from emulator.wsscan.xml.structure import expected
from emulator.wsscan.xml.ticket import read_requested_ticket, write_ticket


@dataclass(frozen=True, slots=True)
class CreateScanJobRequest:
    """Asks for a scan job. The two strings belong to a scan that the device began.
    [wscn/create-scan-job/request]"""

    ticket: ScanTicket
    scan_identifier: str = ""
    """Of the ScanAvailableEvent; '' where the application begins the scan."""
    destination_token: str = ""
    """Of the SubscribeResponse; '' where the application begins the scan."""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """CreateScanJobRequest; empty strings are not written.
        [wscn/scan-available/application-sends-the-ticket-only] [wscn/scan-available/client-sends-both]"""
        root = message("CreateScanJobRequest", namespace)
        for name, value in (
            ("ScanIdentifier", self.scan_identifier),
            ("DestinationToken", self.destination_token),
        ):
            if value:
                add_child(root, name, value)
        root.append(write_ticket(self.ticket, QName(namespace, "ScanTicket")))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CreateScanJobRequest:
        """An empty string, which WSD-python sends, is noted and absent. Raises ContentError when ScanTicket is
        missing, cannot be understood or holds a value outside its type.
        [wscn/scan-available/empty-strings-are-absent] [clients/wsd-python/empty-identifier-and-token]"""
        order = ("ScanIdentifier", "DestinationToken", "ScanTicket")
        cursor = open_message(element, "CreateScanJobRequest", order, deviations)
        return cls(
            read_requested_ticket(cursor.required("ScanTicket").element, deviations),
            _optional_token(cursor.child("ScanIdentifier")),
            _optional_token(cursor.child("DestinationToken")),
        )


def _optional_token(cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    found = cursor.token()
    if not found:
        cursor.deviations.note("value", place(cursor.element), "empty")
    return found


@dataclass(frozen=True, slots=True)
class CreateScanJobResponse:
    """The job is there. [wscn/create-scan-job/response]"""

    job_id: int
    """1..2147483647."""
    job_token: str
    """Opaque; a secret of the device and of whom it answers."""
    image_information: ImageInformation
    final_parameters: FinalParameters

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """CreateScanJobResponse with all its four children: strict clients want them.
        [clients/go-mfp/create-response-complete] [clients/sane-airscan/job-id-and-token]"""
        root = message("CreateScanJobResponse", namespace)
        add_child(root, "JobId", self.job_id)
        add_child(root, "JobToken", self.job_token)
        append_as_child(root, write_image_information(self.image_information))
        append_as_child(root, write_final_parameters(self.final_parameters))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CreateScanJobResponse:
        """Missing ImageInformation is noted and NO_IMAGES, missing DocumentFinalParameters is noted and nothing.

        Raises ContentError when JobId or JobToken is missing or a value is of the wrong type.
        """
        order = ("JobId", "JobToken", "ImageInformation", MISPRINT, NAME)
        cursor = open_message(element, "CreateScanJobResponse", order, deviations)
        images = expected(cursor, "ImageInformation")
        return cls(
            read_job_id(cursor),
            cursor.required("JobToken").text(),  # opaque: it goes back as it came
            NO_IMAGES if images is None else read_image_information(images.element, deviations),
            child_final_parameters(cursor),
        )
