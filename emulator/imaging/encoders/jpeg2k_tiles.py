"""A JPEG 2000 codestream (ITU-T T.800, annex A) of tiles that are coded one at a time.

To code a whole page OpenJPEG needs some forty times the octets of its pixels and, under Python, keeps every other
thread waiting till it is done. A tile does not depend on its neighbours: each is coded as an image of its own, and
what stands between the headers of that codestream becomes a tile-part of the page's. That this may be done lies in
TILE_SIDE: a power of two from 64 up, so that in each of the five decompositions a tile begins where a code block
begins, or lies within one.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from PIL import Image

from emulator.imaging.scanned import SOFTWARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

TILE_SIDE: Final = 512
"""Pixels; as fast as larger ones, and done in some 40 ms."""
MAX_TILES: Final = 65_535
"""By the 16 bits of Isot (A.4.2)."""
_LEAST_SIDE: Final = 32
"""OpenJPEG's five decompositions need so many pixels a side."""

_RGB_CHANNELS: Final = 3
_SRGB, _UNSPECIFIED = 1, 0  # what pylibjpeg-openjpeg calls them; it decorrelates sRGB's channels alone

# Markers (table A.2)
_SOC: Final = b"\xff\x4f"
_SIZ: Final = b"\xff\x51"
_COD: Final = b"\xff\x52"
_QCD: Final = b"\xff\x5c"
_COM: Final = b"\xff\x64"
_SOT: Final = b"\xff\x90"
_SOD: Final = b"\xff\x93"
_EOC: Final = b"\xff\xd9"
_LATIN: Final = 1  # Rcom


@dataclass(frozen=True, slots=True)
class _Coded:
    """A tile."""

    parameters: bytes
    """Its COD and QCD marker segments."""
    data: bytes
    """Its packets."""


def write_codestream(
    file: BinaryIO,
    samples: Callable[[Box], NDArray[Any]],
    size: tuple[int, int],
    channels: int,
    bits: int,
    psnr: float | None,
) -> None:
    """Write an image of `size` (width, height) at the file's end. `samples` gives a part of it: height x width x
    channels of `bits` (8, 16).

    - `psnr`: of each tile, in dB; None: without loss.

    Raises OSError.
    """
    main = b""
    for number, box in enumerate(_boxes(size)):
        tile = _code(samples(box), bits, psnr)
        if not main:
            main = tile.parameters
            comment = struct.pack(">H", _LATIN) + SOFTWARE.encode("latin-1")
            file.write(_SOC + _segment(_SIZ, _siz(size, channels, bits)) + main + _segment(_COM, comment))
        own = tile.parameters if tile.parameters != main else b""
        length = 12 + len(own) + len(_SOD) + len(tile.data)
        file.write(_segment(_SOT, struct.pack(">HIBB", number, length, 0, 1)) + own + _SOD)
        file.write(tile.data)
    file.write(_EOC)


def _boxes(size: tuple[int, int]) -> Iterator[Box]:
    """The tiles' places, in the order of their numbers."""
    width, height = size
    for top in range(0, height, TILE_SIDE):
        for left in range(0, width, TILE_SIDE):
            yield left, top, min(width, left + TILE_SIDE), min(height, top + TILE_SIDE)


def _siz(size: tuple[int, int], channels: int, bits: int) -> bytes:
    """Image and tile size (A.5.1): both begin at 0, no channel is subsampled."""
    sizes = struct.pack(">H8IH", 0, *size, 0, 0, TILE_SIDE, TILE_SIDE, 0, 0, channels)
    return sizes + bytes((bits - 1, 1, 1)) * channels


def _segment(marker: bytes, content: bytes) -> bytes:
    return marker + struct.pack(">H", 2 + len(content)) + content


def _code(samples: NDArray[Any], bits: int, psnr: float | None) -> _Coded:
    if min(samples.shape[:2]) < _LEAST_SIDE:
        return _code_sliver(samples)
    import numpy as np
    from openjpeg.utils import encode_array

    channels = samples.shape[2]
    try:
        data = encode_array(
            np.ascontiguousarray(samples if channels > 1 else samples[:, :, 0]),
            bits,
            _SRGB if channels == _RGB_CHANNELS else _UNSPECIFIED,
            signal_noise_ratios=None if psnr is None else [psnr],
        )
    except RuntimeError as error:
        raise OSError(f"the JPEG 2000 encoder failed: {error}") from error
    return _parts(data)


def _code_sliver(samples: NDArray[Any]) -> _Coded:
    """A tile too narrow for decompositions: coded without any, and without loss, each channel by itself. Then a
    channel is one packet, and a tile of many is their packets one behind the other (LRCP, B.12.1.1)."""
    coded = []
    for channel in range(samples.shape[2]):
        buffer = io.BytesIO()
        Image.fromarray(samples[:, :, channel]).save(buffer, "JPEG2000", no_jp2=True, num_resolutions=1)
        coded.append(_parts(buffer.getvalue()))
    assert len({each.parameters for each in coded}) == 1, "channels are coded alike"
    return _Coded(coded[0].parameters, b"".join(each.data for each in coded))


def _parts(codestream: bytes) -> _Coded:
    """The parameters and packets of a codestream of one tile in one tile-part."""
    found: dict[bytes, bytes] = {}
    at = len(_SOC)
    while (marker := codestream[at : at + 2]) != _SOT:
        (length,) = struct.unpack_from(">H", codestream, at + 2)
        found[marker] = codestream[at : at + 2 + length]
        at += 2 + length
    (length,) = struct.unpack_from(">I", codestream, at + 6)  # Psot, from SOT on
    sod = at + 12
    end = at + length
    if codestream[sod : sod + 2] != _SOD or codestream[end:] != _EOC:
        raise OSError("the JPEG 2000 encoder wrote more than one tile-part")
    return _Coded(found[_COD] + found[_QCD], codestream[sod + 2 : end])
