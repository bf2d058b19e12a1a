"""UserUnit of a PDF's pages (PDF 1.7, table 30): how many points a unit of the page is. PDFium does not tell it."""

from __future__ import annotations

import io
import mmap
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

_NAME: Final = b"/UserUnit"
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm\b.{0,500}?stream\r?\n", re.DOTALL)
_LONGEST: Final = 16 * 1024**2
"""Octets of one object stream that are looked through."""
# PDFium writes a dictionary's keys in alphabetical order.
_UNIT: Final = re.compile(rb"/Type/Page/UserUnit\s*(?:(\d+) 0 R|([\d.]+))")


def may_have_units(data: mmap.mmap) -> bool:
    """Return whether a page of that file can have a UserUnit. Reads what is compressed too; in doubt it can."""
    if data.find(_NAME) >= 0:
        return True
    return any(contents is None or _NAME in contents for contents in _object_streams(data))


def _object_streams(data: mmap.mmap) -> Iterator[bytes | None]:
    """Yield what is in them; None for one that cannot be read (another filter, encrypted)."""
    for found in _OBJECT_STREAM.finditer(data):
        unpacked = zlib.decompressobj()
        try:
            # Bounded on both sides: the end of the stream is where deflate says.
            yield unpacked.decompress(data[found.end() : found.end() + _LONGEST], _LONGEST)
        except zlib.error:
            yield None


def unit_of(document: Any, index: int) -> float:
    """Return the UserUnit of one page: PDFium writes it out alone, and there it stands in clear."""
    import pypdfium2

    alone = pypdfium2.PdfDocument.new()
    try:
        alone.import_pages(document, [index])
        written = io.BytesIO()
        alone.save(written)
    finally:
        alone.close()
    data = written.getvalue()
    found = _UNIT.search(data)
    if found is None:
        return 1.0
    value = found[2]
    if found[1] is not None:
        there = re.search(rb"\n%b 0 obj\s+([\d.]+)" % found[1], data)
        value = there[1] if there is not None else b""
    try:
        unit = float(value)
    except ValueError:
        return 1.0
    return unit if unit > 0 else 1.0
