"""JPEG data (ITU-T T.81) to pixels, by libjpeg-turbo through simplejpeg: unlike Pillow it tells of data that ends
early or makes no sense, where the decoder fills the rest of the picture with grey. It brings numpy, and is imported
when something is decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

from emulator.imaging.readers.unreadable import Unreadable, damage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Colours = Literal["GRAY", "RGB", "RGBX", "CMYK"]

_SOI: Final = b"\xff\xd8"
_ADOBE: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"  # APP14; its transform follows
# Markers (T.81, table B.1)
_SOS: Final = 0xDA
_SOF_0: Final = 0xC0
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_READ_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Sequential and progressive, of Huffman and of arithmetic coding; not hierarchical or lossless."""
_APPLICATION: Final = frozenset(range(0xE0, 0xF0))

_EXTRANEOUS: Final = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_MOST_EXTRANEOUS: Final = 16
"""Some cameras and scanners pad the end of the data by some octets; after damage there are many."""


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of each marker segment up to the first scan. Raises Unreadable."""
    at = 2
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise Unreadable("damaged: the JPEG data ends before its first scan, or is none")
        marker = data[at + 1]
        if marker == 0xFF:  # fill octets (B.1.1.2)
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield marker, at, at + 2 + length
        if marker == _SOS:
            return
        at += 2 + length


def check_kind(data: bytes) -> None:
    """Raises Unreadable for a kind of JPEG that is not read, by its name, and for what is none."""
    for marker, begin, _ in segments(data):
        if marker in _FRAMES:
            _check_frame(data, begin)


def _check_frame(data: bytes, begin: int) -> None:
    """Raises Unreadable for a kind of JPEG that is not read, by its name. The frame header stands at `begin`."""
    if begin + 5 > len(data):
        raise Unreadable("damaged: the JPEG data ends in its frame header")
    marker, bits = data[begin + 1], data[begin + 4]
    if marker not in _READ_FRAMES:
        raise Unreadable(f"JPEG with frame SOF{marker - _SOF_0} (hierarchical or lossless) is not read")
    if bits != 8:
        raise Unreadable(f"JPEG of {bits} bits a sample is not read")


def decode(data: bytes, colours: Colours, *, least: tuple[int, int] = (0, 0), factor: int = 1) -> NDArray[np.uint8]:
    """Height x width x channels. With `factor` 2, 4 or 8 the decoder makes the picture that much smaller; `least`
    is the width and height that it must have then. Raises Unreadable for damage."""
    check_kind(data)
    return _decoded(data, colours, {"min_width": least[0], "min_height": least[1], "min_factor": float(factor)})


def decode_into(data: bytes, rows: NDArray[np.uint8]) -> None:
    """The picture into `rows`, whole rows of its size: height x width x 4 for RGBX, x 1 for grey. Raises
    Unreadable."""
    import simplejpeg

    colours: Colours = "RGBX" if rows.shape[2] == 4 else "GRAY"
    with damage():
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
    if (height, width) == rows.shape[:2]:
        _decoded(data, colours, {"buffer": rows})
    elif height >= rows.shape[0] and width >= rows.shape[1]:
        rows[:] = _decoded(data, colours, {})[: rows.shape[0], : rows.shape[1]]
    else:
        wanted = f"{rows.shape[1]}x{rows.shape[0]}"
        raise Unreadable(f"damaged: a strip or tile of {width}x{height} pixels where {wanted} belong")


def _decoded(data: bytes, colours: Colours, options: dict[str, Any]) -> NDArray[np.uint8]:
    import simplejpeg

    with damage():
        try:
            samples: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, colours, strict=True, **options)
        except ValueError as error:
            padded = _EXTRANEOUS.search(str(error))
            if padded is None or int(padded[1]) > _MOST_EXTRANEOUS:
                raise
            samples = simplejpeg.decode_jpeg(data, colours, strict=False, **options)
    return samples


def of_tiff(tables: bytes, data: bytes, transform: int) -> bytes:
    """A strip or tile of a TIFF (Technical Note 2) as a JPEG file of its own: with the tables of JPEGTables, and
    the colours named by an APP14 marker (`transform` 1: YCbCr, 0: as they are), because the TIFF alone names
    them."""
    if data[:2] != _SOI:
        raise Unreadable("damaged: a strip or tile of the TIFF is no JPEG data")
    head = bytearray(_SOI + _ADOBE + bytes([transform]))
    if tables:
        end = len(tables) - 2 if tables.endswith(b"\xff\xd9") else len(tables)
        head += tables[2:end]
    for marker, begin, stop in segments(data):
        if marker == _SOS:
            return bytes(head) + data[begin:]
        if marker in _FRAMES:
            _check_frame(data, begin)
        if marker not in _APPLICATION:
            head += data[begin:stop]
    raise AssertionError("segments ends with a scan")
