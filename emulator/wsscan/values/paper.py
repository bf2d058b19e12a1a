"""Paper sizes by name, for people who do not think in 1/1000 inch."""

from __future__ import annotations

from typing import Final

from emulator.wsscan.values.geometry import Dimensions

PAPERS: Final[dict[str, Dimensions]] = {
    # ISO 216, from millimetres, rounded to 1/1000 inch
    "a3": Dimensions(11693, 16535),
    "a4": Dimensions(8268, 11693),
    "a5": Dimensions(5827, 8268),
    "a6": Dimensions(4134, 5827),
    # ANSI/ASME Y14.1
    "letter": Dimensions(8500, 11000),
    "legal": Dimensions(8500, 14000),
    "ledger": Dimensions(11000, 17000),
}
"""Names in lower case, upright."""
