"""An image file as the child has it open."""

from __future__ import annotations

from pathlib import Path

from emulator.imaging.decoding.messages import Message, drawn
from emulator.imaging.decoding.shared_memory import Canvas
from emulator.imaging.kinds import FileKind
from emulator.imaging.pages import Wanted
from emulator.imaging.raster import RasterFile


class ImageFile:
    """Its pages, decoded as the parent would decode them."""

    def __init__(self, path: Path, kind: FileKind) -> None:
        """Raises SourceError."""
        self._file = RasterFile(path, kind)
        self.notes = self._file.notes

    def __len__(self) -> int:
        return len(self._file)

    def draw(self, index: int, wanted: Wanted | None, canvas: Canvas) -> Message:
        """Decode page `index`. Raises SourceError, MemoryError."""
        return drawn(self._file.page(index, wanted), canvas)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
