"""No test compares a short time on the wall, which a busy machine makes longer: CPU time, a fake clock, a count.
Nor does one give up what it waits for after a few seconds."""

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

LONG_ENOUGH = 30.0
"""Seconds that a test waits for a process, an answer or an event at least, before it fails; nobody waits for so
long where all is well."""
MADE_LONG = (
    "cli", "jobs", "lab", "options", "panel", "pytest_lab", "reports", "scan_server", "scenarios", "transport",
    "wrapping",
)  # fmt: skip
"""Folders in which no patience is shorter."""
NOT_WAITED_FOR = {
    "scan_server/test_scan_server_habits.py: 0.3": "no answer is to come",
    "scenarios/test_scenarios_pc.py: 0.1": "no event is to come",
    "transport/test_transport_host.py: 1": "the host has gone",
}
"""`file: seconds` -> why."""
WAITS = {"HTTPConnection", "HTTPSConnection", "communicate", "create_connection", "urlopen"}


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


def short_patience(path: Path) -> Iterator[str]:
    """Time-outs of whoever waits, in seconds, that are below LONG_ENOUGH."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        limits = [each.value for each in node.keywords if each.arg == "timeout" and name in WAITS]
        if name == "wait_for" and len(node.args) == 2:
            limits.append(node.args[1])
        if name == "wait" and len(node.args) == 1 and isinstance(node.func, ast.Attribute):
            limits += [
                each for each in node.args if isinstance(each, ast.Constant) and each.value > 1
            ]  # no interval
        for each in limits:
            if isinstance(each, ast.Constant) and each.value < LONG_ENOUGH:
                yield f"{path.relative_to(TESTS).as_posix()}: {each.value}"


def test_nobody_gives_up_after_a_few_seconds() -> None:
    folders = [TESTS / name for name in MADE_LONG]
    found = [place for folder in folders for path in folder.rglob("*.py") for place in short_patience(path)]
    assert sorted(found) == sorted(NOT_WAITED_FOR)


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        ("process.communicate(timeout=20)", ["20"]),
        ("http.client.HTTPConnection(host, port, timeout=5)", ["5"]),
        ("asyncio.wait_for(event.wait(), 10)", ["10"]),
        ("process.wait(10)", ["10"]),
        ("while not ended.wait(0.1): pass", []),
        ("process.communicate(timeout=60)", []),
        ("scanner.wait(within=1)", []),
    ],
)
def test_the_search_finds_who_gives_up(
    line: str, limits: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TESTS", tmp_path)
    (tmp_path / "test_x.py").write_text(line)
    assert list(short_patience(tmp_path / "test_x.py")) == [f"test_x.py: {limit}" for limit in limits]
