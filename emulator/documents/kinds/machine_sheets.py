"""Sheets for machines: codes, patch codes, separators."""

from __future__ import annotations

from typing import Any, Final

from emulator.documents import symbols
from emulator.documents.kinds.kind import Job, Kind
from emulator.documents.setting import Type
from emulator.documents.sheet import GREY, Sheet

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
        wide = symbols.modules(kind, value).width * max(1, round(module * sheet.ppi)) / sheet.ppi
        wide = max(wide, sheet.measure(label, _VALUE), 1.6)
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
    name = _chosen(job)
    wide = sheet.width - 2.4
    symbols.patch(sheet, 1.2, 0.55, name, wide)
    sheet.text(sheet.width / 2, 2.15, f"PATCH {name}", Type("sans", 40, bold=True), align="center", field="patch")
    symbols.patch(sheet, (sheet.width - symbols.PATCH_WIDTH) / 2, 3.2, name, 4.5, upright=True)
    symbols.patch(sheet, 1.2, sheet.height - 0.55 - symbols.PATCH_WIDTH, name, wide)


def _separator(sheet: Sheet, job: Job) -> None:
    """A patch code, what the sheet is for, and codes that a program can split at."""
    name = _chosen(job)
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
        wide = symbols.modules(kind, text).width * module
        _, height = symbols.code(sheet, max(0.5, middle - wide / 2), y, kind, text, module, 1.0)
        sheet.text(middle, y + height + 0.25, text[:60], Type("mono", 11), align="center")
        y += height + 0.8
    sheet.text(middle, sheet.height - 0.7, job.words.long_date(made.day), _LABEL, align="center", color=GREY)


def _chosen(job: Job) -> str:
    chosen: Any = job.options.get("patch", "T")
    return str(chosen)


CODES: Final = Kind("codes", "bar codes and 2-D codes", _codes, options=("codes",), fits=False)
PATCH: Final = Kind(
    "patch-sheet", "patch codes for scanners that sort by them", _patch, options=("patch",), fits=False
)
SEPARATOR: Final = Kind(
    "separator", "sheet between two documents", _separator, options=("patch", "codes"), fits=False
)
