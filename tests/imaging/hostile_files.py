"""Small files that make a decoder work for minutes or take gigabytes, written by hand."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image

_HEAD: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"


def _stream(number: int, content: bytes, more: bytes = b"") -> bytes:
    return b"%d 0 obj<<%s/Length %d>>stream\n%s\nendstream endobj\n" % (number, more, len(content), content)


def _form(number: int, content: bytes, resources: bytes = b"", more: bytes = b"") -> bytes:
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<<%s>>%s" % (resources, more)
    return _stream(number, content, head)


def _pdf(*objects: bytes, kids: bytes = b"3 0 R", count: int = 1, resources: bytes = b"") -> bytes:
    """A document of one Letter page, object 3, whose content is object 4."""
    pages = b"2 0 obj<</Type/Pages/Kids[%s]/Count %d>>endobj\n" % (kids, count)
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<<%s>>>>endobj\n"
    return _HEAD + pages + page % resources + b"".join(objects) + b"trailer<</Root 1 0 R/Size 99>>\n%%EOF\n"


def form_that_calls_itself_twice() -> bytes:
    """A form XObject that draws itself two times: 590 octets."""
    return _pdf(
        _stream(4, b"/A Do"),
        _form(5, b"/A Do /A Do 0 0 9 9 re f", b"/XObject<</A 5 0 R>>"),
        resources=b"/XObject<</A 5 0 R>>",
    )


def twelve_levels_of_ten_forms() -> bytes:
    """Each form draws the next one ten times: a million million rectangles."""
    calls = b"/A Do " * 10
    forms = [_form(5 + n, calls, b"/XObject<</A %d 0 R>>" % (6 + n)) for n in range(12)]
    return _pdf(_stream(4, calls), *forms, _form(17, b"0 0 9 9 re f"), resources=b"/XObject<</A 5 0 R>>")


def transparency_groups(count: int = 3000) -> bytes:
    """Each group is composed on the one before it."""
    group = b"/Group<</S/Transparency/I true/K false>>"
    state = b"5 0 obj<</Type/ExtGState/ca .5/BM/Multiply>>endobj\n"
    return _pdf(
        _stream(4, b"/G gs /A Do " * count),
        state,
        _form(6, b"/G gs 0 0 600 700 re f", b"/ExtGState<</G 5 0 R>>", group),
        resources=b"/ExtGState<</G 5 0 R>>/XObject<</A 6 0 R>>",
    )


def millions_of_operators(count: int = 20_000_000) -> bytes:
    """A content of 200 MB that deflates to a thousandth."""
    packer = zlib.compressobj(9)
    piece = b"0 0 m 9 9 l S\n" * 10_000
    content = b"".join(packer.compress(piece) for _ in range(count // 30_000)) + packer.flush()
    return _pdf(_stream(4, content, b"/Filter/FlateDecode"))


def saved_states(count: int = 30_000_000) -> bytes:
    """`q` and nothing else: each keeps a state in memory."""
    return _pdf(_stream(4, zlib.compress(b"q " * count, 9), b"/Filter/FlateDecode"))


def count_of_a_million() -> bytes:
    """One page, and a tree that says a million."""
    return _pdf(_stream(4, b"0 0 9 9 re f"), count=1_000_000)


def a_million_kids(count: int = 1_000_000) -> bytes:
    """As many kids as it says, all of them the one page."""
    return _pdf(_stream(4, b"0 0 9 9 re f"), kids=b"3 0 R " * count, count=count)


def jpeg_of_many_scans(scans: int = 2000, side: int = 6000) -> bytes:
    """A progressive JPEG whose last scan, which changes nothing, comes again and again."""
    written = io.BytesIO()
    Image.new("L", (side, side), 128).save(written, "JPEG", progressive=True, quality=50)
    data = written.getvalue()
    at = data.rindex(b"\xff\xda")
    before = max(data.rfind(b"\xff\xc4", 0, at), data.rfind(b"\xff\xda", 0, at))  # with its table, if it has one
    last = data[before if data[before + 1] == 0xC4 else at : -2]
    return data[:-2] + last * scans + data[-2:]


def tiff_of_many_pages(pages: int = 50_000) -> bytes:
    """Pages of one pixel, each with a directory."""
    entries = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1))
    size = 2 + 12 * len(entries) + 4
    parts = [b"II*\0" + struct.pack("<I", 10) + b"\x80\0"]
    for page in range(pages):
        following = 10 + size * (page + 1) if page + 1 < pages else 0
        parts.append(struct.pack("<H", len(entries)))
        parts += [struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries]
        parts.append(struct.pack("<I", following))
    return b"".join(parts)


HOSTILE: Final[dict[str, Callable[[], bytes]]] = {
    "form-calls-itself.pdf": form_that_calls_itself_twice,
    "levels-of-forms.pdf": twelve_levels_of_ten_forms,
    "groups.pdf": transparency_groups,
    "operators.pdf": millions_of_operators,
    "states.pdf": saved_states,
    "count.pdf": count_of_a_million,
    "kids.pdf": a_million_kids,
    "scans.jpg": jpeg_of_many_scans,
    "pages.tif": tiff_of_many_pages,
}
"""By the name of the file."""


def write(name: str, folder: Path) -> Path:
    """One of them into a folder."""
    path = folder / name
    path.write_bytes(HOSTILE[name]())
    return path
