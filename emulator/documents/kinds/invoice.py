"""An invoice, of as many pages as its items need."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import heads, papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft, Fact, account_of, tax_of
from emulator.documents.layouts.grids import Cells, Entry, Grid, columns_of, draw_rows, grid
from emulator.documents.layouts.papers import PaperPlan
from emulator.documents.layouts.plans import INVOICES
from emulator.documents.layouts.rows import CONTINUED, on_page, on_pages
from emulator.documents.layouts.sums import amount, below_last
from emulator.documents.sheet import Sheet
from emulator.documents.wares import Order, article, deliveries

_FIGURES: Final = ("quantity", "price", "amount")
_HALVES: Final = ("cgst", "sgst")
"""Central and state tax on goods and services."""
_COMPANIES: Final = 0.65
"""Share of invoices that go to a company."""
_SUMS: Final = 0.28
_PAYMENT: Final = 1.5
"""Inches that a line of the sums, and what is said of the payment, need below the table."""


def _taxes(job: Job, net: int) -> list[tuple[int, int]]:
    """Rate in tenths of a percent and tax; in India half of it is the union's and half the state's."""
    rate = job.country.vat(job.invention.day).standard
    rates = [rate // 2, rate // 2] if job.country.code == "IN" else [rate]
    return [(each, job.words.share(net, each, 1000)) for each in rates]


def draw(sheet: Sheet, job: Job) -> None:
    """Head and facts on the first page, totals on the last; between them sums are carried forward."""
    plan = plan_of(INVOICES, job)
    draft = Draft(sheet, job, job.invention.company, plan.margin)
    lines = 4 if job.country.code == "IN" else 3
    rows = on_pages(job, sheet.height - plan.bottom, plan.top, plan.look.row, lines * _SUMS + _PAYMENT, fewest=4)
    orders = deliveries(rows, job.country, job.random("invoice"))
    cells = [_cells(job, number, order) for number, order in enumerate(orders, 1)]
    found = columns_of(job, plan.columns, _FIGURES, ("item",))
    made = grid(draft, found, cells, draft.house.text, draft.house.bold)
    here = on_page(rows, job.page)
    if job.page == 0:
        _first(draft, plan)
        top = plan.top
    else:
        heads.running(draft, f"{job.label('invoice')} {_number(job)}")
        top = CONTINUED
    y = draw_rows(draft, top, made, plan.look, "items", cells[here], first=here.start + 1)
    if job.page + 1 < job.pages:
        carried = sum(order.amount for order in orders[: here.stop])
        _carried(draft, y, made, carried)
    else:
        _close(draft, plan, y, made, sum(order.amount for order in orders))
    plan.foot(draft, [tax_of(draft.company, job)] if job.page == 0 else [])


def _number(job: Job) -> str:
    return f"{job.invention.day.year}-{job.invention.number}"


def _first(draft: Draft, plan: PaperPlan) -> None:
    job = draft.job
    made, words = job.invention, job.words
    plan.head(draft, "seller")
    papers.recipient(
        draft,
        plan.recipient,
        customer(job),
        "customer",
        label=job.label("bill_to"),
        boxed=plan.boxed,
    )
    supplied = made.day - timedelta(days=made.number % 6 + 1)
    due = made.day + timedelta(days=30)
    papers.facts(
        draft,
        plan.facts,
        plan.facts_at,
        (
            Fact("invoice_number", job.label("invoice_number"), _number(job)),
            Fact("date", job.label("date"), words.short_date(made.day), made.day.isoformat()),
            Fact("supply_date", job.own("supplied"), words.short_date(supplied), supplied.isoformat()),
            Fact("customer_number", job.label("customer_number"), customer_number(job)),
            Fact("due", job.label("due"), words.short_date(due), due.isoformat()),
        ),
    )
    papers.title(draft, plan.title, job.label("invoice"))


def customer(job: Job) -> list[str]:
    """The buyer with his address: mostly a company."""
    partner, person = job.invention.partner, job.invention.person
    if job.random("customer").random() < _COMPANIES:
        return partner.address.block(partner.name, company=True)
    return person.address.block(person.name)


def customer_number(job: Job) -> str:
    """The number by which the company knows whom it writes to."""
    return f"{job.invention.number * 7 % 90000 + 10000}"


def _cells(job: Job, number: int, order: Order) -> Cells:
    words = job.words
    return {
        "position": Entry(str(number)),
        "article": Entry(article(job.invention.company.name, order.ware), small=True),
        "item": Entry(words.goods[order.ware]),
        "quantity": Entry(str(order.count)),
        "unit": Entry(words.units[order.unit]),
        "price": Entry(words.number(order.price), plain(order.price)),
        "amount": Entry(words.number(order.amount), plain(order.amount)),
    }


def _carried(draft: Draft, y: float, made: Grid, total: int) -> None:
    carried, bold = amount(draft, "carried", draft.job.label("carried"), total), draft.house.bold
    y += 0.24
    below_last(draft, y, made, carried, bold)
    draft.sheet.text(made.right_of(made.columns[-1].key) - 1.3, y, carried.label, bold, align="right")


def _close(draft: Draft, plan: PaperPlan, y: float, made: Grid, net: int) -> None:
    job = draft.job
    parts = _taxes(job, net)
    vat = sum(tax for _, tax in parts)
    rate = job.words.percent(job.country.vat(job.invention.day).standard)
    found = [amount(draft, "subtotal", job.label("subtotal"), net)]
    if len(parts) > 1:
        half = job.words.percent(parts[0][0])
        found += [
            amount(draft, key, f"{key.upper()} {half}%", tax) for key, (_, tax) in zip(_HALVES, parts, strict=True)
        ]
    found.append(amount(draft, "vat", job.label("vat", percent=rate), vat))
    found.append(amount(draft, "total", job.label("total"), net + vat, currency=True))
    y = plan.sums(draft, y, made, found)
    account = draft.company.account
    plan.payment(draft, y, f"{_number(job)} {account.number.value}", account_of(draft.company, job))


KIND: Final = Kind(
    "invoice",
    "invoice with a table of goods, totals and a QR code",
    draw,
    many_pages=True,
    options=("sticker", "layout"),
    plans=INVOICES,
)
