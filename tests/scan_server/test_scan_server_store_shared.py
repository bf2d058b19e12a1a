"""Several servers on one store, each a process of its own, and a store that is removed under a server."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from disk_calls import MODES, FailsFromThen
from job_in_process import SHARE, InProcess, images, one_job, server_for, unfinished
from programs import COMMAND, PROJECT, end, environment
from scan_server_bench import Caller, file_share, instructions, office
from variants import EXHAUSTIVE, exhaustive

CONTENT = instructions(file_share(SHARE))


@contextlib.contextmanager
def real_server(folder: Path, store: Path, mode: str, kill_at: int = 0) -> Iterator[dict[str, Any] | None]:
    """`dsm-emulator server` on that store: its ready line, None where it was killed before. Ended afterwards."""
    own = environment(checked=False)
    path = os.pathsep.join(
        (*(str(PROJECT / "tests" / each) for each in ("disk_process", "scan_server")), own["PYTHONPATH"])
    ).rstrip(os.pathsep)
    process = subprocess.Popen(
        [*COMMAND, "server", "--json", "--port", "0", "--http", "--store", store, "--directory", folder / "office"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**own, "PYTHONPATH": path, "DSM_DISK_MODE": mode, "DSM_KILL_AT_CALL": str(kill_at)},
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line or (kill_at and process.wait(60) == -signal.SIGKILL), process.stderr.read()
        yield json.loads(line) if line else None
    finally:
        code = end(process)
        assert code in ((0, -9) if kill_at else (0,))


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it, 10 s at most."""
    async with asyncio.timeout(10):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


def seen(store: Path) -> list[bytes]:
    """The images that anybody can see."""
    return [
        path.read_bytes()
        for path in store.rglob("*")
        if path.is_file() and path.name != "job.json" and path.relative_to(store).parts[0] != ".server"
    ]


@pytest.mark.timeout(280)
@pytest.mark.parametrize("mode", MODES)
async def test_two_servers_on_one_store_overwrite_nothing(
    tmp_path: Path, memory: Path, figures: Callable[[str], None], mode: str
) -> None:
    """Each of 300 acknowledged images is in the share, once, under a name that counts on."""
    office(tmp_path / "office", CONTENT)
    store, jobs, devices = memory / "store", 25, 3
    acknowledged: list[bytes] = []

    async def device(caller: Caller, name: str) -> None:
        for job in range(jobs):
            token = await caller.job(CONTENT)
            for number, image in enumerate(images(f"{name} {job}")[:2], 1):
                assert (await caller.send(token, number, image)).status == 200
                acknowledged.append(image)
            await caller.with_token("EndPostScanJob", token)
            assert (await caller.ended(token)).text("//dsp:JobState") == "Completed"

    with real_server(tmp_path, store, mode) as one, real_server(tmp_path, store, mode) as other:
        assert one is not None and other is not None
        await asyncio.gather(
            *(
                device(Caller(ready["service"]), f"{which} {number}")
                for which, ready in enumerate((one, other))
                for number in range(devices)
            )
        )
    found = seen(store)
    assert len(acknowledged) == 300 and sorted(found) == sorted(acknowledged)
    figures(f"two servers, {mode}: {len(acknowledged)} acknowledged, 0 overwritten")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "mode", [mode if mode == "links" else pytest.param(mode, marks=exhaustive) for mode in MODES]
)
async def test_a_real_server_killed_at_every_call(
    tmp_path: Path, memory: Path, figures: Callable[[str], None], mode: str
) -> None:
    """Of the program itself, over HTTP. A few moments of one mode in CI; all with DSM_EXHAUSTIVE=1 (in one process,
    all modes: test_killed_at_every_call)."""
    office(tmp_path / "office", CONTENT)
    kept = killed = 0
    moments = range(1, 400) if EXHAUSTIVE else (35, 62, 70)
    for at in moments:
        store, mark = memory / f"{at}", f"real {at}"
        acknowledged: list[bytes] = []
        with real_server(tmp_path, store, mode, kill_at=at) as ready:
            came_through = ready is not None and await _job(Caller(ready["service"]), mark, acknowledged)
        with real_server(tmp_path, store, mode) as ready:
            assert ready is not None
            found = seen(store)
        assert set(acknowledged) <= set(found) <= set(images(mark)), f"killed at call {at}"
        assert [path for path in (store / ".server" / "runs").rglob("*") if path.is_file()] == []
        kept += len(acknowledged)
        killed += 1
        shutil.rmtree(store)
        if came_through:
            break
    else:
        assert not EXHAUSTIVE
    assert kept > 0
    figures(f"real servers, {mode}: killed {killed} times, {kept} acknowledged images, none lost")


