"""A receipt of a till: a narrow strip as long as it must be."""

from __future__ import annotations

from typing import Final

from emulator.documents import symbols
from emulator.documents.kinds.kind import SIZES, Job, Kind, Size
from emulator.documents.kinds.statement import plain
from emulator.documents.setting import Type
from emulator.documents.sheet import BLACK, Sheet

_TEXT: Final = Type("mono", 8.5)
_BOLD: Final = Type("mono", 8.5, bold=True)
_ROW: Final = 0.155
_GAP: Final = 0.07


def _items(job: Job) -> list[tuple[str, int, int]]:
    random = job.random("receipt")
    goods = random.sample(job.words.groceries, random.randrange(4, len(job.words.groceries) + 1))
    return [
        (item, random.choice((1, 1, 1, 1, 2, 3)), job.words.amount(random.randrange(49, 999))) for item in goods
    ]


def measure(job: Job) -> Size:
    """As long as its items."""
    lines = sum(1 + (count > 1) for _, count, _ in _items(job))
    return SIZES["Receipt"][0], 4.25 + lines * _ROW


def draw(sheet: Sheet, job: Job) -> None:
    """Figures stand right, names left; a bar code ends it."""
    made, words = job.invention, job.words
    margin, right, middle = 0.2, sheet.width - 0.2, sheet.width / 2
    name = Type("mono", 13, bold=True)
    while sheet.measure(made.company.name, name) > right - margin:
        name = name.sized(name.points - 0.5)
    sheet.text(middle, 0.42, made.company.name, name, align="center", field="seller")
    for row, line in enumerate((made.company.street, made.company.town, made.company.telephone)):
        sheet.text(middle, 0.62 + row * _ROW, line, Type("mono", 7.5), align="center")
    y = 1.28
    random = job.random("receipt time")
    clock = f"{random.randrange(8, 20):02}:{random.randrange(60):02}"
    sheet.text(margin, y, words.short_date(made.day), _TEXT, field="date", value=made.day.isoformat())
    sheet.text(right, y, clock, _TEXT, align="right", field="time")
    y += _ROW
    sheet.text(margin, y, job.label("receipt"), _TEXT)
    sheet.text(right, y, str(made.number), _TEXT, align="right", field="receipt_number")
    _dashes(sheet, margin, right, y + 0.1)
    y += 0.12
    total = 0
    with sheet.table("items", "item", "quantity", "price", "amount") as table:
        for row, (item, count, each) in enumerate(_items(job), 1):
            y += _ROW
            total += count * each
            with table.row(row):
                table.cell("item", margin, y, item, _TEXT)
                if count > 1:
                    y += _ROW
                    x = margin + 0.2
                    x += table.cell("quantity", x, y, str(count), _TEXT) + _GAP
                    x += sheet.text(x, y, "x", _TEXT) + _GAP
                    table.cell("price", x, y, words.number(each), _TEXT, value=plain(each))
                sum_ = count * each
                table.cell("amount", right, y, words.number(sum_), _TEXT, align="right", value=plain(sum_))
    _dashes(sheet, margin, right, y + 0.1)
    y += 0.34
    large = Type("mono", 12, bold=True)
    sheet.text(margin, y, job.label("total"), large)
    sheet.text(right, y, words.money(total), large, align="right", field="total", value=plain(total))
    y += 0.24
    given = total if random.random() < 0.5 else (total // 5000 + 1) * 5000
    sheet.text(margin, y, job.label("card_paid" if given == total else "cash"), _TEXT)
    sheet.text(right, y, words.number(given), _TEXT, align="right")
    if given != total:
        y += _ROW
        sheet.text(margin, y, job.label("change"), _TEXT)
        sheet.text(right, y, words.number(given - total), _TEXT, align="right")
    y += _ROW
    vat = job.label("vat", percent=words.vat_percent)
    sheet.text(margin, y, vat, Type("mono", 7.5))
    share = words.share(total, words.vat_percent, 100 + words.vat_percent)
    sheet.text(right, y, words.number(share), Type("mono", 7.5), align="right", field="vat", value=plain(share))
    sheet.text(middle, y + 0.4, job.label("thanks"), _BOLD, align="center")
    value = f"{made.number:05}{made.day:%y%m%d}"
    wide = symbols.modules("Code128", value).width * 0.0134
    symbols.code(sheet, middle - wide / 2, y + 0.6, "Code128", value, 0.0134, 0.42)


def _dashes(sheet: Sheet, left: float, right: float, y: float) -> None:
    at = left
    while at < right - 0.04:
        sheet.fill(at, y, at + 0.045, y + 0.008, BLACK)
        at += 0.08


KIND: Final = Kind(
    "receipt", "receipt of a till on a narrow strip", draw, size="Receipt", fixed_size=True, measure=measure
)
