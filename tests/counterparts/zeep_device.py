"""A WS-DSP client of another make: zeep, with what it reads in our WSDL."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from zeep.transports import Transport

import emulator

WSDL = Path(emulator.__file__).parent / "dsm" / "wsdl" / "processing.wsdl"
DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
PSP = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
FSF = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"


class OfflineTransport(Transport):  # type: ignore[misc]
    """Posts messages but fetches nothing: WSDL and schemas are files of the package."""

    def _load_remote_data(self, url: str) -> bytes:
        raise AssertionError(f"zeep wants to fetch {url}")


class Addressing(zeep.Plugin):  # type: ignore[misc]
    """WS-Addressing 2004/08; zeep's own plugin speaks 2005/08."""

    def egress(self, envelope: Any, http_headers: Any, operation: Any, binding_options: Any) -> tuple[Any, Any]:
        header = zeep.wsdl.utils.get_or_create_header(envelope)
        for name, value in (
            ("Action", operation.soapaction),
            ("MessageID", f"urn:uuid:{uuid.uuid4()}"),
            ("To", binding_options["address"]),
        ):
            etree.SubElement(header, f"{{{WSA}}}{name}").text = value
        return envelope, http_headers


class ZeepDevice:
    """Calls the operations of the service at `service_url`."""

    def __init__(self, service_url: str) -> None:
        self.history = zeep.plugins.HistoryPlugin(maxlen=100)
        self._client = zeep.Client(
            str(WSDL), transport=OfflineTransport(operation_timeout=20), plugins=[Addressing(), self.history]
        )
        self.calls = self._client.create_service(f"{{{DSP}}}RepositoryProcessingServiceBinding", service_url)

    def create(self, user: str, psp_identifier: str, root_name: str, *shares: str) -> str:
        """CreatePostScanJob with a file share filter; the JobToken."""
        config = etree.Element(f"{{{FSF}}}FileShareConfig", nsmap={"fsf": FSF})
        list_ = etree.SubElement(config, f"{{{FSF}}}FileShares")
        for share in shares:
            etree.SubElement(list_, f"{{{FSF}}}ShareUNC").text = share
        instructions = {
            "DocumentRootName": root_name,
            "FiltersToProcess": {"Filter": [{"Dialect": FSF, "Instructions": {"_value_1": config}}]},
        }
        answer = self.calls.CreatePostScanJob(
            UserIdentifier=user, PSP_Identifier=psp_identifier, PostScanInstructions=instructions
        )
        return str(content(answer))

    def send(self, token: str, document_id: int, format: str, data: bytes) -> None:
        """SendImage with the image inline as base64: zeep writes no attachments."""
        description = {"DocumentId": document_id, "Format": format}
        answer = self.calls.SendImage(JobToken=token, DocumentDescription=description, ImageData={"_value_1": data})
        assert not answer, answer

    def status(self, token: str) -> Any:
        """The JobStatus."""
        (data,) = self.elements(token, "JobStatus")
        return data.JobStatus

    def elements(self, token: str, *names: str) -> Any:
        """The list of ElementData."""
        asked = {"Name": [etree.QName(DSP, name) for name in names]}
        return self.calls.GetPostScanJobElements(JobToken=token, RequestedElements=asked).ElementData


def content(value: Any) -> Any:
    """The text of an element that zeep gives as text or, with room for attributes, as an object."""
    return value["_value_1"] if hasattr(value, "_value_1") else value
