"""SOAP 1.1, of which one message is written: that SOAP 1.2 is spoken here (SOAP 1.2 part 1, appendix A). A SOAP 1.1
node could read no other."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.constants import SOAP
from emulator.soap.fault import Fault, FaultError, upgrade, version_mismatch
from emulator.soap.xml import to_bytes

SOAP_1_1: Final = "http://schemas.xmlsoap.org/soap/envelope/"  # SOAP 1.1, section 4
CONTENT_TYPE: Final = "text/xml; charset=utf-8"  # SOAP 1.1, section 6


class AskedInSoap11(FaultError):
    """Raised for a request of SOAP 1.1: it is answered by `version_mismatch_in_1_1`."""

    def __init__(self) -> None:
        super().__init__(version_mismatch(SOAP_1_1))


def version_mismatch_in_1_1(fault: Fault) -> bytes:
    """The fault as an envelope of SOAP 1.1, with the header soap:Upgrade of SOAP 1.2."""
    root = etree.Element(f"{{{SOAP_1_1}}}Envelope", nsmap={"soap11": SOAP_1_1, "soap": SOAP})
    etree.SubElement(root, f"{{{SOAP_1_1}}}Header").append(upgrade())
    told = etree.SubElement(etree.SubElement(root, f"{{{SOAP_1_1}}}Body"), f"{{{SOAP_1_1}}}Fault")
    # SOAP 1.1, section 4.4: the children of a Fault are in no namespace.
    etree.SubElement(told, "faultcode").text = "soap11:VersionMismatch"
    etree.SubElement(told, "faultstring").text = fault.reason
    return to_bytes(root)
