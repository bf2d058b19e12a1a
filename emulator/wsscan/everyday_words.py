"""What people call things that WS-Scan names otherwise: JPEG is called jfif."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Final

_TIFF: Final = ("tiff-multi-g4", "tiff-multi-uncompressed", "tiff-single-g4", "tiff-single-uncompressed")
_GREY: Final = ("Grayscale8", "Grayscale16", "Grayscale4")
_COLOR: Final = ("RGB24", "RGB48")
_BILEVEL: Final = ("BlackAndWhite1",)
_DUPLEX: Final = ("ADFDuplex",)

_VALUES: Final[Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]]] = {
    "Format": {
        **dict.fromkeys(("jpeg", "jpg", "jpe", "image/jpeg"), ("JPEG", ("jfif", "exif"))),
        **dict.fromkeys(("tiff", "tif", "tiff-multi", "tiff-single", "image/tiff"), ("TIFF", _TIFF)),
        **dict.fromkeys(
            ("tiff-g4", "g4", "fax", "group4"), ("TIFF with Group 4", ("tiff-multi-g4", "tiff-single-g4"))
        ),
        **dict.fromkeys(("pdf", "pdfa", "pdf/a", "application/pdf"), ("PDF", ("pdf-a",))),
        **dict.fromkeys(("jp2", "j2k", "jpeg2000", "jpeg-2000", "image/jp2"), ("JPEG 2000", ("jpeg2k",))),
        **dict.fromkeys(("bmp", "bitmap", "image/bmp"), ("BMP", ("dib",))),
        **dict.fromkeys(("image/png",), ("PNG", ("png",))),
        **dict.fromkeys(("oxps", "openxps"), ("XPS", ("xps",))),
    },
    "ColorProcessing": {
        **dict.fromkeys(("gray", "grey", "grayscale", "greyscale", "gray8", "grey8"), ("grey", _GREY)),
        **dict.fromkeys(("color", "colour", "rgb", "color24", "colour24"), ("colour", _COLOR)),
        **dict.fromkeys(
            ("bw", "b/w", "b&w", "black", "blackandwhite", "mono", "bilevel", "lineart"),
            ("black and white", _BILEVEL),
        ),
    },
    "InputSource": {
        **dict.fromkeys(("duplex", "adf-duplex", "both", "two-sided", "adfboth"), ("duplex", _DUPLEX)),
        **dict.fromkeys(("feeder", "simplex", "adffront", "sheetfed"), ("the feeder", ("ADF",))),
        **dict.fromkeys(("flatbed", "glass", "bed"), ("the glass", ("Platen",))),
        **dict.fromkeys(("slide", "negative", "transparency"), ("film", ("Film",))),
    },
    "ContentType": {
        **dict.fromkeys(("picture", "image"), ("a picture", ("Photo",))),
        **dict.fromkeys(("document", "line", "lineart"), ("text", ("Text",))),
        **dict.fromkeys(("textandphoto", "text+photo"), ("text with pictures", ("Mixed",))),
    },
}
"""Last name of a path -> word in lower case -> how a person would say it, and what WS-Scan calls it."""

_PATHS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("dpi", "ppi", "res", "quality-dpi"), "Resolution"),
    **dict.fromkeys(
        ("color", "colour", "colormode", "colourmode", "mode", "colorentry", "colordepth", "depth", "gray", "grey"),
        "ColorProcessing",
    ),
    **dict.fromkeys(("source", "duplex", "adf", "feeder", "sides"), "InputSource"),
    **dict.fromkeys(("paper", "size", "papersize", "pagesize", "mediasize", "a4", "letter", "legal"), "InputSize"),
    **dict.fromkeys(("filetype", "fileformat", "type", "jpeg", "jpg", "pdf", "tiff"), "Format"),
    **dict.fromkeys(("quality", "compression"), "CompressionQualityFactor"),
    **dict.fromkeys(("pages", "images"), "ImagesToTransfer"),
    **dict.fromkeys(("rotate", "turn"), "Rotation"),
    **dict.fromkeys(("region", "crop", "area"), "MediaFront/ScanRegion"),
    **dict.fromkeys(("scale", "zoom"), "Scaling"),
    **dict.fromkeys(("user", "username"), "JobOriginatingUserName"),
}
"""What people call a setting, in lower case -> its path."""


def called(path: str, text: str, allowed: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return what is meant by a value that is none of `allowed`: words to say so (`JPEG is called jfif or exif`)
    and the values that can be meant; ('', ()) where nobody knows."""
    known = _VALUES.get(path.rpartition("/")[2], {}).get(text.casefold())
    if known is not None:
        meant = tuple(each for each in known[1] if each in allowed)
        return f"{known[0]} is called {_or(meant)}", meant
    close = difflib.get_close_matches(text.casefold(), [each.casefold() for each in allowed], 1, 0.7)
    meant = tuple(each for each in allowed if each.casefold() in close)
    return (f"did you mean {meant[0]}?", meant) if meant else ("", ())


def path_called(name: str) -> str:
    """The path that a person means by `name`; '' where nobody knows."""
    return _PATHS.get(name.rpartition("/")[2].casefold(), "")


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
