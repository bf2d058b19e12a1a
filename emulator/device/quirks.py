"""Habits of real devices that depart from the documents, by name (facts from sane-airscan's source and issues)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Quirk(StrEnum):
    """A habit that can be seen in what a device tells of itself."""

    ACTION_WITHOUT_RESPONSE = "action-without-response"
    BACK_WITHOUT_DUPLEX = "back-without-duplex"  # [habits/device/brother-back-without-duplex]
    FAULT_ON_200 = "fault-on-200"  # [habits/device/fault-on-200]
    NO_IPV4_ADDRESS = "no-ipv4-address"  # [habits/device/no-ipv4-address]
    SIZES_SWAPPED = "sizes-swapped"  # [habits/device/kyocera-sizes-swapped]
    SOAP_1_1 = "soap-1.1"


MEANINGS: Final = {
    Quirk.ACTION_WITHOUT_RESPONSE: "the action of an answer is that of the request, without Response",
    Quirk.BACK_WITHOUT_DUPLEX: "ADFSupportsDuplex is false, and ADFBack is listed (Brother MFC-9340CDW)",
    Quirk.FAULT_ON_200: "a fault comes with HTTP 200 (Lexmark MB2236adw, Xerox WorkCentre 3225)",
    Quirk.NO_IPV4_ADDRESS: "asked over IPv4, it names no address that IPv4 reaches (several)",
    Quirk.SIZES_SWAPPED: "the largest sheet of the feeder is wider than high: width and height may be swapped "
    "(Kyocera ECOSYS M2040dn)",
    Quirk.SOAP_1_1: "it answers in SOAP 1.1",
}
"""What each means, and who was seen to have it."""
