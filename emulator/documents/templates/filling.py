"""A PDF document filled with a row: values where its placeholders stand, and in its form fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from emulator.documents.sheet import Align, Sheet
from emulator.documents.templates.layout import Box, Character, FormField, Layout, TypeFace, around, lines_of
from emulator.documents.templates.noting import add_table, note_pictures, note_words
from emulator.documents.templates.rows import Row, text_of, value_of
from emulator.documents.truth import Cell, Field, Region, bounds
from emulator.documents.writing import sign
from emulator.printing.faces import Role
from emulator.printing.paper import Color
from emulator.printing.setting import Type, words_of, wrap

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}\s:]+)\s*(?::\s*(left|right|center)\s*)?\}\}")
_LEADING: Final = 1.2
_EDGE: Final = 0.2  # inches that are left free at the edge of the page
_AIR: Final = 0.04  # inches between a value and what follows
_TICKED: Final = frozenset({"ticked", "yes", "true", "on", "x", "1"})
_EMPTY: Final = frozenset({"empty", "no", "false", "off", "0", ""})
_INK: Final[Color] = (17, 17, 17)
_MOST_PICTURE: Final = 64 * 1024 * 1024


class DoesNotFit(ValueError):
    """A value cannot be printed where it belongs. `str()` is the reason: the field, and why."""


class PlaceholderMistake(ValueError):
    """A placeholder of the template is none. `str()` is the reason."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line that is set anew: it begins with the word of its first placeholder and goes to the end."""

    characters: tuple[Character, ...]
    text: str
    """With its placeholders."""
    face: TypeFace
    room: Box
    """What is free for it: left, top, right, bottom in points."""

    @property
    def alone(self) -> re.Match[str] | None:
        """The placeholder, where nothing else is in the segment."""
        return _PLACEHOLDER.fullmatch(self.text)


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a page stays, and what is filled in."""

    lines: list[list[list[Character]]]
    """Words that stay."""
    segments: tuple[Segment, ...]
    hidden: tuple[int, ...]
    """Characters whose pieces of text are taken away."""
    kept: tuple[Character, ...]
    """Those that stay although they are in such a piece."""

    @property
    def names(self) -> list[str]:
        """The columns that the placeholders want."""
        return [found[1] for each in self.segments for found in _PLACEHOLDER.finditer(each.text)]


def plan_of(layout: Layout) -> Plan:
    """Find the placeholders of a page. Raises PlaceholderMistake."""
    lines, found = [], []
    for line in lines_of(layout.characters):
        text, places = _text(line)
        first = _PLACEHOLDER.search(text)
        if first is None:
            if "{{" in text:
                raise PlaceholderMistake(_no_placeholder(text[text.index("{{") :]))
            lines.append(line)
            continue
        begin = text.rfind(" ", 0, first.start()) + 1
        if "{{" in (left := _PLACEHOLDER.sub("", text)):
            raise PlaceholderMistake(_no_placeholder(left[left.index("{{") :]))
        before = [word for word in line if places.index(word[0]) < begin]
        if before:
            lines.append(before)
        characters = tuple(each for each in places[begin:] if each is not None)
        brace = places[first.start()]
        face = layout.types.get(brace.number) if brace is not None else None
        if characters[0].angle:
            raise PlaceholderMistake(f"{first[0]} is turned: a value can only be set level")
        if face is None:
            raise PlaceholderMistake(f"{first[0]}: how it is set is unknown")
        found.append((characters, text[begin:], face))
    rest = [around([each.box for word in line for each in word]) for line in lines]
    rest += [around([each.box for each in characters]) for characters, _, _ in found]
    segments = tuple(
        Segment(characters, text, face, _room(around([each.box for each in characters]), rest, layout.size))
        for characters, text, face in found
    )
    taken = {each.holder for segment in segments for each in segment.characters}
    own = {each.number for segment in segments for each in segment.characters}
    kept = tuple(each for each in layout.characters if each.holder in taken and each.number not in own)
    return Plan(lines, segments, tuple(sorted(own)), kept)


def _no_placeholder(text: str) -> str:
    name, end, _ = text.partition("}}")
    if not end:
        return f"{text[:40]!r} has no end on its line"
    return f"{name[:40] + end!r}: a name is letters, digits, points and the like, then :left, :right or :center"


def _text(line: Sequence[Sequence[Character]]) -> tuple[str, list[Character | None]]:
    """A line as a text, and the character at each place of it (None: a space)."""
    text, places = "", list[Character | None]()
    for number, word in enumerate(line):
        if number:
            text += " "
            places.append(None)
        for character in word:
            text += character.text[0]
            places.append(character)
    return text, places


def _room(box: Box, others: Sequence[Box], size: tuple[float, float]) -> Box:
    """How far one may write from a box until something else stands there."""
    edge = _EDGE * 72
    left, right, bottom = min(edge, box[0]), size[0] - edge, size[1] - edge
    for other in others:
        if other is box or other == box:
            continue
        if other[1] < box[3] and other[3] > box[1]:  # on the same height
            if other[0] >= box[2]:
                right = min(right, other[0] - _AIR * 72)
            elif other[2] <= box[0]:
                left = max(left, other[2] + _AIR * 72)
        elif other[1] >= box[3] and other[0] < box[2] and other[2] > box[0]:
            bottom = min(bottom, other[1])
    return left, box[1], max(right, box[2]), bottom


def paper_of(plan: Plan, full: Image.Image, bare: Image.Image, ppi: float) -> Image.Image:
    """The page without its placeholders: `bare` lacks whole pieces of text, of which `full` has what stays."""
    scale = ppi / 72
    for character in plan.kept:
        left, top, right, bottom = character.box
        box = (int(left * scale) - 1, int(top * scale) - 1, int(right * scale) + 2, int(bottom * scale) + 2)
        box = (max(0, box[0]), max(0, box[1]), min(full.width, box[2]), min(full.height, box[3]))
        if box[0] < box[2] and box[1] < box[3]:
            bare.paste(full.crop(box), box[:2])
    return bare


# Filling


def fill(sheet: Sheet, layout: Layout, plan: Plan, row: Row, folder: Path) -> None:
    """Write the row's values onto a sheet that shows the page without its placeholders, and note all of its words.
    Raises DoesNotFit, FontMissing.

    - `folder`: where pictures that the row names lie.
    """
    note_words(sheet, plan.lines)
    note_pictures(sheet, layout)
    cells: dict[str, dict[int, list[Cell]]] = {}
    with sheet.left_to_right(sheet.language):
        for segment in plan.segments:
            _fill_segment(sheet, segment, row, cells)
        for field in layout.fields:
            if field.name:
                _FILLERS[field.kind](sheet, field, row, folder)
    for name, rows in cells.items():
        add_table(sheet, name, rows)


def _value(row: Row, name: str) -> str:
    """Raises DoesNotFit, and KeyError where there is none."""
    try:
        return text_of(value_of(row, name))
    except ValueError as error:
        raise DoesNotFit(f"{name}: {error}") from None


def _optional(row: Row, name: str) -> str:
    try:
        return _value(row, name)
    except KeyError:
        return ""


def _placeholder_value(row: Row, name: str) -> str:
    """Rows of a table that a document does not have are empty."""
    try:
        return _value(row, name)
    except KeyError:
        table, _, rest = name.partition(".")
        if rest and isinstance(row.get(table), list):
            return ""
        raise


_ALIGNS: Final[dict[str | None, Align]] = {None: "left", "left": "left", "right": "right", "center": "center"}


def _fill_segment(sheet: Sheet, segment: Segment, row: Row, cells: dict[str, dict[int, list[Cell]]]) -> None:
    text, spans = "", list[tuple[str, str, int, int]]()
    at = 0
    for found in _PLACEHOLDER.finditer(segment.text):
        text += segment.text[at : found.start()]
        value = _placeholder_value(row, found[1])
        shown = value if segment.alone else " ".join(value.split())
        spans.append((found[1], value, len(text), len(text) + len(shown)))
        text += shown
        at = found.end()
    text += segment.text[at:]
    type = type_like(segment.face)
    first = segment.characters[0]
    box = around([each.box for each in segment.characters])
    align = _ALIGNS[segment.alone[2]] if segment.alone else "left"
    x = {"left": box[0], "right": box[2], "center": (box[0] + box[2]) / 2}[align] / 72
    base = first.level / 72
    lines = text.split("\n") if segment.alone else [text]
    _check(sheet, segment, lines, type, x, align)
    first_word, first_line = len(sheet.words), len(sheet.lines)
    for number, line in enumerate(lines):
        sheet.text(
            x, base + number * type.points * _LEADING / 72, line, type, align=align, color=segment.face.color
        )
    if len(sheet.words) == first_word:
        return
    for name, value, begin, end in spans:
        if segment.alone:
            words = sheet.words[first_word:]
        else:
            numbers = [n for n, (a, b) in enumerate(_spans(text, sheet.language)) if a < end and b > begin]
            words = [sheet.words[first_word + n] for n in numbers if first_word + n < len(sheet.words)]
        if not words or not value:
            continue
        polygon = bounds(word.polygon for word in words)
        parts = name.split(".")
        if len(parts) == 3 and parts[1].isdigit() and segment.alone:
            line_noted = sheet.lines[first_line]
            cell = Cell(parts[2], line_noted.text, value, line_noted.number, line_noted.polygon)
            cells.setdefault(parts[0], {}).setdefault(int(parts[1]), []).append(cell)
        else:
            sheet.fields.append(Field(name, value, polygon))


def _spans(text: str, language: str) -> list[tuple[int, int]]:
    """Begin and end of each word of a text."""
    found, at = [], 0
    for word, _ in words_of(text, language):
        at = text.index(word, at)
        found.append((at, at + len(word)))
        at += len(word)
    return found


def _check(sheet: Sheet, segment: Segment, lines: Sequence[str], type: Type, x: float, align: Align) -> None:
    """Raises DoesNotFit."""
    name = ", ".join(found[1] for found in _PLACEHOLDER.finditer(segment.text))
    left, top, right, bottom = (value / 72 for value in segment.room)
    room = {"left": right - x, "right": x - left, "center": 2 * min(right - x, x - left)}[align]
    for line in lines:
        needed = sheet.measure(line, type)
        if needed > room:
            raise DoesNotFit(f"{name}: {line[:40]!r} is {needed:.2f} inches wide, there is room for {room:.2f}")
    needed = len(lines) * type.points * _LEADING / 72
    if len(lines) > 1 and top + needed > bottom:
        raise DoesNotFit(
            f"{name}: {len(lines)} lines are {needed:.2f} inches high, there is room for {bottom - top:.2f}"
        )


@lru_cache(maxsize=64)
def type_like(face: TypeFace) -> Type:
    """What is nearest to a font of the document among those that come along."""
    name = face.font.lower()
    role: Role = "sans"
    if face.flags & 1 or re.search(r"mono|courier|consol|typewriter", name):
        role = "mono"
    elif re.search(r"hand|script|cursive|caveat|kalam", name):
        role = "hand"
    elif "sans" not in name and (face.flags & 2 or re.search(r"serif|times|roman|garamond|georgia|book|cmr", name)):
        role = "serif"
    bold = face.weight >= 600 or "bold" in name or "black" in name
    italic = bool(face.flags & 64) or "italic" in name or "oblique" in name
    return Type(role, round(face.points, 2) or 10.0, bold, italic)


# Form fields


_Filler = Callable[[Sheet, FormField, Row, Path], None]


def _fill_text(sheet: Sheet, field: FormField, row: Row, folder: Path) -> None:
    value = _optional(row, field.name)
    if not value.strip():
        return
    left, top, right, bottom = (each / 72 for each in field.box)
    points = field.points or (10.0 if field.lines else max(4.0, min(12.0, (bottom - top) * 72 * 0.7)))
    type = Type("sans", points)
    inches = right - left - 0.06
    leading = points * _LEADING / 72
    lines = [line for part in value.split("\n") for line in wrap(part, type, inches, sheet.language) or [""]]
    if not field.lines:
        lines = [" ".join(value.split())]
    widest = max(sheet.measure(line, type) for line in lines)
    if widest > inches:
        raise DoesNotFit(f"{field.name}: is {widest:.2f} inches wide, its field has room for {inches:.2f}")
    if len(lines) * leading > bottom - top + 0.25 * leading and len(lines) > 1:
        raise DoesNotFit(
            f"{field.name}: is {len(lines)} lines high, its field has room for {(bottom - top) / leading:.0f}"
        )
    base = top + leading * 0.9 if field.lines else (top + bottom) / 2 + points * 0.36 / 72
    with sheet.field(field.name, value):
        for number, line in enumerate(lines):
            sheet.text(left + 0.03, base + number * leading, line, type, color=_INK)


def _fill_box(sheet: Sheet, field: FormField, row: Row, folder: Path) -> None:
    value = _optional(row, field.name).strip().lower()
    if field.kind == "radio":
        ticked = bool(value) and value == field.option.lower()
    elif value in _TICKED or (value and value == field.option.lower()):
        ticked = True
    elif value in _EMPTY:
        ticked = False
    else:
        raise DoesNotFit(f"{field.name}: {value[:40]!r} is no value of a box; yes or no")
    left, top, right, bottom = box = tuple(each / 72 for each in field.box)
    size = min(right - left, bottom - top)
    if ticked:
        x, y, reach = (left + right) / 2, (top + bottom) / 2, size * 0.32
        if field.kind == "radio":
            sheet.ellipse(x - reach, y - reach, x + reach, y + reach, _INK)
        else:
            for turn in (1, -1):
                sheet.stroke([(x - reach, y - turn * reach), (x + reach, y + turn * reach)], size * 72 * 0.09, _INK)
    name = f"{field.name}.{field.option}" if field.kind == "radio" and field.option else field.name
    sheet.mark_field(name, "ticked" if ticked else "empty", (box[0], box[1], box[2], box[3]))


def _fill_picture(sheet: Sheet, field: FormField, row: Row, folder: Path) -> None:
    name = _optional(row, field.name).strip()
    if not name:
        return
    file = folder / name
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            raise DoesNotFit(f"{field.name}: {name!r} lies outside of the folder of the data")
        if file.stat().st_size > _MOST_PICTURE:
            raise DoesNotFit(f"{field.name}: {name!r} is larger than {_MOST_PICTURE} bytes")
        with Image.open(file, formats=("PNG", "JPEG")) as opened:
            picture = opened.convert("RGBA")
    except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or "no PNG or JPEG"
        raise DoesNotFit(f"{field.name}: {name!r}: {reason}") from None
    left, top, right, bottom = (each / 72 for each in field.box)
    scale = min((right - left) / picture.width, (bottom - top) / picture.height)
    wide, high = picture.width * scale, picture.height * scale
    x, y = (left + right - wide) / 2, (top + bottom - high) / 2
    place = sheet.box(x, y, x + wide, y + high)
    scaled = picture.resize((place[2] - place[0], place[3] - place[1]), Image.Resampling.BICUBIC)
    sheet.image.paste(scaled.convert(sheet.image.mode), place[:2], scaled.getchannel("A"))
    polygon = ((place[0], place[1]), (place[2], place[1]), (place[2], place[3]), (place[0], place[3]))
    sheet.regions.append(Region("picture", polygon))
    sheet.fields.append(Field(field.name, name, polygon))


def _fill_signature(sheet: Sheet, field: FormField, row: Row, folder: Path) -> None:
    name = _optional(row, field.name).strip()
    if not name:
        return
    left, top, right, bottom = (each / 72 for each in field.box)
    sign(sheet, left + 0.05, bottom - (bottom - top) * 0.25, min(right - left - 0.1, (bottom - top) * 4), name)
    sheet.mark_field(field.name, name, (left, top, right, bottom))


_FILLERS: Final[dict[str, _Filler]] = {
    "text": _fill_text,
    "box": _fill_box,
    "radio": _fill_box,
    "button": _fill_picture,
    "signature": _fill_signature,
}
