"""`discover` as a user meets it, with targets of this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from programs import run

from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.host_service import HostService
from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.timing import Timing
from emulator.environment.exit_codes import LabError
from emulator.inspector.discover import read_host, read_type
from emulator.transport.host import HttpHost
from emulator.wsscan.constants import SCAN_DEVICE_TYPE, SCANNER_SERVICE_TYPE, WSCN

ADDRESS = "urn:uuid:7e57ab1e-0000-4000-8000-00000000d15c"
QUICK = Timing(app_max_delay=0.05, hello_max_delay=0, multicast_repeat=0, unicast_repeat=1)


def metadata(base_url: str) -> Metadata:
    return Metadata(
        ThisModel("dsm-emulator", "Test\nMFP", "1"),
        ThisDevice("Found \n MFP", "1.0", "7"),
        (HostedService(f"{base_url}/scan", (SCANNER_SERVICE_TYPE,), "uri:scan"),),
    )


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """UDP port of a target with metadata on loopback; it is not that of the group, which others may use too."""
    target = Target(ADDRESS, (DEVICE_TYPE, SCAN_DEVICE_TYPE), "/device", instance_id=1)
    endpoint = Endpoint(HostService(target, metadata, "http://127.0.0.1", prefixes={WSCN: "wscn"}))
    async with HttpHost(endpoint) as host:
        announcer = Announcer(port=host.port, timing=QUICK)
        announcer.add(Publication(target, at_port(host.port), {WSCN: "wscn"}))
        async with announcer:
            yield host.port


async def discover(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = await asyncio.to_thread(lambda: run("discover", "--timeout", "1.2", *arguments, cwd=folder))
    return done.returncode, done.stdout, done.stderr


async def test_what_is_found_is_listed_with_its_name_type_urls_and_services(port: int, tmp_path: Path) -> None:
    code, out, err = await discover(tmp_path, f"127.0.0.1:{port}")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"Found MFP  scanner  http://127.0.0.1:{port}/device",
        f"  {ADDRESS}  wsdp:Device wscn:ScanDeviceType",
        "  services  wscn:ScannerServiceType",
    ]


async def test_json_is_one_object(port: int, tmp_path: Path) -> None:
    code, out, _ = await discover(tmp_path, f"127.0.0.1:{port}", "--json")
    assert code == 0
    assert json.loads(out) == {
        "exit_code": 0,
        "error": None,
        "found": [
            {
                "name": "Found MFP",
                "kind": "scanner",
                "address": ADDRESS,
                "types": ["wsdp:Device", "wscn:ScanDeviceType"],
                "xaddrs": [f"http://127.0.0.1:{port}/device"],
                "metadata_version": 1,
                "source": "127.0.0.1",
                "interface": "",
                "manufacturer": "dsm-emulator",
                "model": "Test MFP",
                "services": ["wscn:ScannerServiceType"],
                "problem": "",
            }
        ],
    }


async def test_without_metadata_nothing_is_asked(port: int, tmp_path: Path) -> None:
    code, out, _ = await discover(tmp_path, f"127.0.0.1:{port}", "--no-metadata")
    assert code == 0 and out.startswith("(no name)  scanner  ") and "services" not in out


async def test_nothing_found_is_exit_code_1(port: int, tmp_path: Path) -> None:
    for types in (("--type", "wscn:PrintDeviceType"), ("--type", "{urn:x}Device")):
        assert await discover(tmp_path, f"127.0.0.1:{port}", *types) == (1, "", "nothing found\n")
    code, out, _ = await discover(tmp_path, f"127.0.0.1:{port}", "--type", "wscn:NoSuchType", "--json")
    assert (code, json.loads(out)) == (1, {"exit_code": 1, "error": "nothing found", "found": []})


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--interface", "no-such-interface"), 2, "there are:"),
        (("--type", "nonsense"), 2, "{namespace}Name"),
        (("a b",), 2, "HOST:PORT"),
        (("host:99999",), 2, "HOST:PORT"),
        (("no-such-host.invalid",), 3, "nobody can be asked"),
        (("127.0.0.1", "--ca-file", "missing.pem"), 2, "missing.pem"),
    ],
)
async def test_errors_say_what_to_do(arguments: tuple[str, ...], code: int, words: str, tmp_path: Path) -> None:
    found = await discover(tmp_path, *arguments)
    assert found[0] in (code, 2) and words in found[2] and "Traceback" not in found[2]


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("host", [("host", 3702), ("host", 5362)]),
        ("host:1", [("host", 1)]),
        ("192.0.2.1:5362", [("192.0.2.1", 5362)]),
        ("fe80::1%eth0", [("fe80::1%eth0", 3702), ("fe80::1%eth0", 5362)]),
        ("[::1]:7", [("::1", 7)]),
        ("[::1]", [("::1", 3702), ("::1", 5362)]),
    ],
)
def test_hosts(text: str, hosts: list[tuple[str, int]]) -> None:
    assert read_host(text) == hosts


@pytest.mark.parametrize("text", ["", ":1", "a:b", "[host]:1", "::1:x"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(LabError):
        read_host(text)


@pytest.mark.parametrize("text", ["wscn:ScanDeviceType", f"{{{WSCN}}}ScanDeviceType"])
def test_types(text: str) -> None:
    assert read_type(text) == SCAN_DEVICE_TYPE


@pytest.mark.parametrize("text", ["", "ScanDeviceType", "x:Y", "wscn:", "wscn:a b", "{}X", "{a}"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(LabError):
        read_type(text)
