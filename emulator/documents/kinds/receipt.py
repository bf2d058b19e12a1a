"""A receipt of a till: a narrow strip as long as it must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from emulator.documents import symbols
from emulator.documents.amounts import plain
from emulator.documents.drawing import BLACK
from emulator.documents.kinds.kind import Job, Kind, Size
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import tax_of
from emulator.documents.layouts.tills import TILLS, TillPlan
from emulator.documents.logos import logo
from emulator.documents.sheet import WHITE, Align, Sheet
from emulator.documents.tabulating import TableTruth
from emulator.documents.wares import GROCERIES, Order, ordered
from emulator.printing.codes import modules
from emulator.printing.paper import Color
from emulator.printing.setting import Type, fitted, width

_Strip = tuple[float, Callable[[Sheet, float], None]]
"""A part of a receipt: how long it is, and what draws it from its upper edge on."""
_Tax = tuple[int, int, int]
"""Rate in tenths of a percent, what was sold at it and the tax that is in it."""
_LETTERS: Final = "ABCD"
_MODULES: Final = {"Code128": 0.0134, "QRCode": 0.024}
_CODE_HIGH: Final = 0.42
_SMALLEST: Final = 5.0
_NAME_LINES: Final = 1.55


def _items(job: Job) -> list[Order]:
    return ordered(GROCERIES, 4, len(GROCERIES), job.country, job.random("receipt"))


def _taxes(job: Job, items: Sequence[Order]) -> list[_Tax]:
    """What is in the prices, the highest rate first."""
    rates = job.country.vat(job.invention.day).groceries
    sold: dict[int, int] = {}
    for order in items:
        sold[rates[order.ware]] = sold.get(rates[order.ware], 0) + order.amount
    return [
        (rate, gross, job.words.share(gross, rate, 1000 + rate))
        for rate, gross in sorted(sold.items(), reverse=True)
    ]


def measure(job: Job) -> Size:
    """Return the size of a receipt, which is as long as its items."""
    plan = plan_of(TILLS, job)
    return plan.width, sum(height for height, _ in _strips(plan, job))


def draw(sheet: Sheet, job: Job) -> None:
    """Strip below strip."""
    y = 0.0
    for height, put in _strips(plan_of(TILLS, job), job):
        put(sheet, y)
        y += height


def _strips(plan: TillPlan, job: Job) -> list[_Strip]:
    items = _items(job)
    taxes = _taxes(job, items)
    head, day, rule = _head(plan, job), _day(plan, job), _rule(plan)
    first = [head] if plan.day_last else [head, day]
    last = [rule, day] if plan.day_last else []
    table = _Lines(plan, job, items, [rate for rate, _, _ in taxes]).strip()
    return [*first, rule, table, rule, _sum(plan, job, items), _vat(plan, job, taxes), *last, _tail(plan, job)]


def _fitted(job: Job, text: str, type: Type, inches: float) -> Type:
    return fitted(text, type, inches, job.words.code, _SMALLEST)


def _head(plan: TillPlan, job: Job) -> _Strip:
    """Whose till it is."""
    company = job.named(job.country.shops)
    lines = (*company.address.lines, company.address.telephone)
    mark = 0.55 if plan.logo else 0.0

    def put(sheet: Sheet, y: float) -> None:
        inches = plan.width - 2 * plan.margin
        x = plan.margin if plan.left else plan.width / 2
        align: Align = "left" if plan.left else "center"
        y += 0.25
        if plan.logo:
            logo(sheet, x if plan.left else x - 0.22, y - 0.05, 0.44, BLACK, job.random("logo"), company.name)
        y += mark
        y += plan.row
        name = _fitted(job, company.name, Type(plan.face, plan.points + 4.5, bold=True), inches)
        sheet.text(x, y, company.name, name, align=align, field="seller")
        y += plan.row * 0.35
        for line in lines:
            y += plan.row
            sheet.text(x, y, line, _fitted(job, line, plan.small, inches), align=align)
        tax = tax_of(company, job)
        said = f"{tax.label} {tax.text}"
        type = _fitted(job, said, plan.small, inches)
        sheet.text(x, y + plan.row, said, type, align=align, field=tax.key, value=tax.value)

    return 0.25 + mark + plan.row * (_NAME_LINES + len(lines) + 1.6), put


def _day(plan: TillPlan, job: Job) -> _Strip:
    """Day, time and number."""

    def put(sheet: Sheet, y: float) -> None:
        made, right = job.invention, plan.width - plan.margin
        random = job.random("receipt time")
        clock = f"{random.randrange(8, 20):02}:{random.randrange(60):02}"
        y += plan.row
        text = job.words.short_date(made.day)
        sheet.text(plan.margin, y, text, plan.text, field="date", value=made.day.isoformat())
        sheet.text(right, y, clock, plan.text, align="right", field="time")
        y += plan.row
        sheet.text(plan.margin, y, job.label("receipt"), plan.text)
        sheet.text(right, y, str(made.number), plan.text, align="right", field="receipt_number")

    return plan.row * 2.2, put


def _rule(plan: TillPlan) -> _Strip:
    def put(sheet: Sheet, y: float) -> None:
        left, right = plan.margin, plan.width - plan.margin
        y += plan.row * 0.5
        if plan.rule in ("dashes", "equals"):
            for line in (0.0, 0.03) if plan.rule == "equals" else (0.0,):
                sheet.dashed(left, y + line, right, y + line + 0.008, 0.045, 0.075, BLACK)
        elif plan.rule == "stars":
            with sheet.unnoted():
                star = width("*", plan.text, "en")
                sheet.text(left, y + 0.05, "*" * int((right - left) / star), plan.text, language="en")
        elif plan.rule == "line":
            sheet.rule(left, y, right, 0.7)

    return plan.row * 0.8, put


class _Lines:
    """What was bought."""

    def __init__(self, plan: TillPlan, job: Job, items: Sequence[Order], rates: Sequence[int]) -> None:
        """`rates`: of tax, in the order of their letters."""
        self._plan, self._job = plan, job
        self._items = items
        groceries = job.country.vat(job.invention.day).groceries
        self._letters = [_LETTERS[rates.index(groceries[order.ware])] for order in self._items]

    def strip(self) -> _Strip:
        apart = self._plan.lines in ("below", "above")
        lines = sum(1 + (order.count > 1 and apart) for order in self._items)
        return self._plan.row * (lines + 0.3), self._draw

    def _draw(self, sheet: Sheet, y: float) -> None:
        plan = self._plan
        left, right = plan.margin, plan.width - plan.margin
        with sheet.table("items", "item", "quantity", "price", "amount") as table:
            for row, (order, letter) in enumerate(zip(self._items, self._letters, strict=True), 1):
                y += plan.row
                with table.row(row):
                    y = self._line(sheet, table, order, letter, left, right, y)

    def _line(
        self, sheet: Sheet, table: TableTruth, order: Order, letter: str, left: float, right: float, y: float
    ) -> float:
        plan, words = self._plan, self._job.words
        name = words.groceries[order.ware]
        amount = words.number(order.amount)
        end = right - plan.points / 72 * 1.3 if plan.lettered else right
        x = left
        if plan.lines == "above" and order.count > 1:
            self._counted(sheet, table, order, left + 0.2, y)
            y += plan.row
        if plan.lines == "before":
            table.cell("quantity", left, y, str(order.count), plan.text)
            x = left + plan.points / 72 * 1.9
        room = end - x - width(amount, plan.text, words.code) - 0.1
        if plan.lines == "after" and order.count > 1:
            said = f"{order.count} x {words.number(order.price)}"
            room -= width(said, plan.text, words.code) + 0.12
        long = table.cell("item", x, y, name, _fitted(self._job, name, plan.text, room))
        if plan.lines == "after" and order.count > 1:
            self._counted(sheet, table, order, x + long + 0.12, y)
        if plan.lines == "below" and order.count > 1:
            y += plan.row
            self._counted(sheet, table, order, left + 0.2, y)
        table.cell("amount", end, y, amount, plan.text, align="right", value=plain(order.amount))
        if plan.lettered:
            sheet.text(right, y, letter, plan.text, align="right")
        return y

    def _counted(self, sheet: Sheet, table: TableTruth, order: Order, x: float, y: float) -> None:
        text, gap = self._plan.text, self._plan.points / 72 * 0.6
        x += table.cell("quantity", x, y, str(order.count), text) + gap
        x += sheet.text(x, y, "x", text) + gap
        table.cell("price", x, y, self._job.words.number(order.price), text, value=plain(order.price))


def _notes(total: int) -> int:
    """Hundredths that one hands over in notes."""
    size: int = 10 ** max(2, len(str(total)) - 1) // 2
    return (total // size + 1) * size


def _sum(plan: TillPlan, job: Job, items: Sequence[Order]) -> _Strip:
    """The sum, and what was given for it."""
    total = sum(order.amount for order in items)
    given = total if job.random("receipt time").random() < 0.5 else _notes(total)
    large = plan.total != "plain"
    type = Type(plan.face, plan.points + (3.5 if large else 0.5), bold=True)

    def put(sheet: Sheet, y: float) -> None:
        words, left, right = job.words, plan.margin, plan.width - plan.margin
        text, label = words.money(total), job.label("total")
        y += plan.row * (1.5 if large else 1.1)
        color: Color = BLACK
        inset = 0.06 if plan.total in ("band", "frame") else 0.0
        fits = _fitted(job, f"{label}  {text}", type, right - left - 2 * inset)
        if plan.total == "band":
            sheet.fill(left, y - plan.row * 1.15, right, y + plan.row * 0.45, BLACK)
            color = WHITE
        elif plan.total == "frame":
            sheet.frame(left, y - plan.row * 1.15, right, y + plan.row * 0.45, 0.8)
        sheet.text(left + inset, y, label, fits, color=color)
        sheet.text(right - inset, y, text, fits, align="right", color=color, field="total", value=plain(total))
        y += plan.row * 1.5
        sheet.text(left, y, job.label("card_paid" if given == total else "cash"), plan.text)
        sheet.text(right, y, words.number(given), plan.text, align="right")
        if given != total:
            y += plan.row
            sheet.text(left, y, job.label("change"), plan.text)
            sheet.text(right, y, words.number(given - total), plan.text, align="right")

    return plan.row * ((3.4 if large else 3.0) + (given != total)), put


def _vat(plan: TillPlan, job: Job, taxes: Sequence[_Tax]) -> _Strip:
    """What of the prices is tax, by rates."""

    def put(sheet: Sheet, y: float) -> None:
        words, text = job.words, plan.text
        left, right = plan.margin, plan.width - plan.margin
        gap = max(width(words.number(tax), text, words.code) for _, _, tax in taxes) + 0.15
        with sheet.table("taxes", "rate", "gross", "tax") as table:
            for row, (rate, gross, tax) in enumerate(taxes, 1):
                y += plan.row
                with table.row(row):
                    label = job.label("vat", percent=words.percent(rate)).replace(" %", "%")  # as tills print it
                    if plan.lettered:
                        label = f"{_LETTERS[row - 1]} {label}"
                    sold = words.number(gross)
                    room = right - left - gap - width(sold, text, words.code) - 0.1
                    fits = _fitted(job, label, text, room)
                    table.cell("rate", left, y, label, fits, value=f"{rate / 10:g}")
                    table.cell("gross", right - gap, y, sold, text, align="right", value=plain(gross))
                    table.cell("tax", right, y, words.number(tax), text, align="right", value=plain(tax))
        total = sum(tax for _, _, tax in taxes)
        y += plan.row
        sheet.text(left, y, job.own("tax_sum"), text)
        sheet.text(right, y, words.number(total), text, align="right", field="vat", value=plain(total))

    return plan.row * (len(taxes) + 1.4), put


def _tail(plan: TillPlan, job: Job) -> _Strip:
    """Thanks, and a code for the till that takes goods back."""
    value = f"{job.invention.number:05}{job.invention.day:%y%m%d}"
    if plan.code == "QRCode":
        value = f"{job.invention.company.web}/{value}"
    made = modules(plan.code, value)
    module = _MODULES[plan.code]
    high = _CODE_HIGH if plan.code == "Code128" else made.height * module

    def put(sheet: Sheet, y: float) -> None:
        thanks = job.label("thanks")
        type = _fitted(job, thanks, plan.bold, plan.width - 2 * plan.margin)
        y += plan.row * 1.6
        sheet.text(plan.width / 2, y, thanks, type, align="center")
        symbols.code(
            sheet,
            (plan.width - symbols.wide(sheet, plan.code, value, module)) / 2,
            y + 0.18,
            plan.code,
            value,
            module,
            _CODE_HIGH,
        )

    return plan.row * 1.6 + 0.18 + high + 0.3, put


KIND: Final = Kind(
    "receipt",
    "receipt of a till on a narrow strip",
    draw,
    size="Receipt",
    fixed_size=True,
    measure=measure,
    options=("layout",),
    plans=TILLS,
)
