"""The scan head: one side of one sheet becomes pixels, as the effective ticket says.

The order of things: where the page lies on the medium (placement.py), region, resolution and scaling (sampling.py),
film (film.py), exposure (exposure.py), screen and sharpness (filtering.py), colours (content.py,
color_and_turn.py), rotation. docs/scan-settings.md says the same for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image

from emulator.imaging import affine
from emulator.imaging.affine import Affine
from emulator.imaging.coded import CodedPage
from emulator.imaging.color_and_turn import in_color, turned
from emulator.imaging.content import TextThreshold
from emulator.imaging.exposure import exposure_table
from emulator.imaging.film import beside_film, positive
from emulator.imaging.filtering import descreened, sharpened
from emulator.imaging.pages import PageSource, PixelMode, UnsupportedSetting, Wanted
from emulator.imaging.placement import Placement, Span, medium_of, place, span
from emulator.imaging.samples import DEEP_CHANNELS, PILLOW_MODES, Raster
from emulator.imaging.sampling import Background, blank, laid_on_background, prepared, sample
from emulator.imaging.scanned import Scanned
from emulator.imaging.tone import glance, mapped
from emulator.wsscan.values.detected import side_on
from emulator.wsscan.values.geometry import Dimensions, Resolution, pixel_size
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, InputSource
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

MAX_IMAGE_BYTES: Final = 1_200_000_000
"""Of memory that the pixels of one image take; the scan itself takes about twice that. A3 at 1200 ppi in RGB24 is
within it."""

_PIXEL_BYTES: Final = {"1": 1, "L": 1, "RGB": 4, "RGBA": 4}  # Pillow's
_GREY: Final = frozenset({ColorEntry.GRAYSCALE_4, ColorEntry.GRAYSCALE_8, ColorEntry.GRAYSCALE_16})
_QUARTER_TURNS: Final = (90, 270)
_ROTATIONS: Final = (0, 90, 180, 270)


def check_settings(ticket: EffectiveTicket) -> None:
    """Raise UnsupportedSetting for what the scan head cannot do: colours of a vendor, images beyond
    MAX_IMAGE_BYTES. One line."""
    if ticket.rotation not in _ROTATIONS:
        raise UnsupportedSetting(f"Rotation={ticket.rotation} is not possible; it is 0, 90, 180 or 270")
    for side in (ticket.front, ticket.back):
        if side is not None:
            _check_side(side, ticket.scaling)


def _check_side(side: EffectiveSide, scaling: tuple[int, int]) -> None:
    color = side.color_processing
    if color in DEEP_CHANNELS:
        pixel_bytes = 2 * DEEP_CHANNELS[color]
    elif color in PILLOW_MODES:
        pixel_bytes = _PIXEL_BYTES[PILLOW_MODES[color]]
    else:
        raise UnsupportedSetting(f"ColorProcessing={color} is not known; there are: {', '.join(ColorEntry)}")
    width, height = pixel_size(side.scan_region, side.resolution, scaling)
    size = width * height * pixel_bytes
    if size > MAX_IMAGE_BYTES:
        raise UnsupportedSetting(
            f"an image of {width}x{height} pixels in {color} takes {size / 1e9:.1f} GB of memory, more than the "
            f"{MAX_IMAGE_BYTES / 1e9:.1f} GB that are possible: ask for a smaller ScanRegion, Resolution or Scaling"
        )


@dataclass(frozen=True, slots=True)
class _Settings:
    """How one side is scanned."""

    side: EffectiveSide
    ticket: EffectiveTicket

    @property
    def film(self) -> str:
        """FilmScanMode; NotApplicable for paper."""
        film = self.ticket.input_source == InputSource.FILM
        return self.ticket.film_scan_mode if film else FilmScanMode.NOT_APPLICABLE

    @property
    def ppi(self) -> tuple[float, float]:
        """Pixels of the image to an inch of the medium, across and down."""
        resolution, (wide, high) = self.side.resolution, self.ticket.scaling
        return resolution.width * wide / 100, resolution.height * high / 100

    @property
    def mode(self) -> PixelMode:
        """What is worked in: a colour negative is turned round before it becomes grey."""
        color = self.side.color_processing
        if self.film == FilmScanMode.COLOR_NEGATIVE_FILM:
            return "RGB"
        if color in _GREY or self.film == FilmScanMode.BLACK_AND_WHITE_NEGATIVE_FILM:
            return "L"
        return "1" if color == ColorEntry.BLACK_AND_WHITE_1 else "RGB"

    @property
    def deep(self) -> bool:
        """Whether in 16 bits a channel."""
        return self.side.color_processing in DEEP_CHANNELS

    @property
    def background(self) -> Background:
        """What is seen where no page is: the lid, or of film the holder."""
        return "white" if self.film == FilmScanMode.NOT_APPLICABLE else beside_film(self.film)

    @property
    def wanted(self) -> Wanted:
        """What the page source is told."""
        across, down = self.ppi
        resolution = Resolution(max(1, round(across)), max(1, round(down)))
        return Wanted(resolution, self.mode, self.ticket.input_size, deep=self.deep, film_scan_mode=self.film)

    @property
    def size(self) -> tuple[int, int]:
        """The size of the image before rotation."""
        return pixel_size(self.side.scan_region, self.side.resolution, self.ticket.scaling)


def detect(source: PageSource, index: int, side: EffectiveSide, ticket: EffectiveTicket) -> Dimensions:
    """The size of the medium that DocumentSizeAutoDetect finds (placement.medium_of), in 1/1000 inch: what `scan`
    finds for the same arguments. Raises SourceError."""
    page = source.page(index, _Settings(side, ticket).wanted)
    return medium_of(page.image.size, page.dpi, page.size, ticket.input_size, page.aspect)


def scan(
    source: PageSource,
    index: int,
    side: EffectiveSide,
    ticket: EffectiveTicket,
    *,
    text: TextThreshold = "adaptive",
) -> Scanned:
    """Page `index` (from 0) as the scan head delivers it: `pixel_size` of the scan region, turned by Rotation.

    With size_auto_detect the page decides how large the medium is, and so whether the region counts
    [wscn/validation/region-outside-detected-size]. The same arguments give the same pixels.

    - `side`, `ticket`: how it is scanned.
    - `text`: how the device tells ink from paper in black and white.

    Raises SourceError, UnsupportedSetting.
    """
    check_settings(ticket)
    page = source.page(index, _Settings(side, ticket).wanted)
    medium = ticket.input_size
    if ticket.size_auto_detect:
        medium = medium_of(page.image.size, page.dpi, page.size, medium, page.aspect)
        side = side_on(side, medium)
    settings = _Settings(side, ticket)
    lie = place(page.image.size, page.dpi, medium, page.aspect)
    across, down = _spans(lie, page.image.size, settings)
    if across is None or down is None:
        to_image = _beside(lie, page.image.size, settings)
        image = blank(settings.size, settings.mode, settings.background, deep=settings.deep)
        image = _exposed(image, settings, None)
    else:
        to_image = _shown(across, down)
        ready = prepared(page.image, across, down, settings.mode, deep=settings.deep)
        del page  # its pixels may go as soon as they are converted
        image = sample(ready, across, down)
        del ready
        if settings.film != FilmScanMode.NOT_APPLICABLE:
            image = positive(_without_bilevel(image), settings.film)
        seen = glance(image) if ticket.exposure.auto else None
        image = laid_on_background(image, settings.size, across.start, down.start, settings.background)
        image = _exposed(image, settings, seen)
    image = _filtered(image, settings)
    image = in_color(image, side.color_processing, ticket.content_type, settings.ppi, text)
    to_image = to_image.then(affine.quarter_turns(ticket.rotation, *image.size))
    image = turned(image, ticket.rotation)
    resolution = side.resolution
    if ticket.rotation in _QUARTER_TURNS:
        resolution = Resolution(resolution.height, resolution.width)
    return Scanned(image, side.color_processing, resolution, to_image, medium)


def unchanged(
    page: CodedPage, side: EffectiveSide, ticket: EffectiveTicket
) -> tuple[Affine, Dimensions | None] | None:
    """Where `scan` delivers the pixels of that page as they are: where they are in the image, and the medium. None
    where it alters any of them, or shows more or less than the page."""
    exposure = ticket.exposure
    alters = (
        page.color != side.color_processing
        or ticket.input_source == InputSource.FILM
        or ticket.scaling != (100, 100)
        or ticket.rotation
        or ticket.content_type == ContentType.HALFTONE
        or exposure.auto
        or exposure.sharpness
        or exposure_table(exposure, None) is not None
    )
    if alters:
        return None
    medium = ticket.input_size
    if ticket.size_auto_detect:
        medium = medium_of(page.size, page.dpi, page.sheet, medium, page.aspect)
        side = side_on(side, medium)
    settings = _Settings(side, ticket)
    across, down = _spans(place(page.size, page.dpi, medium, page.aspect), page.size, settings)
    if across is None or down is None or settings.size != page.size:
        return None
    whole = [(0, pixels, 0.0, float(pixels)) for pixels in page.size]
    if [(each.start, each.end, each.source_start, each.source_end) for each in (across, down)] != whole:
        return None
    return _shown(across, down), medium


def _spans(lie: Placement, page: tuple[int, int], settings: _Settings) -> tuple[Span | None, Span | None]:
    region, size, ppi = settings.side.scan_region, settings.size, settings.ppi
    return (
        span(lie.left, lie.width, page[0], region.x_offset, size[0], ppi[0] / 1000),
        span(lie.top, lie.height, page[1], region.y_offset, size[1], ppi[1] / 1000),
    )


def _shown(across: Span, down: Span) -> Affine:
    """Where the page's pixels are in the image, as they are really sampled: spans begin and end on whole pixels."""
    x = (across.end - across.start) / (across.source_end - across.source_start)
    y = (down.end - down.start) / (down.source_end - down.source_start)
    return affine.scale(x, y).then(
        affine.shift(across.start - across.source_start * x, down.start - down.source_start * y)
    )


def _beside(lie: Placement, page: tuple[int, int], settings: _Settings) -> Affine:
    """The same of a page that the region does not show."""
    region, ppi = settings.side.scan_region, settings.ppi
    on_medium = affine.scale(lie.width / page[0], lie.height / page[1]).then(
        affine.shift(lie.left - region.x_offset, lie.top - region.y_offset)
    )
    return on_medium.then(affine.scale(ppi[0] / 1000, ppi[1] / 1000))


def _without_bilevel(image: Raster) -> Raster:
    """Mode `1` as `L`: what follows knows grey."""
    return image.convert("L") if isinstance(image, Image.Image) and image.mode == "1" else image


def _exposed(image: Raster, settings: _Settings, seen: Image.Image | None) -> Raster:
    table = exposure_table(settings.ticket.exposure, seen)
    return image if table is None else mapped(_without_bilevel(image), [table])


def _filtered(image: Raster, settings: _Settings) -> Raster:
    if settings.ticket.content_type == ContentType.HALFTONE:
        image = descreened(_without_bilevel(image), settings.ppi)
    exposure = settings.ticket.exposure
    if exposure.sharpness and not exposure.auto:
        image = sharpened(_without_bilevel(image), exposure.sharpness)
    return image
