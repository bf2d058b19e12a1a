"""Whole jobs: states, filters, what is on the disk when."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from scan_server_bench import (
    EMAIL,
    IMAGE,
    PLAIN,
    SHAREPOINT,
    UNKNOWN,
    Answer,
    Caller,
    file_share,
    images_below,
    instructions,
    office,
)

from emulator.directory.folder import FolderDirectory
from emulator.scan_server import job_keeper
from emulator.scan_server.server import ScanServer


def filters(answer: Answer) -> list[tuple[str, str, str]]:
    """Dialect's last word, state and first reason of each filter."""
    found = []
    for status in answer.root.iter("{*}FilterStatus"):
        texts = {each.tag.rpartition("}")[2]: each.text for each in status.iter()}
        found.append(
            (texts["Dialect"].rpartition("/")[2], texts["FilterState"], texts.get("FilterStateReason", ""))
        )
    return found


async def run_job(tmp_path: Path, content: str, images: int = 2) -> tuple[Answer, Path]:
    """A job with these instructions to its end: the last JobStatus, and the store."""
    store = tmp_path / "store"
    directory = FolderDirectory(office(tmp_path / "office", content))
    async with ScanServer(store=store, directory=directory) as server:
        caller = Caller(server.service_url)
        token = await caller.job(content)
        for number in range(1, images + 1):
            assert (await caller.send(token, number, IMAGE + bytes([number]))).status == 200
        assert (await caller.with_token("EndPostScanJob", token)).status == 200
        status = await caller.ended(token)
        # What is told as ended is on the disk at that moment, not later.
        seen = images_below(store)
    assert images_below(store) == seen
    return status, store


async def test_a_job_from_creating_to_completed(caller: Caller, store: Path) -> None:
    # The law: [dsp/job-description/psp-display-name] [dsp/job-description/user-name]
    # The law: [dsp/job-transition/created] [dsp/job-transition/creating-while-images-arrive]
    # The law: [dsp/job-transition/end-leads-to-pending] [dsp/job-transition/filters-done]
    # The law: [dsp/job-status/images-received] [dsp/job-status/children] [dsp/operations/all-five]
    # The law: [dsp/send-image/response-means-received] [dsp/end-post-scan-job/processing-may-begin]
    # The law: [dsp/end-post-scan-job/acknowledges-only] [dsp/send-image/response-is-empty]
    # The law: [dsp/create-post-scan-job/response] [dsp/job-token/guid] [notes/c-34/images-in-creating]
    # The law: [notes/c-05/job-token-as-a-guid]
    token = await caller.job()
    status = await caller.elements(token)
    assert (status.text("//dsp:JobState"), status.text("//dsp:ImagesReceived")) == ("Creating", "0")
    assert filters(status) == [("fileshare", "Pending", "")]
    answer = await caller.send(token)
    assert answer.status == 200
    assert answer.text("//wsa:Action").endswith("/SendImageResponse")
    assert answer.root.find(".//{*}SendImageResponse") is not None
    status = await caller.elements(token)
    assert (status.text("//dsp:JobState"), status.text("//dsp:ImagesReceived")) == ("Creating", "1")
    assert images_below(store) == [], "nothing is seen in the store before the filters have run"
    await caller.with_token("EndPostScanJob", token)
    status = await caller.ended(token)
    assert status.text("//dsp:JobState") == "Completed"
    assert status.text("//dsp:JobStateReason") == "PostScanJobCompletedSuccessfully"
    assert filters(status) == [("fileshare", "CompletedSuccessfully", "")]
    assert status.text("//dsp:JobCreatedTime") <= status.text("//dsp:JobCompletedTime")
    (stored,) = images_below(store)
    assert stored.parent == store / "files" / "In" / "joe@contoso.example"
    assert stored.name.startswith("Invoice_") and stored.name.endswith("_0001.jpg")
    assert stored.read_bytes() == IMAGE


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[timedelta | None]:
    """A machine in Nepal: its distance from UTC; None where a program cannot move (Windows)."""
    moved = getattr(time, "tzset", None)
    if moved is None:
        yield None
        return
    monkeypatch.setenv("TZ", "NPT-05:45")
    moved()
    yield timedelta(hours=5, minutes=45)
    monkeypatch.undo()
    moved()


