"""No document is dated later than its scan."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from document_pages import digest, source_of, wanted

from emulator.documents import DocumentSource, set_from_text
from emulator.documents.invention import LAST_DAY, invent
from emulator.documents.truth import PageTruth

KINDS = ("letter", "invoice", "statement", "receipt", "contract", "cheque", "article")
TRACED = 'kind = "invoice"\ntraces = { stamp = "heavy", fax = "light" }'
LATER = {"due", "expires"}
"""Fields of days by which something is to be done."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def days_of(truth: PageTruth) -> list[date]:
    found = [day for field in truth.fields if field.name not in LATER for day in DAY.findall(field.value)]
    found += [day for t in truth.tables for row in t.rows for cell in row.cells for day in DAY.findall(cell.value)]
    days = [date.fromisoformat(day) for day in found]
    for trace in truth.traces:
        texts = [stamp["text"] for stamp in trace.parameters.get("stamps", ())]
        for text in (*texts, str(trace.parameters.get("header", ""))):
            for day, month, year in re.findall(r"(\d\d)/(\d\d)/(\d{4})", text):
                days.append(date(int(year), int(month), int(day)))
    return days


def source(scanned: date | None, seed: int) -> DocumentSource:
    entries = "".join(f'[[documents]]\nkind = "{kind}"\n' for kind in KINDS) + f"[[documents]]\n{TRACED}\n"
    return DocumentSource(set_from_text(f'title = "x"\n{entries}', "x", "x.toml"), seed=seed, scanned=scanned)


@pytest.mark.parametrize("scanned", [None, date(2026, 5, 4), date(2023, 3, 1), date(2008, 2, 29)])
def test_nothing_is_dated_after_the_scan(scanned: date | None) -> None:
    limit = LAST_DAY if scanned is None else min(scanned - timedelta(days=1), LAST_DAY)
    count = 0
    for seed in range(2):
        drawn = source(scanned, seed)
        for index in range(len(drawn)):
            days = days_of(drawn.truth(index, wanted(20)))
            count += len(days)
            assert all(day <= limit for day in days), (seed, index, max(days))
    assert count > 120


@pytest.mark.parametrize("last", [LAST_DAY, date(2024, 2, 29), date(2001, 1, 1)])
def test_three_hundred_inventions_keep_the_limit(last: date) -> None:
    days = {invent(seed, "en", last).day for seed in range(300)}
    assert max(days) <= last
    assert len(days) > 200


def test_a_day_that_asks_nothing_of_a_document_changes_nothing() -> None:
    what = wanted(20)
    free, bounded = source(None, 1), source(date(2026, 8, 1), 1)
    assert [digest(free, i, what) for i in range(len(free))] == [digest(bounded, i, what) for i in range(len(free))]


def test_the_last_day_lies_behind_every_clock() -> None:
    assert date.today() > LAST_DAY  # noqa: DTZ011  # of the machine that builds
    assert source_of("letter").truth(0, wanted(20)).fields
