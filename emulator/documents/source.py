"""Documents as a page source: any page alone, from set, seed and number."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageFilter

from emulator.documents import languages
from emulator.documents.ageing import age
from emulator.documents.document_set import DocumentEntry, DocumentSet, Side, kind_of, sticker_text
from emulator.documents.invention import before, invent, number_from, seeded
from emulator.documents.kinds.kind import Job, fitting, sheet_size
from emulator.documents.kinds.machine_sheets import sticker
from emulator.documents.look import Look
from emulator.documents.sheet import Sheet
from emulator.documents.templates.template_errors import TemplateError
from emulator.documents.templates.template_set import TemplateSet
from emulator.documents.templates.templated import Filled, Templated
from emulator.documents.traces.plan import Subject
from emulator.documents.truth import PageTruth
from emulator.imaging import affine
from emulator.imaging.decoding.limits import DEFAULT_LIMITS, PageLimits
from emulator.imaging.film import on_film
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.placement import OVERHANG
from emulator.printing.faces import FontMissing
from emulator.printing.own_fonts import set_in
from emulator.wsscan.values.geometry import Dimensions as SheetSize
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.keywords import FilmScanMode

MAX_SEED: Final = 2**63 - 1
_DEFAULT: Final = Wanted(Resolution(300, 300), "RGB", SheetSize(8268, 11693))
_KEPT: Final = 8
"""Truths kept of the pages drawn last: who scans a page asks for its truth next."""
_SHOWN_PPI: Final = 75
"""What shines through paper is blurred by it; finer than this nothing of it can be seen."""
_SHOW_THROUGH: Final = (0.035, 0.075)
"""How much of the other side's ink is seen: paper of 80 g/m2 lets through some percent."""


class SeedOutOfRange(ValueError):
    """`str()` is one line: the seed and what is allowed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A page of a source."""

    side: Side
    document: int
    """Of the source: the set may have been gone through several times."""
    seed: int
    """Of the document."""


