"""A bank statement."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import heads, papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.layouts.grids import Cells, Entry, Grid, columns_of, draw_rows, grid
from emulator.documents.layouts.rows import CONTINUED, on_page, on_pages
from emulator.documents.layouts.statements import STATEMENTS, StatementPlan
from emulator.documents.layouts.sums import amount, below_last
from emulator.documents.sheet import GREY, PALE, Sheet
from emulator.documents.wares import bookings

_Booking = tuple[date, int, int]
_FIGURES: Final = ("debit", "credit", "amount", "balance")
_BELOW: Final = 1.15
"""Inches that the foot and the room above it take."""
_BALANCE: Final = 0.3
"""Height of the lines of the first and the last balance."""
_MOST: Final = 36


def draw(sheet: Sheet, job: Job) -> None:
    """Columns of figures; the balance runs over the pages."""
    plan = plan_of(STATEMENTS, job)
    draft = Draft(sheet, job, job.invention.bank, plan.margin)
    end = sheet.height - _BELOW
    rows = on_pages(
        job,
        end,
        plan.top + _BALANCE,
        plan.look.row,
        _BALANCE + 0.15,
        fewest=8,
        most=_MOST,
        longest=_MOST,
    )
    booked = bookings(sum(rows), job.invention.day, job.country, job.random("statement"))
    opening = job.country.amount(job.random("opening"), 150_000, 900_000)
    cells = _all_cells(job, plan, booked, opening)
    found = columns_of(job, plan.columns, _FIGURES, ("details",), {"date": "booked"})
    made = grid(draft, found, cells, draft.house.text.sized(draft.house.points - 1), draft.house.bold)
    here = on_page(rows, job.page)
    if job.page == 0:
        _first(draft, plan, booked)
        _balance(draft, plan, made, plan.top, "opening_balance", job.label("opening"), opening)
        top = plan.top + _BALANCE
    else:
        heads.running(draft, job.label("statement"))
        _following(draft, booked)
        top = CONTINUED
    y = draw_rows(draft, top, made, plan.look, "bookings", cells[here], first=here.start + 1)
    if job.page + 1 == job.pages:
        balance = opening + sum(size for _, _, size in booked)
        _balance(draft, plan, made, y + 0.05, "closing_balance", job.label("closing_balance"), balance)
    plan.foot(draft, ())


def _facts(job: Job, booked: Sequence[_Booking]) -> tuple[Fact, Fact]:
    """Account and period."""
    first, last = booked[0][0].replace(day=1), _last_of_month(booked[-1][0])
    account = job.invention.person.account.number
    said = f"{job.words.short_date(first)} - {job.words.short_date(last)}"
    return (
        Fact("account", job.label("account"), account.text, account.value),
        Fact("period", job.label("period"), said, f"{first}/{last}"),
    )


def _first(draft: Draft, plan: StatementPlan, booked: Sequence[_Booking]) -> None:
    job = draft.job
    person = job.invention.person
    plan.head(draft, "")
    papers.title(draft, plan.title, job.label("statement"))
    found = [
        Fact("holder", job.label("holder"), person.name),
        *_facts(job, booked),
        Fact("", job.label("page_number"), f"{job.page + 1}/{job.pages}"),
    ]
    if plan.holder_at is not None:
        papers.recipient(draft, plan.holder_at, person.address.block(person.name), "address")
    papers.facts(draft, plan.facts, plan.facts_at, found)


def _following(draft: Draft, booked: Sequence[_Booking]) -> None:
    """Whose account it is, on the pages after the first."""
    small = draft.house.small
    x = draft.left
    for fact in _facts(draft.job, booked):
        x += draft.sheet.text(x, 1.0, fact.label, small, color=GREY) + 0.1
        x += draft.fact(x, 1.0, fact, small) + 0.3


def _balance(
    draft: Draft, plan: StatementPlan, made: Grid, top: float, key: str, label: str, hundredths: int
) -> None:
    """The first or the last balance, above or below the table."""
    sheet, bold = draft.sheet, made.head
    right, base = made.right_of("balance"), top + 0.2
    balance = amount(draft, key, label, hundredths, currency=True)
    if plan.balances != "lines":
        left = right - max(3.4, sheet.measure(label, bold) + sheet.measure(balance.text, bold) + 0.5)
        if plan.balances == "tint":
            sheet.fill(left, top + 0.02, made.edges[-1], top + 0.27, draft.house.tint())
        else:
            sheet.frame(left, top + 0.02, made.edges[-1], top + 0.27, 0.6)
        sheet.text(left + 0.1, base, label, bold)
    else:
        sheet.text(made.left_of("details"), base, label, bold)
        if key == "closing_balance":
            sheet.rule(right - 1.3, base + 0.08, made.edges[-1], 0.5, PALE)
    below_last(draft, base, made, balance, bold)


def _all_cells(job: Job, plan: StatementPlan, booked: Sequence[_Booking], balance: int) -> list[Cells]:
    words = job.words
    random = job.random("references")
    found: list[Cells] = []
    for day, transaction, size in booked:
        balance += size
        settled = day + timedelta(days=random.choice((0, 0, 0, 1)))
        cells = {
            "date": Entry(words.short_date(day), day.isoformat()),
            "value_date": Entry(words.short_date(settled), settled.isoformat()),
            "details": Entry(words.transactions[transaction]),
            "reference": Entry(f"{random.randrange(10**6, 10**7)}", small=True),
            "balance": Entry(words.number(balance), plain(balance)),
        }
        if "amount" in plan.columns:
            cells["amount"] = Entry(words.number(size), plain(size))
        else:
            cells["debit" if size < 0 else "credit"] = Entry(words.number(abs(size)), plain(abs(size)))
        found.append(cells)
    return found


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


KIND: Final = Kind(
    "statement",
    "bank statement with a running balance",
    draw,
    pages=2,
    many_pages=True,
    options=("sticker", "layout"),
    plans=STATEMENTS,
)
