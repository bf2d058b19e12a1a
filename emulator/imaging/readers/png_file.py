"""PNG (ISO/IEC 15948), where Pillow is not strict enough or forgets depth: checksums of all chunks, the end, 16
bits, and transparent colours."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from PIL import Image

from emulator.imaging.readers.palette import check_indices
from emulator.imaging.readers.unreadable import Unreadable, damage
from emulator.imaging.samples import DeepImage, Raster

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIGNATURE: Final = 8  # octets
_PIECE: Final = 1024 * 1024
_HEADER_END: Final = 29  # of the file
_DEPTH: Final = 24
_COLOUR: Final = 25  # octets of the file
_CHECKSUM: Final = slice(29, 33)  # of IHDR
_GREY, _RGB, _GREY_ALPHA, _RGBA = 0, 2, 4, 6  # colour types (11.2.2)
_TOP: Final = 65_535
_BAND: Final = 256  # rows

_LOW: Final = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow keeps the high octet of each sample; told that the octets come in the other order it keeps the low one."""


@dataclass(frozen=True, slots=True)
class PngHead:
    """What decides how the file is read."""

    depth: int
    colour: int
    key: tuple[int, ...] | None
    """Samples of the one colour that is transparent (tRNS of grey and RGB)."""
    colours: int
    """In the palette."""


def check(file: BinaryIO) -> PngHead:
    """Go through the chunks, as libpng does: each is whole and has its checksum, and the last is IEND. Raises
    Unreadable."""
    file.seek(0)
    head = file.read(33)
    if len(head) < 33 or head[12:16] != b"IHDR":
        raise Unreadable("damaged: no PNG header")
    file.seek(_SIGNATURE)
    key: tuple[int, ...] | None = None
    colours = 0
    while True:
        start = file.read(8)
        if len(start) < 8:
            raise Unreadable("damaged: the PNG is cut off, its last chunk (IEND) is missing")
        length, name = struct.unpack(">I4s", start)
        shown = name.decode("ascii", "backslashreplace")
        checksum = zlib.crc32(name)
        left = length
        if name == b"PLTE":
            colours = length // 3
        while left:
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise Unreadable(f"damaged: the PNG is cut off in its chunk {shown}")
            checksum = zlib.crc32(piece, checksum)
            if name == b"tRNS" and left == length and length in {2, 6}:
                key = struct.unpack(f">{length // 2}H", piece)
            left -= len(piece)
        if file.read(4) != checksum.to_bytes(4, "big"):
            raise Unreadable(f"damaged: the checksum of the PNG's chunk {shown} is wrong")
        if name == b"IEND":
            break
    depth, colour = head[_DEPTH], head[_COLOUR]
    if colour not in {_GREY, _RGB} or (key is not None and len(key) != (1 if colour == _GREY else 3)):
        key = None
    return PngHead(depth, colour, key, colours)


def read(path: Path, image: Image.Image, head: PngHead, *, deep: bool) -> Raster:
    """The pixels of a file that Pillow has opened as `image`. What is of the transparent colour is white paper;
    alpha is kept. Raises Unreadable."""
    tiles = list(image.tile)  # type: ignore[attr-defined]  # of files
    with damage():
        image.load()
    if image.mode == "P":
        check_indices(image, head.colours)
    if head.depth == 16 and head.colour in {_RGB, _RGBA} and (deep or head.key is not None):
        return _sixteen_bits(path, image, tiles, head.key, deep=deep)
    if deep and head.depth == 16 and head.colour == _GREY_ALPHA:
        return _grey_alpha(path)
    return image if head.key is None else _without(image, head.key, head.depth)


def _without(image: Image.Image, key: tuple[int, ...], depth: int) -> Image.Image:
    """The image with white where it has the colour of tRNS, which is told in samples of the file; of bits that
    these do not have it says nothing (11.3.2.1)."""
    import numpy as np

    top = 2**depth - 1
    samples = np.asarray(image).copy()
    wanted = [(sample & top) if depth in {8, 16} else (sample & top) * 255 // top for sample in key]
    if image.mode == "1":
        samples[samples == bool(wanted[0])] = True
    elif samples.ndim == 2:
        samples[samples == wanted[0]] = _TOP if depth == 16 else 255
    else:
        samples[(samples == wanted).all(axis=2)] = 255
    shown = Image.fromarray(samples)
    shown.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return shown


def _sixteen_bits(
    path: Path, high: Image.Image, tiles: list[Any], key: tuple[int, ...] | None, *, deep: bool
) -> Raster:
    """RGB with or without alpha: the file is decoded twice, for the high and the low octets."""
    import numpy as np

    with path.open("rb") as file, damage(), Image.open(file, formats=["PNG"]) as low:
        low.tile = [tile._replace(args=_LOW[tile.args]) for tile in tiles]
        low.load()
        samples = np.empty((high.height, high.width, len(high.getbands())), np.uint16)
        for first in range(0, high.height, _BAND):
            box = (0, first, high.width, min(high.height, first + _BAND))
            samples[box[1] : box[3]] = np.asarray(high.crop(box)).astype(np.uint16) << np.uint16(8)
            samples[box[1] : box[3]] |= np.asarray(low.crop(box))
    if key is not None:
        samples[(samples == key).all(axis=2)] = _TOP
    if deep:
        return DeepImage(samples)
    shown = Image.fromarray((samples >> 8).astype(np.uint8))
    shown.info = {name: value for name, value in high.info.items() if name != "transparency"}
    return shown


def _grey_alpha(path: Path) -> DeepImage:
    """Grey and alpha of 16 bits. Pillow keeps 8 of them; put before it as RGBA of 8 bits, which lies in the file
    alike, all octets come. Shown on white paper."""
    import numpy as np

    data = bytearray(path.read_bytes())
    data[_DEPTH], data[_COLOUR] = 8, _RGBA
    data[_CHECKSUM] = zlib.crc32(data[12:_HEADER_END]).to_bytes(4, "big")
    with damage(), Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        octets = np.asarray(image)
    return DeepImage(_on_paper(np.ascontiguousarray(octets).view(">u2")))


def _on_paper(samples: NDArray[Any]) -> NDArray[np.uint16]:
    import numpy as np

    grey, alpha = samples[:, :, :1].astype(np.uint32), samples[:, :, 1:].astype(np.uint32)
    return ((grey * alpha + _TOP * (_TOP - alpha) + _TOP // 2) // _TOP).astype(np.uint16)
