"""JPEG, GIF, BMP, WebP and JPEG 2000: kinds of files, and damage at many places, against the decoders of others."""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import levels, read
from format_report import INPUT_PROPERTY
from netpbm_files import read_netpbm
from optional_programs import needs_program
from PIL import Image

from emulator.imaging.pages import SourceError

Levels = np.ndarray[Any, Any]
Judge = Callable[[Path], Levels | None]
"""Levels on white paper as another program reads them; None where it fails or complains."""
PLACES = 60


def picture(mode: str, size: tuple[int, int] = (50, 38)) -> Image.Image:
    """Blocks of colours: each codec has something to do, and damage shows."""
    dice = np.random.default_rng(4)
    blocks = dice.integers(0, 256, (-(-size[1] // 5), -(-size[0] // 5), 4), dtype=np.uint8)
    full = np.kron(blocks, np.ones((5, 5, 1), np.uint8))[: size[1], : size[0]]
    image = Image.fromarray(np.ascontiguousarray(full))
    if mode == "P":
        return image.convert("RGB").quantize(37)
    if mode == "CMYK":
        return Image.frombytes("CMYK", size, np.ascontiguousarray(full).tobytes())
    return image.convert(mode)


def saved(mode: str, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture(mode).save(file, format, **options)
    return file.getvalue()


def by_program(*command: str) -> Judge:
    def judge(path: Path) -> Levels | None:
        done = subprocess.run([needs_program(command[0]), *command[1:], path], capture_output=True, check=False)
        if done.returncode or (command[0] == "djpeg" and done.stderr):
            return None
        samples, white = read_netpbm(done.stdout)
        return samples / white

    return judge


def by_imagecodecs(name: str) -> Judge:
    def judge(path: Path) -> Levels | None:
        import imagecodecs

        try:
            found = getattr(imagecodecs, f"{name}_decode")(path.read_bytes())
        except (ValueError, RuntimeError):
            return None
        shown = found.reshape(*found.shape[:2], -1) / (2.0 ** (8 * found.itemsize) - 1)
        if shown.shape[2] in {2, 4}:
            shown = shown[:, :, :-1] * shown[:, :, -1:] + 1 - shown[:, :, -1:]
        return shown

    return judge


def jpegs() -> dict[str, bytes]:
    found = {}
    for mode, sampling, progressive, restart in product(("L", "RGB"), (0, 1, 2), (False, True), (0, 3)):
        if mode == "RGB" or not sampling:
            options = {"subsampling": sampling} if mode == "RGB" else {}
            name = f"{mode} {sampling} {'progressive' if progressive else 'sequential'} {restart}"
            found[name] = saved(
                mode, "JPEG", quality=90, progressive=progressive, restart_marker_blocks=restart, **options
            )
    return found


def bmps() -> dict[str, bytes]:
    found = {mode: saved(mode, "BMP") for mode in ("1", "L", "P", "RGB")}
    found["OS/2"] = _os2_bitmap()
    found["top down"] = _top_down(found["RGB"])
    return found


def _top_down(bmp: bytes) -> bytes:
    begin, height = int.from_bytes(bmp[10:14], "little"), int.from_bytes(bmp[22:26], "little")
    step = (len(bmp) - begin) // height
    rows = [bmp[begin + row * step : begin + (row + 1) * step] for row in range(height)]
    return bmp[:22] + (-height).to_bytes(4, "little", signed=True) + bmp[26:begin] + b"".join(reversed(rows))


def _os2_bitmap() -> bytes:
    """BITMAPCOREHEADER, 4 bits."""
    colours = bytes(np.random.default_rng(2).integers(0, 256, 48, dtype=np.uint8))
    rows = bytes(np.random.default_rng(3).integers(0, 256, 12 * 9, dtype=np.uint8))
    header = (12).to_bytes(4, "little") + b"".join(each.to_bytes(2, "little") for each in (21, 9, 1, 4))
    begin = 14 + 12 + 48
    size = (begin + len(rows)).to_bytes(4, "little")
    return b"BM" + size + bytes(4) + begin.to_bytes(4, "little") + header + colours + rows


KINDS: dict[str, tuple[str, Callable[[], dict[str, bytes]], Judge, float]] = {
    "JPEG": (".jpg", jpegs, by_program("djpeg", "-pnm"), 1.01 / 255),
    "GIF": (
        ".gif",
        lambda: {
            "palette": saved("P", "GIF"),
            "interlaced": saved("P", "GIF", interlace=True),
            "sequential": saved("P", "GIF", interlace=False),
            "grey": saved("L", "GIF"),
            "two colours": saved("1", "GIF"),
        },
        by_program("giftopnm", "-quiet"),
        1e-9,
    ),
    "BMP": (".bmp", bmps, by_program("bmptopnm", "-quiet"), 1e-9),
    "WebP": (
        ".webp",
        lambda: {
            f"{mode} {'lossless' if lossless else 'lossy'}": saved(mode, "WEBP", lossless=lossless, exact=True)
            for mode in ("RGB", "RGBA")
            for lossless in (True, False)
        },
        by_imagecodecs("webp"),
        1.01 / 255,
    ),
    "JPEG 2000": (
        ".jp2",
        lambda: {
            f"{mode} {reversible}": saved(mode, "JPEG2000", irreversible=not reversible)
            for mode in ("L", "RGB", "RGBA", "LA")
            for reversible in (True, False)
        },
        by_imagecodecs("jpeg2k"),
        1.01 / 255,
    ),
}


def as_colours(shown: Levels) -> Levels:
    return np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown


def same(ours: Levels, theirs: Levels, most: float) -> bool:
    return ours.shape[:2] == theirs.shape[:2] and bool(abs(as_colours(ours) - as_colours(theirs)).max() <= most)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_files(kind: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Each equal to another decoder's reading."""
    suffix, make, judge, most = KINDS[kind]
    files = make()
    for name, data in files.items():
        path = tmp_path / f"a{suffix}"
        path.write_bytes(data)
        theirs = judge(path)
        assert theirs is not None, name
        assert same(levels(read(path)), theirs, most), name
    record_property(INPUT_PROPERTY, (kind, "kinds", len(files), 0))


def damaged(data: bytes, how: str, place: float, dice: random.Random) -> bytes:
    at = min(len(data) - 1, 12 + int(place * (len(data) - 12)))
    if how == "cut":
        return data[:at]
    if how == "cut, ended":  # by a program that closes what it has got
        return data[:at] + {b"\xff\xd8": b"\xff\xd9", b"GI": b"\0;"}.get(data[:2], b"")
    changed = bytearray(data)
    changed[at] ^= 1 << dice.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("how", ["cut", "cut, ended", "octet"])
@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_told_or_seen_as_others_see_it(
    kind: str, how: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Refused as damaged, or what another decoder reads without a complaint: no grey where pixels are missing."""
    suffix, make, judge, most = KINDS[kind]
    dice, refused, equal, wrong = random.Random(9), 0, 0, []
    files = list(make().items())
    for number in range(PLACES):
        name, data = files[number % len(files)]
        path = tmp_path / f"a{suffix}"
        path.write_bytes(damaged(data, how, number / PLACES, dice))
        try:
            ours = levels(read(path))
        except SourceError as error:
            assert "\n" not in error.reason and "object at" not in error.reason and "<_io" not in error.reason
            refused += 1
            continue
        theirs = judge(path)
        if theirs is None:
            wrong.append(f"{name}, {number}: read, where another program fails or complains")
        elif not same(ours, theirs, most):
            wrong.append(f"{name}, {number}: another picture than another program reads")
        else:
            equal += 1
    record_property(INPUT_PROPERTY, (kind, f"damage: {how}", equal, refused))
    assert not wrong, f"{len(wrong)} of {PLACES}:\n" + "\n".join(wrong[:15])
    assert how == "octet" or refused >= PLACES * 0.9, (refused, equal)
