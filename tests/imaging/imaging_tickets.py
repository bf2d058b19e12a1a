"""Effective tickets and target pages for the tests of imaging."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PIL import Image

from emulator.imaging import affine, scan_head
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.imaging.samples import Raster
from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.ticket import EffectiveExposure, EffectiveSide, EffectiveTicket, JobDescription

LETTER = Dimensions(8500, 11000)
A4 = Dimensions(8268, 11693)
COLORS = {"1": "BlackAndWhite1", "L": "Grayscale8", "RGB": "RGB24"}


def ticket(
    format: str = "jfif",
    mode: str = "L",
    ppi: int | tuple[int, int] = 100,
    *,
    medium: Dimensions = LETTER,
    region: ScanRegion | None = None,
    **changes: Any,
) -> EffectiveTicket:
    """A ticket for one-sided pages; `region` is the whole medium unless given."""
    across, down = (ppi, ppi) if isinstance(ppi, int) else ppi
    side = EffectiveSide(
        region or ScanRegion(0, 0, medium.width, medium.height), COLORS.get(mode, mode), Resolution(across, down)
    )
    made = EffectiveTicket(
        job_description=JobDescription(),
        format=format,
        compression_quality_factor=80,
        images_to_transfer=0,
        input_source="ADF",
        film_scan_mode="NotApplicable",
        content_type="Auto",
        size_auto_detect=False,
        input_size=medium,
        exposure=EffectiveExposure(True, 0, 0, 0),
        scaling=(100, 100),
        rotation=0,
        front=side,
        back=None,
    )
    return replace(made, **changes)


class OnePage:
    """A source of one picture that a test made; remembers what was wanted."""

    def __init__(self, image: Image.Image, dpi: tuple[float, float] | None) -> None:
        self.image = image
        self.dpi = dpi
        self.wanted: list[Wanted | None] = []

    def __len__(self) -> int:
        return 1

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        self.wanted.append(wanted)
        return Page(self.image.copy(), self.dpi, "target")

    def close(self) -> None:
        pass


def scanned(image: Raster, side: EffectiveSide) -> Scanned:
    """An image as if the scan head had delivered it for that side."""
    return Scanned(image, side.color_processing, side.resolution, affine.IDENTITY)


def scan_image(source: PageSource, index: int, side: EffectiveSide, ticket: EffectiveTicket) -> Image.Image:
    """The pixels of a scan of 8 bits or fewer."""
    image = scan_head.scan(source, index, side, ticket).image
    assert isinstance(image, Image.Image)
    return image
