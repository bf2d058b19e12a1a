"""Cells of a table of many axes: each pair of values of two axes comes in at least one cell."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

Cell = dict[str, Any]
Need = tuple[str, Sequence[Any], str, Sequence[Any]]
"""One of these values of an axis needs one of those of another."""


def pairs(axes: Mapping[str, Sequence[Any]]) -> list[tuple[str, Any, str, Any]]:
    """All of them."""
    return [
        (one, value, other, second)
        for one, other in combinations(axes, 2)
        for value in axes[one]
        for second in axes[other]
    ]


def cells(
    axes: Mapping[str, Sequence[Any]],
    sensible: Callable[[Cell], bool],
    *,
    least: int,
    seed: int,
    needs: Sequence[Need] = (),
) -> tuple[list[Cell], list[tuple[str, Any, str, Any]]]:
    """Cells that are `sensible` and cover all pairs that can be, filled up with others to `least`; and the pairs
    that no sensible cell was found for. `needs` help to find them. The same seed gives the same cells."""
    dice = random.Random(seed)
    found: list[Cell] = []
    known: set[str] = set()
    covered: set[tuple[str, str, str, str]] = set()
    impossible = []

    def thrown(fixed: Cell) -> Cell | None:
        for attempt in range(120):
            cell = {axis: fixed.get(axis, dice.choice(values)) for axis, values in axes.items()}
            for axis, values, other, allowed in needs[:: -1 if attempt % 2 else 1]:
                if cell[axis] in values and other not in fixed and cell[other] not in allowed:
                    cell[other] = dice.choice(allowed)
            if sensible(cell):
                return cell
        return None

    def take(cell: Cell) -> None:
        if repr(cell) not in known:
            known.add(repr(cell))
            found.append(cell)
            covered.update((a, repr(cell[a]), b, repr(cell[b])) for a, b in combinations(axes, 2))

    for one, value, other, second in pairs(axes):
        if (one, repr(value), other, repr(second)) in covered:
            continue
        cell = thrown({one: value, other: second})
        if cell is None:
            impossible.append((one, value, other, second))
        else:
            take(cell)
    while len(found) < least:
        cell = thrown({})
        assert cell is not None
        take(cell)
    return found, impossible
