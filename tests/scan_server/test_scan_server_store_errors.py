"""Every error at every call: one job of three documents for each filter, with each of six errors at each call that
the store makes to the disk, in turn. No acknowledged image is lost, and what is told is true."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from disk_calls import ERRNOS, MODES, FailsFromThen, FailsOnce, Watched, file_system
from job_in_process import (
    FILTERS,
    Counterpart,
    InProcess,
    Ran,
    counterpart,
    images,
    one_job,
    server_for,
    unfinished,
)
from variants import EXHAUSTIVE

FULL = (errno.ENOSPC, errno.EDQUOT)
DENIED = (errno.EACCES, errno.EROFS)

CASES = [
    pytest.param(kind, mode, id=f"{kind}, {mode}")
    for kind in FILTERS
    for mode in MODES
    if kind == "file share" or mode == "links" or EXHAUSTIVE
]


def expected(kind: str, number: int, name: str, path: str) -> set[str]:
    """The reasons that the documents have for a delivery that fails by this error of this call."""
    own = "OutOfDiskSpace" if number in FULL else "UnknownError"
    theirs = own
    if kind == "file share":
        theirs = "UnknownError"
        theirs = "FileShareOutOfDiskSpace" if number in FULL else theirs
        theirs = "FileShareAccessDenied" if number in DENIED else theirs
    if path.endswith(".notes"):
        return {own}
    # A copy on its way to the share lies in a folder of the server's for a moment, and counts as the share's.
    return {theirs}


@pytest.mark.wire_fault  # the messages are those of all other tests; to check each again takes longer than the jobs
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "mode"), CASES)
async def test_every_error_at_every_call(
    tmp_path: Path,
    memory: Path,
    caplog: pytest.LogCaptureFixture,
    figures: Callable[[str], None],
    kind: str,
    mode: str,
) -> None:
    store = memory / "store"
    (tmp_path / "delivery").mkdir()
    runs = failed = kept = 0
    async with counterpart(kind, tmp_path / "delivery", store) as there:
        with file_system(mode):
            async with server_for(there.content, there.delivery, tmp_path, store) as server:
                caller = InProcess(server)
                await one_job(caller, there.content, "warming up")
                there.forget()
                with Watched() as whole:
                    begun = [0]
                    ran = await one_job(
                        caller, there.content, "no error", ending=lambda: begun.__setitem__(0, whole.count)
                    )
                assert ran.state == "Completed" and there.has() == images("no error")
                there.forget()
                # What comes before EndPostScanJob is the same for every filter.
                first = 1 if kind == "file share" or EXHAUSTIVE else begun[0] + 1
                for at in range(first, whole.count + 1):
                    for number in ERRNOS:
                        caplog.clear()
                        mark = f"call {at} {errno.errorcode[number]}"
                        with FailsOnce(at, number) as disk:
                            ran = await one_job(caller, there.content, mark)
                        name, path = disk.failed
                        assert name, "the call was not made"
                        runs += 1
                        where = f"{mark}, {name} of {path}"
                        failed += _is_true(kind, number, name, path, ran, there, store, mark, where)
                        traced = [record.getMessage() for record in caplog.records if record.exc_info]
                        assert not traced, where
                        kept += len(ran.acknowledged)
                        there.forget()
        left = [path for path in (store / ".server" / "runs").rglob("*") if path.is_file()]
        assert left == [], "after its end the server has nothing left in its own folders"
    assert runs == (whole.count + 1 - first) * len(ERRNOS) and failed > runs / 10
    figures(
        f"errors, {kind}, {mode}: {whole.count + 1 - first} calls x {len(ERRNOS)} errors = {runs} runs, "
        f"{failed} failed, {kept} acknowledged images, none lost"
    )


def _is_true(
    kind: str,
    number: int,
    name: str,
    path: str,
    ran: Ran,
    there: Counterpart,
    store: Path,
    mark: str,
    where: str,
) -> bool:
    """What was told is so, and each acknowledged image in its place; whether the error made anything fail."""
    sent = images(mark)
    has, left = there.has(), unfinished(store, ran.token)
    assert set(has) <= set(sent), f"{where}: what is seen is whole"
    for image in ran.acknowledged:
        assert image in has or image in left, f"{where}: an acknowledged image is lost"
    if ran.faults:
        ((code, subcode, _),) = ran.faults
        told = "ServerErrorInternalError" if ran.token else "ServerErrorTemporaryError"
        assert (code, subcode) == ("Receiver", told), where
        assert left == ran.acknowledged and has == [], where
        return True
    ((_, state, reasons),) = ran.filters
    if state == "CompletedSuccessfully":
        assert has == sent and left == [], where
        assert ran.state == "Completed"
        return False
    assert (state, ran.state) == ("CompletedWithErrors", "Aborted"), where
    assert set(reasons) == expected(kind, number, name, path), where
    return True


@pytest.mark.wire_fault
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("mode", MODES[:2])
async def test_an_error_that_stays(
    tmp_path: Path, memory: Path, figures: Callable[[str], None], mode: str, number: int
) -> None:
    """From each call on, until the job has ended. On a full disk what is left is in `unfinished` at once; on one
    that does nothing any more when the server, or the next one, finds it well again."""
    store = memory / "store"
    jobs: list[Ran] = []
    async with counterpart("file share", tmp_path, store) as there:
        with file_system(mode):
            async with server_for(there.content, None, tmp_path, store) as server:
                caller = InProcess(server)
                with Watched() as whole:
                    await one_job(caller, there.content, "no error")
                delivered = there.has()
                for at in range(1, whole.count + 1):
                    mark = f"from call {at} on"
                    with FailsFromThen(at, number):
                        ran = await one_job(caller, there.content, mark)
                    jobs.append(ran)
                    has, left = there.has(), unfinished(store, ran.token)
                    delivered += has
                    assert set(has) <= set(images(mark)) or at == 1, mark
                    if number == errno.ENOSPC:
                        assert set(ran.acknowledged) <= {*has, *left}, mark
                    there.forget()
    found = {*delivered, *(path.read_bytes() for path in (store / "unfinished").rglob("*.jpg"))}
    acknowledged = [image for ran in jobs for image in ran.acknowledged]
    assert set(acknowledged) <= found
    assert [path for path in (store / ".server" / "runs").rglob("*") if path.is_file()] == []
    figures(f"errors, {mode}, errno {number} that stays: {len(jobs)} runs, {len(acknowledged)} images, none lost")
