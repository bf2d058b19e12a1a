"""Sizes, regions and resolutions. Lengths are in 1/1000 inch, resolutions in pixels per inch (ppi)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimensions:
    """A width and a height in 1/1000 inch."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Pixels per inch across (fast direction) and down."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class ScanRegion:
    """The part of the acquisition area that is scanned, in 1/1000 inch from its upper left corner."""

    x_offset: int
    y_offset: int
    width: int
    height: int
