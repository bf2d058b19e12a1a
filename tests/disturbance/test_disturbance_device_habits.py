"""Habits of devices, as a raw client meets them: what is refused, what is done in its place, what is told."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from programs import run

from emulator import Lab, NetworkDevice
from emulator.device.profile import list_named_devices
from emulator.device.quirks import Quirk
from emulator.disturbance.scanner_view import ScannerView
from emulator.faults.alteration import Role
from emulator.faults.alterations.device import ALTERATIONS
from emulator.faults.device_habits import busy_behind_kept_connection
from emulator.faults.habits import UnknownHabit, habits, habits_named
from emulator.inspector.capture import capture
from emulator.options.asking import PeerOptions
from emulator.soap.envelope import Message

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"


def envelope(to: str, operation: str, body: str, soap: str = "soap", wsa: str = "wsa", between: str = "") -> bytes:
    return (
        f'<{soap}:Envelope xmlns:{soap}="http://www.w3.org/2003/05/soap-envelope" xmlns:sca="{WSCN}" '
        f'xmlns:{wsa}="http://schemas.xmlsoap.org/ws/2004/08/addressing">{between}<{soap}:Header>'
        f"<{wsa}:To>{to}</{wsa}:To><{wsa}:Action>{WSCN}/{operation}</{wsa}:Action>"
        f"<{wsa}:MessageID>urn:uuid:0d1e2f30-1111-4222-8333-444455556666</{wsa}:MessageID>"
        f"<{wsa}:ReplyTo><{wsa}:Address>{ANONYMOUS}</{wsa}:Address></{wsa}:ReplyTo></{soap}:Header>"
        f"<{soap}:Body>{between}<sca:{operation}Request>{body}</sca:{operation}Request></{soap}:Body></{soap}:Envelope>"
    ).encode()


def ticket(images: int = 1, information: str = "i", more: str = "", source: str = "Platen") -> str:
    told = f"<sca:JobInformation>{information}</sca:JobInformation>" if information else ""
    return (
        "<sca:ScanTicket><sca:JobDescription><sca:JobName>n</sca:JobName><sca:JobOriginatingUserName>u"
        f"</sca:JobOriginatingUserName>{told}</sca:JobDescription><sca:DocumentParameters><sca:Format>png</sca:Format>"
        f"<sca:ImagesToTransfer>{images}</sca:ImagesToTransfer><sca:InputSource>{source}</sca:InputSource>{more}"
        "</sca:DocumentParameters></sca:ScanTicket>"
    )


STATUS = "<sca:RequestedElements><sca:Name>sca:ScannerStatus</sca:Name></sca:RequestedElements>"
CONFIGURATION = "<sca:RequestedElements><sca:Name>sca:ScannerConfiguration</sca:Name></sca:RequestedElements>"


def post(url: str, data: bytes, keep: bool = False) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        headers = {"Content-Type": "application/soap+xml", "Connection": "keep-alive" if keep else "close"}
        connection.request("POST", parts.path, data, headers)
        answer = connection.getresponse()
        octets = answer.read()
        return answer.status, octets.decode("utf-8", "replace"), octets
    finally:
        connection.close()


class Peer:
    """A device with habits, and a raw client of it."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab = lab
        self._folder = folder

    async def device(self, *names: str) -> NetworkDevice:
        path = self._folder / f"{'-'.join(names)}.toml"
        listed = ", ".join(f'"{name}"' for name in names)
        text = f'extends = "office-mfp"\nfriendly_name = "{names[0]}"\nhabits = [{listed}]\n'
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
        return await self._lab.add_device(path, network=True)

    async def ask(
        self, device: NetworkDevice, operation: str, body: str, **how: str | bool
    ) -> tuple[int, str, bytes]:
        keep = bool(how.pop("keep", False))
        data = envelope(device.scan_service, operation, body, **{key: str(value) for key, value in how.items()})
        return await asyncio.to_thread(post, device.scan_service, data, keep)


