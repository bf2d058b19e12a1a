"""Events of a device that `run` has put on the network and `press` drives: scan to a PC, another description."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree
from posts import posts
from programs import at, devices, run

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
DSD = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"


class Pc:
    """Takes events, and scans."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.came: list[etree._Element] = []

    def next(self) -> etree._Element:
        """The Body's element of the next event."""
        end = time.monotonic() + 60
        while not self.came:
            assert time.monotonic() < end, "no event came"
            time.sleep(0.02)
        (body,) = self.came.pop(0).findall("{*}Body/*")
        return body

    def ask(self, url: str, action: str, body: str) -> tuple[bytes, str]:
        """The answer to an operation, and its media type."""
        data = (
            f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:e="{WSE}" '
            f'xmlns:w="{WSCN}"><s:Header><a:To>{url}</a:To><a:Action>{action}</a:Action>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
            connection.request("POST", parts.path, data.encode(), headers)
            response = connection.getresponse()
            return response.read(), response.headers["Content-Type"]
        finally:
            connection.close()

    def subscribe(self, service: str, more: str = "") -> etree._Element:
        """To every event of a service."""
        notify = f"<e:Delivery><e:NotifyTo><a:Address>{self.url}</a:Address></e:NotifyTo></e:Delivery>"
        answer, _ = self.ask(service, f"{WSE}/Subscribe", f"<e:Subscribe>{notify}{more}</e:Subscribe>")
        return etree.fromstring(answer)


@pytest.fixture
def pc() -> Iterator[Pc]:
    found = Pc("")
    with posts(lambda path, data: found.came.append(etree.fromstring(data))) as found.url:
        yield found


def test_a_scan_that_begins_at_the_panel_ends_on_the_pc(tmp_path: Path, pc: Pc) -> None:
    with devices("--trace", "wire.har", cwd=tmp_path) as ((device,), _):
        service = device["scan_service"]
        assert device["device_service"] == service.replace("/WSDScanner", "/DSMDevice")

        def press(*words: str, code: int = 0) -> str:
            done = run("press", *words, *at(device, tmp_path), cwd=tmp_path)
            assert done.returncode == code, done.stdout + done.stderr
            return done.stdout + done.stderr

        assert "no destination is named 'Den'; there are: none" in press("start", "--to", "Den", code=2)
        destinations = (
            "<w:ScanDestinations><w:ScanDestination><w:ClientDisplayName>Den Computer</w:ClientDisplayName>"
            "<w:ClientContext>den-1</w:ClientContext></w:ScanDestination></w:ScanDestinations>"
        )
        token = pc.subscribe(service, destinations).findtext(f".//{{{WSCN}}}DestinationToken")
        assert "scan to     Den Computer (den-1)" in press("status")
        status = json.loads(press("status", "--json"))
        assert status["destinations"] == [{"display_name": "Den Computer", "client_context": "den-1"}]
        assert status["device_service"] == device["device_service"]
        assert "goes without" in press("start", "--to", "Den Computer", "--user", "ann", code=2)
        press("load", "--sheets", "1", "--replace")
        pc.next(), pc.next()  # the feeder was emptied and filled
        told = json.loads(press("start", "--to", "den computer", "--json"))
        event = pc.next()
        assert event.tag == f"{{{WSCN}}}ScanAvailableEvent"
        identifier = event.findtext(f"{{{WSCN}}}ScanIdentifier")
        assert told["scan_identifier"] == identifier and event.findtext(f"{{{WSCN}}}ClientContext") == "den-1"
        ticket = "<w:ScanTicket><w:JobDescription><w:JobName>j</w:JobName><w:JobOriginatingUserName>u"
        ticket += "</w:JobOriginatingUserName></w:JobDescription></w:ScanTicket>"
        chosen = (
            f"<w:ScanIdentifier>{identifier}</w:ScanIdentifier><w:DestinationToken>{token}</w:DestinationToken>"
        )
        body = f"<w:CreateScanJobRequest>{chosen}{ticket}</w:CreateScanJobRequest>"
        created = etree.fromstring(pc.ask(service, f"{WSCN}/CreateScanJob", body)[0])
        job_id, job_token = (created.findtext(f".//{{{WSCN}}}{name}") for name in ("JobId", "JobToken"))
        job = f"<w:JobId>{job_id}</w:JobId><w:JobToken>{job_token}</w:JobToken>"
        named = "<w:DocumentDescription><w:DocumentName>page</w:DocumentName></w:DocumentDescription>"
        body = f"<w:RetrieveImageRequest>{job}{named}</w:RetrieveImageRequest>"
        image, media_type = pc.ask(service, f"{WSCN}/RetrieveImage", body)
        assert media_type.startswith("multipart/related") and b"\xff\xd8\xff" in image
        names = []
        while not names or names[-1] != "JobEndStateEvent":
            names.append(etree.QName(pc.next()).localname)
        assert {"ScannerStatusSummaryEvent", "JobStatusEvent"} <= set(names)
    assert "ScanAvailableEvent" in (tmp_path / "wire.har").read_text("utf-8"), "events are in the trace too"


def test_another_description_is_told_and_shown(tmp_path: Path, pc: Pc) -> None:
    with devices(cwd=tmp_path) as ((device,), _):
        pc.subscribe(device["device_service"])

        def describe(*words: str, code: int = 0) -> str:
            done = run(
                "press",
                "describe",
                *words,
                *at(device, tmp_path),
                cwd=tmp_path,
            )
            assert done.returncode == code, done.stdout + done.stderr
            return done.stdout + done.stderr

        shown = json.loads(describe("--name", "Lobby", "--location", "1st floor", "--json"))
        assert shown["description"]["names"] == [{"text": "Lobby", "language": "en"}]
        event = pc.next()
        assert event.tag == f"{{{DSD}}}ScannerElementsChangeEvent"
        assert event.findtext(f".//{{{WSCN}}}ScannerName") == "Lobby"
        assert event.findtext(f".//{{{WSCN}}}ScannerLocation") == "1st floor"
        describe("--location", "")
        event = pc.next()
        assert event.findtext(f".//{{{WSCN}}}ScannerName") == "Lobby"
        assert event.findtext(f".//{{{WSCN}}}ScannerLocation") is None
        assert "at most 255" in describe("--info", "x" * 256, code=2)
        assert "has a name" in describe("--name", "", code=2)