async def test_times_are_those_of_the_clock_on_the_wall(caller: Caller, far_east: timedelta | None) -> None:
    """[dsp/time/local-time] [bdsrr/2.2.4.1/local-time] [dsp/time/date-time]"""
    token = await caller.job()
    await caller.with_token("CancelPostScanJob", token)
    status = await caller.elements(token)
    here = datetime.now().astimezone()
    assert far_east in (None, here.utcoffset())
    for name in ("JobCreatedTime", "JobCompletedTime"):
        told = datetime.fromisoformat(status.text(f"//dsp:{name}"))
        assert told.utcoffset() == here.utcoffset()
        assert abs(here - told) < timedelta(minutes=1)


async def test_all_elements_in_the_order_asked_and_unknown_ones_not_valid(caller: Caller) -> None:
    # The law: [dsp/get-post-scan-job-elements/element-data-for-each-name]
    # The law: [dsp/get-post-scan-job-elements/valid] [dsp/get-post-scan-job-elements/names]
    # The law: [dsp/get-post-scan-job-elements/documents] [bdsrr/3.2.4.3/order-of-the-request]
    # The law: [bdsrr/3.2.4.3/valid-false] [bdsrr/3.2.4.3/valid-true] [bdsrr/3.2.4.3/element-data-for-each-name]
    # The law: [bdsrr/3.2.4.3/name-of-the-request] [notes/c-36/unknown-element-answered]
    token = await caller.job()
    await caller.send(token, 7, format="png")
    answer = await caller.elements(token, "dsp:Documents", "dsp:Nonsense", "dsp:JobDescription", "dsp:JobStatus")
    data = list(answer.root.iter("{*}ElementData"))
    dsp = answer.root.find(".//{*}JobElements").tag.rpartition("}")[0] + "}"
    assert [each.get(f"{dsp}Name") for each in data] == [
        "dsp:Documents", "dsp:Nonsense", "dsp:JobDescription", "dsp:JobStatus"
    ]  # fmt: skip
    assert [each.get(f"{dsp}Valid") for each in data] == ["true", "false", "true", "true"]
    assert (answer.text("//dsp:DocumentId"), answer.text("//dsp:Format")) == ("7", "png")
    assert answer.text("//dsp:PSP_DisplayName") == "Test"
    assert answer.text("//dsp:JobOriginatingUserName") == "joe@contoso.example"


async def test_every_share_gets_every_image_as_a_file_of_its_own(tmp_path: Path) -> None:
    # The law: [psp/file-share/each-share] [psp/file-share/directory-of-the-user]
    # The law: [dsp/send-image/stored-by-the-instructions]
    content = instructions(file_share(r"\\files\A", r"\\other\B\deep"))
    status, store = await run_job(tmp_path, content)
    assert status.text("//dsp:JobState") == "Completed"
    first, second = store / "files" / "A", store / "other" / "B" / "deep"
    for share in (first, second):
        assert [path.read_bytes() for path in images_below(share)] == [IMAGE + b"\x01", IMAGE + b"\x02"]
    images_below(first)[0].write_bytes(b"changed")
    assert images_below(second)[0].read_bytes() == IMAGE + b"\x01"


