"""A document of many pages needs no more memory than one of few, and a large page little more than its pixels.

DSM_LONG=1 (CI) writes 300 pages; a laptop is content with fewer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs import PROJECT
from variants import LONG

PAGES = 300 if LONG else 80

pytestmark = pytest.mark.needs(Path("/proc/self/status").exists(), "memory is read from /proc")

# In processes of their own: what other tests left behind would blur the figures.
MEMORY = """
import sys
from pathlib import Path
from format_table import picture
from imaging_tickets import scanned, ticket
from emulator.imaging.encode import open_document

def memory(field):
    status = Path("/proc/self/status").read_text()
    return int(status.partition(field)[2].split()[0])
"""

MANY_PAGES = (
    MEMORY
    + """
path, format, color, pages = sys.argv[1:]
wanted = ticket(format, color)
page = scanned(picture((1654, 2339), color), wanted.front)
writer = open_document(Path(path), wanted)
for number in range(1, int(pages) + 1):
    writer.add(page)
    if number == 20:
        early = memory("VmRSS:")
print(memory("VmRSS:") - early)
assert writer.finish().pages == int(pages)
"""
)

LARGE_PAGE = (
    MEMORY
    + """
from PIL import Image
path, format, color = sys.argv[1:]
wanted = ticket(format, color)
small = scanned(picture((90, 90), color), wanted.front)
sheet = Image.new("RGB", (4961, 7016))  # filled with tiles: to resize one would leave a peak that hides others
tile = picture((800, 800), color)
for left in range(0, sheet.width, 800):
    for top in range(0, sheet.height, 800):
        sheet.paste(tile, (left, top))
large = scanned(sheet, wanted.front)
figures = []
for page in (small, large):
    before = memory("VmHWM:")
    writer = open_document(Path(path), wanted)
    writer.add(page)
    writer.finish()
    figures.append(memory("VmHWM:") - before)
print(figures[-1])
"""
)


def printed_kib(script: str, *arguments: str | Path) -> int:
    path = os.pathsep.join([str(PROJECT), str(PROJECT / "tests"), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("format", "color"),
    [
        ("tiff-multi-g4", "BlackAndWhite1"),
        ("tiff-multi-g3mh", "BlackAndWhite1"),
        ("tiff-multi-jpeg-tn2", "Grayscale8"),
        ("tiff-multi-uncompressed", "BlackAndWhite1"),
    ],
)
def test_the_pages_of_a_document_leave_memory_flat(format: str, color: str, tmp_path: Path) -> None:
    assert printed_kib(MANY_PAGES, tmp_path / "document", format, color, str(PAGES)) <= 10 * 1024


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "format", ["png", "dib", "tiff-single-uncompressed", "tiff-single-jpeg-tn2", "jfif", "exif"]
)
def test_a_600_dpi_page_is_written_in_bands(format: str, tmp_path: Path) -> None:
    """A4 in RGB24 has 104 MB of pixels; its document takes a few more at a time."""
    assert printed_kib(LARGE_PAGE, tmp_path / "document", format, "RGB24") <= 16 * 1024
