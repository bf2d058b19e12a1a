"""The time limit of a job counts silence: octets on their way are none, as long as they come at a minimum rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from raw_wire import PACKAGE_TYPE, ask, head
from scan_server_bench import Caller, envelope, image_request, office, package

from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import DSP
from emulator.scan_server.server import ScanServer
from emulator.scan_server.time_limit import MINIMUM_RATE, Arrivals, Patience

LIMIT = 600.0


# By a clock that is set by hand


def lasting(pieces: Iterator[tuple[float, int]]) -> float:
    """How long a job lasts whose image comes in pieces: (seconds after the one before, octets)."""
    now = 0.0
    patience = Patience(LIMIT, now)
    for pause, octets in pieces:
        if now + pause >= patience.until:
            return patience.until
        now += pause
        patience.octets_arrived(octets, now)
    return patience.until


def test_silence_ends_it() -> None:
    # The law: [dsp/job-transition/timed-out]
    assert lasting(iter(())) == LIMIT
    assert lasting(iter([(599.0, 10**6)])) == 599 + LIMIT
    assert lasting(iter([(600.0, 10**6)])) == LIMIT


@pytest.mark.parametrize("rate", [MINIMUM_RATE, 2 * MINIMUM_RATE, 10**6])
@pytest.mark.parametrize("pause", [0.01, 1.0, 59.0])
def test_what_comes_at_the_minimum_rate_lasts_as_long_as_it_comes(rate: int, pause: float) -> None:
    pieces = [(pause, int(rate * pause) + 1)] * 1000
    assert lasting(iter(pieces)) == pytest.approx(1000 * pause + LIMIT, abs=1)


@pytest.mark.parametrize(("pause", "octets"), [(14.0, 1), (1.0, 1), (1.0, MINIMUM_RATE // 2), (0.001, 0)])
def test_what_dribbles_ends_it_in_bounded_time(pause: float, octets: int) -> None:
    """Twice the limit at half the rate, and no more than the limit for next to nothing."""
    share = octets / pause / MINIMUM_RATE
    pieces = ((pause, octets) for _ in range(10**7))
    assert lasting(pieces) <= LIMIT / (1 - share) + pause


def test_a_burst_does_not_buy_more_than_the_limit() -> None:
    assert lasting(iter([(1.0, 10**9)])) == 1 + LIMIT


async def test_what_nobody_knows_the_job_of_counts_for_its_sender_alone() -> None:
    now = [0.0]
    arrivals = Arrivals(LIMIT, lambda: now[0])

    async def body() -> AsyncIterator[bytes]:
        for second in range(1, 4):
            now[0] = 100.0 * second
            yield bytes(100 * MINIMUM_RATE)

    arriving = arrivals.listen("192.0.2.1", body())
    assert (arrivals.until("192.0.2.1"), arrivals.until("192.0.2.2")) == (LIMIT, 0.0)
    seen = [arrivals.until("192.0.2.1") async for _ in arriving]
    assert seen == [100 + LIMIT, 200 + LIMIT, 300 + LIMIT]
    arriving.known()
    assert arrivals.until("192.0.2.1") == 0.0
    arriving.known()


# On the wire


@pytest.mark.parametrize("slow", ["envelope", "image"])
async def test_octets_that_keep_coming_do_not_end_the_job(tmp_path: Path, slow: str) -> None:
    """Each takes longer than the limit; then the job takes another image, and ends when nothing comes at last."""
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, time_limit=1.5) as server:
        caller = Caller(server.service_url)
        token = await caller.job()
        body = package(envelope(caller.url, f"{DSP}/SendImage", image_request(token)))
        image = body.index(b"\xff\xd8\xff")
        start, end = (0, image) if slow == "envelope" else (image, len(body))
        step = (end - start) // 8 + 1
        pieces = [body[:start], *(body[at : min(at + step, end)] for at in range(start, end, step)), body[end:]]
        assert b"".join(pieces) == body
        first = head(caller.url, ("Content-Type", PACKAGE_TYPE), ("Content-Length", str(len(body))))
        answer = await ask(caller.url, [first + pieces[0], *pieces[1:]], pause=0.25)
        assert answer.status == 200, answer.data
        assert (await caller.send(token, 2)).status == 200
        status = await caller.ended(token)
    assert status.text("//dsp:JobStateReason") == "PostScanJobTimedOut"
    assert status.text("//dsp:ImagesReceived") == "2"


@pytest.mark.parametrize("how", ["stops", "dribbles"])
async def test_a_body_that_stops_or_dribbles_ends_the_job(tmp_path: Path, how: str) -> None:
    """Long before the host gives the connection up."""
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, time_limit=0.4) as server:
        caller = Caller(server.service_url)
        token = await caller.job()
        body = package(envelope(caller.url, f"{DSP}/SendImage", image_request(token)))
        begin = body.index(b"\xff\xd8\xff") + 4
        first = head(caller.url, ("Content-Type", PACKAGE_TYPE), ("Content-Length", str(len(body))))
        octets = [b"x"] * 20 if how == "dribbles" else [b""]
        sending = asyncio.create_task(ask(caller.url, [first + body[:begin], *octets], pause=0.1))
        status = await caller.ended(token)
        assert status.text("//dsp:JobStateReason") == "PostScanJobTimedOut"
        if how == "dribbles":
            answer = await sending
            assert answer.fault[1] == "ClientErrorJobTokenNotFound", "the upload is told at its next octet"
        else:
            sending.cancel()
    assert not (tmp_path / "store" / "unfinished").exists()


async def test_our_own_disk_does_not_run_the_limit_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is being made to last is not silence of the peer."""
    from emulator.scan_server.files import IncomingFile

    keep = IncomingFile.keep

    def slowly(self: IncomingFile, target: Path) -> object:
        import time

        time.sleep(1.6)
        return keep(self, target)

    monkeypatch.setattr(IncomingFile, "keep", slowly)
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, time_limit=1.2) as server:
        caller = Caller(server.service_url)
        token = await caller.job()
        assert (await caller.send(token)).status == 200
        assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "1"
