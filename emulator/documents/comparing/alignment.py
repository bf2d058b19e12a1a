"""Edit distances with their alignment, by bit vectors: a row of the table of distances is two whole numbers.

G. Myers, "A fast bit-vector algorithm for approximate string matching", JACM 46 (1999); H. Hyyrö, "A bit-vector
algorithm for computing Levenshtein and Damerau edit distances", Nordic Journal of Computing 10 (2003).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Step = Literal["equal", "substituted", "missed", "added"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One step from what is true to what was read."""

    step: Step
    true: int | None
    """Place of the item in what is true; None: added."""
    read: int | None
    """Place of the item in what was read; None: missed."""


def distance(true: Sequence[Hashable], read: Sequence[Hashable]) -> int:
    """The Levenshtein distance: fewest items substituted, missed and added."""
    begin, end = _same(true, read)
    true, read = true[begin : len(true) - end], read[begin : len(read) - end]
    if not true or not read:
        return len(true) or len(read)
    masks = _masks(true)
    last, whole = 1 << (len(true) - 1), (1 << len(true)) - 1
    up, down, found = whole, 0, len(true)
    for item in read:
        mask = masks.get(item, 0)
        diagonal = (((mask & up) + up) ^ up) | mask | down
        right = down | (whole & ~(diagonal | up))
        left = diagonal & up
        found += bool(right & last) - bool(left & last)
        right = right << 1 | 1
        up = (left << 1 | ~(diagonal | right)) & whole
        down = right & diagonal & whole
    return found


def align(true: Sequence[Hashable], read: Sequence[Hashable]) -> list[Edit]:
    """The steps of one of the shortest ways from `true` to `read`, in order; those that are not `equal` are as many
    as the distance."""
    begin, end = _same(true, read)
    middle = _aligned(true[begin : len(true) - end], read[begin : len(read) - end], begin)
    head = [Edit("equal", at, at) for at in range(begin)]
    tail = [Edit("equal", len(true) - back, len(read) - back) for back in range(end, 0, -1)]
    return [*head, *middle, *tail]


def _aligned(true: Sequence[Hashable], read: Sequence[Hashable], begin: int) -> list[Edit]:
    masks = _masks(true)
    whole = (1 << len(true)) - 1
    up, down = whole, 0
    ups, downs = [], []
    for item in read:
        mask = masks.get(item, 0)
        diagonal = (((mask & up) + up) ^ up) | mask | down
        right = down | (whole & ~(diagonal | up))
        left = diagonal & up
        right = right << 1 | 1
        up = (left << 1 | ~(diagonal | right)) & whole
        down = right & diagonal & whole
        ups.append(up)
        downs.append(down)
    return list(reversed(list(_way_back(true, read, ups, downs, begin))))


def _way_back(
    true: Sequence[Hashable], read: Sequence[Hashable], ups: list[int], downs: list[int], begin: int
) -> Iterator[Edit]:
    """The steps from the end: a bit of `ups` says that the item above costs one less."""
    row, column = len(read), len(true)
    while row and column:
        bit = 1 << (column - 1)
        if ups[row - 1] & bit:
            column -= 1
            yield Edit("missed", begin + column, None)
            continue
        row -= 1
        if row and downs[row - 1] & bit:
            yield Edit("added", None, begin + row)
            continue
        column -= 1
        step: Step = "equal" if true[column] == read[row] else "substituted"
        yield Edit(step, begin + column, begin + row)
    yield from (Edit("missed", begin + at, None) for at in range(column - 1, -1, -1))
    yield from (Edit("added", None, begin + at) for at in range(row - 1, -1, -1))


def nearest_part(wanted: str, text: str) -> tuple[int, int, int]:
    """Where in `text` stands what is most like `wanted`: begin, end (outside), and its distance. Of several the
    first."""
    if not wanted:
        return 0, 0, 0
    end, found = _nearest_end(wanted, text)
    back, _ = _nearest_end(wanted[::-1], text[:end][::-1], found)
    return end - back, end, found


def _nearest_end(wanted: str, text: str, enough: int = -1) -> tuple[int, int]:
    masks = _masks(wanted)
    last, whole = 1 << (len(wanted) - 1), (1 << len(wanted)) - 1
    up, down, now = whole, 0, len(wanted)
    best, least = 0, now
    for at, item in enumerate(text, 1):
        mask = masks.get(item, 0)
        diagonal = (((mask & up) + up) ^ up) | mask | down
        right = down | (whole & ~(diagonal | up))
        left = diagonal & up
        now += bool(right & last) - bool(left & last)
        right <<= 1  # it may begin anywhere
        up = (left << 1 | ~(diagonal | right)) & whole
        down = right & diagonal & whole
        if now < least:
            best, least = at, now
            if least <= max(0, enough):
                break
    return best, least


def _masks(items: Sequence[Hashable]) -> dict[Hashable, int]:
    masks: dict[Hashable, int] = {}
    for at, item in enumerate(items):
        masks[item] = masks.get(item, 0) | 1 << at
    return masks


def _same(true: Sequence[Hashable], read: Sequence[Hashable]) -> tuple[int, int]:
    """How many items are alike at the beginning, and how many of the others at the end."""
    most = min(len(true), len(read))
    begin = next((at for at in range(most) if true[at] != read[at]), most)
    most -= begin
    end = next((at for at in range(most) if true[-1 - at] != read[-1 - at]), most)
    return begin, end
