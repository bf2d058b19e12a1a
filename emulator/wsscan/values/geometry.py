"""Sizes, regions and resolutions. Lengths are in 1/1000 inch, resolutions in pixels per inch (ppi).
[wscn/wire/lengths-in-thousandths-of-an-inch] [wscn/wire/resolutions-in-pixels-per-inch]"""

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


def pixel_size(
    region: ScanRegion, resolution: Resolution, scaling: tuple[int, int] = (100, 100)
) -> tuple[int, int]:
    """Width and height in pixels of a region scanned at a resolution (before rotation), each rounded half up
    and at least 1; `scaling` is ScalingWidth and ScalingHeight in percent.

    The one place where lengths become pixels: the scan head and ImageInformation both count with it.
    [wscn/wire/scaling-in-percent]"""
    return (
        _pixels(region.width, resolution.width, scaling[0]),
        _pixels(region.height, resolution.height, scaling[1]),
    )


def _pixels(length: int, per_inch: int, percent: int) -> int:
    """Half up in whole numbers: no float decides whether a line more is scanned."""
    return max(1, (2 * length * per_inch * percent + 100_000) // 200_000)
