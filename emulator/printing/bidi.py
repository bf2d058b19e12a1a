"""Order of what stands in lines of both directions: the bidirectional algorithm (UAX #9, revision 50) for a line of
one paragraph without embeddings and isolates. Rules are named as there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

LEFT_TO_RIGHT_MARK: Final = "\u200e"
_MARKS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))
_BACKWARDS: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON", "BN"})
_PAIRS: Final = {"(": ")", "[": "]", "{": "}", "\u2329": "\u232a", "\u3008": "\u3009", "\u27e8": "\u27e9"}
_MIRRORED: Final = {
    **_PAIRS, **{close: open_ for open_, close in _PAIRS.items()},
    "<": ">", ">": "<", "\u00ab": "\u00bb", "\u00bb": "\u00ab", "\u2039": "\u203a", "\u203a": "\u2039",
}  # fmt: skip
_TELEPHONE: Final = re.compile(r"(?<!\S)(?=\+[0-9])")


class Piece(NamedTuple):
    """What stands together on the paper."""

    word: int | None
    """Number of the word that it is of; None: the space between two words."""
    text: str
    """As it is shaped: a mark of direction is not in it, and brackets are those that one sees."""


def pieces_of(words: Sequence[tuple[str, bool]], *, backwards: bool) -> list[Piece]:
    """The words of a line (each with whether a space stands before it) from left to right on the paper, cut where
    the direction changes. `backwards`: the line runs from right to left."""
    result = []
    if not backwards and not any(_BACKWARDS.search(word) for word, _ in words):
        for number, (word, spaced) in enumerate(words):
            if number and spaced:
                result.append(Piece(None, " "))
            result.append(Piece(number, word))
        return result
    text, owner = "", list[int | None]()
    for number, (word, spaced) in enumerate(words):
        if number and spaced:
            text, owner = text + " ", [*owner, None]
        # A number that begins with a plus sign is a telephone number and runs to the right as a whole (HL3).
        marked = _TELEPHONE.sub(LEFT_TO_RIGHT_MARK, word)
        text += marked
        owner += [number] * len(marked)
    levels = levels_of(text, 1 if backwards else 0)
    for run in _runs(levels, owner):
        part = text[run[0] : run[-1] + 1] if run[0] <= run[-1] else text[run[-1] : run[0] + 1]
        part = part.translate(_MARKS)
        if levels[run[0]] % 2 and not _BACKWARDS.search(part):
            part = "".join(_MIRRORED.get(character, character) for character in reversed(part))
        if part:
            result.append(Piece(owner[run[0]], part))
    return result


def _runs(levels: Sequence[int], owner: Sequence[int | None]) -> list[list[int]]:
    """Indexes of characters from left to right, cut between words and where the level changes."""
    runs: list[list[int]] = []
    for index in visual_order(levels):
        if runs:
            last = runs[-1][-1]
            step = -1 if levels[index] % 2 else 1
            if levels[last] == levels[index] and owner[last] == owner[index] and index - last == step:
                runs[-1].append(index)
                continue
        runs.append([index])
    return runs


def visual_order(levels: Sequence[int]) -> list[int]:
    """Indexes from left to right (L2)."""
    order = list(range(len(levels)))
    odd = [level for level in levels if level % 2]
    for level in range(max(levels, default=0), min(odd, default=1) - 1, -1):
        at = 0
        while at < len(order):
            if levels[order[at]] < level:
                at += 1
                continue
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = order[at:end][::-1]
            at = end
    return order


def levels_of(text: str, base: int) -> list[int]:
    """The level of each character of a line whose own level is `base` (0 or 1)."""
    start = "R" if base else "L"
    types = [unicodedata.bidirectional(character) or "L" for character in text]
    original = list(types)
    _weak(types, start)
    _brackets(text, types, original, start)
    _neutral(types, start)
    levels = []
    for kind in types:
        if base:
            levels.append(1 if kind == "R" else 2)  # I2
        else:
            levels.append({"L": 0, "R": 1}.get(kind, 2))  # I1
    for index in range(len(text) - 1, -1, -1):  # L1
        if original[index] not in ("WS", "BN"):
            break
        levels[index] = base
    return levels


def _weak(types: list[str], start: str) -> None:
    """W1 to W7."""
    for index, kind in enumerate(types):
        if kind in ("NSM", "BN"):
            types[index] = types[index - 1] if index else start
    strong = start
    for index, kind in enumerate(types):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            types[index] = "AN"
    types[:] = ["R" if kind == "AL" else kind for kind in types]
    for index in range(1, len(types) - 1):
        before, kind, after = types[index - 1 : index + 2]
        if before == after and ((kind in ("ES", "CS") and before == "EN") or (kind == "CS" and before == "AN")):
            types[index] = before
    index = 0
    while index < len(types):
        end = index
        while end < len(types) and types[end] == "ET":
            end += 1
        if end > index:
            beside = (types[index - 1] if index else "", types[end] if end < len(types) else "")
            types[index:end] = ["EN" if "EN" in beside else "ON"] * (end - index)
        index = max(end, index + 1)
    types[:] = ["ON" if kind in ("ES", "CS") else kind for kind in types]
    strong = start
    for index, kind in enumerate(types):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            types[index] = "L"


def _brackets(text: str, types: list[str], original: Sequence[str], start: str) -> None:
    """N0: a pair of brackets has one direction."""
    open_: list[tuple[str, int]] = []
    pairs = []
    for index, character in enumerate(text):
        if types[index] != "ON":
            continue
        if character in _PAIRS:
            open_.append((_PAIRS[character], index))
        else:
            found = [at for at, (close, _) in enumerate(open_) if close == character]
            if found:
                pairs.append((open_[found[-1]][1], index))
                del open_[found[-1] :]
    for first, last in sorted(pairs):
        inside = {_direction(kind) for kind in types[first + 1 : last]} - {None}
        if start in inside:
            kind = start
        elif inside:
            other = next(iter(inside))
            before = next((d for d in map(_direction, reversed(types[:first])) if d), start)
            kind = other if before == other else start
        else:
            continue
        assert kind is not None
        for index in (first, last):
            types[index] = kind
            at = index + 1
            while at < len(text) and original[at] == "NSM":
                types[at] = kind
                at += 1


def _direction(kind: str) -> str | None:
    return "L" if kind == "L" else "R" if kind in ("R", "EN", "AN") else None


def _neutral(types: list[str], start: str) -> None:
    """N1 and N2."""
    index = 0
    while index < len(types):
        end = index
        while end < len(types) and types[end] in _NEUTRAL:
            end += 1
        if end > index:
            before = _direction(types[index - 1]) if index else start
            after = _direction(types[end]) if end < len(types) else start
            types[index:end] = [before if before == after and before else start] * (end - index)
        index = max(end, index + 1)
