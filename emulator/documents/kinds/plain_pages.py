"""Pages with little on them: blank, nearly blank, and the user's own text."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.sheet import GREY, Sheet
from emulator.printing.setting import Type


def _blank(sheet: Sheet, job: Job) -> None:
    """White paper."""


def _nearly_blank(sheet: Sheet, job: Job) -> None:
    """One short line, or no more than a page number."""
    if job.random("nearly blank").random() < 0.5:
        sheet.text(
            sheet.width / 2,
            sheet.height / 2,
            job.label("left_blank"),
            Type("serif", 10, italic=True),
            align="center",
        )
    else:
        number = str(job.invention.number % 300 + 2)
        sheet.text(sheet.width / 2, sheet.height - 0.6, number, Type("serif", 9), align="center", color=GREY)


def _text(sheet: Sheet, job: Job) -> None:
    """The entry's `text`, an empty line beginning a paragraph."""
    role = job.options.get("face", "serif")
    type = Type(role, 17 if role == "hand" else 11)
    margin = 1.0 if sheet.width > 6 else 0.5
    y = margin + 0.2
    for paragraph in job.options["text"].strip().split("\n\n"):
        y = sheet.paragraph(margin, y, sheet.width - 2 * margin, paragraph, type, type.points / 72 * 1.36) + 0.1


BLANK: Final = Kind("blank", "empty sheet", _blank, blank=True, fits=False)
NEARLY_BLANK: Final = Kind("nearly-blank", "one short line on an empty sheet", _nearly_blank, fits=False)
TEXT: Final = Kind("text", "your own text", _text, options=("text", "face"), required=("text",), fits=False)
