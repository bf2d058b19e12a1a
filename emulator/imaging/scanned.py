"""What the scan head gives to an encoder, and what a document says of the device that made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from emulator.imaging.affine import Affine
from emulator.imaging.samples import Raster
from emulator.wsscan.values.geometry import Resolution


@dataclass(frozen=True, slots=True)
class Scanned:
    """One side of a sheet after region, scaling, rotation and exposure."""

    image: Raster
    color: str
    """ColorProcessing; `image` is what samples.py says for it."""
    resolution: Resolution
    """Pixels per inch across and down of the image as it is delivered: after a quarter turn the two have changed
    places. Scaling does not alter it: a scan at 200 % prints twice as large."""
    page_to_image: Affine
    """Where a point of the page's own pixels is in the delivered image, in pixels of it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a document, for its metadata (EXIF, TIFF, PDF, XPS); "" and None are left out."""

    make: str = ""
    """Manufacturer."""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    date: datetime | None = None
    """When it was scanned, with a time zone."""


NO_ORIGIN: Final = Origin()
SOFTWARE: Final = "dsm-emulator"
"""Name of the program in the metadata of documents."""
