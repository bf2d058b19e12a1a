"""Pages of image files, read by Pillow. Of an animation (GIF, WebP) the first picture is the page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import ExifTags, Image

from emulator.imaging.deep_file import joined, jpeg_2000, low_tiles
from emulator.imaging.kinds import Kind
from emulator.imaging.pages import MAX_PAGE_PIXELS, Page, SourceError, Wanted
from emulator.imaging.placement import place
from emulator.imaging.samples import Raster

PLAUSIBLE_DPI: Final = (75, 2400)
"""Outside of it, and at 96 (screens), a file's resolution says nothing about paper."""
_SCREEN_DPI: Final = 96

_NEW_SUBFILE_TYPE: Final = 254
_REDUCED_IMAGE: Final = 1  # bit 0: a smaller copy of another image (TIFF 6.0, section 8)

_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF Orientation -> what makes the picture upright (CIPA DC-008, tag 0x0112)."""
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})

# Pillow only warns from its limit up to twice that; here both are errors. And it warns of every damaged tag
# that it does without: whether the page can be seen is what counts, and a person wants one line or none.
# A filter set for each call would not be safe in threads.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


@contextmanager
def _reasons(path: Path, page: int | None) -> Iterator[None]:
    """Turn whatever a decoder raises into SourceError."""
    try:
        yield
    except SourceError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise SourceError(path, _too_large(""), page) from None
    except FileNotFoundError:
        raise SourceError(path, "no such file", page) from None
    except MemoryError:
        raise SourceError(path, "not enough memory to decode it", page) from None
    # Pillow's readers raise OSError for most damage, but ValueError, SyntaxError, struct.error, KeyError
    # and others too: no list of them would be complete.
    except Exception as error:
        text = str(error).replace(str(path), "").strip() or type(error).__name__
        raise SourceError(path, f"damaged or not readable: {text}", page) from None


def _too_large(size: str) -> str:
    return f"larger than the limit of {MAX_PAGE_PIXELS // 1_000_000} million pixels{size}"


def _plausible(dpi: object) -> tuple[float, float] | None:
    """A file's own resolution, where paper may have it."""
    try:
        x, y = (float(value) for value in dpi)  # type: ignore[attr-defined]  # whatever the file held
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    lowest, highest = PLAUSIBLE_DPI
    if not (lowest - 0.5 <= x <= highest and lowest - 0.5 <= y <= highest):
        return None
    if round(x) == round(y) == _SCREEN_DPI:
        return None
    return x, y


