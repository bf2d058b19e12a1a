"""Numbers of documents in the store's folders: what is kept of them says what a listing would, without one."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from disk_calls import MODES, file_system
from job_in_process import SHARE, InProcess, images, one_job, server_for
from scan_server_bench import file_share, instructions

from emulator.scan_server import file_share as filter_module
from emulator.scan_server import kept_numbers
from emulator.scan_server.kept_numbers import FolderNumbers, KeptNumbers
from emulator.scan_server.naming import document_stem

DAY = date(2026, 11, 30)
STEM = document_stem("Invoice", DAY)
CONTENT = instructions(file_share(SHARE))


def highest(folder: Path, stem: str) -> int:
    """What every job asked the folder itself: the rule in other words than the server's."""
    found = 0
    for name in os.listdir(folder):
        digits = name[len(stem) :].split(".")[0]
        if name.lower().startswith(stem.lower()) and digits.isascii() and digits.isdigit() and len(digits) <= 10:
            found = max(found, int(digits))
    return found


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, by whatever call."""
    listed: list[str] = []

    def told(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".") -> Any:
            listed.append(str(path))
            return real(path)

        return call

    for name in ("listdir", "scandir"):
        monkeypatch.setattr(os, name, told(getattr(os, name)))
    return listed


@pytest.fixture
def in_one_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system whose clock stands still: nothing that others do to a folder shows in its times."""
    monkeypatch.setattr(kept_numbers, "_stamp", lambda folder: (1, 2, time.time_ns() // 10**15 * 10**15 + 1, 3))
    monkeypatch.setattr(kept_numbers, "_believable", lambda folder, before: before)


def job(numbers: FolderNumbers, folder: Path, stem: str, documents: int = 2) -> list[str]:
    """The names that a job's documents get, by links as the store makes them."""
    names, made = numbers.names(stem), []
    for _ in range(documents):
        while True:
            name = names.next("jpg")
            try:
                with numbers.taking():
                    os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            made.append(name)
            break
    return made


def settled(folder: Path) -> None:
    """Wait until the folder's time is another than that of now."""
    mark = folder.with_name("mark")
    while True:
        mark.touch()
        if mark.stat().st_mtime_ns != folder.stat().st_mtime_ns:
            return
        time.sleep(0.001)


@pytest.mark.parametrize("seed", range(6))
def test_names_are_those_of_a_listing_whatever_others_do(tmp_path: Path, seed: int) -> None:
    """300 things that happen, in any order: jobs of several stems and days, files that people add, remove and
    rename, the folder removed and made anew. Each name is the one behind the highest that is there."""
    dice, folder, kept = random.Random(seed), tmp_path / "folder", KeptNumbers(limit=(100_000, 3)[seed % 2])
    folder.mkdir()
    stems = [document_stem(name, day) for name in ("Invoice", "invoice", "A.b", "x_2026-11-30_7.y") for day in
             (DAY, date(2026, 12, 1))]  # fmt: skip
    for step in range(300):
        stem = dice.choice(stems)
        there = sorted(folder.iterdir())
        match dice.choice(("job", "job", "job", "add", "odd", "remove", "rename", "anew")):
            case "job":
                first = highest(folder, stem) + 1
                made = job(kept.of(folder), folder, stem)
                assert made == [f"{stem}{first + more:04d}.jpg" for more in range(2)], (step, made)
                continue
            case "add":
                (folder / f"{stem.upper()}{dice.randint(1, 60)}.tif").touch()
            case "odd":
                (folder / dice.choice((f"{stem}x.jpg", f"{stem}12345678901.jpg", f"{stem}9", "y", stem))).touch()
            case "remove" if there:
                dice.choice(there).unlink()
            case "rename" if there:
                dice.choice(there).rename(folder / f"{stem}{dice.randint(61, 70)}.bmp")
            case "anew" if not dice.randint(0, 5):
                shutil.rmtree(folder)
                folder.mkdir()
        settled(folder)
    assert len(kept) <= 100_001


def test_jobs_list_once_and_again_when_somebody_else_was_there(tmp_path: Path, listings: list[str]) -> None:
    kept = KeptNumbers()
    (tmp_path / f"{STEM}0041.jpg").touch()
    assert [name for _ in range(20) for name in job(kept.of(tmp_path), tmp_path, STEM)][-1] == f"{STEM}0081.jpg"
    assert job(kept.of(tmp_path), tmp_path, document_stem("Other", DAY))[0].endswith("_0001.jpg")
    assert len(listings) == 1
    settled(tmp_path)
    (tmp_path / f"{STEM}0081.jpg").unlink()
    assert job(kept.of(tmp_path), tmp_path, STEM) == [f"{STEM}0081.jpg", f"{STEM}0082.jpg"]
    job(kept.of(tmp_path), tmp_path, STEM)
    assert len(listings) == 2


def test_a_time_that_was_put_back_hides_nothing(tmp_path: Path) -> None:
    """rsync and tar give a folder the time that it had elsewhere."""
    kept = KeptNumbers()
    job(kept.of(tmp_path), tmp_path, STEM)
    before = tmp_path.stat()
    settled(tmp_path)
    (tmp_path / f"{STEM}0100.jpg").touch()
    os.utime(tmp_path, ns=(before.st_atime_ns, before.st_mtime_ns))
    if os.name == "nt":
        pytest.skip("Windows tells no time of a change of status")
    assert job(kept.of(tmp_path), tmp_path, STEM, 1) == [f"{STEM}0101.jpg"]


@pytest.mark.usefixtures("in_one_tick")
def test_what_others_add_within_one_tick_is_met_and_not_overwritten(tmp_path: Path, listings: list[str]) -> None:
    kept = KeptNumbers()
    job(kept.of(tmp_path), tmp_path, STEM)
    for number in (3, 4, 9):
        (tmp_path / f"{STEM}{number:04d}.jpg").write_text("of others")
    assert job(kept.of(tmp_path), tmp_path, STEM) == [f"{STEM}0005.jpg", f"{STEM}0006.jpg"]
    # Having met one, the next job looks.
    assert job(kept.of(tmp_path), tmp_path, STEM, 1) == [f"{STEM}0010.jpg"]
    assert len(listings) == 2
    assert [path.read_text() for path in sorted(tmp_path.iterdir())].count("of others") == 3


@pytest.mark.parametrize("tick", [0, 1], ids=["whole seconds", "a time that does not follow"])
def test_coarse_times_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listings: list[str], tick: int
) -> None:
    monkeypatch.setattr(kept_numbers, "_stamp", lambda folder: (1, 2, 1_600_000_000_000_000_000 + tick, 3))
    kept = KeptNumbers()
    for number in range(1, 7, 2):
        assert job(kept.of(tmp_path), tmp_path, STEM)[0] == f"{STEM}{number:04d}.jpg"
    assert len(listings) == 3


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    kept = KeptNumbers(limit=50)
    for user in range(30):
        folder = tmp_path / str(user)
        folder.mkdir()
        for name in range(5):
            job(kept.of(folder), folder, document_stem(f"n{name}", DAY), 1)
        kept.of(folder)
        assert len(kept) <= 50
    one = tmp_path / "one"
    one.mkdir()
    for name in range(200):
        assert job(kept.of(one), one, document_stem(f"n{name}", DAY), 1)[0].endswith("_0001.jpg")
    kept.of(one)
    assert len(kept) <= 51
    assert job(kept.of(one), one, document_stem("n7", DAY), 1)[0].endswith("_0002.jpg")


# Through the server


@pytest.mark.parametrize("mode", MODES)
async def test_a_server_lists_a_share_once(
    tmp_path: Path, memory: Path, listings: list[str], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On any file system; over a day's change, for another name, and when a person adds a file."""
    days = [DAY]
    monkeypatch.setattr(
        filter_module, "_stem", lambda each: document_stem(each.instructions.document_root_name, days[-1])
    )
    store = memory / "store"
    folder = store / "files" / "In" / "joe@contoso.example"
    with file_system(mode):
        async with server_for(CONTENT, None, tmp_path, store) as server:
            caller = InProcess(server)
            for number in range(4):
                assert (await one_job(caller, CONTENT, f"job {number}")).state == "Completed"
            days.append(date(2026, 12, 1))
            await one_job(caller, CONTENT, "next day")
            assert listings.count(str(folder)) == 1
            settled(folder)
            (folder / f"{STEM}0500.PNG").touch()
            days.append(DAY)
            await one_job(caller, CONTENT, "behind it")
            assert listings.count(str(folder)) == 2
    names = sorted(path.name for path in folder.iterdir())
    expected = [f"{STEM}{number:04d}.jpg" for number in (*range(1, 13), 501, 502, 503)]
    assert names == sorted([*expected, f"{STEM}0500.PNG", *(f"Invoice_2026-12-01_000{n}.jpg" for n in (1, 2, 3))])


@pytest.mark.usefixtures("in_one_tick")
@pytest.mark.parametrize("mode", MODES)
async def test_two_servers_that_see_no_change_of_each_other_overwrite_nothing(
    tmp_path: Path, memory: Path, mode: str
) -> None:
    """Each believes its own number all the time; every acknowledged image is in the share, once."""
    store, sent = memory / "store", []
    with file_system(mode):
        async with (
            server_for(CONTENT, None, tmp_path / "a", store) as one,
            server_for(CONTENT, None, tmp_path / "b", store) as other,
        ):
            callers = [InProcess(one), InProcess(other)]
            for number in range(6):
                ran = await one_job(callers[number % 2], CONTENT, f"job {number}")
                assert ran.state == "Completed"
                sent += images(f"job {number}")
    (folder,) = (store / "files" / "In").iterdir()
    assert sorted(path.read_bytes() for path in folder.iterdir()) == sorted(sent)


async def test_a_job_that_fails_leaves_no_gap_to_the_next(
    tmp_path: Path, memory: Path, monkeypatch: pytest.MonkeyPatch, listings: list[str]
) -> None:
    """A number that was taken for nothing is given again, as it was when each job listed the folder."""
    store = memory / "store"
    full = threading.Event()
    async with server_for(CONTENT, None, tmp_path, store) as server:
        caller = InProcess(server)
        await one_job(caller, CONTENT, "first")
        real = kept_numbers.document_name

        def name(stem: str, number: int, extension: str) -> str:
            if full.is_set():
                raise OSError(28, "No space left on device")
            return real(stem, number, extension)

        monkeypatch.setattr(kept_numbers, "document_name", name)
        full.set()
        assert (await one_job(caller, CONTENT, "second")).state == "Aborted"
        full.clear()
        await one_job(caller, CONTENT, "third")
    folder = store / "files" / "In" / "joe@contoso.example"
    assert listings.count(str(folder)) == 2
    assert [path.stem[-4:] for path in sorted(folder.iterdir())] == [f"{number:04d}" for number in range(1, 7)]
