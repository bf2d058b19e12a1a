"""Embedded ICC profiles: the colours of a file become sRGB, which all that follows takes them for.

The intent is relative colorimetric with black point compensation: paper white stays white, as under a scanner's
lamp, and the darkest ink is black. A profile that cannot be used is told of and left aside, as browsers do; so
is, in silence, one for another colour space than the picture's, as cameras put their profile of RGB to a grey
picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image, ImageCms

from emulator.imaging.readers.unreadable import DAMAGE
from emulator.imaging.samples import DeepImage, Raster

_SPACES: Final = {
    "L": "GRAY", "LA": "GRAY", "I;16": "GRAY", "I;16B": "GRAY", "P": "RGB", "RGB": "RGB", "RGBA": "RGB",
    "RGBX": "RGB", "CMYK": "CMYK",
}  # fmt: skip
"""Pillow's modes, and the colour space that the ICC calls theirs. Black and white has nothing to convert."""

_MODES: Final = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_SAME: Final = 1
"""Levels by which a profile may change colours and still be sRGB: writers round its numbers differently."""

_STEPS: Final = 9  # of each channel, when a profile is tried
_SRGB: Final = ImageCms.createProfile("sRGB")
_CACHED: Final = 8


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one profile to sRGB."""

    profile: bytes
    space: str
    """GRAY, RGB or CMYK."""

    def of(self, image: Raster) -> Raster:
        """The image in sRGB (CMYK becomes RGB); it may be `image` itself, changed."""
        if isinstance(image, DeepImage):
            from emulator.imaging.readers import deep_profile

            return deep_profile.converted(image, self.profile, self._table())
        if image.mode in {"I;16", "I;16B"}:
            return self._sixteen_bits(image)
        if image.mode == "L":
            return _with_info(image.point(self._table()), image)
        if image.mode == "LA":
            grey, alpha = image.split()
            return _with_info(Image.merge("LA", (grey.point(self._table()), alpha)), image)
        if image.mode == "P":
            return self._palette(image)
        transform = _transform(self.profile, image.mode, image.mode if self.space == "RGB" else "RGB")
        if self.space != "RGB":
            return transform.apply(image)
        image.load()
        return transform.apply_in_place(image)

    def _table(self) -> list[int]:
        """Return what each grey of 8 bits becomes."""
        if self.space != "GRAY":
            return list(range(256))
        shown = _transform(self.profile, "L", "RGB").apply(_ramp())
        return list(shown.getchannel("G").tobytes())

    def _sixteen_bits(self, image: Image.Image) -> Image.Image:
        import numpy as np

        from emulator.imaging.readers.deep_profile import grey_table

        made = Image.fromarray(grey_table(self._table())[np.asarray(image)])
        return _with_info(made, image)

    def _palette(self, image: Image.Image) -> Image.Image:
        colours = bytes(image.getpalette("RGB") or b"")
        strip = Image.frombytes("RGB", (max(1, len(colours) // 3), 1), colours or bytes(3))
        shown = _transform(self.profile, "RGB", "RGB").apply(strip)
        changed = image.copy()
        changed.putpalette(shown.tobytes())
        return _with_info(changed, image)


def _with_info(image: Image.Image, other: Image.Image) -> Image.Image:
    image.info = dict(other.info)
    return image


def conversion(profile: bytes | None, mode: str) -> Conversion | None:
    """Return what brings an image of Pillow's `mode` with that profile to sRGB; None where nothing is to be done,
    or the profile cannot be used (profile_notes)."""
    space = _SPACES.get(mode)
    if not profile or space is None or _usable(profile) != space or _is_srgb(profile, space):
        return None
    return Conversion(profile, space)


def profile_notes(profile: bytes | None) -> list[str]:
    """Return what a person should know of a profile that is not used, in lines."""
    if not profile or _usable(profile) is not None:
        return []
    space = _space(profile)
    if space is None:
        return ["its colour profile is damaged; its colours are taken as sRGB"]
    return [f"its colour profile, for {space}, cannot be used; its colours are taken as sRGB"]


@lru_cache(_CACHED)
def _usable(profile: bytes) -> str | None:
    """The colour space of a profile that can be used, GRAY, RGB or CMYK; None of another."""
    space = _space(profile)
    if space not in _MODES:
        return None
    try:
        _is_srgb(profile, space)
    except DAMAGE:
        return None
    return space


@lru_cache(_CACHED)
def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


@lru_cache(_CACHED)
def _space(profile: bytes) -> str | None:
    """GRAY, RGB, CMYK or another; None of a damaged profile."""
    try:
        return str(_opened(profile).profile.xcolor_space).strip()
    except DAMAGE:
        return None


@lru_cache(_CACHED)
def _transform(profile: bytes, mode: str, wanted: str) -> ImageCms.ImageCmsTransform:
    """Raises what littleCMS does (DAMAGE) for a profile that cannot be used."""
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "L":  # of few values, and littleCMS's short cut is far off in the dark
        flags |= ImageCms.Flags.NOOPTIMIZE
    return ImageCms.buildTransform(
        _opened(profile),
        _SRGB,
        mode,
        wanted,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=flags,
    )


@lru_cache(_CACHED)
def _is_srgb(profile: bytes, space: str) -> bool:
    """Return whether the profile changes nothing worth mentioning, tried on colours of all kinds."""
    if space == "CMYK":
        _transform(profile, "CMYK", "RGB")
        return False
    if space == "GRAY":
        before = _ramp()
        after = _transform(profile, "L", "RGB").apply(before).getchannel("G")
    else:
        levels = [round(step * 255 / (_STEPS - 1)) for step in range(_STEPS)]
        colours = bytes(
            value for red in levels for green in levels for blue in levels for value in (red, green, blue)
        )
        before = Image.frombytes("RGB", (_STEPS**2, _STEPS), colours)
        after = _transform(profile, "RGB", "RGB").apply(before)
    return all(abs(old - new) <= _SAME for old, new in zip(before.tobytes(), after.tobytes(), strict=True))


def _ramp() -> Image.Image:
    return Image.frombytes("L", (256, 1), bytes(range(256)))
