"""Signatures: one stroke of a pen, in which the name can be guessed."""

from __future__ import annotations

from random import Random
from typing import Final

from emulator.printing.paper import Color
from emulator.printing.shapes import DrawnPaper

Point = tuple[float, float]

_ASCENDING: Final = frozenset("bdfhklt")
_DESCENDING: Final = frozenset("gjpqyz")
_HUMPS: Final = {"m": 3, "n": 2, "u": 2, "w": 2}


def signature(paper: DrawnPaper, x: float, y: float, inches: float, name: str, random: Random, ink: Color) -> None:
    """Sign: a capital and what the hand has left of the other letters.

    - `x`: where it begins;
    - `y`: the line that it stands on;
    - `inches`: how long it is at most;
    - `name`: who signs;
    - `random`: what the hand varies by;
    - `ink`: its colour.
    """
    words = name.split()
    family = words[-1] if words else "x"
    letters = family.lower()
    first = _capital(words[0][0], random) if len(words) > 1 and random.random() < 0.6 else []
    tall = inches * random.uniform(0.17, 0.24)
    slant = random.uniform(0.05, 0.55)
    path: list[Point] = []
    at = 0.0
    if first:
        path += [(px * 0.9, py) for px, py in first]
        at = 0.85
    path += [(at + px, py) for px, py in _capital(family[0], random)]
    at += random.uniform(0.85, 1.15)
    decay, size = random.uniform(0.84, 0.95), random.uniform(0.3, 0.42)
    step = random.uniform(0.24, 0.4)
    for letter in letters[1:11]:
        points, wide = _small_letter(letter, size, step, random)
        path += [(at + px, py) for px, py in points]
        at += wide
        size = max(0.06, size * decay)
    path += _flourish(at, random)
    longest = max(px for px, _ in path)
    scale = min(tall, inches / (longest + 0.35 * slant))
    rise = random.uniform(-0.02, 0.09)
    placed = [(x + (px + py * slant) * scale, y - (py + px * rise) * scale) for px, py in path]
    paper.pen(_smooth(placed), random.uniform(0.35, 0.55), random.uniform(1.3, 1.9), ink)
    if random.random() < 0.4:
        under = random.uniform(0.12, 0.3)
        line = [
            (x + longest * scale * t, y + scale * (under - 0.25 * t * (1 - t) - rise * t)) for t in (0.15, 0.5, 0.9)
        ]
        paper.pen(_smooth(line), 0.4, 1.0, ink)


def _capital(letter: str, random: Random) -> list[Point]:
    """About one wide and one high; what shape it has comes from the letter."""
    shapes: tuple[list[Point], ...] = (
        [(0.0, 0.1), (0.25, 0.95), (0.42, 1.0), (0.3, 0.1), (0.05, 0.3), (0.6, 0.5), (0.75, 0.05)],
        [(0.1, 0.95), (0.16, 0.4), (0.12, -0.05), (0.2, 0.8), (0.6, 0.95), (0.55, 0.55), (0.2, 0.5), (0.75, 0.0)],
        [(0.75, 0.85), (0.45, 1.02), (0.1, 0.6), (0.2, 0.05), (0.6, 0.0), (0.85, 0.25)],
        [(0.65, 0.9), (0.35, 1.0), (0.2, 0.75), (0.6, 0.4), (0.45, 0.0), (0.1, 0.08), (0.2, 0.25), (0.8, 0.2)],
        [(0.0, 0.85), (0.4, 1.0), (0.85, 0.95), (0.5, 0.9), (0.35, 0.4), (0.3, -0.1), (0.1, 0.05), (0.7, 0.3)],
        [(0.05, 0.9), (0.12, 0.0), (0.15, 0.55), (0.5, 0.6), (0.55, 1.0), (0.6, 0.05), (0.8, 0.1)],
        [(0.0, 0.7), (0.15, 1.0), (0.3, 0.05), (0.5, 0.95), (0.62, 0.05), (0.85, 0.9), (0.9, 0.3)],
        [(0.5, 0.5), (0.2, 0.85), (0.25, 0.05), (0.7, 0.0), (0.8, 0.8), (0.35, 1.0), (0.95, 0.7)],
    )
    shape = shapes[ord(letter.upper()) * 5 % len(shapes)]
    return [(px + random.uniform(-0.07, 0.07), py + random.uniform(-0.06, 0.06)) for px, py in shape]


def _small_letter(letter: str, size: float, step: float, random: Random) -> tuple[list[Point], float]:
    """Return what is left of a small letter, and how wide it is."""

    def near(value: float) -> float:
        return value * random.uniform(0.8, 1.2)

    kind = letter if letter.isascii() else "bgmaoinl"[ord(letter) % 8]
    if kind in _ASCENDING:
        high = near(0.85)
        return [(0.02, 0.05), (step * 0.75, high), (step * 0.45, high * 0.95), (step * 0.35, 0.0)], near(step)
    if kind in _DESCENDING:
        low = near(0.5)
        return [(step * 0.4, size), (step * 0.35, -low), (step * 0.05, -low * 0.9), (step * 0.9, size * 0.4)], near(
            step
        )
    points: list[Point] = []
    humps = _HUMPS.get(kind, 1)
    for hump in range(humps):
        at = hump * step * 0.8
        points += [(at + step * 0.3, near(size)), (at + step * 0.55, random.uniform(-0.03, 0.04))]
    return points, humps * step * 0.8


def _flourish(at: float, random: Random) -> list[Point]:
    kind = random.randrange(4)
    if kind == 0:
        return [(at + 0.4, 0.08), (at + 1.3, random.uniform(0.1, 0.4))]
    if kind == 1:
        return [(at + 0.3, 0.3), (at + 0.1, -0.35), (at - 1.0, -0.3), (at + 0.5, -0.1)]
    if kind == 2:
        return [(at + 0.5, 0.0), (at + 0.8, 0.1)]
    return [(at + 0.3, -0.05), (at + 0.55, 0.55), (at + 0.35, 0.5), (at + 0.9, 0.0)]


def _smooth(points: list[Point], steps: int = 14) -> list[Point]:
    """A curve through points (Catmull and Rom)."""
    result: list[Point] = []
    padded = [points[0], *points, points[-1]]
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            result.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    result.append(points[-1])
    return result


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
