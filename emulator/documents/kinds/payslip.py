"""A payslip: what somebody earned in a month, what was kept of it, and what was paid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind, month_before
from emulator.documents.layouts import papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.layouts.grids import Cells, Column, Entry, Grid, draw_rows, grid
from emulator.documents.layouts.payslips import PAYSLIPS, PayslipPlan
from emulator.documents.layouts.sums import amount, below_last
from emulator.documents.sheet import Sheet

_SHARES: Final = (
    ("income_tax", 90, 240),
    ("pension", 60, 98),
    ("health_insurance", 20, 85),
    ("unemployment", 5, 20),
)
"""What is kept of the pay, in thousandths from and to; invented, as no country's rules are followed."""


@dataclass(frozen=True, slots=True)
class _Pay:
    """What is paid for a month, in hundredths."""

    earned: tuple[tuple[str, int], ...]
    kept: tuple[tuple[str, int], ...]

    @property
    def gross(self) -> int:
        return sum(size for _, size in self.earned)

    @property
    def deducted(self) -> int:
        return sum(size for _, size in self.kept)


def _pay(job: Job) -> _Pay:
    random, country, words = job.random("pay"), job.country, job.words
    unit = 1 if words.decimal else 100

    def size(low: int, high: int) -> int:
        found = country.amount(random, low, high)
        return found // unit * unit

    earned = [("basic_pay", size(240_000, 520_000) // (100 * unit) * 100 * unit)]
    if random.random() < 0.6:
        earned.append(("overtime", size(6_000, 38_000)))
    if random.random() < 0.7:
        earned.append(("allowance", size(3_000, 9_000)))
    gross = sum(each for _, each in earned)
    kept = tuple((key, words.share(gross, random.randint(low, high), 1000)) for key, low, high in _SHARES)
    return _Pay(tuple(earned), kept)


def draw(sheet: Sheet, job: Job) -> None:
    """One page."""
    plan = plan_of(PAYSLIPS, job)
    draft = Draft(sheet, job, job.invention.company, plan.margin)
    plan.head(draft, "employer")
    papers.title(draft, plan.title, job.label("payslip"))
    made = job.invention
    person = made.person
    if plan.recipient is not None:
        papers.recipient(draft, plan.recipient, person.address.block(person.name), "address")
    for part, (place, block) in zip(_facts(job), plan.facts, strict=True):
        papers.facts(draft, block, place, part)
    pay = _pay(job)
    y = _side_by_side(draft, plan, pay) if plan.side_by_side else _below_each_other(draft, plan, pay)
    account = person.account
    paid = Fact(account.number.key, job.label("paid_into"), account.number.text, account.number.value)
    found = (Fact("bank_name", job.own("bank"), account.bank), paid)
    papers.facts(draft, plan.account, ("left", y + 0.45, 5.0), found)
    plan.foot(draft, ())


def _facts(job: Job) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Whom it pays, and for when."""
    made, words = job.invention, job.words
    month = month_before(made.day)
    paid = month.replace(day=28)
    number = made.number % 9000 + 1000
    position = job.random("position").choice(words.positions)
    person = (
        Fact("employee", job.label("employee"), made.person.name),
        Fact("personnel_number", job.label("personnel_number"), f"{number:05}"),
        Fact("", job.label("position"), position),
    )
    period = (
        Fact("pay_period", job.label("pay_period"), f"{month:%m/%Y}", f"{month:%Y-%m}"),
        Fact("paid_on", job.label("paid_on"), words.short_date(paid), paid.isoformat()),
        Fact("hours", job.label("hours"), str(job.random("hours").choice((152, 160, 165, 168, 173)))),
    )
    return person, period


def _columns(job: Job, name: str) -> list[Column]:
    return [
        Column("code", "#"),
        Column("item", job.label(name), grows=True),
        Column("amount", job.label("amount"), right=True),
    ]


def _cells(job: Job, found: Sequence[tuple[str, int]], first: int) -> list[Cells]:
    return [
        {
            "code": Entry(f"{first + 10 * number}", small=True),
            "item": Entry(job.label(key)),
            "amount": Entry(job.words.number(size), plain(size)),
        }
        for number, (key, size) in enumerate(found)
    ]


def _table(
    draft: Draft, plan: PayslipPlan, y: float, name: str, cells: list[Cells], empty: int
) -> tuple[float, Grid]:
    made = grid(draft, _columns(draft.job, name), cells, draft.house.text, draft.house.bold)
    return draw_rows(draft, y, made, plan.look, name, cells, empty=empty), made


def _below_each_other(draft: Draft, plan: PayslipPlan, pay: _Pay) -> float:
    job = draft.job
    y, made = _table(draft, plan, plan.top, "earnings", _cells(job, pay.earned, 100), 0)
    y = plan.sums(draft, y, made, [amount(draft, "gross_pay", job.label("gross_pay"), pay.gross)])
    y, made = _table(draft, plan, y + 0.15, "deductions", _cells(job, pay.kept, 500), 0)
    return plan.sums(draft, y, made, _last(draft, pay))


def _side_by_side(draft: Draft, plan: PayslipPlan, pay: _Pay) -> float:
    job = draft.job
    left, right = draft.left, draft.right
    middle = (left + right) / 2
    rows = max(len(pay.earned), len(pay.kept))
    draft.right = middle - 0.08
    y, made = _table(draft, plan, plan.top, "earnings", _cells(job, pay.earned, 100), rows - len(pay.earned))
    draft.left, draft.right = middle + 0.08, right
    _, other = _table(draft, plan, plan.top, "deductions", _cells(job, pay.kept, 500), rows - len(pay.kept))
    draft.left = left
    gross = amount(draft, "gross_pay", job.label("gross_pay"), pay.gross)
    bold = draft.house.bold
    draft.sheet.text(made.left_of("item"), y + 0.2, gross.label, bold)
    below_last(draft, y + 0.2, made, gross, bold)
    return plan.sums(draft, y, other, _last(draft, pay))


def _last(draft: Draft, pay: _Pay) -> list[Fact]:
    job = draft.job
    return [
        amount(draft, "total_deductions", job.label("total_deductions"), pay.deducted),
        amount(draft, "net_pay", job.label("net_pay"), pay.gross - pay.deducted, currency=True),
    ]


KIND: Final = Kind(
    "payslip",
    "payslip with earnings, deductions and what is paid out",
    draw,
    options=("sticker", "layout"),
    plans=PAYSLIPS,
)
