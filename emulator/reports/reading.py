"""Reads results.jsonl: what a run has found, or why the file does not say it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from emulator.reports.result import HEADER_TEXTS, LINES_VERSION, Header, Report, Result, counts_of
from emulator.reports.verdict import Verdict

MAX_LINE: Final = 16 * 1024 * 1024
"""Octets of a line that are read."""


class ReportError(ValueError):
    """A file of results says what no run says; `str()` is one line with file, line and reason."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}:{line}: {reason}" if line else f"{source}: {reason}")


def read_results(path: Path) -> Report:
    """What a file says. Raises ReportError, for a file that cannot be opened too."""
    try:
        with path.open("rb") as file:
            return parse_results(iter(lambda: file.readline(MAX_LINE + 1), b""), str(path))
    except (OSError, ValueError) as error:
        if isinstance(error, ReportError):
            raise
        raise ReportError(str(path), 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def parse_results(lines: Iterable[bytes], source: str) -> Report:
    """What these lines say, each with its line end; errors speak of `source`. A last line without line end is one
    that was being written when the run was cut off. Raises ReportError."""
    reader = ResultReader(source)
    for line in lines:
        reader.take(line)
    return reader.report()


class ResultReader:
    """What the lines say that were taken up to now."""

    def __init__(self, source: str) -> None:
        """`source`: what errors speak of."""
        self.results: dict[str, Result] = {}
        """By id, in the order of the lines."""
        self._source = source
        self._line = 0
        self._header: Header | None = None
        self._finished = False
        self._cut = False

    def take(self, line: bytes) -> None:
        """Take the next line, with its line end. Raises ReportError."""
        self._line += 1
        if len(line) > MAX_LINE:
            self._fail(f"longer than {MAX_LINE} bytes")
        if self._finished:
            self._fail("stands behind the footer")
        if not line.endswith(b"\n"):
            self._cut = True
            return
        told = self._object(line)
        if self._header is None:
            self._header = self._header_of(told)
        elif "id" in told:
            self._add(told)
        elif "counts" in told:
            self._end(told)
        else:
            self._fail("is neither a result (id) nor a footer (counts)")

    def report(self) -> Report:
        """All of it. Raises ReportError where there is no header."""
        if self._header is None:
            self._line = 0
            self._fail("is no file of results: it has no header")
        return Report(self._header, tuple(self.results.values()), self._finished, self._source)

    def _fail(self, reason: str) -> NoReturn:
        raise ReportError(self._source, self._line, reason)

    def _object(self, line: bytes) -> dict[str, Any]:
        try:
            told = json.loads(line, object_pairs_hook=_once, parse_constant=_no_number)
        except RecursionError:
            self._fail("is no JSON: nested too deep")
        except ValueError as error:
            self._fail(f"is no JSON: {error}")
        if not isinstance(told, dict):
            self._fail("is no JSON object")
        return told

    def _header_of(self, told: Mapping[str, Any]) -> Header:
        version = told.get("version")
        if type(version) is not int:
            self._fail("is no file of results: its first line has no version")
        if not 1 <= version <= LINES_VERSION:
            self._fail(f"is of version {version}; this program reads {LINES_VERSION}")
        seed = told.get("seed")
        if seed is not None and type(seed) is not int:
            self._fail("seed is a whole number or null")
        more = {name: self._text(told, name) for name in HEADER_TEXTS if name in told}
        return Header(self._text(told, "tool"), self._text(told, "target"), seed, version, **more)

    def _text(self, told: Mapping[str, Any], name: str) -> str:
        value = told.get(name)
        if not isinstance(value, str):
            self._fail(f"{name} is a text")
        return value

    def _add(self, told: Mapping[str, Any]) -> None:
        id_, verdict, ms, evidence = (
            self._text(told, "id"),
            told.get("verdict"),
            told.get("ms"),
            told.get("evidence"),
        )
        if id_ in self.results:
            self._fail(f"{id_} has a result already")
        if verdict not in [str(each) for each in Verdict]:
            self._fail(f"{verdict!r} is no verdict; there are: {', '.join(Verdict)}")
        if isinstance(ms, bool) or not isinstance(ms, int | float):
            self._fail("ms is a number")
        if not isinstance(evidence, dict):
            self._fail("evidence is a JSON object")
        try:
            self.results[id_] = Result(id_, Verdict(verdict), float(ms), evidence)
        except (ValueError, OverflowError) as error:
            self._fail(str(error))

    def _end(self, told: Mapping[str, Any]) -> None:
        found = counts_of(self.results.values())
        if told["counts"] != found:
            self._fail(f"the footer counts {told['counts']!r}, and the lines are {found!r}")
        self._finished = True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return told


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
