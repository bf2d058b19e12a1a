"""Pages for the tests of traces."""

from __future__ import annotations

from PIL import Image

from emulator.imaging.letter import A4, LetterSource
from emulator.imaging.pages import PixelMode, Wanted
from emulator.wsscan.values.geometry import Resolution


def letter(mode: PixelMode = "L", ppi: int = 100, index: int = 0) -> Image.Image:
    """A page of the synthetic letter, A4."""
    image = LetterSource(4, job="traces").page(index, Wanted(Resolution(ppi, ppi), mode, A4)).image
    return image if mode != "1" else image.convert("1")


def blank(mode: str = "L", size: tuple[int, int] = (827, 1169)) -> Image.Image:
    """White paper, A4 at 100 ppi."""
    return Image.new(mode, size, "white")
