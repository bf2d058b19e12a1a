"""The truth of a laid out page: its words, and what its links say stands under them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final, get_args

from emulator.documents.sheet import Sheet
from emulator.documents.templates.layout import Box, Character, Layout, Link, around, holds, lines_of
from emulator.documents.templates.rows import Row, text_of, value_of
from emulator.documents.truth import Cell, Code, Field, Line, Polygon, Region, RegionKind, Table, Word, bounds
from emulator.documents.truth import Row as TableRow
from emulator.printing.codes import CODE_KINDS, CodeRefused, modules
from emulator.printing.setting import words_of

Chosen = list[list[list[Character]]]
"""Lines of words of characters."""

_WHOLE_PAGE: Final = 0.9
"""A picture of so much of the page is its paper."""
_SMOOTH: Final = 0.6
"""Pixels that ink may lie beside its place: PDFium sets small letters on whole pixels, and edges are smooth."""
_LONG: Final = 4
"""A value of fewer characters may stand anywhere by chance."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A word of the truth, and its characters on the page."""

    word: Word
    characters: tuple[Character, ...]


class LinkMistake(ValueError):
    """A link says what nobody can understand. `str()` is the reason."""


def polygon_of(box: Box, scale: float) -> Polygon:
    """Whole pixels that hold a box in points, and what smooth edges ink beside it."""
    left, top = floor(box[0] * scale - _SMOOTH), floor(box[1] * scale - _SMOOTH)
    right, bottom = max(left + 1, ceil(box[2] * scale + _SMOOTH)), max(top + 1, ceil(box[3] * scale + _SMOOTH))
    return (left, top), (right, top), (right, bottom), (left, bottom)


def note_words(sheet: Sheet, lines: Chosen) -> list[Noted]:
    """Note the lines on the sheet, and their words."""
    scale = sheet.ppi / 72
    noted = []
    for line in lines:
        number = len(sheet.lines)
        words: list[Word] = []
        for joined in line:
            for characters in _cut(joined, sheet.language):
                text = unicodedata.normalize("NFC", "".join(each.text for each in characters))
                box = around([each.box for each in characters])
                words.append(Word(text, sheet.language, polygon_of(box, scale), number))
                noted.append(Noted(words[-1], tuple(characters)))
        text = " ".join("".join(each.text for each in word) for word in line)
        around_all = bounds(word.polygon for word in words)
        sheet.words += words
        sheet.lines.append(Line(unicodedata.normalize("NFC", text), sheet.language, around_all, number))
    return noted


def _cut(word: Sequence[Character], language: str) -> list[Sequence[Character]]:
    """Chinese and Japanese are cut at pauses."""
    found: list[Sequence[Character]] = []
    at = 0
    for part, _ in words_of("".join(each.text[:1] for each in word), language):
        found.append(word[at : at + len(part)])
        at += len(part)
    return found


def note_pictures(sheet: Sheet, layout: Layout) -> None:
    """Note the images of the page."""
    whole = layout.size[0] * layout.size[1]
    for left, top, right, bottom in layout.pictures:
        if 1 <= (right - left) * (bottom - top) < _WHOLE_PAGE * whole:
            polygon = polygon_of((left, top, right, bottom), sheet.ppi / 72)
            sheet.regions.append(Region("picture", polygon))


def note_page(sheet: Sheet, layout: Layout, row: Row) -> None:
    """Note all that is on a page that is laid out with its row: words, pictures, and what links say. Raises
    LinkMistake."""
    groups = _groups(layout.links)
    cells = [group for group in groups if group.kind == "cell"]
    noted = note_words(sheet, _lines(layout, cells))
    note_pictures(sheet, layout)
    named = set()
    for group in groups:
        inside = [word for word in noted if any(group.holds(each.box) for each in word.characters)]
        if group.kind == "field":
            named.add(group.name)
            _note_field(sheet, group, inside, row)
        elif group.kind == "region":
            if group.name not in get_args(RegionKind):
                raise LinkMistake(f"region:{group.name}: allowed are {', '.join(get_args(RegionKind))}")
            kind: RegionKind = group.name  # type: ignore[assignment]  # checked above
            sheet.regions.append(Region(kind, group.polygon(sheet)))
        elif group.kind == "code":
            _note_code(sheet, group, row)
    _note_tables(sheet, cells, noted, row)
    _note_values(sheet, noted, row, named)


@dataclass(slots=True)
class _Group:
    """Boxes of one link, which may go over several lines."""

    kind: str
    name: str
    boxes: list[Box]

    def holds(self, box: Box) -> bool:
        return any(holds(each, box) for each in self.boxes)

    def polygon(self, sheet: Sheet) -> Polygon:
        return polygon_of(around(self.boxes), sheet.ppi / 72)

    def tight(self, sheet: Sheet, words: Sequence[Noted]) -> Polygon:
        """Around its characters; around itself where it has none."""
        boxes = [each.box for word in words for each in word.characters if self.holds(each.box)]
        return polygon_of(around(boxes), sheet.ppi / 72) if boxes else self.polygon(sheet)


_KINDS: Final = ("field", "cell", "region", "code")


def _groups(links: Sequence[Link]) -> list[_Group]:
    groups: list[_Group] = []
    for link in links:
        kind, colon, name = link.address.partition(":")
        if not colon or kind not in _KINDS:
            continue  # a link to somewhere
        last = groups[-1] if groups else None
        goes_on = last is not None and (last.kind, last.name) == (kind, name)
        if last is not None and goes_on and _next_line(last.boxes[-1], link.box):
            last.boxes.append(link.box)
        else:
            groups.append(_Group(kind, name, [link.box]))
    return groups


