"""Two hundred devices in one process: each is found, resolved, read and scanned from as itself."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import http.client
import subprocess
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from optional_programs import needs_program
from programs import devices

from emulator.dpws.asker import Search, search
from emulator.transport.interfaces import loopback_only
from emulator.wsscan.constants import SCAN_DEVICE_TYPE, WSCN

COUNT = 200
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="{wscn}"><s:Header><a:To>{to}</a:To>'
    "<a:Action>{action}</a:Action><a:MessageID>urn:uuid:{id}</a:MessageID></s:Header><s:Body>{body}</s:Body>"
    "</s:Envelope>"
)
TICKET = (
    "<w:CreateScanJobRequest><w:ScanTicket><w:JobDescription><w:JobName>n</w:JobName><w:JobOriginatingUserName>u"
    "</w:JobOriginatingUserName></w:JobDescription><w:DocumentParameters><w:Format>png</w:Format><w:ImagesToTransfer>"
    "1</w:ImagesToTransfer><w:InputSource>ADF</w:InputSource><w:MediaSides><w:MediaFront><w:ColorProcessing>Grayscale8"
    "</w:ColorProcessing><w:Resolution><w:Width>150</w:Width><w:Height>150</w:Height></w:Resolution></w:MediaFront>"
    "</w:MediaSides></w:DocumentParameters></w:ScanTicket></w:CreateScanJobRequest>"
)


class Client:
    """The standard library's HTTP client; one connection for all devices, for they share a port."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def ask(self, url: str, to: str, action: str, body: str) -> tuple[str, bytes]:
        """Content-Type and body of the answer."""
        data = ENVELOPE.format(wscn=WSCN, to=to, action=action, id=uuid.uuid4(), body=body).encode()
        self._connection.request("POST", urlsplit(url).path, data, {"Content-Type": "application/soap+xml"})
        response = self._connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer
        return response.headers["Content-Type"], answer

    def scan(self, service: str) -> bytes:
        """One image."""
        _, created = self.ask(service, service, f"{WSCN}/CreateScanJob", TICKET)
        job = etree.fromstring(created)
        ids = "".join(
            f"<w:{name}>{job.findtext(f'.//{{{WSCN}}}{name}')}</w:{name}>" for name in ("JobId", "JobToken")
        )
        body = (
            f"<w:RetrieveImageRequest>{ids}<w:DocumentDescription><w:DocumentName>d</w:DocumentName>"
            "</w:DocumentDescription></w:RetrieveImageRequest>"
        )
        kind, answer = self.ask(service, service, f"{WSCN}/RetrieveImage", body)
        message: Any = email.message_from_bytes(
            f"Content-Type: {kind}\r\n\r\n".encode() + answer, policy=email.policy.HTTP
        )
        _, image = message.iter_parts()
        return bytes(image.get_payload(decode=True))


@pytest.mark.timeout(280)
def test_two_hundred_devices_each_as_itself(tmp_path: Path) -> None:
    zbarimg = needs_program("zbarimg")
    with devices("--count", str(COUNT), "--name", "Copier", cwd=tmp_path) as (listed, process):
        found = asyncio.run(search(Search(types=(SCAN_DEVICE_TYPE,), timeout=4, selection=loopback_only)))
        ours = {device["uuid"]: device for device in listed}
        addresses = {f"urn:uuid:{each}" for each in ours}
        matches = {each.match.address: each.match for each in found if each.match.address in addresses}
        assert len(ours) == len(matches) == COUNT
        assert len({match.xaddrs for match in matches.values()}) == COUNT
        with contextlib.closing(Client(listed[0]["xaddrs"][0])) as client:
            for number, (identity, device) in enumerate(ours.items()):
                match = matches[f"urn:uuid:{identity}"]
                _, told = client.ask(match.xaddrs[0], match.address, f"{TRANSFER}/Get", "")
                metadata = etree.fromstring(told)
                assert metadata.findtext(".//{*}FriendlyName") == device["name"]
                service = metadata.findtext(".//{*}Hosted/{*}EndpointReference/{*}Address")
                assert service is not None and identity in service
                (tmp_path / f"{number}.png").write_bytes(client.scan(service))
        assert process.poll() is None
    for start in range(0, COUNT, 50):
        pages = [tmp_path / f"{number}.png" for number in range(start, start + 50)]
        read = subprocess.run([zbarimg, "-q", "--raw", *pages], capture_output=True, text=True, check=False).stdout
        for device in listed[start : start + 50]:
            assert f"{device['name']}" in read.replace("\n", " "), f"{device['name']} scanned a page of its own"
