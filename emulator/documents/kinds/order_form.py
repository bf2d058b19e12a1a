"""An order form, filled in by hand."""

from __future__ import annotations

from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.ornaments import logo, tick_box, tint, write_line
from emulator.documents.sheet import GREY, Sheet
from emulator.documents.wares import GOODS, ordered
from emulator.documents.writing import Writer, sign, writer
from emulator.printing.setting import Type

_LABEL: Final = Type("sans", 8)
_BOLD: Final = Type("sans", 9.5, bold=True)
_TICK: Final = Type("sans", 10)
_COLUMNS: Final = ("article", "item", "quantity", "price")


def draw(sheet: Sheet, job: Job) -> None:
    """Printed form, handwriting in blue ink, boxes ticked."""
    made, words = job.invention, job.words
    random = job.random("order form")
    company = made.company
    margin, right = 0.8, sheet.width - 0.8
    logo(sheet, margin, 0.5, 0.5, company.color, job.random("logo"))
    sheet.text(margin + 0.65, 0.78, company.name, Type("sans", 12, bold=True), color=company.color)
    sheet.text(right, 0.8, job.label("order_form"), Type("sans", 20), align="right")
    sheet.rule(margin, 1.15, right, 1.2, company.color)
    sheet.text(margin, 1.42, job.label("order_intro"), Type("sans", 9, italic=True), color=GREY)
    half = (right - margin) / 2 + 0.1
    person = made.person
    pen = writer(person.name).at(sheet)
    entries = (
        (margin, 1.98, right - margin, "full_name", person.name),
        (margin, 2.58, half - 0.35, "street", person.address.street),
        (margin + half, 2.58, half - 0.2, "town", person.address.town),
        (margin, 3.18, half - 0.35, "email", person.mail),
        (margin + half, 3.18, half - 0.2, "customer_number", f"{made.number * 7 % 90000 + 10000}"),
    )
    for x, y, inches, key, value in entries:
        _entry(sheet, pen, x, y, inches, job.label(key), key, value)
    y = _order(sheet, job, pen, 3.85, margin, right)
    y += 0.42
    for key, choices in (
        ("delivery", ("standard", "express", "collect")),
        ("payment", ("card", "transfer", "account_payment")),
    ):
        sheet.text(margin, y, job.label(key), _BOLD)
        chosen = random.randrange(3)
        for number, choice in enumerate(choices):
            x = margin + 1.35 + number * 1.75
            name = f"{key}_{choice}"
            tick_box(sheet, x, y, name, job.label(choice), _TICK, number == chosen, random, pen.ink)
        y += 0.36
    wanted = random.random() < 0.6
    tick_box(sheet, margin + 1.35, y, "newsletter", job.label("newsletter"), _TICK, wanted, random, pen.ink)
    y += 0.55
    _entry(sheet, pen, margin, y, right - margin, job.label("remarks"), "remarks", random.choice(words.remarks))
    y = min(y + 0.95, sheet.height - 0.9)
    place = f"{person.address.city}, {words.short_date(made.day)}"
    _entry(sheet, pen, margin, y, half - 0.35, job.label("place_date"), "place_date", place)
    write_line(sheet, margin + half, y, half - 0.2)
    sheet.text(margin + half, y + 0.15, job.label("signature"), _LABEL, color=GREY)
    sign(sheet, margin + half + 0.2, y - 0.05, 1.9, person.name)


def _entry(
    sheet: Sheet, pen: Writer, x: float, y: float, inches: float, label: str, field: str, value: str
) -> None:
    """A line with handwriting on it and its label below, as small as it must be to fit."""
    write_line(sheet, x, y, inches)
    sheet.text(x, y + 0.15, label, _LABEL, color=GREY)
    type = pen.type(17)
    while sheet.measure(value, type) > inches - 0.15 and type.points > 7:
        type = type.sized(type.points - 0.5)
    sheet.text(x + 0.1, y - 0.04, value, type, color=pen.ink, field=field)


def _order(sheet: Sheet, job: Job, pen: Writer, y: float, margin: float, right: float) -> float:
    random = job.random("order")
    columns = (margin, margin + 0.95, right - 1.9, right - 0.95, right)
    rows = 6
    sheet.fill(margin, y, right, y + 0.3, tint(job.invention.company.color))
    with sheet.table("items", *_COLUMNS) as table:
        labels = ("#", job.label("item"), job.label("quantity"), job.label("price"))
        for x, key, label in zip(columns, _COLUMNS, labels, strict=False):
            table.cell(key, x + 0.08, y + 0.2, label, _BOLD)
        for row, order in enumerate(ordered(GOODS, 2, 4, job.country, random)):
            base = y + 0.3 + (row + 1) * 0.34 - 0.09
            number = f"{random.randrange(100, 999)}-{random.randrange(10, 99)}"
            texts = (number, job.words.goods[order.ware], str(order.count), job.words.number(order.price))
            with table.row(row + 1):
                for column, (key, text) in enumerate(zip(_COLUMNS, texts, strict=True)):
                    room = columns[column + 1] - columns[column] - 0.16
                    type = pen.type(15)
                    while sheet.measure(text, type) > room and type.points > 8:
                        type = type.sized(type.points - 0.5)
                    value = plain(order.price) if key == "price" else text
                    table.cell(key, columns[column] + 0.08, base, text, type, color=pen.ink, value=value)
    bottom = y + 0.3 + rows * 0.34
    for row in range(rows + 1):
        sheet.rule(margin, y + 0.3 + row * 0.34, right, 0.6)
    sheet.rule(margin, y, right, 1.0)
    for x in columns:
        sheet.fill(x - 0.004, y, x + 0.004, bottom, GREY)
    return bottom


KIND: Final = Kind("order-form", "order form with handwriting and ticked boxes", draw, options=("sticker",))
