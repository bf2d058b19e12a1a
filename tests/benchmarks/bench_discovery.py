"""1,000 targets behind one socket: Probe to last ProbeMatches over plain sendto and recvfrom of the same datagrams,
both answering processes of their own, in one run, A B A B (without the waits that spread answers, and without
repetitions); CPU time of the process at rest; memory of a target.

Targets: <= 3 x, <= 1 % of a core, <= 120 KB. Run: python bench_discovery.py [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import pickle
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from emulator.dpws.announcer import Announcer
from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.discovery import probe
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.timing import Timing
from emulator.soap.envelope import write_envelope
from emulator.wsscan.constants import SCAN_DEVICE_TYPE, WSCN

TARGETS = 1_000
ROUNDS = 15
IDLE_SECONDS = 10.0
MOST_RATIO, MOST_CPU, MOST_KB = 3.0, 1.0, 120.0

AT_ONCE = Timing(app_max_delay=0, hello_max_delay=0, multicast_repeat=0, unicast_repeat=0)
UNLIMITED = RateLimits(rate=1e9, burst=1e9, total_rate=1e9, total_burst=1e9)


def publications() -> list[Publication]:
    return [
        Publication(
            Target(
                f"urn:uuid:978e9349-e854-444f-87a6-{number:012x}",
                (DEVICE_TYPE, SCAN_DEVICE_TYPE),
                f"/978e9349-e854-444f-87a6-{number:012x}",
                instance_id=1_700_000_000,
            ),
            at_port(5357),
            {WSCN: "wscn"},
        )
        for number in range(TARGETS)
    ]


def resident_kb() -> float:
    """Memory of this process; 0 where the system does not tell it as Linux does."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4.0
    except (OSError, ValueError, IndexError):
        return 0.0


async def serve_ours(port: int) -> None:
    """Says memory of a target, then answers for ever; for each line on stdin the CPU time so far."""
    announcer = Announcer(port=port, multicast=False, timing=AT_ONCE, limits=UNLIMITED)
    async with announcer:
        publications()[0].target.next_sequence()
        gc.collect()
        before = resident_kb()
        for publication in publications():
            announcer.add(publication)
        gc.collect()
        print(max(resident_kb() - before, 0.0) / TARGETS, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(f"{time.process_time()} {max(resident_kb() - before, 0.0) / TARGETS}", flush=True)


def serve_plain(port: int, file: Path) -> None:
    """The limit: sends the datagrams that ours sent, one after another, to whoever sends anything."""
    datagrams = pickle.loads(file.read_bytes())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))
        print("ready", flush=True)
        while True:
            data, sender = sock.recvfrom(65536)
            if data == b"end":
                return
            for datagram in datagrams:
                sock.sendto(datagram, sender)


class Served:
    """An answering process."""

    def __init__(self, *arguments: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(self.port), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def asked(self) -> list[float]:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [float(word) for word in self.line().split()]


def receiver() -> socket.socket:
    """A socket that holds all answers at once, where the system allows it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    for option in (33, socket.SO_RCVBUF):  # SO_RCVBUFFORCE of Linux, for root
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, 16 << 20)
        except OSError:
            continue
        break
    sock.settimeout(2.0)
    return sock


def ask(sock: socket.socket, port: int, data: bytes) -> tuple[float, list[bytes]]:
    """Seconds from the Probe to the last answer, and the answers."""
    answers: list[bytes] = []
    begin = time.perf_counter()
    sock.sendto(data, ("127.0.0.1", port))
    last = begin
    try:
        while len(answers) < TARGETS:
            answers.append(sock.recvfrom(65536)[0])
            last = time.perf_counter()
    except TimeoutError:
        pass
    return last - begin, answers


def verdict(good: bool) -> str:
    return "ok" if good else "MISSED"


def main(quick: bool) -> int:
    rounds, idle = (5, 3.0) if quick else (ROUNDS, IDLE_SECONDS)
    sock, ours = receiver(), Served("ours")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "datagrams"
        _, answers = ask(sock, ours.port, write_envelope(probe((DEVICE_TYPE,))))
        file.write_bytes(pickle.dumps(answers))
        plain = Served("plain", str(file))
        taken: dict[str, list[float]] = {"plain": [], "ours": []}
        lost = TARGETS - len(answers)
        for _ in range(rounds):
            for name, served in (("plain", plain), ("ours", ours)):
                data = write_envelope(probe((DEVICE_TYPE,)))
                seconds, answers = ask(sock, served.port, data)
                lost += TARGETS - len(answers)
                taken[name].append(seconds)
        sock.sendto(b"end", ("127.0.0.1", plain.port))
        plain.process.communicate()
    before, _ = ours.asked()
    time.sleep(idle)
    after, kilobytes = ours.asked()
    ours.process.communicate()
    limit, own = (statistics.median(taken[name]) for name in ("plain", "ours"))
    cpu = (after - before) / idle * 100
    good = [own / limit <= MOST_RATIO, cpu <= MOST_CPU, kilobytes <= MOST_KB]
    print(
        f"{TARGETS} ProbeMatches  limit {limit * 1000:.1f} ms  ours {own * 1000:.1f} ms  ratio {own / limit:.2f}  "
        f"target {MOST_RATIO:.2f}  {verdict(good[0])}" + (f"  ({lost} lost)" if lost else "")
    )
    print(f"{TARGETS} targets at rest  {cpu:.2f} % of a core  target {MOST_CPU:.2f} %  {verdict(good[1])}")
    print(f"memory of a target  {kilobytes:.1f} KB  target {MOST_KB:.0f} KB  {verdict(good[2])}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--serve", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve is None:
        raise SystemExit(main(chosen.quick))
    if chosen.serve[1] == "ours":
        asyncio.run(serve_ours(int(chosen.serve[0])))
    else:
        serve_plain(int(chosen.serve[0]), Path(chosen.serve[2]))
