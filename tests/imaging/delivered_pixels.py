"""What the reading of a file delivers (RasterFile.page), as levels from 0 to 1 on white paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from emulator.imaging import kinds
from emulator.imaging.pages import Page, Wanted
from emulator.imaging.raster import RasterFile
from emulator.imaging.samples import DeepImage
from emulator.wsscan.values.geometry import Dimensions, Resolution

Levels = np.ndarray[Any, Any]
WANTED = Wanted(Resolution(600, 600), "RGB", Dimensions(8500, 11000))
DEEP = Wanted(Resolution(600, 600), "RGB", Dimensions(8500, 11000), deep=True)


def read(path: Path, wanted: Wanted = WANTED, index: int = 0) -> Page:
    """A page as the scan head gets it. Raises SourceError."""
    with path.open("rb") as opened:
        kind = kinds.kind_of(opened.read(kinds.HEAD_BYTES))
    assert kind is not None
    file = RasterFile(path, kind)
    try:
        return file.page(index, wanted)
    finally:
        file.close()


def levels(page: Page) -> Levels:
    """Height x width x 1 or 3 from 0 to 1; of CMYK and Lab the samples as Pillow has them, by 255. Alpha is laid on
    white, in floating point."""
    image = page.image
    if isinstance(image, DeepImage):
        found = image.samples / 65535
    else:
        if image.mode in {"P", "PA"} or "transparency" in image.info:
            image = image.convert("RGBA")
        if image.mode == "RGBX":
            image = image.convert("RGB")
        array = np.asarray(image)
        top = {np.dtype(np.uint16): 65535, np.dtype(bool): 1}.get(array.dtype, 255)
        assert isinstance(image, Image.Image) and image.mode not in {"I", "F"}, image.mode
        found = array / top
        if found.ndim == 2:
            found = found[:, :, np.newaxis]
    channels = 1 if found.shape[2] == 2 else 3
    if found.shape[2] in {2, 4} and (isinstance(image, DeepImage) or image.mode in {"RGBA", "LA"}):
        alpha = found[:, :, -1:]
        found = found[:, :, :channels] * alpha + (1 - alpha)
    return found
