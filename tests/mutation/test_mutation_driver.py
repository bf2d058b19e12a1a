"""The driver of mutation testing tells the truth: a slip is made, and told as killed, survived or out of time."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

if sys.platform == "win32":
    pytest.skip("mutants are tried in forked children, which this system does not have", allow_module_level=True)

from mutants import Changes, Mutant, sample, source_file
from patching import patch
from targets import TARGETS

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]

RULES = '''"""Rules."""
from __future__ import annotations
import functools
from dataclasses import dataclass, field

__all__ = ["table"]
LIMIT: int = 3
DOUBLE = LIMIT * 2
def most() -> int:
    return 10

MOST = most() + 1
table = {"a": 1, "b": 2}

def small(number: int | None) -> bool:
    """Whether it is small."""
    return number is not None and number < LIMIT

@functools.cache
def kept(number: int) -> int:
    return number + 1

@dataclass(frozen=True)
class Box:
    size: int
    kind: str = "plain"
    sheets: list[int] = field(default_factory=list)

    @property
    def big(self) -> bool:
        return self.size > DOUBLE

    @classmethod
    def least(cls) -> "Box":
        return cls(0)

    def wants(self) -> str:
        return f"it wants {self.size} sheets" if self.big else ""
'''
USERS = "from mutant_rules import DOUBLE, LIMIT, MOST, Box, kept, small, table\n"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """A module, and another that has imported all of it by name."""
    (tmp_path / "mutant_rules.py").write_text(RULES)
    (tmp_path / "mutant_users.py").write_text(USERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("mutant_rules"), importlib.import_module("mutant_users")
    for name in ("mutant_rules", "mutant_users"):
        del sys.modules[name]


def every() -> list[Mutant]:
    changes = Changes("mutant_rules", RULES)
    found = [changes.mutant(number) for number in range(len(changes))]
    return [each for each in found if each is not None]


def test_slips_of_rules_and_tables_are_made_and_wording_and_types_are_left_alone() -> None:
    changed = {(each.line, each.was, each.becomes) for each in every()}
    assert (17, "< LIMIT", "<= LIMIT") in changed
    assert (13, '{"a": 1, "b": 2}', '{"a": 2, "b": 2}') in changed
    assert (26, '"plain"', '"PLAIN"') in changed
    assert (31, "> DOUBLE", ">= DOUBLE") in changed
    assert not any("sheets" in was and "sheets" not in becomes and "if" not in was for _, was, becomes in changed)
    assert not any(line in (6, 16) for line, _, _ in changed)


@pytest.mark.parametrize(
    ("was", "becomes", "seen"),
    [
        ("number < LIMIT", "number <= LIMIT", "small(3)"),
        ("LIMIT: int = 3", "LIMIT: int = 4", "small(3) and LIMIT == 4 and DOUBLE == 8 and Box(7).big is False"),
        ("return 10", "return 11", "MOST == 12"),
        ('"a": 1', '"a": 2', "table['a'] == 2"),
        ("number + 1", "number - 1", "kept(1) == 0"),
        ("self.size > DOUBLE", "self.size >= DOUBLE", "Box(6).big"),
        ("cls(0)", "cls(1)", "Box.least().size == 1"),
        ("default_factory=list", "default_factory=dict", "Box(1).sheets == {}"),
        ('kind: str = "plain"', 'kind: str = "PLAIN"', "Box(1).kind == 'PLAIN'"),
    ],
)
def test_a_mutant_is_in_place_for_who_imported_it_before(
    rules: tuple[ModuleType, ModuleType], was: str, becomes: str, seen: str
) -> None:
    module, users = rules
    assert module.kept(1) == 2  # what is cached is forgotten
    assert not eval(seen, dict(vars(users)))
    patch(module, RULES, RULES.replace(was, becomes))
    assert eval(seen, dict(vars(users)))


def test_a_seed_gives_the_same_sample_and_another_seed_another() -> None:
    one, every_one = sample(TARGETS["soap/mime"].modules, PROJECT, seed=1, count=5)
    again, _ = sample(TARGETS["soap/mime"].modules, PROJECT, seed=1, count=5)
    other, _ = sample(TARGETS["soap/mime"].modules, PROJECT, seed=2, count=5)
    assert one == again != other
    assert len(one) == 5 < every_one


def test_every_target_names_modules_and_tests_that_are_there() -> None:
    for target in TARGETS.values():
        assert all(source_file(each, PROJECT).is_file() for each in target.modules)
        assert all((PROJECT / each).is_file() for each in target.tests)


PROGRAM = """
import sys
from pathlib import Path
from mutants import Changes
from trial import try_all
root = Path(sys.argv[1])
sys.path.insert(0, str(root))
source = (root / "loop_rules.py").read_text()
changes = Changes("loop_rules", source)
def work(trial):
    trial.least = 1
    for number in range(len(changes)):
        mutant = changes.mutant(number)
        if mutant is not None:
            verdict = trial.of(mutant)
            print("told", verdict.word, mutant.was, "->", mutant.becomes, flush=True)
try_all(root, root / "work", ["test_loop.py"], work)
"""


def test_killed_survived_and_out_of_time_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    source = "def count(most):\n    done = 0\n    while done < most:\n        done += 1\n    return done\n"
    (tmp_path / "loop_rules.py").write_text(source)
    (tmp_path / "test_loop.py").write_text(
        "from loop_rules import count\n\ndef test_three():\n    assert count(3) == 3\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = {line.removeprefix("told ") for line in done.stdout.splitlines() if line.startswith("told ")}
    assert "killed < most -> <= most" in told, done.stdout + done.stderr
    assert "time-out done += 1 -> done -= 1" in told
    assert "survived 0 -> 1" in told  # from 1 to 3 is as far
    assert "killed done = 0 -> done = None" in told
    assert "time-out done += 1 -> done = 1" in told
    assert (tmp_path / "loop_rules.py").read_text() == source
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "loop_rules.py",
        "pytest.ini",
        "test_loop.py",
        "work",
    ]
