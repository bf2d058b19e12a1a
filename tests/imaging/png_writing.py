"""PNGs of any kind by ISO/IEC 15948: nothing of the package."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

Samples = np.ndarray[Any, Any]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row of each pass, and its steps."""


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the data of each."""
    at = 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], at + 8, at + 8 + length
        at += 12 + length


def write_png(
    samples: Samples,
    depth: int,
    colour: int,
    *,
    interlaced: bool = False,
    row_filter: int = 0,
    before: tuple[tuple[bytes, bytes], ...] = (),
    parts: int = 1,
) -> bytes:
    """Height x width x channels. `before`: chunks before the pixels; `parts`: in how many IDAT they come."""
    height, width, _ = samples.shape
    size = max(1, samples.shape[2] * depth // 8)
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    octets = b"".join(
        _rows(samples[row::down, column::across], depth, row_filter, size) for column, row, across, down in passes
    )
    packed = zlib.compress(octets)
    step = -(-len(packed) // parts)
    body = b"".join(chunk(b"IDAT", packed[at : at + step]) for at in range(0, len(packed), step))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    more = b"".join(chunk(*each) for each in before)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + body + chunk(b"IEND", b"")


def _rows(samples: Samples, depth: int, row_filter: int, size: int) -> bytes:
    if not samples.size:
        return b""
    flat = samples.reshape(samples.shape[0], -1)
    if depth == 16:
        rows = flat.astype(">u2").view(np.uint8)
    elif depth == 8:
        rows = flat.astype(np.uint8)
    else:
        single = np.unpackbits(flat.astype(np.uint8)[:, :, np.newaxis], axis=2)[:, :, 8 - depth :]
        rows = np.packbits(single.reshape(flat.shape[0], -1), axis=1)
    rows = rows.reshape(samples.shape[0], -1).astype(np.int32)
    left = np.pad(rows, ((0, 0), (size, 0)))[:, : rows.shape[1]]
    above = np.pad(rows, ((1, 0), (0, 0)))[:-1]
    corner = np.pad(above, ((0, 0), (size, 0)))[:, : rows.shape[1]]
    estimate = left + above - corner
    far = [abs(estimate - each) for each in (left, above, corner)]
    paeth = np.where((far[0] <= far[1]) & (far[0] <= far[2]), left, np.where(far[1] <= far[2], above, corner))
    guess = (0 * rows, left, above, (left + above) // 2, paeth)[row_filter]
    marked = np.insert((rows - guess) & 255, 0, row_filter, axis=1)
    return marked.astype(np.uint8).tobytes()
