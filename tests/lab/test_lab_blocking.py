"""BlockingLab: a lab for programs without an event loop, from any thread, which leaves nothing."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import runpy
import selectors
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from open_things import left_of, open_things
from programs import PROJECT, environment
from variants import exhaustive

from emulator import BlockingLab, Lab, LabError
from emulator.environment.exit_codes import ExitCode

QUICK: dict[str, Any] = {"settings": ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")}


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


def test_it_has_the_methods_of_the_lab_as_they_are_now() -> None:
    maker = runpy.run_path(str(PROJECT / "docs" / "make_blocking.py"))
    assert maker["MADE"].read_text(encoding="utf-8") == maker["made"](), (
        "python docs/make_blocking.py makes it anew"
    )


def test_jobs_run_and_nothing_is_left() -> None:
    with BlockingLab() as lab:  # whatever is loaded once and stays
        lab.add_device().scan(PROJECT / "sample_images", pages=3, **QUICK).check()
    before = open_things()
    for _ in range(2):
        with BlockingLab() as lab:
            device = lab.add_device()
            outcome = device.scan(PROJECT / "sample_images", pages=9, **QUICK).check()
            assert len(lab.server.jobs[0].images) == len(outcome.images)
            secure = lab.add_device("flatbed", network=True, https=True)
            assert secure.xaddrs[0].startswith("https:") and secure.state == "Idle"
            plain = lab.add_device("office-mfp", network=True)
            events: list[object] = []
            plain.listen(events.append)  # in a thread of its own, which nobody ends
            plain.load(sheets=1, replace=True)
            plain.scan(**QUICK).check(images=1)
            assert events
            assert open_things() - before, "a lab that runs has something open"
        assert left_of(before) == set()


def test_a_lab_that_cannot_start_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    before = open_things()
    lab = BlockingLab(store=tmp_path / "file")
    with pytest.raises(LabError, match="cannot be used") as raised:
        lab.start()
    assert raised.value.code == ExitCode.USAGE
    assert left_of(before) == set()
    with pytest.raises(LabError, match="not running"):
        lab.add_device()
    lab.close()  # harmless


def test_it_can_be_started_again_and_not_twice() -> None:
    lab = BlockingLab().start()
    with pytest.raises(LabError, match="running already"):
        lab.start()
    first = lab.url
    lab.close()
    lab.close()
    with lab:
        assert lab.url != first or lab.server.jobs == ()
        lab.add_device().scan(pages=1, **QUICK).check()


async def test_in_a_running_loop_as_in_a_notebook() -> None:
    before = open_things()
    with BlockingLab() as lab:
        assert asyncio.get_running_loop().is_running()
        assert lab.add_device().scan(pages=2, **QUICK).outcome == "Completed"
        other = await asyncio.to_thread(lab.add_device, "flatbed")
        assert (await asyncio.to_thread(lambda: other.scan(pages=1, **QUICK))).outcome == "Completed"
        async with Lab(server=lab.url, ca_file=lab.server.ca_file) as within:  # another, in the loop itself
            device = await within.add_device()
            # The two loops are served by two threads.
            (await device.scan(pages=1, **QUICK)).check()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert left_of(before) == set()
    assert len(asyncio.all_tasks()) == 1


def test_ten_threads_use_one_lab_at_once() -> None:
    with BlockingLab() as lab, ThreadPoolExecutor(10) as threads:

        def scan(number: int) -> tuple[str, int]:
            device = lab.add_device("office-mfp" if number % 2 else "flatbed")
            outcome = device.scan(pages=1 + number % 2, seed=number, **QUICK).check()
            return outcome.report.account.job_token, len(outcome.images)

        told = dict(threads.map(scan, range(10)))
        assert len(told) == 10
        jobs = lab.server.wait_for(jobs=10, pages=15)
        assert {job.token: len(job.images) for job in jobs} == told


def test_ten_labs_in_ten_threads_at_once_leave_nothing() -> None:
    before = open_things()
    together = threading.Barrier(10)

    def work(number: int) -> tuple[str, int]:
        with BlockingLab() as lab:
            together.wait(60)
            lab.add_device().scan(pages=1, seed=number, **QUICK).check()
            together.wait(60)  # all have one job, and no other's
            return lab.url, len(lab.server.jobs)

    with ThreadPoolExecutor(10) as threads:
        told = list(threads.map(work, range(10)))
    assert len({url for url, _ in told}) == 10
    assert [jobs for _, jobs in told] == [1] * 10
    assert left_of(before) == set()


def test_what_the_lab_calls_may_drive_it_and_must_not_wait_for_it() -> None:
    raised: list[LabError] = []
    with BlockingLab() as lab:
        device = lab.add_device()

        def on_page(page: int) -> None:
            if page == 1:
                device.jam()
                assert device.state == "Stopped"
                threading.Timer(0.1, device.clear).start()
                try:
                    device.load(sheets=1)
                except LabError as error:
                    raised.append(error)

        device.scan(pages=2, on_page=on_page, **QUICK).check(images=2)
    assert [str(each) for each in raised] == [
        "a function that the lab calls cannot wait for the lab: it would wait for itself"
    ]


def test_exceptions_pass_as_they_are() -> None:
    with BlockingLab() as lab:
        device = lab.add_device()
        with pytest.raises(LabError, match="Format") as raised:
            device.scan(settings=("Format=jpeg9",))
        assert raised.value.code == ExitCode.USAGE
        with pytest.raises(LabError) as raised:
            device.cancel(7)
        assert "no such scan job" in str(raised.value)
        with pytest.raises(LabError, match="has not seen 2 ended jobs"):
            lab.server.wait_for(jobs=2, timeout=0.01)


def test_close_cancels_what_others_wait_for_at_the_scan_server_first() -> None:
    lab = BlockingLab().start()
    device = lab.add_device()
    scanned = threading.Event()

    def on_page(page: int) -> None:
        device.jam()
        scanned.set()

    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(lambda: device.scan(pages=3, on_page=on_page, **QUICK))
        assert scanned.wait(30)
        lab.close()
        with pytest.raises(LabError, match=r"^interrupted; the job was cancelled at the scan server$") as raised:
            job.result(30)
    assert raised.value.code == ExitCode.INTERRUPTED


# In processes of their own


def script(text: str, folder: Path) -> subprocess.Popen[str]:
    head = f"""
        import os, sys, tempfile, threading, time
        tempfile.tempdir = {str(folder)!r}
        from emulator import BlockingLab, LabError
        QUICK = {QUICK!r}
    """
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(head) + textwrap.dedent(text)],
        cwd=folder,
        env={**environment(checked=False), "DSM_EMULATOR_STATE": str(folder.parent / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert not errors
    return output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "of the process"
    found.mkdir()
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_cancels_the_job_at_the_scan_server_and_the_lab_goes_on(folder: Path) -> None:
    process = script(
        """
        with BlockingLab() as lab:
            device = lab.add_device()
            try:
                device.scan(pages=100000, on_page=lambda n: n == 2 and print("go", flush=True), **QUICK)
            except KeyboardInterrupt as error:
                print(error.__cause__)
            (job,) = lab.server.jobs
            print(job.state, *job.reasons)
            device.scan(pages=1, **QUICK).check()
        print(len(threading.enumerate()), os.listdir(tempfile.gettempdir()))
        """,
        folder,
    )
    assert process.stdout is not None and process.stdout.readline() == "go\n"
    process.send_signal(signal.SIGINT)
    assert told(process).splitlines() == [
        "interrupted; the job was cancelled at the scan server",
        "Canceled PostScanJobCanceled",
        "1 []",
    ]


@pytest.mark.needs(hasattr(os, "fork"), "this system has no fork")
def test_a_fork_has_no_lab_and_takes_nothing_from_it(folder: Path) -> None:
    process = script(
        """
        import socket, urllib.parse
        lab = BlockingLab().start()
        device = lab.add_device()
        address = urllib.parse.urlsplit(lab.url)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                device.scan(**QUICK)
            except LabError as error:
                print(error, repr(device), flush=True)
            lab.close()
            os.read(read, 1)
            sys.exit(0)  # with all that is done at the end of an interpreter
        device.scan(pages=1, **QUICK).check()
        store = lab.store
        lab.close()
        try:
            socket.create_connection((address.hostname, address.port), 5)
        except ConnectionRefusedError:
            print("nobody listens, although the fork lives")
        lab.start()
        os.write(write, b"x")
        os.waitpid(child, 0)
        print("the store of the lab is", "there" if lab.store.exists() else "gone")
        lab.add_device().scan(pages=1, **QUICK).check()
        lab.close()
        print(os.listdir(tempfile.gettempdir()))
        """,
        folder,
    )
    assert told(process).splitlines() == [
        "this process is a fork of the one that the lab runs in <BlockingScanner, not running>",
        "nobody listens, although the fork lives",
        "the store of the lab is there",
        "[]",
    ]


def test_at_the_end_of_the_interpreter_a_lab_is_closed_that_nobody_has_closed(folder: Path) -> None:
    begin = time.monotonic()
    process = script(
        """
        lab = BlockingLab().start()
        device = lab.add_device(network=True)
        def scan():
            try:
                device.scan(pages=100000, on_page=lambda n: begun.set(), **QUICK)
            except LabError as error:
                print(error, flush=True)
        begun = threading.Event()
        thread = threading.Thread(target=scan, daemon=True)
        thread.start()
        begun.wait(30)
        """,
        folder,
    )
    assert told(process) == "interrupted; the job was cancelled at the scan server\n"
    assert list(folder.iterdir()) == []
    assert time.monotonic() - begin < 50


@pytest.mark.parametrize(
    "workers",
    [
        3,
        pytest.param(8, marks=exhaustive),  # a quarter of a minute of CPU time
    ],
)
def test_under_workers_of_pytest(workers: int, folder: Path, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tests / "test_scanning.py").write_text(
        textwrap.dedent(f"""
        import tempfile, threading
        import pytest
        from emulator import BlockingLab

        QUICK = {QUICK!r}

        @pytest.fixture(scope="session")
        def lab():
            before = threading.enumerate()
            with BlockingLab() as running:
                yield running
            assert threading.enumerate() == before

        @pytest.fixture
        def server(lab):
            lab.server.reset()
            return lab.server

        @pytest.mark.parametrize("number", range(8))
        def test_scan(lab, server, number):
            device = lab.add_device("flatbed", network=True)
            device.scan(pages=1, seed=number, **QUICK).check()
            (job,) = server.wait_for(pages=1)
            assert job.check().images[0].pictures()[0].size == (620, 877)
            device.remove()
        """)
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            str(workers),
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "xdist",
            str(tests),
        ],
        cwd=tests,
        env={
            **environment(checked=False),
            "DSM_EMULATOR_STATE": str(tmp_path / "state"),
            "TMPDIR": str(folder),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert re.search(r"\b8 passed\b", done.stdout), done.stdout + done.stderr
    assert [path for path in folder.iterdir() if path.name.startswith("dsm-emulator")] == []


def test_a_lab_that_can_have_no_event_loop_says_so_and_does_not_wait_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left() -> selectors.BaseSelector:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    lab = BlockingLab()
    if sys.platform == "win32":
        monkeypatch.setattr(asyncio, "new_event_loop", none_left)
    else:
        monkeypatch.setattr(selectors, "DefaultSelector", none_left)
    with pytest.raises(LabError, match="no event loop can be had: Too many open files"):
        lab.start()
    lab.close()
    monkeypatch.undo()
    with lab:
        assert lab.server.jobs == ()
