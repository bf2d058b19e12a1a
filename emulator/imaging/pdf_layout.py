"""Where characters, links, form fields and pictures stand on a page of a PDF document, as PDFium tells it.

Runs in a child, as all that PDFium does. Places are in 1/72 inch from the upper left corner of the page as it is
shown, whatever its rotation and its boxes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from math import atan2, cos, sin
from typing import Any, Final

import pypdfium2.raw as pdfium

from emulator.imaging.decoding.messages import Message

_FINE: Final = 1000
"""PDFium tells places in whole units of the device: of a device so much finer than a point."""
MAX_CHARACTERS: Final = 50_000
"""Of a page; one of a telephone book has some 20,000."""
_MAX_OTHERS: Final = 2_000
"""Links, form fields, pictures, spaces."""
_INVISIBLE: Final = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE

Place = Callable[[float, float], tuple[float, float]]


def layout_of(document: Any, page: Any, unit: float) -> Message:
    """The page's size in points, and what stands on it. Raises ValueError for a page with more than anybody reads.

    - `unit`: of user space, in points.
    """
    width, height = page.get_size()
    place = _place(page, width, height, unit)
    characters = list(_characters(page, place))
    braces = [index for index, character in enumerate(characters) if character[0] == "{"]
    return {
        "size": [width * unit, height * unit],
        "characters": characters,
        "types": _types(page, braces, unit),
        "spaces": list(_spaces(page, place)),
        "links": list(_links(document, page, place)),
        "fields": list(_form_fields(document, page, place)),
        "pictures": list(_pictures(page, place)),
    }


def hide(page: Any, characters: Sequence[int]) -> None:
    """Make the text objects that hold these characters invisible, for as long as the page is open."""
    text = page.get_textpage()
    try:
        for index in characters:
            holder = pdfium.FPDFText_GetTextObject(text, index)
            if holder:
                pdfium.FPDFTextObj_SetTextRenderMode(holder, _INVISIBLE)
    finally:
        text.close()


def _place(page: Any, width: float, height: float, unit: float) -> Place:
    across, down = max(1, round(width * _FINE)), max(1, round(height * _FINE))

    def place(x: float, y: float) -> tuple[float, float]:
        left, top = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, across, down, 0, x, y, left, top)
        return left.value / _FINE * unit, top.value / _FINE * unit

    return place


def _box(place: Place, left: float, bottom: float, right: float, top: float) -> list[float]:
    """Left, top, right, bottom as shown."""
    (ax, ay), (bx, by) = place(left, bottom), place(right, top)
    return [min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)]


# Characters


def _characters(page: Any, place: Place) -> Iterator[list[Any]]:
    """Each as text, whether PDFium made it up (a space, an end of a line), box of its ink, place on the base line,
    angle in radians, holder of its piece of text (0: none). A list, because there are many."""
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > MAX_CHARACTERS:
            raise ValueError(f"more than {MAX_CHARACTERS} characters")
        holders: dict[int, int] = {}
        hidden: set[int] = set()
        for index in range(count):
            code = pdfium.FPDFText_GetUnicode(text, index)
            generated = pdfium.FPDFText_IsGenerated(text, index) == 1
            holder = pdfium.FPDFText_GetTextObject(text, index)
            address = ctypes.cast(holder, ctypes.c_void_p).value or 0
            if address and address not in holders:
                holders[address] = len(holders) + 1
                if pdfium.FPDFTextObj_GetTextRenderMode(holder) == _INVISIBLE:
                    hidden.add(address)
            if address in hidden:
                code, generated = 32, True
            yield [_character(code), generated, *_measures(text, index, place), holders.get(address, 0)]
    finally:
        text.close()


_EMPTY: Final = 2
"""Octets of an empty text: its end."""


def _spaces(page: Any, place: Place) -> Iterator[list[float]]:
    """Where pieces of text begin that have no ink and are not in the text. PDFium leaves spaces out where what
    stands before seems to reach over them, as it does where several letters are written as one."""
    text = page.get_textpage()
    try:
        count = 0
        for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_TEXT,), max_depth=2):
            left, _, right, _ = item.get_bounds()
            matrix = pdfium.FS_MATRIX()
            is_text = right - left > 0.01 or pdfium.FPDFTextObj_GetText(item, text, None, 0) > _EMPTY
            if not is_text and pdfium.FPDFPageObj_GetMatrix(item, matrix):
                yield list(place(matrix.e, matrix.f))
                count += 1
                if count == _MAX_OTHERS:
                    return
    finally:
        text.close()


def _character(code: int) -> str:
    if code == 2:  # PDFium's mark of a hyphen at the end of a line
        return "-"
    try:
        return chr(code)
    except ValueError:
        return "\ufffd"


_AHEAD: Final = 100  # points
_LEVEL: Final = 0.001  # radians


def _measures(text: Any, index: int, place: Place) -> tuple[list[float], list[float], float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    box = _box(place, left.value, bottom.value, right.value, top.value)
    origin = place(x.value, y.value)
    # PDFium tells the angle clockwise, and on the page as it is stored: seen it may be turned.
    turn = max(0.0, float(pdfium.FPDFText_GetCharAngle(text, index)))
    ahead = place(x.value + cos(turn) * _AHEAD, y.value - sin(turn) * _AHEAD)
    angle = atan2(ahead[1] - origin[1], ahead[0] - origin[0])
    return box, list(origin), angle if abs(angle) > _LEVEL else 0.0


def _types(page: Any, indices: Sequence[int], unit: float) -> dict[str, Message]:
    """How characters are set where a placeholder may begin, by their numbers: size in points, weight, name of the
    font with PDF's flags, colour."""
    text = page.get_textpage()
    try:
        return {str(index): _type(text, index, unit) for index in indices}
    finally:
        text.close()


