"""Mutated messages of every operation, thousands a side: documented faults come back, nothing fails inside, nothing
hangs, memory and descriptors stay, and between two batches a client does its work as ever.

Usually 20,000 a side over TCP and 80,000 in process, half of them to each side; with `DSM_EXHAUSTIVE=1` 200,000 a
side each way, with a seed of chance: what that finds must not fail somebody's unrelated change. The seed of each
test is printed at the end: `DSM_FUZZ_SEED=NUMBER` has the same messages sent again, `DSM_FUZZ_COUNT=NUMBER` more or
fewer of them.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random, SystemRandom

import pytest
from judge import Verdicts, Watch, held
from lines import Answer, Connection, in_process, over_tcp, plain
from mutations import Mutant, Template, mutated
from sides import Side, device_side, server_side
from variants import EXHAUSTIVE

pytestmark = [pytest.mark.wire_fault, pytest.mark.timeout(7200 if EXHAUSTIVE else 900)]

BATCH = 1000
CONNECTIONS = 8
USUAL_SEED = 20261130
MEMORY = 32 * 1024 * 1024
"""Octets that a side may have grown by since a quarter of the messages: caches, the heap's edges. To keep of each
message what it is long would be more than that."""
DESCRIPTORS = 6

Exchange = Callable[[Mutant, Random | None], Awaitable[Answer]]
"""Without a random source the message goes as it is."""
Tell = Callable[[str, object], None]
"""Its lines are printed at the end of the run (tests/conftest.py)."""


def count(usual: int) -> int:
    """How many messages are sent."""
    return int(os.environ.get("DSM_FUZZ_COUNT", 200_000 if EXHAUSTIVE else usual))


@pytest.fixture
def seed() -> int:
    usual = SystemRandom().randrange(2**32) if EXHAUSTIVE else USUAL_SEED
    return int(os.environ.get("DSM_FUZZ_SEED", usual))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@asynccontextmanager
async def _sink() -> Iterator[str]:  # type: ignore[misc]
    """Takes events, of which it keeps nothing; its URL."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


class Campaign:
    """So many mutated messages at one side."""

    def __init__(self, side: Side, way: str, seed: int, watch: Watch) -> None:
        self.side = side
        self.verdicts = Verdicts()
        self._watch = watch
        self._seed = f"{seed}"
        self._random = Random(f"{seed} {side.name} {way}")
        self._name = f"{side.name}, {way}"

    async def run(self, wanted: int, lines: list[Exchange], sink: str) -> str:
        """How it went, for people. `lines`: ways to the side, used at once."""
        with self._watch.alone():
            return await self._run(wanted, lines, sink)

    async def _run(self, wanted: int, lines: list[Exchange], sink: str) -> str:
        sent, begun, first = 0, time.process_time(), (0, 0)
        slowest = 0.0

        async def send(template: Template) -> tuple[int, bytes]:
            status, _, body = await lines[0](plain(template), None)
            return status, body

        while sent < wanted:
            templates = await self.side.healthy(send, sink)
            batch = min(BATCH, wanted - sent)
            shares = [batch // len(lines) + (index < batch % len(lines)) for index in range(len(lines))]
            randoms = [Random(self._random.random()) for _ in lines]
            found = await asyncio.gather(
                *(
                    self._batch(line, templates, share, random)
                    for line, share, random in zip(lines, shares, randoms, strict=True)
                )
            )
            slowest = max(slowest, *found)
            sent += batch
            assert not self.verdicts.wrong, "\n".join(self.verdicts.wrong[:5])
            assert not self._watch.found, (
                f"seed {self._seed}: {len(self._watch.found)} errors logged\n" + "\n".join(self._watch.found[:3])
            )
            if first == (0, 0) and sent >= wanted // 4:
                first = await held()
        await self.side.healthy(send, sink)
        memory, descriptors = await held()
        grown = (memory - first[0]) / 2**20, descriptors - first[1]
        told = (
            f"{self._name}: {sent} messages, seed {self._seed}, {time.process_time() - begun:.1f} s of CPU, "
            f"slowest {slowest:.2f} s, memory {grown[0]:+.1f} MiB, descriptors {grown[1]:+d}, "
            f"{self._watch.lines} log lines\n  "
            + ", ".join(f"{name}: {number}" for name, number in self.verdicts.faults.most_common())
        )
        assert memory - first[0] <= MEMORY and descriptors - first[1] <= DESCRIPTORS, told
        # A campaign that meets nothing but refusals tries nothing.
        assert self.verdicts.faults["answered 200"] > sent / 50 and len(self.verdicts.faults) >= 12, told
        return told

    async def _batch(self, line: Exchange, templates: list[Template], share: int, random: Random) -> float:
        slowest = 0.0
        for _ in range(share):
            mutant = mutated(random.choice(templates), random)
            begun = time.monotonic()
            try:
                status, headers, body = await line(mutant, random)
            except TimeoutError:
                status, headers, body = 0, {}, b"hangs"
                mutant.framing = ""
            slowest = max(slowest, time.monotonic() - begun)
            self.verdicts.judge(mutant, status, headers, body, self._seed)
        return slowest


async def test_a_device_in_process(tmp_path: Path, seed: int, watch: Watch, record_property: Tell) -> None:
    async with _sink() as sink, device_side(tmp_path, listen=False) as side:
        lines: list[Exchange] = [lambda mutant, random: in_process(side.handler, mutant, random)]
        record_property("fuzzed", await Campaign(side, "in process", seed, watch).run(count(40_000), lines, sink))


async def test_a_scan_server_in_process(tmp_path: Path, seed: int, watch: Watch, record_property: Tell) -> None:
    async with _sink() as sink, server_side(tmp_path) as side:
        lines: list[Exchange] = [lambda mutant, random: in_process(side.handler, mutant, random)]
        record_property("fuzzed", await Campaign(side, "in process", seed, watch).run(count(40_000), lines, sink))


async def _over_tcp(side: Side, seed: int, watch: Watch, sink: str) -> str:
    host = side.base.partition("//")[2]
    name, _, port = host.partition(":")
    connections = [Connection(name, int(port)) for _ in range(CONNECTIONS)]
    lines: list[Exchange] = [
        lambda mutant, random, each=each: over_tcp(each, mutant, random, host)  # type: ignore[misc]
        for each in connections
    ]
    try:
        return await Campaign(side, "over TCP", seed, watch).run(count(20_000), lines, sink)
    finally:
        for each in connections:
            each.close()


async def test_a_device_over_tcp(tmp_path: Path, seed: int, watch: Watch, record_property: Tell) -> None:
    async with _sink() as sink, device_side(tmp_path, listen=True) as side:
        record_property("fuzzed", await _over_tcp(side, seed, watch, sink))


async def test_a_scan_server_over_tcp(tmp_path: Path, seed: int, watch: Watch, record_property: Tell) -> None:
    async with _sink() as sink, server_side(tmp_path) as side:
        record_property("fuzzed", await _over_tcp(side, seed, watch, sink))
