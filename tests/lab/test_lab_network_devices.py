"""Devices of a lab that are on the network: others find them and scan from them, Python drives them as `press`
does, and they come and go while others run."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import logging
import socket
import ssl
import struct
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree
from PIL import Image
from posts import posts

from emulator import Lab, LabError
from emulator.device.scanner_events import ConditionActive, JobEnded, ScannerEvent
from emulator.environment.exit_codes import ExitCode
from emulator.jobs.options import ScanOptions
from emulator.lab.network_device import NetworkDevice
from emulator.network.device_network import DeviceNetwork, NetworkOptions
from emulator.panel.client import ControlClient
from emulator.panel.control import ControlApi
from emulator.panel.listening import ControlOptions, listening
from emulator.panel.post_scan import PanelJobs
from emulator.panel.serve import house_of

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
PROBE = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
ANONYMOUS = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
PNG = ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")


def call(
    url: str, action: str, body: str = "", *, to: str = "", tls: ssl.SSLContext | None = None
) -> tuple[int, etree._Element | None]:
    """Status and envelope of one request by the standard library's client. Blocks."""
    text = (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:e="{WSE}" '
        f'xmlns:w="{WSCN}" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
        f"<a:To>{to or url}</a:To><a:Action>{action}</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if tls is None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    else:
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=tls)
    try:
        connection.request("POST", parts.path, text.encode(), {"Content-Type": "application/soap+xml"})
        response = connection.getresponse()
        data = response.read()
        return response.status, etree.fromstring(data) if data else None
    finally:
        connection.close()


async def name_at(device: NetworkDevice, tls: ssl.SSLContext | None = None) -> str | None:
    """The FriendlyName in its metadata; None where nobody answers to its address."""
    status, answer = await asyncio.to_thread(
        call, device.xaddrs[0], GET, to=f"urn:uuid:{device.uuid}" if tls is None else "", tls=tls
    )
    return None if status == 404 or answer is None else answer.findtext(".//{*}FriendlyName")


