"""PNG: kinds, depths, interlace, filters and transparent colours against libpng (pngtopam), and damage at many
places."""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import DEEP, levels, read
from format_report import INPUT_PROPERTY
from netpbm_files import read_netpbm
from optional_programs import needs_program
from pairs_of_axes import Cell, cells
from png_writing import CHANNELS, DEPTHS, chunk, chunks, write_png
from variants import EXHAUSTIVE

from emulator.imaging.pages import SourceError

WIDTH, HEIGHT = 19, 11
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]
AXES: dict[str, list[Any]] = {
    "kind": KINDS,
    "interlaced": [False, True],
    "row_filter": [0, 1, 2, 3, 4],
    "transparent": ["no", "used", "unused", "beyond"],
    "parts": [1, 3],
    "more": ["nothing", "sRGB", "gAMA", "tEXt", "sBIT"],
}
"""`transparent`: a colour or the palette's entries by tRNS; `beyond`: a sample of more bits than the file has."""
MORE = {
    "nothing": (),
    "sRGB": ((b"sRGB", b"\0"),),
    "gAMA": ((b"gAMA", struct.pack(">I", 45455)),),
    "tEXt": ((b"tEXt", b"Title\0A page"),),
    "sBIT": (),
}


def sensible(cell: Cell) -> bool:
    colour, depth = cell["kind"]
    if cell["transparent"] == "beyond":
        return colour in {0, 2} and depth < 16
    return cell["transparent"] == "no" or colour in {0, 2, 3}


CELLS, _ = cells(AXES, sensible, least=1_000 if EXHAUSTIVE else 190, seed=5)


def png_of(cell: Cell, number: int) -> bytes:
    colour, depth = cell["kind"]
    dice = np.random.default_rng(number)
    samples = dice.integers(0, 2**depth, (HEIGHT, WIDTH, CHANNELS[colour]), dtype=np.uint16)
    before = list(MORE[cell["more"]])
    if cell["more"] == "sBIT":
        channels = 3 if colour == 3 else CHANNELS[colour]
        before.append((b"sBIT", bytes([depth if colour != 3 else 8] * channels)))
    if colour == 3:
        before.append((b"PLTE", dice.integers(0, 256, 3 * 2**depth, dtype=np.uint8).tobytes()))
    if cell["transparent"] != "no":
        shown = samples[3, 5].astype(int)
        key = {"used": shown, "unused": (shown + 1) % 2**depth}.get(cell["transparent"], shown + 2**depth)
        if colour == 3:
            entries = dice.integers(0, 256, 2**depth, dtype=np.uint8)
            entries[samples[3, 5, 0]] = 0 if cell["transparent"] == "used" else 255
            before.append((b"tRNS", entries.tobytes()))
        else:
            if cell["transparent"] == "unused":  # near it, and not there
                samples[(samples == key).all(axis=2)] = samples[3, 5]
            before.append((b"tRNS", struct.pack(f">{len(key)}H", *key.tolist())))
    return write_png(
        samples,
        depth,
        colour,
        interlaced=cell["interlaced"],
        row_filter=cell["row_filter"],
        before=tuple(before),
        parts=cell["parts"],
    )


def by_libpng(path: Path) -> np.ndarray[Any, Any] | None:
    """Levels on white paper as pngtopam reads them; None where it fails. It knows transparent colours of RGB not
    at all and those of grey without the mask of 11.3.2.1: where one is, imagecodecs judges, with libpng too."""
    done = subprocess.run([needs_program("pngtopam"), "-alphapam", path], capture_output=True, check=False)
    if done.returncode:
        return None
    samples, white = read_netpbm(done.stdout)
    data = path.read_bytes()
    if data[25] in {0, 2} and b"tRNS" in data:
        import imagecodecs

        samples = imagecodecs.png_decode(data)
        white = 2 ** (8 * samples.itemsize) - 1
    shown = samples / white
    channels = 1 if shown.shape[2] <= 2 else 3
    alpha = shown[:, :, -1:] if shown.shape[2] in {2, 4} else np.ones((*shown.shape[:2], 1))
    return shown[:, :, :channels] * alpha + 1 - alpha