@pytest_asyncio.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with Lab() as lab:
        yield Peer(lab, tmp_path)


def faults_in(text: str) -> str:
    found = re.search(r"Subcode><[\w:]*Value[^>]*>[\w]*:?(\w+)<", text)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("habit", "wrong", "right", "fault"),
    [
        ("images-to-transfer-0", ticket(0), ticket(1), "InvalidArgs"),
        ("job-information-wanted", ticket(information=""), ticket(), "InvalidArgs"),
        ("empty-feeder-not-accepting", ticket(source="ADF"), ticket(), "ServerErrorNotAcceptingJobs"),
    ],
)
async def test_a_job_is_refused(peer: Peer, habit: str, wrong: str, right: str, fault: str) -> None:
    device = await peer.device(habit)
    device.empty()
    _, text, _ = await peer.ask(device, "CreateScanJob", wrong)
    assert faults_in(text) == fault
    status, text, _ = await peer.ask(device, "CreateScanJob", right)
    assert status == 200 and "CreateScanJobResponse" in text


async def test_a_job_that_was_not_begun_at_the_panel_is_refused(peer: Peer) -> None:
    device = await peer.device("panel-alone")
    _, text, _ = await peer.ask(device, "CreateScanJob", ticket())
    assert faults_in(text) == "ServerErrorNotAcceptingJobs"
    _, text, _ = await peer.ask(
        device, "CreateScanJob", f"<sca:DestinationToken>t</sca:DestinationToken>{ticket()}"
    )
    assert faults_in(text) == "ClientErrorInvalidDestinationToken", "it is looked at"


@pytest.mark.parametrize(
    ("habit", "wrong"),
    [("two-prefixes", {"soap": "s"}), ("two-prefixes", {"wsa": "a"}), ("one-line-wanted", {"between": "\n "})],
)
async def test_an_envelope_is_refused_for_how_it_is_written(peer: Peer, habit: str, wrong: dict[str, str]) -> None:
    device = await peer.device(habit)
    status, text, _ = await peer.ask(device, "GetScannerElements", STATUS, **wrong)
    assert status == 400 and "Fault" in text
    status, text, _ = await peer.ask(device, "GetScannerElements", STATUS)
    assert status == 200 and "ScannerState" in text


def width_of(octets: bytes) -> int:
    """Of the PNG in a package."""
    at = octets.index(b"\x89PNG") + 16
    return int.from_bytes(octets[at : at + 4], "big")


async def scanned(peer: Peer, device: NetworkDevice, asked: str) -> tuple[str, int]:
    """The answer to CreateScanJob, and the width of the image that came, in pixels."""
    _, text, _ = await peer.ask(device, "CreateScanJob", asked)
    job, token = (re.search(rf"<\w+:{name}>([^<]*)<", text) for name in ("JobId", "JobToken"))
    assert job and token, text
    body = (
        f"<sca:JobId>{job[1]}</sca:JobId><sca:JobToken>{token[1]}</sca:JobToken><sca:DocumentDescription>"
        "<sca:DocumentName>d</sca:DocumentName></sca:DocumentDescription>"
    )
    _, _, octets = await peer.ask(device, "RetrieveImage", body)
    return text, width_of(octets)


def sides(more: str) -> str:
    return f"<sca:MediaSides><sca:MediaFront>{more}</sca:MediaFront></sca:MediaSides>"


RESOLUTION = "<sca:Resolution><sca:Width>100</sca:Width><sca:Height>100</sca:Height></sca:Resolution>"
REGION = (
    "<sca:ScanRegion><sca:ScanRegionXOffset>0</sca:ScanRegionXOffset><sca:ScanRegionYOffset>0</sca:ScanRegionYOffset>"
    "<sca:ScanRegionWidth>2000</sca:ScanRegionWidth><sca:ScanRegionHeight>2000</sca:ScanRegionHeight></sca:ScanRegion>"
)


