"""What the scanner expects of each pipeline of pages."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emulator.device.sheets import SheetSide
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.scanned import Origin, Scanned


@dataclass(frozen=True, slots=True)
class Passing:
    """One side of a sheet on its way through the scanner."""

    number: int
    """Of the image in its job, from 1."""
    side: SheetSide
    front: SheetSide | None = None
    """Of the same sheet, where `side` is its back."""


class OpenDocument(Protocol):
    """A document that sides of sheets become."""

    @property
    def path(self) -> Path:
        """Its file, once it is finished."""

    @property
    def temporary(self) -> bool:
        """Whether the file is the scanner's own, to be deleted when it has been sent."""

    def add(self, passing: Passing, scanned: Scanned | None = None) -> None:
        """Put in one side. `scanned`: its image, where that is known already. Raises SourceError, OSError."""

    def finish(self) -> DocumentInfo:
        """Close it and say what is in it. Raises OSError."""


class PagePipeline(Protocol):
    """Makes the documents of one scan. What it does is done in threads, one thing at a time."""

    @property
    def one_document(self) -> bool:
        """Whether all sides go into one document; otherwise each is one."""

    def scan(self, passing: Passing) -> Scanned:
        """The image of one side. Raises SourceError."""

    def document(self, path: Path, origin: Origin) -> AbstractContextManager[OpenDocument]:
        """A document in a file `path`, from a scanner of that kind. When the block fails, no file is left."""

    def close(self) -> None:
        """No more documents are made."""
