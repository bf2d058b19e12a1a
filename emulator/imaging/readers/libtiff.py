"""Compressed strips and tiles, put before libtiff (inside Pillow) as an image of their own."""

from __future__ import annotations

import io

from PIL import Image, TiffImagePlugin

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.unreadable import damage


def decoded(
    data: bytes,
    width: int,
    rows: int,
    compression: int,
    *,
    fill_order: int = 1,
    t4_options: int = 0,
    inverted: bool = False,
) -> Image.Image:
    """Of fax compressions an image of mode `1` (`inverted`: 1 is black), of others one of octets, mode `L`. Raises
    Unreadable."""
    fax = compression in layouts.FAX
    entries = [
        tags.numbers(tags.IMAGE_WIDTH, tags.LONG, width),
        tags.numbers(tags.IMAGE_LENGTH, tags.LONG, rows),
        tags.numbers(tags.BITS_PER_SAMPLE, tags.SHORT, 1 if fax else 8),
        tags.numbers(tags.COMPRESSION, tags.SHORT, compression),
        tags.numbers(tags.PHOTOMETRIC, tags.SHORT, layouts.WHITE_IS_ZERO if inverted else layouts.BLACK_IS_ZERO),
        tags.numbers(tags.FILL_ORDER, tags.SHORT, fill_order),
        tags.numbers(tags.STRIP_OFFSETS, tags.LONG, 8),
        tags.numbers(tags.ROWS_PER_STRIP, tags.LONG, rows),
        tags.numbers(tags.STRIP_BYTE_COUNTS, tags.LONG, len(data)),
    ]
    if t4_options:
        entries.append(tags.numbers(tags.T4_OPTIONS, tags.LONG, t4_options))
    begin = 8 + len(data) + len(data) % 2
    file = b"II*\0" + begin.to_bytes(4, "little") + data + bytes(len(data) % 2) + tags.pack(begin, entries)
    with damage(f"{layouts.COMPRESSIONS[compression]} data of a strip or tile: "):
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(file))
        image.load()
    return image
