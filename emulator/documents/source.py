"""Documents as a page source: any page alone, from set, seed and number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageChops, ImageFilter

from emulator.documents import languages
from emulator.documents.ageing import age
from emulator.documents.document_set import DocumentSet, Side, sticker_text
from emulator.documents.invention import before, invent, number_from, seeded
from emulator.documents.kinds import KINDS
from emulator.documents.kinds.kind import Job, fitting, sheet_size
from emulator.documents.kinds.machine_sheets import sticker
from emulator.documents.look import Look
from emulator.documents.sheet import Sheet
from emulator.documents.traces.plan import Subject
from emulator.documents.truth import PageTruth
from emulator.imaging import affine
from emulator.imaging.film import on_film
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.placement import OVERHANG
from emulator.printing.faces import FontMissing
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
        look: Look | None = None,
    ) -> None:
        """Raise SeedOutOfRange, and ValueError for less than one page.

        - `pages`: how many; the set is cut or gone through again, with other contents each time. None: the set
          once.
        - `scanned`: the day of the scan, where it is not today; documents are dated before it, and those of which
          the day does not ask that are the same.
        - `look`: of all documents that do not say their own; None: that of the set.
        """
        if not 0 <= seed <= MAX_SEED:
            raise SeedOutOfRange(f"seed {seed} is out of range: 0 to {MAX_SEED}")
        if pages is not None and pages < 1:
            raise ValueError("a source has at least one page")
        self.document_set = document_set
        self.seed = seed
        self._last = before(scanned)
        self._look = look
        self._sides = document_set.sides()
        self._documents = self._sides[-1].document + 1
        self._count = pages if pages is not None else len(self._sides)
        self._truths: OrderedDict[tuple[int, Wanted], PageTruth] = OrderedDict()
        self.last_truth: PageTruth | None = None
        """Of the page that `page` gave last, in pixels of it."""

    def __len__(self) -> int:
        return self._count

    def close(self) -> None:
        """Nothing is open."""

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
        round_, number = divmod(index, len(self._sides))
        side = self._sides[number]
        document = round_ * self._documents + side.document
        return _Place(side, document, number_from(self.seed, self.document_set.name, document))

    def _drawn(self, index: int, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        place = self._place(index)
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
        following = (index + 1) % len(self._sides)
        return self._laid(following, self._place_of(following), ppi, wanted)

    def _laid(self, index: int, place: _Place, ppi: float, wanted: Wanted) -> tuple[Image.Image, PageTruth]:
        """The page as it lies in the feeder."""
        side, entry = place.side, place.side.entry
        mode: Literal["L", "RGB"] = "RGB" if wanted.mode == "RGB" else "L"
        bilevel = wanted.mode == "1" and not self._looked_at(place, wanted)
        sheet = self._sheet(place, side.page, ppi, mode, bilevel=bilevel)
        image = sheet.image
        if side.behind is not None or (side.side == "back" and entry.show_through):
            image = self._shining_through(place, image, mode)
        kind = KINDS[entry.kind]
        truth = PageTruth(
            set=self.document_set.name,
            seed=self.seed,
            index=index,
            kind=kind.name if side.page is not None else "back",
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
        self, place: _Place, page: int | None, ppi: float, mode: Literal["L", "RGB"], *, bilevel: bool
    ) -> Sheet:
        entry = place.side.entry
        kind = KINDS[entry.kind]
        language = self.document_set.language_of(entry)
        options = {name: getattr(entry, name) for name in kind.options if getattr(entry, name) is not None}
        words = languages.language(language)
        job = Job(place.seed, words, page or 0, place.side.pages, options, self._last)
        size = sheet_size(kind, job, entry.own_size, entry.orientation)
        # Where the layout is smaller, its inches are.
        factor = fitting(kind, size)
        laid = (size[0] / factor, size[1] / factor)
        hand = seeded("hand", place.seed, page)
        sheet = Sheet(laid, ppi * factor, mode, language, bilevel=bilevel, hand=hand)
        if page is not None:
            kind.draw(sheet, job)
            if page == 0 and entry.sticker is not None:
                sticker(sheet, sticker_text(entry.sticker, place.document + 1))
        return sheet

    def _shining_through(self, place: _Place, image: Image.Image, mode: Literal["L", "RGB"]) -> Image.Image:
        """The other side of the sheet seen through the paper."""
        behind = place.side.behind
        if behind is None:
            return image
        other = self._sheet(place, behind, _SHOWN_PPI, "L", bilevel=False).image
        random = seeded("show-through", place.seed, behind)
        strength = random.uniform(*_SHOW_THROUGH)
        ghost = other.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(0.8))
        # The inked parts of the back make white paper a little darker; ink stays what it is.
        veil = ghost.point([round(255 - (255 - value) * strength) for value in range(256)])
        veil = veil.resize(image.size, Image.Resampling.BILINEAR)
        return ImageChops.multiply(image, veil if mode == "L" else Image.merge("RGB", (veil, veil, veil)))


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
