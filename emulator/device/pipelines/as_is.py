"""Files that are sent as they are (`--as-is`): each lies in the scanner like a sheet, and is a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.points import PageFailed
from emulator.imaging.as_is import AsIs
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.scanned import Origin, Scanned

_NO_IMAGE = "the file is sent as it is: nothing of it is scanned or altered"


class AsIsFiles:
    """A document a file (`PagePipeline`). The files are the pages of a source too, of which no image can be had."""

    one_document = False
    works_ahead = False
    instant = True
    temporary = False

    def __init__(self, files: Sequence[AsIs]) -> None:
        self._files = files
        self._file: AsIs | None = None

    def __len__(self) -> int:
        return len(self._files)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Raises SourceError."""
        raise SourceError(self._files[index].path, _NO_IMAGE)

    def scan(self, passing: PassingSide) -> Scanned:
        """Raises PageFailed."""
        raise PageFailed(f"{self._files[passing.side.index].path}: {_NO_IMAGE}")

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """See PagePipeline; nothing is written to `path`. Raises PageFailed where another image is to be sent."""
        if scanned is not None:
            self.scan(passing)
        self._file = self._files[passing.side.index]

    def finish(self) -> tuple[Path, DocumentInfo]:
        """See PagePipeline."""
        assert self._file is not None, "something has been added"
        return self._file.path, self._file.info

    def close(self) -> None:
        """Nothing is open."""
