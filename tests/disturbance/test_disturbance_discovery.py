"""Devices whose datagrams are altered, each in its own way, on a network of two machines: who of them is found by
wsdd, by a client made with gSOAP, and by WSDiscovery."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gsoap_wsdd
import pytest
from disturbed import alterations_but_of_devices
from optional_programs import needs_program
from two_namespaces import Network, two_machines

from emulator.faults.alteration import At

HERE = Path(__file__).parent
PLAIN = "plain"
"""A device that is not altered."""
HEARD, WSDD, GSOAP, RESOLVED, WSDISCOVERY = "wsdd by Hello", "wsdd", "gsoap", "resolved by gsoap", "wsdiscovery"
"""wsdd was there before the devices, or came after them."""
TRIES = 20
"""gSOAP listens for a second: of who is late it may hear in time about every second time."""
EVERYBODY = (HEARD, WSDD, GSOAP, RESOLVED, WSDISCOVERY)

FOUND_BY: dict[str, tuple[str, ...]] = {
    PLAIN: EVERYBODY,
    "lost": (),
    "twice": EVERYBODY,
    "late": EVERYBODY,
    "too-large": EVERYBODY,
    "two-in-one": (GSOAP, RESOLVED),
    "truncated": (),
    "another-text": (),
    "http-head": (GSOAP, RESOLVED),
    "bye-behind": (WSDD, GSOAP, RESOLVED, WSDISCOVERY),
    "instance-id-back": EVERYBODY,
    "instance-id-missing": EVERYBODY,
    "message-number-repeated": EVERYBODY,
    "no-app-sequence": EVERYBODY,
    "sequence-id": EVERYBODY,
    "message-id-other": EVERYBODY,
    "message-id-of-the-question": (HEARD, WSDD, GSOAP, RESOLVED),
    "message-id-missing": (GSOAP, RESOLVED),
    "relates-to-wrong": (HEARD, WSDISCOVERY),
    "relates-to-missing": (HEARD,),
    "action-wrong": (GSOAP, RESOLVED),
    "to-missing": EVERYBODY,
    "to-wrong": EVERYBODY,
    "xaddrs-unreachable": (GSOAP, RESOLVED, WSDISCOVERY),
    "xaddrs-missing": (GSOAP, RESOLVED, WSDISCOVERY),
    "xaddrs-two": (HEARD, GSOAP, RESOLVED, WSDISCOVERY),
    "xaddrs-without-scheme": (GSOAP, RESOLVED, WSDISCOVERY),
    "metadata-version-changed": EVERYBODY,
    "metadata-version-missing": (HEARD, WSDD, GSOAP, RESOLVED),
    "types-other": EVERYBODY,
    "types-undeclared": EVERYBODY,
    "types-missing": EVERYBODY,
    "address-other": (GSOAP, WSDISCOVERY),
    "address-form": (GSOAP, WSDISCOVERY),
    "address-missing": (GSOAP,),
    "match-before": (HEARD, GSOAP, RESOLVED, WSDISCOVERY),
    "no-match": (HEARD,),
    "version-2009": (),
}
"""Who finds a device whose datagrams are all altered so: Hello, ProbeMatches, ResolveMatches and Bye."""
PARAMETERS: dict[str, dict[str, Any]] = {
    "bye-behind": {"seconds": 0.5},
    "instance-id-back": {"by": 1_000_000_000},
    "late": {"seconds": 0.3},
    "match-before": {"address": "urn:uuid:0e150e15-0e15-4e15-8e15-0e150e150e15"},
}
SEARCH = """
from wsdiscovery.discovery import ThreadedWSDiscovery
search = ThreadedWSDiscovery()
search.start()
for each in search.searchServices(timeout=3):
    print(each.getEPR(), *each.getXAddrs())
search.stop()
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        yield made


