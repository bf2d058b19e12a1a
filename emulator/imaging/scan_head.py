"""The scan head: one side of one sheet becomes pixels, as the effective ticket says."""

from __future__ import annotations

from typing import Final

from PIL import Image

from emulator.imaging import affine
from emulator.imaging.pages import PageSource, PixelMode, UnsupportedSetting, Wanted
from emulator.imaging.pixels import black_and_white, on_white
from emulator.imaging.placement import Span, place, span
from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.geometry import Resolution, pixel_size
from emulator.wsscan.values.keywords import ColorEntry, ContentType
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

PIXEL_MODES: Final[dict[str, PixelMode]] = {
    ColorEntry.BLACK_AND_WHITE_1: "1",
    ColorEntry.GRAYSCALE_8: "L",
    ColorEntry.RGB_24: "RGB",
}
"""ColorProcessing that this version scans, and Pillow's mode for it."""

_HALFTONED: Final = frozenset({ContentType.PHOTO, ContentType.HALFTONE})
_REDUCING_GAP: Final = 3.0  # shrink by boxes to three times the size first: as good, several times faster

_KEPT_BLOCKS: Final = 8  # of 16 MiB
# Pillow gives every image's memory back to the system and the next page faults it in again, which costs
# more than drawing on it (A4 RGB 300 dpi: 13.6 ms against 1.5). A few blocks are kept for the next page.
Image.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined]  # has no public name


def check_settings(ticket: EffectiveTicket) -> None:
    """Raise UnsupportedSetting for what this version's scan head cannot do."""
    for side in (ticket.front, ticket.back):
        if side is not None:
            _pixel_mode(side)
    if ticket.rotation:
        raise UnsupportedSetting(f"Rotation={ticket.rotation} is not done yet; this version scans with Rotation=0")
    exposure = ticket.exposure
    if not exposure.auto:
        for name in ("contrast", "brightness", "sharpness"):
            if value := getattr(exposure, name):
                raise UnsupportedSetting(f"{name.title()}={value} is not done yet; this version scans with 0")


def _pixel_mode(side: EffectiveSide) -> PixelMode:
    try:
        return PIXEL_MODES[side.color_processing]
    except KeyError:
        raise UnsupportedSetting(
            f"ColorProcessing={side.color_processing} is not done yet; this version scans: "
            + ", ".join(PIXEL_MODES)
        ) from None


def scan(source: PageSource, index: int, side: EffectiveSide, ticket: EffectiveTicket) -> Scanned:
    """Page `index` (from 0) as the scan head delivers it: `pixel_size` of the scan region.

    Where the page lies on the medium: placement.py. BlackAndWhite1 is a fixed threshold; for ContentType
    Photo and Halftone the error is spread instead. Raises SourceError, UnsupportedSetting."""
    check_settings(ticket)
    mode = _pixel_mode(side)
    region = side.scan_region
    size = pixel_size(region, side.resolution, ticket.scaling)
    ppi = (
        side.resolution.width * ticket.scaling[0] / 100,
        side.resolution.height * ticket.scaling[1] / 100,
    )
    wanted = Wanted(Resolution(max(1, round(ppi[0])), max(1, round(ppi[1]))), mode, ticket.input_size)
    page = source.page(index, wanted)
    image = page.image
    lie = place(image.size, page.dpi, ticket.input_size)
    to_image = affine.scale(lie.width / image.width, lie.height / image.height).then(
        affine.shift(lie.left - region.x_offset, lie.top - region.y_offset)
    )
    to_image = to_image.then(affine.scale(ppi[0] / 1000, ppi[1] / 1000))
    del page  # its pixels may go as soon as they are converted
    across = span(lie.left, lie.width, image.width, region.x_offset, size[0], ppi[0] / 1000)
    down = span(lie.top, lie.height, image.height, region.y_offset, size[1], ppi[1] / 1000)
    if across is None or down is None:
        return Scanned(Image.new(mode, size, "white"), side.color_processing, side.resolution, to_image)
    one_to_one = across.one_to_one and down.one_to_one
    if not (mode == image.mode == "1" and one_to_one):
        image = on_white(image, "RGB" if mode == "RGB" else "L")
    image = _sample(image, across, down)
    if image.size != size:
        sheet = Image.new(image.mode, size, "white")
        sheet.paste(image, (across.start, down.start))
        image = sheet
    if mode == "1" and image.mode != "1":
        image = black_and_white(image, halftone=ticket.content_type in _HALFTONED)
    return Scanned(image, side.color_processing, side.resolution, to_image)


def _sample(image: Image.Image, across: Span, down: Span) -> Image.Image:
    """The spanned part of the page at the scan's resolution."""
    box = (across.source_start, down.source_start, across.source_end, down.source_end)
    if across.one_to_one and down.one_to_one:
        if box == (0, 0, *image.size):
            return image
        return image.crop((int(box[0]), int(box[1]), int(box[2]), int(box[3])))
    size = (across.end - across.start, down.end - down.start)
    shrinking = size[0] <= box[2] - box[0] and size[1] <= box[3] - box[1]
    # Lanczos rings at enlarged edges; cubic interpolation hardly does.
    method = Image.Resampling.LANCZOS if shrinking else Image.Resampling.BICUBIC
    return image.resize(size, method, box=box, reducing_gap=_REDUCING_GAP)
