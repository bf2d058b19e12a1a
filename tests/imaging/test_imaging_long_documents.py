"""Documents of many pages are written in flat memory, and programs of others find every page.

DSM_LONG=1 (CI) writes the 300 pages of 300 ppi of the target; a laptop is content with fewer.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from judges import run
from netpbm_files import read_netpbm
from preflight import preflight
from programs import with_helpers
from variants import LONG

PAGES = 300 if LONG else 80
PPI = 300 if LONG else 150

SCRIPT = """
import json
from pathlib import Path
from PIL import Image, ImageDraw
from imaging_tickets import A4, scanned, ticket
from emulator.imaging.encode import open_document
ppi, pages, colors = {ppi}, {pages}, {colors!r}
size = (A4.width * ppi // 1000, A4.height * ppi // 1000)
paper = Image.new("L", size, "white")
paper.paste(Image.effect_noise((size[0], size[1] // 10), 40), (0, size[1] // 2))  # more costs the judges minutes
def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])
writer = open_document(Path({path!r}), ticket({format!r}, colors[0], ppi))
for number in range(1, pages + 1):
    color = colors[number % len(colors)]
    page = paper.copy()
    draw = ImageDraw.Draw(page)
    for bit in range(10):  # the number, in squares of an inch's half
        box = (bit * ppi // 2, 0, (bit + 1) * ppi // 2 - 1, ppi // 2 - 1)
        draw.rectangle(box, fill=255 if number >> bit & 1 else 0)
    page = page.point([value // 16 * 17 for value in range(256)]) if color == "Grayscale4" else page
    page = page.convert({{"BlackAndWhite1": "1", "RGB24": "RGB"}}.get(color, "L"))
    writer.add(scanned(page, ticket({format!r}, color, ppi).front))
    early = resident() if number == 20 else early if number > 20 else 0
late = resident()
writer.finish()
print(json.dumps([early, late]))
"""

pytestmark = pytest.mark.needs(Path("/proc/self/status").exists(), "memory is read from /proc")


def long_document(path: Path, format: str, *colors: str) -> None:
    """PAGES pages, of one colour mode after another, each with its number in squares at the top; memory is flat."""
    code = SCRIPT.format(ppi=PPI, pages=PAGES, colors=colors, path=str(path), format=format)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=with_helpers()
    )
    assert done.returncode == 0, done.stderr
    early, late = json.loads(done.stdout)
    print(f"{format}, {PAGES} pages of {PPI} ppi: {early} KiB at page 20, {late} KiB at the end")
    assert late - early < 6 * 1024, f"{early} KiB at page 20, {late} KiB at page {PAGES}"


def number_on(page: Path) -> int:
    """The number of a drawn page."""
    samples, white = read_netpbm(page.read_bytes())
    step = PPI // 2
    return sum(1 << bit for bit in range(10) if samples[step // 2, bit * step + step // 2, 0] > white // 2)


def drawn(path: Path, number: int) -> int:
    """The number on a page (from 1), drawn by MuPDF."""
    out = path.with_name("page.pgm")
    run("mutool", "draw", "-q", "-N", "-o", out, "-c", "gray", "-r", str(PPI), path, str(number))
    return number_on(out)


@pytest.mark.timeout(900)
def test_a_long_pdf_a_is_written_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    long_document(path, "pdf-a", "Grayscale8", "BlackAndWhite1", "RGB24", "Grayscale4")
    assert re.search(rb"^Pages: +%d$" % PAGES, run("pdfinfo", path), re.MULTILINE)
    assert b"No syntax or stream encoding errors" in run("qpdf", "--check", path)
    assert preflight(path) == []
    assert [drawn(path, number) for number in (1, 2, PAGES // 2, PAGES)] == [1, 2, PAGES // 2, PAGES]


@pytest.mark.timeout(900)
def test_a_long_xps_is_written_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xps"
    long_document(path, "xps", "Grayscale8", "BlackAndWhite1", "RGB24", "Grayscale4")
    run("unzip", "-tqq", path)
    assert [drawn(path, number) for number in (1, 2, PAGES // 2, PAGES)] == [1, 2, PAGES // 2, PAGES]
    run("xpstopng", "-r", "20", "-f", str(PAGES), "-l", str(PAGES + 5), path, tmp_path / "small")
    assert [each.name for each in tmp_path.glob("small-*.png")] == [f"small-{PAGES}.png"]