async def test_documents_are_numbered_by_document_id_and_behind_those_that_are_there(
    caller: Caller, store: Path
) -> None:
    # The law: [psp/scan-process/document-root-name]
    for round_ in (0, 1):
        token = await caller.job()
        for number in (3, 1, 2):
            await caller.send(token, number, IMAGE + bytes([round_, number]))
        await caller.with_token("EndPostScanJob", token)
        await caller.ended(token)
    stored = images_below(store)
    assert [path.name[-8:] for path in stored] == [f"{number:04d}.jpg" for number in range(1, 7)]
    assert [path.read_bytes()[-2:] for path in stored] == [bytes([r, n]) for r in (0, 1) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("content", "state", "reason", "told"),
    [
        (
            instructions(EMAIL, file_share(r"\\f\s")),
            "Aborted",
            "PostScanJobProcessingFailed",
            [("email", "CompletedWithErrors", "InvalidSMTPServer"), ("fileshare", "Canceled", "")],
        ),
        (
            instructions(EMAIL, SHAREPOINT, file_share(r"\\f\s"), go_on="true"),
            "Completed",
            "PostScanJobCompletedWithErrors",
            [
                ("email", "CompletedWithErrors", "InvalidSMTPServer"),
                ("sharepoint", "CompletedWithErrors", "SharePointAccessDenied"),
                ("fileshare", "CompletedSuccessfully", ""),
            ],
        ),
        (
            instructions(UNKNOWN, file_share(r"\\f\s"), go_on="1"),
            "Completed",
            "PostScanJobCompletedWithErrors",
            [("urn:example:fax", "CompletedWithErrors", "InvalidArgs"), ("fileshare", "CompletedSuccessfully", "")],
        ),
        (
            instructions(file_share("no share")),
            "Aborted",
            "PostScanJobProcessingFailed",
            [("fileshare", "CompletedWithErrors", "InvalidArgs")],
        ),
        (
            instructions(file_share("no share", r"\\f\good"), go_on="true"),
            "Completed",
            "PostScanJobCompletedWithErrors",
            [("fileshare", "CompletedWithErrors", "InvalidArgs")],
        ),
    ],
    ids=["stops", "continues", "unknown dialect", "no share", "one share of two"],
)
async def test_a_filter_that_fails(
    tmp_path: Path, content: str, state: str, reason: str, told: list[tuple[str, str, str]]
) -> None:
    # The law: [dsp/job-transition/stopped-at-an-error] [dsp/job-transition/stopped-job-is-aborted]
    # The law: [dsp/job-transition/continued-after-an-error] [psp/scan-process/continue-on-error]
    # The law: [notes/c-38/unknown-dialect-among-known] [notes/silent/final-state-after-filter-failure]
    status, store = await run_job(tmp_path, content)
    assert (status.text("//dsp:JobState"), status.text("//dsp:JobStateReason")) == (state, reason)
    assert filters(status) == told
    # No image is lost: either a share has it, or `unfinished`.
    images = [path for path in images_below(store) if path.name != "job.json"]
    assert sorted(path.read_bytes() for path in images) == [IMAGE + b"\x01", IMAGE + b"\x02"]
    assert {"unfinished" in path.parts for path in images} == {state == "Aborted"}


async def test_no_known_dialect_aborts_the_job(tmp_path: Path) -> None:
    # The law: [psp/filter/only-three-at-windows] [dsp/job-transition/no-known-dialect]
    # The law: [dsp/job-state-reason/no-valid-post-scan-instructions-found] [dsp/filter-state/canceled]
    # The law: [notes/c-38/no-known-dialect-aborts] [bdsrr/3.2.1/instructions-by-a-configured-dialect]
    content = instructions(UNKNOWN)
    directory = FolderDirectory(office(tmp_path / "office", content))
    async with ScanServer(store=tmp_path / "s", directory=directory) as server:
        caller = Caller(server.service_url)
        token = await caller.job(content)
        status = await caller.elements(token)
        assert status.text("//dsp:JobState") == "Aborted"
        assert status.text("//dsp:JobStateReason") == "NoValidPostScanInstructionsFound"
        assert [state for _, state, _ in filters(status)] == ["Canceled"]
        assert (await caller.send(token)).fault[1] == "ClientErrorJobTokenNotFound"


