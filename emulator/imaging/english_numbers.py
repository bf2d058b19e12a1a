"""Numbers in English words, for letters and documents. num2words has them too, and takes 22 ms to import, where the
first page of a letter takes 27 in all."""

from __future__ import annotations

from typing import Final

_ONES: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def in_words(number: int) -> str:
    """`three`, `forty-two`, `one thousand two hundred and seven`. Raises ValueError below 0 and from a
    thousand million on."""
    if not 0 <= number < 1_000_000_000:
        raise ValueError(f"{number} is not between 0 and 999,999,999")
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            count, rest = divmod(number, size)
            words = f"{in_words(count)} {name}"
            if not rest:
                return words
            return f"{words} {'and ' if rest < 100 else ''}{in_words(rest)}"
    raise AssertionError(number)
