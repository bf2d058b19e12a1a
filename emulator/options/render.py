"""The options of `render`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from emulator.environment.option_model import APath, Option
from emulator.options.groups import (
    JOB,
    OUTPUT,
    PAGES,
    AskedDirectory,
    PageOptions,
    ProfileOption,
    TicketOptions,
)


def _date(value: Any) -> Any:
    """Read a date from a text; one without a zone is of UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


_RANGE: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


def _page_range(value: str | None) -> str | None:
    """Two numbers of pages."""
    found = None if value is None else _RANGE.fullmatch(value)
    if value is not None and (found is None or not 1 <= int(found[1]) <= int(found[2])):
        raise ValueError(f"{value!r} is no range of pages: the first and the last one, from 1, as 26-50")
    return value


class RenderOptions(PageOptions, ProfileOption, TicketOptions, AskedDirectory):
    """Options of `render`; each says what its command line option of the same name says."""

    template: Annotated[
        APath | None,
        Option(
            "A PDF or Typst file that is filled with each row of --data makes the pages.",
            PAGES,
            "FILE",
            completion="file",
        ),
    ] = None
    data: Annotated[
        APath | None,
        Option(
            "Rows for --template: CSV, a JSON list, JSON lines.",
            PAGES,
            "FILE",
            default="rows that are invented",
            completion="file",
        ),
    ] = None
    language: Annotated[str, Option("Language of what --template makes, ISO 639-1.", PAGES, "CODE")] = "en"
    page_range: Annotated[
        str | None,
        AfterValidator(_page_range),
        Option(
            "Only these pages of the whole, with the numbers that they have in it: a shard, for --collect.",
            PAGES,
            "A-B",
            default="all",
        ),
    ] = None
    collect: Annotated[
        bool,
        Option("Join the folders that are given, shards of --page-range, into --output; makes no pages.", OUTPUT),
    ] = False
    alto: Annotated[bool, Option("The truth of documents as ALTO too.", OUTPUT)] = False
    hocr: Annotated[bool, Option("The truth of documents as hOCR too.", OUTPUT)] = False
    coco: Annotated[bool, Option("The truth of all pages as COCO too, coco.json.", OUTPUT)] = False
    donut: Annotated[bool, Option("Fields and tables as JSON lines for Donut too, metadata.jsonl.", OUTPUT)] = False
    gallery: Annotated[bool, Option("An HTML gallery and a contact sheet of the pages too.", OUTPUT)] = False
    output: Annotated[
        APath, Option("Folder that the pages go to.", OUTPUT, "DIR", short="-o", completion="folder")
    ] = Path("pages")
    scan_process: Annotated[
        str | None,
        Option(
            "Scan as this scan process says: a name or a file.",
            JOB,
            "NAME|FILE",
            default="the device's default ticket",
            completion="scan-process",
        ),
    ] = None
    date: Annotated[
        datetime | None,
        BeforeValidator(_date),
        Option("When the pages say that they were scanned (UTC).", PAGES, "DATE", default="now"),
    ] = None
    overwrite: Annotated[bool, Option("Replace the pages of an earlier run that lie in the folder.", OUTPUT)] = (
        False
    )

    @property
    def shard(self) -> tuple[int, int] | None:
        """First and last page of `page_range`; None: all are wanted."""
        found = None if self.page_range is None else _RANGE.fullmatch(self.page_range)
        return None if found is None else (int(found[1]), int(found[2]))

    @property
    def has_truth(self) -> bool:
        """Whether it is known what is on the pages."""
        return self.documents is not None or self.template is not None

    jobs: Annotated[int | None, Field(ge=1), Option("Processes.", OUTPUT, "N", default="one a core")] = None
