"""What an image file is, by its own octets and by decoders of others."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageSequence

_BITS: Final = {"1": 1, "L": 8, "I;16": 16, "I;16B": 16, "RGB": 24, "RGBA": 32, "P": 8}
_PHOTOMETRIC: Final = 262
"""Tag of TIFF 6.0."""
_SAMPLE: Final = 48
"""Pixels along each side of what is compared."""


class NoPicture(ValueError):
    """Octets that cannot be decoded. `str()` says why."""


def kind_of(octets: bytes) -> str:
    """The kind of file by its first octets: png, jpeg, tiff, bmp, dib, pdf, xps, jpeg2000; '' for another."""
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"II*\0", "tiff"),
        (b"MM\0*", "tiff"),
        (b"BM", "bmp"),
        (b"\x28\0\0\0", "dib"),
        (b"%PDF-", "pdf"),
        (b"PK\x03\x04", "xps"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
        (b"\xff\x4f\xff\x51", "jpeg2000"),
    ):
        if octets.startswith(start):
            return kind
    return ""


KINDS: Final = {
    "png": ("png",),
    "jfif": ("jpeg",),
    "exif": ("jpeg",),
    "dib": ("bmp", "dib"),
    "pdf-a": ("pdf",),
    "xps": ("xps",),
    "jpeg2k": ("jpeg2000",),
}
"""Keyword -> what its file may be. All TIFF keywords are tiff; of jbig nothing is known by its first octets."""


def kinds_of(format: str) -> tuple[str, ...]:
    """What a file of that keyword may be; () where nothing can be said."""
    return ("tiff",) if format.startswith("tiff-") else KINDS.get(format, ())


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded image."""

    width: int
    height: int
    bits: int
    """Of a pixel, as the file has it."""
    frames: int
    small: Image.Image
    """The first image in grey, 48 pixels square, however it was."""

    @property
    def brightness(self) -> float:
        """Mean of all pixels, 0 to 255."""
        octets = self.small.tobytes()
        return sum(octets) / len(octets)

    def likeness(self, other: Picture) -> float:
        """How alike two pictures are, turned to the same size: 1 for the same, about 0 for two of nothing in
        common."""
        mine, theirs = self.small.tobytes(), other.small.tobytes()
        own, its = sum(mine) / len(mine), sum(theirs) / len(theirs)
        above = sum((a - own) * (b - its) for a, b in zip(mine, theirs, strict=True))
        below = (sum((a - own) ** 2 for a in mine) * sum((b - its) ** 2 for b in theirs)) ** 0.5
        return above / below if below else 0.0

    def turned(self, degrees: int) -> Picture:
        """The same turned clockwise by a multiple of 90 degrees."""
        small = self.small.rotate(-degrees)
        size = (self.height, self.width) if degrees % 180 else (self.width, self.height)
        return Picture(*size, self.bits, self.frames, small)

    @property
    def has_content(self) -> bool:
        """Whether there is anything to compare."""
        lowest, highest = self.small.getextrema()
        return isinstance(lowest, int) and isinstance(highest, int) and highest - lowest > 16


def decoded(octets: bytes) -> Picture:
    """Decode a file of one image or several. Raises NoPicture."""
    try:
        with Image.open(io.BytesIO(octets)) as image:
            frames = sum(1 for _ in ImageSequence.Iterator(image))
            image.seek(0)
            image.load()
            grey = image.convert("L").resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
            return Picture(image.width, image.height, _bits(image), frames, grey)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise NoPicture(f"no image that can be decoded: {error}") from None


def photometric(octets: bytes) -> int | None:
    """PhotometricInterpretation of a TIFF file; None where it is none. Raises NoPicture."""
    decoded(octets)
    with Image.open(io.BytesIO(octets)) as image:
        tags = getattr(image, "tag_v2", {})
        found = tags.get(_PHOTOMETRIC)
        return found if isinstance(found, int) else None


def _bits(image: Image.Image) -> int:
    if image.mode == "L" and image.format == "PNG":
        return int(image.info.get("bits", 8)) if isinstance(image.info.get("bits"), int) else 8
    return _BITS.get(image.mode, 0)


def cropped(picture: bytes, box: tuple[float, float, float, float]) -> Picture:
    """A part of an image, in fractions of its width and height: left, top, right, bottom. Raises NoPicture."""
    whole = decoded(picture)
    with Image.open(io.BytesIO(picture)) as image:
        part = image.convert("L").crop(
            (
                round(box[0] * whole.width),
                round(box[1] * whole.height),
                round(box[2] * whole.width),
                round(box[3] * whole.height),
            )
        )
        small = part.resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
        return Picture(part.width, part.height, whole.bits, 1, small)
