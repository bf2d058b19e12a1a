"""Indices of a palette's colours."""

from __future__ import annotations

from PIL import Image

from emulator.imaging.readers.unreadable import Unreadable


def check_indices(image: Image.Image, colours: int) -> None:
    """Raises Unreadable where a pixel of an image of mode `P` has a colour that is not in the palette."""
    most = image.getextrema()[1]
    assert isinstance(most, int)  # one band
    if most >= colours:
        raise Unreadable(f"damaged: a pixel has colour {most} of a palette of {colours} colours")
