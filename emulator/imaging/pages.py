"""What the scan head scans: pages, where they come from, and why one cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from PIL import Image

from emulator.imaging.samples import Raster
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.keywords import FilmScanMode

PixelMode = Literal["1", "L", "RGB"]
"""Pillow's modes for black and white, grey and colours."""

MAX_PAGE_PIXELS: Final = 89_478_485
"""Largest page decoded, rendered or drawn, Pillow's own measure of a decompression bomb: A3 at 600 dpi is 70
million. The scan head makes larger images of such pages where a ticket asks for them."""


_BLOCK_BYTES: Final = 2 * 1024 * 1024
_KEPT_BLOCKS: Final = 32
# Pillow gives every image's memory back to the system and the next page faults it in again, which costs
# more than drawing on it (A4 RGB 300 dpi: 13.6 ms against 1.5). Blocks are kept for the next page; they are small,
# so that images of nearly the same size share them: one large block is given back to be made to measure.
Image.core.set_block_size(_BLOCK_BYTES)  # type: ignore[attr-defined]  # has no public name
Image.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined]  # has no public name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the scan head will make of a page. A source may draw, render or decode for it, or ignore it."""

    resolution: Resolution
    """Pixels per inch of the medium, scaling included."""
    mode: PixelMode
    medium: Dimensions
    """Size of the sheet in 1/1000 inch."""
    deep: bool = False
    """16 bits a channel are wanted: a source that has them gives a DeepImage, or Pillow's grey of 16 bits."""
    film_scan_mode: str = FilmScanMode.NOT_APPLICABLE
    """The film that the scan is for, NotApplicable for paper. A source that makes its pages up makes them on such
    a film (film.py); a file is taken for a picture of the film as it lies in the holder."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a source gives it. The image may be in any Pillow mode, and belongs to the caller; a DeepImage
    it is only where one is wanted."""

    image: Raster
    dpi: tuple[float, float] | None
    """Pixels per inch across and down where the page's physical size is known, else None."""
    origin: str
    """For people: `invoice.pdf page 3`."""
    size: tuple[float, float] | None = None
    """Width and height of the sheet in 1/1000 inch, where the source knows it better than whole pixels tell."""
    aspect: float = 1.0
    """The width of a pixel by its height, where only that is known (`dpi` is None)."""


class PageSource(Protocol):
    """Pages in order. One thread at a time may use a source; different sources know nothing of each other."""

    def __len__(self) -> int:
        """Return how many pages there are."""

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Page `index` (from 0). Raises SourceError for a page that turns out bad, IndexError beyond the end."""

    def close(self) -> None:
        """Close open files; safe to call twice."""


class SourceError(Exception):
    """A file or page that cannot be scanned. `str()` is one line: file, page, reason."""

    def __init__(self, file: Path, reason: str, page: int | None = None) -> None:
        """`page` counts from 1; None where the whole file is meant."""
        self.file = file
        self.page = page
        self.reason = " ".join(reason.split()) or "cannot be read"
        where = f"{file}: " if page is None else f"{file}: page {page}: "
        super().__init__(where + self.reason)

    def __reduce__(self) -> tuple[type[SourceError], tuple[Path, str, int | None]]:
        return SourceError, (self.file, self.reason, self.page)  # it comes from worker processes too


class UnsupportedSetting(ValueError):
    """A ticket asks for what this version cannot do. `str()` is one line: the setting, what is possible."""
