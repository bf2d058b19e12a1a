"""Pages of image files. Of an animation (GIF, WebP) the first picture is the page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import ExifTags, Image

from emulator.imaging.coded import CodedImage, CodedPage, Coding
from emulator.imaging.kinds import HEAD_BYTES, FileKind
from emulator.imaging.pages import MAX_PAGE_PIXELS, Page, SourceError, Wanted
from emulator.imaging.placement import place
from emulator.imaging.readers import bmp_file, first_frame, png_file
from emulator.imaging.readers.color_profile import Conversion, conversion, profile_notes
from emulator.imaging.readers.density import UNKNOWN, Density, density_of
from emulator.imaging.readers.embedded_profile import profile_of
from emulator.imaging.readers.tiff_file import TiffImage, tiff_images
from emulator.imaging.readers.unreadable import DAMAGE, Unreadable, damage, too_large
from emulator.imaging.samples import DeepImage, Raster

if TYPE_CHECKING:
    from emulator.imaging.readers import coded_data

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
_CODINGS: Final = {FileKind.JPEG: Coding.JPEG, FileKind.TIFF: Coding.GROUP_4, FileKind.PNG: Coding.PNG}
"""Of files whose pages may be taken as they are coded."""
_TURNING: Final = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"})
"""Of a PNG: where its orientation may stand."""
_PROFILES_LOOKED_AT: Final = 100
"""Pages of a TIFF whose colour profiles are looked at before they are read."""

# Pillow only warns from its limit up to twice that; here both are errors. And it warns of every damaged tag
# that it does without: whether the page can be seen is what counts, and a person wants one line or none.
# A filter set for each call would not be safe in threads.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class RasterFile:
    """An image file with one or more pages."""

    def __init__(self, path: Path, kind: FileKind) -> None:
        """Look through the headers. Raises SourceError."""
        self.path = path
        self.notes: tuple[str, ...] = ()
        """What a person should know of the file although it is read, a line each."""
        self._kind = kind
        self._file: BinaryIO | None = None
        self._image: Image.Image | None = None
        self._tiff: list[TiffImage] = []
        self._count = 1
        try:
            with self._reasons(None):
                if kind is FileKind.TIFF:
                    self._count = len(self._reopen_tiff())
                    sizes = [page.size for page in self._tiff]
                    profiles = [page.profile for page in self._tiff[:_PROFILES_LOOKED_AT]]
                else:
                    image = self._reopen()
                    sizes, profiles = [image.size], [self._profile(image)]
                if self._count == 1:
                    # Of several pages one that is too large is named when it comes: the others can be had.
                    _refuse_too_large(sizes[0])
                self.notes = tuple(dict.fromkeys(note for each in profiles for note in profile_notes(each)))
        finally:
            self.close()

    def __len__(self) -> int:
        return self._count

    def _reopen_tiff(self) -> list[TiffImage]:
        if self._file is None:
            with damage():
                self._file = self.path.open("rb")
            self._tiff = tiff_images(self._file)
        return self._tiff

    def _reopen(self) -> Image.Image:
        if self._image is None:
            with damage():
                self._file = self.path.open("rb")
            try:
                with damage():
                    self._image = Image.open(self._file, formats=[self._kind])
            except Unreadable:
                if self._kind is FileKind.JPEG:
                    self._refuse_kind_of_jpeg()
                raise
        return self._image

    def _refuse_kind_of_jpeg(self) -> None:
        """Raises Unreadable for a kind of JPEG of which Pillow only says that it does not know it."""
        from emulator.imaging.readers import jpeg_data

        jpeg_data.check_kind(self.path.read_bytes())

    @contextmanager
    def _reasons(self, page: int | None) -> Iterator[None]:
        try:
            yield
        except Unreadable as error:
            reason = str(error).replace(str(self.path), "")
            raise SourceError(self.path, reason, page) from None

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Decode page `index` upright, in sRGB. Raises SourceError."""
        number = index + 1 if len(self) > 1 else None
        done = False
        try:
            with self._reasons(number):
                image, density = (
                    self._tiff_page(index, wanted) if self._kind is FileKind.TIFF else self._one_page(wanted)
                )
            done = len(self) > 1
        finally:
            if not done:  # the only page; and a decoder that failed is in no state to go on
                self.close()
        name = self.path.name
        origin = name if number is None else f"{name} page {number}"
        return Page(image, density.dpi, origin, aspect=density.aspect)

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        """Page `index` as the file has it coded, where it is upright and in sRGB so; None for another one. Raises
        SourceError."""
        if _CODINGS.get(self._kind) is not coding:
            return None
        number = index + 1 if len(self) > 1 else None
        with self._reasons(number):
            found, density = self._found_coded(index)
        if found is None or found.size[0] * found.size[1] > MAX_PAGE_PIXELS:
            return None

        def load() -> CodedImage:
            try:
                with self._reasons(number):
                    return found.load()
            finally:
                if len(self) == 1:
                    self.close()

        return CodedPage(
            found.coding,
            found.size,
            found.color,
            density.dpi,
            density.aspect,
            load,
            tables=found.tables,
            pieces=found.pieces,
        )

    def _found_coded(self, index: int) -> tuple[coded_data.Found | None, Density]:
        """Raises Unreadable."""
        from emulator.imaging.readers import coded_data

        if self._kind is FileKind.TIFF:
            page = self._reopen_tiff()[index]
            plain = page.orientation == 1 and conversion(page.profile, "L") is None
            return coded_data.group_4(page) if plain else None, page.density
        image = self._reopen()
        assert self._file is not None
        if conversion(self._profile(image), image.mode) is not None:
            return None, UNKNOWN
        if self._kind is FileKind.PNG:
            if not _TURNING.isdisjoint(image.info):
                return None, UNKNOWN
            at = self._file.tell()
            try:
                return coded_data.png(self._file), density_of(image, self._kind, {}, b"")
            finally:
                self._file.seek(at)
        exif = _exif(image)
        if _orientation(exif) in _TRANSPOSITIONS:
            return None, UNKNOWN
        with damage():
            data = self.path.read_bytes()
        return coded_data.jpeg(data), density_of(image, self._kind, exif, b"")

    def _tiff_page(self, index: int, wanted: Wanted | None) -> tuple[Raster, Density]:
        page = self._reopen_tiff()[index]
        _refuse_too_large(page.size)
        orientation = page.orientation
        plain = conversion(page.profile, "RGB") is None
        grey = wanted is not None and wanted.mode != "RGB" and plain
        image, upright = page.read(deep=wanted is not None and wanted.deep, grey=grey)
        image = _in_srgb(image, conversion(page.profile, _mode(image)))
        if not upright:
            image = _upright(image, orientation)
        return image, page.density.turned if orientation in _SIDEWAYS else page.density

    def _one_page(self, wanted: Wanted | None) -> tuple[Raster, Density]:
        image = self._reopen()
        _refuse_too_large(image.size)
        deep = wanted is not None and wanted.deep
        to_srgb = conversion(self._profile(image), image.mode)
        pixels: Raster
        if self._kind is FileKind.JPEG:
            exif = _exif(image)
            density = density_of(image, self._kind, exif, b"")
            orientation = _orientation(exif)
            pixels, density = self._jpeg(image, wanted, density, orientation, colour=to_srgb is not None)
        else:
            pixels = self._pixels(image, deep=deep)
            exif = _exif(image)  # now, because Pillow decodes a PNG to find what stands behind the pixels
            density = density_of(image, self._kind, exif, self._head())
            orientation = _orientation(exif)
        pixels = _upright(_in_srgb(pixels, to_srgb), orientation)
        return pixels, density.turned if orientation in _SIDEWAYS else density

    def _profile(self, image: Image.Image) -> bytes | None:
        assert self._file is not None
        return profile_of(image, self._kind, self._file)

    def _head(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)

    def _pixels(self, image: Image.Image, *, deep: bool) -> Raster:
        if self._kind is FileKind.PNG:
            assert self._file is not None
            at = self._file.tell()
            head = png_file.check(self._file)
            self._file.seek(at)
            return png_file.read(self.path, image, head, deep=deep)
        if self._kind is FileKind.GIF:
            return first_frame.read_gif(image)
        if self._kind is FileKind.WEBP:
            assert self._file is not None
            return first_frame.read_webp(image, self._file)
        if self._kind is FileKind.BMP:
            return bmp_file.read(image, self._head())
        if self._kind is FileKind.JPEG_2000 and deep and image.mode == "RGB":
            from emulator.imaging.readers.jpeg_2000 import read_deep

            found = read_deep(self.path)
            if found is not None and found.size == image.size:
                return found
        with damage():
            image.load()
        return image

    def _jpeg(
        self, image: Image.Image, wanted: Wanted | None, density: Density, orientation: int, *, colour: bool
    ) -> tuple[Image.Image, Density]:
        from emulator.imaging.readers import jpeg_file

        stored = image.size
        if wanted is not None:
            density = _draft(image, wanted, density, sideways=orientation in _SIDEWAYS, colour=colour)
        return jpeg_file.read(self.path, image, stored), density

    def close(self) -> None:
        """Close the file; it is opened again when a page is asked for. Pages given out stay usable."""
        self._image = None
        self._tiff = []
        if self._file is not None:
            self._file.close()
            self._file = None


