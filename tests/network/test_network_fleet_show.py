"""A fleet on a network of two machines, each device with an address of its own: found by programs of others,
scanned from, jammed and started anew without end, and gone within seconds.

CI has a few devices. With DSM_EXHAUSTIVE=1 a thousand, and jams and restarts for DSM_SOAK_SECONDS (600)."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from optional_programs import needs_program
from sane_there import DISCOVERING, sane_there
from test_network_discovery import HERE, SCAN, eventually, wsdiscover
from test_network_scanner import texts_of
from two_namespaces import Network, two_machines
from variants import EXHAUSTIVE

COUNT = 1000 if EXHAUSTIVE else 12
SOAK = float(os.environ.get("DSM_SOAK_SECONDS", "600")) if EXHAUSTIVE else 0.0
"""Seconds of jams and restarts; 0: a few."""
RUNS = 200 if EXHAUSTIVE else 5
"""Of a client until it has found all: of a thousand answers its socket has room for some hundred, and it reads for
seconds only."""
PORT = 5357
CLIENT = "10.77.3.254"
FLEET = f"""
[arrival]
per_second = 100
[groups.all]
count = {COUNT}
names = "Fleet {{n:04}}"
addresses = "10.77.0.0/22"
"""
DIRECT = '[devices]\n"Chosen" = {url}, WSD\n[options]\ndiscovery = disable\n'


def address_of(number: int) -> str:
    return f"10.77.{number >> 8}.{number & 255}"


@dataclass
class Fleet:
    """`dsm-emulator run --fleet` on the first machine."""

    network: Network
    process: subprocess.Popen[str]
    ready: dict[str, Any]
    began: float

    @property
    def devices(self) -> list[dict[str, Any]]:
        return list(self.ready["devices"])

    @property
    def pid(self) -> int:
        return self.process.pid  # `ip netns exec` becomes the program

    def cpu(self) -> float:
        """Seconds that it has had a processor."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The control API, from within its machine."""
        base = self.devices[0]["control"].partition("/devices")[0]
        token = Path(self.ready["control_token_file"]).read_text("utf-8").strip()
        code = (
            "import json, sys, urllib.request as u\n"
            "base, token, steps = sys.argv[1], sys.argv[2], json.load(sys.stdin)\n"
            "for method, path, body in steps:\n"
            "    data = None if body is None else json.dumps(body).encode()\n"
            "    r = u.Request(base + path, data, {'Authorization': 'Bearer ' + token, 'Content-Type': "
            "'application/json'}, method=method)\n"
            "    print(u.urlopen(r, timeout=60).read().decode().strip(), flush=True)\n"
        )
        steps = body if path == "" else [(method, path, body)]
        done = subprocess.run(
            ["ip", "netns", "exec", self.network.here.name, sys.executable, "-c", code, base, token],
            input=json.dumps(steps), capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        return answers if path == "" else answers[0]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        made.here.add_addresses(f"{address_of(number)}/22" for number in range(1, COUNT + 1))
        made.there.ip("address", "add", f"{CLIENT}/22", "dev", made.there.device)
        yield made


@pytest.fixture(scope="module")
def fleet(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "fleet.toml").write_text(FLEET, "utf-8")
    began = time.time()
    process = network.here.start(
        sys.executable, "-m", "emulator", "run", "--fleet", folder / "fleet.toml", "--json", "-q", "--state",
        folder / "state", "--port", str(PORT), checked=not EXHAUSTIVE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    made = Fleet(network, process, json.loads(line), began)
    print(f"{COUNT} devices were there after {time.time() - began:.1f} s, {made.cpu():.1f} s of a processor")
    yield made
    network.here.end(process)


def test_each_has_an_address_of_its_own_and_all_are_counted(fleet: Fleet) -> None:
    assert [each["xaddrs"] for each in fleet.devices] == [
        [f"http://{address_of(number)}:{PORT}/{each['uuid']}"] for number, each in enumerate(fleet.devices, 1)
    ]
    counts = fleet.ask("GET", "/fleet")
    assert (counts["devices"], counts["states"]["Idle"], counts["away"]) == (COUNT, COUNT, 0)
    told = fleet.ready["fleet"]
    assert told["devices"] == COUNT and counts["process"]["descriptors"] < told["descriptors"] < told["allowed"]
    print(f"estimated {told['memory'] / 1e6:.0f} MB, {told['descriptors']} descriptors; taken: {counts['process']}")


@pytest.mark.timeout(3000 if EXHAUSTIVE else 120)
def test_wsdiscover_finds_each_at_its_own_address(fleet: Fleet, network: Network) -> None:
    wanted = {f"{address_of(number)}:{PORT}" for number in range(1, COUNT + 1)}
    found: set[str] = set()
    for _ in range(RUNS):
        done = network.there.run(*wsdiscover(), "--type", SCAN, "wscn", "ScanDeviceType")
        found |= set(re.findall(rf"address: (\S+:{PORT})\b", done.stdout))
        print(f"wsdiscover: {len(found)} of {COUNT}")
        if found == wanted:
            break
    assert found == wanted, done.stdout[:2000] + done.stderr


@pytest.mark.timeout(3000 if EXHAUSTIVE else 120)
def test_airscan_scans_from_the_first_the_middle_and_the_last_and_finds_all(
    fleet: Fleet, network: Network, tmp_path: Path
) -> None:
    urls = {url for each in fleet.devices for url in each["xaddrs"]}
    with sane_there(network, tmp_path / "sane") as sane:
        for number in (1, COUNT // 2, COUNT):
            (url,) = fleet.devices[number - 1]["xaddrs"]
            sane.configure(DIRECT.format(url=f"{url}/WSDScanner"))
            listed = sane.run("scanimage", "-f", "%d%n").stdout.splitlines()
            (name,) = [line for line in listed if "Chosen" in line]
            page = tmp_path / f"page{number}.png"
            scanned = sane.run("scanimage", "-d", name, "--format=png", "--source", "Flatbed", "--mode", "Gray",
                               "--resolution", "150", "-x", "210", "-y", "297", "-o", str(page))  # fmt: skip
            assert scanned.returncode == 0, scanned.stderr
            assert f"Fleet {number:04}" in texts_of([page])[0]
            print(f"scanned from device {number}")
        sane.configure(DISCOVERING)
        found: set[str] = set()
        for _ in range(RUNS):
            done = sane.run("airscan-discover", timeout=600)
            found |= {url.rstrip("/") for url in re.findall(r"= (http://\S+?), WSD", done.stdout)}
            # It tells the address of the scan service.
            seen = {url for url in urls if any(each.startswith(url) for each in found)}
            print(f"airscan-discover: {len(seen)} of {COUNT}")
            if len(seen) == COUNT:
                break
        assert len(seen) == COUNT, done.stdout + done.stderr


@pytest.mark.timeout(SOAK + 600)
def test_jams_and_restarts_without_end_leave_memory_and_descriptors_flat(fleet: Fleet) -> None:
    chance = random.Random(21)
    samples: list[dict[str, Any]] = []
    began, end = time.monotonic(), time.monotonic() + SOAK
    while len(samples) < 6 or time.monotonic() < end:
        # So many that the journal, which keeps the last 10,000 entries, is full in the first third.
        uuids = [each["uuid"] for each in chance.sample(fleet.devices, max(4, COUNT // 8))]
        half = len(uuids) // 2
        fleet.ask("", "", [
            ("POST", "/actions/jam", {"select": {"uuids": uuids}}),
            ("POST", "/actions/restart", {"select": {"uuids": uuids[:half]}}),
            ("POST", "/actions/clear", {"select": {"uuids": uuids[half:]}}),
        ])  # fmt: skip
        counts = fleet.ask("GET", "/fleet")
        assert (counts["devices"], counts["states"]["Idle"], counts["away"]) == (COUNT, COUNT, 0)
        samples.append(counts["process"] | {"after": round(time.monotonic() - began)})
        if SOAK:
            print(json.dumps(samples[-1]), flush=True)
    third = max(1, len(samples) // 3)
    for name, more in (("memory", 1.05), ("descriptors", 1.0)):
        early = max(each[name] for each in samples[third : 2 * third])
        late = max(each[name] for each in samples[-third:])
        print(f"{name}: at most {early} in the second third of {len(samples)} rounds, {late} in the last")
        assert late <= early * more + (8 if name == "descriptors" else 0), samples


@pytest.mark.timeout(600)
def test_wsdd_lists_all_and_all_say_bye_within_five_seconds(fleet: Fleet, network: Network, tmp_path: Path) -> None:
    # The law: [clients/wsdd/bye-forgets] [discovery/life/bye-at-stop]
    wsdd, system_python = needs_program("wsdd"), needs_program("python3")
    path = Path("/tmp") / f"dsm-wsdd-fleet-{network.there.name}"
    program = (system_python, HERE / "wsdd_listener.py", wsdd, "-4", "-D", "-o", "-l", path)
    listener = network.there.start(*program, file=tmp_path / "wsdd.log")
    uuids = {each["uuid"] for each in fleet.devices}
    try:
        eventually(path.exists, what="wsdd listens")
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(60)
            control.connect(str(path))

            def listed() -> set[str]:
                control.sendall(b"list\n")
                text = b""
                while not text.endswith(b".\n"):
                    piece = control.recv(65_536)
                    assert piece, (tmp_path / "wsdd.log").read_text()
                    text += piece
                return {line.partition("\t")[0] for line in text.decode().splitlines() if "\t" in line} & uuids

            def all_listed() -> bool:
                found = listed()
                if found != uuids:  # it asks again, and devices say Hello when they start
                    control.sendall(b"probe\n")
                    time.sleep(2)
                return found == uuids

            eventually(all_listed, what="wsdd lists all of them", seconds=300)
            byes = network.there.start(sys.executable, HERE / "bye_listener.py", CLIENT, "3")
            assert byes.stdout is not None and byes.stdout.readline() == "listening\n"
            asked = time.time()
            fleet.process.terminate()
            fleet.process.wait(60)
            ended = time.time() - asked
            told = json.loads(byes.communicate(timeout=60)[0])
            print(f"Bye of {told['count']} from {told['first'] - asked:.2f} to {told['last'] - asked:.2f} s after "
                  f"the signal, end after {ended:.2f} s")  # fmt: skip
            assert fleet.process.returncode == 0
            assert (told["count"], told["sources"]) == (COUNT, COUNT), "each from its own address"
            assert told["last"] - asked < 5
            eventually(lambda: not listed(), what="wsdd has forgotten all", seconds=60)
    finally:
        network.there.end(listener)
        path.unlink(missing_ok=True)
