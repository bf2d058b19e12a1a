"""The spool of a run, and of runs that were killed."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from optional_programs import skip_or_fail
from programs import start

from emulator.environment.spool import Spool


@contextmanager
def spool_folder() -> Iterator[Path]:
    """A job's folder of a process that runs nothing else."""
    spool = Spool()
    try:
        with spool.job_folder() as folder:
            yield folder
    finally:
        spool.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def spools(folder: Path) -> list[Path]:
    return sorted(folder.glob("dsm-emulator-spool-*"))


def age(folder: Path) -> None:
    os.utime(folder, (time.time() - 100, time.time() - 100))


def test_a_spool_is_gone_afterwards_and_a_living_one_left_alone(temporary: Path) -> None:
    with spool_folder() as first:
        age(first.parent)
        with spool_folder() as second:
            assert first.is_dir() and second.is_dir() and first != second
    assert spools(temporary) == []


def test_what_a_killed_run_left_is_cleared_away(temporary: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("TMPDIR is a name of POSIX systems")
    process = start("scan", "--pages", "500", "-q", cwd=temporary)
    limit = time.monotonic() + 30
    while not any(each.glob("pages-*/*") for each in spools(temporary)) and time.monotonic() < limit:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=60)
    (left,) = spools(temporary)
    with spool_folder():
        assert left.is_dir(), "a folder that has just been made may be somebody's"
    age(left)
    with spool_folder():
        assert not left.exists()


def test_a_link_of_somebody_else_is_not_followed(temporary: Path) -> None:
    (temporary / "precious").mkdir()
    try:
        (temporary / "dsm-emulator-spool-x").symlink_to(temporary / "precious")
    except OSError:
        skip_or_fail("this system lets nobody make links")
    with spool_folder():
        pass
    assert (temporary / "precious").is_dir() and not list((temporary / "precious").iterdir())


def test_jobs_of_one_process_have_folders_of_their_own_in_one(temporary: Path) -> None:
    spool = Spool()
    assert spools(temporary) == [], "made when it is wanted"
    with spool.job_folder() as first, spool.job_folder() as second:
        (only,) = spools(temporary)
        assert first != second and first.parent == second.parent == only
        (first / "1").write_bytes(b"x")
        left = temporary / "dsm-emulator-spool-left"
        left.mkdir()
        age(left)
    assert not first.exists() and left.is_dir(), "what others left is looked for once"
    spool.close()
    spool.close()
    assert spools(temporary) == [left]
    with spool_folder():
        assert not left.exists()
