"""A sheet that holds nothing but a table: what is in stock, what it costs, when somebody worked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind, month_before
from emulator.documents.layouts import heads
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft, Fact
from emulator.documents.layouts.facts import pairs
from emulator.documents.layouts.grids import Cells, Entry, Grid, columns_of, draw_rows, grid
from emulator.documents.layouts.papers import title
from emulator.documents.layouts.rows import CONTINUED, on_page, on_pages
from emulator.documents.layouts.sums import below_last
from emulator.documents.layouts.table_sheets import TABLE_SHEETS, TableSheetPlan
from emulator.documents.sheet import GREY, Sheet
from emulator.documents.wares import article, deliveries
from emulator.documents.writing import sign, writer

_FIGURES: Final = frozenset(
    {"stock", "minimum", "price", "value", "net_price", "gross_price", "hours", "pause", "begin", "end"}
)
_CLOSING: Final = 0.75
_BELOW: Final = 0.8
_SHELVES: Final = "ABCDEFGH"
_QUARTER: Final = 15
"""Minutes; people write their hours down in quarters."""


def draw(sheet: Sheet, job: Job) -> None:
    """The heading on the first page, what the table comes to on the last."""
    plan = plan_of(TABLE_SHEETS, job)
    made = job.invention
    draft = Draft(sheet, job, made.company, plan.margin)
    hours = plan.subject == "time_sheet"
    rows = on_pages(
        job,
        sheet.height - _BELOW,
        plan.top,
        plan.look.row,
        _CLOSING,
        fewest=18,
        most=23 if hours else 28,
        longest=23 if hours else 30,
    )
    cells, total = _worked(job, sum(rows)) if hours else _listed(job, plan, rows)
    growing = set(plan.columns) - {"date"} if hours else {"item"}
    found = columns_of(job, plan.columns, _FIGURES, growing)
    type = draft.house.text.sized(draft.house.points - plan.smaller)
    grid_ = grid(draft, found, cells, type, draft.house.bold)
    here = on_page(rows, job.page)
    if job.page == 0:
        _first(draft, plan)
        top = plan.top
    else:
        heads.running(draft, job.label(plan.subject))
        top = CONTINUED
    pen = writer(made.person.name).at(sheet) if plan.filled_in else None
    y = draw_rows(draft, top, grid_, plan.look, "rows", cells[here], first=here.start + 1, writer=pen)
    if job.page + 1 == job.pages and total is not None:
        _total(draft, plan, y + 0.25, grid_, total)
    foot = f"{draft.company.name}, {draft.company.address.line}"
    draft.line(draft.middle, sheet.height - 0.45, foot, draft.house.fine, draft.room, align="center", color=GREY)


def _first(draft: Draft, plan: TableSheetPlan) -> None:
    job, made = draft.job, draft.job.invention
    title(draft, plan.title, job.label(plan.subject))
    day = Fact("date", job.label("date"), job.words.short_date(made.day), made.day.isoformat())
    facts: tuple[Fact, ...] = (day,)
    if plan.subject == "time_sheet":
        month = month_before(made.day)
        facts = (
            Fact("employee", job.label("employee"), made.person.name),
            Fact("period", job.label("period"), f"{month:%m/%Y}", f"{month:%Y-%m}"),
        )
    pairs(draft, draft.left, 1.22, draft.right, facts)


def _listed(job: Job, plan: TableSheetPlan, rows: Sequence[int]) -> tuple[list[Cells], Fact | None]:
    """Goods, each with all that some plan says of it; what they are worth where the plan says that."""
    words, random = job.words, job.random("stock")
    rate = job.country.vat(job.invention.day).standard
    found: list[Cells] = []
    worth = 0
    orders = sorted(deliveries(rows, job.country, job.random("listed")), key=lambda order: order.ware)
    for number, order in enumerate(orders, 1):
        stock = random.randrange(0, 240)
        value = stock * order.price
        worth += value
        gross = order.price + words.share(order.price, rate, 1000)
        amounts = {"price": order.price, "net_price": order.price, "gross_price": gross, "value": value}
        shelf = f"{random.choice(_SHELVES)}{random.randrange(1, 30):02}-{random.randrange(1, 6)}"
        found.append(
            {
                "position": Entry(str(number)),
                "article": Entry(article(job.invention.company.name, order.ware), small=True),
                "item": Entry(words.goods[order.ware]),
                "location": Entry(shelf),
                "stock": Entry(str(stock)),
                "minimum": Entry(str(random.choice((5, 10, 20, 50)))),
                "unit": Entry(words.units[order.unit]),
                **{key: Entry(words.number(size), plain(size)) for key, size in amounts.items()},
            }
        )
    total = Fact("total", job.label("total"), words.number(worth), plain(worth))
    return found, total if "value" in plan.columns else None


def _worked(job: Job, count: int) -> tuple[list[Cells], Fact]:
    """Working days of the month before the document's, and on into those that follow it on longer sheets."""
    random = job.random("worked")
    day = month_before(job.invention.day)
    found: list[Cells] = []
    total = 0
    while len(found) < count:
        if day.weekday() < 5:
            begin = random.randrange(27, 37) * _QUARTER
            pause = random.choice((30, 30, 45, 60))
            minutes = random.randrange(26, 37) * _QUARTER
            end = begin + pause + minutes
            total += minutes
            found.append(
                {
                    "date": Entry(job.words.short_date(day), day.isoformat()),
                    "begin": Entry(_clock(begin)),
                    "end": Entry(_clock(end)),
                    "pause": Entry(_clock(pause)),
                    "hours": Entry(_clock(minutes)),
                }
            )
        day += timedelta(days=1)
    return found, Fact("total_hours", job.label("total_hours"), _clock(total))


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _total(draft: Draft, plan: TableSheetPlan, y: float, made: Grid, total: Fact) -> None:
    bold = draft.house.bold
    before = below_last(draft, y, made, total, bold) - 0.35
    draft.sheet.text(before, y, total.label, bold, align="right")
    if plan.subject == "time_sheet":
        base = y + 0.25
        draft.sheet.rule(draft.left, base, draft.left + 2.4, 0.5)
        draft.sheet.text(draft.left, base + 0.14, draft.job.label("signature"), draft.house.small, color=GREY)
        sign(draft.sheet, draft.left + 0.2, base - 0.03, 1.5, draft.job.invention.person.name)


KIND: Final = Kind(
    "table-sheet",
    "sheet with nothing but a table: stock, prices, hours",
    draw,
    many_pages=True,
    options=("sticker", "layout"),
    plans=TABLE_SHEETS,
)
