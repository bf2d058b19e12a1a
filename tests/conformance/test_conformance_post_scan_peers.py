"""Devices that never come, send garbage, die in the middle, send without end: a verdict, a bound in time, and the
rest goes on; and how a run ends."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from judged_post_scan import LIMITS, judged_peer

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.devices.hands import Action, NobodysHands
from emulator.conformance.judging import Judgement, judge
from emulator.conformance.post_scan.peer import Offered, PostScanLimits
from emulator.conformance.post_scan.post_scan_judging import judging_of_post_scan
from emulator.conformance.post_scan.scan_process import WrongScanProcess, scan_process_of
from emulator.conformance.runner import FIRST, LAST, Runner
from emulator.conformance.verdict import NotRun
from emulator.environment.exit_codes import ExitCode
from emulator.reports.verdict import Verdict
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse

CHECKS = all_checks(Subject.DSP_CLIENT)
QUICK = PostScanLimits(comes=0.3, silence=0.3, job=1.5, poll=0.02, quiet=0.05, octets=300_000)
SOME = ["dsp/sequence/directed-probe", "soap/http/post"]


class OddHands:
    """Stands at a device that does this when it is to scan; the sheets are nobody's."""

    tells_end = False

    def __init__(self, does: Callable[[str], Awaitable[None]]) -> None:
        self._does = does

    async def do(self, action: Action, **details: Any) -> None:
        if action is Action.SCAN_TO:
            await self._does(str(details["server"]))


