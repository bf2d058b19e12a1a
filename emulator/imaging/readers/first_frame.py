"""The first picture of an animation as a page: where it does not cover the canvas there is paper."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from PIL import Image

from emulator.imaging.pixels import on_white
from emulator.imaging.readers.unreadable import damage

_RIFF_HEADER: Final = 12  # octets
_Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def read_gif(image: Image.Image) -> Image.Image:
    """A GIF that Pillow has opened: the canvas is not filled with the colour of index 0 (GIF89a, 18: what the
    background colour is for, programs decided otherwise long ago). Raises Unreadable."""
    tiles = image.tile  # type: ignore[attr-defined]  # of files
    box = tiles[0].extents if tiles else (0, 0, *image.size)
    with damage():
        image.load()
        return _on_paper(image, box)


def read_webp(image: Image.Image, file: BinaryIO) -> Image.Image:
    """A WebP that Pillow has opened from `file`: without alpha it makes black of what its first picture does not
    cover. Raises Unreadable."""
    box = _first_picture(file) if image.mode == "RGB" else None
    with damage():
        image.load()
        return image if box is None else _on_paper(image, box)


def _on_paper(image: Image.Image, box: _Box) -> Image.Image:
    if box == (0, 0, *image.size):
        return image
    frame = image.crop(box)
    frame.info = dict(image.info)
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(on_white(frame, "RGB"), box[:2])
    return sheet


def _first_picture(file: BinaryIO) -> _Box | None:
    """Return where the first picture of an animation lies (WebP container specification, ANMF)."""
    at = file.tell()
    file.seek(_RIFF_HEADER)
    try:
        while len(start := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", start)
            if name == b"ANMF":
                place = file.read(12)
                left, top, wide, high = (int.from_bytes(place[each : each + 3], "little") for each in (0, 3, 6, 9))
                return 2 * left, 2 * top, 2 * left + wide + 1, 2 * top + high + 1
            file.seek(length + length % 2, 1)
        return None
    finally:
        file.seek(at)
