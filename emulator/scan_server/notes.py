"""The notes of a job: what its server was about to make of its documents, and what it was told of it.

They are for the server that starts after a kill (custody.py). A line of JSON each:

    {"filter": DIALECT}                                      it begins: its targets may have documents from now on
    {"document": ID, "target": PATH}                         a link is about to be made there
    {"document": ID, "target": PATH, "aside": PATH}          a copy, which waits aside, is about to get that name
    {"void": PATH}                                           that copy is not to get a name any more
    {"told": DELIVERY, "in_store": BOOL}                     what a target is known to have, as in job.json

Paths are relative to the store, which may be moved before they are read.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.disk import append, read_file

NOTES_FILE: Final = ".notes"
"""In the job's folder."""


class NoteFailed(OSError):
    """What was about to be done could not be written down, so it was not done. A fault of the server's own disk."""


@dataclass(frozen=True, slots=True)
class CopyTarget:
    """A file of the store that was about to be made of a document."""

    document: int
    target: str
    aside: str | None = None
    """The copy that was to get the name; None for a link."""


@dataclass(slots=True)
class NotesSummary:
    """What a job's notes say in the end."""

    targets: list[CopyTarget] = field(default_factory=list)
    elsewhere: set[int] = field(default_factory=set)
    """Documents that a target outside the store has."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """Deliveries, as in job.json."""
    begun: list[str] = field(default_factory=list)
    """Dialects of filters that had begun and of which no end is known."""

    def add(self, line: dict[str, Any]) -> None:
        """The next line. Raises KeyError, TypeError, ValueError and AttributeError for one that is none, of which
        nothing is taken then."""
        if "document" in line:
            aside = line.get("aside")
            found = CopyTarget(int(line["document"]), str(line["target"]), None if aside is None else str(aside))
            # A name that was taken gives way to the next: of a document one file is being made at a time.
            self.targets = [each for each in self.targets if not _gives_way(each, found)] + [found]
        elif "void" in line:
            self.targets = [each for each in self.targets if each.aside != line["void"]]
        elif "filter" in line:
            self.begun.append(str(line["filter"]))
        elif "told" in line:
            told, in_store = line["told"], line["in_store"]
            name, documents = told["filter"], set(map(int, told["documents"]))
            self.told.append(told)
            self.begun = [each for each in self.begun if each.rpartition("/")[2] != name]
            if not in_store:
                self.elsewhere |= documents


def _gives_way(earlier: CopyTarget, later: CopyTarget) -> bool:
    return earlier.document == later.document and earlier.aside == later.aside


class JobNotes:
    """The notes of one job. To write them raises NoteFailed."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the job's."""
        self.path = folder / NOTES_FILE

    def filter(self, dialect: str) -> None:
        """A filter is about to begin."""
        self._write({"filter": dialect})

    def target(self, target: CopyTarget) -> None:
        """A file is about to be made."""
        line = {"document": target.document, "target": target.target}
        self._write(line if target.aside is None else {**line, "aside": target.aside})

    def copy_given_up(self, aside: str) -> None:
        """A copy is about to be given up."""
        self._write({"void": aside})

    def delivery_made(self, delivery: Delivery) -> None:
        """What a target is known to have."""
        self._write({"told": delivery.as_dict(), "in_store": delivery.in_store})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            # A line of its own, also behind one that a full disk has cut off.
            append(self.path, b"\n" + json.dumps(line).encode("ascii") + b"\n")
        except OSError as error:
            raise NoteFailed(error.errno, error.strerror, error.filename) from None

    def read(self) -> NotesSummary:
        """A line that is none is passed over: an image of which nothing is known is kept."""
        noted = NotesSummary()
        try:
            with read_file(self.path) as file:
                lines = file.read().splitlines()
        except OSError:
            return noted
        for line in lines:
            with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
                noted.add(json.loads(line))
        return noted
