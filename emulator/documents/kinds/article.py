"""An article in two columns with a picture."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.pictures import landscape
from emulator.documents.sheet import GREY, PALE, Sheet
from emulator.printing.setting import Type, words_of, wrap

_TEXT: Final = Type("serif", 11.5)
_LEADING: Final = 0.218
_GUTTER: Final = 0.3
_STRETCH: Final = 0.17
"""Inches by which the room between words grows at most, to fill a line."""


def draw(sheet: Sheet, job: Job) -> None:
    """Headline, lead and picture over both columns."""
    made, words = job.invention, job.words
    margin, right = 0.85, sheet.width - 0.85
    column = (right - margin - _GUTTER) / 2
    publisher = job.named(job.country.clubs).name
    sheet.text(margin, 0.62, publisher, Type("sans", 8, bold=True), color=made.company.color)
    day = words.long_date(made.day)
    sheet.text(
        right, 0.62, day, Type("sans", 8), align="right", color=GREY, field="date", value=made.day.isoformat()
    )
    sheet.rule(margin, 0.72, right, 1.5, made.company.color)
    headline = words.headlines[0]
    type = Type("serif", 27, bold=True)
    y = 1.25
    with sheet.field("headline", headline):
        for line in wrap(headline, type, right - margin, words.code):
            sheet.text(margin, y, line, type)
            y += 0.42
    y = sheet.paragraph(margin, y, right - margin, words.leads[0], Type("serif", 12, italic=True), 0.22)
    sheet.text(margin, y + 0.05, made.clerk.name, Type("sans", 8.5, bold=True), field="author")
    top, bottom = y + 0.2, sheet.height - 1.0
    lines = _lines(job, column)
    half = -(-len(lines) // 2)
    # The story is as long as it is; the picture takes what room it leaves.
    text_top = max(top + 1.6, bottom - (half - 1) * _LEADING)
    low = min(text_top - 0.62, top + (right - margin) * 0.72)
    size = round((low - top) / (right - margin) * 640)
    sheet.picture(landscape(job.seed, 640, size), margin, top, right, low, soft=True)
    caption = f"{made.clerk.address.city}, {made.day.year}"
    sheet.text(right, low + 0.14, caption, Type("sans", 7.5, italic=True), align="right", color=GREY)
    text_top = min(text_top, low + 0.62)
    sheet.fill(
        margin + column + _GUTTER / 2 - 0.003,
        text_top - 0.14,
        margin + column + _GUTTER / 2 + 0.003,
        text_top + (half - 1) * _LEADING + 0.05,
        PALE,
    )
    for x, part in ((margin, lines[:half]), (margin + column + _GUTTER, lines[half:])):
        y = text_top
        for line, last in part:
            gaps = len(words_of(line, words.code)) - 1
            room = column - sheet.measure(line, _TEXT)
            stretch = min(_STRETCH, room / gaps) if gaps > 0 and not last and room > 0 else 0.0
            sheet.text(x, y, line, _TEXT, stretch=stretch)
            y += _LEADING
    sheet.text(sheet.width / 2, sheet.height - 0.55, str(made.number % 90 + 1), Type("serif", 9), align="center")


def _lines(job: Job, column: float) -> list[tuple[str, bool]]:
    """Lines of running text, and whether one ends its paragraph. No sentence comes twice."""
    result: list[tuple[str, bool]] = []
    texts = job.words.story
    joint = "" if job.words.code in ("ja", "zh") else " "
    for start in range(0, len(texts), 3):
        lines = wrap(joint.join(texts[start : start + 3]), _TEXT, column, job.words.code)
        result += [(line, number + 1 == len(lines)) for number, line in enumerate(lines)]
    return result


KIND: Final = Kind("article", "magazine article in two columns with a picture", draw)
