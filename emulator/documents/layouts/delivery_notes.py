"""Plans of delivery notes: those of invoices without money."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.documents.layouts.plans import INVOICES

_COLUMNS: Final = {
    "bar": ("position", "article", "item", "unit", "ordered", "delivered"),
    "din-5008": ("position", "article", "item", "ordered", "delivered", "unit"),
    "band": ("article", "item", "unit", "ordered", "delivered"),
    "boxes": ("position", "item", "article", "unit", "ordered", "delivered"),
    "centered": ("delivered", "ordered", "unit", "item", "article"),
    "column": ("item", "article", "ordered", "delivered"),
    "address-right": ("article", "item", "ordered", "delivered", "unit"),
    "corner": ("position", "item", "unit", "ordered", "delivered"),
    "typed": ("delivered", "unit", "item", "article", "ordered"),
    "us-letter": ("ordered", "delivered", "article", "item", "unit"),
}

DELIVERY_NOTES: Final = tuple(replace(plan, columns=_COLUMNS[plan.name]) for plan in INVOICES)
"""A house that sends invoices of one plan sends delivery notes of the same."""
