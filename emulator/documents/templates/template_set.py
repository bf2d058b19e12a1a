"""A template with its data as a document set: what `render --template` draws."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

from emulator.documents import languages
from emulator.documents.document_set import DocumentEntry, DocumentSet
from emulator.documents.invention import LAST_DAY
from emulator.documents.set_errors import DocumentSetError, Problem
from emulator.documents.templates.templated import TEMPLATE, Templated
from emulator.imaging.decoding.limits import DEFAULT_LIMITS, PageLimits


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """A template and its rows as a set."""

    found: DocumentSet
    templated: Templated
    starts: array[int] | None
    """The number of the first page (from 0) of each row's document, and behind them how many there are; None where
    rows are invented, as many as are wanted."""
    notes: tuple[str, ...]
    """What a person should know of the template, one line each."""


def template_set(
    template: Path,
    data: Path | None,
    language: str,
    *,
    pages: int | None = None,
    limits: PageLimits = DEFAULT_LIMITS,
) -> TemplateSet:
    """A set of one document of a template, which takes the next row when it is gone through again. Raises
    TemplateError, and DocumentSetError for the language.

    - `pages`: that are wanted; None: all.
    """
    if language not in languages.codes():
        reason = f"{language!r} is not allowed; allowed: {', '.join(languages.codes())}"
        raise DocumentSetError("--language", [Problem("", reason)])
    templated = Templated(template, data, limits)
    try:
        each = templated.check(language, LAST_DAY)
        notes = tuple(templated.template.notes)
        starts = templated.starts(pages)
        if starts is None and templated.rows is not None:
            starts = array("Q", (each * number for number in range(len(templated.rows) + 1)))
    finally:
        templated.close()
    entry = DocumentEntry(
        kind=TEMPLATE.name, template=str(template), data=None if data is None else str(data), pages=each
    )
    title = template.name if data is None else f"{template.name}, {data.name}"
    found = DocumentSet(name=template.stem, title=title[:200], language=language, documents=(entry,))
    return TemplateSet(found, templated, starts, notes)
