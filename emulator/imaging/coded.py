"""Images as files have them coded, which a scan would not change: they are not decoded and coded anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from emulator.imaging.affine import Affine
from emulator.wsscan.values.geometry import Dimensions, Resolution


class Coding(StrEnum):
    """How pixels are coded, in files of whatever format."""

    JPEG = "jpeg"
    """Sequential, of 8 bits, Huffman (ITU-T T.81); grey or YCbCr."""
    GROUP_4 = "group4"
    """ITU-T T.6."""
    PNG = "png"
    """Filtered rows, deflated (ISO/IEC 15948), not interlaced."""


@dataclass(frozen=True, slots=True)
class JpegTables:
    """What decides how much of an image its JPEG keeps."""

    components: tuple[tuple[int, bytes], ...]
    """Sampling factors (as the frame header has them) and quantization table (as DQT has it) of each."""


@dataclass(frozen=True, slots=True)
class CodedImage:
    """An image with its coded data, whole and sound."""

    coding: Coding
    size: tuple[int, int]
    color: str
    """ColorProcessing."""
    parts: tuple[bytes, ...]
    """JPEG: one, of tables, frame and scan, without SOI and application segments. Group 4: its strips. PNG: the
    contents of its IDAT chunks."""
    rows: int = 0
    """Group 4: of each strip; the last may have fewer."""
    white_is_zero: bool = True
    """Group 4: what is coded as black is black."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.size[1]


@dataclass(frozen=True, slots=True)
class CodedPage:
    """What the headers say of a page whose pixels are coded as a document may have them."""

    coding: Coding
    size: tuple[int, int]
    color: str
    dpi: tuple[float, float] | None
    """As of Page; `aspect` and `sheet` (there `size`) too."""
    aspect: float
    load: Callable[[], CodedImage | None]
    """Reads the data and looks whether it is sound. None where it is not, and the page can be read all the same;
    raises SourceError where it cannot."""
    sheet: tuple[float, float] | None = None
    tables: JpegTables | None = None
    """Of JPEG."""
    pieces: int = 1
    """Of Group 4: how many strips."""


@dataclass(frozen=True, slots=True)
class CodedScan:
    """One side of a sheet, of which the scan head would change no pixel. Its fields are those of Scanned."""

    image: CodedImage
    color: str
    resolution: Resolution
    page_to_image: Affine
    medium: Dimensions | None = None


@runtime_checkable
class CodedSource(Protocol):
    """A PageSource that may have pages coded."""

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        """Page `index` (from 0) as it is coded; None where it is not in that coding, or not plainly. Raises
        SourceError."""
