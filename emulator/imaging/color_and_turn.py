"""The last steps of a scan: the colours that ColorProcessing names, and the turn that Rotation asks for."""

from __future__ import annotations

from typing import Final

from PIL import Image

from emulator.imaging.content import TextThreshold, bilevel
from emulator.imaging.pixels import on_white
from emulator.imaging.samples import DEEP_CHANNELS, LEVEL_4, DeepImage, Raster
from emulator.wsscan.values.keywords import ColorEntry

_CLOCKWISE: Final = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns the other way round
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}

_SIXTEEN_LEVELS: Final = [(level + LEVEL_4 // 2) // LEVEL_4 * LEVEL_4 for level in range(256)]


def in_color(image: Raster, color: str, content_type: str, ppi: tuple[float, float], text: TextThreshold) -> Raster:
    """A scanned image (`1`, `L`, `RGB` or a DeepImage) as samples.py has it for `color`. RGBa is opaque everywhere:
    beside and behind the sheet the scanner sees its white lid. Grayscale4 is rounded to the nearest level.

    - `text`: how black and white tells ink from paper.
    """
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.converted(image, DEEP_CHANNELS[color])
    match color:
        case ColorEntry.BLACK_AND_WHITE_1:
            return image if image.mode == "1" else bilevel(on_white(image, "L"), content_type, ppi, text)
        case ColorEntry.GRAYSCALE_4:
            return on_white(image, "L").point(_SIXTEEN_LEVELS)
        case ColorEntry.GRAYSCALE_8:
            return on_white(image, "L")
        case ColorEntry.RGBA_32:
            return image.convert("RGBA")
        case _:
            return on_white(image, "RGB")


def turned(image: Raster, degrees: int) -> Raster:
    """Clockwise by 0, 90, 180 or 270 degrees."""
    if not degrees:
        return image
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.turned(image, degrees)
    return image.transpose(_CLOCKWISE[degrees])
