"""Words as pixels: drawn once for each size and then only copied."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any, Final

import uharfbuzz as hb
from PIL import Image

from emulator.printing.faces import Role
from emulator.printing.setting import Shaped, shape

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


_Key = tuple[str, Role, bool, bool, str, float, float]


class _Cache:
    """Drawn words, shared by all pages and threads; emptied when they grow too many. What is in it never
    alters a page, only how soon it is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: dict[_Key, Inked | None] = {}
        self._bytes = 0

    def get(self, key: _Key) -> Inked | None:
        try:
            return self._words[key]
        except KeyError:
            pass
        word, role, bold, italic, language, em, shift = key
        drawn = draw(shape(word, role, bold, italic, language), em, shift=(shift, 0.0))
        with self._lock:
            size = drawn.width * drawn.height if drawn else 1
            if self._bytes + size > _CACHE_BYTES:
                self._words.clear()
                self._bytes = 0
            self._words[key] = drawn
            self._bytes += size
        return drawn


_CACHE: Final = _Cache()


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
    return _CACHE.get((word, role, bold, italic, language, round(em * 8) / 8, shift))


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
    # Rows come from the bottom up.
    mask = Image.frombytes("L", size, bytes(image.buffer), "raw", "L", extents.stride, -1)
    box = mask.getbbox()
    if box is None:
        return None
    return Inked(mask.crop(box), extents.x_origin + box[0], -(extents.y_origin + extents.height) + box[1])
