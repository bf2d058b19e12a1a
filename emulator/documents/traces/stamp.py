"""A rubber stamp: a word and a date in a border, slanting, with ink that was not spread evenly."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from emulator.documents.traces.plan import Parameters
from emulator.documents.traces.sheet import Color, Sheet, as_image, grain
from emulator.imaging import affine

_FINER: Final = 2
_WORDS: Final = ("RECEIVED", "PAID", "COPY", "APPROVED", "ENTERED", "CONFIDENTIAL", "FILED", "CHECKED")
_INKS: Final[tuple[Color, ...]] = ((32, 52, 150), (168, 30, 42), (96, 40, 130), (30, 30, 36), (24, 100, 70))
_FIRST_DAY: Final = date(2019, 1, 2)
_DAYS: Final = 2500


def stamp(sheet: Sheet, strength: float, random: Random) -> Parameters:
    """One, or two when heavy: then with too much ink, and one over what is printed."""
    stamps = [_one(sheet, strength, random)]
    if strength >= 0.8:
        stamps.append(_one(sheet, strength * 0.75, random))
    return {"stamps": stamps}


def _one(sheet: Sheet, strength: float, random: Random) -> Parameters:
    import numpy as np

    word = random.choice(_WORDS)
    day = (_FIRST_DAY + timedelta(days=random.randrange(_DAYS))).strftime("%d.%m.%Y")
    color = random.choice(_INKS)
    width = round(random.uniform(38, 52) * sheet.millimetre) * _FINER
    face = _face(word, day, width, round_ends=random.random() < 0.4)
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
    return {"text": f"{word} {day}", "angle": angle, "polygon": _polygon(face.size, angle, x, y, turned.size)}


def _face(word: str, day: str, width: int, *, round_ends: bool) -> Image.Image:
    """The stamp itself as it would print upright with all its ink."""
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
    for text, centre, tall in ((word, 0.38, 0.36), (day, 0.74, 0.2)):
        font = ImageFont.load_default(max(6, round(height * tall)))
        length = draw.textlength(text, font=font)
        if length > inner:
            font = ImageFont.load_default(max(6, round(height * tall * inner / length)))
        weight = max(1, round(height * tall / 26))
        draw.text((width / 2, height * centre), text, 255, font, anchor="mm", stroke_width=weight, stroke_fill=255)
    return face


def _polygon(face: tuple[int, int], angle: float, x: int, y: int, turned: tuple[int, int]) -> list[list[float]]:
    """The corners of the stamp on the page."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    across, down = face[0] / _FINER / 2, face[1] / _FINER / 2
    middle = affine.shift(x + turned[0] / 2, y + turned[1] / 2)
    turn = affine.Affine(cosine, -sine, 0, sine, cosine, 0).then(middle)
    corners = ((-across, -down), (across, -down), (across, down), (-across, down))
    return [list(turn(*corner)) for corner in corners]
