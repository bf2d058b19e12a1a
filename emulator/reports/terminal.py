"""Results as lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from emulator.reports.result import SAYS, Report, Result
from emulator.reports.verdict import BAD, Verdict
from emulator.trace.lines import one_line

MOST_LINES: Final = 60
"""Of one piece of evidence, the last ones: of what has happened, that is where it went wrong."""
_WIDTH: Final = max(map(len, Verdict))
_INDENT: Final = " " * (_WIDTH + 2)
_SHOWN: Final = BAD | {Verdict.WARNED}


def lines_of(result: Result) -> list[str]:
    """A line, and below it what shows why it is bad or warned of."""
    word = str(result.verdict).upper() if result.verdict in BAD else str(result.verdict)
    says = f"  {one_line(result.says)}" if result.says else ""
    lines = [f"{word:<{_WIDTH}}  {one_line(result.id)}  {_time(result.ms)}{says}"]
    if result.verdict in _SHOWN:
        lines += [f"{_INDENT}{each}" for each in evidence_lines(result.evidence)]
    return lines


def evidence_lines(evidence: Mapping[str, Any]) -> Iterator[str]:
    """Names and what they say, but for the sentence; a list or a text of several lines stands below its name."""
    width = max((len(name) for name in evidence if name != SAYS), default=0)
    for name, value in evidence.items():
        if name == SAYS:
            continue
        texts = _texts(value)
        if len(texts) == 1:
            yield f"{one_line(name):<{width}}  {texts[0]}"
            continue
        yield f"{one_line(name)}:"
        if len(texts) > MOST_LINES:
            yield f"  ... {len(texts) - MOST_LINES} before"
        yield from (f"  {each}" for each in texts[-MOST_LINES:])


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [one_line(each) for each in value.splitlines()] or ["''"]
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return [one_line(each) for each in value]
    return [one_line(json.dumps(value, ensure_ascii=False, default=str))]


def terminal_lines(report: Report, *, passed: bool = False) -> list[str]:
    """The whole report. `passed`: with a line for what needs nobody's attention too, else counted alone."""
    lines: list[str] = []
    for each in report.results:
        if passed or each.verdict in _SHOWN:
            lines += lines_of(each)
    return [*lines, summary(report)]


def summary(report: Report) -> str:
    """The last line: whether it passed, and how many of each verdict."""
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items()) or "no results"
    if not report.problem:
        return f"Passed: {counts}"
    return f"Not passed: {report.problem}" + ("" if counts == report.problem else f" ({counts})")


def _time(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"