@contextmanager
def heard() -> Iterator[Callable[[str], list[str]]]:
    """Listens to the discovery group on loopback; a function of an endpoint's address: what it has said so far."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    link.bind(("", 3702))
    group = struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton("127.0.0.1"))
    link.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    link.settimeout(0.1)
    said: dict[str, list[str]] = {}
    over = threading.Event()

    def listen() -> None:
        known: set[str] = set()
        while not over.is_set():
            try:
                message = etree.fromstring(link.recv(65536))
            except (TimeoutError, etree.XMLSyntaxError):
                continue
            (body,) = message.findall("{*}Body/*")
            number = message.findtext("{*}Header/{*}MessageID") or ""
            name, address = etree.QName(body).localname, body.findtext(".//{*}EndpointReference/{*}Address")
            if number not in known and address is not None and name in ("Hello", "Bye"):
                known.add(number)
                said.setdefault(address, []).append(name)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield lambda address: said.get(address, [])
    finally:
        over.set()
        thread.join()
        link.close()


async def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Return when `condition` holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # what others do is looked at
            await asyncio.sleep(0.01)
    assert condition(), what


def shade(path: Path) -> int:
    with Image.open(path) as image:
        found = image.convert("L").getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, int)
    return found


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    """Four pages, each of another grey."""
    found = [tmp_path / f"page{number}.png" for number in range(4)]
    for number, path in enumerate(found):
        Image.new("L", (620, 877), 40 + 50 * number).save(path, dpi=(75, 75))
    return found


# On the network


@pytest.mark.skipif(sys.platform == "win32", reason="loopback has no multicast of its own there")
async def test_devices_come_and_go_behind_one_port_and_say_hello_and_bye() -> None:
    with heard() as said:
        async with Lab() as lab:
            first = await lab.add_device("office-mfp", network=True)
            second, flatbed = await asyncio.gather(
                lab.add_device("office-mfp", network=True), lab.add_device("flatbed", network=True)
            )
            assert [first.name, second.name, flatbed.name] == ["Office MFP", "Office MFP 2", "Desk Flatbed"]
            assert len({each.uuid for each in (first, second, flatbed)}) == 3
            assert len({urlsplit(each.xaddrs[0]).port for each in (first, second, flatbed)}) == 1
            assert await name_at(second) == "Office MFP 2" and await name_at(flatbed) == "Desk Flatbed"
            addresses = [f"urn:uuid:{each.uuid}" for each in (first, second, flatbed)]
            await until(lambda: all(said(address) == ["Hello"] for address in addresses), "all have said Hello")
            await second.remove()
            await until(lambda: said(addresses[1]) == ["Hello", "Bye"], "the one that goes says Bye")
            assert await name_at(second) is None and await name_at(first) == "Office MFP"
            await second.remove()  # again: nothing
            again = await lab.add_device("office-mfp", network=True)
            assert (again.uuid, again.name) == (second.uuid, "Office MFP 2"), "who it was is free again"
            await until(lambda: said(addresses[1]) == ["Hello", "Bye", "Hello"], "and says Hello")
            assert said(addresses[0]) == ["Hello"], "nobody else has changed"
        await until(lambda: all(said(address)[-1] == "Bye" for address in addresses), "all say Bye at the end")


async def test_a_network_without_devices_answers_nobody_and_takes_the_next_device() -> None:
    async with Lab() as lab:
        device = await lab.add_device("flatbed", network=True)
        host = device.xaddrs[0].rpartition("/")[0]
        stable = f"{host}/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery"
        status, answer = await asyncio.to_thread(call, stable, PROBE, "<d:Probe/>", to=ANONYMOUS)
        assert status == 200 and answer is not None
        assert answer.findtext(".//{*}ProbeMatch/{*}EndpointReference/{*}Address") == f"urn:uuid:{device.uuid}"
        await device.remove()
        assert (await asyncio.to_thread(call, stable, PROBE, "<d:Probe/>", to=ANONYMOUS))[0] == 404
        book = await lab.add_device("book-a3", network=True)
        status, answer = await asyncio.to_thread(call, stable, PROBE, "<d:Probe/>", to=ANONYMOUS)
        assert answer is not None and str(book.uuid) in etree.tostring(answer).decode()


async def test_a_secure_device_is_reached_over_https_alone_and_beside_others() -> None:
    async with Lab() as lab:
        plain = await lab.add_device("flatbed", network=True)
        secure = await lab.add_device("flatbed", network=True, https=True, name="Vault")
        assert plain.ca_file is None and secure.ca_file is not None
        assert secure.xaddrs == (secure.scan_service.rpartition("/")[0],)
        assert secure.xaddrs[0].startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(secure.ca_file))
        assert await name_at(secure, context) == "Vault"
        assert await name_at(plain) == "Desk Flatbed"
        kept = secure.ca_file
    assert not kept.exists()


async def test_devices_of_another_process_keep_their_identity(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The state folder is what two processes share; a second network stands for the other one."""
    async with Lab(state=tmp_path) as lab:
        ours = await lab.add_device("flatbed", network=True)
        async with DeviceNetwork(NetworkOptions(profiles=("flatbed",), state=tmp_path)) as other:
            assert other.devices[0].scanner.name == "Desk Flatbed 2" and other.devices[0].uuid != ours.uuid
            assert "flatbed#1 is running already" in caplog.text
            caplog.clear()
            third = await lab.add_device("flatbed", network=True)
            assert third.name == "Desk Flatbed 3"
            theirs = other.devices[0].uuid
        await ours.remove()
        with caplog.at_level(logging.WARNING):
            async with DeviceNetwork(NetworkOptions(profiles=("flatbed", "flatbed"), state=tmp_path)) as other:
                assert [each.uuid for each in other.devices] == [ours.uuid, theirs], "as it was before"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"profile": "no-such"}, "no-such"),
        ({"interfaces": ("nowhere0",)}, "no such interface"),
        ({"name": "a\x01b"}, "no message can hold it"),
    ],
)
async def test_a_device_that_cannot_be_says_why_and_the_next_can(options: dict[str, Any], said: str) -> None:
    async with Lab() as lab:
        with pytest.raises(LabError, match=said):
            await lab.add_device(network=True, **options)
        assert await name_at(await lab.add_device(network=True)) == "Office MFP"


