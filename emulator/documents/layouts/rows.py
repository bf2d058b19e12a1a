"""How many rows of a table stand on each page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.documents.kinds.kind import Job

_CARRIED: Final = 0.4
"""Inches below a table that goes on, for the sum that is carried forward."""
_MOST: Final = 12
"""Rows of a document of one page."""


def on_pages(
    job: Job,
    end: float,
    first: float,
    following: float,
    row: float,
    closing: float,
    *,
    fewest: int,
    most: int = _MOST,
    longest: int = 30,
) -> list[int]:
    """Rows of each page of a document: of one page a few, else the pages but the last are full.

    - `end`: where pages end, in inches, as all that follow.
    - `first`, `following`: upper edge of the table on the first page and on the others.
    - `closing`: what follows below the table on the last page.
    - `longest`: no page has more rows than so many.
    """
    random = job.random("rows")

    def room(top: float, below: float) -> int:
        return max(1, min(longest, int((end - top - below) / row) - 1))

    last = room(first if job.pages == 1 else following, closing)
    if job.pages == 1:
        return [random.randint(min(fewest, last), min(most, last))]
    full = [room(first if page == 0 else following, _CARRIED) for page in range(job.pages - 1)]
    return [*full, random.randint(min(2, last), max(2, last * 2 // 3))]
