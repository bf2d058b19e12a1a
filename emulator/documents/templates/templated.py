"""Documents of a template: which row is whose, the page drawn, and what is checked before the first."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from PIL import Image, ImageChops

from emulator.documents.invention import LAST_DAY
from emulator.documents.kinds.kind import Job, Kind, Size
from emulator.documents.sheet import Sheet
from emulator.documents.templates.filling import DoesNotFit, PlaceholderMistake, Plan, fill, paper_of, plan_of
from emulator.documents.templates.layout import Layout
from emulator.documents.templates.noting import LinkMistake, note_page
from emulator.documents.templates.own_rows import invented_row
from emulator.documents.templates.rows import Row, Rows, value_of
from emulator.documents.templates.template import Template
from emulator.documents.templates.template_errors import TemplateError
from emulator.imaging.decoding.limits import DEFAULT_LIMITS, PageLimits
from emulator.imaging.pages import MAX_PAGE_PIXELS
from emulator.printing.faces import FontMissing

MAX_TEMPLATE_PAGES: Final = 500
_LEAST: Final = 0.5
_MOST: Final = 60
_PAPERS: Final = 4
"""Pages without their placeholders that are kept, of a size and mode each."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """The row of a document, and where it stands."""

    row: Row
    line: int | None
    """In the file of data, from 1; None: it is invented."""


class Templated:
    """A template with its data. A copy in another process opens both there."""

    def __init__(self, template: Path, data: Path | None, limits: PageLimits) -> None:
        """Raises TemplateError."""
        self.template = Template(template, limits)
        self.rows = None if data is None else Rows(data)
        self._papers: OrderedDict[tuple[int, int, str], Image.Image] = OrderedDict()
        self._plans: dict[int, Plan] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_papers": OrderedDict(), "_plans": {}}

    def close(self) -> None:
        """Nothing is open any more; what is wanted later is opened again."""
        self.template.close()

    def row(self, number: int, seed: int, language: str, last: date) -> DocumentRow:
        """The row of document `number` (from 0) of this template: when all are used, the first again. Without data
        it is invented from the document's seed. Raises TemplateError."""
        if self.rows is None:
            return DocumentRow(invented_row(seed, language, last), None)
        return DocumentRow(*self.rows.row(number % len(self.rows)))

    def check(self, language: str, last: date) -> int:
        """Look through template and first row; returns how many pages a document has. Raises TemplateError: with
        file and line or page."""
        first = self.row(0, 0, language, last)
        pages = self.template.pages(first.row)
        if pages > MAX_TEMPLATE_PAGES:
            reason = f"{pages} pages; at most {MAX_TEMPLATE_PAGES} are allowed"
            raise TemplateError(self.template.path, reason)
        for page in range(pages if not self.template.is_typst else 0):
            for name in self._plan(first.row, page).names:
                self._require(name, first, page)
        for page in range(pages):
            self.size(first, page)
        return pages

    def page_count(self, row: DocumentRow) -> int:
        """How many pages the document of a row has. Raises TemplateError."""
        with self._told(row):
            return self.template.pages(row.row)

    def starts(self, most: int | None) -> array[int] | None:
        """The number of the first page (from 0) of each row's document, and behind them how many there are; None
        where each has as many as the first. Typst has to set every row for it.

        - `most`: pages that are wanted; None: all.

        Raises TemplateError.
        """
        if self.rows is None or not self.template.is_typst:
            return None
        found = array("Q", [0])
        for row, line in self.rows:
            found.append(found[-1] + self.page_count(DocumentRow(row, line)))
            if most is not None and found[-1] >= most:
                break
        return found

    def _require(self, name: str, first: DocumentRow, page: int) -> None:
        table, _, more = name.partition(".")
        try:
            value_of(first.row, name)
        except KeyError:
            if more and isinstance(first.row.get(table), list):
                return
            where = "the invented data have" if self.rows is None else f"{self.rows.path}:{first.line} has"
            reason = f"{{{{{name}}}}} has no column; {where} {', '.join(map(str, first.row))}"
            raise TemplateError(self.template.path, reason, page=page + 1) from None

    def size(self, row: DocumentRow, page: int) -> Size:
        """Width and height of a page in inches. Raises TemplateError."""
        width, height = (side / 72 for side in self._layout(row, page).size)
        if not (min(width, height) >= _LEAST and max(width, height) <= _MOST):
            reason = f"a page of {width:.1f} x {height:.1f} inches; a side has from {_LEAST} to {_MOST}"
            raise TemplateError(self.template.path, reason, page=page + 1)
        return width, height

    def draw(self, sheet: Sheet, row: DocumentRow, page: int, pages: int) -> None:
        """Draw page `page` (from 0) and note what is on it. `pages`: that a document has. Raises TemplateError."""
        pixels = sheet.image.width * sheet.image.height
        if pixels > MAX_PAGE_PIXELS:
            reason = f"has {pixels} pixels at {sheet.ppi:g} ppi; at most {MAX_PAGE_PIXELS} are allowed"
            raise TemplateError(self.template.path, reason, page=page + 1)
        layout = self._layout(row, page)
        mode: Literal["L", "RGB"] = "RGB" if sheet.image.mode == "RGB" else "L"
        try:
            if self.template.is_typst:
                if (count := self.page_count(row)) > pages:
                    raise DoesNotFit(f"{count} pages, where documents have {pages}: pages = {count} allows more")
                _lay(sheet, self.template.image(row.row, page, sheet.ppi, mode, None))
                note_page(sheet, layout, row.row)
            else:
                plan = self._plan(row.row, page)
                _lay(sheet, self._paper(row.row, page, plan, sheet.ppi, mode))
                folder = self.template.path.parent if self.rows is None else self.rows.path.parent
                self._check_rows(row, page)
                fill(sheet, layout, plan, row.row, folder)
        except LinkMistake as error:
            raise TemplateError(self.template.path, str(error), page=page + 1) from None
        except (DoesNotFit, FontMissing) as error:
            raise self._of_row(row, f"page {page + 1} of {self.template.path.name}: {error}") from None
        except KeyError as error:
            raise self._of_row(row, f"has no {error.args[0]}") from None

    def _check_rows(self, row: DocumentRow, page: int) -> None:
        """Raises DoesNotFit for a table with more rows than there are places for on any page."""
        names = [name for number in range(self.page_count(row)) for name in self._plan(row.row, number).names]
        for table, value in row.row.items():
            places = [int(part[1]) for name in names if len(part := name.split(".")) == 3 and part[0] == table]
            if places and isinstance(value, list) and len(value) > max(places):
                raise DoesNotFit(f"{table}: {len(value)} rows, the template has places for {max(places)}")

    def _of_row(self, row: DocumentRow, reason: str) -> TemplateError:
        if self.rows is None:
            return TemplateError(self.template.path, reason)
        return TemplateError(self.rows.path, reason, row.line)

    def _layout(self, row: DocumentRow, page: int) -> Layout:
        with self._told(row):
            return self.template.layout(row.row, page)

    @contextmanager
    def _told(self, row: DocumentRow) -> Iterator[None]:
        """What Typst does not take may lie in the row: both are named."""
        try:
            yield
        except TemplateError as error:
            if self.rows is None or not self.template.is_typst:
                raise
            raise TemplateError(
                error.path, f"{error.reason} (with {self.rows.path}:{row.line})", error.line
            ) from None

    def _plan(self, row: Row, page: int) -> Plan:
        known = self._plans.get(page)
        if known is None:
            try:
                known = self._plans[page] = plan_of(self.template.layout(row, page))
            except PlaceholderMistake as error:
                raise TemplateError(self.template.path, str(error), page=page + 1) from None
        return known

    def _paper(self, row: Row, page: int, plan: Plan, ppi: float, mode: Literal["L", "RGB"]) -> Image.Image:
        key = (page, round(ppi), mode)
        paper = self._papers.get(key)
        if paper is None:
            bare = self.template.image(row, page, ppi, mode, plan.hidden)
            full = self.template.image(row, page, ppi, mode, ()) if plan.kept else bare
            paper = self._papers[key] = paper_of(plan, full, bare, ppi)
            while len(self._papers) > _PAPERS:
                self._papers.popitem(last=False)
        return paper