def _refuse_too_large(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PAGE_PIXELS:
        raise too_large(size)


def _mode(image: Raster) -> str:
    if isinstance(image, DeepImage):
        return "I;16" if image.channels == 1 else "RGB"
    return image.mode


def _in_srgb(image: Raster, to_srgb: Conversion | None) -> Raster:
    if to_srgb is None:
        return image
    with damage("its colour profile: "):
        return to_srgb.of(image)


def _upright(image: Raster, orientation: int) -> Raster:
    """A decoded page; `image` itself where it is upright."""
    how = _TRANSPOSITIONS.get(orientation)
    if how is None:
        return image
    if isinstance(image, DeepImage):
        from emulator.imaging.deep import transposed

        return transposed(image, how)
    return image.transpose(how)


def _exif(image: Image.Image) -> Image.Exif:
    """EXIF of an image whose pixels have been read; damaged EXIF is no reason to refuse a picture that can be
    seen."""
    try:
        return image.getexif()
    except DAMAGE:
        return Image.Exif()


def _orientation(exif: Image.Exif) -> int:
    """1 where it is missing or nonsense."""
    found = exif.get(ExifTags.Base.Orientation, 1)
    return found if isinstance(found, int) else 1


def _draft(image: Image.Image, wanted: Wanted, density: Density, *, sideways: bool, colour: bool) -> Density:
    """Let the JPEG decoder leave out what the scan would average away: colour (not where a profile needs it), and
    1/2, 1/4 or 1/8 in size. Returns the density of what it will decode."""
    stored = image.size
    upright = (stored[1], stored[0]) if sideways else stored
    seen = density.turned if sideways else density
    lie = place(upright, seen.dpi, wanted.medium, seen.aspect)
    width = max(1, int(lie.width * wanted.resolution.width / 1000))
    height = max(1, int(lie.height * wanted.resolution.height / 1000))
    grey = wanted.mode != "RGB" and image.mode in {"RGB", "L"} and not colour
    # One less, because the decoder rounds 1/2 of an odd size up and Pillow takes no size that is smaller.
    size = (height, width) if sideways else (width, height)
    with damage():
        image.draft("L" if grey else None, (max(1, size[0] - 1), max(1, size[1] - 1)))
    return density.shrunk(image.width / stored[0], image.height / stored[1])
