"""An invoice."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from emulator.documents import symbols
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.kinds.statement import plain
from emulator.documents.ornaments import dotted_row, logo, tint
from emulator.documents.sheet import GREY, PALE, Sheet
from emulator.documents.wares import GOODS, Order, ordered
from emulator.printing.setting import Type

_TEXT: Final = Type("sans", 9.5)
_BOLD: Final = Type("sans", 9.5, bold=True)
_SMALL: Final = Type("sans", 8)
_ROW: Final = 0.27
_HALVES: Final = ("cgst", "sgst")
"""Central and state tax on goods and services."""


def items(job: Job) -> list[Order]:
    """Return what is invoiced."""
    return ordered(GOODS, 4, 9, job.country, job.random("invoice"))


def taxes(job: Job, net: int) -> list[tuple[int, int]]:
    """Rate in tenths of a percent and tax; in India half of it is the union's and half the state's."""
    rate = job.country.vat(job.invention.day).standard
    rates = [rate // 2, rate // 2] if job.country.code == "IN" else [rate]
    return [(each, job.words.share(net, each, 1000)) for each in rates]


def draw(sheet: Sheet, job: Job) -> None:
    """One page."""
    made, words = job.invention, job.words
    company = made.company
    margin, right = 0.8, sheet.width - 0.8
    sheet.fill(0, 0, sheet.width, 0.22, company.color)
    logo(sheet, margin, 0.52, 0.6, company.color, job.random("logo"))
    name = Type("sans", 15, bold=True)
    if sheet.measure(company.name, name) > 3.6:
        name = name.sized(11)
    sheet.text(margin + 0.76, 0.8, company.name, name, field="seller")
    sheet.text(margin + 0.76, 1.0, company.address.line, _SMALL, color=GREY)
    title = Type("sans", 21)
    sheet.text(right, 0.8, job.label("invoice"), title, align="right", color=company.color)
    number = f"{made.day.year}-{made.number}"
    supplied = made.day - timedelta(days=made.number % 6 + 1)
    facts = (
        ("invoice_number", number, number),
        ("date", words.short_date(made.day), made.day.isoformat()),
        ("supply_date", words.short_date(supplied), supplied.isoformat()),
        ("customer_number", f"{made.number * 7 % 90000 + 10000}", None),
        ("due", words.short_date(made.day + timedelta(days=30)), (made.day + timedelta(days=30)).isoformat()),
    )
    for row, (key, text, value) in enumerate(facts):
        y = 1.75 + row * 0.2
        label = job.own("supplied") if key == "supply_date" else job.label(key)
        sheet.text(right - 2.5, y, label, _SMALL, color=GREY)
        sheet.text(right, y, text, _TEXT, align="right", field=key, value=value)
    with sheet.field("customer"):
        for row, line in enumerate(made.person.address.block(made.person.name)):
            sheet.text(margin, 1.75 + row * 0.19, line, Type("sans", 10))
    y = _table(sheet, job, 3.25, margin, right)
    sheet.paragraph(margin, y + 0.25, right - margin - 1.5, job.label("pay"), _TEXT, 0.18)
    payload = f"{number} {company.account.number.value}"
    symbols.code(sheet, margin, y + 0.7, "QRCode", payload, 0.022)
    _bank(sheet, job, margin + 1.05, y + 0.82)
    foot = sheet.height - 0.6
    sheet.rule(margin, foot - 0.18, right, 0.5, PALE)
    contact = (company.address.telephone, company.mail, company.web)
    dotted_row(sheet, sheet.width / 2, foot, contact, Type("sans", 8), GREY, centered=True)
    tax = f"{job.country.tax} {company.tax_number.text}"
    value = company.tax_number.value
    sheet.text(
        sheet.width / 2, foot + 0.17, tax, _SMALL, color=GREY, align="center", field="tax_number", value=value
    )


def _bank(sheet: Sheet, job: Job, x: float, y: float) -> None:
    account = job.invention.company.account
    rows = [("bank_name", job.own("bank"), account.bank, account.bank)]
    rows += [
        (each.key, job.country.labels.get(each.key, "IBAN"), each.text, each.value) for each in account.details
    ]
    for row, (key, label, text, value) in enumerate(rows):
        sheet.text(x, y + row * 0.19, label, _SMALL, color=GREY)
        sheet.text(x + 1.15, y + row * 0.19, text, _TEXT, field=key, value=value)


def _table(sheet: Sheet, job: Job, y: float, margin: float, right: float) -> float:
    """Returns the base line of the total."""
    words, color = job.words, job.invention.company.color
    quantity, price, amount = right - 2.55, right - 1.25, right - 0.08
    sheet.fill(margin, y - 0.19, right, y + 0.08, tint(color))
    total = 0
    with sheet.table("items", "position", "item", "quantity", "price", "amount") as table:
        table.cell("item", margin + 0.4, y, job.label("item"), _BOLD)
        for x, key in ((quantity, "quantity"), (price, "price"), (amount, "amount")):
            table.cell(key, x, y, job.label(key), _BOLD, align="right")
        for row, order in enumerate(items(job), 1):
            y += _ROW
            total += order.amount
            with table.row(row):
                table.cell("position", margin + 0.08, y, str(row), _TEXT)
                table.cell("item", margin + 0.4, y, words.goods[order.ware], _TEXT)
                table.cell("quantity", quantity, y, str(order.count), _TEXT, align="right")
                table.cell(
                    "price", price, y, words.number(order.price), _TEXT, align="right", value=plain(order.price)
                )
                sum_ = order.amount
                table.cell("amount", amount, y, words.number(sum_), _TEXT, align="right", value=plain(sum_))
            sheet.rule(margin, y + 0.09, right, 0.4, PALE)
    parts = taxes(job, total)
    vat = sum(tax for _, tax in parts)
    rate = words.percent(job.country.vat(job.invention.day).standard)
    rows = [("subtotal", job.label("subtotal"), total, _TEXT)]
    if len(parts) > 1:
        half = words.percent(parts[0][0])
        rows += [(key, f"{key.upper()} {half} %", tax, _TEXT) for key, (_, tax) in zip(_HALVES, parts, strict=True)]
    rows += [
        ("vat", job.label("vat", percent=rate), vat, _TEXT),
        ("total", job.label("total"), total + vat, Type("sans", 11, bold=True)),
    ]
    y += 0.06
    for key, label, value, type in rows:
        y += 0.26
        if key == "total":
            sheet.rule(price - 1.0, y - 0.2, right, 0.9)
        sheet.text(price - 1.0, y, label, type)
        text = words.money(value) if key == "total" else words.number(value)
        sheet.text(amount, y, text, type, align="right", field=key, value=plain(value))
    return y + 0.1


KIND: Final = Kind("invoice", "invoice with a table of goods, totals and a QR code", draw, options=("sticker",))
