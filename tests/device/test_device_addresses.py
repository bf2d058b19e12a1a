"""Where a device can be reached: over TLS, over IPv6, by whatever name; and what its profile adds."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from device_pages import names_in
from scan_service_bench import SOAP_TYPE, Answer, Caller, device, envelope

from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.device.settings import DeviceIdentity
from emulator.resources import resource_folder
from emulator.transport.http import IncomingRequest
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context_from

GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"


def get(url: str, to: str, context: ssl.SSLContext | None = None, host: str = "") -> Answer:
    """WS-Transfer Get. Blocks."""
    parts = urlsplit(url)
    if context is None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    else:
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=20, context=context)
    try:
        headers = {"Content-Type": SOAP_TYPE, **({"Host": host} if host else {})}
        connection.request("POST", parts.path, envelope(to, GET, ""), headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    finally:
        connection.close()


async def test_over_tls_all_addresses_are_https(tmp_path: Path) -> None:
    # The law: [wsdapi/secure/all-https]
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(["127.0.0.1"]))
    trusting = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    async with device(tmp_path, tls=context) as running:
        assert running.url.startswith("https://127.0.0.1:")
        answer = await asyncio.to_thread(get, running.url, running.target.address, trusting)
        assert answer.text("//wsdp:Hosted//wsa:Address") == running.scan_service_url


async def test_over_ipv6_addresses_are_in_brackets(tmp_path: Path) -> None:
    # The law: [wsdapi/xaddrs/ip-literal-or-resolvable-name]
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        async with device(tmp_path, bind="::1") as running:
            answer = await asyncio.to_thread(get, running.url, running.target.address)
            assert answer.text("//wsdp:Hosted//wsa:Address") == running.scan_service_url
            assert running.scan_service_url.startswith("http://[::1]:")
    except OSError as error:
        pytest.skip(f"no IPv6 loopback: {error}")


@pytest.mark.parametrize(
    ("host", "told"),
    [("scanner.example:8080", "http://scanner.example:8080"), ("not a host/<x>", None), ("a@b", None)],
)
async def test_who_reaches_it_by_a_name_is_told_that_name(tmp_path: Path, host: str, told: str | None) -> None:
    """On an interface of the network any name may be ours."""
    async with device(tmp_path) as running:

        async def body() -> AsyncIterator[bytes]:
            yield envelope(running.target.address, GET, "")

        headers = {"host": host, "content-type": SOAP_TYPE}
        path = urlsplit(running.url).path
        got = await running.handle(IncomingRequest("POST", path, headers, "192.0.2.1", body()))
        assert isinstance(got.body, bytes)
        base = told or running.http.base_url
        assert Answer(got.status, got.body).text("//wsdp:Hosted//wsa:Address") == base + running.service_path


async def test_on_loopback_it_answers_to_names_of_this_machine_alone(tmp_path: Path) -> None:
    """A page of another site in a browser here has its own name mean 127.0.0.1."""
    async with device(tmp_path) as running:
        for host, status in (("localhost", 200), (socket.gethostname(), 200), ("", 200), ("evil.example", 421)):
            assert (await asyncio.to_thread(get, running.url, running.target.address, None, host)).status == status
        job = await Caller(running).create()
        assert job.status == 200


async def test_a_port_that_is_taken_leaves_nothing_behind(tmp_path: Path) -> None:
    async with device(tmp_path / "one") as first:
        second = device(tmp_path / "two", port=first.http.port)
        with pytest.raises(OSError, match="cannot listen on"):
            await second.start()
        assert names_in(tmp_path / "two") == []


# Fields of profiles


def changed(tmp_path: Path, *changes: tuple[str, str]) -> DeviceProfile:
    """The office MFP with some lines changed. Raises ProfileError."""
    text = (resource_folder("profiles") / "office-mfp.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return load_profile(str(path))


IDENTITY = (
    'serial_number = "VOM0000001"',
    'serial_number = "S-1"\ndevice_category = ["MFP", "Scanners"]\nhardware_id = "VEN_0103&DEV_069D"\n'
    'location = "Second floor"',
)


async def test_a_profile_may_say_category_hardware_id_and_place(tmp_path: Path) -> None:
    profile = changed(tmp_path, IDENTITY, ("sheets = 100", "sheets = 100\nloaded = 0"))
    async with ScanDevice(profile, DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path / "spool") as running:
        caller = Caller(running)
        answer = await caller.raw(envelope(running.target.address, GET, ""), url=running.url)
        assert answer.text("//pnpx:DeviceCategory") == "MFP Scanners"
        assert answer.text("//pnpx:HardwareId") == "VEN_0103&DEV_069D"
        assert answer.text("//wsdp:SerialNumber") == "S-1"
        answer = await caller.elements("wscn:ScannerDescription", "wscn:ScannerStatus")
        assert answer.text("//wscn:ScannerLocation") == "Second floor"
        assert answer.text("//wscn:ActiveConditions/wscn:DeviceCondition/wscn:Name") == "InputTrayEmpty"
        assert running.scanner.snapshot().sheets == 0


@pytest.mark.parametrize(
    ("new", "field", "reason"),
    [
        ("sheets = 100\nloaded = 101", "feeder.loaded", "101 is more than the 100 that it takes"),
        ("sheets = 100\nloaded = -1", "feeder.loaded", "-1 is not allowed"),
    ],
)
def test_sheets_that_there_is_no_room_for_are_an_error(tmp_path: Path, new: str, field: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        changed(tmp_path, ("sheets = 100", new))
    assert caught.value.problems[0].field == field and reason in str(caught.value)


@pytest.mark.parametrize("category", ["[]", '["two words"]', '[""]'])
def test_categories_are_words(tmp_path: Path, category: str) -> None:
    with pytest.raises(ProfileError, match="device_category"):
        changed(tmp_path, ("warm_up", f"device_category = {category}\nwarm_up"))
