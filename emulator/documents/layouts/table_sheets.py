"""Plans of sheets that hold nothing but a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from emulator.documents.layouts.choosing import Plan
from emulator.documents.layouts.grids import Look
from emulator.documents.sheet import Align

Subject = Literal["stock_list", "price_list", "time_sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSheetPlan(Plan):
    """A plan of a sheet with a table; the first page's heading stands at `title`."""

    subject: Subject
    columns: tuple[str, ...]
    look: Look
    title: tuple[Align, float, float]
    top: float = 1.45
    smaller: float = 0.0
    """Points by which the table is set smaller than the house's papers."""
    margin: float = 0.7
    filled_in: bool = False
    """Somebody filled the printed table in by hand."""


TABLE_SHEETS: Final = (
    TableSheetPlan(
        name="stock",
        subject="stock_list",
        columns=("article", "item", "location", "stock", "unit", "price", "value"),
        look=Look("dark", "stripes", 0.255),
        title=("left", 0.95, 18),
    ),
    TableSheetPlan(
        name="stock-frames",
        subject="stock_list",
        columns=("position", "location", "article", "item", "stock", "minimum", "unit"),
        look=Look("frame", "frame", 0.24),
        title=("center", 0.95, 16),
        smaller=0.5,
    ),
    TableSheetPlan(
        name="prices",
        subject="price_list",
        columns=("article", "item", "unit", "net_price", "gross_price"),
        look=Look("rules", "dots", 0.27, closed=True),
        title=("left", 1.0, 22),
        margin=0.95,
    ),
    TableSheetPlan(
        name="prices-plain",
        subject="price_list",
        columns=("item", "article", "unit", "gross_price"),
        look=Look("plain", "plain", 0.245, closed=True),
        title=("right", 0.95, 17),
        margin=1.1,
    ),
    TableSheetPlan(
        name="hours",
        subject="time_sheet",
        columns=("date", "begin", "end", "pause", "hours"),
        look=Look("tint", "frame", 0.285),
        title=("left", 0.95, 16),
        top=1.75,
        margin=0.9,
    ),
    TableSheetPlan(
        name="hours-by-hand",
        subject="time_sheet",
        columns=("date", "begin", "end", "pause", "hours"),
        look=Look("frame", "frame", 0.3),
        title=("center", 0.95, 17),
        top=1.75,
        margin=0.85,
        filled_in=True,
    ),
)
