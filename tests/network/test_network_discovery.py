"""Discovery between two machines (network namespaces), by programs of others: wsdd, wsdiscover, and clients made
with gSOAP for both versions; then by our own `discover`."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gsoap_wsdd
import pytest
from optional_programs import needs_program, skip_or_fail
from programs import PROJECT
from two_namespaces import PREFIX, Machine, Network, two_machines

HERE = Path(__file__).parent
SCAN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
COUNT = 2
PORT = 5357


def uuid_of(number: int) -> str:
    return f"7e57ab1e-0000-4000-8000-{number:012x}"


URLS = {f"urn:uuid:{uuid_of(number)}": f"http://{PREFIX}.1:{PORT}/{uuid_of(number)}" for number in (1, 2)}


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        yield made


@pytest.fixture
def own_network() -> Iterator[Network]:
    """For a test that changes it."""
    with two_machines() as made:
        yield made


def name_of(number: int) -> str:
    return f"Test MFP {number}"


def profile(folder: Path, number: int) -> Path:
    """An office MFP of a name and an identity of its own."""
    text = (PROJECT / "profiles" / "office-mfp.toml").read_text("utf-8")
    text = re.sub(
        r"(?m)^friendly_name = .*$", f'friendly_name = "{name_of(number)}"\nuuid = "{uuid_of(number)}"', text
    )
    path = folder / f"mfp{number}.toml"
    path.write_text(text, "utf-8")
    return path


class Devices:
    """`dsm-emulator run` on the first machine, with two devices."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self.log = folder / "devices.log"
        profiles = [profile(folder, number) for number in range(1, COUNT + 1)]
        self.process = machine.start(
            sys.executable, "-m", "emulator", "run", *profiles, "--interface", machine.device, "--port", str(PORT),
            "--state", folder / "state", file=self.log,
        )  # fmt: skip
        eventually(lambda: "Try " in self.log.read_text(), what="the devices are ready")

    def stop(self) -> None:
        self.machine.end(self.process)
        assert self.process.returncode == 0, self.log.read_text()


@pytest.fixture
def devices(network: Network, tmp_path: Path) -> Iterator[Devices]:
    started = Devices(network.here, tmp_path)
    yield started
    network.here.end(started.process)


