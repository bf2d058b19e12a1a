"""An identity card of no country."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.ornaments import tint
from emulator.documents.pictures import portrait
from emulator.documents.sheet import Sheet
from emulator.documents.writing import sign
from emulator.printing.paper import Color
from emulator.printing.setting import Type

_LABEL: Final = Type("sans", 4.6)
_VALUE: Final = Type("sans", 7.5, bold=True)
_SPECIMEN: Final = Type("sans", 8.5, bold=True)
_RED: Final[Color] = (176, 24, 30)
"""No card may be taken for one that was issued."""
_TINT: Final[Color] = (70, 104, 130)


def draw(sheet: Sheet, job: Job) -> None:
    """Portrait left, fields right, waves in the ground."""
    made, words = job.invention, job.words
    random = job.random("card")
    color = made.company.color
    sheet.fill(0, 0, sheet.width, sheet.height, tint(color))
    with sheet.unnoted():
        _ground(sheet, color)
    sheet.fill(0, 0, sheet.width, 0.3, color)
    sheet.text(
        0.12, 0.205, job.label("identity_card"), Type("sans", 9.5, bold=True), color=(255, 255, 255), field="title"
    )
    number = f"{random.choice('CFGHJKLMNPRTVWXYZ')}{random.randrange(10**7, 10**8)}"
    sheet.text(
        sheet.width - 0.12,
        0.2,
        number,
        Type("mono", 8, bold=True),
        color=(255, 255, 255),
        align="right",
        field="card_number",
    )
    sheet.picture(portrait(job.seed), 0.13, 0.42, 1.03, 1.58)
    person = made.person
    born = date(1950, 1, 1) + timedelta(days=random.randrange(19000))
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
    """Fine waves as security printing has them."""
    red, green, blue = (round(value + (255 - value) * 0.72) for value in color)
    for row in range(11):
        points = [
            (step / 40 * sheet.width, 0.4 + row * 0.16 + 0.06 * math.sin(step / 40 * 9 + row * 0.6))
            for step in range(41)
        ]
        sheet.stroke(points, 0.35, (red, green, blue))


KIND: Final = Kind("id-card", "identity card (ID-1)", draw, size="ID-1", landscape=True, fixed_size=True)
