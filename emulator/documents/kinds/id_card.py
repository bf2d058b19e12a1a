"""An identity card of no country."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from PIL import Image

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.ornaments import tint
from emulator.documents.pictures import portrait
from emulator.documents.sheet import WHITE, Sheet
from emulator.documents.writing import sign
from emulator.printing.inking import lasting
from emulator.printing.paper import Color
from emulator.printing.setting import Type
from emulator.printing.shapes import DrawnPaper

_LABEL: Final = Type("sans", 4.6)
_VALUE: Final = Type("sans", 7.5, bold=True)
_SPECIMEN: Final = Type("sans", 8.5, bold=True)
_RED: Final[Color] = (176, 24, 30)
"""No card may be taken for one that was issued."""
_GREY: Final = 1965
"""Who was born before has grey hair."""
_TINT: Final[Color] = (70, 104, 130)


def draw(sheet: Sheet, job: Job) -> None:
    """Portrait left, fields right, waves in the ground."""
    made, words = job.invention, job.words
    random = job.random("card")
    color = made.company.color
    _ground(sheet, color)
    sheet.fill(0, 0, sheet.width, 0.3, color)
    sheet.text(0.12, 0.205, job.label("identity_card"), Type("sans", 9.5, bold=True), color=WHITE, field="title")
    number = f"{random.choice('CFGHJKLMNPRTVWXYZ')}{random.randrange(10**7, 10**8)}"
    sheet.text(
        sheet.width - 0.12,
        0.2,
        number,
        Type("mono", 8, bold=True),
        color=WHITE,
        align="right",
        field="card_number",
    )
    person = made.person
    born = date(1950, 1, 1) + timedelta(days=random.randrange(19000))
    face = portrait(job.seed, long=person.woman and random.random() < 0.8, old=born.year < _GREY)
    sheet.picture(face, 0.13, 0.42, 1.03, 1.58, soft=True)
    expires = made.day.replace(day=1) + timedelta(days=3650)
    fields = (
        ("surname", person.last, None),
        ("given_names", person.first, None),
        ("birth", words.short_date(born), born.isoformat()),
        ("nationality", job.label("nation"), None),
        ("expires", words.short_date(expires), expires.isoformat()),
    )
    for row, (key, text, value) in enumerate(fields):
        y = 0.5 + row * 0.245
        sheet.text(1.17, y, job.label(key), _LABEL, color=_TINT)
        sheet.text(1.17, y + 0.115, text, _VALUE, field=key, value=value)
    sheet.text(1.17, 1.72, job.label("signature"), _LABEL, color=_TINT)
    sign(sheet, 1.5, 1.9, 1.1, person.name)
    sheet.text(2.94, 1.3, "SPECIMEN", _SPECIMEN, align="center", color=_RED, field="specimen", language="en")
    sheet.ellipse(2.72, 0.62, 3.2, 1.1, color, 0.8)
    sheet.ellipse(2.79, 0.69, 3.13, 1.03, color, 0.4)


def _ground(sheet: Sheet, color: Color) -> None:
    """Fine waves on a tint, as security printing has them."""
    waves = tuple(round(value + (255 - value) * 0.72) for value in color)
    grounds, lines = sheet.inks(tint(color)), sheet.inks((waves[0], waves[1], waves[2]))
    ground = _waves(sheet.image.size, sheet.ppi).copy()
    levels = [
        [(paper * (255 - ink) + line * ink + 127) // 255 for ink in range(256)]
        for paper, line in zip(grounds, lines, strict=True)
    ]
    if sheet.image.mode == "L":
        sheet.image.paste(ground.point(levels[0]), (0, 0))
    else:
        ground.putpalette([levels[channel][ink] for ink in range(256) for channel in range(3)])
        sheet.image.paste(ground.convert("RGB"), (0, 0))


@lru_cache(maxsize=4)
def _waves(size: tuple[int, int], ppi: float) -> Image.Image:
    """Where the waves are: every card has the same."""
    paper = DrawnPaper(Image.new("L", size), ppi)
    width = size[0] / ppi
    for row in range(11):
        points = [
            (step / 40 * width, 0.4 + row * 0.16 + 0.06 * math.sin(step / 40 * 9 + row * 0.6)) for step in range(41)
        ]
        paper.stroke(points, 0.35, WHITE)
    return lasting(paper.image)


KIND: Final = Kind("id-card", "identity card (ID-1)", draw, size="ID-1", landscape=True, fixed_size=True)
