"""The tables of docs/protocol: rows, what they are about, and the clauses that they cite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from citations import PROTOCOL, cited_ids, names_of_documents

CLAUSE = "Clause"
"""Head of the last column."""
WSCN_OPERATIONS = (
    "GetScannerElements",
    "GetJobElements",
    "GetActiveJobs",
    "GetJobHistory",
    "ValidateScanTicket",
    "CreateScanJob",
    "RetrieveImage",
    "CancelJob",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    page: str
    line: int
    section: str
    """The number of the heading above it; '' where the heading has none."""
    heads: tuple[str, ...]
    cells: tuple[str, ...]
    clauses: tuple[str, ...]
    """Ids in the last cell."""

    @property
    def cites(self) -> bool:
        """Whether its table has a column for clauses."""
        return self.heads[-1] == CLAUSE

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def rows_of(page: str, text: str, documents: frozenset[str]) -> Iterator[Row]:
    """Every row of every table of a page."""
    section, heads, before = "", (), ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"#+ (?:(\d+(?:\.\d+)*)\.? )?", line):
            section = found[1] or ""
        if not line.startswith("|"):
            heads = ()
        elif re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", line):
            heads = _cells(before)
        elif heads:
            cells = _cells(line)
            ids = tuple(id for _, id in cited_ids(cells[-1], documents))
            yield Row(page, number, section, heads, cells, ids)
        before = line


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1])


def all_rows() -> list[Row]:
    """Of all pages."""
    names = names_of_documents()
    pages = sorted(PROTOCOL.glob("*.md"))
    return [row for page in pages for row in rows_of(page.name, page.read_text("utf-8"), names)]