async def _job(caller: Caller, mark: str, acknowledged: list[bytes]) -> bool:
    """As far as it comes; whether it came to its end."""
    try:
        token = await caller.job(CONTENT)
        for number, image in enumerate(images(mark), 1):
            assert (await caller.send(token, number, image)).status == 200
            acknowledged.append(image)
        await caller.with_token("EndPostScanJob", token)
        await caller.ended(token)
        return True
    except (OSError, http.client.HTTPException):
        return False


# A store that is removed


@pytest.mark.skipif(sys.platform == "win32", reason="what is open cannot be removed there")
async def test_a_store_that_was_removed_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """S6: the jobs that were in it end with the documented fault; new ones go on, under the same address."""
    store = tmp_path / "deep" / "store"
    async with server_for(CONTENT, None, tmp_path, store) as server:
        caller = InProcess(server)
        token = await caller.job(CONTENT)
        assert (await caller.send(token, 1, b"gone with the store")).status == 200
        shutil.rmtree(tmp_path / "deep")
        refused = await caller.send(token, 2, b"never")
        assert refused.fault[:2] == ("Receiver", "ServerErrorInternalError")
        assert (await caller.at_its_end(token)).text("//dsp:JobStateReason") == "SendImageFailed"
        ran = await one_job(caller, CONTENT, "anew")
        assert ran.state == "Completed" and sorted(seen(store)) == images("anew")
        token = await caller.job(CONTENT)
        assert (await caller.send(token, 1, b"unfinished")).status == 200
        endpoint = server._store.endpoint
    assert unfinished(store, token) == [b"unfinished"]
    assert json.loads((store / ".server" / "identity.json").read_text())["endpoint"] == str(endpoint)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert not any(record.exc_info for record in caplog.records)
    assert sum("made anew" in line for line in lines) == 1 and len(lines) <= 4, lines


async def test_a_store_that_cannot_be_used_is_told_once_and_used_again_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with server_for(CONTENT, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        with FailsFromThen(1, 30):  # EROFS
            for _ in range(3):
                refused = await caller.create(CONTENT)
                assert (refused.status, *refused.fault[:2]) == (500, "Receiver", "ServerErrorTemporaryError")
        lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(lines) == 1 and "cannot be used" in lines[0] and str(tmp_path / "store") in lines[0]
        assert (await one_job(caller, CONTENT, "again")).state == "Completed"
        assert "can be used again" in caplog.text
    assert not any(record.exc_info for record in caplog.records)


async def test_the_folder_of_incoming_images_alone_is_made_anew(tmp_path: Path) -> None:
    async with server_for(CONTENT, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await caller.job(CONTENT)
        shutil.rmtree(server._store.run.incoming)
        assert (await caller.send(token, 1)).status == 200


# A client that goes while its image is made to last


async def test_an_image_whose_client_has_gone_is_the_jobs_and_is_not_met_by_another(tmp_path: Path) -> None:
    """The thread that stores it cannot be called back: its DocumentId stays taken, the image is counted."""
    async with server_for(CONTENT, None, tmp_path, tmp_path / "store") as server:
        caller = InProcess(server)
        token = await caller.job(CONTENT)
        job = server._keeper.find(token)
        assert job is not None and job.custody is not None
        take = job.custody.take

        def slowly(*arguments: Any) -> Any:
            time.sleep(0.3)
            return take(*arguments)

        job.custody.take = slowly  # type: ignore[method-assign]
        sending = asyncio.ensure_future(caller.send(token, 1, b"the first"))
        await until(lambda: bool(job.storing))
        sending.cancel()
        again = await caller.send(token, 1, b"the second")
        assert again.fault[1] == "InvalidArgs" and "has been used" in again.fault[2]
        await until(lambda: not job.storing)
        assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "1"
        await caller.with_token("CancelPostScanJob", token)
        await caller.at_its_end(token)
    assert unfinished(tmp_path / "store", token) == [b"the first"]