def eventually(check: Callable[[], Any], what: Callable[[], str], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


def listener(network: Network, log: Path) -> Path:
    """Start a wsdd; the socket on which it lists what it has found. Its path has at most 107 octets."""
    wsdd, python = needs_program("wsdd"), needs_program("python3")
    control = Path("/tmp") / f"dsm-{network.there.name}-{log.name}"
    script = HERE.parent / "network" / "wsdd_listener.py"
    network.there.start(python, script, wsdd, "-D", "-o", "-l", control, "-v", file=log)
    eventually(control.exists, log.read_text)
    return control


def listed(control: Path) -> str:
    """What a wsdd lists."""
    with socket.socket(socket.AF_UNIX) as to:
        to.settimeout(10)
        to.connect(str(control))
        to.sendall(b"list\n")
        text = b""
        while not text.endswith(b".\n"):
            piece = to.recv(65536)
            assert piece, "wsdd has ended"
            text += piece
    return text.decode()


def plan_of(names: list[str]) -> str:
    """Each at the device of its own name."""
    lines = []
    for name in names:
        lines += ["[[fault]]", f'name = "{name}"', 'at = "datagram"', f'device = "{name}"', f'do = "{name}"']
        lines += [f"{key} = {json.dumps(value)}" for key, value in PARAMETERS.get(name, {}).items()]
    return "\n".join(lines)


def test_the_table_has_every_alteration() -> None:
    assert set(FOUND_BY) == {PLAIN, *alterations_but_of_devices(At.DATAGRAM)}


def test_who_is_found(
    network: Network, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, request: Any
) -> None:
    for program in gsoap_wsdd.PROGRAMS:
        needs_program(program)
    cache = getattr(request.config, "cache", None)
    gsoap = gsoap_wsdd.build(cache.mkdir("gsoap") if cache else tmp_path_factory.mktemp("gsoap"), "2005/04")
    names = [name for name in FOUND_BY if name != PLAIN]
    (tmp_path / "plan.toml").write_text(plan_of(names))
    before = listener(network, tmp_path / "wsdd-before")
    said = tmp_path / "devices"
    devices = network.here.start(
        sys.executable, HERE / "faulty_network.py", tmp_path / "plan.toml", tmp_path / "state",
        network.here.device, "5357", PLAIN, *names, file=said,
    )  # fmt: skip
    eventually(lambda: "\nready" in said.read_text() or devices.poll() is not None, said.read_text)
    uuids = dict(re.findall(r"(?m)^([0-9a-f-]{36}) (.+)$", said.read_text()))
    assert sorted(uuids.values()) == sorted(FOUND_BY), said.read_text()

    def devices_in(text: str) -> set[str]:
        return {name for uuid, name in uuids.items() if uuid in text}

    time.sleep(2)  # until the last Bye, which comes half a second behind the last repetition of a Hello
    after = listener(network, tmp_path / "wsdd-after")
    wanted = {who: {name for name, by in FOUND_BY.items() if who in by} for who in EVERYBODY}
    found: dict[str, set[str]] = {who: set() for who in EVERYBODY}
    # Again where somebody is missing: datagrams may be lost. Who is not to be found is found at no time.
    for _ in range(TRIES):
        output = network.there.run(gsoap, "find", "1").stdout.splitlines()
        found[GSOAP] |= devices_in("\n".join(line for line in output if line.startswith("ProbeMatch ")))
        found[RESOLVED] |= devices_in("\n".join(line for line in output if line.startswith("ResolveMatch ")))
        found[WSDISCOVERY] |= devices_in(network.there.run(sys.executable, "-c", SEARCH).stdout)
        found[HEARD], found[WSDD] = devices_in(listed(before)), devices_in(listed(after))
        if all(found[who] >= wanted[who] for who in EVERYBODY):
            break
    for control in (before, after):
        control.unlink(missing_ok=True)
    differences = {who: (sorted(wanted[who] - found[who]), sorted(found[who] - wanted[who])) for who in EVERYBODY}
    assert all(each == ([], []) for each in differences.values()), f"missing, too many: {differences}"
    devices.communicate(timeout=30)  # the end of its input
    fired = {name: int(times) for times, name in re.findall(r"(?m)^(\d+) ([a-z0-9-]+)$", said.read_text())}
    assert set(fired) == set(names) and all(fired.values()), fired
