"""Pages of PDF documents, rendered by PDFium at the resolution that the scan needs."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import pypdfium2
from PIL import Image

from emulator.imaging.pages import MAX_PAGE_PIXELS, Page, SourceError, Wanted
from emulator.imaging.placement import OVERHANG

POINTS_PER_INCH: Final = 72
DEFAULT_PPI: Final = 200
"""Where nobody says what is wanted."""

_TAIL_BYTES: Final = 64 * 1024
"""Where %%EOF must stand. PDF 1.7 (appendix H.3) says the last 1024 octets; servers and mail gateways
append more, and only a missing end is to be found here."""

# PDFium is one machine with global state: never two threads in it, whatever the documents.
_PDFIUM: Final = threading.Lock()


class PdfFile:
    """A PDF document."""

    def __init__(self, path: Path) -> None:
        """Look through it. Raises SourceError: encrypted, damaged, cut off, without pages."""
        self.path = path
        self._document: Any = None
        _check_end(path)
        with _PDFIUM:
            try:
                self._count = len(self._reopen())
            finally:
                self._close()
        if self._count < 1:
            raise SourceError(path, "a PDF without pages")

    def __len__(self) -> int:
        return self._count

    def _reopen(self) -> Any:
        """The open document; the lock is held."""
        if self._document is None:
            try:
                self._document = pypdfium2.PdfDocument(self.path)
                self._document.init_forms()
            except pypdfium2.PdfiumError as error:
                if "password" in str(error).lower():
                    reason = "encrypted: save a copy that opens without a password"
                else:
                    reason = f"damaged, or no PDF: {error}"
                raise SourceError(self.path, reason) from None
            except OSError as error:
                raise SourceError(self.path, error.strerror or str(error)) from None
        return self._document

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Render page `index`. Raises SourceError."""
        number = index + 1
        with _PDFIUM:
            document = self._reopen()
            try:
                page = document[index]
            except pypdfium2.PdfiumError as error:
                raise SourceError(self.path, f"damaged page: {error}", number) from None
            try:
                image, dpi = self._render(page, wanted, number)
                size = tuple(points / POINTS_PER_INCH * 1000 for points in page.get_size())
            except pypdfium2.PdfiumError as error:
                raise SourceError(self.path, f"cannot be rendered: {error}", number) from None
            except MemoryError:
                raise SourceError(self.path, "not enough memory to render it", number) from None
            finally:
                page.close()
        return Page(image, dpi, f"{self.path.name} page {number}", (size[0], size[1]))

    def _render(self, page: Any, wanted: Wanted | None, number: int) -> tuple[Image.Image, tuple[float, float]]:
        width, height = (points / POINTS_PER_INCH for points in page.get_size())  # inches
        if not (width > 0 and height > 0):
            raise SourceError(self.path, "the page has no size", number)
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
        grey = wanted is not None and wanted.mode != "RGB"
        bitmap = page.render(scale=ppi / POINTS_PER_INCH, grayscale=grey, rev_byteorder=True)
        try:
            # A copy: PDFium's memory ends with the bitmap.
            image: Image.Image = bitmap.to_pil().copy()
        finally:
            bitmap.close()
        # PDFium rounds the size up to whole pixels; that stretch, below one pixel, is left out of account.
        return image, (ppi, ppi)

    def close(self) -> None:
        """Close the document; it is opened again when a page is asked for."""
        with _PDFIUM:
            self._close()

    def _close(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None


def _check_end(path: Path) -> None:
    """A PDF that is cut off still opens (PDFium rebuilds its tables), with pages missing: refuse it."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise SourceError(path, error.strerror or str(error)) from None
    if b"%%EOF" not in tail:
        raise SourceError(path, "cut off: the end of the PDF is missing (no %%EOF)")