async def test_another_resolution_is_scanned_than_told(peer: Peer) -> None:
    device = await peer.device("other-resolution")
    text, width = await scanned(peer, device, ticket(more=sides(REGION + RESOLUTION)))
    assert width == 400
    assert re.findall(r"Resolution><\w+:Width>(\d+)<", text) == ["100"]


async def test_the_region_is_echoed_and_ignored(peer: Peer) -> None:
    device = await peer.device("region-ignored")
    text, width = await scanned(peer, device, ticket(more=sides(REGION + RESOLUTION)))
    assert width > 800
    assert re.findall(r"ScanRegionWidth>(\d+)<", text) == ["2000"]


async def test_sizes_are_swapped_and_the_back_is_told_without_duplex(peer: Peer) -> None:
    device, honest = await peer.device("sizes-swapped", "back-without-duplex"), await peer.device("indented")
    told = []
    for each in (device, honest):
        _, text, _ = await peer.ask(each, "GetScannerElements", CONFIGURATION)
        size = re.search(r"PlatenMaximumSize>\s*<\w+:Width>(\d+)</\w+:Width>\s*<\w+:Height>(\d+)<", text)
        duplex = re.search(r"ADFSupportsDuplex>(\w+)<", text)
        assert size and duplex and "ADFBack" in text
        told.append((size[1], size[2], duplex[1]))
    assert told[0][:2] == told[1][1::-1] and told[0][2] == "false" and told[1][2] in ("1", "true")


async def test_an_empty_feeder_is_told_by_another_fault(peer: Peer) -> None:
    device = await peer.device("empty-feeder-job-id-not-found")
    device.empty()
    _, text, _ = await peer.ask(device, "CreateScanJob", ticket(source="ADF"))
    job, token = (re.search(rf"<\w+:{name}>([^<]*)<", text) for name in ("JobId", "JobToken"))
    if job and token:
        body = f"<sca:JobId>{job[1]}</sca:JobId><sca:JobToken>{token[1]}</sca:JobToken>"
        description = "<sca:DocumentDescription><sca:DocumentName>d</sca:DocumentName></sca:DocumentDescription>"
        _, text, _ = await peer.ask(device, "RetrieveImage", body + description)
    assert faults_in(text) == "ClientErrorJobIdNotFound"


async def test_a_kept_connection_keeps_it_busy(peer: Peer) -> None:
    device = await peer.device("keep-alive-breaks")
    now = [0.0]
    view = ScannerView(device.scanner, lambda: now[0])
    nothing = Message("", None)
    for kept, after, refused in ((False, 0.0, False), (True, 9.9, True), (True, 10.1, False)):
        view.image_asked(kept=kept)
        now[0] += after
        assert (busy_behind_kept_connection(nothing, view) is not None) is refused
    _, text, _ = await peer.ask(device, "CreateScanJob", ticket())
    job, token = (re.search(rf"<\w+:{name}>([^<]*)<", text) for name in ("JobId", "JobToken"))
    assert job and token
    body = (
        f"<sca:JobId>{job[1]}</sca:JobId><sca:JobToken>{token[1]}</sca:JobToken><sca:DocumentDescription>"
        "<sca:DocumentName>d</sca:DocumentName></sca:DocumentDescription>"
    )
    await peer.ask(device, "RetrieveImage", body, keep=True)
    _, text, _ = await peer.ask(device, "CreateScanJob", ticket())
    assert faults_in(text) == "ServerErrorNotAcceptingJobs"


async def test_an_action_is_that_of_the_request(peer: Peer) -> None:
    device = await peer.device("action-without-response")
    _, text, _ = await peer.ask(device, "GetScannerElements", STATUS)
    assert f"{WSCN}/GetScannerElements</" in text and "GetScannerElementsResponse>" in text


async def test_addresses_of_ipv4_are_missing(peer: Peer) -> None:
    device, honest = await peer.device("no-ipv4-address"), await peer.device("indented")
    for each, expected in ((device, False), (honest, True)):
        found = await discovered(each)
        assert found and all(("//127." in xaddr) is expected for xaddr in found), found


