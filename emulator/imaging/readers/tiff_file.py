"""Pages of a TIFF: which of its images are pages, and how each is read."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from PIL import TiffImagePlugin

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.density import UNKNOWN, Density
from emulator.imaging.readers.tiff_directories import Directory, directories
from emulator.imaging.readers.unreadable import Unreadable, damage
from emulator.imaging.samples import Raster

# NewSubfileType (TIFF 6.0, section 8; RFC 2301, 8.2.3): a smaller copy of another image, the transparency mask of
# one, a layer of mixed raster content.
_NO_PAGE: Final = 1 | 4 | 16
_MASK: Final = 4
_REDUCED: Final = 2  # SubfileType
_CENTIMETRE: Final = 3  # ResolutionUnit
_PER_INCH: Final = 2.54


@dataclass(frozen=True, slots=True)
class TiffImage:
    """One image of a TIFF that is a page."""

    directory: Directory
    place: int
    """Where its directory stands in the file."""

    @property
    def size(self) -> tuple[int, int]:
        """The size as it is stored. Raises Unreadable."""
        return self.directory.number(tags.IMAGE_WIDTH, 0), self.directory.number(tags.IMAGE_LENGTH, 0)

    @property
    def orientation(self) -> int:
        """1 where it is missing or nonsense."""
        try:
            return self.directory.number(tags.ORIENTATION, 1)
        except Unreadable:
            return 1

    @property
    def density(self) -> Density:
        """The density of the pixels as they are stored."""
        try:
            across = (self.directory.numbers(tags.X_RESOLUTION) or (0.0,))[0]
            down = (self.directory.numbers(tags.Y_RESOLUTION) or (0.0,))[0]
            unit = self.directory.number(tags.RESOLUTION_UNIT, tags.INCH)
        except Unreadable:  # a page without a size is a page
            return UNKNOWN
        scale = {tags.INCH: 1.0, _CENTIMETRE: _PER_INCH}.get(unit)
        return Density.of(across * (scale or 1.0), down * (scale or 1.0), absolute=scale is not None)

    @property
    def profile(self) -> bytes | None:
        """The ICC profile. Raises Unreadable."""
        return self.directory.data(tags.ICC_PROFILE) if tags.ICC_PROFILE in self.directory else None

    def read(self, *, deep: bool, grey: bool = False) -> tuple[Raster, bool]:
        """The pixels, and whether they are upright already. With `grey` the colours may be left out where that
        saves work. Raises Unreadable."""
        layout = layouts.layout_of(self.directory)
        if layout.compression == layouts.CCITT_G4:
            from emulator.imaging.readers.tiff_fax import read_group_4

            proved = read_group_4(self.directory, layout)
            if proved is not None:
                return proved, False
        palette = layout.photometric == layouts.PALETTE
        if layouts.by_pillow(layout) and not (palette and self._palette_of_octets()):
            with damage(f"{layouts.COMPRESSIONS[layout.compression]} data of the TIFF: "):
                file = cast("BinaryIO", _FirstDirectory(self.directory, self.place))
                image = TiffImagePlugin.TiffImageFile(file)
                image.load()
                return image, True
        from emulator.imaging.readers.tiff_page import read_image

        return read_image(self.directory, layout, deep=deep, grey=grey), False

    def _palette_of_octets(self) -> bool:
        return max(self.directory.whole(tags.COLOR_MAP), default=0) <= 255


def tiff_images(file: BinaryIO) -> list[TiffImage]:
    """The pages. Masks and reduced copies are none; where all images are copies the first is the page. Raises
    Unreadable."""
    images = [TiffImage(directory, place) for directory, place in directories(file)]
    pages = [image for image in images if not _subfile(image.directory) & _NO_PAGE]
    if pages:
        return pages
    copies = [image for image in images if not _subfile(image.directory) & _MASK]
    if not copies:
        raise Unreadable("no page: the TIFF holds transparency masks alone")
    return copies[:1]


def _subfile(directory: Directory) -> int:
    """NewSubfileType, whoever tells it."""
    found = directory.number(tags.NEW_SUBFILE_TYPE, 0)
    if directory.number(tags.SUBFILE_TYPE, 0) == _REDUCED:
        found |= 1
    if directory.number(tags.PHOTOMETRIC, -1) == layouts.TRANSPARENCY_MASK:
        found |= _MASK
    return found


class _FirstDirectory(io.BufferedIOBase):
    """A TIFF whose header leads to the directory of one page, for Pillow: it goes through all before it
    otherwise, and fails at one that it does not know. libtiff, to which Pillow gives the descriptor, is told the
    place besides."""

    def __init__(self, directory: Directory, place: int) -> None:
        super().__init__()
        self._file = directory.file
        big = directory.big
        mark = b"II" if directory.order == "<" else b"MM"
        head = (43, 8, 0, place) if big else (42, place)
        self._head = mark + struct.pack(f"{directory.order}{'HHHQ' if big else 'HI'}", *head)
        self._file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        at = self._file.tell()
        data = self._file.read(-1 if size is None else size)
        if at < len(self._head) and data:
            data = self._head[at : at + len(data)] + data[len(self._head) - at :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def fileno(self) -> int:
        return self._file.fileno()
