"""A page at the scan's resolution, on the background: sampled once, straight from the page's own pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PIL import Image

from emulator.imaging.pages import PixelMode
from emulator.imaging.pixels import on_white
from emulator.imaging.placement import Span
from emulator.imaging.samples import DeepImage, Raster

if TYPE_CHECKING:
    from emulator.imaging.deep import DeepRows

_REDUCING_GAP: Final = 3.0  # shrink by boxes to three times the size first: as good, several times faster


Background = Literal["black", "white"]


def prepared(page: Raster, across: Span, down: Span, mode: PixelMode, *, deep: bool) -> Image.Image | DeepRows:
    """A page in the mode in which it is sampled.

    - `deep`: its rows in 16 bits.

    Mode `1` is kept where each pixel of the scan is one of a page of that mode, and is `L` else. May be `page`
    itself.
    """
    if deep:
        from emulator.imaging.deep import DeepRows

        return DeepRows(page, 3 if mode == "RGB" else 1)
    assert isinstance(page, Image.Image)  # a DeepImage only where one is wanted
    if mode == page.mode == "1" and across.one_to_one and down.one_to_one:
        return page
    return on_white(page, "RGB" if mode == "RGB" else "L")


def sample(image: Image.Image | DeepRows, across: Span, down: Span) -> Raster:
    """The spanned part of a prepared page at the scan's resolution. May be `image` itself."""
    if not isinstance(image, Image.Image):
        from emulator.imaging import deep

        return deep.sample(image, across, down)
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


def laid_on_background(image: Raster, size: tuple[int, int], left: int, top: int, background: Background) -> Raster:
    """The image on a background of `size`; `image` itself where it covers that.

    - `image`: what is laid on it.
    - `size`: pixels of the whole.
    - `left`: pixels from its left edge.
    - `top`: pixels from its upper edge.
    - `background`: its colour.
    """
    if image.size == size:
        return image
    if isinstance(image, DeepImage):
        from emulator.imaging import deep

        return deep.on_background(image, size, left, top, 65_535 if background == "white" else 0)
    sheet = Image.new(image.mode, size, background)
    sheet.paste(image, (left, top))
    return sheet


def blank(
    size: tuple[int, int],
    mode: PixelMode,
    background: Background,
    *,
    deep: bool,
) -> Raster:
    """Background alone; mode `1` as `L`."""
    if deep:
        from emulator.imaging import deep as deep_images

        return deep_images.blank(size, 3 if mode == "RGB" else 1, 65_535 if background == "white" else 0)
    return Image.new("RGB" if mode == "RGB" else "L", size, background)