def as_colours(shown: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown


@pytest.mark.parametrize("colour", DEPTHS)
def test_png_kinds(colour: int, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Transparent is what tRNS says, in samples of the file's depth, and nothing else (case I3)."""
    wrong, count = [], 0
    for number, cell in enumerate(CELLS):
        if cell["kind"][0] != colour:
            continue
        path = tmp_path / f"{number}.png"
        path.write_bytes(png_of(cell, number))
        theirs = by_libpng(path)
        assert theirs is not None, cell
        count += 1
        for wanted, most in ((None, 1.01 / 255), (DEEP, 1.01 / 65535)):
            try:
                seen = levels(read(path) if wanted is None else read(path, wanted))
            except SourceError as error:
                wrong.append(f"{cell}: {error}")
                continue
            if wanted is DEEP and (cell["kind"][1] < 16 or colour == 3):
                most = 1.01 / 255
            if wanted is None and cell["kind"] in {(4, 16), (6, 16)}:
                most = 2.01 / 255  # colour and alpha are cut to 8 bits each
            off = abs(as_colours(seen) - as_colours(theirs)).max()
            if off > most:
                wrong.append(f"{cell}: off by {off} {'deep' if wanted else ''}")
    record_property(INPUT_PROPERTY, ("PNG", f"colour type {colour}", count - len(wrong), 0))
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:12])


def damaged(png: bytes, how: str, place: float, dice: random.Random) -> bytes:
    at = min(len(png) - 1, 8 + int(place * (len(png) - 8)))
    if how == "cut":
        return png[:at]
    data = bytearray(png)
    if how == "octet":
        data[at] ^= 1 << dice.randrange(8)
        return bytes(data)
    # The pixels' data, with checksums that are right.
    made = bytearray(png[:8])
    spot = int(place * 97)
    for name, begin, end in chunks(png):
        piece = bytearray(png[begin:end])
        if name == b"IDAT":
            piece[spot * len(piece) // 97] ^= 1 << dice.randrange(8)
        made += chunk(name, bytes(piece))
    return bytes(made)


@pytest.mark.parametrize("how", ["octet", "cut", "stream"])
@pytest.mark.parametrize("interlaced", [False, True])
def test_damage_of_a_png_is_told(
    how: str, interlaced: bool, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """At 100 places: refused as damaged, or what libpng reads (case I1)."""
    dice = random.Random(3)
    samples = np.random.default_rng(3).integers(0, 90, (40, 60, 3), dtype=np.uint16)
    sound = write_png(samples, 8, 2, interlaced=interlaced, row_filter=4, parts=3)
    refused = equal = 0
    for number in range(100):
        path = tmp_path / f"{number}.png"
        path.write_bytes(damaged(sound, how, number / 100, dice))
        try:
            seen = levels(read(path))
        except SourceError as error:
            assert "damaged" in error.reason and "\n" not in error.reason, error.reason
            refused += 1
        else:
            theirs = by_libpng(path)
            assert theirs is not None and np.array_equal(np.rint(seen * 255), np.rint(theirs * 255)), number
            equal += 1
    assert refused >= 90
    record_property(INPUT_PROPERTY, ("PNG", f"damage: {how}{', interlaced' * interlaced}", equal, refused))


def test_the_stream_of_a_png_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """With right checksums, and EXIF to look for behind the pixels: Pillow's second look at it finds no fault."""
    sound = write_png(np.random.default_rng(1).integers(0, 255, (60, 60, 1)), 8, 0)
    for name, begin, end in chunks(sound):
        if name == b"IDAT":
            broken = chunk(name, sound[begin : begin + 500] + bytes(40) + sound[begin + 540 : end])
            data = sound[: begin - 8] + broken + sound[end + 4 :]
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        read(tmp_path / "a.png")
