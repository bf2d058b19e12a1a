"""A rubber stamp: a word and a date in a border, slanting, with ink that was not spread evenly."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from emulator.documents.languages import language
from emulator.documents.traces.lettering import Box, lettered
from emulator.documents.traces.plan import Parameters, TraceWriting
from emulator.documents.traces.sheet import Sheet, as_image, grain
from emulator.documents.truth import Line, Word
from emulator.imaging import affine
from emulator.imaging.affine import Affine
from emulator.printing.paper import Color
from emulator.printing.setting import Type, advance

_FINER: Final = 2
_INKS: Final[tuple[Color, ...]] = ((32, 52, 150), (168, 30, 42), (96, 40, 130), (30, 30, 36), (24, 100, 70))
_CAPITALS: Final = 1.25  # type size of capitals that are so high
_DAYS: Final = 12
"""After the document's own within which somebody stamps it."""


def stamp(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """One, or two when heavy: then with too much ink, and one over what is printed."""
    stamps = [_one(sheet, strength, random)]
    if strength >= 0.8:
        stamps.append(_one(sheet, strength * 0.75, random))
    return {"stamps": stamps}


def _one(sheet: Sheet, strength: float, random: Random) -> Parameters:
    import numpy as np

    words = language(sheet.subject.language)
    word = random.choice(words.stamps)
    day = words.short_date(sheet.subject.later(random, _DAYS))
    color = random.choice(_INKS)
    width = round(random.uniform(38, 52) * sheet.millimetre) * _FINER
    face, written = _face(word, day, width, words.code, round_ends=random.random() < 0.4)
    # Rubber takes ink unevenly, and is pressed down more on one side.
    cloud = grain(face.width // 4 + 1, face.height // 4 + 1, 9, random.getrandbits(32))
    fine = grain(face.width // 2 + 1, face.height // 2 + 1, 130, random.getrandbits(32))
    tilt = np.linspace(random.uniform(0.6, 1), random.uniform(0.6, 1), cloud.shape[1], dtype=np.float32)[None, :]
    pressed = np.clip((cloud - np.float32(0.38 - 0.16 * strength)) * 5, 0.12, 1) * tilt
    crumbs = np.clip((fine - np.float32(0.40 - 0.08 * strength)) * 7, 0.15, 1)
    ink = ImageChops.multiply(face, as_image(pressed).resize(face.size, Image.Resampling.BICUBIC))
    ink = ImageChops.multiply(ink, as_image(crumbs).resize(face.size, Image.Resampling.BICUBIC))
    angle = random.uniform(-14, 14)
    turned = ink.rotate(-angle, Image.Resampling.BICUBIC, expand=True).reduce(_FINER)
    opacity = 0.62 + 0.33 * strength
    turned = turned.point([round(value * opacity) for value in range(256)])
    x = round(random.uniform(0.08, 0.95) * max(1, sheet.width - turned.width))
    y = round(random.uniform(0.05, 0.9) * max(1, sheet.height - turned.height))
    sheet.multiply(turned, (x, y, x + turned.width, y + turned.height), color)
    place = _place(face.size, angle, x, y, turned.size)
    sheet.note(_noted(written, place, words.code))
    corners = ((0, 0), (face.width, 0), (face.width, face.height), (0, face.height))
    polygon = [list(place(*corner)) for corner in corners]
    return {"text": f"{word} {day}", "angle": angle, "polygon": polygon}


def _noted(written: list[list[tuple[str, Box]]], place: Affine, code: str) -> TraceWriting:
    words, lines = [], []
    for number, line in enumerate(written):
        for text, (left, top, right, bottom) in line:
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
            words.append(Word(text, code, tuple(place(*corner) for corner in corners), number))
        left, top, right, bottom = line[0][1]
        for _, box in line:
            left, top, right, bottom = min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3])
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        text = " ".join(word for word, _ in line)
        lines.append(Line(text, code, tuple(place(*corner) for corner in corners), number))
    return TraceWriting("stamp", tuple(words), tuple(lines))


def _face(
    word: str, day: str, width: int, code: str, *, round_ends: bool
) -> tuple[Image.Image, list[list[tuple[str, Box]]]]:
    """The stamp itself as it would print upright with all its ink, and the words of its lines."""
    height = round(width * 0.42)
    face = Image.new("L", (width, height))
    draw = ImageDraw.Draw(face)
    line = max(2, width // 70)
    corner = height // 2 - 1 if round_ends else height // 10
    draw.rounded_rectangle((line, line, width - line - 1, height - line - 1), corner, outline=255, width=line)
    inset = line * 3
    draw.rounded_rectangle(
        (inset, inset, width - inset - 1, height - inset - 1),
        max(1, corner - 2 * line),
        outline=255,
        width=max(1, line // 2),
    )
    inner = width - (height if round_ends else 8 * line)
    written = []
    for text, centre, tall in ((word, 0.38, 0.36), (day, 0.74, 0.2)):
        type = Type("sans", 1.0, bold=True)
        long = sum(advance(part, type, code) for part in text.split()) + 0.3 * text.count(" ")
        set_ = lettered(text, "sans", code, max(6.0, min(height * tall * _CAPITALS, inner / long)), bold=True)
        if set_ is None:
            continue
        x, y = (width - set_.mask.width) // 2, round(height * centre - set_.mask.height / 2)
        face.paste(255, (x, y), set_.mask)
        written.append(
            [(word, (x + left, y + top, x + right, y + bottom)) for word, (left, top, right, bottom) in set_.words]
        )
    return face, written


def _place(face: tuple[int, int], angle: float, x: int, y: int, turned: tuple[int, int]) -> Affine:
    """Return where points of the face are on the page."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    across, down = face[0] / _FINER / 2, face[1] / _FINER / 2
    reduced = Affine(1 / _FINER, 0, -across, 0, 1 / _FINER, -down)
    middle = affine.shift(x + turned[0] / 2, y + turned[1] / 2)
    return reduced.then(Affine(cosine, -sine, 0, sine, cosine, 0)).then(middle)
