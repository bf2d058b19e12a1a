"""The synthetic page source: a business letter that says on every page which page it is, in figures, in
words and in a QR code, and for which device and job it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from random import Random
from typing import Final

from PIL import Image

from emulator.imaging import letter_text
from emulator.imaging.english_numbers import in_words
from emulator.imaging.film import on_film
from emulator.imaging.lettering import Lettering, printable, width, wrap
from emulator.imaging.pages import MAX_PAGE_PIXELS, Page, Wanted
from emulator.printing.codes import QR_QUIET, NumberedCodes, quoted
from emulator.printing.paper import Color
from emulator.printing.shapes import disc_with_waves
from emulator.printing.signature import signature
from emulator.wsscan.values.geometry import Dimensions, Resolution

A4: Final = Dimensions(8268, 11693)
_DEFAULT: Final = Wanted(Resolution(300, 300), "L", A4)

_DESIGN: Final = (8.27, 11.69)  # inches for which the layout is made; other sizes scale it
_MARGIN: Final = 1.0
_TEXT: Final = 11  # points
_LINE: Final = 0.215  # inches
_GREY: Final[Color] = (96, 96, 96)
_PALE: Final[Color] = (200, 200, 200)
_INK: Final[Color] = (22, 38, 110)  # of the signature
_BODY_END: Final = 9.95
_QR_INCHES: Final = 0.95
_NAME_LENGTH: Final = 40


class LetterSource:
    """A letter of `count` pages, drawn at the resolution and in the colours that the scan wants."""

    def __init__(
        self,
        count: int,
        *,
        seed: int = 0,
        device: str = "Office MFP",
        job: str = "",
        size: Dimensions | None = None,
    ) -> None:
        """These are its parameters.

        - `size`: of the sheet; None: as large as the medium.

        The same arguments give the same pages.
        """
        if count < 1:
            raise ValueError("a letter has at least one page")
        self._count = count
        self._seed = seed
        self._device = device
        self._job = job
        self._size = size

    # One lies on every platen, and few are scanned: what is on it is made up when it is drawn. Two threads may do
    # so at once, and come to the same.

    @cached_property
    def _letter(self) -> letter_text.Correspondence:
        return letter_text.correspondence(self._seed)

    @cached_property
    def _codes(self) -> NumberedCodes:
        device, job = (quoted(name, _NAME_LENGTH) for name in (self._device, self._job))
        after = f";of={self._count};seed={self._seed}"
        return NumberedCodes(f"dsm-emulator;device={device};job={job};page=", after, self._count)

    def __len__(self) -> int:
        return self._count

    def payload(self, index: int) -> str:
        """Return what the QR code of page `index` (from 0) says."""
        return self._codes.text(index + 1)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Draw page `index` (from 0)."""
        if not 0 <= index < self._count:
            raise IndexError(index)
        wanted = wanted or _DEFAULT
        sheet = self._size or wanted.medium
        # Square pixels; the scan head makes others of them.
        most = int((MAX_PAGE_PIXELS * 1_000_000 / (sheet.width * sheet.height)) ** 0.5)
        ppi = max(1, min(most, max(wanted.resolution.width, wanted.resolution.height)))
        pixels = (
            max(1, (sheet.width * ppi + 500) // 1000),
            max(1, (sheet.height * ppi + 500) // 1000),
        )
        mode = "RGB" if wanted.mode == "RGB" else "L"
        image = Image.new(mode, pixels, "white")
        scale = min(sheet.width / 1000 / _DESIGN[0], sheet.height / 1000 / _DESIGN[1])
        _Sheet(self, image, ppi * scale, index, bilevel=wanted.mode == "1").draw()
        image = on_film(image, wanted.film_scan_mode)
        size = (float(sheet.width), float(sheet.height))
        return Page(image, (float(ppi), float(ppi)), f"synthetic letter page {index + 1}", size)

    def close(self) -> None:
        """Nothing is open."""


class _Sheet:
    """One page being drawn, in inches of the design."""

    def __init__(self, source: LetterSource, image: Image.Image, ppi: float, index: int, *, bilevel: bool) -> None:
        self._source = source
        self._letter = source._letter
        self._image = image
        self._ppi = ppi
        self._index = index
        self._pen = Lettering(image, ppi, bilevel=bilevel)
        self._wide = image.width / ppi
        self._right = self._wide - _MARGIN
        # Sheets that are not as tall as A4 in proportion lose lines, not the foot.
        self._foot = image.height / ppi - _DESIGN[1]
        self._random = Random(f"page {source._seed} {index}")  # noqa: S311  # invents text, guards nothing

    @property
    def _last(self) -> bool:
        return self._index == len(self._source) - 1

    def draw(self) -> None:
        top = self._head() if self._index == 0 else self._continuation()
        end = _BODY_END + self._foot - (1.75 if self._last else 0.0)
        bottom = self._body(top, end)
        if self._last:
            self._close(bottom)
        self._footer()

    def _head(self) -> float:
        """Letterhead, addresses, subject. Returns where the text begins."""
        letter, pen = self._letter, self._pen
        company = letter.company
        pen.fill(0, 0, self._wide, 0.16, company.color)
        disc_with_waves(pen, _MARGIN, 0.52, 0.62, company.color)
        pen.write(_MARGIN + 0.78, 0.86, company.name, 20, color=company.color, bold=True)
        pen.write(_MARGIN + 0.79, 1.08, company.trade, 9, color=_GREY)
        for number, line in enumerate((company.street, company.town, company.telephone, company.mail)):
            pen.write(self._right, 0.66 + number * 0.155, line, 8, color=_GREY, align="right")
        pen.fill(_MARGIN, 1.36, self._right, 1.37, company.color)
        for number, line in enumerate(letter.recipient):
            pen.write(_MARGIN, 1.98 + number * 0.2, line, _TEXT)
        pen.write(self._right, 1.98, letter_text.long_date(letter.written), _TEXT, align="right")
        pen.write(self._right, 2.18, f"Our reference {letter.reference}", 9, color=_GREY, align="right")
        pen.write(_MARGIN, 3.28, letter.subject, 11.5, bold=True)
        pen.write(_MARGIN, 3.64, letter.salutation, _TEXT)
        return 3.98

    def _continuation(self) -> float:
        letter, pen = self._letter, self._pen
        pen.fill(0, 0, self._wide, 0.08, letter.company.color)
        pen.write(_MARGIN, 0.72, letter.company.name, 9, color=letter.company.color, bold=True)
        day = letter_text.long_date(letter.written)
        pen.write(
            self._right, 0.72, f"{letter.recipient[0]}, {day}, {letter.reference}", 8.5, color=_GREY, align="right"
        )
        pen.fill(_MARGIN, 0.82, self._right, 0.825, _PALE)
        return 1.28

    def _body(self, top: float, end: float) -> float:
        """Paragraphs, on most pages with a bill among them. Returns the base line after the last."""
        y = top
        blocks = self._blocks()
        while True:
            lines, draw = next(blocks)
            if y + (lines - 1) * _LINE > end:
                return y
            draw(y)
            y += lines * _LINE + 0.11

    def _blocks(self) -> Iterator[tuple[int, Callable[[float], None]]]:
        """Yield what stands on the page from top to bottom: lines that it takes, and what draws it."""
        table_after = self._random.choice((1, 2, 2, 3))
        with_table = self._random.random() < 0.6
        for number, text in enumerate(letter_text.paragraphs(self._random)):
            if number == 0:
                text = f"This is page {in_words(self._index + 1)} of {in_words(len(self._source))}. {text}"
            lines = wrap(text, _TEXT, self._right - _MARGIN)
            yield len(lines), lambda y, lines=lines: self._lines(y, lines)  # type: ignore[misc]  # default binds
            if with_table and number + 1 == table_after:
                items = letter_text.bill(self._random)
                yield len(items) + 3, lambda y, items=items: self._bill(y, items)  # type: ignore[misc]

    def _lines(self, y: float, lines: list[str]) -> None:
        for number, line in enumerate(lines):
            self._pen.write(_MARGIN, y + number * _LINE, line, _TEXT)

    def _bill(self, y: float, items: list[tuple[str, int, int]]) -> None:
        pen = self._pen
        left, right = _MARGIN + 0.1, self._right - 0.1
        quantity, price = right - 2.1, right - 1.05
        pen.fill(_MARGIN, y - 0.16, self._right, y + 0.06, (232, 236, 240))
        for x, title in ((quantity, "Quantity"), (price, "Price"), (right, "Amount")):
            pen.write(x, y, title, 9, bold=True, on_white=False, align="right")
        pen.write(left, y, "Item", 9, bold=True, on_white=False)
        total = 0
        for item, count, pence in items:
            y += _LINE
            total += count * pence
            pen.write(left, y, item, 9.5)
            pen.write(quantity, y, str(count), 9.5, align="right")
            pen.write(price, y, letter_text.money(pence), 9.5, align="right")
            pen.write(right, y, letter_text.money(count * pence), 9.5, align="right")
        pen.fill(_MARGIN, y + 0.07, self._right, y + 0.08, _GREY)
        y += _LINE + 0.05
        pen.write(left, y, "Total", 9.5, bold=True)
        pen.write(right, y, letter_text.money(total), 9.5, bold=True, align="right")

    def _close(self, y: float) -> None:
        letter, pen = self._letter, self._pen
        pen.write(_MARGIN, y + 0.05, "Yours sincerely,", _TEXT)
        hand = Random(letter.signatory)  # noqa: S311  # a scrawl
        signature(pen, _MARGIN, y + 0.72, 1.9, letter.signatory, hand, _INK)
        pen.write(_MARGIN, y + 1.12, letter.signatory, _TEXT)
        pen.write(_MARGIN, y + 1.31, f"{letter.position}, {letter.company.name}", 9, color=_GREY)

    def _footer(self) -> None:
        pen, source = self._pen, self._source
        number, count = self._index + 1, len(source)
        y = 10.5 + self._foot
        pen.fill(_MARGIN, y - 0.2, self._right - _QR_INCHES - 0.15, y - 0.195, _PALE)
        pen.write(_MARGIN, y, f"Page {number} of {count}", 10, bold=True)
        pen.write(_MARGIN, y + 0.19, f"page {in_words(number)}", 9)
        limit = self._right - _QR_INCHES - 0.2 - _MARGIN
        made_for = f"Scanned on {source._device}" + (f", job {source._job}" if source._job else "")
        pen.write(_MARGIN, y + 0.37, _shortened(printable(made_for), 8, limit), 8, color=_GREY)
        pen.write(_MARGIN, y + 0.53, "Synthetic page made by the DSM device emulator", 7, color=_GREY)
        self._qr(self._right, y - 0.25)

    def _qr(self, right: float, y: float) -> None:
        """The code of the page, its right edge at `right`."""
        codes = self._source._codes
        # Whole pixels for each module: no edge is blurred. At low resolutions the code outgrows its place.
        pitch = max(1, round(_QR_INCHES * self._ppi / codes.side))
        side = codes.side * pitch
        enlarged = codes.modules(self._index + 1).resize((side, side), Image.Resampling.NEAREST)
        if self._image.mode == "RGB":
            enlarged = enlarged.convert("RGB")
        left = min(round(right * self._ppi), self._image.width - QR_QUIET * pitch) - side
        top = min(round(y * self._ppi), self._image.height - QR_QUIET * pitch - side)
        self._image.paste(enlarged, (left, top))


def _shortened(text: str, points: float, inches: float) -> str:
    if width(text, points) <= inches:
        return text
    while text and width(text + "...", points) > inches:
        text = text[:-1]
    return text + "..."
