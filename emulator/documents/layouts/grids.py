"""Tables: columns as wide as what stands in them, in one of several looks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from emulator.documents.drawing import BLACK
from emulator.documents.layouts.draft import Draft
from emulator.documents.sheet import GREY, PALE, WHITE, Align
from emulator.documents.writing import Writer
from emulator.printing.paper import Color
from emulator.printing.setting import Type

if TYPE_CHECKING:
    from emulator.documents.kinds.kind import Job

Header = Literal["tint", "dark", "rules", "frame", "plain"]
"""What sets the header off: a tint, white letters on the house's colour, rules above and below, boxes, one rule."""
Rows = Literal["rules", "stripes", "frame", "dots", "plain"]
"""What sets rows off: a rule below each, every second on a tint, boxes, dotted lines, nothing."""

_BASE: Final = 0.36  # of a row's height that lies below its base line
_PAD: Final = 0.08
_ZEBRA: Final = 0.92
_LEAST: Final = 6.0
_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Look:
    """How a table is drawn."""

    header: Header
    rows: Rows
    row: float
    """Height of a row in inches."""
    closed: bool = False
    """A rule ends the table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    key: str
    label: str
    right: bool = False
    """Figures end at its right edge."""
    grows: bool = False
    """Gets the room that the others leave."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a cell."""

    text: str
    value: str | None = None
    small: bool = False


Cells = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its places worked out; the same on each of its pages."""

    columns: tuple[Column, ...]
    edges: tuple[float, ...]
    """Left edges of the columns and the last one's right."""
    type: Type
    head: Type

    def right_of(self, key: str) -> float:
        """Where the text of a column ends."""
        return self.edges[self._place(key) + 1] - _PAD

    def figures(self, draft: Draft, key: str, text: str, type: Type) -> tuple[float, Align]:
        """Where figures of a column stand: they end at the column's right edge on the paper, whichever way the
        language runs; what is wider than the column reaches out of it to the inside."""
        right = self.right_of(key)
        if not draft.sheet.mirrored:
            return right, "right"
        return min(self.left_of(key), right - draft.sheet.measure(text, type)), "left"

    def left_of(self, key: str) -> float:
        """Where text of a column begins."""
        return self.edges[self._place(key)] + _PAD

    def _place(self, key: str) -> int:
        return next(at for at, column in enumerate(self.columns) if column.key == key)


def columns_of(
    job: Job,
    keys: Sequence[str],
    figures: Collection[str],
    growing: Collection[str],
    labels: Mapping[str, str] = _NONE,
) -> list[Column]:
    """The columns of a table under the document's own words.

    - `job`: whose words head them.
    - `keys`: of the columns, from left to right.
    - `figures`: keys of those with figures.
    - `growing`: keys of those that get the room that is left.
    - `labels`: names of labels that are not called as their columns are.
    """
    return [
        Column(
            key,
            "#" if key == "position" else job.label(labels.get(key, key)),
            right=key in figures,
            grows=key in growing,
        )
        for key in keys
    ]


def grid(
    draft: Draft, columns: Sequence[Column], rows: Sequence[Cells], type: Type, head: Type, *, least: float = 0.3
) -> Grid:
    """Work out the columns of a table between the margins; type is set smaller where they need more room.

    - `least`: inches that a column is wide at least.
    """
    room = draft.room
    measure = draft.sheet.measure
    while True:
        head = head if head.points <= type.points else head.sized(type.points)
        widths = [
            max(
                least,
                measure(column.label, head) + 2 * _PAD,
                *(measure(row[column.key].text, type) + 2 * _PAD for row in rows if column.key in row),
            )
            for column in columns
        ]
        if sum(widths) <= room or type.points <= _LEAST:
            break
        type = type.sized(type.points - 0.25)
    over = room - sum(widths)
    growing = [at for at, column in enumerate(columns) if column.grows] or list(range(len(columns)))
    share = over / len(growing)
    edges = [draft.left]
    for at, wide in enumerate(widths):
        edges.append(edges[-1] + wide + (share if at in growing else 0.0))
    return Grid(tuple(columns), tuple(edges), type, head)