async def test_a_cancelled_job(caller: Caller, store: Path) -> None:
    # The law: [dsp/job-transition/canceled] [dsp/job-transition/canceled-filters]
    # The law: [dsp/cancel-post-scan-job/processed-files-stay] [bdsrr/3.2.4.2/state-canceled]
    # The law: [bdsrr/3.2.4.2/reason-post-scan-job-canceled] [notes/c-30/canceled-by-the-cancel-operation]
    token = await caller.job()
    await caller.send(token)
    assert (await caller.with_token("CancelPostScanJob", token)).status == 200
    status = await caller.elements(token)
    assert status.text("//dsp:JobState") == "Canceled"
    assert status.text("//dsp:JobStateReason") == "PostScanJobCanceled"
    assert filters(status) == [("fileshare", "Canceled", "")]
    record = json.loads((store / "unfinished" / token / "job.json").read_text("utf-8"))
    assert (record["state"], record["job_state"]) == ("unfinished", "Canceled")
    assert (store / "unfinished" / token / record["documents"][0]["file"]).read_bytes() == IMAGE


async def test_the_time_limit_aborts_and_keeps_what_was_acknowledged(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The law: [dsp/job-transition/timed-out] [dsp/job-transition/timed-out-is-aborted]
    # The law: [notes/silent/final-state-after-time-out]
    now = 1e9  # beyond the clock of any event loop, so that nothing ends by itself
    monkeypatch.setattr(job_keeper, "_now", lambda: now)
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=store, directory=directory, time_limit=600) as server:
        caller = Caller(server.service_url)
        token = await caller.job()

        def look() -> None:
            job = server._keeper.find(token)
            assert job is not None
            server._keeper._timers[token].cancel()
            server._keeper._look(job)

        for number in (1, 2, 3):  # each image begins the time limit anew
            now += 500
            look()
            assert (await caller.send(token, number)).status == 200
        now += 600
        look()
        status = await caller.ended(token)
        assert status.text("//dsp:JobState") == "Aborted"
        assert status.text("//dsp:JobStateReason") == "PostScanJobTimedOut"
        assert (await caller.send(token, 4)).fault[1] == "ClientErrorJobTokenNotFound"
    assert len(list((store / "unfinished" / token).glob("*.jpg"))) == 3


async def test_many_devices_at_once(caller: Caller, store: Path) -> None:
    # The law: [dsp/create-post-scan-job/new-token] [dsp/job-token/unique-at-its-server]
    async def device(number: int) -> str:
        token = await caller.job()
        for document in (1, 2, 3):
            assert (await caller.send(token, document, IMAGE + bytes([number, document]))).status == 200
        await caller.with_token("EndPostScanJob", token)
        return (await caller.ended(token)).text("//dsp:JobState")

    assert await asyncio.gather(*(device(number) for number in range(12))) == ["Completed"] * 12
    stored = images_below(store)
    assert len({path.name for path in stored}) == 36
    assert {path.read_bytes()[-2:] for path in stored} == {bytes([n, d]) for n in range(12) for d in (1, 2, 3)}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        (r"..\..\evil", "_._.._evil"),
        ("CON", "_CON"),
        ("x" * 255, "x" * 100),
        ("Rechnung Ünïcödé 請求書", "Rechnung Ünïcödé 請求書"),
    ],
)
async def test_no_document_root_name_leaves_the_store(tmp_path: Path, name: str, start: str) -> None:
    status, store = await run_job(tmp_path, instructions(file_share(r"\\f\s"), name=name), images=1)
    assert status.text("//dsp:JobState") == "Completed"
    (stored,) = images_below(store)
    assert stored.name.startswith(start) and stored.parent == store / "f" / "s" / "joe@contoso.example"


@pytest.mark.parametrize("share", [r"\\..\..\..\evil", r"\\server\..\..\evil", r"\\unfinished\x", r"\\.server\x"])
async def test_no_share_leaves_the_store_or_meets_its_own_folders(tmp_path: Path, share: str) -> None:
    status, store = await run_job(tmp_path, instructions(file_share(share)), images=1)
    assert status.text("//dsp:JobState") == "Completed", status.data
    (stored,) = images_below(store)
    assert stored.resolve().is_relative_to(store.resolve())
    assert stored.relative_to(store).parts[0] not in ("unfinished", ".server")


async def test_plain_instructions_are_what_the_office_stores(caller: Caller) -> None:
    """The other tests hang on it: PLAIN passes, so a refusal elsewhere is for what the test changed."""
    assert (await caller.create(PLAIN)).status == 200
