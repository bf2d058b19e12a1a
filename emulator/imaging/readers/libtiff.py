"""Compressed strips and tiles, put before libtiff (inside Pillow) as the strips of an image of their own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import accumulate

from PIL import Image, TiffImagePlugin

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.unreadable import damage


def decoded(
    strips: Sequence[bytes],
    width: int,
    rows: int,
    height: int,
    compression: int,
    *,
    fill_order: int = 1,
    t4_options: int = 0,
    inverted: bool = False,
) -> Image.Image:
    """Strips of `rows`, one below the other, `height` in all. Of fax compressions an image of mode `1`
    (`inverted`: 1 is black), of others one of octets, mode `L`. Raises Unreadable.

    - `strips`: coded data of each.
    - `width`: pixels of a row.
    - `rows`: rows of each strip but the last.
    - `height`: rows in all.
    - `compression`: the number of TIFF's tag.
    - `fill_order`: 1: the first pixel is the most significant bit.
    - `t4_options`: the number of TIFF's tag.
    - `inverted`: whether 1 is black.
    """
    fax = compression in layouts.FAX
    lengths = [len(strip) for strip in strips]
    offsets = [8, *(8 + length for length in accumulate(lengths))]
    entries = [
        tags.numbers(tags.IMAGE_WIDTH, tags.LONG, width),
        tags.numbers(tags.IMAGE_LENGTH, tags.LONG, height),
        tags.numbers(tags.BITS_PER_SAMPLE, tags.SHORT, 1 if fax else 8),
        tags.numbers(tags.COMPRESSION, tags.SHORT, compression),
        tags.numbers(tags.PHOTOMETRIC, tags.SHORT, layouts.WHITE_IS_ZERO if inverted else layouts.BLACK_IS_ZERO),
        tags.numbers(tags.FILL_ORDER, tags.SHORT, fill_order),
        tags.numbers(tags.STRIP_OFFSETS, tags.LONG, *offsets[:-1]),
        tags.numbers(tags.ROWS_PER_STRIP, tags.LONG, rows),
        tags.numbers(tags.STRIP_BYTE_COUNTS, tags.LONG, *lengths),
    ]
    if t4_options:
        entries.append(tags.numbers(tags.T4_OPTIONS, tags.LONG, t4_options))
    begin = offsets[-1] + offsets[-1] % 2
    head = b"II*\0" + begin.to_bytes(4, "little")
    file = b"".join([head, *strips, bytes(begin - offsets[-1]), tags.pack(begin, entries)])
    with damage(f"{layouts.COMPRESSIONS[compression]} data of a strip or tile: "):
        image = TiffImagePlugin.TiffImageFile(io.BytesIO(file))
        image.load()
    return image
