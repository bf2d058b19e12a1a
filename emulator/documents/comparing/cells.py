"""Cells of tables: by the keys of their columns, or by their text where columns have no keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from emulator.documents.comparing.texts import Rules
from emulator.documents.truth import Cell, Table

Same = Callable[[str, str, Rules], bool]
R = TypeVar("R")
S = TypeVar("S")


def cells_by_key(
    tables: Sequence[Table], read: Mapping[str, Sequence[Mapping[str, str]]], rules: Rules, same: Same
) -> tuple[int, int]:
    """How many cells are wrong (missed, false, or said beside), and how many there are on both sides together. A
    cell is right by its value or by its text."""
    true: dict[str, list[Sequence[Cell]]] = {}
    for table in tables:
        true.setdefault(table.name, []).extend(row.cells for row in table.rows)

    def alike(row: Sequence[Cell], other: Mapping[str, str]) -> int:
        return sum(
            cell.column in other and (same(cell.value, other[cell.column], rules) or _by_text(cell, other, rules))
            for cell in row
        )

    wrong = of = 0
    for name in dict.fromkeys((*true, *read)):
        rows = true.get(name, [])
        others = [{key: cell for key, cell in row.items() if cell} for row in read.get(name, ())]
        right = best_pairs(rows, others, alike)
        cut = sum(cell.partly for row in rows for cell in row)
        both = sum(map(len, rows)) + sum(map(len, others))
        wrong += max(0, both - 2 * right - cut)
        of += both
    return wrong, of


def _by_text(cell: Cell, other: Mapping[str, str], rules: Rules) -> bool:
    return rules.words(cell.text) == rules.words(other[cell.column])


def cells_by_text(
    tables: Sequence[Table], read: Sequence[Sequence[Sequence[str]]], rules: Rules, same: Same
) -> tuple[int, int]:
    """The same of tables without names: each table of the truth, with its header, is held against the one that is
    most like it."""
    left = [[[cell for cell in row if cell] for row in grid] for grid in read]
    wrong = of = 0

    def alike(row: Sequence[Cell], other: Sequence[str]) -> int:
        said = list(other)
        right = 0
        for cell in row:
            found = next((at for at, text in enumerate(said) if rules.words(cell.text) == rules.words(text)), None)
            if found is None:
                found = next((at for at, text in enumerate(said) if same(cell.value, text, rules)), None)
            if found is not None:
                del said[found]
                right += 1
        return right

    for table in tables:
        rows: list[Sequence[Cell]] = [table.header, *(row.cells for row in table.rows)]
        rights = [best_pairs(rows, grid, alike) for grid in left]
        best = max(range(len(left)), key=lambda at: rights[at], default=None)
        grid = left.pop(best) if best is not None and rights[best] else []
        right = rights[best] if best is not None and grid else 0
        cut = sum(cell.partly for row in rows for cell in row)
        both = sum(map(len, rows)) + sum(map(len, grid))
        wrong += max(0, both - 2 * right - cut)
        of += both
    surplus = sum(len(row) for grid in left for row in grid)
    return wrong + surplus, of + surplus


def best_pairs(rows: Sequence[R], others: Sequence[S], alike: Callable[[R, S], int]) -> int:
    """The most that rows and others have alike if each row stands against one of the others, in their order."""
    before = [0] * (len(others) + 1)
    for row in rows:
        now = [0]
        for at, other in enumerate(others):
            now.append(max(before[at + 1], now[at], before[at] + alike(row, other)))
        before = now
    return before[-1]
