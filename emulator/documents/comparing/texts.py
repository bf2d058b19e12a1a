"""Texts as they are compared: what counts as the same, what is a word, what is a character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Ignored = Literal["case", "punctuation"]

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Soft hyphens, joiners, marks of direction: no reader sees them."""
_ALONE: Final = "\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Writing without spaces: Han, Kana and their full-width signs. Each character is a word."""
_LONE: Final = re.compile(f"[{_ALONE}]")
_WORD: Final = re.compile(f"[{_ALONE}]|[^\\s{_ALONE}]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is not counted as a difference, beside white space, invisible characters and forms of Unicode."""

    ignored: frozenset[Ignored] = frozenset()

    def normal(self, text: str) -> str:
        """The text with one space between words, and none between Chinese or Japanese characters."""
        return join(self.words(text))

    def words(self, text: str) -> list[str]:
        """The words of a text, as they are compared. Characters of Chinese and Japanese are words of their own."""
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        if "case" in self.ignored:
            text = unicodedata.normalize("NFC", text.casefold())
        if "punctuation" in self.ignored:
            text = "".join(each for each in text if unicodedata.category(each)[0] not in "PS")
        return _WORD.findall(text)


def join(words: Iterable[str]) -> str:
    """Words as a text: a space between two unless one of them is of a writing without spaces."""
    text = ""
    for word in words:
        if text and not (is_alone(word[0]) or is_alone(text[-1])):
            text += " "
        text += word
    return text


def is_alone(character: str) -> bool:
    """Return whether it is of a writing without spaces."""
    return _LONE.match(character) is not None
