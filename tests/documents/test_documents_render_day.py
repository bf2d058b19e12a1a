"""`render --date`: nothing on a page is dated after the day that the documents say they were scanned on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

from emulator.jobs.render import RenderOptions, render


def dates(value: object) -> list[str]:
    """Every ISO date in a truth."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in dates(each)]
    if isinstance(value, list):
        return [found for each in value for found in dates(each)]
    try:
        return [date.fromisoformat(str(value)[:10]).isoformat()]
    except ValueError:
        return []


def test_no_document_is_later_than_the_date_of_the_scan(tmp_path: Path) -> None:
    options = RenderOptions(
        documents="office-day",
        pages=6,
        jobs=1,
        output=tmp_path,
        settings=("Resolution=75x75",),
        date=datetime(2024, 3, 5, tzinfo=UTC),
    )
    asyncio.run(render(options))
    found = [
        day
        for file in sorted(tmp_path.glob("page-*.truth.json"))
        for day in dates(json.loads(file.read_text("utf-8")))
    ]
    assert found
    assert max(found) <= "2024-03-05"