def _lay(sheet: Sheet, image: Image.Image) -> None:
    """The page onto the sheet; PDFium rounds sizes up."""
    wide, high = sheet.image.size
    if abs(image.width - wide) > 1 or abs(image.height - high) > 1:  # too large to be rendered at that resolution
        image = image.resize((wide, high), Image.Resampling.BICUBIC)
    part = image.crop((0, 0, min(wide, image.width), min(high, image.height)))
    # What is on the paper already (the other side, seen through it) stays: a print only adds ink.
    sheet.image.paste(ImageChops.multiply(part, sheet.image.crop((0, 0, *part.size))), (0, 0))


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with the row of one document."""

    templated: Templated
    row: DocumentRow


def _measure(job: Job) -> Size:
    filled: Filled = job.options["filled"]
    return filled.templated.size(filled.row, _page(job))


def _page(job: Job) -> int:
    """A document of Typst may have fewer pages than others; what is missing is as large as its last."""
    filled: Filled = job.options["filled"]
    return min(job.page, filled.templated.page_count(filled.row) - 1)


def _draw(sheet: Sheet, job: Job) -> None:
    filled: Filled = job.options["filled"]
    if job.page == _page(job):
        filled.templated.draw(sheet, filled.row, job.page, job.pages)


TEMPLATE: Final = Kind(
    "template",
    "your own template with your own data",
    _draw,
    options=("template", "data"),
    required=("template",),
    fixed_size=True,
    many_pages=True,
    measure=_measure,
)


def pages_of(template: Path, data: Path | None, language: str, limits: PageLimits = DEFAULT_LIMITS) -> int:
    """Look through a template and its first row; how many pages a document has. Raises TemplateError."""
    templated = Templated(template, data, limits)
    try:
        return templated.check(language, LAST_DAY)
    finally:
        templated.close()
