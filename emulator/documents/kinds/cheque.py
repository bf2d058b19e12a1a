"""A cheque with its line of magnetic ink."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from emulator.documents import magnetic_ink
from emulator.documents.amounts import plain
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.logos import logo
from emulator.documents.number_words import amount_in_words
from emulator.documents.ornaments import tint
from emulator.documents.sheet import GREY, WHITE, Sheet
from emulator.documents.writing import sign, writer
from emulator.printing.setting import Type, fitted

_LABEL: Final = Type("sans", 8)
_LEAST: Final = 7.0
"""Points below which nothing is set or written smaller."""


def draw(sheet: Sheet, job: Job) -> None:
    """Printed form, filled in by hand."""
    made, words = job.invention, job.words
    random = job.random("cheque")
    bank = made.bank
    pen = writer(made.person.name).at(sheet)
    sheet.fill(0, 0, sheet.width, sheet.height, tint(bank.color))
    pale = tint(bank.color, 0.78)
    for row in range(20):
        y = 0.12 + row * 0.13
        if y < sheet.height - 0.62:
            points = [(step / 60 * sheet.width, y + 0.03 * math.sin(step / 60 * 40 + row)) for step in range(61)]
            sheet.stroke(points, 0.3, pale)
    sheet.fill(0, sheet.height - 0.6, sheet.width, sheet.height, WHITE)
    logo(sheet, 0.2, 0.17, 0.32, bank.color, job.random("logo"))
    name = fitted(bank.name, Type("serif", 12, bold=True), 3.0, sheet.language, _LEAST)
    sheet.text(0.6, 0.36, bank.name, name, color=bank.color, field="bank")
    sheet.text(0.6, 0.5, bank.address.line, Type("sans", 6), color=GREY)
    number = f"{made.number + 100000:06}"
    right = sheet.width - 0.2
    sheet.text(right, 0.3, number, Type("mono", 9), align="right", field="cheque_number")
    day = words.short_date(made.day)
    sheet.text(right - 1.35, 0.62, job.label("date"), _LABEL, color=GREY, align="right")
    sheet.text(right - 1.2, 0.6, day, pen.type(15), color=pen.ink, field="date", value=made.day.isoformat())
    sheet.rule(right - 1.28, 0.65, right, 0.5)
    payee = pen.type(17)
    sheet.text(0.2, 1.0, job.label("cheque_pay"), _LABEL, color=GREY)
    sheet.text(1.1, 0.98, made.partner.name, payee, color=pen.ink, field="payee")
    sheet.rule(1.02, 1.04, right - 1.55, 0.5)
    amount = job.country.amount(random, 1200, 480000)
    sheet.frame(right - 1.4, 0.8, right, 1.08, 0.9)
    sheet.fill(right - 1.39, 0.81, right - 0.01, 1.07, WHITE)
    figures = fitted(words.money(amount), pen.type(16), 1.3, sheet.language, _LEAST)
    sheet.text(right - 1.34, 1.0, words.money(amount), figures, color=pen.ink, field="amount", value=plain(amount))
    whole = amount_in_words(amount, words.code)
    in_letters = job.label("cheque_words", whole=whole, part=f"{amount % 100:02}")
    in_letters = in_letters[0].upper() + in_letters[1:]
    sheet.text(0.2, 1.4, job.label("cheque_sum"), _LABEL, color=GREY)
    type = fitted(in_letters, pen.type(17), right - 1.2, sheet.language, _LEAST)
    sheet.text(1.1, 1.38, in_letters, type, color=pen.ink, field="amount_words")
    sheet.rule(1.02, 1.44, right, 0.5)
    sheet.text(0.2, 1.82, made.person.account.number.text, Type("mono", 7.5))
    sheet.rule(right - 2.4, 1.88, right, 0.5)
    sign(sheet, right - 2.2, 1.84, 1.7, made.person.name)
    sheet.text(right - 2.4, 2.0, job.label("signature"), Type("sans", 6), color=GREY)
    _machine_line(sheet, job, number, random)


def _machine_line(sheet: Sheet, job: Job, number: str, random: Random) -> None:
    """The line of magnetic ink as the country has it."""
    right, bottom = sheet.width - 0.25, sheet.height - 0.19
    account = job.invention.person.account
    value = account.number.value[4:] if account.number.key == "iban" else account.number.value
    printed = "".join(figure for figure in value if figure.isdigit())
    held = f"{printed:0>10}"  # of the account that stands on the cheque
    match job.words.code:
        case "fr" | "es" | "it":  # number, bank and branch, account
            text = f"C{number:0>7} C{held[:10]:0<12}D {held[-12:]}A"
            magnetic_ink.cmc7(sheet, right, bottom, text)
            return
        case "en":  # number, sort code, account (United Kingdom)
            known = {detail.key: detail.value for detail in account.details}
            sort = known["sort_code"]
            text = f"C{number}C {sort[:2]}D{sort[2:4]}D{sort[4:]}A {known['account']}C"
        case "hi":  # number, city, bank and branch, account, transaction (Reserve Bank of India, CTS 2010)
            bank = f"{random.randrange(10**8, 10**9)}"
            text = f"C{number}C {bank}A {held[-6:]}C {random.choice(('10', '11', '29', '31'))}"
        case "he":  # number, bank and branch, account
            text = f"C{number}C {held[1:3]}D{held[3:6]}A {held[-9:]}C"
        case _:
            text = f"A{routing_number(random.randrange(10**7, 10**8))}A  {held[-10:]}C  {number}"
    magnetic_ink.e13b(sheet, right, bottom, text)


def routing_number(number: int) -> str:
    """Eight figures and their check digit: 3, 7 and 1 times the figures add up to a multiple of ten (ABA)."""
    figures = f"{number:08}"
    checked = sum(int(figure) * weight for figure, weight in zip(figures, (3, 7, 1) * 3, strict=False))
    return f"{figures}{-checked % 10}"


KIND: Final = Kind(
    "cheque", "cheque filled in by hand, with a MICR line", draw, size="Cheque", landscape=True, fixed_size=True
)
