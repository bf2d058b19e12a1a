"""Lengths of a page that is all image, in a document's own units.

Readers make pixels of them again, some by rounding up: 168.24 units at 300 ppi are 701.0000000000001 pixels to
them, and the page 702 wide. So a length that is not of whole units is written a little shorter than it is, by less
than a thousandth of a pixel.
"""

from __future__ import annotations

from typing import Final

STEPS: Final = 100_000
"""Lengths are counted in such parts of a unit: five decimals."""


def length(pixels: int, ppi: int, units_per_inch: int) -> int:
    """The length in steps of `pixels` at `ppi`; exact when it is of whole units."""
    units, rest = divmod(pixels * units_per_inch, ppi)
    return units * STEPS if not rest else just_below(pixels, ppi, units_per_inch)


def just_below(pixels: int, ppi: int, units_per_inch: int) -> int:
    """The same, and shorter in any case."""
    return max(1, (pixels * units_per_inch * STEPS - 1) // ppi)


def decimal(steps: int) -> str:
    """A length as it is written."""
    whole, rest = divmod(steps, STEPS)
    return f"{whole}.{rest:05}".rstrip("0").rstrip(".")
