"""Numbers by which offices and banks know people and companies, with the check digits that programs test.

Check digits come from python-stdnum; those inside of account numbers, which it does not know, from the rules of the
countries' banks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any, Final

from emulator.documents.countries import Country

_FIGURES: Final = "0123456789"
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of what somebody must know to pay an account."""

    key: str
    """Name of its field."""
    text: str
    """As it is printed."""
    value: str
    """As programs store it."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a bank."""

    bank: str
    details: tuple[Detail, ...]

    @property
    def number(self) -> Detail:
        """What one writes where there is room for one number: the IBAN where the country has it."""
        by_key = {detail.key: detail for detail in self.details}
        return by_key.get("iban") or by_key["account"]


def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def _figures(random: Random, count: int) -> str:
    return "".join(random.choice(_FIGURES) for _ in range(count))


def _checked(make: Callable[[str], str], checks: list[str], valid: Callable[[str], bool]) -> str | None:
    """The number of those with each check that is valid; some have none."""
    return next((number for number in map(make, checks) if valid(number)), None)


_TWO: Final = [f"{number:02}" for number in range(100)]
_ONE: Final = list(_FIGURES)


def _first(random: Random) -> str:
    return random.choice("123456789")


_MAKERS: Final[dict[str, tuple[str, list[str], Callable[[Random], Callable[[str], str]]]]] = {
    "GB": ("gb.vat", _TWO, lambda random: _ending(f"GB{_first(random)}{_figures(random, 6)}")),
    "DE": ("de.vat", _ONE, lambda random: _ending(f"DE{_first(random)}{_figures(random, 7)}")),
    "ES": ("es.cif", _ONE, lambda random: _ending(f"B{_figures(random, 7)}")),
    "IT": ("it.iva", _ONE, lambda random: _ending(f"{_figures(random, 7)}{random.randrange(1, 101):03}")),
    "PL": ("pl.nip", _ONE, lambda random: _ending(f"{_first(random)}{_figures(random, 8)}")),
    "GR": ("gr.vat", _ONE, lambda random: _ending(f"{random.choice('089')}{_figures(random, 7)}")),
    "RU": ("ru.inn", _ONE, lambda random: _ending(f"{_first(random)}{_figures(random, 8)}")),
    "IL": ("il.hp", _ONE, lambda random: _ending(f"51{_figures(random, 6)}")),
    "KR": ("kr.brn", _ONE, lambda random: _ending(f"{random.randrange(101, 999)}81{_figures(random, 4)}")),
    "CN": (
        "cn.uscc",
        list("0123456789ABCDEFGHJKLMNPQRTUWXY"),
        lambda random: _ending(f"9131{_figures(random, 4)}MA{_figures(random, 7)}"),
    ),
    "IN": (
        "in_.gstin",
        list(_FIGURES + _CAPITALS),
        lambda random: _ending(
            f"{random.choice(('08', '09', '10', '23', '27'))}{_capitals(random, 3)}C{_capitals(random, 1)}"
            f"{random.randrange(1, 10000):04}{_capitals(random, 1)}1Z"
        ),
    ),
}


def _capitals(random: Random, count: int) -> str:
    return "".join(random.choice(_CAPITALS) for _ in range(count))


def _ending(start: str) -> Callable[[str], str]:
    return lambda check: start + check


def tax_number(country: Country, random: Random) -> Detail:
    """The number by which the tax office knows a company."""
    code = country.code
    if code == "AE":  # fifteen figures; the Federal Tax Authority publishes no check digit
        number = f"100{_figures(random, 12)}"
    elif code == "FR":
        siren = _until("fr.siren", _ONE, lambda random: _ending(f"{_first(random)}{_figures(random, 7)}"), random)
        number = _until("fr.tva", _TWO, lambda _: lambda check: f"FR{check}{siren}", random)
    elif code == "JP":  # the corporate number, whose check digit comes first, as number of a qualified issuer
        number = "T" + _until("jp.cn", _ONE[1:], lambda random: _leading(_figures(random, 12)), random)
    else:
        number = _until(*_MAKERS[code], random)
    return Detail("tax_number", _printed(code, number), number)


def _leading(rest: str) -> Callable[[str], str]:
    return lambda check: check + rest


def _until(name: str, checks: list[str], maker: Callable[[Random], Callable[[str], str]], random: Random) -> str:
    valid: Callable[[str], bool] = _module(name).is_valid
    while (number := _checked(maker(random), checks, valid)) is None:
        pass
    return number


def _printed(code: str, number: str) -> str:
    match code:
        case "GB":
            return f"GB {number[2:5]} {number[5:9]} {number[9:]}"
        case "FR":
            return f"FR {number[2:4]} {number[4:7]} {number[7:10]} {number[10:]}"
        case "PL":
            return f"{number[:3]}-{number[3:6]}-{number[6:8]}-{number[8:]}"
        case "KR":
            return f"{number[:3]}-{number[3:5]}-{number[5:]}"
    return number


