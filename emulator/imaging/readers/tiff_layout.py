"""How the pixels of a TIFF image lie in the file, and whether that is read: what is not is refused by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers.tiff_directories import Directory
from emulator.imaging.readers.unreadable import Unreadable

# Compression (TIFF 6.0; 7, 8: Technical Note 2; 32946 and above: libtiff's tiff.h)
NONE: Final = 1
CCITT_MH: Final = 2
CCITT_G3: Final = 3
CCITT_G4: Final = 4
LZW: Final = 5
OLD_JPEG: Final = 6
JPEG: Final = 7
DEFLATE: Final = 8
PACKBITS: Final = 32773
OLD_DEFLATE: Final = 32946
LZMA: Final = 34925
ZSTD: Final = 50000

COMPRESSIONS: Final = {
    NONE: "none", CCITT_MH: "CCITT modified Huffman", CCITT_G3: "CCITT Group 3", CCITT_G4: "CCITT Group 4",
    LZW: "LZW", OLD_JPEG: "old-style JPEG", JPEG: "JPEG", DEFLATE: "deflate", 9: "JBIG", 10: "JBIG",
    32766: "NeXT", 32771: "CCITT with word alignment", PACKBITS: "PackBits", 32809: "ThunderScan",
    32908: "Pixar film", 32909: "Pixar log", OLD_DEFLATE: "deflate", 33003: "JPEG 2000", 33005: "JPEG 2000",
    34661: "JBIG", 34676: "SGI log", 34677: "SGI log 24", 34712: "JPEG 2000", 34887: "LERC", LZMA: "LZMA",
    34926: "Zstandard", 34933: "PNG", 34934: "JPEG XR", ZSTD: "Zstandard", 50001: "WebP", 50002: "JPEG XL",
    52546: "JPEG XL",
}  # fmt: skip
FAX: Final = frozenset({CCITT_MH, CCITT_G3, CCITT_G4})
_PREDICTED: Final = frozenset({LZW, DEFLATE, OLD_DEFLATE, LZMA, ZSTD})
_OCTETS: Final = frozenset({NONE, PACKBITS}) | _PREDICTED
"""Compressions of octets, whatever they stand for."""

# PhotometricInterpretation
WHITE_IS_ZERO: Final = 0
BLACK_IS_ZERO: Final = 1
RGB: Final = 2
PALETTE: Final = 3
TRANSPARENCY_MASK: Final = 4
CMYK: Final = 5
YCBCR: Final = 6
CIELAB: Final = 8
ICCLAB: Final = 9

PHOTOMETRICS: Final = {
    WHITE_IS_ZERO: "WhiteIsZero", BLACK_IS_ZERO: "BlackIsZero", RGB: "RGB", PALETTE: "palette",
    TRANSPARENCY_MASK: "transparency mask", CMYK: "CMYK", YCBCR: "YCbCr", CIELAB: "CIELab", ICCLAB: "ICCLab",
    10: "ITULab", 32803: "colour filter array", 32844: "LogL", 32845: "LogLuv", 34892: "linear raw",
    51177: "depth map", 52527: "semantic mask",
}  # fmt: skip
GREYS: Final = frozenset({WHITE_IS_ZERO, BLACK_IS_ZERO})
_COLOURS: Final = {
    WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, CIELAB: 3, ICCLAB: 3,
}  # fmt: skip
"""Photometric interpretations that are read, and their samples without alpha and the like."""

# SampleFormat
UNSIGNED: Final = 1
SIGNED: Final = 2
FLOAT: Final = 3
_UNDEFINED: Final = 4  # as if the tag were not there (TIFF 6.0, section 19)
_SAMPLE_FORMATS: Final = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "floating point", 5: "complex integer",
                          6: "complex floating point"}  # fmt: skip

# Predictor
DIFFERENCES: Final = 2
FLOAT_DIFFERENCES: Final = 3  # TIFF Technical Note 3
_PREDICTORS: Final = {1: "none", DIFFERENCES: "horizontal differencing", FLOAT_DIFFERENCES: "floating point"}

SEPARATE: Final = 2  # PlanarConfiguration
ASSOCIATED_ALPHA: Final = 1  # ExtraSamples
UNASSOCIATED_ALPHA: Final = 2
_MOST_SAMPLES: Final = 16


@dataclass(frozen=True, slots=True)
class Layout:
    """Of one image."""

    width: int
    height: int
    bits: int
    """Of each sample."""
    samples: int
    """Of each pixel."""
    sample_format: int
    photometric: int
    planar: int
    compression: int
    predictor: int
    extra: tuple[int, ...]
    """ExtraSamples: what the samples behind the colours are."""
    fill_order: int
    order: str
    """Of the octets: `<` or `>`."""
    big: bool
    tile: tuple[int, int] | None
    """Width and height where the image is in tiles."""
    rows_per_strip: int
    subsampling: tuple[int, int]
    """Of Cb and Cr."""
    ink_set: int

    @property
    def colours(self) -> int:
        """Samples of a pixel without alpha and the like."""
        return _COLOURS[self.photometric]

    @property
    def alpha(self) -> tuple[int, bool] | None:
        """Number of the sample that is alpha, and whether the colours are multiplied with it."""
        for place, meaning in enumerate(self.extra):
            if meaning in {ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA}:
                return self.colours + place, meaning == ASSOCIATED_ALPHA
        return None

    @property
    def separate(self) -> bool:
        """Whether each sample has a plane of its own."""
        return self.planar == SEPARATE and self.samples > 1

    @property
    def block(self) -> tuple[int, int]:
        """Width and height of a tile or a strip."""
        return self.tile or (self.width, min(self.rows_per_strip, self.height))

    def __str__(self) -> str:
        said = [
            f"{self.bits} bits {_named(_SAMPLE_FORMATS, self.sample_format)}",
            f"{self.samples} {'sample' if self.samples == 1 else 'samples'} a pixel",
            f"photometric {_named(PHOTOMETRICS, self.photometric)}",
            f"compression {_named(COMPRESSIONS, self.compression)}",
        ]
        if self.predictor != 1:
            said.append(f"predictor {_named(_PREDICTORS, self.predictor)}")
        if self.separate:
            said.append("separate planes")
        if self.extra:
            said.append(f"ExtraSamples {' '.join(map(str, self.extra))}")
        said.append(f"{'big' if self.order == '>' else 'little'}-endian{' BigTIFF' if self.big else ''}")
        return ", ".join(said)


def _named(names: dict[int, str], number: int) -> str:
    return f"{names[number]} ({number})" if number in names else f"{number}"


def layout_of(directory: Directory) -> Layout:
    """The layout of an image that is read. Raises Unreadable: damaged, or the layout's name."""
    photometric = directory.number(tags.PHOTOMETRIC, -1)
    compression = directory.number(tags.COMPRESSION, NONE)
    if photometric < 0:
        if compression not in FAX:
            raise Unreadable("not read: the TIFF has no PhotometricInterpretation")
        photometric = WHITE_IS_ZERO
    old_colour = compression == OLD_JPEG and photometric in {RGB, YCBCR}
    samples = directory.number(tags.SAMPLES_PER_PIXEL, 3 if old_colour else 1)
    width, height = directory.number(tags.IMAGE_WIDTH, 0), directory.number(tags.IMAGE_LENGTH, 0)
    if width < 1 or height < 1 or samples < 1:
        raise Unreadable(f"damaged: a TIFF image of {width}x{height} pixels of {samples} samples")
    bits = _same(directory, tags.BITS_PER_SAMPLE, 1, samples, "BitsPerSample")
    form = _same(directory, tags.SAMPLE_FORMAT, UNSIGNED, samples, "SampleFormat")
    tile = directory.number(tags.TILE_WIDTH, 0), directory.number(tags.TILE_LENGTH, 0)
    tiled = tags.TILE_WIDTH in directory or tags.TILE_OFFSETS in directory
    rows = directory.number(tags.ROWS_PER_STRIP, height)
    if (tiled and not (0 < tile[0] <= 2**20 and 0 < tile[1] <= 2**20)) or rows < 1:
        raise Unreadable(f"damaged: tiles of {tile[0]}x{tile[1]} pixels, strips of {rows} rows")
    subsampling = directory.whole(tags.YCBCR_SUB_SAMPLING) or (2, 2)
    layout = Layout(
        width=width,
        height=height,
        bits=bits,
        samples=samples,
        sample_format=UNSIGNED if form == _UNDEFINED else form,
        photometric=photometric,
        planar=directory.number(tags.PLANAR_CONFIGURATION, 1),
        compression=compression,
        predictor=directory.number(tags.PREDICTOR, 1),
        extra=directory.whole(tags.EXTRA_SAMPLES),
        fill_order=directory.number(tags.FILL_ORDER, 1),
        order=directory.order,
        big=directory.big,
        tile=tile if tiled else None,
        rows_per_strip=rows,
        subsampling=(subsampling[0], subsampling[-1]),
        ink_set=directory.number(tags.INK_SET, 1),
    )
    why = _refusal(layout)
    if why is not None:
        raise Unreadable(f"{why} not read in a TIFF of {layout}")
    return layout


