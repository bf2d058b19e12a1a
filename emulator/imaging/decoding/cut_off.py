"""Whether a PDF whose end is missing has all its pages.

PDFium opens such files: it finds the objects by itself. What was cut off is then missing from the pages without a
word. A file that lacks nothing but its last line (%%EOF) is to be read all the same: mail gateways and printers'
spoolers write such.
"""

from __future__ import annotations

import mmap
import re
from typing import Final

TAIL_BYTES: Final = 64 * 1024
"""Where %%EOF must stand. PDF 1.7 (appendix H.3) says the last 1024 octets; servers and mail gateways append more,
and only a missing end is to be found here."""

_END_OF_FILE: Final = b"%%EOF"
_END_OF_OBJECT: Final = b"endobj"
_OBJECT: Final = re.compile(rb"(\d+)\s+\d+\s+obj\b")
_REFERENCE: Final = re.compile(rb"\b(\d+)\s+\d+\s+R\b")


def has_end(data: mmap.mmap) -> bool:
    """Return whether the last line is there."""
    return data.find(_END_OF_FILE, max(0, len(data) - TAIL_BYTES)) >= 0


def what_is_missing(data: mmap.mmap) -> str | None:
    """Return what else is not there of a file without its last line, or None where everything is."""
    last = data.rfind(_END_OF_OBJECT)
    if last < 0:
        return "there is no whole object in it"
    behind = data[last + len(_END_OF_OBJECT) :]
    if b"startxref" in behind and not _OBJECT.search(behind):
        return None  # all that a PDF ends with, but for the last line
    if _OBJECT.search(behind):
        return "its last object is not whole"
    if data.find(b"/ObjStm") >= 0:
        return "its table of objects is missing"  # and which ones there were is not to be seen
    there = {found[1] for found in _OBJECT.finditer(data)}
    for found in _REFERENCE.finditer(data):
        if found[1] not in there:
            return f"object {found[1].decode()} is missing"
    return None