def draw_rows(
    draft: Draft,
    y: float,
    made: Grid,
    look: Look,
    name: str,
    rows: Sequence[Cells],
    *,
    first: int = 1,
    writer: Writer | None = None,
    empty: int = 0,
) -> float:
    """A header and rows below it; the header's upper edge is at `y`. Returns the lower edge of the last row.

    - `first`: number of the first row in its document.
    - `writer`: whose hand filled the table in.
    - `empty`: so many rows more that nobody filled in.
    """
    tall = look.row
    _header_ground(draft, y, made, look)
    bottom = y + tall * (1 + len(rows) + empty)
    _row_grounds(draft, y + tall, made, look, len(rows) + empty)
    header = WHITE if look.header == "dark" else BLACK
    with draft.sheet.table(name, *(column.key for column in made.columns)) as table:
        base = y + tall * (1 - _BASE)
        for column in made.columns:
            x, align = _place(draft, made, column, column.label, made.head)
            table.cell(column.key, x, base, column.label, made.head, align=align, color=header)
        for number, cells in enumerate(rows):
            base += tall
            with table.row(first + number):
                for at, column in enumerate(made.columns):
                    entry = cells.get(column.key)
                    if entry is None:
                        continue
                    type, color = _type_of(draft, made, at, entry, writer)
                    x, align = _place(draft, made, column, entry.text, type)
                    table.cell(column.key, x, base, entry.text, type, align=align, color=color, value=entry.value)
    return bottom


def _place(draft: Draft, made: Grid, column: Column, text: str, type: Type) -> tuple[float, Align]:
    return made.figures(draft, column.key, text, type) if column.right else (made.left_of(column.key), "left")


def _type_of(draft: Draft, made: Grid, at: int, entry: Entry, writer: Writer | None) -> tuple[Type, Color]:
    room = made.edges[at + 1] - made.edges[at] - 2 * _PAD
    if writer is not None:
        return draft.fitted(entry.text, writer.type(15), room), writer.ink
    if entry.small:
        return made.type.sized(made.type.points - 0.5), GREY
    long = draft.sheet.measure(entry.text, made.type)
    return (made.type if long <= room + 0.02 else draft.fitted(entry.text, made.type, room)), BLACK


def _header_ground(draft: Draft, y: float, made: Grid, look: Look) -> None:
    sheet, house = draft.sheet, draft.house
    left, right, bottom = made.edges[0], made.edges[-1], y + look.row
    if look.header == "tint":
        sheet.fill(left, y, right, bottom, house.tint())
    elif look.header == "dark":
        sheet.fill(left, y, right, bottom, house.color)
    elif look.header == "rules":
        sheet.rule(left, y, right, house.rule, house.color)
        sheet.rule(left, bottom, right, house.rule, house.color)
    elif look.header == "frame":
        sheet.fill(left, y, right, bottom, house.tint(0.82))
        sheet.frame(left, y, right, bottom, 0.6)
    else:
        sheet.rule(left, bottom - 0.02, right, 0.6)


def _row_grounds(draft: Draft, y: float, made: Grid, look: Look, count: int) -> None:
    sheet, left, right = draft.sheet, made.edges[0], made.edges[-1]
    for number in range(count):
        top, bottom = y + number * look.row, y + (number + 1) * look.row
        if look.rows == "stripes" and number % 2:
            sheet.fill(left, top, right, bottom, draft.house.tint(_ZEBRA))
        elif look.rows == "rules":
            sheet.rule(left, bottom, right, 0.4, PALE)
        elif look.rows == "dots":
            sheet.dashed(left, bottom, right, bottom + 0.005, 0.007, 0.05, PALE)
        elif look.rows == "frame":
            sheet.rule(left, bottom, right, 0.5)
    if look.rows == "frame":
        for x in made.edges:
            sheet.hairline(x, y - look.row, y + count * look.row)
    elif look.closed:
        sheet.rule(left, y + count * look.row, right, draft.house.rule, draft.house.color)
