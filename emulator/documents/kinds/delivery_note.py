"""A delivery note: what came, and who took it in."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from emulator.documents import symbols
from emulator.documents.kinds.invoice import customer_number
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import heads, papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.delivery_notes import DELIVERY_NOTES
from emulator.documents.layouts.draft import Draft, Fact, tax_of
from emulator.documents.layouts.facts import pairs
from emulator.documents.layouts.grids import Cells, Entry, columns_of, draw_rows, grid
from emulator.documents.layouts.papers import PaperPlan
from emulator.documents.layouts.rows import CONTINUED, on_page, on_pages
from emulator.documents.ornaments import write_line
from emulator.documents.sheet import GREY, Sheet
from emulator.documents.wares import Order, article, deliveries
from emulator.documents.writing import sign, writer

_CLOSING: Final = 2.1
"""Inches below the table on the last page."""
_MODULE: Final = 0.0134
_PARTIAL: Final = 0.12
"""How often less of an item comes than was ordered."""


def draw(sheet: Sheet, job: Job) -> None:
    """Head and facts on the first page, packages and signature on the last."""
    plan = plan_of(DELIVERY_NOTES, job)
    draft = Draft(sheet, job, job.invention.company, plan.margin)
    rows = on_pages(job, sheet.height - plan.bottom, plan.top, plan.look.row, _CLOSING, fewest=4, most=14)
    orders = deliveries(rows, job.country, job.random("delivery note"))
    came = _delivered(job, orders)
    cells = [
        _cells(job, number, order, count) for number, (order, count) in enumerate(zip(orders, came, strict=True), 1)
    ]
    found = columns_of(job, plan.columns, ("ordered", "delivered"), ("item",))
    made = grid(draft, found, cells, draft.house.text, draft.house.bold)
    here = on_page(rows, job.page)
    if job.page == 0:
        _first(draft, plan)
        top = plan.top
    else:
        heads.running(draft, f"{job.label('delivery_note')} {_number(job)}")
        top = CONTINUED
    y = draw_rows(draft, top, made, plan.look, "items", cells[here], first=here.start + 1)
    if job.page + 1 == job.pages:
        _close(draft, y + 0.35, sum(came))
    plan.foot(draft, [tax_of(draft.company, job)] if job.page == 0 else [])


def _number(job: Job) -> str:
    return f"L{job.invention.number * 3 % 90000 + 10000}"


def _first(draft: Draft, plan: PaperPlan) -> None:
    job, made = draft.job, draft.job.invention
    plan.head(draft, "sender")
    papers.recipient(
        draft,
        plan.recipient,
        made.person.address.block(made.person.name),
        "recipient",
        label=job.label("ship_to"),
        boxed=plan.boxed,
    )
    ordered = made.day - timedelta(days=made.number % 9 + 2)
    words = job.words
    papers.facts(
        draft,
        plan.facts,
        plan.facts_at,
        (
            Fact("delivery_note_number", job.label("delivery_note_number"), _number(job)),
            Fact("date", job.label("date"), words.short_date(made.day), made.day.isoformat()),
            Fact("order_number", job.label("order_number"), f"{made.day.year % 100}{made.number}"),
            Fact("order_date", job.label("order_date"), words.short_date(ordered), ordered.isoformat()),
            Fact("customer_number", job.label("customer_number"), customer_number(job)),
        ),
    )
    papers.title(draft, plan.title, job.label("delivery_note"))


def _delivered(job: Job, orders: list[Order]) -> list[int]:
    random = job.random("delivered")
    return [
        random.randrange(1, order.count) if order.count > 1 and random.random() < _PARTIAL else order.count
        for order in orders
    ]


def _cells(job: Job, number: int, order: Order, came: int) -> Cells:
    words = job.words
    return {
        "position": Entry(str(number)),
        "article": Entry(article(job.invention.company.name, order.ware), small=True),
        "item": Entry(words.goods[order.ware]),
        "unit": Entry(words.units[order.unit]),
        "ordered": Entry(str(order.count)),
        "delivered": Entry(str(came)),
    }


def _close(draft: Draft, y: float, pieces: int) -> None:
    """Packages and weight, a bar code for the carrier, and who signs for all that."""
    sheet, job = draft.sheet, draft.job
    random = job.random("packages")
    weight = pieces * random.randrange(2, 9) + 5
    kilograms = f"{weight // 10}{job.words.decimal or '.'}{weight % 10} kg"
    packages = str(max(1, pieces // 18 + 1))
    found = (
        Fact("packages", job.label("packages"), packages),
        Fact("weight", job.label("weight"), kilograms, f"{weight // 10}.{weight % 10}"),
    )
    pairs(draft, draft.left, y, draft.left + 3.0, found)
    value = f"{_number(job)}-{packages}"
    left = draft.right - symbols.wide(sheet, "Code128", value, _MODULE)
    symbols.code(sheet, left, y - 0.15, "Code128", value, _MODULE, 0.4)
    y += 0.85
    received = job.label("received")
    draft.line(draft.left, y, received, draft.house.text, draft.room)
    y += 0.6
    person = job.invention.person
    pen = writer(person.name).at(sheet)
    half = draft.room / 2 - 0.15
    small = draft.house.small
    for x, label in ((draft.left, "place_date"), (draft.right - half, "signature")):
        write_line(sheet, x, y, half)
        sheet.text(x, y + 0.15, job.label(label), small, color=GREY)
    day = job.words.short_date(job.invention.day)
    said = f"{person.address.city}, {day}"
    sheet.text(
        draft.left + 0.1,
        y - 0.04,
        said,
        draft.fitted(said, pen.type(16), half - 0.2),
        color=pen.ink,
        field="place_date",
    )
    sign(sheet, draft.right - half + 0.2, y - 0.03, 1.7, person.name)


KIND: Final = Kind(
    "delivery-note",
    "delivery note with what was ordered and what came, signed",
    draw,
    many_pages=True,
    options=("sticker", "layout"),
    plans=DELIVERY_NOTES,
)
