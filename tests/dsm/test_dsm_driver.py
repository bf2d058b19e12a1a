"""The driver against a hand-made scan server that misbehaves on order: real HTTP, real files."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from answer_events import read_answer
from failing_jobs import job_fails
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import (
    DSP,
    EMPTY,
    FAULT,
    HANG,
    HANG_AFTER_PROCESSING,
    HTML,
    RESET,
    RESET_AFTER_PROCESSING,
    RESET_EARLY,
    WSA,
    Act,
    Reply,
    ScriptedServer,
    Seen,
    fault,
    plain,
)

from emulator.dsm.driver import (
    Document,
    JobLimits,
    JobOutcome,
    JobResult,
    PostScanJobDriver,
    PostScanJobFailed,
)
from emulator.dsm.job_status import JobStatus
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import Failure
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.dsm.sequence_steps import Answered, Operation, Step, Trouble
from emulator.dsm.sequence_table import Result
from emulator.layers import Layers
from emulator.soap import envelope
from emulator.transport import http
from emulator.transport.client import StreamClient

REQUEST = CreatePostScanJobRequest(
    user_identifier="S-1-5-21-1004336348-1177238915-682003330-1001",
    psp_identifier="C4F199C7-6876-4549-A86E-A85035952448",
    instructions=PostScanInstructions(
        continue_on_error=None,
        document_root_name="Invoice",
        filters=(FileShareFilter(shares=(r"\\contoso\IncomingScans",)),),
    ),
)
LIMITS = JobLimits(connect=2.0, read=2.0, job=20.0)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as scripted:
        yield scripted


class Bench:
    """A driver of the scripted server, and documents on disk. Pauses are noted, not waited for."""

    def __init__(self, server: ScriptedServer, folder: Path, **options: object) -> None:
        self.server = server
        self.folder = folder
        self.waits: list[float] = []
        self.acknowledged: list[tuple[int, int]] = []
        self.created: list[tuple[str, str]] = []
        self.steps: list[Step] = []
        self.before: dict[int, Callable[[], Awaitable[None]]] = {}
        self.on_pause: Callable[[], Awaitable[None]] | None = None
        self.client = StreamClient()
        self.now = 0.0
        options.setdefault("service_url", server.service_url)
        options.setdefault("limits", LIMITS)
        self.driver = PostScanJobDriver(
            self.client,
            on_step=self.steps.append,
            on_created=lambda token, service: self.created.append((token, service)),
            sleep=self.sleep,
            clock=lambda: self.now,
            **options,  # type: ignore[arg-type]
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0.005)  # time for a reset to get there
        if self.on_pause is not None:
            await self.on_pause()

    def document(self, number: int, size: int) -> Document:
        path = self.folder / str(number)
        data = random.Random(number).randbytes(size)
        path.write_bytes(data)
        return Document(number, "jfif", "image/jpeg", path, size, hashlib.sha256(data).hexdigest())

    async def documents(self, count: int, size: int) -> AsyncIterator[Document]:
        for number in range(1, count + 1):
            if number in self.before:
                await self.before[number]()
            yield self.document(number, size)

    async def run(self, count: int = 2, *, size: int = 2000, wait: bool = True) -> JobResult:
        def acknowledge(document: Document, attempts: int) -> None:
            self.acknowledged.append((document.document_id, attempts))

        try:
            return await self.driver.run(REQUEST, self.documents(count, size), acknowledge, wait=wait)
        finally:
            await self.client.aclose()

    @property
    def sent(self) -> dict[int, str]:
        """DocumentId -> SHA-256 of what the server stored, of its one job."""
        (job,) = self.server.jobs.values()
        return job.images

    def hashes(self, count: int, size: int = 2000) -> dict[int, str]:
        return {n: self.document(n, size).sha256 for n in range(1, count + 1)}


@pytest.fixture
def bench(server: ScriptedServer, tmp_path: Path) -> Bench:
    return Bench(server, tmp_path)


def operations(server: ScriptedServer) -> str:
    """The operations asked for, one letter each: P G C S E ? X."""
    letters = {
        "Probe": "P", "Get": "G", "CreatePostScanJob": "C", "SendImage": "S", "EndPostScanJob": "E",
        "GetPostScanJobElements": "?", "CancelPostScanJob": "X",
    }  # fmt: skip
    return "".join(letters[name] for name in server.operations)


# Jobs that go well


async def test_a_whole_job_from_the_server_url(server: ScriptedServer, tmp_path: Path) -> None:
    # The law: [dsp/sequence/directed-probe] [dsp/sequence/get-from-that-address]
    # The law: [dsp/sequence/create-before-images] [dsp/sequence/one-send-image-for-each-document]
    # The law: [dsp/sequence/end-after-the-last-response] [dsp/operations/all-five]
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url)
    result = await bench.run(3)
    assert operations(server) == "PGCSSSE??"
    assert result.outcome is JobOutcome.COMPLETED == "Completed"
    assert bench.sent == bench.hashes(3)
    assert bench.acknowledged == [(1, 1), (2, 1), (3, 1)]
    assert result.acknowledged == [1, 2, 3]
    (token,) = server.jobs
    assert bench.created == [(token, server.service_url)]
    assert (result.job_token, result.service_url) == (token, server.service_url)
    assert isinstance(result.end_status, JobStatus) and result.end_status.images_received == 3
    assert result.deviations == []
    assert set(result.timings) >= {"find", "create", "send", "end", "wait", "total"}
    assert server.connections == 1


async def test_what_goes_out_is_as_the_documents_want_it(bench: Bench) -> None:
    # The law: [dsp/header/one-destination] [dsp/header/request-action] [dsp/header/message-id]
    # The law: [dsp/header/anonymous-reply-to] [dsp/send-image/image-by-xop]
    # The law: [dsp/get-post-scan-job-elements/job-status-asked-alone] [dsp/job-token/echoed]
    # The law: [notes/c-36/job-status-alone] [notes/c-05/job-token-echoed] [notes/silent/image-part-media-type]
    await bench.run(1)
    create, send, end, elements = bench.server.seen[:4]
    for seen in bench.server.seen:
        assert seen.headers["user-agent"] == "WSDAPI"
        assert (seen.headers["cache-control"], seen.headers["pragma"]) == ("no-cache", "no-cache")
        assert seen.text("To") == bench.server.service_url  # verbatim
        assert seen.text("Address") == f"{WSA}/role/anonymous"
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", seen.text("MessageID"))
        assert "transfer-encoding" not in seen.headers
    assert create.headers["content-type"] == "application/soap+xml; charset=utf-8"
    assert create.text("UserIdentifier") == REQUEST.user_identifier
    assert send.headers["content-type"].startswith("multipart/related;")
    assert (send.text("DocumentId"), send.text("Format")) == ("1", "jfif")
    assert send.text("JobToken") == end.text("JobToken") == bench.created[0][0]
    assert elements.text("Name") == "dsp:JobStatus"
    assert len({seen.text("MessageID") for seen in bench.server.seen}) == len(bench.server.seen)


async def test_a_token_that_an_earlier_job_had_is_a_contradiction(server: ScriptedServer, tmp_path: Path) -> None:
    bench = Bench(server, tmp_path)
    first = await bench.run(1)
    assert first.outcome is JobOutcome.COMPLETED
    token = first.job_token
    server.jobs[token] = type(server.jobs[token])(token)
    server.script["CreatePostScanJob"] = [
        Act(reply=lambda server, seen: server._answer(seen, f"<rp:JobToken>{token}</rp:JobToken>"))
    ]
    second = await bench.run(1)
    assert second.outcome is JobOutcome.CONTRADICTED and f"{token}, given to an earlier job" in second.reason
    assert ("CreatePostScanJob", "job-token") in [(operation, each.id) for operation, each in second.deviations]


async def test_without_waiting_nobody_asks_how_it_ends(bench: Bench) -> None:
    result = await bench.run(1, wait=False)
    assert operations(bench.server) == "CSE"
    assert (result.outcome, result.end_status) == (JobOutcome.NOT_AWAITED, None)


@pytest.mark.parametrize(
    ("state", "reason", "outcome"),
    [
        ("Aborted", "PostScanJobProcessingFailed", JobOutcome.ABORTED),
        ("Canceled", "PostScanJobCanceled", JobOutcome.CANCELED),
        ("Completed", "PostScanJobCompletedWithErrors", JobOutcome.COMPLETED_WITH_ERRORS),
        ("Completed", "vendor:Reason", JobOutcome.COMPLETED),
    ],
)
async def test_how_a_job_may_end(bench: Bench, state: str, reason: str, outcome: JobOutcome) -> None:
    bench.server.end_state, bench.server.end_reason = state, reason
    bench.server.polls_to_end = 6
    result = await bench.run(1)
    assert result.outcome is outcome
    assert result.end_status is not None and result.end_status.job_state_reasons == (reason,)
    assert bench.waits == sorted(bench.waits) and len(bench.waits) == 5


async def test_a_job_that_does_not_end_is_unconfirmed(bench: Bench) -> None:
    # The law: [dsp/answer/unseen-end-is-unconfirmed]
    bench.server.polls_to_end = 10_000
    result = await bench.run(1)
    assert result.outcome is JobOutcome.UNCONFIRMED
    assert sum(bench.waits) == pytest.approx(LIMITS.job)


# Never twice by accident


@pytest.mark.parametrize(
    ("act", "stored_first"),
    [(RESET_AFTER_PROCESSING, True), (RESET, False), (HANG_AFTER_PROCESSING, True), (HANG, False)],
)
async def test_an_image_whose_answer_is_lost(
    server: ScriptedServer, tmp_path: Path, act: Act, stored_first: bool
) -> None:
    bench = Bench(server, tmp_path, limits=JobLimits(connect=2.0, read=0.3, job=20.0))
    server.script["SendImage"] = [None, act]
    result = await bench.run(3)
    assert result.outcome is JobOutcome.COMPLETED
    assert bench.sent == bench.hashes(3)
    assert bench.acknowledged == [(1, 1), (2, 1 if stored_first else 2), (3, 1)]
    assert operations(server).count("S") == (3 if stored_first else 4)
    assert operations(server).startswith("CSS?" if stored_first else "CSS?????S")


async def test_an_image_broken_in_the_middle_is_sent_again(bench: Bench) -> None:
    bench.server.script["SendImage"] = [RESET_EARLY, None]
    result = await bench.run(2, size=10_000_000)
    assert result.outcome is JobOutcome.COMPLETED
    assert bench.sent == bench.hashes(2, 10_000_000)
    assert bench.acknowledged == [(1, 2), (2, 1)]
    first = bench.server.seen[1]
    assert not first.whole
    assert operations(bench.server) == "CS??SSE??"


@pytest.mark.parametrize("act", [RESET, RESET_AFTER_PROCESSING, HANG])
async def test_a_create_without_an_answer_is_not_repeated(server: ScriptedServer, tmp_path: Path, act: Act) -> None:
    bench = Bench(server, tmp_path, limits=JobLimits(connect=2.0, read=0.3, job=20.0))
    server.script["CreatePostScanJob"] = [act]
    with job_fails(Failure.OUTCOME_UNKNOWN, match="unknown whether the job exists") as caught:
        await bench.run(1)
    assert operations(server) == "C"
    assert (caught.value.operation, caught.value.job_token, caught.value.exit_hint) == ("CreatePostScanJob", "", 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("act", [RESET, RESET_AFTER_PROCESSING])
async def test_an_end_whose_answer_is_lost(bench: Bench, act: Act) -> None:
    bench.server.script["EndPostScanJob"] = [act]
    bench.server.polls_to_end = 3
    result = await bench.run(1)
    assert result.outcome is JobOutcome.COMPLETED
    assert operations(bench.server).count("E") == (1 if act.process else 2)


@pytest.mark.parametrize(
    "operation", ["CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements"]
)
@pytest.mark.parametrize("times", [1, 4])
async def test_a_temporary_error_is_tried_again(bench: Bench, operation: str, times: int) -> None:
    # The law: [dsp/fault/temporary-error-retried] [dsp/fault/send-image-retried-once]
    # The law: [bdsrr/3.1.4.1.4/retry-unmodified] [notes/silent/send-image-retried]
    bench.server.script[operation] = [fault("ServerErrorTemporaryError")] * times
    result = await bench.run(1)
    assert result.outcome is JobOutcome.COMPLETED
    assert bench.waits[:times] == [0.5, 1.0, 2.0, 4.0][:times]
    assert bench.acknowledged == [(1, times + 1 if operation == "SendImage" else 1)]
    assert result.deviations == []


async def test_a_temporary_error_that_stays_is_a_fault(bench: Bench) -> None:
    bench.server.script["SendImage"] = [fault("ServerErrorTemporaryError")] * 9
    with job_fails(Failure.FAULTED) as caught:
        await bench.run(1)
    assert caught.value.document_id == 1
    assert operations(bench.server) == "CSSSSS?X"


async def test_a_server_that_is_restarted_between_images_is_reached_again(bench: Bench) -> None:
    bench.before[2] = bench.server.close
    bench.on_pause = bench.server.listen
    result = await bench.run(2)
    assert result.outcome is JobOutcome.COMPLETED
    assert bench.acknowledged == [(1, 1), (2, 2)]
    assert bench.sent == bench.hashes(2)


async def test_nobody_listens(server: ScriptedServer, tmp_path: Path) -> None:
    await server.close()
    for options in ({}, {"service_url": None, "server_url": server.url}):
        bench = Bench(server, tmp_path, **options)
        with job_fails(Failure.UNREACHABLE) as caught:
            await bench.run(1)
        assert bench.waits == [0.5, 1.0, 2.0, 4.0]
        assert caught.value.exit_hint == 3
        assert str(server.port) in str(caught.value)


async def test_a_server_that_forgets_the_job_while_it_is_watched(bench: Bench) -> None:
    # The law: [dsp/answer/unseen-end-is-unconfirmed] [dsp/answer/jobs-may-be-forgotten]
    bench.server.polls_to_end = 100
    bench.server.script["GetPostScanJobElements"] = [None, None, fault("ClientErrorJobTokenNotFound")]
    result = await bench.run(1)
    assert result.outcome is JobOutcome.UNCONFIRMED
    assert "no longer knows" in result.reason
    assert result.end_status is not None and result.end_status.job_state == "Processing"


async def test_a_server_that_forgets_the_job_between_images(bench: Bench) -> None:
    async def forget() -> None:
        bench.server.jobs.clear()

    bench.before[2] = forget
    with job_fails(Failure.FAULTED, match="ClientErrorJobTokenNotFound") as caught:
        await bench.run(3)
    assert (caught.value.document_id, caught.value.acknowledged) == (2, [1])
    assert operations(bench.server) == "CSS?"


# Answers that are none

OTHER_OPERATION = Act(
    reply=lambda server, seen: server.envelope(
        seen, f"{DSP}/ValidateResponse", "<rp:ValidateResponse><rp:JobToken>x</rp:JobToken></rp:ValidateResponse>"
    )
)
NONSENSE = {
    "html": HTML,
    "empty": EMPTY,
    "another operation": OTHER_OPERATION,
    "no xml": plain(200, "application/soap+xml", b"\x00\xff garbage"),
    "xml": plain(200, "application/soap+xml", b"<a/>"),
    "dtd": plain(200, "application/soap+xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "bad gateway": plain(502, "text/html", b"<html>Bad Gateway</html>"),
    "redirect": plain(302, "text/plain", b"elsewhere", "Location: http://elsewhere.example/\r\n"),
    "mime without boundary": plain(200, "multipart/related", b"--x\r\n\r\n<a/>\r\n--x--"),
    "mime cut off": plain(200, 'multipart/related; boundary="x"', b"--x\r\nContent-Type: text/xml\r\n\r\n<a"),
    "not found": plain(404, "text/plain", b"Not Found"),
    "accepted": plain(202, "application/soap+xml", b""),
}


@pytest.mark.parametrize("operation", ["CreatePostScanJob", "SendImage", "EndPostScanJob"])
@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_that_stays_is_told_in_one_line_and_the_job_cancelled(
    bench: Bench, operation: str, kind: str
) -> None:
    """The server has processed nothing of it, as it says when it is asked."""
    bench.server.script[operation] = [NONSENSE[kind]] * 9
    with job_fails(Failure.NONSENSE) as caught:
        await bench.run(1)
    error = caught.value
    assert (error.operation, error.exit_hint) == (operation, 4)
    assert error.document_id == (1 if operation == "SendImage" else None)
    assert "\n" not in str(error) and "HTTP" in str(error)
    if operation == "CreatePostScanJob":
        assert error.canceled is None and operations(bench.server) == "C"
        assert ("unknown whether the job exists" in str(error)) is (kind != "not found")
    else:
        assert error.canceled is True
        assert [job.state for job in bench.server.jobs.values()] == ["Canceled"]


@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_while_watching_leaves_the_job_alone(bench: Bench, kind: str) -> None:
    bench.server.script["GetPostScanJobElements"] = [NONSENSE[kind]] * 9
    with job_fails(Failure.NONSENSE) as caught:
        await bench.run(1)
    assert caught.value.operation == "GetPostScanJobElements"
    assert operations(bench.server) == ("CSE?" if kind == "not found" else "CSE?????")


@pytest.mark.parametrize("kind", [kind for kind in NONSENSE if kind != "not found"])
@pytest.mark.parametrize("operation", ["SendImage", "EndPostScanJob", "GetPostScanJobElements"])
async def test_nonsense_once_though_the_server_has_done_what_was_asked(
    bench: Bench, operation: str, kind: str
) -> None:
    """As behind a gateway: the server is asked, nothing is sent twice, nothing is cancelled."""
    bench.server.script[operation] = [Act(process=True, reply=NONSENSE[kind].reply)]
    result = await bench.run(2)
    assert result.outcome is JobOutcome.COMPLETED
    assert bench.sent == bench.hashes(2)
    assert (operations(bench.server).count("S"), operations(bench.server).count("E")) == (2, 1)
    assert "X" not in operations(bench.server)
    if operation != "GetPostScanJobElements":
        assert any("alone" in each and "HTTP" in each for each in bench.driver.account.warnings)


async def test_no_http_at_all(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    server = ScriptedServer()
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        with job_fails(Failure.NONSENSE):
            await Bench(server, tmp_path).run(1)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("operation", ["Probe", "CreatePostScanJob", "SendImage"])
async def test_a_refusal_of_us(server: ScriptedServer, tmp_path: Path, status: int, operation: str) -> None:
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url)
    server.script[operation] = [plain(status, "text/html", b"<p>Log in</p>")]
    with job_fails(Failure.REFUSED_US) as caught:
        await bench.run(1)
    assert caught.value.exit_hint == 5
    assert caught.value.operation == operation


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_a_fault_on_any_http_status(bench: Bench, status: int) -> None:
    # The law: [dsp/fault/envelope-before-status] [bdsrr/3/http-status-codes]
    bench.server.script["SendImage"] = [None, fault("OperationFailed", status=status)]
    with job_fails(Failure.FAULTED, match="OperationFailed") as caught:
        await bench.run(2)
    error = caught.value
    assert error.fault is not None and error.fault.subcode == (DSP, "OperationFailed")
    assert (error.document_id, error.acknowledged, error.canceled) == (2, [1], True)
    told = [(operation, deviation.id) for operation, deviation in error.deviations]
    assert told == ([] if status == 500 else [("SendImage", "http-status")])


async def test_a_fault_that_comes_while_the_image_is_going_out_is_not_lost(bench: Bench) -> None:
    size = 50_000_000
    bench.server.script["SendImage"] = [fault("InvalidArgs", status=400, code="Sender", early=True)]
    with job_fails(Failure.FAULTED, match="InvalidArgs") as caught:
        await bench.run(1, size=size)
    assert caught.value.document_id == 1
    assert len(bench.server.seen[1].data) < size // 2
    assert operations(bench.server) == "CS??X"
    assert bench.server.seen[2].connection != bench.server.seen[1].connection


async def test_a_job_cancelled_at_the_server(bench: Bench) -> None:
    async def cancel() -> None:
        (job,) = bench.server.jobs.values()
        job.state, job.reasons = "Canceled", ("PostScanJobCanceled",)

    bench.before[2] = cancel
    bench.server.script["SendImage"] = [None, fault("ServerErrorPostScanJobCanceled")]
    result = await bench.run(3)
    assert result.outcome is JobOutcome.CANCELED
    assert result.acknowledged == [1]


# Tolerate and tell


async def test_answers_to_something_else_are_told_and_with_strict_refused(
    server: ScriptedServer, tmp_path: Path
) -> None:
    # The law: [notes/c-14/response-action-of-the-request-read]
    server.relates_to = "urn:uuid:fb5ab95c-08ef-4cc2-8ec0-c4be667b1862"
    result = await Bench(server, tmp_path).run(2)
    assert result.outcome is JobOutcome.COMPLETED
    assert [(operation, deviation.id) for operation, deviation in result.deviations] == [
        (operation, "relates-to-wrong")
        for operation in ("CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements")
    ]
    with job_fails(Failure.NONSENSE, match="strict: relates-to-wrong") as caught:
        await Bench(server, tmp_path, layers=Layers(strict=True)).run(2)
    assert caught.value.canceled is True  # the job had been created


async def test_strict_is_content_with_a_server_that_keeps_the_rules(server: ScriptedServer, tmp_path: Path) -> None:
    # The law: [dsp/header/response-action] [dsp/header/relates-to]
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url, layers=Layers(strict=True))
    assert (await bench.run(2)).outcome is JobOutcome.COMPLETED


@pytest.mark.parametrize("act", [plain(404, "text/html", b"<p>no</p>"), EMPTY, fault("InvalidArgs"), RESET])
async def test_a_server_that_does_not_answer_probe(server: ScriptedServer, tmp_path: Path, act: Act) -> None:
    server.script["Probe"] = [act]
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url)
    result = await bench.run(1)
    assert operations(server) == "PGCSE??"
    assert "probe-unanswered" in [deviation.id for _, deviation in result.deviations]
    assert server.seen[1].text("To") == server.url


async def test_find_service_alone(server: ScriptedServer, tmp_path: Path) -> None:
    # The law: [dsp/address/service-from-the-metadata] [dsp/address/types-in-the-namespace]
    # The law: [dsp/address/port-and-path] [notes/c-37/addresses-from-the-metadata]
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url)
    assert await bench.driver.find_service() == server.service_url
    assert await bench.driver.find_service() == server.service_url
    assert operations(server) == "PG"
    await bench.client.aclose()


async def test_a_host_that_is_no_scan_server(server: ScriptedServer, tmp_path: Path) -> None:
    server.script["Get"] = [HTML]
    bench = Bench(server, tmp_path, service_url=None, server_url=server.url)
    with job_fails(Failure.NONSENSE, match="text/html") as caught:
        await bench.run(1)
    assert caught.value.operation == "Get"


def packaged(server: ScriptedServer, seen: Seen) -> Reply:
    """An answer to MTOM in MTOM, as WCF gives it."""
    plain_answer = server._process(seen)
    body = (
        b"\r\n--b1\r\nContent-ID: <r@x>\r\nContent-Transfer-Encoding: 8bit\r\n"
        b'Content-Type: application/xop+xml;charset=utf-8;type="application/soap+xml"\r\n\r\n'
        + plain_answer.data
        + b"\r\n--b1--\r\n"
    )
    content_type = (
        'multipart/related; type="application/xop+xml";start="<r@x>";boundary="b1";'
        'start-info="application/soap+xml"'
    )
    return Reply(200, content_type, body)


async def test_an_answer_in_a_package_is_read(bench: Bench) -> None:
    bench.server.script["SendImage"] = [Act(reply=packaged)]
    bench.server.script["CreatePostScanJob"] = [Act(reply=packaged)]
    assert (await bench.run(1)).outcome is JobOutcome.COMPLETED


# Interrupts, and failures on our side


async def interrupted(bench: Bench, when: Callable[[], bool], *, times: int = 1) -> float:
    """Cancel the run as soon as `when` holds; return the seconds that it took to end."""
    task = asyncio.create_task(bench.run(2))
    while not when():  # noqa: ASYNC110  # the server tells in a list
        await asyncio.sleep(0.005)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0.1)
    with pytest.raises(asyncio.CancelledError):
        await task
    return loop.time() - began


@pytest.mark.parametrize("operation", ["SendImage", "EndPostScanJob", "GetPostScanJobElements"])
async def test_an_interrupt_cancels_the_job_at_the_server(bench: Bench, operation: str) -> None:
    bench.server.script[operation] = [HANG]
    await interrupted(bench, lambda: operation in bench.server.operations)
    assert [job.state for job in bench.server.jobs.values()] == ["Canceled"]
    assert bench.driver.canceled is True
    assert bench.server.operations[-1] == "CancelPostScanJob"


async def test_an_interrupt_while_a_page_is_made(bench: Bench) -> None:
    waiting = asyncio.Event()

    async def forever() -> None:
        waiting.set()
        await asyncio.sleep(60)

    bench.before[2] = forever
    await interrupted(bench, waiting.is_set)
    assert [job.state for job in bench.server.jobs.values()] == ["Canceled"]


async def test_an_interrupt_of_create_waits_for_the_token_and_cancels(bench: Bench) -> None:
    bench.server.script["CreatePostScanJob"] = [Act(process=True, delay=0.5)]
    await interrupted(bench, lambda: "CreatePostScanJob" in bench.server.operations)
    assert [job.state for job in bench.server.jobs.values()] == ["Canceled"]


async def test_an_interrupt_of_create_does_not_wait_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.dsm.sequencer.CANCEL_LIMIT", 0.3)
    bench.server.script["CreatePostScanJob"] = [HANG]
    assert await interrupted(bench, lambda: "CreatePostScanJob" in bench.server.operations) < 30


async def test_a_cancellation_does_not_take_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.dsm.job_under_way.CANCEL_LIMIT", 0.3)
    bench.server.script["SendImage"] = [HANG]
    bench.server.script["CancelPostScanJob"] = [HANG]
    assert await interrupted(bench, lambda: "SendImage" in bench.server.operations) < 30
    assert bench.driver.canceled is False


async def test_the_second_interrupt_ends_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.dsm.job_under_way.CANCEL_LIMIT", 60)
    bench.server.script["SendImage"] = [HANG]
    bench.server.script["CancelPostScanJob"] = [HANG]
    assert await interrupted(bench, lambda: "SendImage" in bench.server.operations, times=2) < 30


async def test_a_source_that_fails_cancels_the_job_and_its_error_comes_through(bench: Bench) -> None:
    class SourceBroke(Exception):
        pass

    async def fail() -> None:
        raise SourceBroke("page 2 is damaged")

    bench.before[2] = fail
    with pytest.raises(SourceBroke, match="page 2 is damaged"):
        await bench.run(3)
    assert bench.acknowledged == [(1, 1)]
    assert operations(bench.server) == "CSX"
    assert bench.driver.canceled is True


async def test_a_file_that_vanishes_cancels_the_job(bench: Bench) -> None:
    async def documents() -> AsyncIterator[Document]:
        document = bench.document(1, 100)
        document.path.unlink()
        yield document

    with pytest.raises(FileNotFoundError):
        await bench.driver.run(REQUEST, documents(), lambda document, attempts: None)
    assert bench.server.operations[-1] == "CancelPostScanJob"
    await bench.client.aclose()


async def test_a_manifest_that_cannot_be_written_cancels_the_job(bench: Bench) -> None:
    def full(document: Document, attempts: int) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        await bench.driver.run(REQUEST, bench.documents(2, 10), full)
    assert operations(bench.server) == "CSX"
    await bench.client.aclose()


async def test_the_documents_are_closed_whatever_happens(bench: Bench) -> None:
    closed = []

    async def documents() -> AsyncIterator[Document]:
        try:
            yield bench.document(1, 10)
        finally:
            closed.append(True)

    bench.server.script["SendImage"] = [fault("OperationFailed")]
    with job_fails(Failure.FAULTED):
        await bench.driver.run(REQUEST, documents(), lambda document, attempts: None)
    assert closed == [True]
    await bench.client.aclose()


class BrokenClient:
    """An HTTP client that cannot."""

    def __init__(self, error: http.ExchangeError) -> None:
        self.error = error

    async def exchange(self, request: http.HttpRequest, limits: http.TimeLimits) -> http.HttpResponse:
        raise self.error

    async def aclose(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "expected", "exit_hint"),
    [
        (http.TlsFailed("a:1: its CA is unknown", http.Stage.TLS), Failure.NOT_TRUSTED, 3),
        (http.ClientRefused("a:1: certificate required", http.Stage.ANSWER), Failure.REFUSED_US, 5),
        (http.Refused("a:1: refused", http.Stage.CONNECT), Failure.UNREACHABLE, 3),
        (http.TimedOut("a:1: no connection", http.Stage.CONNECT), Failure.UNREACHABLE, 3),
        (http.TimedOut("a:1: no handshake", http.Stage.TLS), Failure.UNREACHABLE, 3),
        (http.ConnectionLost("a:1: reset", http.Stage.SEND), Failure.OUTCOME_UNKNOWN, 3),
        (http.TimedOut("a:1: no answer", http.Stage.ANSWER), Failure.OUTCOME_UNKNOWN, 3),
        (http.NotHttp("a:1: no HTTP", http.Stage.ANSWER), Failure.NONSENSE, 4),
    ],
)
async def test_what_breaks_below_http(error: http.ExchangeError, expected: Failure, exit_hint: int) -> None:
    async def none() -> AsyncIterator[Document]:
        raise AssertionError("no document is asked for")
        yield

    async def sleep(seconds: float) -> None:
        pass

    driver = PostScanJobDriver(BrokenClient(error), service_url="https://a:1/s", limits=LIMITS, sleep=sleep)
    with job_fails(expected) as caught:
        await driver.run(REQUEST, none(), lambda document, attempts: None)
    assert caught.value.exit_hint == exit_hint
    assert str(error) in str(caught.value)


# Random misbehaviour

ACTS = [RESET, RESET_AFTER_PROCESSING, RESET_EARLY, fault("ServerErrorTemporaryError")]


@pytest.mark.parametrize("seed", range(12))
async def test_random_misbehaviour_loses_and_doubles_nothing(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)
    for operation in ("SendImage", "EndPostScanJob", "GetPostScanJobElements"):
        bench.server.script[operation] = [chance.choice([None, None, *ACTS]) for _ in range(12)]
    total, size = 4, chance.choice([10, 5000, 400_000])
    with suppress(PostScanJobFailed):
        result = await bench.run(total, size=size)
        if result.outcome is JobOutcome.COMPLETED:
            assert len(bench.acknowledged) == total
    ids = [document_id for document_id, _ in bench.acknowledged]
    assert ids == list(range(1, len(ids) + 1))
    hashes = bench.hashes(total, size)
    assert all(bench.sent.get(document_id) == hashes[document_id] for document_id in ids)


# Reading answers

ASKED = envelope.request(f"{DSP}/CreatePostScanJob", "http://a/", None)


def response(data: bytes, content_type: str = "application/soap+xml", status: int = 200) -> http.HttpResponse:
    return http.HttpResponse(status, "", (("Content-Type", content_type),), data)


@pytest.mark.parametrize(
    ("file", "operation", "action", "content"),
    [
        (
            "createpostscanjobresponse-example.xml",
            Operation.CREATE,
            "CreatePostScanJob",
            "264a19bf-3604-4603-b59d-b47e0f669a1e",
        ),
        ("sendimageresponse-example.xml", Operation.SEND_IMAGE, "SendImage", None),
        ("endpostscanjobresponse-example.xml", Operation.END, "EndPostScanJob", None),
        ("cancelpostscanjobresponse-example.xml", Operation.CANCEL, "CancelPostScanJob", None),
    ],
)
def test_the_printed_answers_are_read(
    reference: Path, file: str, operation: Operation, action: str, content: str | None
) -> None:
    # The law: [dsp/time/zone-is-optional]
    data = (reference / "examples/dsm" / file).read_bytes()
    relates_to = re.search(rb"RelatesTo>\s*([^<\s]+)", data)
    assert relates_to is not None
    asked = envelope.Message(f"{DSP}/{action}", None, message_id=relates_to[1].decode())
    event, deviations = read_answer(operation, asked, response(data))
    assert event == Answered(content)
    assert {deviation.id for deviation in deviations} <= {"address-white-space"}


def test_the_printed_job_status_is_read(reference: Path) -> None:
    data = (reference / "examples/dsm/getpostscanjobelementsresponse-example.xml").read_bytes()
    asked = envelope.Message(
        f"{DSP}/GetPostScanJobElements", None, message_id="urn:uuid:a79fe111-170d-4699-95d8-a896564aa7d6"
    )
    event, deviations = read_answer(Operation.ELEMENTS, asked, response(data))
    assert isinstance(event, Answered) and isinstance(event.content, JobStatus)
    assert (event.content.job_state, event.content.images_received) == ("Creating", 1)
    assert {deviation.id for deviation in deviations} == {"address-white-space", "white-space"}


@pytest.mark.parametrize("code", ["Sender", "Receiver"])
@pytest.mark.parametrize(
    ("subcode", "met"),
    [
        ("ServerErrorTemporaryError", Result.TEMPORARY),
        ("ClientErrorJobTokenNotFound", Result.JOB_NOT_FOUND),
        ("ServerErrorPostScanJobCanceled", Result.JOB_CANCELED),
        ("ClientErrorCurrentUserNotScanAdmin", Result.REFUSED_US),
        ("ServerErrorInternalError", Result.FAULT),
        ("OwnError", Result.FAULT),
    ],
)
def test_what_faults_mean(subcode: str, met: Result, code: str) -> None:
    # The law: [dsp/fault/client-error-current-user-not-scan-admin]
    # The law: [dsp/fault/server-error-post-scan-job-canceled] [dsp/fault/reason-text-not-compared]
    # The law: [dsp/fault/vendor-subcodes] [bdsrr/3/faults-read-freely] [notes/c-39/reason-texts-not-compared]
    # The law: [notes/silent/names-in-dsc-alone] [notes/c-40/job-token-not-found-of-receiver-read]
    # The law: [bdsrr/4.2/job-token-not-found-as-printed] [bdsrr/2.2.2.1/private-subcodes]
    data = ScriptedServer().envelope(
        Seen("X", "/", {}, f"<MessageID>{ASKED.message_id}</".encode()),
        f"{WSA}/fault",
        FAULT.format(code=code, subcode=subcode, reason="no"),
    )
    event, deviations = read_answer(
        Operation.CREATE, ASKED, response(data.data, status=400 if code == "Sender" else 500)
    )
    assert isinstance(event, Trouble)
    assert (event.result, deviations) == (met, [])
    assert subcode in event.reason


CONTENT_TYPES = st.one_of(
    st.sampled_from(
        ["", "application/soap+xml", "text/html", 'multipart/related; boundary="b"', "multipart/related", "x/y; z"]
    ),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=60),
)


def mutated(good: bytes, data: st.DataObject) -> bytes:
    octets = bytearray(good)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(octets)))
        octets[at : at + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=20))
    return bytes(octets)


@settings(max_examples=200, deadline=None)
@given(st.data(), CONTENT_TYPES, st.sampled_from(list(Operation)), st.integers(100, 599))
def test_any_octets_are_an_answer_or_trouble(
    data: st.DataObject, content_type: str, operation: Operation, status: int
) -> None:
    server = ScriptedServer()
    asked = Seen(str(operation), "/", {}, b"<MessageID>urn:uuid:1</")
    name = f"{operation}Response"
    good = server.envelope(asked, f"{DSP}/{name}", f"<rp:{name}><rp:JobToken>t</rp:JobToken></rp:{name}>").data
    octets = data.draw(st.one_of(st.binary(max_size=300), st.just(good).map(lambda g: mutated(g, data))))
    event, _ = read_answer(operation, ASKED, response(octets, content_type, status))
    assert isinstance(event, Answered | Trouble)
    assert "\n" not in getattr(event, "reason", "")
