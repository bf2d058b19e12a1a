"""A photographic print."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.pictures import landscape
from emulator.documents.sheet import Sheet

_LONG: Final = 800
"""Pixels of the longer side: those of a camera of its time on such a print."""


def draw(sheet: Sheet, job: Job) -> None:
    """Draw a photograph with a white border, or to the edges."""
    border = job.random("photo").choice((0.0, 0.0, 0.17))
    long, short = _LONG, round(_LONG * min(sheet.width, sheet.height) / max(sheet.width, sheet.height))
    size = (long, short) if sheet.width >= sheet.height else (short, long)
    sheet.picture(
        landscape(job.seed, *size), border, border, sheet.width - border, sheet.height - border, soft=True
    )


KIND: Final = Kind("photo", "photographic print of a landscape", draw, size="Photo", landscape=True, fits=False)
