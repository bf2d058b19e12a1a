"""What people type by mistake, each with what it is told: one line and a next step, in our words."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mistakes import as_in_table, make, peers, put_files, table
from programs import run

from emulator.wsscan.values.status import ConditionName

ROWS = table()

LIBRARY_WORDS = re.compile(
    r"\w*Error\b|Errno|Traceback|pydantic|typer|click\b|<class|\bNone\b|\[type=|(?<![\w ' ])b'\w{4}"
    r"|input should|PosixPath|\.py\b|0x[0-9a-f]{6}"
)
"""Words that say how the program is made, and not what is wrong."""


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with peers() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mistakes")
    put_files(folder)
    return folder


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(folder / "state"))
    # What is told does not hang on how long is waited between two tries.
    monkeypatch.setattr("emulator.dsm.service_search.pause_before_retry", lambda tries, trouble: 0.0)


def test_there_are_more_than_a_hundred_and_each_once() -> None:
    typed = [each.typed for each in ROWS]
    assert len(typed) == len(set(typed)) > 200


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.typed)
def test_what_is_told(row, ports: dict[str, int]) -> None:  # type: ignore[no-untyped-def]
    told = make(row.typed, ports)
    said = told.stderr.splitlines()
    assert said[0].startswith("error: ")
    assert all(line.startswith("       ") for line in said[1:]) and len(said) == 2, told.stderr
    error, hint = said[0].removeprefix("error: "), said[1].strip()
    assert (told.code, as_in_table(error, ports), as_in_table(hint, ports)) == (row.code, row.said, row.hint)
    ours = re.sub(r'"[^"]*"', "", f"{error} {hint}")  # without what others have said
    ours = re.sub("|".join(ConditionName), "", ours)  # WS-Scan's names of conditions, some of which end in Error
    assert not LIBRARY_WORDS.search(ours), ours
    # The same for programs: one object, whatever went wrong.
    done = make(row.typed, ports, *([] if row.typed.endswith("--json") else ["--json"]))
    if done.code == told.code and "--json" not in done.stderr:  # else --json has become the value of the option
        found = json.loads(done.stdout)
        assert (found["exit_code"], found["error"]) == (row.code, error)


def test_no_mistake_leaves_anything_behind(folder: Path, ports: dict[str, int]) -> None:
    there = {path.name for path in folder.iterdir()}
    assert there <= {
        "page.png", "half.png", "no.pdf", "empty.png", "text.txt", "notes.docx", "bad.toml", "afile", "wrong.toml",
        "taken.har", "m.jsonl", "no.pem", "empty", "store", "state", "scans", "ca",
    }, there  # fmt: skip
    assert (folder / "taken.har").read_text() == "x"


@pytest.mark.parametrize(
    "typed",
    ["scna", "scan --pages two", "scan --pages 1 --set Format=jpeg", "press status", "verify m.jsonl nowhere"],
)
def test_a_process_says_the_same(typed: str, folder: Path) -> None:
    row = next(each for each in ROWS if each.typed == typed)
    done = run(*typed.split(), cwd=folder)
    assert (done.returncode, done.stderr.splitlines()) == (row.code, [f"error: {row.said}", f"       {row.hint}"])


def test_commands_that_hints_name_run_as_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command that a hint of the table names is run: none is refused for how it is written."""
    named = {
        match[0]
        for row in ROWS
        for match in re.finditer(r"dsm-emulator [a-z-]+.*?(?= (?:tells|shows|asks|checks|starts|puts)\b)", row.hint)
    }
    named |= {match[0] for row in ROWS for match in [re.search(r"dsm-emulator (-h)(?= tells)", row.hint)] if match}
    assert len(named) > 30
    for line in sorted(named):
        if line == "dsm-emulator run" or "{" in line:  # goes on, or to nobody
            continue
        told = make(line.removeprefix("dsm-emulator "), {})
        # A file that is broken is still told to be so.
        broken = re.search(r"validate (bad|wrong|missing)\.toml|validate \S+\.toml", line)
        assert told.code == (2 if broken else 0), (line, told.stderr)
    assert os.getcwd() == str(folder)
