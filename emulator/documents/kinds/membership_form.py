"""A form that one fills in letter by letter, with marks to make: an application to an association."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from emulator.documents import symbols
from emulator.documents.drawing import BLACK
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.layouts import papers
from emulator.documents.layouts.choosing import plan_of
from emulator.documents.layouts.combs import capitals, comb
from emulator.documents.layouts.draft import Draft, account_label
from emulator.documents.layouts.entries import choices
from emulator.documents.layouts.membership_forms import MEMBERSHIP_FORMS, FormPlan
from emulator.documents.ornaments import tick_box, write_line
from emulator.documents.sheet import GREY, WHITE, Sheet
from emulator.documents.writing import Writer, sign, writer
from emulator.printing.setting import Type

_STEP: Final = 0.56
"""From comb to comb."""
_BETWEEN: Final = 0.25
_MODULE: Final = 0.012
_CORNER: Final = 0.16
_AGES: Final = (18 * 365, 75 * 365)

_Comb = tuple[str, str, str | None, int, float]
"""Key, text, value, number of boxes (0: as many as there is room for), share of the line."""


def draw(sheet: Sheet, job: Job) -> None:
    """One page."""
    plan = plan_of(MEMBERSHIP_FORMS, job)
    draft = Draft(sheet, job, job.named(job.country.clubs), plan.margin)
    if plan.ground:
        sheet.fill(0.3, plan.top + 0.15, sheet.width - 0.3, sheet.height - 1.2, draft.house.tint(0.9))
    plan.head(draft, "")
    papers.title(draft, plan.title, job.label("membership_form"))
    note = job.label("form_note")
    room = draft.room - (2.0 if plan.registered else 0.0)
    draft.line(draft.left, plan.top, note, Type(draft.house.body, 8.5), room, color=GREY)
    pen = writer(job.invention.person.name).at(sheet)
    y = plan.top + 0.42
    _section(draft, plan, y, 1, job.label("personal_data"))
    for line in _lines(job):
        y += _STEP
        _combs(draft, plan, pen, y, line)
    y += 0.42
    _section(draft, plan, y, 2, job.label("membership"))
    y = _choices(draft, plan, pen, y + 0.32)
    _combs(draft, plan, pen, y + _STEP + 0.05, _account(job))
    _close(draft, plan, pen, y + _STEP + 0.42)
    _edges(draft, plan)


def _lines(job: Job) -> list[list[_Comb]]:
    made, random = job.invention, job.random("birth")
    person = made.person
    born = made.day - timedelta(days=random.randrange(*_AGES))
    born_text = f"{born.day:02}{born.month:02}{born.year}"
    telephone = "".join(c for c in person.address.telephone if c.isdigit())
    return [
        [("surname", capitals(person.last), None, 0, 1.0)],
        [("given_names", capitals(person.first), None, 0, 1.0)],
        [("birth", born_text, born.isoformat(), 8, 0.45), ("telephone", telephone, None, 0, 0.55)],
        [("street", capitals(person.address.street), None, 0, 1.0)],
        [
            ("postcode", person.address.postcode.replace("-", " "), person.address.postcode, 0, 0.34),
            ("city", capitals(person.address.city), None, 0, 0.66),
        ],
    ]


def _account(job: Job) -> list[_Comb]:
    number = job.invention.person.account.number
    written = "".join(c for c in number.value if c.isalnum())
    return [(number.key, written, number.value, len(written), 1.0)]


def _combs(draft: Draft, plan: FormPlan, pen: Writer, y: float, line: list[_Comb]) -> None:
    job, x, wide = draft.job, draft.left, draft.room
    for key, text, value, boxes, share in line:
        label = account_label(job, key) if key in ("iban", "account") else job.label(key)
        room = wide * share - (_BETWEEN if share < 1 else 0.0)
        comb(draft, plan.comb, pen, x, y, room, plan.cell, label, key, text, value=value, boxes=boxes)
        x += wide * share


def _section(draft: Draft, plan: FormPlan, y: float, number: int, text: str) -> None:
    """The heading of a part of the form."""
    sheet, house = draft.sheet, draft.house
    left, right = draft.left, draft.right
    type = Type(house.body, 10, bold=True)
    if plan.section == "band":
        sheet.fill(left, y - 0.17, right, y + 0.07, house.color)
        sheet.text(left + 0.08, y, text, type, color=WHITE)
    elif plan.section == "tint":
        sheet.fill(left, y - 0.17, right, y + 0.07, house.tint())
        sheet.text(left + 0.08, y, text, type)
    elif plan.section == "number":
        sheet.fill(left, y - 0.17, left + 0.24, y + 0.07, BLACK)
        sheet.text(left + 0.12, y, str(number), type, color=WHITE, align="center")
        sheet.text(left + 0.34, y, text, type)
    else:
        sheet.text(left, y, text, type, color=house.color)
        sheet.rule(left, y + 0.07, right, house.rule, house.color)


def _choices(draft: Draft, plan: FormPlan, pen: Writer, y: float) -> float:
    job = draft.job
    random = job.random("membership form")
    for name, keys, labels in (
        ("membership", ("single", "family", "reduced"), ("member_single", "member_family", "member_reduced")),
        ("paid", ("yearly", "quarterly", "monthly"), ("yearly", "quarterly", "monthly")),
    ):
        label = job.label(name)
        bold = Type(draft.house.body, 9, bold=True)
        draft.line(draft.left, y, label, bold, 1.55)
        found = [(key, job.label(each)) for key, each in zip(keys, labels, strict=True)]
        step = (draft.room - 1.65) / 3
        choices(draft, pen, draft.left + 1.65, y, step, name, found, random.randrange(3), random, mark=plan.mark)
        y += 0.31
    return y


def _close(draft: Draft, plan: FormPlan, pen: Writer, y: float) -> None:
    """What one agrees to, the signature, and what is not for the applicant."""
    sheet, job = draft.sheet, draft.job
    random = job.random("consent")
    half = draft.room / 2
    for number, (key, chance) in enumerate((("accept", 0.95), ("by_mail", 0.5))):
        label = job.label(key)
        type = draft.fitted(label, Type(draft.house.body, 9), half - 0.4)
        ticked = random.random() < chance
        x = draft.left + number * half
        tick_box(sheet, x, y, key, label, type, ticked, random, pen.ink, mark=plan.mark)
    y += 0.62
    person = job.invention.person
    said = f"{person.address.city}, {job.words.short_date(job.invention.day)}"
    small = Type(draft.house.body, 7.5)
    for x, label in ((draft.left, "place_date"), (draft.left + half, "signature")):
        write_line(sheet, x, y, half - 0.2)
        sheet.text(x, y + 0.14, job.label(label), small, color=GREY)
    type = draft.fitted(said, pen.type(16), half - 0.4)
    sheet.text(draft.left + 0.1, y - 0.04, said, type, color=pen.ink, field="place_date")
    sign(sheet, draft.left + half + 0.2, y - 0.03, 1.6, person.name)
    top = y + 0.3
    bottom = min(top + 0.62, sheet.height - 0.55)
    sheet.frame(draft.left, top, draft.right, bottom, 0.7, draft.house.color)
    sheet.text(draft.left + 0.08, top + 0.15, job.label("office_use"), small, color=GREY)
    value = f"F{job.invention.number:05}-{job.words.code.upper()}"
    symbols.code(sheet, draft.right - 2.3, top + 0.14, "Code39", value, _MODULE, 0.34)


def _edges(draft: Draft, plan: FormPlan) -> None:
    if not plan.registered:
        return
    sheet = draft.sheet
    for x in (0.35, sheet.width - 0.35 - _CORNER):
        for y in (0.35, sheet.height - 0.35 - _CORNER):
            sheet.fill(x, y, x + _CORNER, y + _CORNER, BLACK)


KIND: Final = Kind(
    "form",
    "form with a box for each letter and marks to make, filled in by hand",
    draw,
    options=("sticker", "layout"),
    plans=MEMBERSHIP_FORMS,
)
