"""An article in two columns with a picture."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.pictures import landscape
from emulator.documents.setting import Type, words_of, wrap
from emulator.documents.sheet import GREY, PALE, Sheet

_TEXT: Final = Type("serif", 9.5)
_LEADING: Final = 0.178
_GUTTER: Final = 0.3


def draw(sheet: Sheet, job: Job) -> None:
    """Headline and lead over both columns, the picture at the head of the right one."""
    made, words = job.invention, job.words
    random = job.random("article")
    margin, right = 0.85, sheet.width - 0.85
    column = (right - margin - _GUTTER) / 2
    sheet.text(margin, 0.62, made.company.name, Type("sans", 8, bold=True), color=made.company.color)
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
    top = y + 0.38
    bottom = sheet.height - 1.0
    second = margin + column + _GUTTER
    tall = column * 0.68
    sheet.picture(landscape(job.seed, 640, 435), second, top - 0.13, second + column, top - 0.13 + tall)
    caption = Type("sans", 7.5, italic=True)
    after = sheet.paragraph(
        second, top + tall + 0.05, column, random.choice(words.headlines[1:]), caption, 0.14, color=GREY
    )
    sheet.fill(
        margin + column + _GUTTER / 2 - 0.003, top - 0.1, margin + column + _GUTTER / 2 + 0.003, bottom, PALE
    )
    lines = _lines(job, column, int((bottom - top) / _LEADING) + int((bottom - after) / _LEADING) + 4)
    for x, start in ((margin, top), (second, after + 0.12)):
        y = start
        while lines and y <= bottom:
            line, last = lines.pop(0)
            gaps = len(words_of(line, words.code)) - 1
            room = column - sheet.measure(line, _TEXT)
            stretch = min(0.09, room / gaps) if gaps > 0 and not last and room > 0 else 0.0
            sheet.text(x, y, line, _TEXT, stretch=stretch)
            y += _LEADING
    sheet.text(sheet.width / 2, sheet.height - 0.55, str(made.number % 90 + 1), Type("serif", 9), align="center")


def _lines(job: Job, column: float, wanted: int) -> list[tuple[str, bool]]:
    """Lines of running text, and whether one ends its paragraph."""
    random = job.page_random("article text")
    result: list[tuple[str, bool]] = []
    texts = list(job.words.story)
    joint = "" if job.words.code in ("ja", "zh") else " "
    while len(result) < wanted:
        for start in range(0, len(texts), 3):
            lines = wrap(joint.join(texts[start : start + 3]), _TEXT, column, job.words.code)
            result += [(line, number + 1 == len(lines)) for number, line in enumerate(lines)]
        random.shuffle(texts)
    return result[:wanted]


KIND: Final = Kind("article", "magazine article in two columns with a picture", draw)
