"""TIFF layouts, all pairs of their axes: what is delivered equals what tifffile and libtiff read, or the file is
refused by the name of what is not read. Bits of 1, 8 and 16 with the usual compressions are never refused."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import DEEP, levels, read
from format_report import INPUT_PROPERTY
from optional_programs import needs_program
from pairs_of_axes import Cell, Need, cells
from tiff_writing import (
    DEFLATE,
    G3,
    G3_MH,
    G4,
    JPEG,
    LZMA,
    LZW,
    NONE,
    OLD_DEFLATE,
    PACKBITS,
    ZSTD,
    Form,
    write_tiff,
)
from variants import EXHAUSTIVE

from emulator.imaging.pages import SourceError

Samples = np.ndarray[Any, Any]
WIDTH, HEIGHT = 21, 13  # no multiple of a tile, a strip or an octet
FAX = {G3_MH, G3, G4}
PREDICTED = {LZW, DEFLATE, OLD_DEFLATE, ZSTD, LZMA}
COMMON = {NONE, LZW, DEFLATE, G4, JPEG, PACKBITS}
NAMES = {
    NONE: "none", LZW: "LZW", JPEG: "JPEG", DEFLATE: "deflate", PACKBITS: "PackBits", OLD_DEFLATE: "deflate, old",
    LZMA: "LZMA", ZSTD: "Zstandard", G3_MH: "G3 modified Huffman", G3: "G3", G4: "G4",
}  # fmt: skip
COLOURS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3}
ALPHA = {1, 2}

SIDES: dict[str, list[Any]] = {
    "order": ["<", ">"],
    "big": [False, True],
    "block": [0, 5, (16, 16), (32, 16)],
    "orientation": list(range(1, 9)),
}
"""Axes that all compressions have."""

OCTETS = {
    "bits": [8, *range(1, 8), *range(9, 17), 20, 24, 31, 32, 64],
    "photometric": [1, 0, 2, 3, 5, 6, 8, 9],
    "sample_format": [1, 2, 3],
    "planar": [1, 2],
    "compression": [NONE, LZW, DEFLATE, PACKBITS, OLD_DEFLATE, LZMA, ZSTD],
    "predictor": [1, 2, 3],
    "extra": [(), (0,), (1,), (2,), (0, 2), (2, 0)],
    "fill_order": [1, 2],
    **SIDES,
}
JPEGS = {
    "bits": [8],
    "photometric": [0, 1, 2, 5, 6],
    "sample_format": [1],
    "planar": [1, 2],
    "compression": [JPEG],
    "predictor": [1],
    "extra": [(), (0,), (2,)],
    "fill_order": [1],
    **SIDES,
}
FAXES = {
    "bits": [1],
    "photometric": [0, 1],
    "sample_format": [1],
    "planar": [1],
    "compression": [G3_MH, G3, G4],
    "predictor": [1],
    "extra": [()],
    "fill_order": [1, 2],
    **SIDES,
    "orientation": [1],  # which tiffcp does not turn
}


def sensible(cell: Cell) -> bool:
    """Whether such a file can be."""
    bits, photometric, compression = cell["bits"], cell["photometric"], cell["compression"]
    if cell["sample_format"] == 3 and (bits not in {16, 32, 64} or photometric not in {0, 1, 2}):
        return False
    if cell["sample_format"] == 2 and (bits not in {8, 16, 32} or photometric not in {0, 1, 2}):
        return False
    if cell["sample_format"] == 1 and bits > 32:
        return False
    if photometric == 3 and (bits not in {1, 2, 4, 8, 16} or cell["extra"]):
        return False
    if photometric in {8, 9} and bits not in {8, 16}:
        return False
    if photometric == 6 and (bits != 8 or cell["extra"]):
        return False
    if cell["predictor"] != 1 and compression not in PREDICTED:
        return False
    if cell["predictor"] == 3 and cell["sample_format"] != 3:
        return False
    if compression == JPEG:
        together = 1 if cell["planar"] == 2 else COLOURS[photometric] + len(cell["extra"])
        return together in {1, 3} or (together, photometric) == (4, 5)
    return True


NEEDS: list[Need] = [
    ("predictor", [3], "sample_format", [3]),
    ("predictor", [2, 3], "compression", sorted(PREDICTED)),
    ("bits", [64], "sample_format", [3]),
    ("sample_format", [3], "bits", [16, 32, 64]),
    ("sample_format", [2], "bits", [8, 16, 32]),
    ("sample_format", [2, 3], "photometric", [0, 1, 2]),
    ("photometric", [3, 5, 6, 8, 9], "sample_format", [1]),
    ("photometric", [3], "bits", [1, 2, 4, 8, 16]),
    ("photometric", [6], "bits", [8]),
    ("photometric", [8, 9], "bits", [8, 16]),
    ("photometric", [3, 6], "extra", [()]),
]
TABLES = [
    cells(OCTETS, sensible, least=12_000 if EXHAUSTIVE else 1_350, seed=11, needs=NEEDS),
    cells(JPEGS, sensible, least=600 if EXHAUSTIVE else 110, seed=12),
    cells(FAXES, sensible, least=90 if EXHAUSTIVE else 40, seed=13),
]
CELLS = [cell for table, _ in TABLES for cell in table]


def refusal(cell: Cell) -> list[str] | None:
    """Words with which a layout that is not read is refused; None: it is read."""
    bits, signed = cell["bits"], cell["sample_format"] == 2
    if signed and not (bits == 32 and cell["photometric"] == 1 and not cell["extra"]):
        return ["SampleFormat signed (2)", f"{bits} bits"]
    if cell["predictor"] == 2 and bits not in {8, 16, 32, 64}:
        return ["predictor horizontal differencing (2)", f"{bits} bits"]
    if bits == 24 and cell["order"] == "<":  # libtiff and tifffile disagree on the order of its octets
        return ["24 bits", "little-endian"]
    return None


def is_common(cell: Cell) -> bool:
    usual = cell["bits"] in {1, 8, 16} and cell["compression"] in COMMON and cell["sample_format"] == 1
    return usual and (cell["predictor"] == 1 or cell["bits"] > 1)


def samples_of(cell: Cell, seed: int) -> Samples:
    """Every value is as likely as any other."""
    dice = np.random.default_rng(seed)
    channels = COLOURS[cell["photometric"]] + len(cell["extra"])
    shape = (HEIGHT, WIDTH, channels)
    bits = cell["bits"]
    if cell["sample_format"] == 3:
        return dice.random(shape).astype(f"f{bits // 8}")
    if cell["sample_format"] == 2:
        return dice.integers(0, min(65535, 2 ** (bits - 1) - 1), shape).astype(f"i{bits // 8}")
    kind = np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32
    made = dice.integers(0, 2**bits, shape, dtype=np.uint64).astype(kind)
    if cell["compression"] == JPEG:  # smooth, so that the codec is not what is measured
        ramp = np.linspace(0, 255, WIDTH)[None, :, None] * np.linspace(0.4, 1, HEIGHT)[:, None, None]
        made = np.abs(ramp - 40 * np.arange(channels)).astype(np.uint8)
    for place, meaning in enumerate(cell["extra"]):
        if meaning == 1:  # colours that alpha has been multiplied with are not above it
            alpha = made[:, :, COLOURS[cell["photometric"]] + place]
            colours = made[:, :, : COLOURS[cell["photometric"]]]
            np.minimum(colours, alpha[:, :, np.newaxis], out=colours)
    return made


def expected(cell: Cell, samples: Samples, palette: Samples | None) -> Samples:
    """Levels on white paper from 0 to 1, by the definitions of TIFF 6.0; of CMYK and Lab the samples."""
    bits, photometric = cell["bits"], cell["photometric"]
    top = {1: 2.0**bits - 1, 2: 65535.0, 3: 1.0}[cell["sample_format"]]
    shown = samples.astype(np.float64) / top
    colours = shown[:, :, : COLOURS[photometric]]
    if photometric == 0:
        colours = 1 - colours
    elif photometric == 3:
        assert palette is not None
        colours = palette.T[samples[:, :, 0]] / 65535
    elif photometric == 6:
        light, blue, red = (255 * colours[:, :, number] for number in range(3))
        rgb = [light + 1.402 * (red - 128), None, light + 1.772 * (blue - 128)]
        rgb[1] = (light - 0.299 * rgb[0] - 0.114 * rgb[2]) / 0.587
        colours = np.clip(np.stack(rgb, axis=2) / 255, 0, 1)
    elif photometric in {8, 9}:
        colours = (samples[:, :, :3] >> (bits - 8)).astype(np.uint8)
        if photometric == 9:
            colours = colours ^ np.array([0, 128, 128], np.uint8)
        colours = colours / 255
    if photometric in {0, 1, 2}:
        for place, meaning in enumerate(cell["extra"]):
            if meaning in ALPHA:
                alpha = shown[:, :, COLOURS[photometric] + place : COLOURS[photometric] + place + 1]
                if photometric == 0 and meaning == 1:
                    colours = np.minimum(colours + 1 - alpha, 1)
                else:
                    colours = colours * alpha + 1 - alpha if meaning == 2 else np.minimum(colours + 1 - alpha, 1)
                break
    return colours


def upright(image: Samples, orientation: int) -> Samples:
    """TIFF 6.0, Orientation: where row 0 and column 0 are."""
    if orientation in {5, 6, 7, 8}:
        image = image.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        image = image[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        image = image[::-1]
    return image


def written(cell: Cell, number: int, path: Path) -> tuple[Samples, Samples | None]:
    """The file of a cell: its samples by tifffile's reading, or by libtiff's, and its palette."""
    samples = samples_of(cell, number)
    form = Form(**cell)
    if cell["photometric"] == 3:
        form.palette = np.random.default_rng(number).integers(256, 65536, (3, 2 ** cell["bits"]))
    if cell["compression"] in FAX:
        return _by_tiffcp(cell, samples, path), None
    write_tiff(path, samples, form)
    return _by_tifffile(path, cell, samples), form.palette


def _by_tiffcp(cell: Cell, samples: Samples, path: Path) -> Samples:
    plain = path.with_name("plain.tif")
    write_tiff(plain, samples, Form(bits=1, photometric=cell["photometric"], order=cell["order"]))
    names = {G3_MH: "g3:1d", G3: "g3:2d:fill", G4: "g4"}
    options = ["-c", names[cell["compression"]], "-L" if cell["order"] == "<" else "-B"]
    options += ["-8"] if cell["big"] else []
    options += ["-f", "lsb2msb" if cell["fill_order"] == 2 else "msb2lsb"]
    block = cell["block"]
    if isinstance(block, tuple):
        options += ["-t", "-w", str(block[0]), "-l", str(block[1])]
    else:
        options += ["-s", "-r", str(block or HEIGHT)]
    subprocess.run([needs_program("tiffcp"), *options, plain, path], check=True, capture_output=True)
    return samples


def _by_tifffile(path: Path, cell: Cell, samples: Samples) -> Samples:
    """What tifffile reads must be what was written: two who know TIFF agree on the file."""
    import tifffile

    if refusal(cell) is not None or cell["bits"] == 24:
        return samples  # tifffile may read it or not; its 24 bits have their octets turned round
    with tifffile.TiffFile(path) as file:
        seen = file.pages[0].asarray()
    if cell["planar"] == 2 and samples.shape[2] > 1:
        seen = np.moveaxis(seen, 0, 2)
    seen = seen.reshape(samples.shape)
    if cell["compression"] == JPEG:
        assert abs(seen.astype(int) - samples).max() <= 24
        return seen
    assert np.array_equal(seen, samples), "tifffile reads another picture than was written"
    return samples


def tolerance(cell: Cell, *, deep: bool) -> float:
    """Of levels: nothing where samples are only moved, one step where they are converted."""
    if cell["compression"] == JPEG:
        return 3 / 255
    if deep and cell["bits"] > 8 and cell["photometric"] in {0, 1, 2, 3}:
        return (2 if cell["extra"] else 1) / 65535 + 1e-6
    exact = cell["bits"] in {1, 2, 4, 8} and not set(cell["extra"]) & ALPHA and cell["photometric"] not in {3, 6}
    return 1e-9 if exact else 1.01 / 255


def judged(cell: Cell, number: int, folder: Path) -> str:
    """`equal` or `refused`. Raises AssertionError."""
    path = folder / f"{number}.tif"
    samples, palette = written(cell, number, path)
    words = refusal(cell)
    try:
        plain, deep = read(path), read(path, DEEP)
    except SourceError as error:
        assert words is not None, f"refused: {error}"
        assert not is_common(cell), f"a common layout is refused: {error}"
        assert all(word in error.reason for word in words), error.reason
        assert "BufferedReader" not in error.reason and "\n" not in error.reason
        return "refused"
    finally:
        path.unlink()
    assert words is None, f"read, and {words} should be refused"
    if cell["compression"] == JPEG and cell["photometric"] == 6 and cell["planar"] == 1:
        wanted = samples / 255  # tifffile gives RGB
    else:
        wanted = expected(cell, samples, palette)
    wanted = upright(wanted, cell["orientation"])
    for page, is_deep in ((plain, False), (deep, True)):
        seen = levels(page)
        assert seen.shape == wanted.shape, (seen.shape, wanted.shape)
        assert abs(seen - wanted).max() <= tolerance(cell, deep=is_deep), (is_deep, abs(seen - wanted).max())
    return "equal"


@pytest.mark.parametrize("compression", NAMES, ids=NAMES.get)
def test_tiff_layouts(compression: int, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Each cell equal to an independent reader, or refused by its right name (case I2)."""
    wrong, counts = [], {"equal": 0, "refused": 0}
    for number, cell in enumerate(CELLS):
        if cell["compression"] == compression:
            try:
                counts[judged(cell, number, tmp_path)] += 1
            except AssertionError as error:
                wrong.append(f"{cell}: {error}")
    record_property(INPUT_PROPERTY, ("TIFF", NAMES[compression], counts["equal"], counts["refused"]))
    assert not wrong, f"{len(wrong)} of {sum(counts.values()) + len(wrong)}:\n" + "\n".join(wrong[:12])
    assert sum(counts.values())


def test_the_cells_cover_all_pairs() -> None:
    """What is left out cannot be: no cell with that pair is sensible."""
    assert len(CELLS) >= 1_500
    for axes, (_, impossible) in zip((OCTETS, JPEGS, FAXES), TABLES, strict=True):
        dice = random.Random(1)
        for one, value, other, second in impossible:
            for _ in range(200):
                cell = {axis: dice.choice(values) for axis, values in axes.items()} | {one: value, other: second}
                assert not sensible(cell), (one, value, other, second)
