"""Kinds of documents, one module each."""

from __future__ import annotations

from typing import Final

from emulator.documents.kinds import invoice, letter, order_form, receipt, statement
from emulator.documents.kinds.kind import Kind

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (letter.KIND, invoice.KIND, order_form.KIND, statement.KIND, receipt.KIND)
}
"""By name."""