# Driven from Python


@asynccontextmanager
async def controlled(folder: Path) -> AsyncIterator[tuple[ControlClient, DeviceNetwork]]:
    """A device with the control API that `press` calls."""
    async with DeviceNetwork(NetworkOptions(state=folder)) as network:
        desk = PanelJobs(ScanOptions())
        api = ControlApi(house_of(network, desk), "a-token-of-the-test")
        async with listening(api, ControlOptions()):
            yield ControlClient(api.url_of(network.devices[0]), "a-token-of-the-test"), network
            await desk.stop()


WRONG: dict[str, tuple[str, dict[str, Any], Callable[[NetworkDevice], Any]]] = {
    "nothing to load": ("load", {}, lambda device: device.load()),
    "two things to load": ("load", {"sheets": 1, "files": ["x"]}, lambda device: device.load("x", sheets=1)),
    "no number": ("load", {"sheets": "3"}, lambda device: device.load(sheets="3")),
    "a flag": ("load", {"sheets": True}, lambda device: device.load(sheets=True)),
    "less than one": ("load", {"sheets": -1}, lambda device: device.load(sheets=-1)),
    "no room": ("load", {"sheets": 101}, lambda device: device.load(sheets=101)),
    "no file": ("load", {"files": ["/nowhere/x.png"]}, lambda device: device.load("/nowhere/x.png")),
    "no path": ("load", {"files": [1]}, lambda device: device.load(1)),
    "no flag": ("load", {"sheets": 1, "replace": 1}, lambda device: device.load(sheets=1, replace=1)),
    "no set": ("load", {"documents": "nosuch"}, lambda device: device.load(documents="nosuch")),
    "a set and files": ("load", {"documents": "d", "files": ["x"]}, lambda d: d.load("x", documents="d")),
    "no seed": (
        "load",
        {"documents": "office-day", "seed": "1"},
        lambda device: device.load(documents="office-day", seed="1"),
    ),
    "no bounds": (
        "load",
        {"files": ["x"], "page_seconds": -1},
        lambda device: device.load("x", page_seconds=-1),
    ),
    "no component": ("open", {"component": "Trunk"}, lambda device: device.open("Trunk")),
    "not its component": ("open", {"component": "Film"}, lambda device: device.open("film")),
    "no cover": ("close", {"component": "Lid"}, lambda device: device.close("Lid")),
    "no jam there": ("jam", {"component": "Film"}, lambda device: device.jam("Film")),
    "no condition": ("condition", {"name": "Tired"}, lambda device: device.condition("Tired")),
    "none named": ("condition", {}, lambda device: device.condition(None)),
    "follows": ("condition", {"name": "InputTrayEmpty"}, lambda device: device.condition("inputtrayempty")),
    "no severity": (
        "condition",
        {"name": "LampError", "severity": "Bad"},
        lambda device: device.condition("LampError", severity="Bad"),
    ),
    "on": ("condition", {"name": "LampError", "on": 1}, lambda device: device.condition("LampError", on=1)),
    "nothing to cancel": ("cancel", {}, lambda device: device.cancel()),
    "no such job": ("cancel", {"job_id": 7}, lambda device: device.cancel(7)),
    "no job": ("cancel", {"job_id": "7"}, lambda device: device.cancel("7")),
    "no name": ("describe", {"name": ""}, lambda device: device.describe(name="")),
    "too long": ("describe", {"info": "x" * 300}, lambda device: device.describe(info="x" * 300)),
    "nobody": ("start", {"to": "Den"}, lambda device: device.scan_to("Den")),
    "no destination": ("start", {"to": 1}, lambda device: device.scan_to(1)),
}
"""Action and request of the control API, and the same from Python."""


