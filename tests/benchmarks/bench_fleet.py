"""`run --fleet` with an IP address for each device, on loopback (Linux): memory of a further device, CPU of its
start, of the process at rest, of a Probe that all answer; when the answers and the Byes come.

Targets: <= 120 KB a device, <= 1 % of a core at rest, all Byes within 5 s. Run: python bench_fleet.py [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MOST_KB, MOST_IDLE, MOST_BYE = 120.0, 1.0, 5.0
GROUP = ("239.255.255.250", 3702)
PROBE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
    "<a:MessageID>urn:uuid:{id}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
    "<s:Body><d:Probe/></s:Body></s:Envelope>"
)


@dataclass
class Fleet:
    """A running one."""

    process: subprocess.Popen[str]
    ready: float
    """Seconds to its ready line."""
    uuids: set[str]

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())


@contextmanager
def fleet(count: int) -> Iterator[Fleet]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "fleet.toml").write_text(f'[groups.all]\ncount = {count}\naddresses = "127.88.0.0/20"\n')
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "run", "--fleet", "fleet.toml", "--state", "state", "--json", "-q"],
            cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield Fleet(process, time.monotonic() - begun, {each["uuid"] for each in told["devices"]})
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def heard(sock: socket.socket, uuids: set[str], action: bytes, patience: float) -> list[float]:
    """When each of them was first heard to say that, in order."""
    first: dict[str, float] = {}
    end = time.monotonic() + patience
    sock.settimeout(0.5)
    while len(first) < len(uuids) and time.monotonic() < end:
        try:
            data = sock.recv(65_536)
        except TimeoutError:
            continue
        if action in data:
            for each in re.findall(rb"urn:uuid:([0-9a-f-]{36})", data):
                if each.decode() in uuids:
                    first.setdefault(each.decode(), time.monotonic())
    return sorted(first.values())


def probed(running: Fleet) -> tuple[float, list[float]]:
    """CPU of a Probe that all answer, and when the answers came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        sock.bind(("127.0.0.1", 0))
        before, begun = running.cpu(), time.monotonic()
        sock.sendto(PROBE.format(id=uuid.uuid4()).encode(), GROUP)
        times = heard(sock, running.uuids, b"ProbeMatches<", 4.0)
        time.sleep(1.0)
        return running.cpu() - before, [each - begun for each in times]


def stopped(running: Fleet) -> tuple[list[float], float]:
    """When the Byes came after the signal, and when the process ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        sock.bind(GROUP)
        member = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        begun = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        times = heard(sock, running.uuids, b"/Bye<", 20.0)
    running.process.wait(60)
    return [each - begun for each in times], time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    if sys.platform != "linux":
        print("not measurable: all of 127.0.0.0/8 and /proc are of Linux")
        return 0
    few, many, idle = (20, 120, 4.0) if quick else (100, 1000, 20.0)
    with fleet(few) as running:
        base, base_cpu = running.memory(), running.cpu()
    with fleet(many) as running:
        size, start = (running.memory() - base) / (many - few) / 1e3, running.cpu() - base_cpu
        print(f"{many} devices were there after {running.ready:.1f} s; {running.descriptors()} descriptors")
        print(f"a further device: {size:.0f} KB, {start / (many - few) * 1e3:.2f} ms of CPU to start")
        time.sleep(4)
        before = running.cpu()
        time.sleep(idle)
        rest = (running.cpu() - before) / idle * 100
        print(f"at rest: {rest:.2f} % of a core, {rest * 1000 / many:.2f} % for a thousand")
        cost, times = probed(running)
        grown = (running.memory() - base) / (many - few) / 1e3
        print(
            f"a Probe answered by {len(times)} of {many}: {cost * 1e3:.0f} ms of CPU; then {grown:.0f} KB a device"
        )
        print(f"its answers: first {times[0]:.2f} s, median {times[len(times) // 2]:.2f}, last {times[-1]:.2f}")
        byes, ended = stopped(running)
        print(f"Bye of {len(byes)} of {many} from {byes[0]:.2f} to {byes[-1]:.2f} s, end after {ended:.2f} s")
    good = size <= MOST_KB and (quick or rest <= MOST_IDLE) and len(byes) == many and byes[-1] < MOST_BYE
    print("targets: reached" if good else "targets: MISSED")
    return not good


if __name__ == "__main__":
    raise SystemExit(main())
