"""Filters of a job, one after the other: what each is given, what it tells when it goes wrong, and what that makes
of the job. The filter at work is put in the place of the real one; server, store and messages are real."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from delivery_bench import filters_of
from job_in_process import InProcess, server_for
from mail_bench import Mailbox, delivery_file, email_filter, listening, mail_section, mail_server
from scan_server_bench import EMAIL, IMAGE, SHAREPOINT, UNKNOWN, file_share, images_below, instructions

from emulator.dsm.states import FilterStateReason
from emulator.faults.behaviours import Behaviour
from emulator.scan_server.delivery.outcome import Delivery, Stopped
from emulator.scan_server.jobs import Job
from emulator.scan_server.notes import NoteFailed
from emulator.scan_server.server import ScanServer
from emulator.transport.observe import Exchange
from emulator.transport.points import EXCHANGE

SHARE = file_share(r"\\files\In")
ONE_SHARE = instructions(SHARE)
Filter = Callable[..., list[Delivery]]


async def run_to_its_end(caller: InProcess, content: str, images: int = 1) -> str:
    """A job with so many images: its token, when it has ended."""
    token = await caller.job(content)
    for number in range(1, images + 1):
        assert (await caller.send(token, number, IMAGE + bytes([number]))).status == 200
    assert (await caller.with_token("EndPostScanJob", token)).status == 200
    await caller.at_its_end(token)
    return token


async def ending(caller: InProcess, token: str) -> tuple[str, str, list[tuple[str, str, tuple[str, ...]]]]:
    """JobState, reason, and each filter with its state and reasons, as the server tells them."""
    status = await caller.elements(token)
    return status.text("//dsp:JobState"), status.text("//dsp:JobStateReason"), filters_of(status)


def put_in_place(monkeypatch: pytest.MonkeyPatch, work: Filter) -> None:
    """`work` is the file share filter from now on."""
    monkeypatch.setattr("emulator.scan_server.file_share.run_file_share", work)


# What goes wrong


def raises(error: BaseException) -> Filter:
    def work(*_: object) -> list[Delivery]:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (Stopped(), "UnknownError", "the job was cancelled, or the server stopped"),
        (MemoryError(), "ServerOutOfMemory", "out of memory"),
        (OSError(errno.ENOSPC, "No space"), "OutOfDiskSpace", "the scan server's own disk: No space"),
        (OSError(errno.EIO, "Broken"), "UnknownError", "the scan server's own disk: Broken"),
        (RuntimeError("odd"), "UnknownError", "RuntimeError: odd"),
    ],
    ids=["stopped", "memory", "full", "broken", "bug"],
)
async def test_whatever_goes_wrong_in_a_filter_is_a_reason_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, reason: str, detail: str
) -> None:
    """And the job is Aborted, where its instructions do not say ContinueOnError.
    [dsp/job-transition/stopped-at-an-error] [dsp/job-transition/stopped-job-is-aborted]"""
    put_in_place(monkeypatch, raises(error))
    async with server_for(ONE_SHARE, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await run_to_its_end(caller, ONE_SHARE)
        assert await ending(caller, token) == (
            "Aborted",
            "PostScanJobProcessingFailed",
            [("fileshare", "CompletedWithErrors", (reason,))],
        )
        (told,) = server.deliveries(token)
        assert (told.documents, str(told.reason), told.detail) == ((), reason, detail)
    record = json.loads((tmp_path / "store" / "unfinished" / token / "job.json").read_text("utf-8"))
    # Who looks at the folder reads the state that the job was about to have.
    assert (record["job_state"], record["job_state_reasons"]) == ("Aborted", ["PostScanJobProcessingFailed"])
    assert [each["reason"] for each in record["deliveries"]] == [reason]


async def test_each_reason_of_a_filter_is_told_once_in_the_order_of_its_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one target has got is no reason, and what two lack for the same cause is one."""
    unknown, denied = FilterStateReason.UNKNOWN_ERROR, FilterStateReason.FILE_SHARE_ACCESS_DENIED
    reasons = (unknown, None, denied, unknown)

    def work(wanted: Any, *_: object) -> list[Delivery]:
        return [Delivery(wanted.dialect, str(n), reason=reason) for n, reason in enumerate(reasons)]

    put_in_place(monkeypatch, work)
    async with server_for(ONE_SHARE, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await run_to_its_end(caller, ONE_SHARE)
        _, _, ((_, _, told),) = await ending(caller, token)
        assert told == ("UnknownError", "FileShareAccessDenied")
        assert [each.target for each in server.deliveries(token)] == ["0", "1", "2", "3"]


async def test_a_note_that_cannot_be_written_makes_nothing_of_what_has_arrived_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise NoteFailed(errno.EIO, "Broken", "notes")

    monkeypatch.setattr("emulator.scan_server.notes.JobNotes.delivery_made", fail)
    async with server_for(ONE_SHARE, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await run_to_its_end(caller, ONE_SHARE)
        assert await ending(caller, token) == (
            "Completed",
            "PostScanJobCompletedSuccessfully",
            [("fileshare", "CompletedSuccessfully", ())],
        )
    assert "the scan server's own disk: Broken" in caplog.text


@pytest.mark.parametrize("first", [SHARE, UNKNOWN], ids=["nothing failed", "one failed"])
@pytest.mark.parametrize("habit", [False, True], ids=["documents", "no warnings"])
async def test_a_warning_does_not_hide_that_a_filter_before_it_has_failed(
    tmp_path: Path, first: str, habit: bool
) -> None:
    """Without an image a filter of a known dialect warns, and one of an unknown dialect fails as ever; the job has
    the worst of both, and the habit of 2008 R2 takes back warnings alone.
    [dsp/job-transition/continued-after-an-error] [dsp/job-transition/some-known-dialect]
    [bdsrr/7/note-8-no-warnings]"""
    content = instructions(first, EMAIL, SHARE, go_on="true")
    made = server_for(content, None, tmp_path, tmp_path / "made")
    behaviours = frozenset({Behaviour.NO_COMPLETED_WITH_WARNINGS} if habit else ())
    server = ScanServer(store=tmp_path / "store", directory=made._directory, behaviours=behaviours)
    async with server:
        caller = InProcess(server)
        token = await run_to_its_end(caller, content, images=0)
        state, reason, filters = await ending(caller, token)
    warned = "CompletedWithWarnings"
    assert [each for _, each, _ in filters[1:]] == [warned, warned]
    assert filters[0][1:] == ((warned, ()) if first is SHARE else ("CompletedWithErrors", ("InvalidArgs",)))
    good = "PostScanJobCompletedSuccessfully" if habit else "PostScanJobCompletedWithWarnings"
    assert (state, reason) == ("Completed", good if first is SHARE else "PostScanJobCompletedWithErrors")


# Cancelled


@pytest.mark.parametrize("when", ["before its filters", "while one runs"])
async def test_what_is_not_delivered_of_a_job_that_is_cancelled_after_its_end_is_put_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A running filter is told to stop, what waits does not run, and no acknowledged image is lost.
    [dsp/job-transition/canceled-filters] [bdsrr/3.2.4.2/running-filters-stopped]
    [bdsrr/3.2.4.2/waiting-filters-canceled] [dsp/cancel-post-scan-job/processed-files-stay]"""
    begun, ran = threading.Event(), []

    def work(wanted: Any, job: Job, *_: object) -> list[Delivery]:
        ran.append(wanted.shares)
        begun.set()
        assert job.stop.wait(60), "told to stop"
        raise Stopped

    put_in_place(monkeypatch, work)
    content = instructions(SHARE, SHARE)
    async with server_for(content, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await caller.job(content)
        assert (await caller.send(token, 1)).status == 200
        if when == "while one runs":
            assert (await caller.with_token("EndPostScanJob", token)).status == 200
            assert await asyncio.to_thread(begun.wait, 60)
            assert (await caller.with_token("CancelPostScanJob", token)).status == 200
        else:
            job = server._keeper.find(token)
            assert job is not None
            server._keeper.end(job)
            await server._keeper.cancel(job)
        await caller.at_its_end(token)
        assert await ending(caller, token) == (
            "Canceled",
            "PostScanJobCanceled",
            [("fileshare", "Canceled", ()), ("fileshare", "Canceled", ())],
        )
        kept = tmp_path / "store" / "unfinished" / token
        record = json.loads((kept / "job.json").read_text("utf-8"))
        assert (record["state"], record["job_state"]) == ("unfinished", "Canceled")
        assert [path.read_bytes() for path in kept.glob("*.jpg")] == [IMAGE]
    assert len(ran) == (1 if when == "while one runs" else 0)


# What a filter is given


async def test_a_filter_runs_in_a_thread_of_the_filters_and_is_noted_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop's own threads store what arrives, and must not wait for a target that stalls; and who looks after a
    kill must know which filter may have delivered something."""
    seen: list[tuple[str, list[str]]] = []

    def work(wanted: Any, job: Job, *_: object) -> list[Delivery]:
        seen.append((threading.current_thread().name, job.kept_by.notes.read().begun))
        return [Delivery(wanted.dialect, "there", (1,), ("a",))]

    told: list[list[dict[str, Any]]] = []
    put_in_place(monkeypatch, work)
    async with server_for(ONE_SHARE, None, tmp_path, tmp_path / "store") as server:
        # The notes go with the folder of the job, so they are read before it is put away.
        put_away = server._keeper._put_images_away

        def look(job: Job, *more: Any) -> None:
            told.append(job.kept_by.notes.read().told)
            put_away(job, *more)

        monkeypatch.setattr(server._keeper, "_put_images_away", look)
        token = await run_to_its_end(InProcess(server), ONE_SHARE)
        (delivery,) = server.deliveries(token)
        assert told == [[delivery.as_dict()]]
    ((thread, begun),) = seen
    assert thread.startswith("filter")
    assert [each.rpartition("/")[2] for each in begun] == ["fileshare"]


async def test_sharepoint_is_noted_as_the_others_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], list[dict[str, Any]]]] = []

    async def work(wanted: Any, job: Job, *_: object) -> list[Delivery]:
        seen.append((job.kept_by.notes.read().begun, []))
        return [Delivery(wanted.dialect, "there", (1,), ("a",))]

    monkeypatch.setattr("emulator.scan_server.delivery.share_point.run_share_point", work)
    content = instructions(SHAREPOINT)
    async with server_for(content, None, tmp_path, tmp_path / "store") as server:
        put_away = server._keeper._put_images_away

        def look(job: Job, *more: Any) -> None:
            seen.append(([], job.kept_by.notes.read().told))
            put_away(job, *more)

        monkeypatch.setattr(server._keeper, "_put_images_away", look)
        await run_to_its_end(InProcess(server), content)
    (begun, _), (_, told) = seen
    assert [each.rpartition("/")[2] for each in begun] == ["sharepoint"]
    assert [each["documents"] for each in told] == [[1]]


