"""Where a page lies on the medium, and which of its pixels a scan region shows.

A page of known physical size (PDF, or a file with a believable resolution) lies in the upper left corner
of the medium, at its true size. One that is larger than the medium, or of unknown size, is fitted: as
large as the medium allows, proportions kept, in the middle. What the page does not cover is white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.wsscan.values.geometry import Dimensions

OVERHANG: Final = 100
"""1/1000 inch. A page that much larger than the medium is cut like a sheet fed slightly off, not shrunk;
sizes are rounded to whole pixels and points, so a page is easily some thousandths over."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The rectangle that a page covers, in 1/1000 inch from the upper left corner of the medium."""

    left: float
    top: float
    width: float
    height: float


def place(
    pixels: tuple[int, int], dpi: tuple[float, float] | None, medium: Dimensions, aspect: float = 1.0
) -> Placement:
    """Lay a page of `pixels` on the medium. `aspect`: the width of a pixel by its height, where `dpi` is not
    known."""
    if dpi is not None:
        width, height = pixels[0] / dpi[0] * 1000, pixels[1] / dpi[1] * 1000
        if width <= medium.width + OVERHANG and height <= medium.height + OVERHANG:
            return Placement(0.0, 0.0, width, height)
    else:
        width, height = pixels[0] * aspect, float(pixels[1])
    factor = min(medium.width / width, medium.height / height)
    width, height = width * factor, height * factor
    return Placement((medium.width - width) / 2, (medium.height - height) / 2, width, height)


def medium_of(
    pixels: tuple[int, int],
    dpi: tuple[float, float] | None,
    size: tuple[float, float] | None,
    largest: Dimensions,
    aspect: float = 1.0,
) -> Dimensions:
    """The size that a device detects of the sheet with that page: its physical size, where it is known (`size`
    before `pixels` and `dpi`). Else, and where it is larger than the `largest` that the source takes, the page
    is as large as it can be in its proportions.

    - `pixels`: width and height of the page.
    - `dpi`: its density, where it tells one.
    - `size`: its physical size in 1/1000 inch, where it is known.
    - `largest`: what the source takes.
    - `aspect`: the width of a pixel by its height, where `dpi` is not known.
    """
    lie = place(pixels, dpi, largest, aspect)
    width, height = lie.width, lie.height
    if size is not None and (lie.left, lie.top) == (0, 0):
        width, height = size
    return Dimensions(
        min(largest.width, max(1, round(width))),
        min(largest.height, max(1, round(height))),
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Along one axis: pixels `start` to `end` of the scan show `source_start` to `source_end` of the page."""

    start: int
    end: int
    source_start: float
    source_end: float

    @property
    def one_to_one(self) -> bool:
        """Whether each pixel of the scan is one of the page."""
        return self.end - self.start == self.source_end - self.source_start


def span(
    page_start: float, page_length: float, page_pixels: int, region_start: float, pixels: int, density: float
) -> Span | None:
    """Return what a scan of `pixels` at `density` (pixels for each 1/1000 inch), which begins at `region_start`,
    shows of a page; None where they do not meet. A page that already has the scan's resolution, to less than a
    pixel in all, is moved to whole pixels and not sampled again.

    - `page_start`: 1/1000 inch where the page begins.
    - `page_length`: 1/1000 inch that it has.
    - `page_pixels`: pixels that it has.
    - `region_start`: 1/1000 inch where the scan begins.
    - `pixels`: how many are scanned.
    - `density`: pixels for each 1/1000 inch.
    """
    begin = (page_start - region_start) * density
    length = page_length * density
    if abs(length - page_pixels) < 1:
        begin, length = round(begin), page_pixels
    start = max(0, round(begin))
    end = min(pixels, round(begin + length))
    if end <= start:
        return None
    ratio = page_pixels / length
    source_start = max(0.0, (start - begin) * ratio)
    source_end = min(float(page_pixels), (end - begin) * ratio)
    if source_end <= source_start:
        return None
    return Span(start, end, source_start, source_end)
