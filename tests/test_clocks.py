"""No test compares a short time on the wall, which a busy machine makes longer: CPU time, a fake clock, a count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
WALL = {"time.monotonic", "time.perf_counter", "time.time", "loop.time"}
PATIENCE = 10.0
"""Seconds: what is over in less than that on an idle machine is told from what waits for a minute."""
EXCEPTIONS = {
    "directory/test_directory_ad_failures.py: 6": "the limit of seconds that the directory is given, shared by two",
}
"""`file: seconds` -> why."""


def is_wall(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) and ast.unparse(each.func) in WALL for each in ast.walk(node))


def short_limits(path: Path) -> Iterator[str]:
    """Upper limits of a time on the wall, in seconds, that are below PATIENCE."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Assert):
            continue
        for compared in (each for each in ast.walk(node.test) if isinstance(each, ast.Compare)):
            terms = [compared.left, *compared.comparators]
            for left, operator, right in zip(terms, compared.ops, terms[1:], strict=False):
                most = right if isinstance(operator, ast.Lt | ast.LtE) else left
                value = left if most is right else right
                ordered = isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
                if ordered and is_wall(value) and isinstance(most, ast.Constant) and most.value < PATIENCE:
                    yield f"{path.relative_to(TESTS).as_posix()}: {most.value}"


def test_no_limit_on_the_wall_is_short() -> None:
    found = [place for path in TESTS.rglob("test_*.py") for place in short_limits(path)]
    assert sorted(found) == sorted(EXCEPTIONS)


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        ("assert time.monotonic() - begun < 3", ["3"]),
        ("assert 0.4 < time.monotonic() - begun < 5", ["5"]),
        ("assert 5 > time.perf_counter() - begun", ["5"]),
        ("assert done and time.monotonic() - begun <= 0.5, 'late'", ["0.5"]),
        ("assert time.monotonic() - begun >= 0.5", []),
        ("assert time.monotonic() - begun < 30", []),
        ("assert time.process_time() - begun < 0.5", []),
        ("while time.monotonic() - begun < 5: pass", []),
    ],
)
def test_the_search_finds_them(
    line: str, limits: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TESTS", tmp_path)
    (tmp_path / "test_x.py").write_text(line)
    assert list(short_limits(tmp_path / "test_x.py")) == [f"test_x.py: {limit}" for limit in limits]
