"""What an image is made of: Pillow's pixels up to 8 bits a channel, numpy's samples at 16.

Pillow knows grey of 16 bits and nothing else that deep, so RGB48 and RGBa64 need a type of our own; grey of 16
bits is one too, that there be one way to work on deep images. This module does not import numpy: who scans at
8 bits does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from PIL import Image

from emulator.wsscan.values.keywords import ColorEntry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class DeepImage:
    """An image of 16 bits a channel; black is 0, white and opaque 65535."""

    samples: NDArray[np.uint16]
    """Height x width x channels, in the machine's byte order; 1 channel (grey), 3 (RGB) or 4 (RGB and alpha)."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return int(self.samples.shape[1])

    @property
    def height(self) -> int:
        """Pixels down."""
        return int(self.samples.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow's images have it."""
        return self.width, self.height

    @property
    def channels(self) -> int:
        """1, 3 or 4."""
        return int(self.samples.shape[2])


Raster: TypeAlias = Image.Image | DeepImage

LEVEL_4: Final = 17
"""A step of Grayscale4 on the 8-bit scale: its 16 levels are 0, 17 ... 255."""

PILLOW_MODES: Final[dict[str, str]] = {
    ColorEntry.BLACK_AND_WHITE_1: "1",
    ColorEntry.GRAYSCALE_4: "L",
    ColorEntry.GRAYSCALE_8: "L",
    ColorEntry.RGB_24: "RGB",
    ColorEntry.RGBA_32: "RGBA",
}
"""ColorProcessing that is a Pillow image, and its mode (`1`: black 0). Grayscale4 is mode `L` whose values are
multiples of LEVEL_4."""

DEEP_CHANNELS: Final[dict[str, int]] = {
    ColorEntry.GRAYSCALE_16: 1,
    ColorEntry.RGB_48: 3,
    ColorEntry.RGBA_64: 4,
}
"""ColorProcessing that is a DeepImage, and its number of channels."""


def is_of(image: Raster, color: str) -> bool:
    """Return whether an image is of the kind that `color` (ColorProcessing) is scanned as."""
    if isinstance(image, DeepImage):
        return DEEP_CHANNELS.get(color) == image.channels
    return PILLOW_MODES.get(color) == image.mode
