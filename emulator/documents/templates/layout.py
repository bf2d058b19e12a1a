"""The words, links, form fields and pictures of a laid out page, as the decoding child tells them. Places are in
points from the upper left corner of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, sin
from typing import Any, Final

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_APART: Final = 1.1  # of the height of writing: words further apart stand in two lines
_LEVEL: Final = 0.35  # of it: how far base lines of one line may differ


@dataclass(frozen=True, slots=True)
class Character:
    """A character with ink."""

    text: str
    number: int
    """By which the child knows it."""
    box: Box
    along: float
    """Place on the base line, in the direction of the writing."""
    level: float
    """Of the base line, across that direction."""
    angle: float
    holder: int
    """The piece of text of the document that it belongs to."""
    spaced: bool
    """White space, or an end of a line, stands before it."""


@dataclass(frozen=True, slots=True)
class TypeFace:
    """How a character is set."""

    points: float
    weight: int
    font: str
    flags: int
    """Of PDF 1.7, table 123."""
    color: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """A link, whose address says what stands under it: `field:total`."""

    address: str
    box: Box


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of an AcroForm."""

    name: str
    kind: str
    """text, box, radio, button, signature."""
    box: Box
    points: float
    """Type size; 0: what fits."""
    lines: bool
    """It may have several."""
    option: str
    """The value for which a radio button is set."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A page."""

    size: tuple[float, float]
    characters: tuple[Character, ...]
    types: Mapping[int, TypeFace]
    """Of opening braces, by their numbers."""
    links: tuple[Link, ...]
    fields: tuple[FormField, ...]
    pictures: tuple[Box, ...]

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Layout:
        """The layout that a child tells. Raises KeyError, TypeError, ValueError for nonsense."""
        width, height = message["size"]
        types = {
            int(number): TypeFace(
                float(each["points"]),
                int(each["weight"]),
                str(each["font"]),
                int(each["flags"]),
                _color(each["color"]),
            )
            for number, each in message["types"].items()
        }
        fields = (
            FormField(
                str(each["name"]),
                str(each["kind"]),
                _box(each["box"]),
                float(each["points"]),
                bool(each["lines"]),
                str(each["option"]),
            )
            for each in message["fields"]
        )
        return cls(
            (float(width), float(height)),
            tuple(_characters(message["characters"], message["spaces"])),
            types,
            tuple(Link(str(each["address"]), _box(each["box"])) for each in message["links"]),
            tuple(fields),
            tuple(_box(box) for box in message["pictures"]),
        )


def _box(value: Sequence[float]) -> Box:
    left, top, right, bottom = map(float, value)
    return left, top, right, bottom


def _color(value: Sequence[int]) -> tuple[int, int, int]:
    red, green, blue = (int(each) & 255 for each in value)
    return red, green, blue


def _characters(told: Sequence[Sequence[Any]], spaces: Sequence[Sequence[float]]) -> Iterator[Character]:
    spaced = False
    before: Character | None = None
    on_level: dict[int, list[tuple[float, float]]] = {}
    for x, y in spaces:
        on_level.setdefault(round(y), []).append((x, y))
    for number, (text, generated, box, origin, angle, holder) in enumerate(told):
        left, top, right, bottom = place = _box(box)
        if (generated and str(text) != "-") or str(text).isspace() or not str(text).isprintable():
            spaced = True
            continue
        if right - left <= 0 and bottom - top <= 0:
            continue
        x, y = map(float, origin)
        turn = float(angle)
        along, level = (x, y) if not turn else (x * cos(turn) + y * sin(turn), y * cos(turn) - x * sin(turn))
        if before is not None and not spaced:
            near = (space for at in (-1, 0, 1) for space in on_level.get(round(level) + at, ()))
            spaced = any(_parts(space, before, along, level) for space in near)
        before = Character(str(text), number, place, along, level, turn, int(holder), spaced)
        spaced = False
        yield before


def _parts(space: Sequence[float], before: Character, along: float, level: float) -> bool:
    """Return whether a space on a level base line stands between the places of two characters."""
    x, y = space
    low, high = min(before.along, along), max(before.along, along)
    return low + 0.01 < x < high - 0.01 and abs(y - level) < 1 and abs(y - before.level) < 1


def lines_of(characters: Sequence[Character]) -> list[list[list[Character]]]:
    """The words of each line: characters without a space between them; words on one base line that stand close."""
    lines: list[list[list[Character]]] = []
    for character in characters:
        if not lines:
            lines.append([[character]])
            continue
        word = lines[-1][-1]
        last = word[-1]
        if not _on_line(last, character):
            lines.append([[character]])
        elif character.spaced or _gap(last, character) > 0.6 * _height(word):
            if _gap(last, character) > _APART * max(_height(word), character.box[3] - character.box[1]):
                lines.append([[character]])
            else:
                lines[-1].append([character])
        else:
            word.append(character)
    return lines


def _on_line(last: Character, character: Character) -> bool:
    height = max(last.box[3] - last.box[1], character.box[3] - character.box[1], 4.0)
    return abs(last.angle - character.angle) < 0.01 and abs(last.level - character.level) < _LEVEL * height


def _gap(last: Character, character: Character) -> float:
    """Empty room between two, whichever stands first; of turned writing what their places tell."""
    if last.angle:
        return max(0.0, character.along - last.along - (last.box[3] - last.box[1]) - (last.box[2] - last.box[0]))
    return max(0.0, character.box[0] - last.box[2], last.box[0] - character.box[2])


def _height(word: Sequence[Character]) -> float:
    return max(max(each.box[3] for each in word) - min(each.box[1] for each in word), 5.0)


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def holds(box: Box, other: Box) -> bool:
    """Return whether the middle of `other` lies in `box`."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