def eventually(check: Callable[[], bool], *, what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="session", params=["2005/04", "1.1"])
def gsoap(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client made with gSOAP, built once for all runs from the same inputs."""
    for program in gsoap_wsdd.PROGRAMS:
        needs_program(program)
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("gsoap") if cache else tmp_path_factory.mktemp("gsoap")
    return gsoap_wsdd.build(folder, request.param)


def told(output: str, name: str) -> dict[str, str]:
    """Endpoint address -> XAddrs of the messages of that name."""
    lines = [line.split() for line in output.splitlines()]
    return {line[3]: line[4] for line in lines if line[0] == name}


def find(network: Network, gsoap: Path, wanted: dict[str, str], *types: str) -> str:
    """What the client prints; again when an answer is missing, for datagrams may be lost and this machine may be
    busy."""
    for _ in range(5):
        done = network.there.run(gsoap, "find", "1", *types)
        assert done.returncode == 0, done.stderr
        if told(done.stdout, "ProbeMatch") == told(done.stdout, "ResolveMatch") == wanted:
            break
    return done.stdout


def test_a_client_made_with_gsoap_finds_and_resolves_all(network: Network, devices: Devices, gsoap: Path) -> None:
    # The law: [discovery/multicast/groups-and-port] [discovery/resolve-matches/one-match-with-xaddrs]
    # The law: [clients/gsoap/must-understand] [clients/gsoap/types-prefix-declared-on-probe]
    for types in ((), (f'"{SCAN}":ScanDeviceType',)):
        output = find(network, gsoap, URLS, *types)
        assert told(output, "ProbeMatch") == told(output, "ResolveMatch") == URLS
    numbers = [int(line.split()[2]) for line in output.splitlines() if uuid_of(1) in line]
    assert len({line.split()[1] for line in output.splitlines()}) == 1, "the InstanceId stays while it runs"
    assert max(numbers) > min(numbers) > 0


def test_a_probe_for_another_type_gets_no_answer(network: Network, devices: Devices, gsoap: Path) -> None:
    # The law: [discovery/match/no-match-by-multicast-silence]
    done = network.there.run(gsoap, "find", "1", '"urn:another":Type')
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("gsoap", ["2005/04"], indirect=True)
def test_clients_made_with_gsoap_see_them_come_and_go(network: Network, gsoap: Path, tmp_path: Path) -> None:
    """One on the other machine, and one on ours, which has taken port 3702 before us.
    [discovery/life/bye-at-stop] [discovery/life/hello-at-start-on-each-interface]"""
    watchers = {machine: tmp_path / machine.name for machine in (network.there, network.here)}
    running = [(machine, machine.start(gsoap, "watch", "60", file=file)) for machine, file in watchers.items()]
    for file in watchers.values():
        eventually(lambda file=file: "listening" in file.read_text(), what="gSOAP listens")
    devices = Devices(network.here, tmp_path)
    try:
        there, here = watchers[network.there], watchers[network.here]
        eventually(lambda: told(there.read_text(), "Hello") == URLS, what="Hello of all")
        # The one on our machine hears all its interfaces, loopback with its own addresses among them.
        eventually(lambda: set(told(here.read_text(), "Hello")) == set(URLS), what="Hello of all on our machine")
        assert "Bye" not in there.read_text() + here.read_text()
        assert told(find(network, gsoap, URLS), "ProbeMatch") == URLS, "we hear the group beside the other"
    finally:
        devices.stop()
    for file in watchers.values():
        eventually(lambda file=file: set(told(file.read_text(), "Bye")) == set(URLS), what="Bye of all")
    for machine, watcher in running:
        machine.end(watcher)


def test_wsdd_lists_them_and_forgets_them_at_bye(network: Network, devices: Devices, tmp_path: Path) -> None:
    # The law: [clients/wsdd/one-x-addr] [clients/wsdd/relates-to] [clients/wsdd/uuid-endpoint]
    # The law: [clients/wsdd/friendly-name] [clients/wsdd/bye-forgets]
    wsdd = needs_program("wsdd")
    system_python = needs_program("python3")
    # A path of Unix sockets has at most 107 octets.
    with socket.socket(socket.AF_UNIX) as control:
        path = Path("/tmp") / f"dsm-wsdd-{network.there.name}"
        log = tmp_path / "wsdd.log"
        program = (system_python, HERE / "wsdd_listener.py", wsdd, "-D", "-o", "-l", path, "-v")
        listener = network.there.start(*program, file=log)
        try:
            eventually(path.exists, what="wsdd listens")
            control.settimeout(10)
            control.connect(str(path))

            def listed() -> dict[str, str]:
                control.sendall(b"list\n")
                text = b""
                while not text.endswith(b".\n"):
                    piece = control.recv(4096)
                    assert piece, log.read_text()
                    text += piece
                fields = [line.split("\t") for line in text.decode().splitlines() if "\t" in line]
                return {line[0]: f"{line[1]} {line[4]}" for line in fields}

            def both_families() -> bool:
                return sum(f"{PREFIX}.1%pc0" in where and "fe80::" in where for where in listed().values()) == COUNT

            # The law: [clients/wsd-python/ipv4-only]
            eventually(both_families, what="wsdd lists both devices with IPv4 and IPv6")
            assert {key: name.split(" [")[0].rsplit(" ", 0)[0][:10] for key, name in listed().items()} == {
                uuid_of(number): name_of(number) for number in (1, 2)
            }
            devices.stop()
            eventually(lambda: listed() == {}, what="wsdd has forgotten them")
        finally:
            network.there.end(listener)
            path.unlink(missing_ok=True)


def wsdiscover() -> list[str]:
    """The program of the package that the test extra brings, with this Python."""
    try:
        import wsdiscovery  # noqa: F401
    except ImportError:
        skip_or_fail("the package WSDiscovery is not installed")
    return [sys.executable, "-c", "from wsdiscovery.cmdline import discover; discover()", "-t", "3"]


def test_wsdiscover_finds_them_and_not_for_another_type(network: Network, devices: Devices) -> None:
    # The law: [clients/wsdiscover/metadata-version] [clients/wsdiscover/resolves]
    done = network.there.run(*wsdiscover(), "--type", SCAN, "wscn", "ScanDeviceType")
    # It keeps one address of each, that of the family whose answer came last.
    assert len(re.findall(rf"address: \S+:{PORT}\b", done.stdout)) == COUNT, done.stdout + done.stderr
    done = network.there.run(*wsdiscover(), "--type", "urn:another", "x", "Type")
    assert "address" not in done.stdout, done.stdout


OURS = (sys.executable, "-m", "emulator", "discover", "--timeout", "2.5")


def test_our_own_command_lists_them_with_name_and_both_families(network: Network, devices: Devices) -> None:
    done = network.there.run(*OURS, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["found"]
    assert [each["name"] for each in found] == [name_of(1), name_of(2)]
    for each in found:
        assert each["kind"] == "scanner" and each["problem"] == "" and each["interface"] == "pc0"
        assert sorted(url.partition("//")[2][:5] for url in each["xaddrs"]) == ["10.19", "[fe80"]
    done = network.there.run(*OURS, f"{PREFIX}.1")
    assert done.stdout.count(f"http://{PREFIX}.1:{PORT}/") == COUNT, "asked directly"
    done = network.there.run(*OURS, "fd99:7::1", "--no-metadata")
    assert done.stdout.count(f"http://[fd99:7::1]:{PORT}/") == COUNT, "the address that the asker reaches"
    devices.stop()
    done = network.there.run(*OURS, "--type", "wsdp:Device")
    assert (done.returncode, done.stderr) == (1, "nothing found\n")


@pytest.mark.parametrize("gsoap", ["2005/04"], indirect=True)
def test_an_interface_goes_and_comes_back_with_another_address(
    own_network: Network, gsoap: Path, tmp_path: Path
) -> None:
    # The law: [discovery/life/hello-with-new-addresses]
    network = own_network
    devices = Devices(network.here, tmp_path)
    assert told(find(network, gsoap, URLS), "ProbeMatch") == URLS
    network.part()
    time.sleep(1.0)
    network.join()
    network.there.address(2)
    seen = tmp_path / "seen"
    network.there.start(gsoap, "watch", "60", file=seen)
    eventually(lambda: "listening" in seen.read_text(), what="gSOAP listens")
    network.here.address(77)
    elsewhere = {address: url.replace(f"{PREFIX}.1:", f"{PREFIX}.77:") for address, url in URLS.items()}
    eventually(lambda: told(seen.read_text(), "Hello") == elsewhere, what="Hello with the new address")
    assert told(find(network, gsoap, elsewhere), "ProbeMatch") == elsewhere
    network.here.wait_for_link_local()
    # An address in place of another, without the interface going.
    network.here.ip("address", "delete", f"{PREFIX}.77/24", "dev", network.here.device)
    network.here.ip("address", "add", f"{PREFIX}.78/24", "dev", network.here.device)
    network.here.ip("route", "replace", "224.0.0.0/4", "dev", network.here.device)
    third = {address: url.replace(f"{PREFIX}.1:", f"{PREFIX}.78:") for address, url in URLS.items()}
    eventually(lambda: told(seen.read_text(), "Hello") == third, what="Hello with the third address")
    assert told(find(network, gsoap, third), "ProbeMatch") == third, "found at the third address"
    assert devices.process.poll() is None, "without a restart"
