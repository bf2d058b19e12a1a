"""Any Pillow image becomes grey or RGB on white; grey becomes black and white."""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image, ImageCms

_ALPHA_MODES: Final = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
SIXTEEN_BITS: Final = 1 / 256
"""Factor from 16 bits to 8."""


def on_white(image: Image.Image, mode: Literal["L", "RGB"]) -> Image.Image:
    """The image in `mode`; what is transparent shows white paper. Returns `image` itself where it fits."""
    if image.mode in _ALPHA_MODES or image.has_transparency_data:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")  # convert would copy it: 139 MB at 600 dpi
        paper = Image.new("RGB", image.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        image = paper
    elif image.mode.startswith("I") or image.mode == "F":
        image = _eight_bits(image)
    elif image.mode == "LAB":
        image = _from_lab(image)
    if image.mode == mode:
        return image
    if image.mode not in {"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV"}:
        image = image.convert("RGB")
    if image.mode in {"CMYK", "YCbCr", "HSV"} and mode == "L":
        image = image.convert("RGB")
    return image.convert(mode)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits. I;16 holds 16 bits; `I` and `F` say nothing of their range, so the
    largest value decides: 8 bits, 16 bits, for F 0 to 1, else it is taken as white."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * SIXTEEN_BITS).convert("L")
    factor = eight_bit_factor(image)
    return image.point(lambda value: value * factor).convert("L")


def eight_bit_factor(image: Image.Image) -> float:
    """Return by what the values of an image of mode `I` or `F` are multiplied, so that white is 255."""
    extrema = image.getextrema()
    largest = extrema[1]
    assert isinstance(largest, (int, float))  # one band
    if image.mode == "F" and 0 < largest <= 1:
        return 255.0
    if largest <= 255:
        return 1.0
    if largest <= 65535:
        return SIXTEEN_BITS
    return 255 / largest


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert converted is not None  # only with inPlace
    return converted


def black_and_white(grey: Image.Image, *, halftone: bool) -> Image.Image:
    """Mode `L` to mode `1`, black 0. `halftone` spreads the error (Floyd-Steinberg), for photographs;
    else text stays sharp under a fixed threshold, Pillow's 128: the same page gives the same pixels."""
    return grey.convert("1", dither=Image.Dither.FLOYDSTEINBERG if halftone else Image.Dither.NONE)