class RasterFile:
    """An image file with one or more pages."""

    def __init__(self, path: Path, kind: Kind) -> None:
        """Look through the headers. Raises SourceError."""
        self.path = path
        self._kind = kind
        self._file: BinaryIO | None = None
        self._image: Image.Image | None = None
        self._frames: tuple[int, ...] = (0,)
        try:
            with _reasons(path, None):
                image = self._reopen()
                if kind is Kind.TIFF:
                    self._frames = _page_frames(image)
                if len(self._frames) == 1:
                    # Of several pages one that is too large is named when it comes: the others can be had.
                    image.seek(self._frames[0])
                    self._refuse_too_large(image, None)
        finally:
            self.close()

    def __len__(self) -> int:
        return len(self._frames)

    def _reopen(self) -> Image.Image:
        if self._image is None:
            self._file = self.path.open("rb")
            self._image = Image.open(self._file, formats=[self._kind])
        return self._image

    def _refuse_too_large(self, image: Image.Image, number: int | None) -> None:
        if image.width * image.height > MAX_PAGE_PIXELS:
            raise SourceError(self.path, _too_large(f" ({image.width}x{image.height})"), number)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Decode page `index` upright. Raises SourceError."""
        number = index + 1 if len(self) > 1 else None
        try:
            with _reasons(self.path, number):
                return self._decode(index, wanted, number)
        except SourceError:
            self.close()  # a decoder that failed is in no state to go on
            raise

    def _decode(self, index: int, wanted: Wanted | None, number: int | None) -> Page:
        image = self._reopen()
        image.seek(self._frames[index])
        self._refuse_too_large(image, number)
        deep = wanted is not None and wanted.deep
        tiles = low_tiles(image) if deep else None  # first: Pillow loads a PNG to find its EXIF
        dpi = _plausible(image.info.get("dpi"))
        orientation = _orientation(image)
        if orientation in _SIDEWAYS and dpi is not None:
            dpi = dpi[1], dpi[0]
        if wanted is not None and self._kind is Kind.JPEG:
            dpi = _draft(image, wanted, dpi, sideways=orientation in _SIDEWAYS)
        if deep:
            result = self._deep(image, index, orientation, tiles)
        else:
            image.load()
            result = self._upright(image, orientation)
        if result is image and len(self) > 1:
            result = image.copy()  # the open file goes on to another page
        if len(self) == 1:
            self.close()
        name = self.path.name
        return Page(result, dpi, name if number is None else f"{name} page {number}")

    def _upright(self, image: Image.Image, orientation: int) -> Image.Image:
        """A decoded page; `image` itself where it is upright."""
        if orientation in _TRANSPOSITIONS and self._kind is not Kind.TIFF:  # Pillow turns TIFFs itself
            return image.transpose(_TRANSPOSITIONS[orientation])
        return image

    def _deep(self, image: Image.Image, index: int, orientation: int, tiles: list[Any] | None) -> Raster:
        """A page with as many bits as the file has; `tiles`: deep_file.low_tiles of it."""
        if self._kind is Kind.JPEG_2000 and image.mode == "RGB":
            found = jpeg_2000(self.path)
            if found is not None and found.size == image.size:
                return found
        image.load()
        high = self._upright(image, orientation)
        if tiles is None:
            return high
        with self.path.open("rb") as file, Image.open(file, formats=[self._kind]) as again:
            again.seek(self._frames[index])
            again.tile = tiles
            again.load()
            return joined(high, self._upright(again, orientation))

    def close(self) -> None:
        """Close the file; it is opened again when a page is asked for. Pages given out stay usable."""
        self._image = None
        if self._file is not None:
            self._file.close()
            self._file = None


def _page_frames(image: Image.Image) -> tuple[int, ...]:
    """Frames of a TIFF that are pages, not reduced copies of one."""
    frames = []
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        if not image.tag_v2.get(_NEW_SUBFILE_TYPE, 0) & _REDUCED_IMAGE:  # type: ignore[attr-defined]
            frames.append(frame)
    return tuple(frames) or (0,)


def _orientation(image: Image.Image) -> int:
    """EXIF Orientation, of a TIFF its own tag of that number; 1 where it is missing or nonsense."""
    try:
        tags = image.tag_v2 if image.format == Kind.TIFF else image.getexif()  # type: ignore[attr-defined]
        return int(tags.get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF is no reason to refuse a picture that can be seen
        return 1


def _draft(
    image: Image.Image, wanted: Wanted, dpi: tuple[float, float] | None, *, sideways: bool
) -> tuple[float, float] | None:
    """Let the JPEG decoder leave out what the scan would average away: colour, and 1/2, 1/4 or 1/8 in size.
    Returns the resolution of what it will decode."""
    stored = image.size
    upright = (stored[1], stored[0]) if sideways else stored
    lie = place(upright, dpi, wanted.medium)
    width = max(1, int(lie.width * wanted.resolution.width / 1000))
    height = max(1, int(lie.height * wanted.resolution.height / 1000))
    grey = wanted.mode != "RGB" and image.mode in {"RGB", "L"}
    # One less, because the decoder rounds 1/2 of an odd size up and Pillow takes no size that is smaller.
    size = (height, width) if sideways else (width, height)
    image.draft("L" if grey else None, (max(1, size[0] - 1), max(1, size[1] - 1)))
    if dpi is None:
        return None
    shrunk = (image.width / stored[0], image.height / stored[1])
    if sideways:
        shrunk = shrunk[1], shrunk[0]
    return dpi[0] * shrunk[0], dpi[1] * shrunk[1]