class DocumentSource:
    """The pages of a document set. The same set, seed and number give the same page, whatever the order, the
    threads and the time, on one platform and lock of versions."""

    def __init__(
        self,
        document_set: DocumentSet,
        *,
        seed: int = 0,
        pages: int | None = None,
        scanned: date | None = None,
        template: TemplateSet | None = None,
        look: Look | None = None,
        limits: PageLimits = DEFAULT_LIMITS,
    ) -> None:
        """Raise SeedOutOfRange, and ValueError for less than one page.

        - `pages`: how many; the set is cut or gone through again, with other contents each time. None: once.
        - `scanned`: the day of the scan, where it is not today; documents are dated before it, and those of which
          the day does not ask that are the same.
        - `template`: what the set was made of, where it is one template with its rows.
        - `look`: of all documents that do not say their own; None: that of the set.
        - `limits`: of the work on a page of a template.
        """
        if not 0 <= seed <= MAX_SEED:
            raise SeedOutOfRange(f"seed {seed} is out of range: 0 to {MAX_SEED}")
        if pages is not None and pages < 1:
            raise ValueError("a source has at least one page")
        self.document_set = document_set
        self._fonts = document_set.own_fonts
        self.seed = seed
        self._last = before(scanned)
        self._look = look
        self._limits = limits
        self._templates: dict[tuple[str, str | None], Templated] = {}
        if template is not None:
            entry = document_set.documents[0]
            assert entry.template is not None
            self._templates[entry.template, entry.data] = template.templated
        self._sides = document_set.sides()
        self._documents = self._sides[-1].document + 1
        self._starts = None if template is None else template.starts
        self._once = len(self._sides) if self._starts is None else self._starts[-1]
        self._count = pages if pages is not None else self._once
        self._truths: OrderedDict[tuple[int, Wanted], PageTruth] = OrderedDict()
        self.last_truth: PageTruth | None = None
        """Of the page that `page` gave last, in pixels of it."""

    def __len__(self) -> int:
        return self._count

    def close(self) -> None:
        """Close templates; they are opened again when a page is asked for."""
        for each in self._templates.values():
            each.close()

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Draw page `index` (from 0), with its traces. Raises IndexError, SourceError."""
        wanted = wanted or _DEFAULT
        image, truth = self._drawn(index, wanted)
        self._truths[index, wanted] = self.last_truth = truth
        while len(self._truths) > _KEPT:
            self._truths.popitem(last=False)
        name = f"{self.document_set.name} page {index + 1} ({truth.kind})"
        size = (float(truth.sheet[0]), float(truth.sheet[1]))
        return Page(on_film(image, wanted.film_scan_mode), truth.ppi, name, size)

    def truth(self, index: int, wanted: Wanted | None = None) -> PageTruth:
        """Return what is on page `index` as `page` gives it for the same `wanted`, in pixels of that page. Raises
        IndexError, SourceError."""
        wanted = wanted or _DEFAULT
        known = self._truths.get((index, wanted))
        return known if known is not None else self._drawn(index, wanted)[1]

    def _place(self, index: int) -> _Place:
        if not 0 <= index < self._count:
            raise IndexError(index)
        return self._place_of(index)

    def _place_of(self, index: int) -> _Place:
        if self._starts is not None:
            round_, number = divmod(index, self._once)
            row = bisect_right(self._starts, number) - 1
            begin, end = self._starts[row : row + 2]
            side = replace(self._sides[0], page=number - begin, pages=end - begin)
            document = round_ * (len(self._starts) - 1) + row
            return _Place(side, document, number_from(self.seed, self.document_set.name, document))
        round_, number = divmod(index, len(self._sides))
        side = self._sides[number]
        document = round_ * self._documents + side.document
        return _Place(side, document, number_from(self.seed, self.document_set.name, document))

    def _drawn(self, index: int, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        with set_in(self._fonts):
            return self._drawn_in_fonts(self._place(index), index, wanted)

    def _drawn_in_fonts(self, place: _Place, index: int, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        ppi = max(wanted.resolution.width, wanted.resolution.height)
        try:
            image, truth = self._laid(index, place, float(ppi), wanted)
            traces = self.document_set.traces_of(place.side.entry)
            return age(
                image,
                truth,
                traces,
                number_from("page", self.seed, self.document_set.name, index),
                subject=self._subject(place),
                feed_seed=number_from("feed", self.seed, self.document_set.name),
                back=lambda: self._back(place, float(ppi), image.mode == "RGB"),
                next_page=lambda: self._next(index, float(ppi), wanted),
                glass=_glass(truth, wanted) if self._looked_at(place, wanted) else None,
            )
        except FontMissing as error:
            raise SourceError(Path(f"{self.document_set.name}.toml"), str(error), index + 1) from None
        except TemplateError as error:
            where = error.path if error.line is None else Path(f"{error.path}:{error.line}")
            raise SourceError(where, error.reason, error.page) from None

    def _looked_at(self, place: _Place, wanted: Wanted) -> bool:
        """Whether the page is what a scanner sees of it; film is not."""
        paper = wanted.film_scan_mode == FilmScanMode.NOT_APPLICABLE
        return paper and self.document_set.look_of(place.side.entry, self._look) == "scanned"

    def _subject(self, place: _Place) -> Subject:
        language = self.document_set.language_of(place.side.entry)
        made = invent(place.seed, language, self._last)
        return Subject(language, made.day, self._last, made.company.address.telephone)

    def _back(self, place: _Place, ppi: float, colored: bool) -> Image.Image:
        """Return what is printed on the back, for bleed-through: where backs are not scanned, another document of
        the kind."""
        if place.side.behind is None:
            side = replace(place.side, page=0, behind=None)
            place = replace(place, side=side, seed=number_from("back", place.seed))
        page = place.side.behind or 0
        image = self._sheet(place, page, ppi, "RGB" if colored else "L", bilevel=False).image
        return image.transpose(_TURNS[place.side.entry.turned]) if place.side.entry.turned else image

    def _next(self, index: int, ppi: float, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        """The page that follows in the feeder, for a double feed."""
        following = (index + 1) % self._once
        return self._laid(following, self._place_of(following), ppi, wanted)

    def _laid(self, index: int, place: _Place, ppi: float, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        """The page as it lies in the feeder."""
        side, entry = place.side, place.side.entry
        mode: Literal["L", "RGB"] = "RGB" if wanted.mode == "RGB" else "L"
        seen = side.behind is not None or (side.side == "back" and entry.show_through)
        behind = self._shining_through(place) if seen else None
        bilevel = wanted.mode == "1" and not self._looked_at(place, wanted)
        sheet = self._sheet(place, side.page, ppi, mode, bilevel=bilevel, ground=behind)
        image = sheet.image
        kind = kind_of(entry)
        truth = PageTruth(
            set=self.document_set.name,
            seed=self.seed,
            index=index,
            kind=_kind_name(entry) if side.page is not None else "back",
            language=self.document_set.language_of(entry),
            document=place.document,
            page_of_document=(side.page if side.page is not None else side.behind or 0) + 1,
            pages_in_document=side.pages,
            side=side.side,
            sheet=(round(image.width / ppi * 1000), round(image.height / ppi * 1000)),
            image=image.size,
            ppi=(ppi, ppi),
            blank=side.page is None or kind.blank,
            words=tuple(sheet.words),
            lines=tuple(sheet.lines),
            fields=tuple(sheet.fields),
            codes=tuple(sheet.codes),
            tables=tuple(sheet.tables),
            regions=tuple(sheet.regions),
        )
        truth = truth.mapped(affine.IDENTITY, image.size)  # what does not fit on the sheet is not there
        if entry.turned:
            turn = affine.quarter_turns(entry.turned, *image.size)
            image = image.transpose(_TURNS[entry.turned])
            truth = truth.mapped(turn, image.size)
            if entry.turned != 180:
                truth = replace(truth, sheet=(truth.sheet[1], truth.sheet[0]))
        return image, truth

    def _sheet(
        self,
        place: _Place,
        page: int | None,
        ppi: float,
        mode: Literal["L", "RGB"],
        *,
        bilevel: bool,
        ground: Image.Image | None = None,
    ) -> Sheet:
        """A page; `ground`: what shines through the paper that it is printed on, of mode L."""
        entry = place.side.entry
        kind = kind_of(entry)
        language = self.document_set.language_of(entry)
        options = {name: getattr(entry, name) for name in kind.options if getattr(entry, name) is not None}
        if entry.template is not None:
            options["filled"] = self._filled(place)
        words = languages.language(language)
        size = entry.size if isinstance(entry.size, str) else None
        job = Job(place.seed, words, page or 0, place.side.pages, options, self._last, size)
        inches = sheet_size(kind, job, entry.own_size, entry.orientation)
        # Where the layout is smaller, its inches are.
        factor = fitting(kind, inches)
        laid = (inches[0] / factor, inches[1] / factor)
        hand = seeded("hand", place.seed, page)
        sheet = Sheet(laid, ppi * factor, mode, language, bilevel=bilevel, hand=hand, ground=ground)
        if page is not None:
            kind.draw(sheet, job)
            if page == 0 and entry.sticker is not None:
                sticker(sheet, sticker_text(entry.sticker, place.document + 1))
        return sheet

    def _filled(self, place: _Place) -> Filled:
        """The template of a document with its row. Raises TemplateError."""
        entry = place.side.entry
        templated = self._templated(entry)
        round_, document = divmod(place.document, self._documents)
        assert document == place.side.document
        number = round_ * entry.copies + place.side.copy
        language = self.document_set.language_of(entry)
        return Filled(templated, templated.row(number, place.seed, language, self._last))

    def _templated(self, entry: DocumentEntry) -> Templated:
        assert entry.template is not None
        key = (entry.template, entry.data)
        if key not in self._templates:
            data = None if entry.data is None else Path(entry.data)
            self._templates[key] = Templated(Path(entry.template), data, self._limits)
        return self._templates[key]

    def _shining_through(self, place: _Place) -> Image.Image | None:
        """The other side of the sheet seen through the paper; coarse, as paper blurs it. It is there before
        anything is printed, so that ink stays what it is."""
        behind = place.side.behind
        if behind is None:
            return None
        other = self._sheet(place, behind, _SHOWN_PPI, "L", bilevel=False).image
        random = seeded("show-through", place.seed, behind)
        strength = random.uniform(*_SHOW_THROUGH)
        ghost = other.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.BoxBlur(1))
        return ghost.point([round(255 - (255 - value) * strength) for value in range(256)])


def _kind_name(entry: DocumentEntry) -> str:
    """Documents of a template are called as its file."""
    return entry.kind if entry.template is None else Path(entry.template).stem


def _glass(truth: PageTruth, wanted: Wanted) -> tuple[int, int]:
    """What is seen of the glass, in pixels: the medium, or of a sheet that does not fit on it the sheet."""
    medium, overhang = wanted.medium, OVERHANG
    if truth.sheet[0] > medium.width + overhang or truth.sheet[1] > medium.height + overhang:
        return truth.image
    return round(medium.width * truth.ppi[0] / 1000), round(medium.height * truth.ppi[1] / 1000)


_TURNS: Final = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Degrees clockwise -> Pillow's name, which counts the other way."""
