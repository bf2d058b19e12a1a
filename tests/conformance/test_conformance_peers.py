"""Peers that refuse, hang, die and talk nonsense: a verdict of the check in question, a bound in time, the exit
code that `scan` would have, and a report in any case."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from judged_server import judged, judged_peer, order
from lying_server import DROP, HOLD, HTML, Lie, LyingServer, Raw
from mutant import Mutant, unanswered_later

from emulator.conformance.check import Check, all_checks
from emulator.conformance.direct import framing
from emulator.conformance.exchange import Recording
from emulator.conformance.judging import Judgement, judge
from emulator.conformance.names import DSC
from emulator.conformance.peer import ScanServerPeer, ServerLimits
from emulator.conformance.runner import FIRST, LAST, Runner
from emulator.conformance.server_judging import judging_of_server
from emulator.environment.exit_codes import ExitCode
from emulator.reports.verdict import Verdict
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse

QUICK = ServerLimits(silence=0.3, job=1.0, poll=0.02, quiet=0.05)
ANSWERS = [id for id in all_checks() if id.startswith("dsp/answer/")]


async def judged_at(url: str, ids: list[str], folder: Path | None = None, **keywords: object) -> Judgement:
    checks = [all_checks()[id] for id in ids]
    return await judge(judging_of_server(url, order(), checks, limits=QUICK, report=folder, **keywords))  # type: ignore[arg-type]


def verdict(judgement: Judgement, id: str) -> Verdict | None:
    return next((each.verdict for each in judgement.report.results if each.id == id), None)


async def served(handler: Callable[[IncomingRequest], Awaitable[OutgoingResponse]]) -> tuple[HttpHost, str]:
    host = HttpHost(handler)
    await host.start()
    return host, f"{host.base_url}/ScanServer"


@pytest.mark.parametrize("status", [401, 403])
async def test_who_refuses_us(status: int, tmp_path: Path) -> None:
    async def refuse(_: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(status)

    host, url = await served(refuse)
    try:
        found = await judged_at(url, ANSWERS, tmp_path / "report")
    finally:
        await host.stop()
    assert found.exit_code is ExitCode.REFUSED
    # The rest is not run, and the report is there all the same.
    assert [each.id for each in found.report.results] == [FIRST]
    assert found.report.finished
    assert (tmp_path / "report" / "report.html").is_file()


async def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = await judged_at(f"http://127.0.0.1:{port}/ScanServer", ANSWERS, tmp_path / "report")
    assert found.exit_code is ExitCode.UNREACHABLE
    assert verdict(found, FIRST) is Verdict.FAILED


@pytest.mark.parametrize(
    "answer",
    [
        OutgoingResponse(200, b"<!DOCTYPE html><html><body>Hello</body></html>", (("Content-Type", "text/html"),)),
        OutgoingResponse(302, b"", (("Location", "http://127.0.0.1:9/"),)),
        OutgoingResponse(200, b"\x00\xff garbage"),
        OutgoingResponse(500, b"<a><b></a>"),
    ],
    ids=["a web server", "a redirect", "garbage", "broken XML"],
)
async def test_nonsense(answer: OutgoingResponse, tmp_path: Path) -> None:
    async def talk(_: IncomingRequest) -> OutgoingResponse:
        return answer

    host, url = await served(talk)
    try:
        found = await judged_at(url, ANSWERS, tmp_path / "report")
    finally:
        await host.stop()
    assert found.exit_code is ExitCode.NONSENSE


async def test_who_never_answers(tmp_path: Path) -> None:
    async def hang(_: IncomingRequest) -> OutgoingResponse:
        await asyncio.sleep(60)
        return OutgoingResponse(200)

    host, url = await served(hang)
    begun = time.monotonic()
    try:
        found = await judged_at(url, ANSWERS, tmp_path / "report")
    finally:
        await host.stop()
    assert found.exit_code is ExitCode.UNREACHABLE
    assert verdict(found, FIRST) is Verdict.INCONCLUSIVE
    assert time.monotonic() - begun < 15


OPERATIONS = ("CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("deed", [HOLD, DROP, HTML, Raw(302, b"", more="Location: http://127.0.0.1:9/\r\n")])
async def test_who_fails_at_one_operation_of_the_first_job(operation: str, deed: Raw) -> None:
    """The first ordinary job cannot be had: whatever it was, it ends in time, and says where."""
    with LyingServer(Lie(answer={operation: [(False, deed)] * 50})) as server:
        found = await asyncio.wait_for(judged_at(server.url, ANSWERS), 20)
    assert found.exit_code in (ExitCode.UNREACHABLE, ExitCode.NONSENSE)
    assert [each.id for each in found.report.results] == [FIRST]
    assert found.report.results[0].says


async def test_a_check_that_gets_no_answer_is_inconclusive_and_the_rest_goes_on(tmp_path: Path) -> None:
    silent = Mutant("", "silence", (unanswered_later("CancelPostScanJob"),))
    ids = [
        "dsp/answer/cancel-while-creating",
        "dsp/answer/end-while-creating",
        "dsp/answer/elements-while-creating",
    ]
    run, _ = await judged(tmp_path, ids, silent)
    assert run.verdict(ids[0]) is Verdict.INCONCLUSIVE
    assert {run.verdict(id) for id in [*ids[1:], FIRST, LAST]} == {Verdict.PASSED}


@pytest.mark.parametrize(
    ("hostile", "found"), [("soap/envelope/no-dtd", Verdict.FAILED), ("soap/limits/long-texts", Verdict.WARNED)]
)
async def test_a_peer_that_dies_is_asked_no_more(hostile: str, found: Verdict, tmp_path: Path) -> None:
    ids = ["dsp/answer/end-while-creating", "dsp/answer/elements-while-creating", hostile]
    checks = [all_checks()[id] for id in ids]
    async with judged_peer(tmp_path) as peer:
        told: list[str] = []

        async def gone() -> bool:
            return False

        peer.is_alive = gone  # type: ignore[method-assign]
        run = await Runner(peer, checks, lambda each: told.append(each.id)).run()
    # The hostile one is named, by what its clause is worth; the last job fails, by which the run does in any case.
    assert run.verdict(hostile) is found
    assert run.verdict(LAST) is Verdict.FAILED
    assert next(each for each in run.judged if each.id == LAST).evidence.exchanges
    assert told == [FIRST, *ids, LAST]


async def test_an_interrupted_run_leaves_no_open_job(tmp_path: Path) -> None:
    open_now = asyncio.Event()

    async def waits(peer: ScanServerPeer) -> None:
        await peer.open_job()
        open_now.set()
        await asyncio.sleep(60)

    async with judged_peer(tmp_path) as peer:
        run = asyncio.create_task(Runner(peer, [Check("dsp/answer/end-while-creating", waits)]).run())
        await asyncio.wait_for(open_now.wait(), 20)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        answer = await peer.ask("GetActiveJobs", "<dsc:GetActiveJobsRequest/>", namespace=DSC)
        assert not answer.envelope.all("//dsc:JobSummary")


async def test_a_mistake_of_the_judge_is_its_own(tmp_path: Path) -> None:
    async def wrong(_: ScanServerPeer) -> None:
        raise ZeroDivisionError("a mistake")

    check = Check("dsp/answer/end-while-creating", wrong)
    async with judged_peer(tmp_path) as peer:
        run = await Runner(peer, [check]).run()
    judged = next(each for each in run.judged if each.id == check.id)
    assert judged.verdict is Verdict.ERROR
    assert "a mistake" in judged.evidence.met


async def test_an_own_message_that_breaks_the_schema_does_not_go(tmp_path: Path) -> None:
    async def wrong(peer: ScanServerPeer) -> None:
        await peer.ask("EndPostScanJob", "<dsp:EndPostScanJobRequest/>")

    check = Check("dsp/answer/end-while-creating", wrong)
    async with judged_peer(tmp_path) as peer:
        run = await Runner(peer, [check]).run()
        sent = [each for each in peer.recording if b"<dsp:EndPostScanJobRequest/>" in each.request]
    assert run.verdict(check.id) is Verdict.ERROR
    assert not sent


async def test_an_invariant_that_saw_nothing_is_not_run() -> None:
    check = all_checks()["dsc/wire/actions"]
    assert check.over is not None
    assert not list(check.over(Recording()))


@pytest.mark.parametrize("shuffle", [1, 2])
async def test_other_orders_have_the_same_verdicts(shuffle: int, tmp_path: Path) -> None:
    ids = [*ANSWERS, *(id for id in all_checks() if id.startswith(("dsp/job-", "dsp/filter-")))]
    ids = [id for id in ids if not all_checks()[id].slow]
    first, _ = await judged(tmp_path / "1", ids)
    other, _ = await judged(tmp_path / "2", ids, shuffle=shuffle)
    assert {each.id: each.verdict for each in first.judged} == {each.id: each.verdict for each in other.judged}


async def test_results_are_lines_that_others_read(tmp_path: Path) -> None:
    async def refuse(_: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(403)

    host, url = await served(refuse)
    try:
        await judged_at(url, ANSWERS, tmp_path / "report")
    finally:
        await host.stop()
    header, *lines = [json.loads(each) for each in (tmp_path / "report" / "results.jsonl").read_text().splitlines()]
    assert header["target"] == url
    assert lines[-1] == {"counts": {"failed": 1}}


async def test_an_answer_before_the_end_of_what_is_too_long_is_heard_though_a_reset_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a server does that closes with octets unread, and there are more than the system keeps for us."""
    monkeypatch.setattr(framing, "_LONG", 20_000_000)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100)
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.transport.abort()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(answer, sock=listener, limit=100)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/ScanServer"
    peer = ScanServerPeer(url, order(), limits=QUICK, recording=Recording(), service=url)
    check = all_checks()["http/target/too-long"].run
    assert check is not None
    try:
        for _ in range(20):
            await check(peer)
        assert [each.status for each in peer.recording] == [414] * 20
    finally:
        await peer.aclose()
        server.close()
