"""Kinds of documents, one module each."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds import (
    article,
    cheque,
    contract,
    delivery_note,
    id_card,
    invoice,
    letter,
    machine_sheets,
    membership_form,
    order_form,
    payslip,
    photo,
    plain_pages,
    receipt,
    statement,
    table_sheet,
    targets,
)
from emulator.documents.kinds.kind import Kind

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        letter.KIND,
        invoice.KIND,
        delivery_note.KIND,
        order_form.KIND,
        membership_form.KIND,
        statement.KIND,
        payslip.KIND,
        table_sheet.KIND,
        receipt.KIND,
        contract.KIND,
        article.KIND,
        photo.KIND,
        id_card.KIND,
        cheque.KIND,
        plain_pages.BLANK,
        plain_pages.NEARLY_BLANK,
        plain_pages.TEXT,
        targets.RESOLUTION,
        targets.WEDGES,
        targets.COLORS,
        targets.GRID,
        machine_sheets.CODES,
        machine_sheets.PATCH,
        machine_sheets.PATCH_T_SHEET,
        machine_sheets.TAG,
        machine_sheets.SEPARATOR,
    )
}
"""By name."""