async def test_wrong_calls_raise_what_press_says(tmp_path: Path) -> None:
    async with controlled(tmp_path) as (press, _), Lab() as lab:
        device = await lab.add_device(network=True, name="Office MFP")
        await device.load(sheets=20, replace=True)
        await asyncio.to_thread(press.do, "load", {"sheets": 20, "replace": True})
        for kind, (action, request, wrong) in WRONG.items():
            with pytest.raises(LabError) as pressed:
                await asyncio.to_thread(press.do, action, request)
            with pytest.raises(LabError) as called:
                answer = wrong(device)
                if answer is not None:
                    await answer
            assert str(called.value) == str(pressed.value), kind
            assert called.value.code is pressed.value.code is ExitCode.USAGE, kind
        assert device.snapshot().sheets == 20 and device.conditions == (), "a wrong call changes nothing"
        device.jam()
        await asyncio.to_thread(press.do, "jam", {})
        with pytest.raises(LabError) as pressed:
            await asyncio.to_thread(press.do, "start", {})
        with pytest.raises(LabError) as called:
            await device.scan()
        assert str(called.value) == str(pressed.value) == "not now: the scanner is Stopped: MediaJam"
        assert called.value.code is pressed.value.code is ExitCode.FAILED


async def test_it_is_driven_as_press_drives_it(tmp_path: Path, pages: list[Path]) -> None:
    """Each action once through the control API and once from Python: the same state of the device after it."""
    film = "photo-film"
    told: list[ScannerEvent] = []
    async with controlled(tmp_path) as (press, network), Lab() as lab:
        device = await lab.add_device(network=True)
        other = network.devices[0].scanner

        def same() -> None:
            ours, theirs = device.snapshot(), other.snapshot()
            assert (ours.state, ours.reasons, ours.sheets) == (theirs.state, theirs.reasons, theirs.sheets)
            assert [(c.name, c.component, c.severity) for c in ours.conditions] == [
                (c.name, c.component, c.severity) for c in theirs.conditions
            ]

        unplug = device.listen(told.append, aside=False)
        steps: list[tuple[str, dict[str, Any], Callable[[], Any]]] = [
            ("load", {"sheets": 3, "replace": True}, lambda: device.load(sheets=3, replace=True)),
            (
                "load",
                {"files": [str(path) for path in pages], "two_sided": True},
                lambda: device.load(*pages, two_sided=True),
            ),
            ("load", {"files": [str(pages[0])], "platen": True}, lambda: device.place(pages[0])),
            ("open", {}, lambda: device.open()),
            ("open", {"component": "ADF"}, lambda: device.open("adf")),
            ("close", {"component": "ADF"}, lambda: device.close("ADF")),
            ("jam", {}, lambda: device.jam()),
            ("close", {}, lambda: device.close()),
            ("condition", {"name": "Calibrating"}, lambda: device.condition("Calibrating")),
            (
                "condition",
                {"name": "LampError", "component": "Platen", "severity": "Warning"},
                lambda: device.condition("LampError", component="platen", severity="warning"),
            ),
            ("condition", {"name": "Calibrating", "on": False}, lambda: device.condition("calibrating", on=False)),
            ("clear", {}, lambda: device.clear()),
            ("reset", {}, lambda: device.reset()),
            ("describe", {"name": "Reception", "location": "1"}, lambda: device.describe(name="Reception")),
        ]
        for action, request, ours in steps:
            await asyncio.to_thread(press.do, action, request)
            answer = ours()
            if answer is not None:
                await answer
            same()
        unplug()
        assert device.state == "Idle" and device.snapshot().sheets == 100
        assert [str(e.condition.name) for e in told if isinstance(e, ConditionActive)][:3] == [
            "InputTrayEmpty",
            "CoverOpen",
            "CoverOpen",
        ]
        before = len(told)
        device.empty()
        assert [str(each.name) for each in device.conditions] == ["InputTrayEmpty"] and len(told) == before
        negatives = await lab.add_device(film, network=True)
        await negatives.place(pages[1], film=True)
        await negatives.place()
        with pytest.raises(LabError, match="has no feeder"):
            negatives.empty()
        with pytest.raises(LabError, match="has no film holder"):
            await device.place(pages[1], film=True)


