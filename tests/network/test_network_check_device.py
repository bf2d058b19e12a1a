"""`check device` on a network of two machines: the device is found by the group, by its endpoint address, and by
`discover --witness`. On one machine it is switched off and on by its control API: Bye and Hello are heard."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import devices, run
from two_namespaces import PREFIX, Network, two_machines

PORT = "5357"
SELECTED = (
    "discovery/multicast/groups-and-port",
    "discovery/resolve-matches/one-match-with-xaddrs",
    "wsdapi/xaddrs/subnet-of-the-adapter",
    "discovery/match/namespace-and-local-name",
)
WITHOUT_POWER = (
    "discovery/life/bye-at-stop",
    "discovery/life/hello-and-bye-same-address",
    "discovery/endpoint/address-stable",
    "discovery/app-sequence/instance-id-grows",
    "wsdapi/wsdbit/metadata-version-over-restart",
)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        yield made


@pytest.fixture(scope="module")
def address(network: Network, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Endpoint address of a device that runs on the first machine."""
    folder = tmp_path_factory.mktemp("device")
    said = folder / "said"
    command = ("run", "--interface", network.here.device, "--port", PORT, "--state", folder / "state", "--json")
    device = network.here.start(sys.executable, "-m", "emulator", *command, file=said)
    end = time.monotonic() + 60
    while '"ready"' not in said.read_text():
        assert device.poll() is None and time.monotonic() < end, said.read_text()
        time.sleep(0.1)
    return f"urn:uuid:{json.loads(said.read_text().splitlines()[0])['devices'][0]['uuid']}"


def emulator(network: Network, *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    done = network.there.run(sys.executable, "-m", "emulator", *arguments, "--json", timeout=120)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_it_is_found_and_judged(network: Network, address: str, tmp_path: Path) -> None:
    selected = [word for id in SELECTED for word in ("--select", id)]
    where = ("--interface", network.there.device)
    code, told, stderr = emulator(
        network, "check", "device", "--discover", *where, *selected, "--report", tmp_path / "report"
    )
    assert code == 0, (told, stderr)
    entries = json.loads((tmp_path / "report" / "exchanges.har").read_text())["log"]["entries"]
    (first, *_) = entries
    assert first["request"]["method"] == "UDP" and first["request"]["url"] == "soap.udp://239.255.255.250:3702"
    assert first["response"]["status"] == 0 and "Probe" in first["comment"]
    came = [each for entry in entries for each in entry.get("_datagrams", ())]
    assert f"{PREFIX}.1" in {each["sender"] for each in came} and all(each["port"] == 3702 for each in came)
    page = (tmp_path / "report" / "report.html").read_text()
    assert all(id in page for id in SELECTED)
    code, told, stderr = emulator(network, "check", "device", address, *where, *selected[:2])
    assert code == 0, (told, stderr)


def test_discover_shows_both_readings(network: Network, address: str) -> None:
    code, told, stderr = emulator(
        network, "discover", "--interface", network.there.device, "--timeout", "2", "--no-metadata", "--witness"
    )
    assert code == 0, stderr
    (found,) = told["found"]
    assert found["address"] == address
    witness = found["witness"]
    assert witness["problem"] == "" and witness["differs"] == [] and told["witnessed"] == []
    (seen,) = witness["sees"]
    assert seen["address"] == address and set(seen["xaddrs"]) <= set(found["xaddrs"])


def test_nobody_of_that_address(network: Network, address: str) -> None:
    where = ("--interface", network.there.device)
    code, told, _ = emulator(network, "check", "device", "urn:uuid:nobody", *where)
    assert code == 3 and told["error"].startswith("nobody says where urn:uuid:nobody is, on pc0")


@pytest.mark.skipif(sys.platform != "linux", reason="the group is heard on loopback there")
def test_it_is_switched_off_and_on_at_its_control_api(tmp_path: Path) -> None:
    selected = [word for id in WITHOUT_POWER for word in ("--select", id)]
    token = tmp_path / "token"
    with devices(cwd=tmp_path) as ((device,), _):
        token.write_text(device["token"], "utf-8")
        control = ("--control", device["control"], "--control-token", token)
        done = run("check", "device", device["xaddrs"][0], *control, *selected, "--report", "report", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    results = [json.loads(line) for line in (tmp_path / "report" / "results.jsonl").read_text("utf-8").splitlines()]
    outcomes = {each["id"]: each["verdict"] for each in results if each.get("id") in WITHOUT_POWER}
    assert outcomes == dict.fromkeys(WITHOUT_POWER, "passed")
