"""A business letter."""

from __future__ import annotations

from typing import Final

from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.ornaments import dotted_row, logo
from emulator.documents.sheet import GREY, PALE, Sheet
from emulator.documents.wares import GOODS, ordered
from emulator.documents.writing import sign
from emulator.printing.setting import Type

_TEXT: Final = Type("serif", 11)
_SMALL: Final = Type("sans", 8)
_LEADING: Final = 0.205


def draw(sheet: Sheet, job: Job) -> None:
    """The first page has letterhead and address, the last the signature."""
    made = job.invention
    margin = 1.0
    right = sheet.width - margin
    random = job.random("letter")
    if job.page == 0:
        y = _head(sheet, job, margin, right)
    else:
        sheet.text(margin, 0.72, made.company.name, _SMALL, color=GREY)
        page = job.label("page", page=job.page + 1, pages=job.pages)
        sheet.text(right, 0.72, page, _SMALL, color=GREY, align="right")
        sheet.rule(margin, 0.82, right, 0.5, PALE)
        y = 1.25
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
        text = ("" if job.words.code in ("ja", "zh") else " ").join(chosen)
        if y + len(text) / 40 * _LEADING > end and paragraph:
            break
        y = sheet.paragraph(margin, y, right - margin, text, _TEXT, _LEADING) + 0.09
        paragraph += 1
        if y > end:
            break
    if job.page + 1 < job.pages:
        _price_list(sheet, job, y + 0.25, end, margin, right)
    else:
        align = job.country.closing
        sheet.text(right if align == "right" else margin, y + 0.08, _greeting(job)[1], _TEXT, align=align)
        sign(sheet, margin + 0.05, y + 0.7, 1.9, made.clerk.name)
        sheet.text(margin, y + 1.02, made.clerk.name, _TEXT, field="signatory")
        sheet.text(margin, y + 1.19, random.choice(job.words.positions), Type("sans", 8.5), color=GREY)
    _foot(sheet, job, margin, right)


def _greeting(job: Job) -> tuple[str, str]:
    """Salutation and closing: by name, or as one writes to a house."""
    words, person = job.words, job.invention.person
    if not words.named_salutations or job.random("greeting").random() < 0.3:
        return words.salutation, words.closing
    greeting = words.named_salutations[person.woman].format(last=person.last, name=person.name)
    return greeting, words.named_closing or words.closing


def _price_list(sheet: Sheet, job: Job, y: float, end: float, margin: float, right: float) -> None:
    """What the letter encloses: goods that no other page lists at that price, as many as there is room for."""
    random, words = job.page_random("price list"), job.words
    fitting = max(0, int((end - y) / _LEADING) - 1)
    if fitting < 3:
        return
    with sheet.table("items", "article", "item", "price") as table:
        table.cell("item", margin + 1.0, y, job.label("item"), Type("sans", 9, bold=True))
        table.cell("price", right, y, job.label("price"), Type("sans", 9, bold=True), align="right")
        sheet.rule(margin, y + 0.07, right, 0.6)
        for row, order in enumerate(
            ordered(GOODS, min(3, fitting), min(fitting, len(GOODS)), job.country, random), 1
        ):
            y += _LEADING + 0.03
            with table.row(row):
                number = f"{random.randrange(100, 999)}-{random.randrange(10, 99)}"
                table.cell("article", margin, y, number, Type("sans", 9), color=GREY)
                table.cell("item", margin + 1.0, y, words.goods[order.ware], _TEXT)
                price = words.number(order.price)
                table.cell("price", right, y, price, _TEXT, align="right", value=plain(order.price))


def _head(sheet: Sheet, job: Job, margin: float, right: float) -> float:
    made, company = job.invention, job.invention.company
    logo(sheet, margin, 0.5, 0.55, company.color, job.random("logo"))
    name = Type("sans", 17, bold=True)
    if sheet.measure(company.name, name) > right - margin - 2.6:
        name = name.sized(12)
    sheet.text(margin + 0.7, 0.86, company.name, name, color=company.color, field="sender")
    address = company.address
    lines = (*address.lines, f"{job.label('telephone')} {address.telephone}", company.mail)
    for number, line in enumerate(lines):
        sheet.text(right, 0.6 + number * 0.165, line, Type("sans", 8.5), color=GREY, align="right")
    sheet.rule(margin, 1.3, right, 1.0, company.color)
    with sheet.field("recipient"):
        for number, line in enumerate(made.person.address.block(made.person.name)):
            sheet.text(margin, 1.95 + number * 0.19, line, _TEXT)
    place = job.country.place.format(city=company.address.city, date=job.words.long_date(made.day))
    sheet.text(right, 1.95, place, _TEXT, align="right", field="date", value=made.day.isoformat())
    reference = f"{job.label('reference')} {made.day.year % 100}-{made.number}"
    value = f"{made.day.year % 100}-{made.number}"
    sheet.text(right, 2.14, reference, Type("sans", 8.5), align="right", color=GREY, field="reference", value=value)
    subject = job.random("subject").choice(job.words.subjects)
    sheet.text(margin, 3.2, subject, Type("serif", 11.5, bold=True), field="subject")
    sheet.text(margin, 3.58, _greeting(job)[0], _TEXT)
    return 3.9


def _foot(sheet: Sheet, job: Job, margin: float, right: float) -> None:
    company = job.invention.company
    y = sheet.height - 0.62
    sheet.rule(margin, y - 0.16, right, 0.5, PALE)
    dotted_row(sheet, margin, y, (company.name, company.address.line), Type("sans", 7.5), GREY)
    sheet.text(right, y, company.web, Type("sans", 7.5), color=GREY, align="right")
    number = company.account.number
    label = job.country.labels.get(number.key, "IBAN")
    bank = (company.account.bank, f"{label} {number.text}", f"{job.country.tax} {company.tax_number.text}")
    dotted_row(sheet, margin, y + 0.13, bank, Type("sans", 7.5), GREY)


KIND: Final = Kind(
    "letter",
    "business letter with letterhead, address, text and signature",
    draw,
    many_pages=True,
    options=("sticker",),
)
