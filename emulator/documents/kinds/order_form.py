"""An order form, filled in by hand."""

from __future__ import annotations

from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.invoice import customer_number
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import heads, papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft
from emulator.documents.layouts.entries import choices, write
from emulator.documents.layouts.grids import Cells, Entry, columns_of, draw_rows, grid
from emulator.documents.layouts.order_forms import ORDER_FORMS, OrderFormPlan
from emulator.documents.ornaments import tick_box
from emulator.documents.sheet import GREY, Sheet
from emulator.documents.wares import GOODS, Order, article, ordered
from emulator.documents.writing import Writer, sign, writer
from emulator.printing.setting import Type

_CHOICES: Final = (
    ("delivery", ("standard", "express", "collect")),
    ("payment", ("card", "transfer", "account_payment")),
)
_LEAST_COLUMN: Final = 0.9


def draw(sheet: Sheet, job: Job) -> None:
    """Printed form, handwriting, boxes ticked."""
    plan = plan_of(ORDER_FORMS, job)
    draft = Draft(sheet, job, job.invention.company, plan.margin)
    pen = writer(job.invention.person.name).at(sheet)
    plan.head(draft, "")
    papers.title(draft, plan.title, job.label("order_form"))
    intro = job.label("order_intro")
    room = draft.room - plan.column
    draft.line(draft.left, plan.top, intro, Type(draft.house.body, 9, italic=True), room, color=GREY)
    y = plan.top + 0.2
    if plan.table_first:
        y = _order(draft, plan, pen, y) + 0.1
        y = _person(draft, plan, pen, y)
    else:
        y = _person(draft, plan, pen, y)
        y = _order(draft, plan, pen, y)
    y = _choose(draft, plan, pen, y + 0.38)
    _close(draft, plan, pen, y + 0.62)


def _person(draft: Draft, plan: OrderFormPlan, pen: Writer, y: float) -> float:
    """Write who orders; returns where the form goes on."""
    job, person = draft.job, draft.job.invention.person
    lines = (
        (("full_name", person.name),),
        (("street", person.address.street), ("town", person.address.town)),
        (("email", person.mail), ("customer_number", customer_number(job))),
    )
    for line in lines:
        y += plan.step
        # Beside the sender's column places to write on are shorter.
        right = draft.right - (plan.column if y - 0.45 < heads.COLUMN_END else 0.0)
        wide = (right - draft.left + 0.25) / len(line)
        for number, (key, value) in enumerate(line):
            x = draft.left + number * wide
            write(draft, plan.place, pen, x, y, wide - 0.25, job.label(key), key, value)
    return y + 0.3


def _order(draft: Draft, plan: OrderFormPlan, pen: Writer, y: float) -> float:
    """Return the lower edge of the table."""
    job = draft.job
    orders = ordered(GOODS, 2, 4, job.country, job.random("order"))
    found = columns_of(job, plan.columns, ("price", "quantity"), ("item",))
    made = grid(draft, found, (), draft.house.text, draft.house.bold, least=_LEAST_COLUMN)
    cells = [_cells(job, order) for order in orders]
    return draw_rows(draft, y, made, plan.look, "items", cells, writer=pen, empty=max(0, plan.rows - len(cells)))


def _cells(job: Job, order: Order) -> Cells:
    return {
        "article": Entry(article(job.invention.company.name, order.ware)),
        "item": Entry(job.words.goods[order.ware]),
        "quantity": Entry(str(order.count)),
        "price": Entry(job.words.number(order.price), plain(order.price)),
    }


def _choose(draft: Draft, plan: OrderFormPlan, pen: Writer, y: float) -> float:
    """Delivery, payment and the catalogue; returns the last base line."""
    job, sheet = draft.job, draft.sheet
    random = job.random("order form")
    bold = draft.house.bold
    wide = draft.room / 3
    wanted = random.random() < 0.6
    for number, (name, keys) in enumerate(_CHOICES):
        found = [(key, job.label(key)) for key in keys]
        chosen = random.randrange(len(keys))
        if plan.choices_below:
            x = draft.left + number * wide
            sheet.text(x, y, job.label(name), bold)
            choices(draft, pen, x, y + 0.28, 0.27, name, found, chosen, random, below=True)
        else:
            label = job.label(name)
            draft.line(draft.left, y, label, bold, 1.3)
            choices(draft, pen, draft.left + 1.35, y, 1.75, name, found, chosen, random)
            y += 0.36
    x = draft.left + 2 * wide if plan.choices_below else draft.left + 1.35
    base = y + 0.28 if plan.choices_below else y
    label = job.label("newsletter")
    fits = draft.fitted(label, Type(draft.house.body, 9.5), wide - 0.3 if plan.choices_below else 4.0)
    tick_box(sheet, x, base, "newsletter", label, fits, wanted, random, pen.ink)
    return y + 0.28 * 3 if plan.choices_below else y


def _close(draft: Draft, plan: OrderFormPlan, pen: Writer, y: float) -> None:
    """Remarks, place and day, signature."""
    job, sheet = draft.job, draft.sheet
    made = job.invention
    remark = job.random("remarks").choice(job.words.remarks)
    wide = draft.room
    write(draft, plan.place, pen, draft.left, y, wide, job.label("remarks"), "remarks", remark)
    y = min(y + 0.88, sheet.height - 0.75)
    half = wide / 2 - 0.15
    place = f"{made.person.address.city}, {job.words.short_date(made.day)}"
    write(draft, plan.place, pen, draft.left, y, half, job.label("place_date"), "place_date", place)
    at, _ = plan.place(draft, draft.right - half, y, half, job.label("signature"))
    sign(sheet, at + 0.1, y + 0.02, 1.6, made.person.name)


KIND: Final = Kind(
    "order-form",
    "order form with handwriting and ticked boxes",
    draw,
    options=("sticker", "layout"),
    plans=ORDER_FORMS,
)
