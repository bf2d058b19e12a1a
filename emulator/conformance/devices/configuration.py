"""What a device says that it can do, as the judge reads it from ScannerConfiguration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from emulator.conformance.names import WSCN

ONE_IMAGE_FORMATS: Final = ("png", "jfif", "exif", "dib", "tiff-single-uncompressed")
"""Formats of one image a file that the judge decodes, the preferred ones first."""
MOST: Final = 2147483647
"""[wscn/wire/integers-of-32-bits]"""
_FORMAT: Final = re.compile(r"[A-Za-z0-9:/;_\-+.\\]+")
"""A format that a ticket can hold. [wscn/extension/formats]"""
_PREFERRED_COLORS: Final = ("Grayscale8", "RGB24", "BlackAndWhite1")


@dataclass(frozen=True, slots=True)
class Source:
    """Platen, the front of ADF, or Film."""

    keyword: str
    """Of InputSource."""
    widths: tuple[int, ...]
    heights: tuple[int, ...]
    colors: tuple[str, ...]
    smallest: tuple[int, int]
    """Width and height in 1/1000 inch."""
    largest: tuple[int, int]

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Square ones, the lowest first."""
        return tuple(sorted(set(self.widths) & set(self.heights)))

    @property
    def color(self) -> str:
        """The one that is cheap to look at; '' where none is told."""
        return next((each for each in (*_PREFERRED_COLORS, *self.colors) if each in self.colors), "")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The parts of ScannerConfiguration that tickets are made by."""

    formats: tuple[str, ...]
    content_types: tuple[str, ...]
    rotations: tuple[str, ...]
    scaling_width: tuple[int, int]
    scaling_height: tuple[int, int]
    quality: tuple[int, int]
    auto_detect: bool
    auto_exposure: bool
    brightness: bool
    contrast: bool
    platen: Source | None
    feeder: Source | None
    duplex: bool
    """ADFSupportsDuplex."""
    film: Source | None

    @property
    def format(self) -> str:
        """One that the judge decodes, or the first of all; '' where none is told."""
        return next((each for each in (*ONE_IMAGE_FORMATS, *self.formats) if each in self.formats), "")

    @property
    def source(self) -> Source:
        """The one that needs nobody's hands, where there is one. Raises ValueError where there is none at all."""
        found = self.platen or self.feeder or self.film
        if found is None:
            raise ValueError("it has neither Platen nor ADF nor Film")
        return found


def read_configuration(element: Any) -> Configuration:
    """Read wscn:ScannerConfiguration. What is missing there, or cannot be read, counts as nothing that it can do:
    other checks say so."""
    settings = _child(element, "DeviceSettings")
    scaling = _child(settings, "ScalingRangeSupported")
    feeder = _child(element, "ADF")
    return Configuration(
        tuple(
            each
            for each in _texts(settings, "FormatsSupported", "FormatValue")
            if _FORMAT.fullmatch(each) is not None
        ),
        _texts(settings, "ContentTypesSupported", "ContentTypeValue"),
        _texts(settings, "RotationsSupported", "RotationValue"),
        _range(_child(scaling, "ScalingWidth")),
        _range(_child(scaling, "ScalingHeight")),
        _range(_child(settings, "CompressionQualityFactorSupported")),
        _flag(settings, "DocumentSizeAutoDetectSupported"),
        _flag(settings, "AutoExposureSupported"),
        _flag(settings, "BrightnessSupported"),
        _flag(settings, "ContrastSupported"),
        _source(_child(element, "Platen"), "Platen", "Platen"),
        _source(_child(feeder, "ADFFront"), "ADF", "ADF"),
        _flag(feeder, "ADFSupportsDuplex"),
        _source(_child(element, "Film"), "Film", "Film"),
    )


def number(element: Any) -> int | None:
    """The integer that an element holds; None where it holds none, or there is no element."""
    text = "" if element is None else (element.text or "").strip()
    return int(text) if text.lstrip("-").isdecimal() and text.count("-") < 2 and len(text) < 20 else None


def _in_range(value: int | None) -> int | None:
    """A number that a ticket can hold; None for another."""
    return value if value is not None and 1 <= value <= MOST else None


def _child(element: Any, name: str) -> Any:
    return None if element is None else element.find(f"{{{WSCN}}}{name}")


def _texts(element: Any, name: str, each: str) -> tuple[str, ...]:
    parent = _child(element, name)
    return () if parent is None else tuple((one.text or "").strip() for one in parent.findall(f"{{{WSCN}}}{each}"))


def _numbers(element: Any, name: str, each: str) -> tuple[int, ...]:
    return tuple(
        int(one)
        for one in _texts(element, name, each)
        if one.isdecimal() and len(one) < 11 and 1 <= int(one) <= MOST
    )


def _flag(element: Any, name: str) -> bool:
    found = _child(element, name)
    return found is not None and (found.text or "").strip() in ("1", "true")


def _range(element: Any) -> tuple[int, int]:
    lowest, highest = number(_child(element, "MinValue")), number(_child(element, "MaxValue"))
    if lowest is None or highest is None or not 1 <= lowest <= highest <= 1000:
        return 100, 100
    return lowest, highest


def _size(element: Any, otherwise: tuple[int, int]) -> tuple[int, int]:
    width, height = (_in_range(number(_child(element, name))) for name in ("Width", "Height"))
    return otherwise if width is None or height is None else (width, height)


def _source(element: Any, keyword: str, prefix: str) -> Source | None:
    if element is None:
        return None
    resolutions = _child(element, f"{prefix}Resolutions")
    return Source(
        keyword,
        _numbers(resolutions, "Widths", "Width"),
        _numbers(resolutions, "Heights", "Height"),
        _texts(element, f"{prefix}Color", "ColorEntry"),
        _size(_child(element, f"{prefix}MinimumSize"), (1, 1)),
        _size(_child(element, f"{prefix}MaximumSize"), (8500, 11000)),
    )
