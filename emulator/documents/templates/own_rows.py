"""Rows of our own making, for templates without data: an invoice and whom it is about, from a seed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from emulator.documents.countries import country
from emulator.documents.invention import Address, invent, seeded
from emulator.documents.languages import language
from emulator.documents.wares import GOODS, ordered


def invented_row(seed: int, code: str, last: date) -> dict[str, Any]:
    """Return names, places, numbers, goods and sums as documents of that language have them. None of it is real,
    and no document is dated after `last`."""
    made, words, land = invent(seed, code, last), language(code), country(code)
    company, person = made.company, made.person
    orders = ordered(GOODS, 3, 8, land, seeded("template", seed))
    subtotal = sum(order.amount for order in orders)
    rate = land.vat(made.day).standard
    tax = words.share(subtotal, rate, 1000)
    items = [
        {
            "position": str(number),
            "item": words.goods[order.ware],
            "quantity": str(order.count),
            "price": words.number(order.price),
            "amount": words.number(order.amount),
        }
        for number, order in enumerate(orders, 1)
    ]
    return {
        "number": f"{made.day.year}-{made.number}",
        "date": words.short_date(made.day),
        "due": words.short_date(made.day + timedelta(days=30)),
        "company": company.name,
        **_address("company", company.address),
        "company_mail": company.mail,
        "company_web": company.web,
        "tax_number": company.tax_number.text,
        "bank": company.account.bank,
        "account": company.account.number.text,
        "name": person.name,
        "first_name": person.first,
        "last_name": person.last,
        **_address("", person.address),
        "mail": person.mail,
        "clerk": made.clerk.name,
        "items": items,
        "subtotal": words.number(subtotal),
        "vat_rate": words.percent(rate),
        "vat": words.number(tax),
        "total": words.number(subtotal + tax),
    }


def _address(whose: str, address: Address) -> dict[str, str]:
    before = f"{whose}_" if whose else ""
    return {
        f"{before}address": "\n".join(address.lines),
        f"{before}street": address.street,
        f"{before}city": address.city,
        f"{before}postcode": address.postcode,
        f"{before}telephone": address.telephone,
    }
