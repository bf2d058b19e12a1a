"""A contract of several pages: the clauses run over them as far as they go."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.languages import language
from emulator.documents.ornaments import write_line
from emulator.documents.sheet import GREY, Sheet
from emulator.documents.writing import sign
from emulator.printing.own_fonts import OwnFont, in_use
from emulator.printing.setting import Type, wrap

_TEXT: Final = Type("serif", 11.5)
_BOLD: Final = Type("serif", 11, bold=True)
_SMALL: Final = Type("serif", 8.5)
_LEADING: Final = 0.245
_TOP: Final = 1.2

_Piece = tuple[str, list[str]]
"""A clause's heading and its lines."""


def draw(sheet: Sheet, job: Job) -> None:
    """Parties on the first page, signatures on the last."""
    made = job.invention
    margin, right = 1.1, sheet.width - 1.0
    title = job.label("contract")
    middle = sheet.width / 2
    if job.page == 0:
        sheet.text(middle, 1.25, title, Type("serif", 19, bold=True), align="center", field="title")
        y = 1.85
        parties = (
            (made.company.name, made.company.address.line, "lessor"),
            (made.person.name, made.person.address.line, "lessee"),
        )
        sheet.text(middle, y, job.label("between"), _TEXT, align="center")
        for name, line, key in parties:
            y += 0.3
            sheet.text(middle, y, name, _BOLD, align="center", field=key)
            sheet.text(middle, y + 0.19, line, _TEXT, align="center")
            sheet.text(middle, y + 0.38, job.label(key), Type("serif", 10, italic=True), align="center", color=GREY)
            y += 0.42
            if key == "lessor":
                y += 0.28
                sheet.text(middle, y, job.label("and"), _TEXT, align="center")
    else:
        sheet.text(margin, 0.72, f"{title}, {made.company.name}", _SMALL, color=GREY)
    laid = _laid_out(job.seed, job.words.code, job.pages, sheet.width, sheet.height, in_use())
    for y, piece in laid[job.page]:
        heading, lines = piece
        if heading:
            sheet.text(margin, y, heading, _BOLD)
            y += _LEADING
        sheet.paragraph(margin, y, right - margin, _repeated_heading(lines, job), _TEXT, _LEADING, justify=True)
    if job.page + 1 == job.pages:
        _signatures(sheet, job, margin, right)
    page = job.label("page", page=job.page + 1, pages=job.pages)
    sheet.text(middle, sheet.height - 0.6, page, _SMALL, align="center", color=GREY)


def _repeated_heading(lines: list[str], job: Job) -> str:
    return ("" if job.words.code in ("ja", "zh") else " ").join(lines)


@lru_cache(maxsize=16)
def _laid_out(
    seed: int, code: str, count: int, width: float, height: float, fonts: tuple[OwnFont, ...]
) -> list[list[tuple[float, _Piece]]]:
    """Return what stands where on each of the pages: the clauses, and then the annex as long as there is room.
    `fonts`: that it is set in; widths are theirs."""
    job = Job(seed, language(code), 0, count)
    inches = width - 2.1
    pages: list[list[tuple[float, _Piece]]] = [[]]
    y = 4.3
    end = height - 1.15
    for heading, text in _pieces(job):
        lines = wrap(text, _TEXT, inches, job.words.code)
        tall = (len(lines) + bool(heading)) * _LEADING
        last = len(pages) == job.pages
        if y + tall > end - (2.1 if last else 0.0):
            if last:
                break
            pages.append([])
            y = _TOP
        pages[-1].append((y, (heading, lines)))
        y += tall + (0.2 if heading else 0.05)
    while len(pages) < job.pages:
        pages.append([])
    return pages


def _pieces(job: Job) -> Iterator[tuple[str, str]]:
    """The clauses, and the annex of which the first speaks: room by room, as many as there is paper for."""
    words = job.words
    for number, (heading, text) in enumerate(words.clauses, 1):
        yield f"{number}. {heading}", text
    random = job.random("fittings")
    area, decimal = "m²", words.decimal or "."
    for number in range(1, 22 * job.pages):
        room = words.rooms[0] if number == 1 else random.choice(words.rooms[1:])
        size = f"{random.randrange(6, 48)}{decimal}{random.randrange(10)} {area}"
        parts = [f"{random.randrange(2, 13)} {fitting}" for fitting in random.sample(words.fittings, 3)]
        listed = ("、" if words.code in ("ja", "zh") else "، " if words.code == "ar" else ", ").join(parts)
        yield job.label("annex") if number == 1 else "", f"{number}. {room}, {size}: {listed}"


def _signatures(sheet: Sheet, job: Job, margin: float, right: float) -> None:
    made = job.invention
    y = sheet.height - 1.75
    half = (right - margin) / 2
    day = f"{made.person.address.city}, {job.words.long_date(made.day)}"
    sheet.text(margin, y - 0.55, day, _TEXT, field="date", value=made.day.isoformat())
    for number, name in enumerate((made.clerk.name, made.person.name)):
        x = margin + number * (half + 0.15)
        write_line(sheet, x, y + 0.25, half - 0.3)
        sign(sheet, x + 0.15, y + 0.16, 1.8, name)
        sheet.text(x, y + 0.42, name, _SMALL, color=GREY)


KIND: Final = Kind(
    "contract", "contract of several pages with signatures", draw, pages=3, many_pages=True, options=("sticker",)
)
