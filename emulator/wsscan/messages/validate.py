"""ValidateScanTicket (its WS-Scan page): whether a ticket would be honoured, and what images it would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.xml import QName
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, below, message, open_message
from emulator.wsscan.values.image_information import NO_IMAGES, ImageInformation
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.image_information import read_image_information, write_image_information
from emulator.wsscan.xml.settings import add
from emulator.wsscan.xml.structure import boolean, expected
from emulator.wsscan.xml.ticket import read_requested_ticket, read_ticket, write_ticket

_VALID_SCAN_TICKET: Final = QName(WSCN, "ValidScanTicket")
_INFO_ORDER: Final = ("ValidTicket", "ImageInformation", "ValidScanTicket")


@dataclass(frozen=True, slots=True)
class ValidateScanTicketRequest:
    """Asks whether a ticket is valid. [wscn/validate-scan-ticket/request]
    [dsd/validate-scan-ticket/request] [dsd/validate-scan-ticket/partial-ticket]"""

    ticket: ScanTicket

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ValidateScanTicketRequest."""
        root = message("ValidateScanTicketRequest", namespace)
        root.append(write_ticket(self.ticket, QName(namespace, "ScanTicket")))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ValidateScanTicketRequest:
        """Raises ContentError when ScanTicket is missing, cannot be understood or holds a value outside its
        type."""
        cursor = open_message(element, "ValidateScanTicketRequest", ("ScanTicket",), deviations)
        return cls(read_requested_ticket(cursor.required("ScanTicket").element, deviations))


@dataclass(frozen=True, slots=True)
class ValidateScanTicketResponse:
    """`valid_ticket`, for a ticket that is not valid: a corrected one that would be.
    [wscn/validate-scan-ticket/response] [dsd/validate-scan-ticket/response]
    [dsd/validate-scan-ticket/validation-info]"""

    valid: bool
    image_information: ImageInformation
    """NO_IMAGES for a ticket that is not valid."""
    valid_ticket: ScanTicket | None = None

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """ValidateScanTicketResponse."""
        root = message("ValidateScanTicketResponse", namespace)
        info = add_child(root, "ValidationInfo")
        add(info, "ValidTicket", boolean(self.valid))
        info.append(write_image_information(self.image_information))
        if self.valid_ticket is not None:
            info.append(write_ticket(self.valid_ticket, _VALID_SCAN_TICKET))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> ValidateScanTicketResponse:
        """Raises ContentError when ValidationInfo or ValidTicket is missing or a value is of the wrong type."""
        cursor = open_message(element, "ValidateScanTicketResponse", ("ValidationInfo",), deviations)
        info = below(cursor.required("ValidationInfo"), _INFO_ORDER)
        images, ticket = expected(info, "ImageInformation"), info.child("ValidScanTicket")
        return cls(
            info.required("ValidTicket").boolean(),
            NO_IMAGES if images is None else read_image_information(images.element, deviations),
            None if ticket is None else read_ticket(ticket.element, deviations),
        )
