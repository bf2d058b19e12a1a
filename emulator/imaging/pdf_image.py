"""Pages of a PDF that are one image and nothing else, as scanners make them: taken as that image, not drawn.

In a child, as pdf.py.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from emulator.imaging.coded import Coding
from emulator.imaging.decoding.messages import Message
from emulator.imaging.decoding.shared_memory import Canvas
from emulator.imaging.pages import MAX_PAGE_PIXELS
from emulator.imaging.readers import tiff_fax
from emulator.imaging.readers.unreadable import Unreadable

_OFF: Final = 0.5
"""Pixels of the image by which its edges may lie beside those of the page."""
_FORMATS: Final = {pdfium.FPDFBitmap_Gray: ("L", "L"), pdfium.FPDFBitmap_BGR: ("RGB", "BGR")}
"""Pillow's mode, and that of the octets."""
_FILTERS: Final = {Coding.JPEG: ["DCTDecode"], Coding.GROUP_4: ["CCITTFaxDecode"]}
_PLAIN: Final = frozenset({pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_DEVICERGB})


def _name(text: str) -> bytes:
    """A pattern of a name, in which a character may be written as `#` and its number (PDF 1.7, 7.3.5)."""
    return b"/" + b"".join(b"(?:%b|#(?i:%02x))" % (char.encode(), ord(char)) for char in text)


_ALTERED: Final = re.compile(
    b"(?:%b)" % b"|".join(_name(each) for each in ("SMask", "Mask", "ImageMask", "Decode", "ColorTransform"))
    # DecodeParms says how data is packed, and not what the pixels mean.
    + rb"(?![A-Za-z])"
)


def may_be_altered(data: mmap.mmap) -> bool:
    """Return whether any image of that file can be shown otherwise than its data says: through a mask, with other
    levels, in other colours. Dictionaries of images never stand in compressed object streams (PDF 1.7, 7.5.7)."""
    return _ALTERED.search(data) is not None


@dataclass(frozen=True, slots=True)
class SoleImage:
    """The image that is a whole page."""

    object: Any
    page: Any
    size: tuple[int, int]

    @classmethod
    def of(cls, page: Any) -> SoleImage | None:
        """The image of a page that shows one, upright and whole, and nothing else; None for another page."""
        if pdfium.FPDFPage_CountObjects(page) != 1 or pdfium.FPDFPage_GetAnnotCount(page) or page.get_rotation():
            return None
        (found,) = page.get_objects(max_depth=1)
        if not isinstance(found, pypdfium2.PdfImage) or pdfium.FPDFPageObj_HasTransparency(found):
            return None
        if pdfium.FPDFClipPath_CountPaths(pdfium.FPDFPageObj_GetClipPath(found)) > 0:
            return None
        size = found.get_px_size()
        if not (size[0] and size[1]) or size[0] * size[1] > MAX_PAGE_PIXELS:
            return None
        matrix = found.get_matrix()
        if matrix.b or matrix.c or matrix.a <= 0 or matrix.d <= 0:
            return None
        left, bottom, right, top = page.get_bbox()
        across, down = _OFF * matrix.a / size[0], _OFF * matrix.d / size[1]
        beside = (matrix.e - left, matrix.e + matrix.a - right, matrix.f - bottom, matrix.f + matrix.d - top)
        if any(abs(each) > most for each, most in zip(beside, (across, across, down, down), strict=True)):
            return None
        return cls(found, page, size)

    def pixels(self, canvas: Canvas) -> Message | None:
        """Put its pixels onto the canvas; None where they are of a kind that must be drawn. Raises OSError,
        MemoryError."""
        bitmap = self._bitmap()
        if bitmap is None:
            return None
        octets = bitmap.stride * bitmap.height
        canvas.place(octets)[:octets] = memoryview(bitmap.buffer).cast("B")[:octets]
        mode, raw = _FORMATS[bitmap.format]
        return {"mode": mode, "raw": raw, "size": self.size, "stride": bitmap.stride, "octets": octets}

    def _bitmap(self) -> Any:
        """It goes with the last reference: pypdfium2 complains of who closes what PDFium has made."""
        try:
            bitmap = self.object.get_bitmap()
        except pypdfium2.PdfiumError:
            return None
        return bitmap if bitmap.format in _FORMATS and (bitmap.width, bitmap.height) == self.size else None

    def coded(self, coding: Coding, canvas: Canvas) -> Message | None:
        """Put its coded data onto the canvas, where it is in that coding and can stand in other files; None where
        it cannot. Of Group 4 it is sound. Raises OSError, MemoryError."""
        plain = self.object.get_metadata().colorspace in _PLAIN
        if not plain or self.object.get_filters() != _FILTERS.get(coding):
            return None
        data = bytes(self.object.get_data(decode_simple=False))
        message: Message = {"coding": str(coding), "size": self.size, "octets": len(data)}
        if coding is Coding.GROUP_4:
            white_is_zero = self._group_4(data)
            if white_is_zero is None:
                return None
            message["white_is_zero"] = white_is_zero
        canvas.place(len(data))[: len(data)] = data
        return message

    def _group_4(self, data: bytes) -> bool | None:
        """Return whether black is what is coded as black; None where the data is no sound Group 4. PDFium does not
        tell the parameters, so the pixels are compared."""
        bitmap = self._bitmap()
        if bitmap is None or bitmap.format != pdfium.FPDFBitmap_Gray:
            return None
        try:
            shown = Image.frombuffer("L", self.size, bytes(bitmap.buffer), "raw", "L", bitmap.stride, 1)
            for white_is_zero in (True, False):
                decoded = tiff_fax.proved(data, *self.size, inverted=white_is_zero)
                if decoded.convert("L").tobytes() == shown.tobytes():
                    return white_is_zero
        except Unreadable:
            pass
        return None
