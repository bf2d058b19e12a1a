"""PDF: boxes, turns and units of pages, all pairs, against poppler; and damage at many places."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_report import INPUT_PROPERTY
from netpbm_files import read_netpbm
from optional_programs import needs_program
from pairs_of_axes import Cell, cells
from PIL import Image
from variants import EXHAUSTIVE

from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError, Wanted
from emulator.imaging.pixels import on_white
from emulator.wsscan.values.geometry import Dimensions, Resolution

WANTED = Wanted(Resolution(72, 72), "RGB", Dimensions(30_000, 30_000))
"""A pixel a point."""

AXES: dict[str, list[Any]] = {
    "media": [(0, 0, 120, 80), (-30, 20, 90, 100), (100, 80, 0, 0), (10.5, 10.5, 70, 90)],
    "crop": [None, (10, 30, 60, 70), (-500, -500, 500, 500), (60, 70, 10, 30)],
    "inherited": ["nothing", "MediaBox", "CropBox", "Rotate", "all"],
    "rotate": [0, 90, 180, 270, -90, 450],
    "unit": [None, 1, 2, 2.5],
    "compressed": [False, True],
}
"""`inherited`: what stands in the tree of pages and not in the page."""
CELLS, _ = cells(AXES, lambda cell: True, least=300 if EXHAUSTIVE else 48, seed=3)


def pdf_of(cell: Cell) -> bytes:
    """Blocks of colours all over the place where pages lie."""
    shown = []
    dice = random.Random(1)
    for left in range(-40, 130, 20):
        for low in range(-40, 110, 20):
            red, green, blue = (dice.choice((0, 0.5, 1)) for _ in range(3))
            shown.append(f"{red} {green} {blue} rg {left} {low} 20 20 re f")
    content = "\n".join(shown).encode()
    filter_entry = b""
    if cell["compressed"]:
        import zlib

        content, filter_entry = zlib.compress(content), b"/Filter/FlateDecode"
    entries = {"MediaBox": _box(cell["media"]), "Rotate": str(cell["rotate"])}
    if cell["crop"] is not None:
        entries["CropBox"] = _box(cell["crop"])
    above = {name for name in entries if cell["inherited"] in {name, "all"}}
    page = "".join(f"/{name} {value}" for name, value in entries.items() if name not in above)
    tree = "".join(f"/{name} {value}" for name, value in entries.items() if name in above)
    if cell["unit"] is not None:
        page += f"/UserUnit {cell['unit']}"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[3 0 R]/Count 1{tree}>>".encode(),
        f"<</Type/Page/Parent 2 0 R/Resources<<>>/Contents 4 0 R{page}>>".encode(),
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filter_entry, content),
    ]
    file, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(file) + end % (table, len(file))


def _box(box: tuple[float, ...]) -> str:
    return f"[{' '.join(map(str, box))}]"


def page_of(path: Path) -> np.ndarray[Any, Any]:
    source = open_files([path])
    try:
        image = source.page(0, WANTED).image
    finally:
        source.close()
    assert isinstance(image, Image.Image)
    return np.asarray(on_white(image, "RGB")).astype(int)


def by_poppler(path: Path, unit: float) -> np.ndarray[Any, Any]:
    """The visible part: CropBox. poppler does not look at UserUnit, so it is told to draw that much larger."""
    command = [needs_program("pdftoppm"), "-r", str(72 * unit), "-cropbox", "-aa", "no", "-aaVector", "no", path]
    return read_netpbm(subprocess.run(command, capture_output=True, check=True).stdout)[0].astype(int)


def differs(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> float:
    """The part of the pixels that another colour is seen in; the edge of a block may lie a pixel beside."""
    if any(abs(one - other) > 1 for one, other in zip(ours.shape[:2], theirs.shape[:2], strict=True)):
        return 1.0
    height, width = (min(one, other) for one, other in zip(ours.shape[:2], theirs.shape[:2], strict=True))
    far = np.ones((height - 2, width - 2), bool)
    for down in (0, 1, 2):
        for across in (0, 1, 2):
            moved = theirs[down : height - 2 + down, across : width - 2 + across]
            far &= abs(ours[1 : height - 1, 1 : width - 1] - moved).max(axis=2) > 60
    return float(far.mean())


def test_boxes_turns_and_units(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    wrong = []
    for number, cell in enumerate(CELLS):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(pdf_of(cell))
        part = differs(page_of(path), by_poppler(path, cell["unit"] or 1))
        if part > 0.02:
            wrong.append(f"{cell}: {part:.0%}")
    record_property(INPUT_PROPERTY, ("PDF", "boxes, Rotate, UserUnit", len(CELLS) - len(wrong), 0))
    assert not wrong, f"{len(wrong)} of {len(CELLS)}:\n" + "\n".join(wrong[:12])


@pytest.mark.parametrize("how", ["octet", "cut"])
def test_damage_of_a_pdf_ends_in_a_page_or_in_one_line(
    how: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """What is cut off is refused, but for the last line; else PDFium repairs what it can."""
    sound = pdf_of({axis: values[0] for axis, values in AXES.items()} | {"compressed": True})
    dice, refused, read = random.Random(4), 0, 0
    count = 1_000 if EXHAUSTIVE else 100
    path = tmp_path / "a.pdf"
    for number in range(count):
        at = 8 + number * (len(sound) - 8) // count
        changed = bytearray(sound[:at] if how == "cut" else sound)
        if how == "octet":
            changed[at] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        try:
            page_of(path)
            read += 1
        except SourceError as error:
            assert "\n" not in str(error)
            refused += 1
    record_property(INPUT_PROPERTY, ("PDF", f"damage: {how}", read, refused))
    assert refused >= 90 if how == "cut" else refused and read >= 50, (refused, read)
