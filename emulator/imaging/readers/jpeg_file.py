"""A JPEG file, which Pillow has opened for its header, decoded by jpeg_data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from emulator.imaging.readers import jpeg_data
from emulator.imaging.readers.unreadable import Unreadable, damage


def read(path: Path, image: Image.Image, stored: tuple[int, int]) -> Image.Image:
    """The pixels at the size and in the mode that `image` has by now (Image.draft); `stored` is the size in the
    file. Raises Unreadable."""
    with damage():
        data = path.read_bytes()
    colours: dict[str, jpeg_data.Colours] = {"L": "GRAY", "RGB": "RGBX", "CMYK": "CMYK"}
    if image.mode not in colours:
        raise Unreadable(f"a JPEG of the kind {image.mode} is not read")
    factor = next((each for each in (8, 4, 2) if -(-stored[0] // each) == image.width), 1)
    samples = jpeg_data.decode(data, colours[image.mode], least=image.size, factor=factor)
    if (samples.shape[1], samples.shape[0]) != image.size:
        raise Unreadable(f"damaged: {samples.shape[1]}x{samples.shape[0]} pixels where the JPEG says {image.size}")
    if image.mode == "L":
        made = Image.frombuffer("L", image.size, samples, "raw", "L", 0, 1)
    elif image.mode == "RGB":
        made = Image.frombuffer("RGBX", image.size, samples, "raw", "RGBX", 0, 1).convert("RGB")
    else:  # Adobe's programs store the inks inverted, and all others after them
        made = Image.frombuffer("CMYK", image.size, np.subtract(255, samples), "raw", "CMYK", 0, 1)
    made.info = dict(image.info)
    return made
