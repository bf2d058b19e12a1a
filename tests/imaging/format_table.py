"""The table format x colour mode: what a cell is, how it is judged, and how its figure comes to the end of a run.

A test module for formats has a list CELLS and one decode function for each format; the decode function gives the
document to a program of others and says what that program saw. `judge` compares that with what was scanned, and
`record` hands the figure (`equal`, or the PSNR) to the table at the end of the run (tests/format_report.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from format_report import BITS, PROPERTY
from PIL import Image

from emulator.imaging import affine
from emulator.imaging.encode import DocumentInfo, open_document
from emulator.imaging.samples import DEEP_CHANNELS, LEVEL_4, PILLOW_MODES, DeepImage, Raster
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANNELS: Final = dict.fromkeys(BITS, 1) | {"RGB24": 3, "RGB48": 3, "RGBa32": 4, "RGBa64": 4}
"""Samples of a pixel of each ColorProcessing."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """An image as a program of others saw it."""

    samples: NDArray[np.uint16]
    """Height x width x channels; black 0, white 2**bits - 1."""
    bits: int
    """Bits of a sample as the file has them, by that program's word."""
    resolution: tuple[float, float] | None
    """Pixels per inch across and down by the file's own metadata; None: this format has no place for it."""


Decode = Callable[[Path, Path], Sequence[Decoded]]
"""Document and a folder to work in -> its images in order. Skips (optional_programs) without the program."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One format in one colour mode."""

    format: str
    color: str
    """ColorProcessing."""
    decode: Decode
    judge: str
    """Programs that `decode` asks, for people: `tiffinfo, tiffcp`."""
    psnr: float | None = None
    """Least PSNR in dB of a lossy format; None: pixels are equal."""
    resolution_within: float = 0.5
    """Pixels per inch that the metadata may be off by: some formats count in pixels per metre."""
    bits: int | None = None
    """Bits of a sample as the format stores them, where it is not the colour mode's own number."""

    def __str__(self) -> str:
        return f"{self.format}-{self.color}"


def picture(size: tuple[int, int], color: str, seed: int = 5) -> Raster:
    """A test image of that ColorProcessing: no row, column, channel or level is like another, and the upper left
    is dark, so that a wrong polarity, order or direction shows."""
    width, height = size
    x = np.linspace(0.0, 1.0, width)[None, :]
    y = np.linspace(0.0, 1.0, height)[:, None]
    spots = np.random.default_rng(seed).random((-(-height // 8), -(-width // 8)))
    rough = np.kron(spots, np.ones((8, 8)))[:height, :width]
    planes = [
        0.5 * x + 0.3 * y + 0.2 * rough,
        0.2 * x + 0.7 * y + 0.1 * rough,
        0.8 * x * y + 0.2 * rough,
        1 - 0.6 * x - 0.3 * y - 0.1 * rough,
    ]
    if color in DEEP_CHANNELS:
        stack = np.stack(planes[: DEEP_CHANNELS[color]], axis=2)
        return DeepImage(np.clip(np.rint(stack * 65535), 0, 65535).astype(np.uint16))
    mode = PILLOW_MODES[color]
    bytes_of = [np.clip(np.rint(plane * 255), 0, 255).astype(np.uint8) for plane in planes]
    if mode == "RGB":
        return Image.fromarray(np.stack(bytes_of[:3], axis=2))
    if mode == "RGBA":
        return Image.fromarray(np.stack(bytes_of, axis=2))
    if mode == "1":
        return Image.fromarray(bytes_of[0]).convert("1", dither=Image.Dither.FLOYDSTEINBERG)
    if color == "Grayscale4":
        return Image.fromarray((bytes_of[0] // 16 * LEVEL_4).astype(np.uint8))
    return Image.fromarray(bytes_of[0])


def samples_of(image: Raster, color: str) -> NDArray[np.uint16]:
    """The samples of an image of that ColorProcessing on the scale of its own bits (Grayscale4: 0 to 15)."""
    if isinstance(image, DeepImage):
        return image.samples
    array = np.asarray(image).astype(np.uint16)
    if color == "Grayscale4":
        array //= LEVEL_4
    return array.reshape(image.height, image.width, -1)


def write(
    path: Path,
    wanted: EffectiveTicket,
    *pages: Raster,
    origin: Origin = NO_ORIGIN,
    ppi: tuple[int, int] = (300, 300),
) -> DocumentInfo:
    """Write pages of the ticket's front colour into a document."""
    writer = open_document(path, wanted, origin)
    for page in pages:
        writer.add(Scanned(page, wanted.front.color_processing, Resolution(*ppi), affine.IDENTITY))
    return writer.finish()


def psnr(seen: NDArray[Any], scanned: NDArray[Any], bits: int) -> float:
    """Peak signal to noise ratio in dB; infinite for equal ones."""
    error = float(np.mean((seen.astype(np.float64) - scanned.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10((2**bits - 1) ** 2 / error)


def judge(cell: Cell, seen: Decoded, scanned: Raster, ppi: tuple[int, int]) -> str:
    """Compare what a program saw with what was scanned; returns the figure (`equal`, or the PSNR)."""
    expected = samples_of(scanned, cell.color)
    bits = cell.bits or BITS[cell.color]
    assert seen.samples.shape == (scanned.height, scanned.width, CHANNELS[cell.color])
    assert seen.bits == bits
    if seen.resolution is not None:
        assert abs(seen.resolution[0] - ppi[0]) <= cell.resolution_within, seen.resolution
        assert abs(seen.resolution[1] - ppi[1]) <= cell.resolution_within, seen.resolution
    if bits != BITS[cell.color]:  # stored deeper than it was scanned
        expected = np.rint(expected.astype(np.float64) * (2**bits - 1) / (2 ** BITS[cell.color] - 1))
    if cell.psnr is None:
        assert np.array_equal(seen.samples, expected)
        return "equal"
    ratio = psnr(seen.samples, expected, bits)
    assert ratio >= cell.psnr
    return f"{ratio:.1f} dB"


def record(record_property: Callable[[str, object], None], cell: Cell, figure: str) -> None:
    """Hand a cell's figure to the table at the end of the run; `record_property` is pytest's fixture."""
    # str(): an enumeration's value does not get from one process of a run to another.
    record_property(PROPERTY, [str(part) for part in (cell.format, cell.color, cell.judge, figure)])
