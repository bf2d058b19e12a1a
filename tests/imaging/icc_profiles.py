"""ICC profiles by hand (ICC.1:2001-04), and what colours of theirs are in sRGB by the formulas of the standards."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

Colours = np.ndarray[Any, Any]
D50 = np.array([0.9642, 1.0, 0.8249])
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
"""Red, green and blue as XYZ under D50."""


def _fixed(values: Sequence[float]) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(space: bytes, elements: dict[bytes, bytes], *, pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    text = b"made by a test\0"
    full = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + text,
        b"wtpt": b"XYZ " + bytes(4) + _fixed(D50),
        **elements,
    }
    table, data = struct.pack(">I", len(full)), b""
    begin = 128 + 4 + 12 * len(full)
    for name, element in full.items():
        table += struct.pack(">4sII", name, begin + len(data), len(element))
        data += element + bytes(-len(element) % 4)
    head = struct.pack(">I4sI4s4s4s6H4s", begin + len(data), bytes(4), 0x02400000, kind, space, pcs,
                       2026, 1, 1, 0, 0, 0, b"acsp")  # fmt: skip
    head = head.ljust(68, b"\0") + _fixed(D50)
    return head.ljust(128, b"\0") + table + data


def curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def rgb_profile(primaries: Sequence[Sequence[float]], gamma: float) -> bytes:
    names = (b"r", b"g", b"b")
    elements = {
        name + b"XYZ": b"XYZ " + bytes(4) + _fixed(each) for name, each in zip(names, primaries, strict=True)
    }
    return profile(b"RGB ", elements | {name + b"TRC": curve(gamma) for name in names})


def grey_profile(gamma: float) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve(gamma)})


def cmyk_profile() -> bytes:
    """Four inks that make red of cyan, green of magenta, blue of yellow: nobody else would."""
    nodes = b""
    for cyan in (0, 1):
        for magenta in (0, 1):
            for yellow in (0, 1):
                for black in (0, 1):
                    nodes += bytes(_lab_8(cmyk_lab(cyan, magenta, yellow, black)))
    ramp = bytes(range(256))
    unit = _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + ramp * 4 + nodes + ramp * 3
    return profile(b"CMYK", {b"A2B0": table, b"A2B1": table, b"A2B2": table}, pcs=b"Lab ", kind=b"prtr")


def cmyk_lab(cyan: int, magenta: int, yellow: int, black: int) -> tuple[float, float, float]:
    """At the corners."""
    if black:
        return 0.0, 0.0, 0.0
    inks = cyan + magenta + yellow
    if not inks:
        return 100.0, 0.0, 0.0
    return 60.0 / inks, 40.0 * (cyan - magenta), 30.0 * (cyan - yellow)


def _lab_8(lab: tuple[float, float, float]) -> list[int]:
    return [round(lab[0] * 2.55), round(lab[1]) + 128, round(lab[2]) + 128]


def encoded(linear: Colours) -> Colours:
    """IEC 61966-2-1."""
    shown = np.clip(linear, 0, 1)
    return np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055)


def srgb_of_rgb(values: Colours, primaries: Sequence[Sequence[float]], gamma: float) -> Colours:
    """Levels from 0 to 1."""
    to_srgb = np.linalg.inv(np.array(SRGB).T) @ np.array(primaries).T
    return encoded(values**gamma @ to_srgb.T)


def srgb_of_lab(lab: Sequence[float]) -> Colours:
    """CIE 15."""
    f = (lab[0] + 16) / 116
    steps = np.array([f + lab[1] / 500, f, f - lab[2] / 200])
    xyz = np.where(steps > 6 / 29, steps**3, 3 * (6 / 29) ** 2 * (steps - 4 / 29)) * D50
    return encoded(np.linalg.inv(np.array(SRGB).T) @ xyz)