def account(country: Country, random: Random, bank: tuple[str, str] | None = None) -> Account:
    """An account at one of the country's banks."""
    name, letters = bank or random.choice(country.banks)
    code = country.code
    make = _ACCOUNTS.get(code)
    if make is not None:
        return Account(name, tuple(make(country, letters, random)))
    bban = _bban(code, letters, random)
    return Account(name, (_iban(code, bban),))


def _iban(code: str, bban: str) -> Detail:
    check: str = _module("iban").calc_check_digits(f"{code}00{bban}")
    number = f"{code}{check}{bban}"
    return Detail("iban", " ".join(number[at : at + 4] for at in range(0, len(number), 4)), number)


def _bban(code: str, letters: str, random: Random) -> str:
    match code:
        case "DE":
            return f"{_first(random)}{_figures(random, 7)}{_figures(random, 10)}"
        case "FR":  # the last two are the key of the RIB
            bank, branch, number = _figures(random, 5), _figures(random, 5), _figures(random, 11)
            return f"{bank}{branch}{number}{97 - (89 * int(bank) + 15 * int(branch) + 3 * int(number)) % 97:02}"
        case "ES":
            bank, number = _figures(random, 8), _figures(random, 10)
            check: str = _module("es.ccc").calc_check_digits(f"{bank}00{number}")
            return f"{bank}{check}{number}"
        case "IT":
            rest = _figures(random, 10) + _figures(random, 12)
            return _cin(rest) + rest
        case "PL":  # the eighth figure checks the seven before it
            bank = f"{_first(random)}{_figures(random, 6)}"
            total = sum(int(figure) * weight for figure, weight in zip(bank, (3, 9, 7, 1, 3, 9, 7), strict=True))
            return f"{bank}{-total % 10}{_figures(random, 16)}"
        case "GR":
            return _figures(random, 7) + _figures(random, 16)
        case "AE":
            return f"0{_figures(random, 2)}{_figures(random, 16)}"
        case "IL":
            return f"0{_figures(random, 2)}{_figures(random, 3)}{_figures(random, 13)}"
    raise KeyError(code)


_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
"""What a figure at an odd place counts in an Italian CIN."""


def _cin(rest: str) -> str:
    total = sum(int(figure) if at % 2 else _ODD[int(figure)] for at, figure in enumerate(rest))
    return _CAPITALS[total % 26]


def _british(country: Country, letters: str, random: Random) -> list[Detail]:
    sort, number = _figures(random, 6), _figures(random, 8)
    printed = f"{sort[:2]}-{sort[2:4]}-{sort[4:]}"
    found = [Detail("sort_code", printed, sort), Detail("account", number, number)]
    return [*found, _iban("GB", f"{letters}{sort}{number}")]


def _russian(country: Country, letters: str, random: Random) -> list[Detail]:
    bik = f"04{_figures(random, 4)}{random.randrange(50, 1000):03}"
    own = _keyed(bik[-3:], "40702810", _figures(random, 11))
    bank = _keyed(f"0{bik[4:6]}", "30101810", f"{_figures(random, 8)}{bik[-3:]}")
    return [
        Detail("bik", bik, bik),
        Detail("account", own, own),
        Detail("correspondent", bank, bank),
    ]


def _keyed(bank: str, start: str, rest: str) -> str:
    """An account number with its key: 7, 1 and 3 times the figures, those of the bank first, add up to a multiple
    of ten (Bank of Russia, 515)."""
    for key in _FIGURES:
        figures = f"{bank}{start}{key}{rest}"
        if sum(int(figure) * (7, 1, 3)[at % 3] for at, figure in enumerate(figures)) % 10 == 0:
            return figures[3:]
    raise AssertionError(figures)


def _indian(country: Country, letters: str, random: Random) -> list[Detail]:
    ifsc, number = f"{letters}0{_figures(random, 6)}", f"{_first(random)}{_figures(random, 13)}"
    return [Detail("ifsc", ifsc, ifsc), Detail("account", number, number)]


def _japanese(country: Country, letters: str, random: Random) -> list[Detail]:
    number, branch = _figures(random, 7), random.choice(country.branches)
    return [Detail("account", f"{branch} 普通 {number}", number)]


def _chinese(country: Country, letters: str, random: Random) -> list[Detail]:
    start = f"62{_figures(random, 16)}"
    number = start + _module("luhn").calc_check_digit(start)
    return [Detail("account", " ".join(number[at : at + 4] for at in range(0, 19, 4)), number)]


def _korean(country: Country, letters: str, random: Random) -> list[Detail]:
    number = f"{random.randrange(100, 1000)}-{_figures(random, 3)}-{_figures(random, 6)}"
    return [Detail("account", number, number.replace("-", ""))]


_ACCOUNTS: Final[dict[str, Callable[[Country, str, Random], list[Detail]]]] = {
    "GB": _british,
    "RU": _russian,
    "IN": _indian,
    "JP": _japanese,
    "CN": _chinese,
    "KR": _korean,
}
"""Countries without IBAN, and the one that prints its own numbers beside it."""
