"""Which tests are slow, by measure: tests/slow_tests.txt, whose tests get the mark `slow`.

`python tests/slow_tests.py FILE ...` makes the list anew from what `pytest -n 0 --slow --durations=0` printed into
those files. A test of so many seconds, all of its variants together, is slow; of one with many quick variants the
first stay among the quick tests.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

LIST = Path(__file__).with_suffix(".txt")
PROJECT = LIST.parents[1]
SLOW = 1.5
"""Seconds of a test, or of the first variants of one, from which on it is slow."""
HEAD = """\
# Tests that take long: test, seconds, how many of its first variants are quick all the same.
# Made by `python tests/slow_tests.py` from measured durations; lines may be added and changed by hand.
"""

_DURATION = re.compile(r"^(\d+\.\d+)s (?:call|setup|teardown) +(tests/\S+?::\w+)(\[.*\])?$", re.MULTILINE)
_LINE = re.compile(r"^(tests/\S+\.py::\w+) +(\d+\.\d) +(\d+)$")


def slow_tests(text: str) -> dict[str, int]:
    """Test -> how many of its first variants are quick. Raises ValueError for a line that is none."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            said = _LINE.match(line)
            if said is None or said[1] in found:
                raise ValueError(f"{LIST.name}, line {number}: not a test, its seconds and a number, once: {line}")
            found[said[1]] = int(said[3])
    return found


def made(reports: list[str]) -> str:
    """The list, from what pytest printed."""
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for took, name, variant in (found for report in reports for found in _DURATION.findall(report)):
        seconds[name][variant] += float(took)
    lines = []
    for name, variants in sorted(seconds.items()):
        whole = sum(variants.values())
        if whole >= SLOW:
            usual = whole / len(variants)
            first = int(SLOW / 2 / usual) if len(variants) > 1 else 0
            lines.append(f"{name} {whole:.1f} {first}\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    LIST.write_text(made([Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]]), encoding="utf-8")
