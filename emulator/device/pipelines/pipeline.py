"""What the scanner expects of each pipeline of pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.device.sheets import SheetSide
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.scanned import Origin, Scanned


@dataclass(frozen=True, slots=True)
class PassingSide:
    """One side of a sheet on its way through the scanner."""

    number: int
    """Of the image in its job, from 1."""
    side: SheetSide
    front: SheetSide | None = None
    """Of the same sheet, where `side` is its back."""


class PagePipeline(Protocol):
    """Makes the documents of one scan, one by one. What it does is done in threads, one thing at a time."""

    @property
    def one_document(self) -> bool:
        """Whether all sides go into one document; otherwise each is one."""

    @property
    def instant(self) -> bool:
        """Whether nothing is to be done for a document, neither scanned nor written: no thread is needed."""

    @property
    def works_ahead(self) -> bool:
        """Whether it is at work between the calls too: `close` waits for that, and is called in a thread."""

    @property
    def temporary(self) -> bool:
        """Whether the files are the scanner's own, to be deleted when they have been sent."""

    def scan(self, passing: PassingSide) -> Scanned:
        """The image of one side. Raises SourceError."""

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """Put a side into the document in the file `path`, from a scanner of that kind. `scanned`: its image, where
        it has been scanned already. Raises SourceError, OSError."""

    def finish(self) -> tuple[Path, DocumentInfo]:
        """Close the document: its file, and what is in it. Raises OSError."""

    def close(self) -> None:
        """The scan has ended: a document that has not been finished is removed. Safe to call twice."""
