"""An ICC profile of sRGB (IEC 61966-2-1), version 2: PDF 1.4 knows no later one (PDF Reference, table 4.16).

Operating systems carry such profiles under licences of their own; this one is made of the standard's numbers.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Final

# ICC.1:2001-04. Fields of the header (6.1), tags (6.4) and their types (6.5).
_VERSION: Final = 0x02400000
_HEADER_BYTES: Final = 128
_MADE: Final = (2026, 1, 1, 0, 0, 0)  # of the profile, not of a document
_CURVE_POINTS: Final = 1024  # linear in between: off by less than 1/65535 but in the darkest steps

_D50: Final = (0.9642, 1.0, 0.8249)
"""The white of the profile connection space (ICC.1:2001-04, 6.1.9)."""

PRIMARIES: Final = {
    "rXYZ": (0.43607, 0.22249, 0.01392),
    "gXYZ": (0.38515, 0.71687, 0.09708),
    "bXYZ": (0.14307, 0.06061, 0.71410),
}
"""The primaries of ITU-R BT.709 seen under D50 (Bradford)."""

NAME: Final = "sRGB IEC61966-2.1"


@cache
def srgb() -> bytes:
    """The profile, some 2.5 KB."""
    curve = _element("curv", struct.pack(f">I{_CURVE_POINTS}H", _CURVE_POINTS, *_curve()))
    elements = {
        "desc": _element("desc", _description()),
        "cprt": _element("text", b"No copyright is claimed; use it freely.\0"),
        "wtpt": _element("XYZ ", _fixed(_D50)),
        **{tag: _element("XYZ ", _fixed(value)) for tag, value in PRIMARIES.items()},
        **dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve),
    }
    table = struct.pack(">I", len(elements))
    data = b""
    data_at = _HEADER_BYTES + 4 + 12 * len(elements)
    places: dict[bytes, int] = {}
    for tag, element in elements.items():
        if element not in places:  # the three curves are one
            places[element] = data_at + len(data)
            data += element + b"\0" * (-len(element) % 4)
        table += struct.pack(">4sII", tag.encode(), places[element], len(element))
    return _header(data_at + len(data)) + table + data


def _header(size: int) -> bytes:
    header = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, _VERSION, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", *_MADE, b"acsp")
    header += b"\0" * (68 - len(header)) + _fixed(_D50)  # platform, flags, device, intent (perceptual): none
    return header.ljust(_HEADER_BYTES, b"\0")


def _element(type: str, data: bytes) -> bytes:
    return type.encode().ljust(4) + b"\0" * 4 + data


def _description() -> bytes:
    """textDescriptionType (6.5.17): ASCII, no Unicode, no ScriptCode."""
    ascii_name = NAME.encode("ascii") + b"\0"
    return struct.pack(">I", len(ascii_name)) + ascii_name + b"\0" * (4 + 4 + 2 + 1 + 67)


def _fixed(values: tuple[float, ...]) -> bytes:
    """s15Fixed16Number."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _curve() -> list[int]:
    """Make a curve from sRGB's values to linear ones (IEC 61966-2-1, 5.2)."""
    points = (index / (_CURVE_POINTS - 1) for index in range(_CURVE_POINTS))
    return [round(65535 * (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4)) for v in points]
