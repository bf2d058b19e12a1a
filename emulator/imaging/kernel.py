"""The weights of the 3 x 3 pixels that Sharpness looks at, for images of any depth."""

from __future__ import annotations

from typing import Final

KERNEL: Final = (1, 2, 1, 2, 4, 2, 1, 2, 1)
WEIGHT: Final = 16
"""Sum of KERNEL."""
