"""What a right pipeline makes of a stack with separators.

As their documents and sources have it: NAPS2 and paperless-ngx (CONSUMER_ENABLE_BARCODES) end a document at a page
with the text PATCHT, which they throw away; paperless-ngx also begins one at a page with an archive serial number
(CONSUMER_ENABLE_ASN_BARCODE) and, with CONSUMER_TAG_BARCODE_SPLIT, at one with a tag. Both are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.documents.document_set import DocumentSet, Side, sticker_text
from emulator.documents.kinds.machine_sheets import PATCH_T, PATCH_T_SHEET, TAG


@dataclass(slots=True)
class Part:
    """A document that the pipeline makes."""

    pages: list[int] = field(default_factory=list)
    """Numbers in the stack, from 1."""
    serial_number: str | None = None
    tags: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {"pages": self.pages, "serial_number": self.serial_number, "tags": self.tags}


def splits(document_set: DocumentSet) -> bool:
    """Return whether there is something in the set to split at."""
    return any(_parts_at(side) or _ends_at(side) for side in document_set.sides())


def by_patch_t(document_set: DocumentSet) -> list[Part]:
    """The documents of NAPS2, and of paperless-ngx where it looks for no other code."""
    return _split(document_set, begins=lambda side: False)


def by_all_codes(document_set: DocumentSet) -> list[Part]:
    """The documents of paperless-ngx with serial numbers and tags."""
    return _split(document_set, begins=_parts_at)


def _split(document_set: DocumentSet, *, begins: Callable[[Side], bool]) -> list[Part]:
    found = [Part()]
    for number, side in enumerate(document_set.sides(), 1):
        if _ends_at(side):
            found.append(Part())
            continue
        if begins(side) and found[-1].pages:
            found.append(Part())
        part = found[-1]
        part.pages.append(number)
        if begins(side):
            if side.entry.sticker is not None:
                part.serial_number = sticker_text(side.entry.sticker, side.document + 1)
            elif side.entry.tag is not None:
                part.tags.append(side.entry.tag)
    return [part for part in found if part.pages]


def _ends_at(side: Side) -> bool:
    entry = side.entry
    codes = {code.value for code in entry.codes or ()}
    return side.page == 0 and (entry.kind == PATCH_T_SHEET.name or PATCH_T in codes)


def _parts_at(side: Side) -> bool:
    if side.page != 0:
        return False
    return side.entry.sticker is not None or side.entry.kind == TAG.name
