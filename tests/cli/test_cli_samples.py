"""`samples DIR`: what comes along, in a folder of the user's own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_tree import Done, call

from emulator.environment.directories import office_folder
from emulator.resources import resource_folder

Samples = Callable[..., Done]


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Samples:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: call(["samples", *map(str, arguments)], capsys)


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_all_that_comes_along_is_copied_but_the_programs_that_made_it(samples: Samples, tmp_path: Path) -> None:
    done = samples("here")
    assert done.code == 0 and done.stderr == ""
    expected = {
        f"{name}/{below}": data
        for name in ("sample_images", "profiles")
        for below, data in files(resource_folder(name)).items()
        if not below.endswith((".py", ".pyc"))
    }
    assert files(tmp_path / "here") == expected
    assert {"sample_images/invoice.pdf", "profiles/office-mfp.toml", "profiles/documents/ocr.toml"} <= set(expected)
    assert {f"profiles/office/{below}" for below in files(office_folder())} <= set(expected)
    assert f"{len(expected)} files written" in done.stdout
    assert done.stdout.splitlines()[-1].split(None, 1)[1] == f"dsm-emulator scan {Path('here') / 'sample_images'}"


def test_once_more_nothing_is_to_do(samples: Samples, tmp_path: Path) -> None:
    samples("here")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "here").rglob("*")}
    done = samples("here", "--json")
    told = json.loads(done.stdout)
    assert done.code == 0 and told["exit_code"] == 0 and told["written"] == []
    assert sorted(told["there"]) == sorted(files(tmp_path / "here"))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "here").rglob("*")} == before


def test_a_file_of_the_users_own_is_replaced_only_when_that_is_wanted(samples: Samples, tmp_path: Path) -> None:
    own = tmp_path / "profiles" / "flatbed.toml"
    own.parent.mkdir()
    own.write_text("mine")
    (own.parent / "mine.toml").write_text("mine too")
    refused = samples(".")
    assert refused.code == 2 and "profiles/flatbed.toml" in refused.stderr and "--overwrite" in refused.stderr
    assert set(files(tmp_path)) == {"profiles/flatbed.toml", "profiles/mine.toml"}, "nothing was written"
    assert samples(".", "--overwrite").code == 0
    assert own.read_bytes() == (resource_folder("profiles") / "flatbed.toml").read_bytes()
    assert (own.parent / "mine.toml").read_text() == "mine too"
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("in_the_way", ["here", "here/profiles", "here/profiles/flatbed.toml"])
def test_a_place_that_cannot_be_used_is_named(in_the_way: str, samples: Samples, tmp_path: Path) -> None:
    """A file where a folder is wanted, and a folder where a file is."""
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix:
        path.mkdir()
    else:
        path.write_text("a file")
    for more in ((), ("--overwrite",)):
        done = samples("here", *more)
        assert done.code == 2 and done.stderr.startswith("error: ") and "here" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_folder_that_may_not_be_written_to(samples: Samples, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    if os.geteuid() == 0:  # who has all rights, but where the kernel keeps the folder
        shut = Path("/proc/self")
    done = samples(shut / "here")
    assert done.code == 2 and "cannot be written" in done.stderr
