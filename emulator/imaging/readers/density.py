"""How dense a file says its pixels are: pixels per inch, or only the proportions of a pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from PIL import ExifTags, Image

from emulator.imaging.kinds import FileKind

PLAUSIBLE_DPI: Final = (75, 2400)
"""Outside of it, and at 96 (screens), a file's resolution says nothing about paper."""
_SCREEN_DPI: Final = 96
_INCH: Final = 2  # ResolutionUnit of EXIF
_CENTIMETRE: Final = 3
_MOST_ASPECT: Final = 20.0
"""What lies beyond is no pixel but damage."""

_GIF_ASPECT_AT: Final = 12  # PixelAspectRatio of the logical screen descriptor (GIF89a, 18)


@dataclass(frozen=True, slots=True)
class Density:
    """Of pixels, across and down."""

    dpi: tuple[float, float] | None
    """Pixels per inch, where paper may have them."""
    aspect: float
    """The width of a pixel by its height."""

    @classmethod
    def of(cls, across: float, down: float, *, absolute: bool) -> Density:
        """Make a density of pixels per inch, or with `absolute` False of any two numbers in the same proportion."""
        if not (isfinite(across) and isfinite(down) and across > 0 and down > 0):
            return UNKNOWN
        aspect = down / across
        if not 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT:
            return UNKNOWN
        return cls((across, down) if absolute and _plausible(across, down) else None, aspect)

    @property
    def turned(self) -> Density:
        """Return the density of the picture on its side."""
        return Density(None if self.dpi is None else (self.dpi[1], self.dpi[0]), 1 / self.aspect)

    def shrunk(self, across: float, down: float) -> Density:
        """Return the density of the picture with `across` and `down` times as many pixels."""
        dpi = None if self.dpi is None else (self.dpi[0] * across, self.dpi[1] * down)
        return Density(dpi, self.aspect * down / across)


UNKNOWN: Final = Density(None, 1.0)


def _plausible(across: float, down: float) -> bool:
    lowest, highest = PLAUSIBLE_DPI
    if not (lowest - 0.5 <= across <= highest and lowest - 0.5 <= down <= highest):
        return False
    return not round(across) == round(down) == _SCREEN_DPI


def density_of(image: Image.Image, kind: FileKind, exif: Mapping[int, Any], head: bytes) -> Density:
    """Read the density of an image that Pillow has opened: what its format says, of a JPEG without it EXIF. `head`:
    its first octets."""
    info = image.info
    if kind is FileKind.GIF and len(head) > _GIF_ASPECT_AT and head[_GIF_ASPECT_AT]:
        return Density.of(64.0, head[_GIF_ASPECT_AT] + 15.0, absolute=False)
    if kind is FileKind.JPEG and (not info.get("jfif_unit") or "jfif_density" not in info):
        found = _of_exif(exif)
        if found is None and "jfif_density" in info:
            found = _pair(info["jfif_density"], absolute=False)
        return found or UNKNOWN
    if "dpi" in info:
        return _pair(info["dpi"], absolute=True)
    if "aspect" in info:
        return _pair(info["aspect"], absolute=False)
    return UNKNOWN


def _of_exif(exif: Mapping[int, Any]) -> Density | None:
    across, down = exif.get(ExifTags.Base.XResolution), exif.get(ExifTags.Base.YResolution)
    if across is None or down is None:
        return None
    unit = exif.get(ExifTags.Base.ResolutionUnit, _INCH)
    scale = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(unit)
    return _pair((across, down), absolute=scale is not None, scale=scale or 1.0)


def _pair(pair: Any, *, absolute: bool, scale: float = 1.0) -> Density:
    """Whatever the file held."""
    try:
        return Density.of(float(pair[0]) * scale, float(pair[1]) * scale, absolute=absolute)
    except (TypeError, ValueError, ZeroDivisionError, LookupError):
        return UNKNOWN