def _next_line(box: Box, other: Box) -> bool:
    high = box[3] - box[1]
    return -0.6 * high < other[1] - box[3] < 1.5 * high or (other[1] == box[1] and other[0] - box[2] < high)


def _lines(layout: Layout, cells: Sequence[_Group]) -> Chosen:
    """Each cell is a line of its own."""
    found: Chosen = []
    of_cell: dict[int, list[list[Character]]] = {}
    for line in lines_of(layout.characters):
        rest: list[list[Character]] = []
        for word in line:
            number = next((n for n, cell in enumerate(cells) if cell.holds(word[0].box)), None)
            if number is None:
                rest.append(word)
                continue
            if rest:
                found.append(rest)
                rest = []
            if number not in of_cell:
                of_cell[number] = []
                found.append(of_cell[number])
            of_cell[number].append(word)
        if rest:
            found.append(rest)
    return found


def _note_field(sheet: Sheet, group: _Group, words: Sequence[Noted], row: Row) -> None:
    if not group.name:
        raise LinkMistake("field: has no name")
    text = " ".join(word.word.text for word in words)
    try:
        value = text_of(value_of(row, group.name))
    except (KeyError, ValueError):
        value = text
    sheet.fields.append(Field(group.name, value, group.tight(sheet, words)))


def _note_code(sheet: Sheet, group: _Group, row: Row) -> None:
    kind, _, name = group.name.partition(":")
    try:
        value = text_of(value_of(row, name))
    except (KeyError, ValueError):
        raise LinkMistake(f"code:{group.name}: code:KIND:COLUMN is wanted, with a column of the data") from None
    if kind not in CODE_KINDS:
        raise LinkMistake(f"code:{group.name}: allowed kinds are {', '.join(CODE_KINDS)}")
    polygon = group.polygon(sheet)
    try:
        count = modules(kind, value).width
    except CodeRefused as error:
        raise LinkMistake(f"code:{group.name}: {error}") from None
    sheet.codes.append(Code(kind, value, polygon, round((polygon[1][0] - polygon[0][0]) / count, 3)))


def _note_tables(sheet: Sheet, cells: Sequence[_Group], noted: Sequence[Noted], row: Row) -> None:
    tables: dict[str, dict[int, list[Cell]]] = {}
    for group in cells:
        parts = group.name.split(".")
        if len(parts) != 3 or not parts[1].isdigit():
            raise LinkMistake(f"cell:{group.name}: cell:TABLE.ROW.COLUMN is wanted, the header's row being 0")
        words = [word for word in noted if group.holds(word.characters[0].box)]
        if not words:
            continue  # an empty cell
        line = sheet.lines[words[0].word.line]
        try:
            value = text_of(value_of(row, group.name))
        except (KeyError, ValueError):
            value = line.text
        cell = Cell(parts[2], line.text, value, line.number, line.polygon)
        tables.setdefault(parts[0], {}).setdefault(int(parts[1]), []).append(cell)
    for name, rows in tables.items():
        add_table(sheet, name, rows)


def add_table(sheet: Sheet, name: str, rows: dict[int, list[Cell]]) -> None:
    """Note a table of cells, by the numbers of their rows (0: the header). Its columns stand as on the page."""
    every = [cell for cells in rows.values() for cell in cells]
    lefts: dict[str, float] = {}
    for cell in every:
        lefts[cell.column] = min(lefts.get(cell.column, cell.polygon[0][0]), cell.polygon[0][0])
    body = tuple(
        TableRow(number, bounds(cell.polygon for cell in cells), tuple(cells))
        for number, cells in sorted(rows.items())
        if number
    )
    if not body:
        return
    polygon = bounds(cell.polygon for cell in every)
    columns = tuple(sorted(lefts, key=lefts.__getitem__))
    sheet.tables.append(Table(name, columns, polygon, tuple(rows.get(0, ())), body))
    sheet.regions.append(Region("table", polygon))


def _note_values(sheet: Sheet, noted: Sequence[Noted], row: Row, named: set[str]) -> None:
    """Values that no link names are fields where they stand on the page just once."""
    words = [each.word for each in noted]
    for name, text in _texts(row):
        text = " ".join(text.split())
        wanted = [unicodedata.normalize("NFC", part) for part, _ in words_of(text, sheet.language)]
        if name in named or len("".join(wanted)) < _LONG:
            continue
        places = range(len(words) - len(wanted) + 1)
        found = [at for at in places if _stands(words[at : at + len(wanted)], wanted)]
        if len(found) == 1:
            place = bounds(word.polygon for word in words[found[0] : found[0] + len(wanted)])
            sheet.fields.append(Field(name, text, place))


def _texts(row: Row, before: str = "") -> Iterator[tuple[str, str]]:
    """Names and values, also of objects within (`client.name`), but of no list."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{before}{name}.")
        elif not isinstance(value, list):
            yield f"{before}{name}", text_of(value)


def _stands(words: Sequence[Word], wanted: Sequence[str]) -> bool:
    """Return whether the words are a value; what follows it may stand close to it: `Smith,`."""
    last = words[-1].text
    same = last == wanted[-1] or last.rstrip(".,;:!?)") == wanted[-1]
    return same and all(word.text == part for word, part in zip(words[:-1], wanted[:-1], strict=True))
