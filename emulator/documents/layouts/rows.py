"""How many rows of a table stand on each page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.documents.kinds.kind import Job

CONTINUED: Final = 1.2
"""Upper edge of a table on the pages after the first, in inches."""
_CARRIED: Final = 0.4
"""Inches below a table that goes on, for the sum that is carried forward."""
_MOST: Final = 12
"""Rows of a document of one page."""


def on_pages(
    job: Job,
    end: float,
    first: float,
    row: float,
    closing: float,
    *,
    fewest: int,
    most: int = _MOST,
    longest: int = 30,
) -> list[int]:
    """Rows of each page of a document: of one page a few, else the pages but the last are full.

    - `end`: where pages end, in inches, as all that follow.
    - `first`: upper edge of the table on the first page.
    - `row`: height of a row.
    - `closing`: what follows below the table on the last page.
    - `fewest`, `most`: rows of a document of one page, where there is room for them.
    - `longest`: no page has more rows than so many.
    """
    random = job.random("rows")

    def room(top: float, below: float) -> int:
        return max(1, min(longest, int((end - top - below) / row) - 1))

    last = room(first if job.pages == 1 else CONTINUED, closing)
    if job.pages == 1:
        return [random.randint(min(fewest, last), min(most, last))]
    full = [room(first if page == 0 else CONTINUED, _CARRIED) for page in range(job.pages - 1)]
    return [*full, random.randint(min(2, last), max(2, last * 2 // 3))]


def on_page(rows: Sequence[int], page: int) -> slice:
    """The rows of the whole document that stand on a page, when its pages have so many each."""
    before = sum(rows[:page])
    return slice(before, before + rows[page])
