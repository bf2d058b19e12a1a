"""JPEG: with a restart marker behind each row of MCUs, a row can be decoded without the others (ITU-T T.81, F.2.1).

Coefficients of a block come from its own pixels alone, so a strip encoded with the same tables has the same rows of
MCUs as the whole page; only the restart markers, which count from 0 to 7, are numbered on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, JpegImagePlugin

from emulator.imaging.encoders.encoder import UnsupportedFormat

# Marker codes (ITU-T T.81, table B.1)
_SOI, _SOS, _DQT, _COM = 0xD8, 0xDA, 0xDB, 0xFE
_APP = range(0xE0, 0xF0)
_SOF = (0xC0, 0xC1)
"""Huffman coding, sequential: the only processes that are spliced."""
_RESTART: Final = re.compile(rb"\xff([\xd0-\xd7])")


class JpegSplice:
    """See Splice."""

    def __init__(self, document: Path, image: Image.Image, top: int, body: BinaryIO) -> None:
        own_segments, _ = _segments(document.read_bytes())
        with Image.open(document, formats=["JPEG"]) as own:
            assert isinstance(own, JpegImagePlugin.JpegImageFile)
            self._options: dict[str, Any] = {
                "qtables": own.quantization,
                "subsampling": _subsampling(own_segments),
                "restart_marker_rows": 1,
            }
        encoded = self._encode(image)
        segments, data_at = _segments(encoded)
        _require_same(own_segments, segments)
        body.write(bytes((0xFF, _SOI)))
        for code, segment in own_segments:
            if code in _APP or code == _COM:
                body.write(segment)
        for code, segment in segments:
            if code not in _APP and code != _COM:
                body.write(segment)
        rows = top // _mcu_rows(segments)
        self._first = rows % 8
        marks = list(_RESTART.finditer(encoded, data_at))
        end = marks[rows - 1].end() if rows else data_at
        body.write(memoryview(encoded)[data_at:end])
        self._strip_data_at: int | None = None

    def around(self, strip: Image.Image) -> tuple[bytes, bytes]:
        """See Splice."""
        encoded = self._encode(strip)
        if self._strip_data_at is None:  # headers of all strips are of one length
            self._strip_data_at = _segments(encoded)[1]
        data = encoded[self._strip_data_at :]
        if self._first:
            data = _RESTART.sub(self._numbered_on, data)
        return b"", data

    def _encode(self, image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", **self._options)
        return buffer.getvalue()

    def _numbered_on(self, mark: re.Match[bytes]) -> bytes:
        return bytes((0xFF, 0xD0 + (mark[0][1] - 0xD0 + self._first) % 8))


_Segments = list[tuple[int, bytes]]


def _segments(data: bytes) -> tuple[_Segments, int]:
    """Every segment up to the scan header (marker code, octets with the marker), and where coded data begin."""
    found = list(_walk(data))
    return found, 2 + sum(len(segment) for _, segment in found)


def _walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while True:
        code = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield code, data[at:end]
        if code == _SOS:
            return
        at = end


def _require_same(own: _Segments, ours: _Segments) -> None:
    """The encoder's document and ours have the same tables and components."""
    for codes, what in (((_DQT,), "quantisation tables"), (_SOF, "components")):
        if _contents(own, codes) != _contents(ours, codes):
            raise UnsupportedFormat(f"this JPEG cannot be stamped: its {what} cannot be had again")


def _contents(segments: _Segments, codes: tuple[int, ...]) -> bytes:
    """Leave out the lengths: one segment may hold what another encoder writes as two."""
    return b"".join(segment[4:] for code, segment in segments if code in codes)


def _subsampling(segments: _Segments) -> str:
    """Return it as Pillow calls it, of the first component's sampling factors (of grey too: they stand in its
    header)."""
    factors = next(segment for code, segment in segments if code in _SOF)[11]
    try:
        return {0x11: "4:4:4", 0x21: "4:2:2", 0x22: "4:2:0"}[factors]
    except KeyError:
        raise UnsupportedFormat(f"this JPEG cannot be stamped: sampling factors {factors:#04x}") from None


def _mcu_rows(segments: _Segments) -> int:
    """Rows of pixels of an MCU: one block where there is one component (A.2.2), else as many as the finest has."""
    frame = next(segment for code, segment in segments if code in _SOF)
    components = frame[9]
    if components == 1:
        return 8
    return 8 * max(frame[11 + 3 * number] & 0x0F for number in range(components))
