"""A client of another make: zeep loads the WSDL from the device itself and scans with what it reads there."""

from __future__ import annotations

import asyncio
import io
import uuid
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from PIL import Image
from scan_service_bench import WSCN, device
from zeep.transports import Transport

from emulator.device.points import PAGE_EVENT, SheetTaken
from emulator.device.profile_sections import JobsSection

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"


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


def scan_two_pages(wsdl: str) -> tuple[str, list[tuple[int, int]], str, str]:
    """What zeep makes of the device: its name, the sizes of two pages, the end of the batch and of the job."""
    client = zeep.Client(wsdl, transport=Transport(timeout=20, operation_timeout=20), plugins=[Addressing()])
    service = client.service
    asked = {"Name": [etree.QName(WSCN, "ScannerDescription"), etree.QName(WSCN, "ScannerConfiguration")]}
    description, configuration = service.GetScannerElements(RequestedElements=asked).ScannerElements.ElementData
    formats = configuration.ScannerConfiguration.DeviceSettings.FormatsSupported.FormatValue
    assert "png" in [_text(each) for each in formats]
    (name,) = description.ScannerDescription.ScannerName
    ticket = {
        "JobDescription": {"JobName": "zeep", "JobOriginatingUserName": "ann"},
        "DocumentParameters": {
            "Format": "png",
            "ImagesToTransfer": 2,
            "InputSource": "ADF",
            "MediaSides": {
                "MediaFront": {"ColorProcessing": "Grayscale8", "Resolution": {"Width": 75, "Height": 75}}
            },
        },
    }
    created = service.CreateScanJob(ScanTicket=ticket)
    sizes = []
    end = ""
    while not end:
        try:
            answer = service.RetrieveImage(
                JobId=created.JobId, JobToken=created.JobToken, DocumentDescription={"DocumentName": "page"}
            )
        except zeep.exceptions.Fault as fault:
            end = str(fault.subcodes[0].localname)
        else:
            # zeep puts the attachment where the xop:Include stood.
            with Image.open(io.BytesIO(_content(answer.ScanData))) as image:
                sizes.append(image.size)
    asked = {"Name": [etree.QName(WSCN, "JobStatus")]}
    (status,) = service.GetJobElements(JobId=created.JobId, RequestedElements=asked).JobElements.ElementData
    return _text(name), sizes, end, _text(status.JobStatus.JobState)


def _content(value: Any) -> Any:
    """What stands in an element that may have attributes."""
    return value["_value_1"] if hasattr(value, "_value_1") else value


def _text(value: Any) -> str:
    return str(_content(value))


async def test_zeep_loads_the_wsdl_over_http_and_scans(tmp_path: Path) -> None:
    # The law: [clients/zeep/content-type-with-action] [clients/zeep/qname-with-its-own-prefix]
    async with device(tmp_path, name="Reception") as running:
        found = await asyncio.to_thread(scan_two_pages, f"{running.scan_service_url}?wsdl")
    assert found == ("Reception", [(620, 877)] * 2, "ClientErrorNoImagesAvailable", "Completed")


async def test_two_zeep_clients_scan_at_once_from_a_device_that_lets_jobs_overlap(tmp_path: Path) -> None:
    """The second is not refused; it waits, and has two sheets of its own."""
    jobs = JobsSection(active=2, transferring=1)
    async with device(tmp_path, name="Reception", jobs=jobs) as running:
        taken: list[int] = []
        running.scanner.layers.listen(
            PAGE_EVENT, lambda event: taken.append(event.job_id) if isinstance(event, SheetTaken) else None
        )
        url = f"{running.scan_service_url}?wsdl"
        found = await asyncio.gather(*(asyncio.to_thread(scan_two_pages, url) for _ in range(2)))
    assert found == [("Reception", [(620, 877)] * 2, "ClientErrorNoImagesAvailable", "Completed")] * 2
    assert taken in ([1, 1, 2, 2], [2, 2, 1, 1])