def _same(directory: Directory, tag: int, otherwise: int, samples: int, name: str) -> int:
    """A value that must be the same for all samples."""
    values = directory.whole(tag) or (otherwise,)
    if len(set(values[:samples])) > 1:
        shown = " ".join(map(str, values[:samples]))
        raise Unreadable(f"not read: the samples of the TIFF differ, {name} {shown}")
    return values[0]


def _refusal(layout: Layout) -> str | None:
    """Return what of a layout is not read, with its verb; None where all is."""
    compression, bits = layout.compression, layout.bits
    if layout.photometric not in _COLOURS:
        return f"photometric {_named(PHOTOMETRICS, layout.photometric)} is"
    if layout.samples > _MOST_SAMPLES or layout.samples < layout.colours:
        return f"{layout.samples} samples a pixel are"
    if layout.planar not in {1, SEPARATE}:
        return f"PlanarConfiguration {layout.planar} is"
    if layout.fill_order not in {1, 2}:
        return f"FillOrder {layout.fill_order} is"
    if layout.photometric == CMYK and layout.ink_set != 1:
        return f"InkSet {layout.ink_set} is"
    wrong = _format_refusal(layout)
    if wrong is not None:
        return wrong
    named = f"compression {_named(COMPRESSIONS, compression)}"
    if compression in _OCTETS:
        return _predictor_refusal(layout)
    if compression in FAX:
        return None if (bits, layout.samples) == (1, 1) else f"{named} of {bits} bits is"
    if compression == JPEG:
        return _jpeg_refusal(layout, named)
    if compression == OLD_JPEG:
        usual = bits == 8 and not layout.separate and not layout.extra and layout.photometric in {1, RGB, YCBCR}
        return None if usual and not (layout.big and layout.order == ">") else f"{named} is"
    return f"{named} is"


