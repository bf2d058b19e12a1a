"""Sheets for machines: codes, patch codes, separators.

What programs split stacks at: the text `PATCHT` in a bar code (NAPS2 looks for it with ZXing; paperless-ngx by its
setting CONSUMER_BARCODE_STRING, whose default it is), an archive serial number (`ASN00042`, by
CONSUMER_ASN_BARCODE_PREFIX) and tags (`TAG:invoice`, the default of CONSUMER_TAG_BARCODE_MAPPING).
"""

from __future__ import annotations

from typing import Any, Final

from emulator.documents import symbols
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.sheet import GREY, PALE, WHITE, Sheet
from emulator.printing.codes import modules
from emulator.printing.setting import Type

_TITLE: Final = Type("sans", 13, bold=True)
_LABEL: Final = Type("sans", 9)
_VALUE: Final = Type("mono", 8)


def _codes(sheet: Sheet, job: Job) -> None:
    """The entry's codes, else one of each kind; value in clear below each."""
    sheet.text(0.8, 0.85, f"{job.invention.company.name} {job.invention.number}", _TITLE)
    wanted = [(code.kind, code.value, code.module) for code in job.options.get("codes", ())] or _each(job)
    x, y, tall = 0.9, 1.35, 0.0
    for kind, value, module in wanted:
        label = value if len(value) <= 40 else value[:37] + "..."
        wide = max(symbols.wide(sheet, kind, value, module), sheet.measure(label, _VALUE), 1.6)
        if x > 0.9 and x + wide > sheet.width - 0.7:
            x, y, tall = 0.9, y + tall + 0.8, 0.0
        _, height = symbols.code(sheet, x, y, kind, value, module)
        sheet.text(x, y + height + 0.18, label, _VALUE)
        sheet.text(x, y + height + 0.31, kind, Type("sans", 7), color=GREY)
        tall = max(tall, height)
        x += wide + 0.6


def _each(job: Job) -> list[tuple[str, str, float]]:
    random = job.random("codes")
    number = random.randrange(10**11, 10**12)
    digits = f"{number}"
    check = (10 - sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits)) % 10) % 10
    made = job.invention
    link = f"https://{made.company.web}/r/{made.number}"
    return [
        ("Code39", f"DSM-{made.number}", 0.015),
        ("Code128", f"INV {made.day:%Y}/{made.number}", 0.015),
        ("EAN13", f"{digits}{check}", 0.015),
        ("ITF", f"{random.randrange(10**13, 10**14)}", 0.015),
        ("QRCode", link, 0.024),
        ("DataMatrix", f"{made.number};{made.day:%Y%m%d};{made.company.web}", 0.03),
        ("Aztec", f"TICKET {made.number} {made.day:%d.%m.%Y}", 0.03),
        ("PDF417", f"M1 {made.number} {made.day:%j} {made.company.web}", 0.015),
    ]


def _patch(sheet: Sheet, job: Job) -> None:
    """A patch code across the head of the sheet and, for feeders that read it lengthways, down its middle."""
    name = _patch_of(job)
    wide = sheet.width - 2.4
    symbols.patch(sheet, 1.2, 0.55, name, wide)
    sheet.text(sheet.width / 2, 2.15, f"PATCH {name}", Type("sans", 40, bold=True), align="center", field="patch")
    symbols.patch(sheet, (sheet.width - symbols.PATCH_WIDTH) / 2, 3.2, name, 4.5, upright=True)
    symbols.patch(sheet, 1.2, sheet.height - 0.55 - symbols.PATCH_WIDTH, name, wide)