async def test_a_job_of_what_lies_in_it(tmp_path: Path, pages: list[Path]) -> None:
    scanned: list[int] = []
    async with Lab(store=tmp_path / "store") as lab:
        device = await lab.add_device(network=True)
        job = await device.scan(*pages, settings=PNG, on_page=scanned.append)
        assert job.outcome == "Completed" and job.exit_code == 0, job.error
        assert [shade(path) for path in job.delivered] == [40, 90, 140, 190]
        assert scanned == [1, 2, 3, 4] and device.snapshot().sheets == 100, "its own letters stay below them"
        assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in job.delivered] == [
            image["sha256"] for image in job.as_dict()["images"]
        ]
        (summary,) = device.jobs
        assert (summary.state, summary.scans_completed) == ("Completed", 4)
        await device.load(*pages[:2], two_sided=True, replace=True)
        both = await device.scan(
            settings=(*PNG, "InputSource=ADFDuplex"), scan_process="Scan to folder", user="ann"
        )
        assert [shade(path) for path in both.delivered] == [40, 90]
        assert device.jobs[-1].originating_user == "ann@contoso.example"
        with pytest.raises(LabError, match="the feeder is empty"):
            await device.scan(settings=PNG)
        with pytest.raises(LabError, match="speeed"):
            await device.scan(speeed="real")
        await device.load(sheets=2)
        brought = await device.scan(pages[3], settings=PNG)
        assert [shade(path) for path in brought.delivered] == [190]
        assert device.snapshot().sheets == 2, "what a user brings lies on what is there"
        letters = await device.scan(pages=1, settings=PNG)
        assert len(letters.delivered) == 1 and device.snapshot().sheets == 2
        flatbed = await lab.add_device("flatbed", network=True)
        await flatbed.place(pages[2])
        one = await flatbed.scan(settings=("Format=png", "Resolution=100x100"))
        assert [shade(path) for path in one.delivered] == [140]


async def test_a_jam_holds_a_job_and_a_cancellation_at_the_panel_ends_it(pages: list[Path]) -> None:
    ended: list[ScannerEvent] = []
    async with Lab() as lab:
        device = await lab.add_device(network=True)
        device.listen(lambda event: ended.append(event) if isinstance(event, JobEnded) else None, aside=False)

        def jam(number: int) -> None:
            if number == 2:
                device.jam("ADF")

        job = asyncio.create_task(device.scan(*pages, settings=PNG, on_page=jam))
        await until(lambda: device.state == "Stopped", "it is jammed")
        with pytest.raises(LabError, match="not now: the scanner is Stopped: MediaJam"):
            await device.scan()
        await asyncio.sleep(0.2)
        (held,) = device.jobs
        assert held.state == "Processing" and held.scans_completed < 4 and not job.done()
        device.clear()
        assert (await job).outcome == "Completed"
        await device.load(sheets=30, replace=True)
        cancelled = asyncio.create_task(device.scan(settings=PNG))
        await until(lambda: any(each.state == "Processing" for each in device.jobs), "it scans")
        await device.cancel()
        outcome = await cancelled
        assert (
            outcome.exit_code == 1 and outcome.error is not None and "cancelled at the panel" in str(outcome.error)
        )
        assert [each.status.state for each in ended if isinstance(each, JobEnded)] == ["Completed", "Canceled"]