def _format_refusal(layout: Layout) -> str | None:
    """Bits and their meaning."""
    bits, photometric = layout.bits, layout.photometric
    if layout.sample_format not in {UNSIGNED, SIGNED, FLOAT}:
        return f"SampleFormat {_named(_SAMPLE_FORMATS, layout.sample_format)} is"
    if layout.sample_format == SIGNED and (bits != 32 or photometric != BLACK_IS_ZERO or layout.samples != 1):
        return f"SampleFormat {_named(_SAMPLE_FORMATS, SIGNED)}, which leaves open what is black, is"
    if layout.sample_format == FLOAT and (bits not in {16, 32, 64} or photometric not in GREYS | {RGB}):
        return f"floating point of {bits} bits is" if photometric in GREYS | {RGB} else "floating point is"
    if layout.sample_format == UNSIGNED and not 1 <= bits <= 32:
        return f"{bits} bits a sample are"
    if bits == 24 and layout.order == "<":
        return "24 bits in little-endian order, which programs do not agree on, are"
    if photometric == PALETTE and bits not in {1, 2, 4, 8, 16}:
        return f"a palette of {bits} bits is"
    if photometric in {CIELAB, ICCLAB} and bits not in {8, 16}:
        return f"Lab of {bits} bits is"
    if photometric == YCBCR and layout.compression in _OCTETS:
        across, down = layout.subsampling
        if bits != 8 or layout.samples != 3:
            return f"YCbCr of {bits} bits and {layout.samples} samples is"
        if across not in {1, 2, 4} or down not in {1, 2, 4} or (layout.separate and (across, down) != (1, 1)):
            return f"YCbCrSubSampling {across} {down} is"
        if layout.predictor != 1 and (across, down) != (1, 1):
            return f"a predictor with YCbCrSubSampling {across} {down} is"
    return None


def _predictor_refusal(layout: Layout) -> str | None:
    predictor, named = layout.predictor, f"predictor {_named(_PREDICTORS, layout.predictor)}"
    if predictor == 1 or (predictor in _PREDICTORS and layout.compression not in _PREDICTED):
        return None  # the tag belongs to the compressions that have one; libtiff does not look at it elsewhere
    if predictor == DIFFERENCES and layout.bits in {8, 16, 32, 64}:
        return None
    if predictor == FLOAT_DIFFERENCES and layout.sample_format == FLOAT:
        return None
    return f"{named} of {layout.bits} bits is"


def _jpeg_refusal(layout: Layout, named: str) -> str | None:
    if layout.bits != 8 or layout.sample_format != UNSIGNED:
        return f"{named} of {layout.bits} bits is"
    if layout.photometric not in {WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, CMYK, YCBCR}:
        return f"{named} of photometric {_named(PHOTOMETRICS, layout.photometric)} is"
    if layout.separate:
        plain = layout.photometric != YCBCR or layout.subsampling == (1, 1)
        return None if plain else f"{named} of separate subsampled planes is"
    return None if layout.samples in {1, 3, 4} else f"{named} of {layout.samples} samples is"


def by_pillow(layout: Layout) -> bool:
    """Return whether Pillow reads the layout as it is: the ordinary ones, faster than anything in Python."""
    if layout.planar != 1 or (layout.big and layout.order == ">") or layout.sample_format != UNSIGNED:
        return False
    if layout.compression == OLD_JPEG:
        return True
    if layout.compression == JPEG or (layout.fill_order != 1 and layout.compression not in FAX):
        return False
    kind = layout.photometric, layout.samples, layout.extra
    if layout.bits in {1, 2, 4}:
        return kind in {(WHITE_IS_ZERO, 1, ()), (BLACK_IS_ZERO, 1, ()), (PALETTE, 1, ())}
    return layout.bits == 8 and kind in {
        (WHITE_IS_ZERO, 1, ()),
        (BLACK_IS_ZERO, 1, ()),
        (PALETTE, 1, ()),
        (RGB, 3, ()),
        (RGB, 4, (UNASSOCIATED_ALPHA,)),
        (CMYK, 4, ()),
        (CIELAB, 3, ()),
    }