def _separator(sheet: Sheet, job: Job) -> None:
    """A patch code, what the sheet is for, and codes that a program can split at."""
    name = _patch_of(job)
    made = job.invention
    symbols.patch(sheet, 1.2, 0.5, name, sheet.width - 2.4)
    middle = sheet.width / 2
    sheet.text(middle, 2.3, job.label("separator"), Type("sans", 30, bold=True), align="center")
    sheet.rule(1.2, 2.6, sheet.width - 1.2, 1.5)
    sheet.paragraph(1.2, 3.0, sheet.width - 2.4, job.label("separator_note"), Type("sans", 12), 0.26)
    value = f"SEP-{made.number}"
    codes: list[tuple[str, str, float]] = [
        (code.kind, code.value, code.module) for code in job.options.get("codes", ())
    ] or [("Code128", value, 0.025), ("QRCode", value, 0.06)]
    y = 4.2
    for kind, text, module in codes:
        wide = symbols.wide(sheet, kind, text, module)
        _, height = symbols.code(sheet, max(0.5, middle - wide / 2), y, kind, text, module, 1.0)
        sheet.text(middle, y + height + 0.25, text[:60], Type("mono", 11), align="center")
        y += height + 0.8
    sheet.text(middle, sheet.height - 0.7, job.words.long_date(made.day), _LABEL, align="center", color=GREY)


PATCH_T: Final = "PATCHT"
_SHEET_MODULE: Final = 0.025


def _patch_t(sheet: Sheet, job: Job) -> None:
    """The bars of patch T at both ends, and the same as text in two bar codes, one of them lying."""
    wide = sheet.width - 2.4
    for y in (0.5, sheet.height - 0.5 - symbols.PATCH_WIDTH):
        symbols.patch(sheet, 1.2, y, "T", wide)
    middle = sheet.width / 2
    sheet.text(middle, 2.3, job.label("separator"), Type("sans", 30, bold=True), align="center")
    sheet.paragraph(1.2, 2.9, wide, job.label("separator_note"), Type("sans", 12), 0.26)
    for y, kind in ((4.2, "Code128"), (6.6, "Code39")):
        length = symbols.wide(sheet, kind, PATCH_T, _SHEET_MODULE)
        symbols.code(sheet, middle - length / 2, y, kind, PATCH_T, _SHEET_MODULE, 1.2)
        sheet.text(middle, y + 1.45, PATCH_T, Type("mono", 12), align="center")


def _tag(sheet: Sheet, job: Job) -> None:
    """A sheet in front of a document that says what it is."""
    tag = str(job.options.get("tag", "inbox"))
    value, middle = f"TAG:{tag}", sheet.width / 2
    sheet.text(middle, 2.2, tag, Type("sans", 40, bold=True), align="center", field="tag")
    for y, kind, module in ((3.4, "QRCode", 0.08), (6.6, "Code128", 0.02)):
        length = symbols.wide(sheet, kind, value, module)
        _, height = symbols.code(sheet, middle - length / 2, y, kind, value, module, 0.9)
        sheet.text(middle, y + height + 0.3, value, Type("mono", 12), align="center")


def sticker(sheet: Sheet, text: str) -> None:
    """A label with a QR code at the head of a page, as archives stick them on what they keep."""
    made = modules("QRCode", text)
    size = made.width * _STICKER_MODULE
    type = Type("mono", 9, bold=True)
    left = sheet.width / 2 - (size + 0.25 + sheet.measure(text, type)) / 2
    with sheet.left_to_right("en"):
        right = left + size + 0.3 + sheet.measure(text, type)
        sheet.fill(left - 0.08, 0.03, right, 0.13 + size, WHITE)
        sheet.frame(left - 0.08, 0.03, right, 0.13 + size, 0.3, PALE)
        sheet.code(left, 0.08, made, _STICKER_MODULE, "QRCode", text)
        sheet.text(left + size + 0.15, 0.12 + size / 2, text, type, field="sticker")


_STICKER_MODULE: Final = 0.016


def _patch_of(job: Job) -> str:
    chosen: Any = job.options.get("patch", "T")
    return str(chosen)


CODES: Final = Kind("codes", "bar codes and 2-D codes", _codes, options=("codes",), fits=False)
PATCH: Final = Kind(
    "patch-sheet", "patch codes for scanners that sort by them", _patch, options=("patch",), fits=False
)
PATCH_T_SHEET: Final = Kind("patcht-sheet", "separator that NAPS2 and paperless-ngx split at", _patch_t, fits=False)
TAG: Final = Kind("tag-sheet", "sheet that gives the document behind it a tag", _tag, options=("tag",), fits=False)
SEPARATOR: Final = Kind(
    "separator", "sheet between two documents", _separator, options=("patch", "codes"), fits=False
)
