"""The options of `render`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

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
    def has_truth(self) -> bool:
        """Whether it is known what is on the pages."""
        return self.documents is not None or self.template is not None

    jobs: Annotated[int | None, Field(ge=1), Option("Processes.", OUTPUT, "N", default="one a core")] = None
