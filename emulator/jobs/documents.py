"""Document sets as the pages of a job, and the truth of what was made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator import documents
from emulator.device.pipelines.scanned import known_truth
from emulator.environment.exit_codes import LabError
from emulator.environment.whole_file import part_of
from emulator.imaging.coded import CodedScan
from emulator.imaging.decoding.limits import DEFAULT_LIMITS, PageLimits
from emulator.imaging.pages import PageSource
from emulator.imaging.scanned import Scanned

# Names of `documents` are loaded when they are used: who scans files does not wait for fonts and languages.
if TYPE_CHECKING:
    from emulator.documents import DocumentSource, PageTruth
    from emulator.documents.look import Look


TRUTH_ENDINGS: Final = (".truth.json", ".alto.xml", ".hocr.html")
"""Of the files of a page's truth: its own JSON, ALTO, hOCR."""


def _require_installed(*, faces: bool = True) -> None:
    """Raises LabError."""
    from emulator.documents.installed import EXTRA, missing

    if lacking := missing(faces=faces):
        told = ", ".join(lacking[:3]) + (" ..." if len(lacking) > 3 else "")
        raise LabError(f"documents need an extra that is not installed ({told})", hint=EXTRA)


def document_source(
    name: str,
    *,
    seed: int,
    pages: int | None = None,
    traces: Mapping[str, str | float] | None = None,
    scanned: date | None = None,
    look: Look | None = None,
    limits: PageLimits = DEFAULT_LIMITS,
) -> DocumentSource:
    """The pages of a set (a name or a TOML file).

    - `pages`: None for the set once.
    - `traces`: of the scanner, for all pages of which the set says nothing else.
    - `scanned`: the day of the scan, after which no document is dated.
    - `look`: of all documents that do not say their own; None: that of the set.
    - `limits`: of the work on a page of a template.

    Raises LabError; ValueError for a seed out of range.
    """
    _require_installed(faces=False)
    try:
        found = documents.open_set(name)
    except documents.DocumentSetError as error:
        if error.only_fonts_missing:
            _require_installed()  # which says it better
        raise LabError(str(error), hint="docs/documents.md has the sets, and the fields of your own") from None
    if found.needs_packages:
        _require_installed()
    if traces:
        found = found.model_copy(update={"traces": {**traces, **found.traces}})
    return documents.DocumentSource(found, seed=seed, pages=pages, scanned=scanned, look=look, limits=limits)


def template_source(
    template: Path,
    data: Path | None,
    *,
    language: str,
    seed: int,
    pages: int | None,
    traces: Mapping[str, str | float],
    scanned: date | None,
    look: Look | None,
    limits: PageLimits,
) -> tuple[DocumentSource, tuple[str, ...]]:
    """The pages of a template, a document for each row of data; and what a person should know of it, one line each.

    - `data`: None for rows that are invented, one document unless more `pages` are asked for.
    - `pages`: None for all rows once.

    Raises LabError; ValueError for a seed out of range.
    """
    _require_installed()
    try:
        made = documents.template_set(template, data, language, pages=pages, limits=limits)
    except (documents.TemplateError, documents.DocumentSetError) as error:
        raise LabError(str(error), hint="docs/templates.md tells what a template may hold") from None
    found = made.found.model_copy(update={"traces": {**traces, **made.found.traces}})
    source = documents.DocumentSource(
        found, seed=seed, pages=pages, scanned=scanned, look=look, template=made, limits=limits
    )
    return source, made.notes


def page_stem(number: int) -> str:
    """Name of the files of page `number` (from 1), without its suffix."""
    return f"page-{number:04d}"


@dataclass(frozen=True, slots=True)
class TruthFiles:
    """Where truth goes, and in which forms beside its own JSON."""

    folder: Path
    alto: bool = False
    hocr: bool = False

    def write(self, source: PageSource, scanned: Scanned | CodedScan, stem: str, image: str) -> PageTruth | None:
        """Write what is on the page that `source` gave last, in pixels of `scanned`, as `<stem>.truth.json` and so
        on; `image` is the file of its image. Returns what the set's truth needs of it; None where the source knows
        no truth. Raises OSError."""
        return self.write_known(known_truth(source, scanned), stem, image)

    def write_known(self, truth: PageTruth | None, stem: str, image: str) -> PageTruth | None:
        """Write what is known of a page, as `write` does. Raises OSError."""
        if truth is None:
            return None
        documents.write_truth(self.folder, truth, stem)
        if self.alto:
            with part_of(self.folder / f"{stem}{TRUTH_ENDINGS[1]}") as part:
                part.write_bytes(documents.alto(truth, image))
        if self.hocr:
            with part_of(self.folder / f"{stem}{TRUTH_ENDINGS[2]}") as part:
                part.write_bytes(documents.hocr(truth, image))
        return replace(truth, words=(), lines=(), fields=(), tables=(), regions=())
