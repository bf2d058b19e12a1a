"""Nothing is left out in silence: what a test lacks is asked for in one way, which CI turns into a failure.

A test may be skipped for three reasons: something optional is missing (`skip_or_fail`, the mark `needs`), it is a
longer variant (`exhaustive`), or the platform is another one. Whatever else skips is listed here.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
HOMES = {"optional_programs.py", "variants.py"}
EXCEPTIONS: dict[str, str] = {}
"""`file: test` -> why it skips in a way of its own."""


def is_platform(node: ast.expr) -> bool:
    """Whether a condition asks for nothing but the platform."""
    if isinstance(node, ast.BoolOp):
        return (
            any(map(is_platform, node.values))
            if isinstance(node.op, ast.And)
            else all(map(is_platform, node.values))
        )
    return isinstance(node, ast.Compare) and ast.unparse(node.left) in ("sys.platform", "os.name")


def own_ways(path: Path) -> Iterator[str]:
    """Places of a file that skip other than in the three ways."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        name = ast.unparse(node).removeprefix("pytest.")
        if name not in ("skip", "importorskip", "mark.skip", "mark.skipif", "mark.xfail", "xfail", "SkipTest"):
            continue
        call = parents[node]
        if isinstance(node, ast.Name) and not (isinstance(call, ast.Call) and call.func is node):
            continue
        if name == "mark.skipif" and isinstance(call, ast.Call) and is_platform(call.args[0]):
            continue
        around: ast.AST = call
        while around in parents and not isinstance(around, ast.If | ast.FunctionDef | ast.AsyncFunctionDef):
            around = parents[around]
        if name == "skip" and isinstance(around, ast.If) and is_platform(around.test):
            continue
        while around in parents and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            around = parents[around]
        yield f"{path.relative_to(TESTS).as_posix()}: {getattr(around, 'name', 'line ' + str(node.lineno))}"


def test_every_skip_goes_by_one_way_or_is_listed() -> None:
    found = [place for path in TESTS.rglob("*.py") if path.name not in HOMES for place in own_ways(path)]
    assert sorted(found) == sorted(EXCEPTIONS)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("    pytest.skip('no')", True),
        ("    if sys.platform == 'win32':\n        pytest.skip('no')", False),
        ("    if sys.platform == 'win32' or rich():\n        pytest.skip('no')", True),
        ("    if sys.platform == 'win32' and door == 'scan':\n        pytest.skip('no')", False),
        ("    zeep = pytest.importorskip('zeep')", True),
        ("    try:\n        link()\n    except OSError:\n        pytest.skip('no')", True),
    ],
)
def test_the_search_for_skips_finds_them(
    line: str, counts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TESTS", tmp_path)
    (tmp_path / "test_x.py").write_text(f"def test_x():\n{line}\n")
    assert list(own_ways(tmp_path / "test_x.py")) == ["test_x.py: test_x"] * counts


LACKING = """
import pytest
from optional_programs import needs_package, needs_program, skip_or_fail
def test_program(): needs_program("no-such-program")
def test_package(): needs_package("no_such_package")
def test_right(): skip_or_fail("no rights")
@pytest.mark.needs(False, "no room")
def test_room(): pass
@pytest.mark.needs(True, "")
def test_there(): pass
"""


@pytest.mark.parametrize("required", [False, True])
def test_what_is_missing_is_told_and_in_ci_a_failure(required: bool, tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_lacking.py").write_text(LACKING)
    (folder / "test_file.py").write_text("from optional_programs import needs_package\nneeds_package('no_such')\n")
    known = {name: value for name, value in os.environ.items() if not name.startswith(("DSM_REQUIRE", "PYTEST_"))}
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-p", "conftest", "-c", TESTS.parent / "pyproject.toml", "-p",
            "no:cacheprovider", "--continue-on-collection-errors", "--rootdir", tmp_path, "-q", "-n", "0", folder,
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**known, "PYTHONPATH": str(TESTS), **({"DSM_REQUIRE_OPTIONAL": "1"} if required else {})},
    )  # fmt: skip
    reasons = (
        "the program no-such-program is not installed",
        "the package no_such_package is not installed",
        "no rights",
        "no room",
        "the package no_such is not installed",
    )
    assert all(reason in done.stdout for reason in reasons), done.stdout + done.stderr
    if required:
        assert done.returncode != 0 and "3 failed, 1 passed, 2 errors" in done.stdout, done.stdout
    else:
        assert done.returncode == 0 and "1 passed, 5 skipped" in done.stdout, done.stdout
