"""The tests that newcomers are spared: each is there, none hides a room, and who asks for one gets it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import with_helpers
from slow_tests import LIST, PROJECT, made, slow_tests

TOLD = slow_tests(LIST.read_text(encoding="utf-8"))


def names_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{path.relative_to(PROJECT).as_posix()}::{node.name}"


ALL = {name for path in (PROJECT / "tests").rglob("test_*.py") for name in names_in(path)}


def test_every_test_of_the_list_is_there() -> None:
    assert TOLD.keys() - ALL == set(), "renamed or gone: mend tests/slow_tests.txt"


def test_every_room_has_quick_tests() -> None:
    rooms = {name.split("/")[1] for name in ALL if name.count("/") > 1}
    quick = {name.split("/")[1] for name in ALL - {name for name, first in TOLD.items() if not first}}
    assert rooms - quick == set() and len(rooms) >= 20
    assert len(TOLD) < len(ALL) / 8


def test_a_line_that_is_none_is_told_with_its_number() -> None:
    assert slow_tests("# of old\n\ntests/a/test_b.py::test_c 2.5 1\n") == {"tests/a/test_b.py::test_c": 1}
    for wrong in ("tests/a.py::test_b", "tests/a.py::test_b 1.0 0\ntests/a.py::test_b 1.0 0", "test_b 1.0 0"):
        with pytest.raises(ValueError, match=rf"slow_tests\.txt, line {wrong.count(chr(10)) + 1}: "):
            slow_tests(wrong)


def test_the_list_is_made_of_what_pytest_measured() -> None:
    report = """
4.00s call     tests/a/test_b.py::test_long
0.30s setup    tests/a/test_b.py::test_short
0.50s call     tests/a/test_b.py::test_many[a b]
0.50s call     tests/a/test_b.py::test_many[c::d]
0.50s call     tests/a/test_b.py::test_many[e]
"""
    assert slow_tests(made([report])) == {"tests/a/test_b.py::test_long": 0, "tests/a/test_b.py::test_many": 1}


FILE = """
import pytest
@pytest.mark.slow
def test_long(): pass
def test_short(): pass
@pytest.mark.slow(after=2)
@pytest.mark.parametrize("number", range(5))
def test_many(number): pass
"""


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(
    ("arguments", "run", "left"),
    [((), 3, 4), (("--slow",), 7, 0), (("tests/test_x.py",), 7, 0), (("tests/test_x.py", "-m", "not slow"), 1, 6)],
)
def test_slow_ones_are_left_out_where_nobody_names_them(
    arguments: tuple[str, ...], run: int, left: int, workers: str, tmp_path: Path
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(FILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers =\n  slow\n  needs\n")
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "conftest", "-n", workers,
            *arguments,
        ],
        cwd=tmp_path, env=with_helpers(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{run} passed" in done.stdout, done.stdout
    if workers == "0":
        assert (f"{left} deselected" in done.stdout) == bool(left), done.stdout
