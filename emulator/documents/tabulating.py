"""The truth of tables, noted down while they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.documents.drawing import BLACK
from emulator.documents.truth import Cell, Row, Table, bounds
from emulator.printing.setting import Type

if TYPE_CHECKING:
    from emulator.documents.sheet import Align, Sheet
    from emulator.printing.paper import Color


class TableTruth:
    """The truth of a table that is being drawn: write with `cell` inside of `row`, or before it for the header."""

    def __init__(self, sheet: Sheet) -> None:
        self.header: list[Cell] = []
        self.rows: list[Row] = []
        self._sheet = sheet
        self._row: list[Cell] | None = None

    @contextmanager
    def row(self, number: int) -> Iterator[None]:
        """The cells that are written meanwhile are row `number` of the document's table, from 1."""
        cells: list[Cell] = []
        self._row = cells
        yield
        self._row = None
        if cells:
            self.rows.append(Row(number, bounds(cell.polygon for cell in cells), tuple(cells)))

    def cell(
        self,
        column: str,
        x: float,
        y: float,
        text: str,
        type: Type,
        *,
        align: Align = "left",
        color: Color = BLACK,
        value: str | None = None,
    ) -> float:
        """Write a cell as `Sheet.text` writes a line.

        - `value`: as a program stores it, where that is another than the text.
        """
        sheet = self._sheet
        lines = len(sheet.lines)
        length = sheet.text(x, y, text, type, align=align, color=color)
        if len(sheet.lines) > lines:
            line = sheet.lines[-1]
            found = Cell(column, line.text, line.text if value is None else value, line.number, line.polygon)
            (self.header if self._row is None else self._row).append(found)
        return length

    def as_table(self, name: str, columns: tuple[str, ...]) -> Table | None:
        """The table; None where no row was written."""
        if not self.rows:
            return None
        cells = (*self.header, *(cell for row in self.rows for cell in row.cells))
        return Table(name, columns, bounds(cell.polygon for cell in cells), tuple(self.header), tuple(self.rows))
