"""Devices of a fleet with IP addresses of their own: each is at its own and nowhere else, they arrive one after
another, and what happens to one is nothing to the others."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from control_bench import Desk, desk
from discovery_values import probe_by_hand
from lxml import etree
from posts import posts
from programs import environment

from emulator.device.device import ScanDevice
from emulator.dpws.announcer import Announcer
from emulator.dpws.asker import Search, search
from emulator.dpws.findings import Found
from emulator.dpws.publication import Publication
from emulator.dpws.timing import Timing
from emulator.environment.exit_codes import LabError
from emulator.network.device_network import DeviceNetwork, NetworkOptions
from emulator.transport.interfaces import loopback_only

pytestmark = pytest.mark.skipif(
    sys.platform not in ("linux", "win32"), reason="all of 127.0.0.0/8 is the machine's own on Linux and Windows"
)
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
STABLE = "/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery"
SUBNET = f"127.{64 + os.getpid() % 128}.{os.getpid() // 128 % 250}"
"""Of this process alone: several may run these tests."""
TICKET = (
    "<w:CreateScanJobRequest><w:ScanTicket><w:JobDescription><w:JobName>n</w:JobName><w:JobOriginatingUserName>u"
    "</w:JobOriginatingUserName></w:JobDescription><w:DocumentParameters><w:Format>png</w:Format><w:ImagesToTransfer>"
    "3</w:ImagesToTransfer><w:InputSource>ADF</w:InputSource><w:MediaSides><w:MediaFront><w:ColorProcessing>"
    "BlackAndWhite1</w:ColorProcessing><w:Resolution><w:Width>75</w:Width><w:Height>75</w:Height></w:Resolution>"
    "</w:MediaFront></w:MediaSides></w:DocumentParameters></w:ScanTicket></w:CreateScanJobRequest>"
)


async def call(url: str, action: str, body: str = "", *, to: str = "") -> tuple[int, bytes]:
    """Status and content of one request by the standard library's client."""
    text = (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:e="{WSE}" '
        f'xmlns:w="{WSCN}" xmlns:d="{WSD}"><s:Header><a:To>{to or url}</a:To><a:Action>{action}</a:Action>'
        f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )

    def ask() -> tuple[int, bytes]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("POST", parts.path, text.encode(), {"Content-Type": "application/soap+xml"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


def written(folder: Path, text: str) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text.replace("SUBNET", SUBNET), "utf-8")
    return path


@asynccontextmanager
async def fleet(folder: Path, text: str, **options: Any) -> AsyncIterator[Desk]:
    async with desk(folder, fleet=written(folder, text), **options) as made:
        yield made


def host_of(device: ScanDevice) -> str:
    return device.url.split("//")[1].split(":")[0]


async def found(made: Desk, **how: Any) -> dict[str, Found]:
    """Ours, by endpoint address; asked again where one is missing: datagrams may be lost."""
    ours = {device.target.address for device in made.network.devices}
    for _ in range(5):
        answers = await search(Search(timeout=1.5, **{"selection": loopback_only, **how}))
        seen = {each.match.address: each for each in answers if each.match.address in ours}
        if len(seen) == len(ours):
            break
    return seen


THREE_AND_ONE = """
[groups.own]
count = 3
addresses = "SUBNET.0/28"
[groups.shared]
"""


async def test_each_is_at_its_own_address_and_nowhere_else(tmp_path: Path) -> None:
    # The law: [discovery/directed/stable-endpoint]
    async with fleet(tmp_path, THREE_AND_ONE, multicast=True) as made:
        *own, shared = made.network.devices
        hosts = [host_of(device) for device in own]
        assert hosts == [f"{SUBNET}.{number}" for number in (1, 2, 3)] and host_of(shared) == "127.0.0.1"
        for device in own:
            assert made.network.xaddrs_of(device) == (device.url,)
        assert made.network.xaddrs_of(shared)[0] == shared.url
        for device in (*own, shared):
            for host in (*hosts, "127.0.0.1"):
                url = device.url.replace(host_of(device), host)
                status, answer = await call(url, GET, to=device.target.address)
                assert status == (200 if host == host_of(device) else 404), (device.scanner.name, host)
                if status == 200:
                    assert etree.fromstring(answer).findtext(".//{*}FriendlyName") == device.scanner.name
            base = device.url.removesuffix(device.path)
            status, answer = await call(
                base + STABLE, f"{WSD}/Probe", "<d:Probe/>", to="urn:schemas-xmlsoap-org:ws:2005:04:discovery"
            )
            assert status == 200, answer
            matches = etree.fromstring(answer).findall(".//{*}ProbeMatch/{*}EndpointReference/{*}Address")
            assert [each.text for each in matches] == [device.target.address], "it speaks of itself alone"


async def test_discovery_goes_out_from_the_address_of_each(tmp_path: Path) -> None:
    # The law: [wsdapi/xaddrs/first-is-reachable] [discovery/probe-matches/to-the-source-port]
    async with fleet(tmp_path, THREE_AND_ONE, multicast=True) as made:
        seen = await found(made)
        xaddrs = {address: each.match.xaddrs for address, each in seen.items()}
        assert xaddrs == {each.target.address: (each.url,) for each in made.network.devices}
        first = made.network.devices[0]
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind(("127.0.0.1", 0))
            asking.setblocking(False)
            for _ in range(5):
                await loop.sock_sendto(asking, probe_by_hand(), (host_of(first), 3702))
                try:
                    data, (host, _port) = await asyncio.wait_for(loop.sock_recvfrom(asking, 65_536), 3)
                    break
                except TimeoutError:
                    continue
            assert host == host_of(first) and first.target.address.encode() in data
            with pytest.raises(TimeoutError):  # only its repetition comes, and no answer of another
                while True:
                    data, _ = await asyncio.wait_for(loop.sock_recvfrom(asking, 65_536), 1)
                    assert first.target.address.encode() in data


async def test_what_happens_to_one_is_nothing_to_its_busy_neighbour(tmp_path: Path) -> None:
    """Its job, its subscriber and what it says in discovery go on, while others jam, start anew, and move.
    [discovery/app-sequence/instance-id-grows] [discovery/life/hello-with-new-addresses]"""
    came: list[bytes] = []
    with posts(lambda path, content: came.append(content)) as sink:
        async with fleet(tmp_path, THREE_AND_ONE, multicast=True) as made:
            busy, other, third, _ = made.network.devices
            service = busy.scan_service_url
            notify = f"<e:Delivery><e:NotifyTo><a:Address>{sink}</a:Address></e:NotifyTo></e:Delivery>"
            await call(service, f"{WSE}/Subscribe", f"<e:Subscribe>{notify}</e:Subscribe>")
            for _ in range(400):  # its Hello comes within a moment
                if busy.target.messages:
                    break
                await asyncio.sleep(0.05)
            said = busy.target.messages, busy.target.instance_id
            _, created = await call(service, f"{WSCN}/CreateScanJob", TICKET)
            tree = etree.fromstring(created)
            names = ("JobId", "JobToken")
            job = "".join(f"<w:{name}>{tree.findtext(f'.//{{*}}{name}')}</w:{name}>" for name in names)

            async def retrieve() -> None:
                named = "<w:DocumentDescription><w:DocumentName>d</w:DocumentName></w:DocumentDescription>"
                body = f"<w:RetrieveImageRequest>{job}{named}</w:RetrieveImageRequest>"
                status, content = await call(service, f"{WSCN}/RetrieveImage", body)
                assert status == 200 and b"\x89PNG" in content, content[:1000]

            await retrieve()
            await made.do(f"/devices/{other.uuid}/jam")
            counts = await made.get("/fleet")
            assert counts["states"]["Stopped"] == counts["groups"][0]["states"]["Stopped"] == 1
            restarting = asyncio.create_task(made.do(f"/devices/{other.uuid}/restart"))
            await retrieve()
            back = await restarting
            assert (back["state"], back["uuid"]) == ("Idle", str(other.uuid)), "it is as at its start"
            (fresh,) = (each for each in made.network.devices if each.uuid == other.uuid)
            assert fresh is not other and fresh.target.instance_id > other.target.instance_id
            assert (fresh.url, fresh.scanner.name) == (other.url, other.scanner.name)
            moved = await made.do(f"/devices/{third.uuid}/move", {"address": f"{SUBNET}.9"})
            assert moved["xaddrs"] == [third.url] and host_of(third) == f"{SUBNET}.9"
            await retrieve()
            for _ in range(400):
                if any(b"JobEndStateEvent" in each for each in came):
                    break
                await asyncio.sleep(0.05)
            told = [etree.fromstring(each).find(".//{*}Body")[0] for each in came]
            states = [each.findtext(".//{*}JobState") for each in told if each.tag.endswith("}JobStatusEvent")]
            assert [etree.QName(each).localname for each in told][-1] == "JobEndStateEvent", "all of its job"
            assert told[-1].findtext(".//{*}JobCompletedState") == "Completed" and states
            assert (busy.target.messages, busy.target.instance_id) == said, "no Hello and no Bye of its own"
            seen = await found(made)
            assert {address: each.match.xaddrs for address, each in seen.items()} == {
                each.target.address: (each.url,) for each in made.network.devices
            }


async def test_what_cannot_be_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with fleet(tmp_path, THREE_AND_ONE) as made:
        first, second, _, shared = made.network.devices
        before = [each.url for each in made.network.devices]
        for device, address in (
            (first, host_of(second)), (first, "192.0.2.1"), (first, "scan1"), (first, 7), (shared, f"{SUBNET}.9"),
        ):  # fmt: skip
            refused = await made.ask("POST", f"/devices/{device.uuid}/move", {"address": address})
            assert refused.status == (400 if address == 7 else 409), (device.scanner.name, address)
            assert refused.json["error"]
        for path in (f"/devices/{first.uuid}/restart", f"/devices/{first.uuid}/move", "/actions/restart"):
            assert (await made.ask("POST", path, {"colour": 1})).status == 400
        assert (await made.ask("POST", f"/devices/{uuid.uuid4()}/restart", {})).status == 404
        assert [each.url for each in made.network.devices] == before
        await made.do(f"/devices/{first.uuid}/move", {"address": f"{SUBNET}.9"})
        await made.do(f"/devices/{second.uuid}/move", {"address": before[0].split("//")[1].split(":")[0]})
        assert second.url.startswith(before[0].removesuffix(first.path)), "what one gives up another may have"


async def test_who_is_switched_off_is_gone_until_it_is_switched_on(tmp_path: Path) -> None:
    """What it is stays its own meanwhile: its UUID, its name, its IP address.
    [discovery/app-sequence/instance-id-grows] [discovery/endpoint/address-stable]"""
    async with fleet(tmp_path, THREE_AND_ONE, multicast=True) as made:
        device, neighbour, *_ = made.network.devices
        path, url = f"/devices/{device.uuid}", device.url
        assert (await made.ask("POST", f"{path}/on", {})).status == 409, "it is on"
        assert (await made.ask("POST", f"{path}/off", {})).status == 204
        with pytest.raises(ConnectionError):
            await call(url, GET, to=device.target.address)
        assert (await made.ask("GET", path)).status == (await made.ask("POST", f"{path}/off", {})).status == 404
        refused = await made.ask("POST", f"/devices/{neighbour.uuid}/move", {"address": host_of(device)})
        assert refused.status == 409, "its address is kept for it"
        counts = await made.get("/fleet")
        assert (counts["devices"], counts["expected"], counts["away"]) == (3, 4, 1)
        assert device.target.address not in await found(made)
        back = await made.do(f"{path.upper().replace('/DEVICES', '/devices')}/on")
        (fresh,) = (each for each in made.network.devices if each.uuid == device.uuid)
        assert (back["name"], back["xaddrs"], fresh.url) == (device.scanner.name, [url], url)
        assert fresh.target.instance_id > device.target.instance_id
        assert (await call(url, GET, to=device.target.address))[0] == 200
        assert (await made.get("/fleet"))["away"] == 0
        assert device.target.address in await found(made)
        for unknown in (uuid.uuid4(), "none"):
            assert (await made.ask("POST", f"/devices/{unknown}/on", {})).status == 404


async def test_who_cannot_be_switched_on_stays_off_and_a_reset_switches_all_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fleet(tmp_path, THREE_AND_ONE) as made:
        uuids = {each.uuid for each in made.network.devices}
        device, other, *_ = made.network.devices

        async def full(device: ScanDevice, base_url: str = "") -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(ScanDevice, "start", full)
            refused = await made.ask("POST", f"/devices/{device.uuid}/restart", {})
            assert refused.status == 409 and "No space left on device" in refused.json["error"]
        counts = await made.get("/fleet")
        assert (counts["devices"], counts["expected"], counts["away"]) == (3, 4, 1)
        await made.ask("POST", f"/devices/{other.uuid}/off", {})
        assert (await made.ask("POST", "/reset", {})).status == 204
        assert {each.uuid for each in made.network.devices} == uuids and not made.network.switched_off


async def test_many_are_chosen_by_group_and_start_anew_together(tmp_path: Path) -> None:
    async with fleet(tmp_path, THREE_AND_ONE) as made:
        instances = [each.target.instance_id for each in made.network.devices]
        uuids = [str(each.uuid) for each in made.network.devices]
        listed = await made.get("/devices?group=own")
        assert [each["uuid"] for each in listed["devices"]] == uuids[:3]
        assert {each["group"] for each in listed["devices"]} == {"own"}
        await made.do("/actions/jam", {"select": {"group": "shared"}})
        done = await made.do("/actions/restart", {"select": {"group": "own"}})
        assert sorted(done["done"]) == sorted(uuids[:3])
        after = {str(each.uuid): each.target.instance_id for each in made.network.devices}
        assert all(after[each] > before for each, before in zip(uuids[:3], instances, strict=False))
        assert after[uuids[3]] == instances[3], "the others were not touched"
        counts = await made.get("/fleet")
        assert (counts["devices"], counts["expected"], counts["away"]) == (4, 4, 0)
        assert [(each["name"], each["devices"], each["states"]["Stopped"]) for each in counts["groups"]] == [
            ("own", 3, 0), ("shared", 1, 1),
        ]  # fmt: skip
        assert counts["process"]["memory"] != 0 and counts["process"]["descriptors"] != 0


async def test_many_that_start_anew_take_leave_as_many_do_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their Byes and Hellos are spread by how many they are, and nobody is back before the last Bye is out."""
    told: dict[str, list[int]] = {"add": [], "remove": []}
    add, remove = Announcer.add, Announcer.remove

    def added(self: Announcer, publication: Publication, among: int = 1) -> None:
        told["add"].append(among)
        add(self, publication, among)

    def removed(self: Announcer, address: str, among: int = 1) -> None:
        told["remove"].append(among)
        remove(self, address, among)

    monkeypatch.setattr(Announcer, "add", added)
    monkeypatch.setattr(Announcer, "remove", removed)
    async with fleet(tmp_path, "[groups.many]\ncount = 30\n", multicast=True) as made:
        del told["add"][:]
        began = asyncio.get_running_loop().time()
        await made.do("/actions/restart", {"select": {"group": "many"}})
        assert asyncio.get_running_loop().time() - began >= Timing().leave_taken(30) > Timing().repeated_for
        assert told == {"add": [30] * 30, "remove": [30] * 30}


async def test_they_arrive_one_after_another(tmp_path: Path) -> None:
    path = written(tmp_path, "[arrival]\nper_second = 500\n[groups.a]\ncount = 5\n")
    network = DeviceNetwork(NetworkOptions.of(fleet=path, state=tmp_path / "state", multicast=False))
    assert [network.fleet.arrives_after(number) for number in (0, 1, 250)] == [0, 0.002, 0.5]
    async with network:
        assert (len(network.devices), network.expected, network.listening) == (0, 5, False)
        told: list[tuple[int, int]] = []
        await network.arrive(lambda count, of: told.append((count, of)))
        assert told == [(count, 5) for count in range(1, 6)]
        assert (len(network.devices), network.listening) == (5, True)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"profiles": ("flatbed",)}, "--fleet and PROFILE exclude one another"),
        ({"count": 2}, "--fleet and --count exclude one another"),
        ({"name": "A"}, "--fleet and --name exclude one another"),
        ({"advertise": "lab.example"}, "--advertise tells one address of all devices"),
        ({"fleet": Path("no-such.toml")}, "--fleet no-such.toml: cannot be read"),
    ],
)
def test_what_does_not_go_together_is_said_before_the_start(
    more: dict[str, Any], told: str, tmp_path: Path
) -> None:
    given = {"fleet": written(tmp_path, THREE_AND_ONE), "state": tmp_path, **more}
    with pytest.raises(LabError, match=told):
        DeviceNetwork(NetworkOptions.of(**given))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors")
def test_more_devices_than_descriptors_are_refused_by_the_command(tmp_path: Path) -> None:
    written(tmp_path, '[groups.own]\ncount = 300\naddresses = "127.77.0.1-127.77.2.0"\n')
    line = f"ulimit -n 256; exec '{sys.executable}' -m emulator run --fleet fleet.toml --state state --json"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=100, env=environment()
    )
    told = json.loads(done.stdout)
    assert done.returncode == told["exit_code"] == 2
    assert re.fullmatch(
        r"300 devices need \d+ files and sockets, and a process may have 256 here", told["error"]
    ) and re.match(r"ulimit -n \d+ before", told["hint"])
    assert not (tmp_path / "state" / "identities.json").exists(), "nothing has begun"
