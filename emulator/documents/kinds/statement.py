"""A bank statement."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.ornaments import logo
from emulator.documents.sheet import GREY, PALE, Sheet
from emulator.documents.wares import bookings
from emulator.printing.setting import Type

_TEXT: Final = Type("sans", 8.5)
_BOLD: Final = Type("sans", 8.5, bold=True)
_SMALL: Final = Type("sans", 8)
_ROW: Final = 0.225
_ROWS: Final = 32
"""On a page of A4; what does not fit goes on the next."""
_COLUMNS: Final = ("date", "details", "reference", "debit", "credit", "balance")


def _bookings(job: Job) -> list[tuple[date, int, int]]:
    """Make up the bookings of all pages: day, number of the transaction, hundredths."""
    random = job.random("statement")
    return bookings(_ROWS * job.pages - random.randrange(3, 9), job.invention.day, job.country, random)


def draw(sheet: Sheet, job: Job) -> None:
    """Columns of figures; the balance runs over the pages."""
    made, words = job.invention, job.words
    margin, right = 0.8, sheet.width - 0.8
    company = made.bank
    logo(sheet, margin, 0.45, 0.42, company.color, job.random("logo"))
    sheet.text(margin + 0.55, 0.74, company.name, Type("serif", 14, bold=True), color=company.color)
    sheet.text(right, 0.74, job.label("statement"), Type("sans", 14), align="right")
    sheet.rule(margin, 1.0, right, 1.4, company.color)
    page = job.label("page", page=job.page + 1, pages=job.pages)
    sheet.text(right, 1.35, page, _SMALL, align="right", color=GREY)
    days = [day for day, _, _ in _bookings(job)]
    first, last = days[0].replace(day=1), _last_of_month(days[-1])
    account = made.person.account.number
    facts = (
        ("holder", made.person.name, None),
        ("account", account.text, account.value),
        ("period", f"{words.short_date(first)} - {words.short_date(last)}", f"{first}/{last}"),
    )
    for row, (key, text, value) in enumerate(facts):
        sheet.text(margin, 1.35 + row * 0.19, job.label(key), _SMALL, color=GREY)
        sheet.text(margin + 1.35, 1.35 + row * 0.19, text, _TEXT, field=key, value=value)
    _table(sheet, job, 2.2, margin, right)
    foot = f"{company.name}, {company.address.line}"
    sheet.text(sheet.width / 2, sheet.height - 0.5, foot, Type("sans", 6.5), align="center", color=GREY)


def _table(sheet: Sheet, job: Job, y: float, margin: float, right: float) -> None:
    words = job.words
    details, debit, credit, balance_at = margin + 0.95, right - 2.45, right - 1.25, right
    sheet.rule(margin, y - 0.19, right, 0.8)
    sheet.rule(margin, y + 0.08, right, 0.8)
    booked = _bookings(job)
    start = job.page * _ROWS
    opening = job.country.amount(job.random("opening"), 150_000, 900_000)
    balance = opening + sum(amount for _, _, amount in booked[:start])
    head, y = y, y + 0.28
    if job.page == 0:
        sheet.text(details, y, job.label("opening"), _BOLD)
        sheet.text(
            balance_at,
            y,
            words.number(balance),
            _BOLD,
            align="right",
            field="opening_balance",
            value=plain(balance),
        )
    row_random = job.page_random("statement")
    with sheet.table("bookings", *_COLUMNS) as table:
        table.cell("date", margin, head, job.label("booked"), _BOLD)
        table.cell("details", details, head, job.label("details"), _BOLD)
        for x, key in ((debit, "debit"), (credit, "credit"), (balance_at, "balance")):
            table.cell(key, x, head, job.label(key), _BOLD, align="right")
        for row, (day, transaction, amount) in enumerate(booked[start : start + _ROWS]):
            y += _ROW
            if row % 2:
                sheet.fill(margin, y - 0.155, right, y + 0.07, (244, 246, 248))
            balance += amount
            with table.row(start + row + 1):
                table.cell("date", margin, y, words.short_date(day), _TEXT, value=day.isoformat())
                table.cell("details", details, y, words.transactions[transaction], _TEXT)
                number = f"{row_random.randrange(10**6, 10**7)}"
                table.cell("reference", details + 1.55, y, number, _SMALL, color=GREY)
                key, x = ("debit", debit) if amount < 0 else ("credit", credit)
                size = abs(amount)
                table.cell(key, x, y, words.number(size), _TEXT, align="right", value=plain(size))
                text = words.number(balance)
                table.cell("balance", balance_at, y, text, _TEXT, align="right", value=plain(balance))
    sheet.rule(margin, y + 0.1, right, 0.8)
    if job.page + 1 == job.pages:
        y += 0.32
        sheet.text(details, y, job.label("closing_balance"), _BOLD)
        sheet.text(
            balance_at, y, words.money(balance), _BOLD, align="right", field="closing_balance", value=plain(balance)
        )
        sheet.rule(debit, y + 0.08, right, 0.5, PALE)


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


KIND: Final = Kind(
    "statement", "bank statement with a running balance", draw, pages=2, many_pages=True, options=("sticker",)
)
