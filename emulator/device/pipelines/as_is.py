"""Files that are sent as they are (`--as-is`): each lies in the scanner like a sheet, and is a document."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from emulator.device.pipelines.pipeline import Passing
from emulator.device.points import PageFailed
from emulator.imaging.as_is import AsIs
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned

_NO_IMAGE = "the file is sent as it is: nothing of it is scanned or altered"


class AsIsFiles:
    """A document a file (`PagePipeline`). The files are the pages of a source too, of which no image can be had."""

    one_document = False

    def __init__(self, files: Sequence[AsIs]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Raises SourceError."""
        raise SourceError(self._files[index].path, _NO_IMAGE)

    def scan(self, passing: Passing) -> Scanned:
        """Raises PageFailed."""
        raise PageFailed(f"{self.file(passing).path}: {_NO_IMAGE}")

    def file(self, passing: Passing) -> AsIs:
        """The file that lies there like a sheet."""
        return self._files[passing.side.index]

    def document(self, path: Path, origin: Origin = NO_ORIGIN) -> AbstractContextManager[FileDocument]:
        """See PagePipeline; nothing is written to `path`."""
        return nullcontext(FileDocument(self, path))

    def close(self) -> None:
        """Nothing is open."""


class FileDocument:
    """A file as it is (`OpenDocument`)."""

    temporary = False

    def __init__(self, pipeline: AsIsFiles, path: Path) -> None:
        self.path = path
        self._pipeline = pipeline
        self._file: AsIs | None = None

    def add(self, passing: Passing, scanned: Scanned | None = None) -> None:
        """See OpenDocument. Raises PageFailed where another image is to be sent."""
        if scanned is not None:
            raise PageFailed(f"{self._pipeline.file(passing).path}: {_NO_IMAGE}")
        self._file = self._pipeline.file(passing)
        self.path = self._file.path

    def finish(self) -> DocumentInfo:
        """See OpenDocument."""
        if self._file is None:
            raise ValueError("a document needs at least one image")
        return self._file.info
