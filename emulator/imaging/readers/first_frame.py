"""The first picture of an animation as a page: where it does not cover the canvas there is paper."""

from __future__ import annotations

from PIL import Image

from emulator.imaging.pixels import on_white
from emulator.imaging.readers.unreadable import damage


def read_gif(image: Image.Image) -> Image.Image:
    """A GIF that Pillow has opened: the canvas is not filled with the colour of index 0 (GIF89a, 18: what the
    background colour is for, programs decided otherwise long ago). Raises Unreadable."""
    tiles = image.tile  # type: ignore[attr-defined]  # of files
    box = tiles[0].extents if tiles else (0, 0, *image.size)
    with damage():
        image.load()
        if box == (0, 0, *image.size):
            return image
        frame = image.crop(box)
        frame.info = dict(image.info)
        sheet = Image.new("RGB", image.size, "white")
        sheet.paste(on_white(frame, "RGB"), box[:2])
    return sheet
