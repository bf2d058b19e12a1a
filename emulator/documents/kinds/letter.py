"""A business letter."""

from __future__ import annotations

from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import heads, papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.draft import Draft, Fact, account_of, tax_of
from emulator.documents.layouts.facts import pairs
from emulator.documents.layouts.letters import LETTERS, LetterPlan
from emulator.documents.sheet import GREY, PALE, Align, Sheet
from emulator.documents.wares import GOODS, article, ordered
from emulator.documents.writing import sign
from emulator.printing.setting import Type, wrap

_UNSPACED: Final = ("ja", "zh")


def draw(sheet: Sheet, job: Job) -> None:
    """The first page has letterhead and address, the last the signature."""
    plan = plan_of(LETTERS, job)
    made = job.invention
    draft = Draft(sheet, job, made.company, plan.margin)
    left, right = draft.left, draft.right
    leading = plan.line(job.words.code)
    y = _head(draft, plan) if job.page == 0 else heads.running(draft, "")
    end = sheet.height - (2.6 if job.page + 1 == job.pages else 1.35)
    sentences = list(job.words.sentences)
    first, rest = sentences[0], sentences[1:]
    paragraph = 0
    shuffled = job.page_random("letter text")
    shuffled.shuffle(rest)
    while rest:
        count = shuffled.choice((2, 3, 3))
        chosen, rest = rest[:count], rest[count:]
        if job.page == 0 and paragraph == 0:
            chosen = [first, *chosen[:-1]]
        text = ("" if job.words.code in _UNSPACED else " ").join(chosen)
        tall = len(wrap(text, plan.text, right - left, job.words.code)) * leading
        if y + tall > end and paragraph:
            break
        y = sheet.paragraph(left, y, right - left, text, plan.text, leading, justify=plan.justify) + plan.gap
        paragraph += 1
        if y > end:
            break
    if job.page + 1 < job.pages:
        _price_list(draft, plan, y + 0.25, end)
    else:
        align = job.country.closing
        sheet.text(right if align == "right" else left, y + 0.08, _greeting(job)[1], plan.text, align=align)
        sign(sheet, left + 0.05, y + 0.7, 1.9, made.clerk.name)
        sheet.text(left, y + 1.02, made.clerk.name, plan.text, field="signatory")
        position = job.random("letter").choice(job.words.positions)
        sheet.text(left, y + 1.19, position, plan.text.sized(plan.text.points - 2.5), color=GREY)
    facts = [tax_of(made.company, job), *account_of(made.company, job)]
    plan.foot(draft, [Fact("", fact.label, fact.text) for fact in facts if fact.key in _IN_FEET])


_IN_FEET: Final = ("tax_number", "bank_name", "iban", "account")
"""Of what a foot says; the letter is not about it."""


def _greeting(job: Job) -> tuple[str, str]:
    """Salutation and closing: by name, or as one writes to a house."""
    words, person = job.words, job.invention.person
    if not words.named_salutations or job.random("greeting").random() < 0.3:
        return words.salutation, words.closing
    greeting = words.named_salutations[person.woman].format(last=person.last, name=person.name)
    return greeting, words.named_closing or words.closing


def _price_list(draft: Draft, plan: LetterPlan, y: float, end: float) -> None:
    """What the letter encloses: goods that no other page lists at that price, as many as there is room for."""
    sheet, job = draft.sheet, draft.job
    random, words = job.page_random("price list"), job.words
    fitting = max(0, int((end - y) / plan.leading) - 1)
    if fitting < 3:
        return
    small = Type(draft.house.body, 9)
    bold = Type(draft.house.body, 9, bold=True)
    with sheet.table("items", "article", "item", "price") as table:
        table.cell("item", draft.left + 1.0, y, job.label("item"), bold)
        table.cell("price", draft.right, y, job.label("price"), bold, align="right")
        sheet.rule(draft.left, y + 0.07, draft.right, 0.6)
        for row, order in enumerate(ordered(GOODS, min(3, fitting), min(fitting, 12), job.country, random), 1):
            y += plan.leading + 0.03
            with table.row(row):
                table.cell("article", draft.left, y, article(draft.company.name, order.ware), small, color=GREY)
                table.cell("item", draft.left + 1.0, y, words.goods[order.ware], plan.text)
                price = words.number(order.price)
                table.cell("price", draft.right, y, price, plan.text, align="right", value=plain(order.price))


def _head(draft: Draft, plan: LetterPlan) -> float:
    """All above the text; returns its first base line."""
    sheet, job = draft.sheet, draft.job
    made = job.invention
    plan.head(draft, "sender")
    person = made.person
    papers.recipient(
        draft,
        plan.recipient,
        person.address.block(person.name),
        "recipient",
        type=plan.text,
    )
    _dated(draft, plan)
    subject = job.random("subject").choice(job.words.subjects)
    bold = Type(plan.text.role, plan.text.points + 0.5, bold=True)
    draft.line(draft.left, plan.subject, subject, bold, draft.room, field="subject")
    if plan.subject_rule:
        sheet.rule(draft.left, plan.subject + 0.1, draft.right, 0.5, PALE)
    y = plan.subject + 0.2 + plan.leading
    sheet.text(draft.left, y, _greeting(job)[0], plan.text)
    return y + plan.leading + plan.gap + 0.04


def _dated(draft: Draft, plan: LetterPlan) -> None:
    """Day and reference."""
    sheet, job = draft.sheet, draft.job
    made = job.invention
    left, right = papers.span(draft, plan.dated_at)
    y = plan.dated_at[1]
    number = f"{made.day.year % 100}-{made.number}"
    reference = Fact("reference", job.label("reference"), number)
    if plan.dated == "facts":
        short = job.words.short_date(made.day)
        pairs(draft, left, y, right, (Fact("date", job.label("date"), short, made.day.isoformat()), reference))
        return
    align: Align = "right" if plan.dated == "line" else "left"
    x = right if align == "right" else left
    place = job.country.place.format(city=made.company.address.city, date=job.words.long_date(made.day))
    draft.line(x, y, place, plan.text, right - left, align=align, field="date", value=made.day.isoformat())
    said = f"{reference.label} {number}"
    small = plan.text.sized(plan.text.points - 2.5)
    sheet.text(x, y + 0.19, said, small, align=align, color=GREY, field="reference", value=number)


KIND: Final = Kind(
    "letter",
    "business letter with letterhead, address, text and signature",
    draw,
    many_pages=True,
    options=("sticker", "layout"),
    plans=LETTERS,
)