LIBRARY = "https://sharepoint.contoso.example/sites/finance"
SITES = SHAREPOINT.replace("true</s:SaveToMySite>", "false</s:SaveToMySite>").replace(
    "</s:SharePointConfig>",
    f"<s:SaveToSharePointSites><s:SaveToSharePointSiteURL>{LIBRARY}</s:SaveToSharePointSiteURL>"
    "</s:SaveToSharePointSites></s:SharePointConfig>",
)


async def test_the_email_filter_sends_by_the_mail_section_of_the_delivery_file(tmp_path: Path) -> None:
    content = instructions(email_filter("joe@contoso.example"))
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        async with server_for(content, delivery, tmp_path, tmp_path / "store") as server:
            token = await run_to_its_end(InProcess(server), content)
            assert [each.target for each in server.deliveries(token)] == ["joe@contoso.example"]
    assert [each.rcpt_tos for each in mailbox.received] == [["joe@contoso.example"]]


class FullLibrary(asyncio.Protocol):
    """A WebDAV server that answers everything with 507, and keeps what it was asked."""

    came: ClassVar[list[str]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.came.append(data.partition(b"\r\n")[0].decode())
        self._transport.write(b"HTTP/1.1 507 Full\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self._transport.close()


async def test_the_sharepoint_filter_sends_by_its_section_of_the_delivery_file(tmp_path: Path) -> None:
    """Over the layers of the server, which are told each exchange.
    [psp/share-point/each-library] [psp/share-point/directory-of-the-user]"""
    content = instructions(SITES)
    FullLibrary.came.clear()
    seen: list[Exchange] = []
    async with listening(FullLibrary) as port:
        section = f'[[sharepoint]]\nurl = "{LIBRARY}"\nsend_to = "http://127.0.0.1:{port}/library"\n'
        async with server_for(content, delivery_file(tmp_path, section), tmp_path, tmp_path / "store") as server:
            server.layers.listen(EXCHANGE, seen.append)
            token = await run_to_its_end(InProcess(server), content)
            (told,) = server.deliveries(token)
    assert (str(told.reason), told.target) == ("SharePointOutOfDiskSpace", LIBRARY)
    assert "/library/joe@contoso.example" in FullLibrary.came[0]
    assert any(f"127.0.0.1:{port}" in each.url for each in seen)


async def test_the_file_share_filter_is_given_the_store_and_the_delivery_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By which it knows what is a folder of the store and what a share of a real server."""
    given: list[tuple[object, ...]] = []

    def work(wanted: Any, job: Job, *more: object) -> list[Delivery]:
        given.append((wanted.shares, job.token, *more))
        return [Delivery(wanted.dialect, "there", (1,), ("a",))]

    put_in_place(monkeypatch, work)
    delivery = delivery_file(
        tmp_path,
        "[[share]]\nunc = '\\\\files\\In'\nsend_to = '\\\\127.0.0.1\\scans'\nuser = 'u'\n"
        'password_file = "password.txt"\n',
    )
    async with server_for(ONE_SHARE, delivery, tmp_path, tmp_path / "store") as server:
        token = await run_to_its_end(InProcess(server), ONE_SHARE)
        ((shares, of, store, settings, ask),) = given
        assert (shares, of, store, ask) == ((r"\\files\In",), token, server._store, None)
        assert [each.unc for each in settings.share] == [r"\\files\In"]  # type: ignore[attr-defined]


async def test_files_that_were_made_are_told_share_by_share_in_the_order_of_the_documents(tmp_path: Path) -> None:
    content = instructions(file_share(r"\\files\A", r"\\files\B"))
    async with server_for(content, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await run_to_its_end(caller, content, images=3)
        empty = await caller.job(content)
        made = images_below(tmp_path / "store")
        assert [path.read_bytes()[-1] for path in made] == [1, 2, 3, 1, 2, 3]
        assert server.share_files(token) == made
        assert [each.places for each in server.deliveries(token)] == [
            tuple(map(str, made[:3])),
            tuple(map(str, made[3:])),
        ]
        assert (server.share_files(empty), server.deliveries(empty)) == ([], ())
        assert (server.share_files("nobody's"), server.deliveries("nobody's")) == ([], ())
