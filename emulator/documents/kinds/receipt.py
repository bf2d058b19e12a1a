"""A receipt of a till: a narrow strip as long as it must be."""

from __future__ import annotations

from typing import Final

from emulator.documents import symbols
from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import SIZES, Job, Kind, Size
from emulator.documents.sheet import BLACK, Sheet
from emulator.documents.wares import GROCERIES, Order, ordered
from emulator.printing.codes import modules
from emulator.printing.setting import Type

_TEXT: Final = Type("mono", 8.5)
_BOLD: Final = Type("mono", 8.5, bold=True)
_ROW: Final = 0.155
_GAP: Final = 0.1


def _items(job: Job) -> list[Order]:
    return ordered(GROCERIES, 4, len(GROCERIES), job.country, job.random("receipt"))


def _taxes(job: Job) -> list[tuple[int, int, int]]:
    """Rate in tenths of a percent, what was sold at it and the tax that is in it; the highest rate first."""
    rates = job.country.vat(job.invention.day).groceries
    sold: dict[int, int] = {}
    for order in _items(job):
        sold[rates[order.ware]] = sold.get(rates[order.ware], 0) + order.amount
    return [
        (rate, gross, job.words.share(gross, rate, 1000 + rate))
        for rate, gross in sorted(sold.items(), reverse=True)
    ]


def measure(job: Job) -> Size:
    """Return the size of a receipt, which is as long as its items."""
    lines = sum(1 + (order.count > 1) for order in _items(job)) + len(_taxes(job))
    return SIZES["Receipt"][0], 4.6 + lines * _ROW


def draw(sheet: Sheet, job: Job) -> None:
    """Figures stand right, names left; a bar code ends it."""
    made, words = job.invention, job.words
    margin, right, middle = 0.2, sheet.width - 0.2, sheet.width / 2
    name = Type("mono", 13, bold=True)
    while sheet.measure(made.company.name, name) > right - margin:
        name = name.sized(name.points - 0.5)
    sheet.text(middle, 0.42, made.company.name, name, align="center", field="seller")
    address = made.company.address
    lines = (*address.lines, address.telephone)
    for row, line in enumerate(lines):
        sheet.text(middle, 0.62 + row * _ROW, line, Type("mono", 7.5), align="center")
    tax = f"{job.country.tax} {made.company.tax_number.text}"
    value = made.company.tax_number.value
    sheet.text(
        middle, 0.62 + len(lines) * _ROW, tax, Type("mono", 7.5), align="center", field="tax_number", value=value
    )
    y = 0.97 + len(lines) * _ROW
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
        for row, order in enumerate(_items(job), 1):
            y += _ROW
            total += order.amount
            with table.row(row):
                table.cell("item", margin, y, words.groceries[order.ware], _TEXT)
                if order.count > 1:
                    y += _ROW
                    x = margin + 0.2
                    x += table.cell("quantity", x, y, str(order.count), _TEXT) + _GAP
                    x += sheet.text(x, y, "x", _TEXT) + _GAP
                    table.cell("price", x, y, words.number(order.price), _TEXT, value=plain(order.price))
                sum_ = order.amount
                table.cell("amount", right, y, words.number(sum_), _TEXT, align="right", value=plain(sum_))
    _dashes(sheet, margin, right, y + 0.1)
    y += 0.34
    large = Type("mono", 12, bold=True)
    sheet.text(margin, y, job.label("total"), large)
    sheet.text(right, y, words.money(total), large, align="right", field="total", value=plain(total))
    y += 0.24
    given = total if random.random() < 0.5 else _notes(total)
    sheet.text(margin, y, job.label("card_paid" if given == total else "cash"), _TEXT)
    sheet.text(right, y, words.number(given), _TEXT, align="right")
    if given != total:
        y += _ROW
        sheet.text(margin, y, job.label("change"), _TEXT)
        sheet.text(right, y, words.number(given - total), _TEXT, align="right")
    y = _vat(sheet, job, y + _ROW, margin, right)
    sheet.text(middle, y + 0.4, job.label("thanks"), _BOLD, align="center")
    value = f"{made.number:05}{made.day:%y%m%d}"
    wide = modules("Code128", value).width * 0.0134
    symbols.code(sheet, middle - wide / 2, y + 0.6, "Code128", value, 0.0134, 0.42)


def _notes(total: int) -> int:
    """Hundredths that one hands over in notes."""
    size: int = 10 ** max(2, len(str(total)) - 1) // 2
    return (total // size + 1) * size


def _vat(sheet: Sheet, job: Job, y: float, margin: float, right: float) -> float:
    """What of the prices is tax, by rates; returns the last base line."""
    words, small = job.words, _TEXT
    taxes = _taxes(job)
    with sheet.table("taxes", "rate", "gross", "tax") as table:
        for row, (rate, gross, tax) in enumerate(taxes, 1):
            with table.row(row):
                label = job.label("vat", percent=words.percent(rate))
                table.cell("rate", margin, y, label, small, value=f"{rate / 10:g}")
                table.cell("gross", right - 0.95, y, words.number(gross), small, align="right", value=plain(gross))
                table.cell("tax", right, y, words.number(tax), small, align="right", value=plain(tax))
            y += _ROW
    total = sum(tax for _, _, tax in taxes)
    sheet.text(margin, y, job.own("tax_sum"), small)
    sheet.text(right, y, words.number(total), small, align="right", field="vat", value=plain(total))
    return y


def _dashes(sheet: Sheet, left: float, right: float, y: float) -> None:
    at = left
    while at < right - 0.04:
        sheet.fill(at, y, at + 0.045, y + 0.008, BLACK)
        at += 0.08


KIND: Final = Kind(
    "receipt", "receipt of a till on a narrow strip", draw, size="Receipt", fixed_size=True, measure=measure
)
