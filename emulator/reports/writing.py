"""Writes results.jsonl: each line is with the system before the next thing is looked at, so that a run which is
killed leaves what it found, and no footer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from emulator.reports.result import Header, Report, Result, counts_of


def line_of(value: Mapping[str, Any]) -> bytes:
    """The line of JSON. Raises ValueError or TypeError for what JSON has not."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair, of a name of a file for instance: JSON writes it as an escape, and reads it again.
    return text.encode("utf-8", "backslashreplace") + b"\n"


class LinesNotWritten(OSError):
    """The disk took a line no more, or only a part of it; `filename` says where."""


class ResultLines:
    """The results of a run, in order, and their file, if they have one. Use it as `with`; `end` writes the footer,
    and where it is not called there is none. What is written raises LinesNotWritten."""

    def __init__(self, header: Header, path: Path | None = None) -> None:
        """`path`: the file, which is made anew; None: they are kept alone. Raises OSError."""
        self.header = header
        self._results: dict[str, Result] = {}
        self._ended = False
        self._source = "" if path is None else str(path)
        self._file = None if path is None else path.open("wb", buffering=0)
        try:
            self._write(header.as_dict())
        except BaseException:
            self.close()
            raise

    def complete(self, header: Header) -> None:
        """Have another header, that tells more, before the first result: who was met is known later than that
        somebody is looked for. Raises ValueError once there is a result."""
        if self._results or self._ended:
            raise ValueError("a header stands before the results")
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()  # first: who reads along finds no end of the longer one
        self._write(header.as_dict())
        self.header = header

    def add(self, result: Result) -> None:
        """Take down a result. Raises ValueError for an id that has one already, and after the end."""
        if self._ended:
            raise ValueError(f"{result.id} comes after the end of the results")
        if result.id in self._results:
            raise ValueError(f"{result.id} has a result already")
        self._write(result.as_dict())
        self._results[result.id] = result

    def end(self) -> Report:
        """Write the footer; what was found."""
        if not self._ended:
            self._write({"counts": counts_of(self._results.values())})
            self._ended = True
        return self.report

    @property
    def report(self) -> Report:
        """What has been found up to now."""
        return Report(self.header, tuple(self._results.values()), self._ended, self._source)

    def _write(self, value: Mapping[str, Any]) -> None:
        rest = line_of(value)
        if self._file is None:
            return
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise LinesNotWritten(error.errno, error.strerror, self._source) from None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
