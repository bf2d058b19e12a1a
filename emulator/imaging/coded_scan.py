"""A side of a sheet that passes the scan head unchanged, in the coding of its document: it is not decoded and coded
again. So it is where size, colours, resolution and settings agree, and of JPEG what the quality factor decides:
quantization tables and sampling."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

from emulator.imaging.coded import CodedPage, CodedScan, CodedSource, Coding, JpegTables
from emulator.imaging.encoders.encoder import coding_of
from emulator.imaging.encoders.jpeg_options import JpegOptions
from emulator.imaging.pages import PageSource
from emulator.imaging.samples import PILLOW_MODES
from emulator.imaging.scan_head import unchanged
from emulator.wsscan.values.keywords import Format
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket


def coded_scan(source: PageSource, index: int, side: EffectiveSide, ticket: EffectiveTicket) -> CodedScan | None:
    """Page `index` (from 0) with its own coded data, where a scan would leave every pixel as it is and the document
    codes them so; else None. Raises SourceError."""
    coding = coding_of(ticket.format, side.color_processing)
    if coding is None or not isinstance(source, CodedSource):
        return None
    page = source.coded(index, coding)
    if page is None or not _as_asked(page, ticket):
        return None
    seen = unchanged(page, side, ticket)
    if seen is None:
        return None
    image = page.load()
    return None if image is None else CodedScan(image, side.color_processing, side.resolution, *seen)


def _as_asked(page: CodedPage, ticket: EffectiveTicket) -> bool:
    if page.coding is Coding.GROUP_4:
        return page.pieces == 1 or ticket.format != Format.PDF_A  # whose images are one stream each
    if page.coding is Coding.JPEG:
        return page.tables == _tables(JpegOptions(ticket.compression_quality_factor), PILLOW_MODES[page.color])
    return True


@lru_cache(16)
def _tables(options: JpegOptions, mode: str) -> JpegTables | None:
    """What the encoders of this program write."""
    from emulator.imaging.readers import coded_data

    file = io.BytesIO()
    Image.new(mode, (16, 16)).save(file, "JPEG", **options.as_saved(mode))
    found = coded_data.jpeg(file.getvalue())
    return None if found is None else found.tables