def _type(text: Any, index: int, unit: float) -> Message:
    flags = ctypes.c_int()
    size = pdfium.FPDFText_GetFontInfo(text, index, None, 0, flags)
    name = ctypes.create_string_buffer(max(1, min(size, 1000)))
    pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    scale = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
    color = [ctypes.c_uint() for _ in range(4)]
    pdfium.FPDFText_GetFillColor(text, index, *color)
    return {
        "points": pdfium.FPDFText_GetFontSize(text, index) * (scale or 1.0) * unit,
        "weight": pdfium.FPDFText_GetFontWeight(text, index),
        "font": name.value.decode("utf-8", "replace"),
        "flags": flags.value,
        "color": [each.value for each in color[:3]],
    }


# What stands beside the text


def _links(document: Any, page: Any, place: Place) -> Iterator[Message]:
    """Links to an address, each as that and its box."""
    position, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(_MAX_OTHERS):
        if not pdfium.FPDFLink_Enumerate(page, position, link):
            return
        action = pdfium.FPDFLink_GetAction(link)
        size = pdfium.FPDFAction_GetURIPath(document, action, None, 0) if action else 0
        rect = pdfium.FS_RECTF()
        if size <= 1 or size > 4000 or not pdfium.FPDFLink_GetAnnotRect(link, rect):
            continue
        address = ctypes.create_string_buffer(size)
        pdfium.FPDFAction_GetURIPath(document, action, address, size)
        box = _box(place, rect.left, rect.bottom, rect.right, rect.top)
        yield {"address": address.value.decode("utf-8", "replace"), "box": box}


_FIELD_KINDS: Final = {
    pdfium.FPDF_FORMFIELD_PUSHBUTTON: "button",
    pdfium.FPDF_FORMFIELD_CHECKBOX: "box",
    pdfium.FPDF_FORMFIELD_RADIOBUTTON: "radio",
    pdfium.FPDF_FORMFIELD_COMBOBOX: "text",
    pdfium.FPDF_FORMFIELD_LISTBOX: "text",
    pdfium.FPDF_FORMFIELD_TEXTFIELD: "text",
    pdfium.FPDF_FORMFIELD_SIGNATURE: "signature",
}
_MULTILINE: Final = 1 << 12
"""PDF 1.7, table 228."""


def _form_fields(document: Any, page: Any, place: Place) -> Iterator[Message]:
    """Fields of an AcroForm."""
    form = document.formenv
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_OTHERS) if form is not None else 0):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        try:
            kind = _FIELD_KINDS.get(pdfium.FPDFAnnot_GetFormFieldType(form, annotation))
            rect = pdfium.FS_RECTF()
            if kind is None or not pdfium.FPDFAnnot_GetRect(annotation, rect):
                continue
            size = ctypes.c_float()
            pdfium.FPDFAnnot_GetFontSize(form, annotation, size)
            yield {
                "name": _told(pdfium.FPDFAnnot_GetFormFieldName, form, annotation),
                "kind": kind,
                "box": _box(place, rect.left, rect.bottom, rect.right, rect.top),
                "points": size.value,
                "lines": bool(pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _MULTILINE),
                "option": _told(pdfium.FPDFAnnot_GetFormFieldExportValue, form, annotation),
            }
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _told(ask: Callable[..., int], form: Any, annotation: Any) -> str:
    """A text of UTF-16 that PDFium writes into a buffer."""
    size = ask(form, annotation, None, 0)
    if not 2 < size < 10_000:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(form, annotation, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _pictures(page: Any, place: Place) -> Iterator[list[float]]:
    """Boxes of images."""
    count = 0
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=4):
        corners = pdfium.FS_QUADPOINTSF()
        if count >= _MAX_OTHERS or not pdfium.FPDFPageObj_GetRotatedBounds(item, corners):
            continue
        count += 1
        points = [place(getattr(corners, f"x{n}"), getattr(corners, f"y{n}")) for n in (1, 2, 3, 4)]
        xs, ys = zip(*points, strict=True)
        yield [min(xs), min(ys), max(xs), max(ys)]
