"""Words as pixels: drawn once for each size and then only copied."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import uharfbuzz as hb
from PIL import Image

from emulator.printing.faces import Role
from emulator.printing.own_fonts import OwnFont, in_use
from emulator.printing.setting import Shaped, shape

K = TypeVar("K")
V = TypeVar("V")
_CACHE_BYTES: Final = 24 * 1024 * 1024  # some ten pages of 300 dpi with hardly a word twice


@dataclass(frozen=True, slots=True)
class Inked:
    """Coverage of a word."""

    mask: Image.Image
    left: int
    """Pixels from the beginning of the base line to the upper left corner of the mask."""
    top: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.mask.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.mask.height


class DrawnOnce(Generic[K, V]):
    """What is drawn once and then copied, shared by all pages and threads; emptied when it grows too large. What is
    in it never alters a page, only how soon it is there."""

    def __init__(self, most: int) -> None:
        """`most`: octets that it takes."""
        self.drawn: dict[K, V] = {}
        self._lock = threading.Lock()
        self._most = most
        self._octets = 0

    def keep(self, key: K, drawn: V, octets: int) -> V:
        """Remember it; gives it back."""
        with self._lock:
            if self._octets + octets > self._most:
                self.drawn.clear()
                self._octets = 0
            self.drawn[key] = drawn
            self._octets += octets
        return drawn


_WORDS: Final[DrawnOnce[tuple[str, Role, bool, bool, str, float, float, tuple[OwnFont, ...]], Inked | None]] = (
    DrawnOnce(_CACHE_BYTES)
)


def inked(
    word: str, role: Role, bold: bool, italic: bool, language: str, em: float, shift: float = 0.0
) -> Inked | None:
    """A word at `em` pixels to the type size, `shift` of a pixel to the right; None where it has no ink. Raises
    FontMissing.

    - `word`: what is drawn.
    - `role`: the kind of face.
    - `bold`: whether it is set in bold.
    - `italic`: whether it is set in italics.
    - `language`: a BCP 47 tag.
    - `em`: pixels to the type size.
    - `shift`: of a pixel, to the right.
    """
    key = (word, role, bold, italic, language, round(em * 8) / 8, shift, in_use())
    try:
        return _WORDS.drawn[key]
    except KeyError:
        drawn = draw(shape(word, role, bold, italic, language), key[5], shift=(shift, 0.0))
    return _WORDS.keep(key, drawn, drawn.width * drawn.height if drawn else 1)


def draw(
    shaped: Shaped,
    em: float,
    *,
    degrees: float = 0.0,
    shift: tuple[float, float] = (0.0, 0.0),
    slant: float = 0.0,
) -> Inked | None:
    """Draw a word, leaning to the right by `slant` (a tangent), turned clockwise about the beginning of its base
    line by `degrees` and moved by `shift` pixels (down is positive).

    - `shaped`: the word's glyphs.
    - `em`: pixels to the type size.
    - `degrees`: clockwise, about the beginning of the base line.
    - `shift`: pixels to the right and down.
    - `slant`: a tangent, leaning to the right.
    """
    raster = hb.RasterDraw()
    cosine, sine = math.cos(math.radians(-degrees)), math.sin(math.radians(-degrees))
    for glyph in shaped.glyphs:
        scale = em / glyph.face.upem
        x, y = (glyph.x + slant * glyph.y) * em, glyph.y * em
        raster.transform = (
            scale * cosine,
            scale * sine,
            scale * (slant * cosine - sine),
            scale * (slant * sine + cosine),
            x * cosine - y * sine + shift[0],
            x * sine + y * cosine - shift[1],
        )
        raster.draw_glyph(glyph.face.font, glyph.id)
    image: Any = raster.render()
    if image is None or not image.extents or not image.extents.width or not image.extents.height:
        return None
    extents = image.extents
    size = (extents.width, extents.height)
    # Rows come from the bottom up. The octets themselves are the image (see `lasting`).
    octets = bytes(image.buffer)
    box = Image.frombuffer("L", size, octets, "raw", "L", extents.stride, -1).getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    octets = octets[(extents.height - bottom) * extents.stride + left :] + bytes(left)
    mask = Image.frombuffer("L", (right - left, bottom - top), octets, "raw", "L", extents.stride, -1)
    return Inked(mask, extents.x_origin + left, -(extents.y_origin + extents.height) + top)


def lasting(image: Image.Image) -> Image.Image:
    """A copy (of RGB as RGBX) to be kept, outside of the blocks that Pillow keeps for the next image.

    A small image takes a whole block of a page, and cuts it to its own size: a hole is left beside it that no page
    fits in any more.
    """
    mode = "RGBX" if image.mode == "RGB" else image.mode
    return Image.frombuffer(mode, image.size, image.tobytes("raw", mode), "raw", mode, 0, 1)