async def discovered(device: NetworkDevice) -> list[str]:
    """XAddrs of the answer to a directed Probe."""
    probe = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
        "<a:MessageID>urn:uuid:0d1e2f30-1111-4222-8333-444455556677</a:MessageID>"
        f"<a:ReplyTo><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo></s:Header>"
        "<s:Body><d:Probe/></s:Body></s:Envelope>"
    ).encode()
    _, text, _ = await asyncio.to_thread(post, device.xaddrs[0], probe)
    found = re.search(r"XAddrs>([^<]*)<", text)
    return found[1].split() if found else []


def test_every_habit_of_a_device_is_met() -> None:
    """By its name, in this file, among the named devices, or in a preset that is."""
    here = Path(__file__).read_text("utf-8") + str({each for one in list_named_devices() for each in one.habits})
    met = {name for name in habits() if f'"{name}"' in here or f"'{name}'" in here}
    shown = {alteration for name in met for alteration in habits()[name].alterations}
    assert not [each.name for each in ALTERATIONS if f"{each.at}.{each.name}" not in shown]


async def test_capture_finds_habits_again(peer: Peer, tmp_path: Path) -> None:
    device = await peer.device("sizes-swapped", "back-without-duplex", "fault-on-200")
    made = await capture([device.xaddrs[0]], PeerOptions(), tmp_path / "copy.toml", overwrite=True)
    assert {str(each) for each in made.quirks} == {"sizes-swapped", "back-without-duplex", "fault-on-200"}
    assert set(made.profile.habits) == {str(each) for each in made.quirks}
    again = await peer._lab.add_device(made.path, network=True)
    twice = await capture([again.xaddrs[0]], PeerOptions(), tmp_path / "copy2.toml", overwrite=True)
    assert twice.quirks == made.quirks and not [each for each in twice.differences if "Size" in each]


def test_what_capture_can_see_are_habits() -> None:
    assert {str(each) for each in Quirk} <= set(habits())


def test_habits_are_of_who_can_have_them() -> None:
    with pytest.raises(UnknownHabit, match="2008r2 is a habit of server"):
        habits_named(["2008r2"], [Role.DEVICE])
    with pytest.raises(UnknownHabit, match=r"there is no habit 'x'; there are \d+ others"):
        habits_named(["x"], [Role.DEVICE])
    assert [each.name for each in habits_named(["Indented"], [Role.CLIENT])] == ["indented"]
    for name, habit in habits().items():
        assert habits_named([name.upper()], list(habit.roles)) == [habit]


def test_a_profile_extends_another(tmp_path: Path) -> None:
    for name, text in {
        "base.toml": 'extends = "flatbed"\nfriendly_name = "Base"\n[platen]\npages_per_minute = 3\n',
        "top.toml": 'extends = "base.toml"\nmodel_name = "Top"\nhabits = ["sizes-swapped"]\n',
        "loop.toml": 'extends = "loop.toml"\n',
        "gone.toml": '\nextends = "nowhere.toml"\n',
        "number.toml": "extends = 3\n",
        "server.toml": 'extends = "flatbed"\nhabits = ["2008r2"]\n',
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    shown = json.loads(run("profiles", "show", "top.toml", "--json", cwd=tmp_path).stdout)
    assert (shown["friendly_name"], shown["model_name"], shown["platen"]["pages_per_minute"]) == ("Base", "Top", 3)
    assert shown["platen"]["resolutions"] and shown["habits"] == ["sizes-swapped"]
    for name, told in {
        "loop.toml": "loop.toml:1: extends: ",
        "gone.toml": "gone.toml:2: extends: nowhere.toml: cannot be read",
        "number.toml": "number.toml:1: extends: 3 is not allowed",
        "server.toml": "server.toml:2: habits: 2008r2 is a habit of server",
    }.items():
        done = run("profiles", "validate", name, cwd=tmp_path)
        assert done.returncode == 2 and told in done.stderr, done.stderr