async def sent(url: str, octets: bytes, *, endless: bytes = b"") -> None:
    """Send octets as they are, then some without end; then close."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
    try:
        writer.write(octets)
        await writer.drain()
        while endless and not writer.transport.is_closing():
            writer.write(endless)
            await writer.drain()
            await asyncio.sleep(0)  # drain waits for nothing where the connection has gone
        await asyncio.sleep(0.1)  # what was sent is read before the connection ends
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.transport.abort()


async def page(_: IncomingRequest) -> OutgoingResponse:
    return OutgoingResponse(200, b"<html>Welcome</html>", (("Content-Type", "text/html"),))


async def judged_with(does: Callable[[str], Awaitable[None]], folder: Path | None = None) -> Judgement:
    """A run against a web page that sends something odd."""
    host = HttpHost(page)
    await host.start()
    try:
        checks = [CHECKS[id] for id in SOME]
        return await judge(
            judging_of_post_scan(
                f"{host.base_url}/device", checks, hands=OddHands(does), limits=QUICK, report=folder
            )
        )
    finally:
        await host.stop()


async def test_nobody_is_there(tmp_path: Path) -> None:
    found = await judge(
        judging_of_post_scan("http://127.0.0.1:9/device", [CHECKS[id] for id in SOME], report=tmp_path / "report")
    )
    assert found.exit_code is ExitCode.UNREACHABLE
    assert [each.id for each in found.report.results] == [FIRST]
    assert (tmp_path / "report" / "report.html").is_file()


async def test_a_device_that_never_comes_is_told_of_and_the_run_ends(tmp_path: Path) -> None:
    async def nothing(url: str) -> None:
        pass

    found = await judged_with(nothing, tmp_path / "report")
    assert found.exit_code is ExitCode.UNREACHABLE
    assert [each.verdict for each in found.report.results] == [Verdict.INCONCLUSIVE]


async def test_a_scan_that_nobody_can_begin_is_not_run() -> None:
    async def cannot(url: str) -> None:
        raise NotRun("the door is locked")

    found = await judged_with(cannot)
    assert found.exit_code is ExitCode.FAILED
    assert [each.verdict for each in found.report.results] == [Verdict.NOT_RUN]


GARBAGE = {
    "no HTTP": b"SSH-2.0-nobody\r\n\r\n",
    "a head without an end": b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    "a length that is none": b"POST /ScanServer HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "chunks that are none": b"POST /ScanServer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a body that breaks off": b"POST /ScanServer HTTP/1.1\r\nContent-Length: 5000\r\n\r\n<soap:Env",
    "lines that end in LF alone": b"POST /ScanServer HTTP/1.1\nContent-Length: 0\n\n",
    "no XML": b"POST /ScanServer HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "a package without parts": b"POST /ScanServer HTTP/1.1\r\nContent-Type: multipart/related; boundary=x\r\n"
    b"Content-Length: 5\r\n\r\nhello",
}


@pytest.mark.parametrize("octets", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_fails_the_ordinary_job_and_the_run_ends(octets: bytes) -> None:
    async def garbage(url: str) -> None:
        await sent(url, octets)

    found = await judged_with(garbage)
    assert found.exit_code in (ExitCode.NONSENSE, ExitCode.UNREACHABLE)
    assert [each.id for each in found.report.results] == [FIRST]
    assert found.report.results[0].verdict is Verdict.FAILED  # and not: nothing was sent


async def test_a_body_without_end_is_read_to_a_bound() -> None:
    head = b"POST /ScanServer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    begun = time.monotonic()

    async def endless(url: str) -> None:
        await sent(url, head, endless=b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    found = await judged_with(endless)
    assert time.monotonic() - begun < 30.0
    assert found.report.results[0].verdict is Verdict.FAILED
    assert found.exit_code is ExitCode.NONSENSE


async def test_what_needs_hands_is_not_run_without_and_the_rest_goes_on(tmp_path: Path) -> None:
    ids = ["dsp/sequence/directed-probe", "dsp/answer/cancel-at-the-device", "soap/http/post"]
    async with judged_peer(tmp_path) as (peer, hands):

        async def no_cancel(action: Action, **details: Any) -> None:
            if action is Action.CANCEL:
                await NobodysHands().do(action, **details)
            await type(hands).do(hands, action, **details)

        hands.do = no_cancel
        run = await Runner(peer, [CHECKS[id] for id in ids]).run()
    assert run.verdict("dsp/answer/cancel-at-the-device") is Verdict.NOT_RUN
    assert run.verdict("dsp/sequence/directed-probe") is Verdict.PASSED
    assert run.verdict("soap/http/post") is Verdict.PASSED
    assert run.verdict(LAST) is Verdict.PASSED


async def test_a_scan_without_end_is_left_alone(tmp_path: Path) -> None:
    """Hands that never say that the scan is over: the longest time for a job is waited for."""
    async with judged_peer(tmp_path) as (peer, hands):

        async def never_over(action: Action, **details: Any) -> None:
            await type(hands).do(hands, action, **details)
            if action is Action.SCAN_TO:
                await asyncio.sleep(3600)

        await peer.ordinary_job(first=True)
        peer.limits = replace(LIMITS, job=1.0)
        hands.do = never_over
        begun = time.monotonic()
        job = await peer.order("a scan without end")
        assert job.ended and time.monotonic() - begun < 30.0


def test_a_file_that_is_no_scan_process_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "x.xml"
    for text in ("", "<x/>", "no XML"):
        wrong.write_text(text)
        with pytest.raises(WrongScanProcess, match=r"x\.xml"):
            scan_process_of(wrong, "A", "S-1-5")
    with pytest.raises(WrongScanProcess):
        scan_process_of(tmp_path / "missing.xml", "A", "S-1-5")


def test_an_address_that_is_none_is_refused() -> None:
    assert (Offered.at("127.0.0.1:5362").host, Offered.at("127.0.0.1:5362").port) == ("127.0.0.1", 5362)
    assert Offered.at("[::1]").host == "::1"
    for wrong in (":5362", "127.0.0.1:port"):
        with pytest.raises(ValueError, match=r"\S"):
            Offered.at(wrong)


async def test_the_devices_own_scan_process_is_judged_by(tmp_path: Path) -> None:
    """A scan process of a file, as a device has it in its directory."""
    file = Path(__file__).parents[2] / "profiles" / "office" / "scan-to-folder.xml"
    known = scan_process_of(file, "6F9619FF-8B86-D011-B42D-00C04FC964FF", "S-1-5-21-1-2-3-1001")
    assert (known.ticket.format, known.ticket.color, known.ticket.resolution) == ("jfif", "RGB24", (300, 300))
    ids = [
        "dsp/create-post-scan-job/instructions-of-the-scan-process",
        "dsp/create-post-scan-job/psp-identifier",
        "psp/scan-process/scan-ticket",
        "psp/change/must-honor",
    ]
    async with judged_peer(tmp_path) as (peer, _):
        peer.offered = Offered(scan_process=known)
        run = await Runner(peer, [CHECKS[id] for id in ids]).run()
    verdicts = [run.verdict(id) for id in ids]
    assert verdicts == [Verdict.PASSED, Verdict.PASSED, Verdict.PASSED, Verdict.NOT_RUN], run.judged
