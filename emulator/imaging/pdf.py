"""Pages of PDF documents, rendered by PDFium at the resolution that the scan needs.

This runs in a child (decoding/): a document of a few octets can take PDFium any time and any memory.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from emulator.imaging.coded import Coding
from emulator.imaging.decoding.cut_off import has_end, what_is_missing
from emulator.imaging.decoding.messages import Message
from emulator.imaging.decoding.shared_memory import Canvas
from emulator.imaging.decoding.user_unit import may_have_units, unit_of
from emulator.imaging.pages import MAX_PAGE_PIXELS, SourceError, Wanted
from emulator.imaging.pdf_image import SoleImage, may_be_altered
from emulator.imaging.placement import OVERHANG

POINTS_PER_INCH: Final = 72
DEFAULT_PPI: Final = 200
"""Where nobody says what is wanted."""
_NO_END: Final = "the end of the PDF is missing (no %%EOF)"


class PdfFile:
    """A PDF document."""

    def __init__(self, path: Path, data: bytes | None = None) -> None:
        """Look through it. Raises SourceError: encrypted, damaged, cut off, without pages.

        - `data`: the document, where it stands in no file; `path` is then what it was made of.
        """
        self.path = path
        self.notes: tuple[str, ...] = ()
        """What a person should know of it, one line each."""
        self._document = _opened(path, data)
        self._has_units = False
        self._as_images = False
        """Pages that are one image are taken as that."""
        try:
            self._count = len(self._document)
            if self._count < 1:
                raise SourceError(path, "a PDF without pages")
            if data is None:
                self._look_at_octets()
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return self._count

    def _look_at_octets(self) -> None:
        """Raises SourceError."""
        try:
            with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                self._has_units = may_have_units(data)
                self._as_images = not may_be_altered(data)
                missing = self._missing_pages()
                if not has_end(data):
                    lost = what_is_missing(data) or missing
                    if lost:
                        raise SourceError(self.path, f"cut off: {_NO_END}, and {lost}")
                    pages = "its page is" if self._count == 1 else f"all its {self._count} pages are"
                    self.notes = (f"the last line of the PDF is missing (no %%EOF); {pages} there",)
                elif missing:
                    self.notes = (missing,)
        except (OSError, ValueError) as error:
            raise SourceError(self.path, getattr(error, "strerror", None) or str(error)) from None

    def _missing_pages(self) -> str:
        """Return what is to be said of pages that the document counts and does not have; "" where it has all."""
        size = pdfium.FS_SIZEF()
        there = [bool(pdfium.FPDF_GetPageSizeByIndexF(self._document, index, size)) for index in range(self._count)]
        lost = there.count(False)
        if not lost:
            return ""
        first = there.index(False) + 1
        which = f"page {first} is" if lost == 1 else f"{lost} are, the first of them page {first},"
        return f"of the {self._count} pages that it counts {which} not there"

    def _page(self, index: int) -> Any:
        """Raises SourceError."""
        try:
            return self._document[index]
        except pypdfium2.PdfiumError as error:
            raise SourceError(self.path, f"damaged page: {error}", index + 1) from None

    def layout(self, index: int) -> Message:
        """What stands where on page `index` (layout_of). Raises SourceError."""
        from emulator.imaging.pdf_layout import layout_of

        page = self._page(index)
        try:
            unit = unit_of(self._document, index) if self._has_units else 1.0
            return layout_of(self._document, page, unit)
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise SourceError(self.path, f"its text cannot be read: {error}", index + 1) from None
        finally:
            page.close()

    def draw(
        self, index: int, wanted: Wanted | None, canvas: Canvas, hidden: Sequence[int] | None = None
    ) -> Message:
        """Render page `index` onto the canvas. Raises SourceError, MemoryError.

        - `hidden`: numbers of characters (as `layout` counts them) whose pieces of text are left out, with all form
          fields and annotations; None: nothing is.
        """
        number = index + 1
        page = self._page(index)
        try:
            if hidden is not None:
                from emulator.imaging.pdf_layout import hide

                hide(page, hidden)
            unit = unit_of(self._document, index) if self._has_units else 1.0
            inches = tuple(points * unit / POINTS_PER_INCH for points in page.get_size())
            if not (inches[0] > 0 and inches[1] > 0):
                raise SourceError(self.path, "the page has no size", number)
            sheet = [side * 1000 for side in inches]
            known = {"origin": f"{self.path.name} page {number}", "sheet": sheet}
            image = SoleImage.of(page) if self._as_images and hidden is None else None
            taken = None if image is None else image.pixels(canvas)
            if image is not None and taken is not None:
                return {**taken, "dpi": _density(image, inches), **known}
            ppi = _resolution((inches[0], inches[1]), wanted)
            drawn = _rendered(page, ppi * unit / POINTS_PER_INCH, wanted, canvas, forms=hidden is None)
        except pypdfium2.PdfiumError as error:
            raise SourceError(self.path, f"cannot be rendered: {error}", number) from None
        finally:
            page.close()
        # PDFium rounds the size up to whole pixels; that stretch, below one pixel, is left out of account.
        return {**drawn, "dpi": (ppi, ppi), **known}

    def coded(self, index: int, coding: Coding, canvas: Canvas) -> Message:
        """Put the data of page `index` onto the canvas as it is coded in the document, where the page is one image
        in that coding; {} where it is not. Raises SourceError, OSError, MemoryError."""
        if not self._as_images:
            return {}
        page = self._page(index)
        try:
            image = SoleImage.of(page)
            found = None if image is None else image.coded(coding, canvas)
            if image is None or found is None:
                return {}
            unit = unit_of(self._document, index) if self._has_units else 1.0
            inches = tuple(points * unit / POINTS_PER_INCH for points in page.get_size())
            return {**found, "dpi": _density(image, inches), "sheet": [side * 1000 for side in inches]}
        except pypdfium2.PdfiumError:
            return {}
        finally:
            page.close()

    def close(self) -> None:
        """Close the document."""
        self._document.close()


def _opened(path: Path, data: bytes | None) -> Any:
    """Raises SourceError."""
    try:
        document = pypdfium2.PdfDocument(path if data is None else data)
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            reason = "encrypted: save a copy that opens without a password"
        elif not _ends(path):
            reason = f"cut off: {_NO_END}"
        else:
            reason = f"damaged, or no PDF: {error}"
        raise SourceError(path, reason) from None
    except OSError as error:
        raise SourceError(path, error.strerror or str(error)) from None
    return document


def _ends(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return has_end(data)


def _density(image: SoleImage, inches: Sequence[float]) -> tuple[float, float]:
    """Pixels per inch of a page."""
    return image.size[0] / inches[0], image.size[1] / inches[1]


def _resolution(inches: tuple[float, float], wanted: Wanted | None) -> float:
    """Pixels per inch that a page of that size is rendered at."""
    width, height = inches
    ppi = float(DEFAULT_PPI)
    if wanted is not None:
        ppi = float(max(wanted.resolution.width, wanted.resolution.height))
        medium, over = wanted.medium, OVERHANG / 1000
        if width > medium.width / 1000 + over or height > medium.height / 1000 + over:
            # It will be fitted to the medium: render that size, however large the page says it is.
            ppi *= min(medium.width / 1000 / width, medium.height / 1000 / height)
    pixels = width * height * ppi * ppi
    if pixels > MAX_PAGE_PIXELS:
        ppi *= (MAX_PAGE_PIXELS / pixels) ** 0.5
    return ppi


def _rendered(page: Any, scale: float, wanted: Wanted | None, canvas: Canvas, *, forms: bool) -> Message:
    grey = wanted is not None and wanted.mode != "RGB"

    def place(width: int, height: int, format: int, rev_byteorder: bool) -> Any:
        """PDFium draws where the parent reads."""
        octets = width * height * (1 if grey else 3)
        buffer = (ctypes.c_ubyte * octets).from_buffer(canvas.place(octets))
        return pypdfium2.PdfBitmap.new_native(width, height, format, rev_byteorder, buffer)

    bitmap = page.render(
        scale=scale,
        grayscale=grey,
        rev_byteorder=True,
        bitmap_maker=place,
        draw_annots=forms,
        may_draw_forms=forms,
    )
    try:
        mode = "L" if grey else "RGB"
        octets = bitmap.stride * bitmap.height
        size = (bitmap.width, bitmap.height)
        return {"mode": mode, "raw": mode, "size": size, "stride": bitmap.stride, "octets": octets}
    finally:
        bitmap.close()
        bitmap.buffer = None  # it would keep the canvas from growing
