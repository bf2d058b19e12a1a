"""Strips and tiles of a TIFF image: where they lie in the file, and in the image."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.tiff_directories import Directory
from emulator.imaging.readers.tiff_layout import Layout
from emulator.imaging.readers.unreadable import Unreadable


class Segments:
    """Numbered as the file has them: row by row, of separate planes plane by plane."""

    def __init__(self, directory: Directory, layout: Layout, whole: int | None = None) -> None:
        """`whole`: octets of an uncompressed image in one strip, whose length need not be told. Raises
        Unreadable."""
        self._file = directory.file
        self._layout = layout
        self.across = -(-layout.width // layout.block[0])
        self.down = -(-layout.height // layout.block[1])
        self.planes = layout.samples if layout.separate else 1
        tiled = layout.tile is not None
        self._offsets = directory.whole(tags.TILE_OFFSETS if tiled else tags.STRIP_OFFSETS)
        self._lengths = directory.whole(tags.TILE_BYTE_COUNTS if tiled else tags.STRIP_BYTE_COUNTS)
        count = self.across * self.down * self.planes
        if not self._lengths and count == 1 and layout.compression == layouts.NONE and whole is not None:
            self._lengths = (whole,)
        found = min(len(self._offsets), len(self._lengths))
        if found < count:
            raise Unreadable(f"damaged: {found} strips or tiles where the TIFF needs {count}")

    def places(self) -> Iterator[tuple[int, int]]:
        """Column and row of each in the image, of one plane."""
        for down in range(self.down):
            for across in range(self.across):
                yield across * self._layout.block[0], down * self._layout.block[1]

    def data(self, number: int, most: int | None = None) -> bytes:
        """The octets of one, `most` of them. Raises Unreadable."""
        length = self._lengths[number]
        if most is not None:
            length = min(length, most)
        self._file.seek(min(self._offsets[number], 2**62))
        data = self._file.read(min(length, 2**31))
        if len(data) < length or not data:
            raise Unreadable("damaged or cut off: a strip or tile lies beyond the end of the file")
        return data