async def test_a_scan_is_offered_to_a_pc() -> None:
    came: list[etree._Element] = []
    with posts(lambda path, data: came.append(etree.fromstring(data))) as pc:
        async with Lab() as lab:
            device = await lab.add_device(network=True)
            subscribe = (
                f"<e:Subscribe><e:Delivery><e:NotifyTo><a:Address>{pc}</a:Address></e:NotifyTo></e:Delivery>"
                "<w:ScanDestinations><w:ScanDestination><w:ClientDisplayName>Den</w:ClientDisplayName>"
                "<w:ClientContext>den-1</w:ClientContext></w:ScanDestination></w:ScanDestinations></e:Subscribe>"
            )
            status, _ = await asyncio.to_thread(call, device.scan_service, f"{WSE}/Subscribe", subscribe)
            assert status == 200 and [each.display_name for each in device.destinations] == ["Den"]
            identifier = device.scan_to("den")
            await until(lambda: len(came) == 1, "the PC is told")
            assert came[0].findtext(f".//{{{WSCN}}}ScanIdentifier") == identifier
            device.open()
            with pytest.raises(LabError, match="not now"):
                device.scan_to("den")


async def test_nothing_is_done_at_a_device_that_is_gone(pages: list[Path]) -> None:
    async with Lab() as lab:
        gone = await lab.add_device(network=True)
        job = asyncio.create_task(gone.scan(settings=PNG))
        await until(lambda: any(each.state == "Processing" for each in gone.jobs), "it scans")
        await gone.remove()
        outcome = await job
        assert outcome.exit_code == 1 and outcome.error is not None
        rest = await lab.add_device(network=True)
    for device in (gone, rest):
        for done in (
            lambda d: d.load(sheets=1),
            lambda d: d.place(pages[0]),
            lambda d: d.empty(),
            lambda d: d.open(),
            lambda d: d.jam(),
            lambda d: d.condition("Calibrating"),
            lambda d: d.clear(),
            lambda d: d.reset(),
            lambda d: d.cancel(),
            lambda d: d.describe(name="x"),
            lambda d: d.scan_to("Den"),
        ):
            with pytest.raises(LabError, match="not now: the scanner is switched off"):
                if (answer := done(device)) is not None:
                    await answer
    with pytest.raises(LabError, match=r"switched off|the lab is not running"):
        await gone.scan()
    with pytest.raises(LabError, match="the lab is not running"):
        await lab.add_device(network=True)


async def test_a_scanner_that_is_not_on_the_network_is_driven_likewise(pages: list[Path]) -> None:
    told: list[ScannerEvent] = []
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        assert [str(each.name) for each in scanner.conditions] == ["InputTrayEmpty"], "nothing has been loaded"
        scanner.listen(told.append, aside=False)
        await scanner.load(*pages[:3])
        loaded = await scanner.scan(loaded=True, settings=PNG)
        assert [shade(path) for path in loaded.delivered] == [40, 90, 140]
        await scanner.place(pages[3])
        placed = await scanner.scan(loaded=True, settings=(*PNG, "InputSource=Platen"))
        assert [shade(path) for path in placed.delivered] == [190]
        scanner.open("ADF")
        with pytest.raises(LabError, match="not now: the scanner is Stopped: CoverOpen"):
            await scanner.scan(*pages)
        scanner.clear()
        first, second = await asyncio.gather(
            scanner.scan(*pages[:2], settings=PNG), scanner.scan(*pages[2:], settings=PNG)
        )
        assert [shade(path) for path in first.delivered] == [40, 90], "jobs wait for each other at its scan head"
        assert [shade(path) for path in second.delivered] == [140, 190]
        assert [each.scans_completed for each in scanner.jobs] == [3, 1, 2, 2]
        assert [str(each.status.state) for each in told if isinstance(each, JobEnded)] == ["Completed"] * 4
        with pytest.raises(LabError, match="the feeder takes 100"):
            await scanner.load(sheets=101)
    with pytest.raises(LabError, match="not now: the scanner is switched off"):
        scanner.jam()
