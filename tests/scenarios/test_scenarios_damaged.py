"""Scenarios and results that are damaged: each is read or refused with its own error, and never anything else."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from scenario_play import SHIPPED, copy_of
from variants import EXHAUSTIVE

from emulator.reports.reading import ReportError, parse_results
from emulator.reports.result import Header, Result
from emulator.reports.verdict import Verdict
from emulator.reports.writing import line_of
from emulator.scenarios.reading import open_scenario
from emulator.scenarios.scenario import ScenarioError

COUNT = 3000 if EXHAUSTIVE else 60
_TOKEN = re.compile(r'"[^"]*"|[\w.]+|\S')
_OTHERS = (
    *(
        "",
        '"$job"',
        '"$nothing"',
        "-1",
        "5",
        "{}",
        "[]",
        "true",
        '""',
        '"x"',
        "{ min = 1 }",
        "1.5",
        "=",
        "[[step]]",
    ),
    *('"\\u0000"', "9" * 400, "nan", "1979-05-27", '"../../etc/passwd"', "[[1]]", "{ a = { b = [{}] } }"),
)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_in_which_anything_is_changed_is_read_or_refused(name: str, tmp_path: Path) -> None:
    text = copy_of(name, tmp_path)
    dice = random.Random(name)
    tokens = list(_TOKEN.finditer(text))
    path = tmp_path / "changed.toml"
    refused = 0
    for _ in range(COUNT):
        found, other = dice.choice(tokens), dice.choice(_OTHERS)
        changed = f"{text[: found.start()]}{other}{text[found.end() :]}"
        path.write_text(changed, encoding="utf-8")
        try:
            open_scenario(path, {})
        except ScenarioError as error:
            refused += 1
            assert str(error).startswith(str(path)) and str(error).isprintable(), changed
            assert error.problems and all(each.reason for each in error.problems)
    assert COUNT / 4 < refused < COUNT, "some are wrong, and some changes say something else"


def test_results_in_which_anything_is_changed_are_read_or_refused() -> None:
    results = [Result(f"a/{number}", verdict, 1.5, {"says": "x"}) for number, verdict in enumerate(Verdict)]
    counts = {str(verdict): 1 for verdict in Verdict}
    lines = [Header("t", "x").as_dict(), *(each.as_dict() for each in results), {"counts": counts}]
    data = b"".join(map(line_of, lines))
    dice = random.Random(7)
    refused = finished = 0
    for _ in range(COUNT * 20):
        where, length = dice.randrange(len(data)), dice.randrange(1, 20)
        other = dice.choice([b"", dice.randbytes(3), b'"', b"null", b"[", b"{}", b"\n", data[: dice.randrange(60)]])
        changed = data[:where] + other + data[where + length :]
        try:
            finished += parse_results(changed.splitlines(keepends=True), "results.jsonl").finished
        except ReportError as error:
            refused += 1
            assert re.match(r"results\.jsonl(:\d+)?: .+", str(error)) and "\n" not in str(error)
    assert refused > COUNT and finished > 0
