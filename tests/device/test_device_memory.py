"""The production of a long job needs no more memory than that of a short one, wherever its pages come from.

DSM_LONG=1 (CI) takes the 1,000 pages of the targets; a laptop is content with fewer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from programs import PROJECT
from variants import LONG

PAGES = 1000 if LONG else 250

pytestmark = pytest.mark.needs(Path("/proc/self/status").exists(), "memory is read from /proc")

# In a process of its own: what other tests left behind would blur the figures.
SCRIPT = """
import asyncio, sys
from pathlib import Path
from device_pages import brought, ticket
from emulator.imaging.files import open_files
from emulator.imaging.sequence import arrange

spool, format, color, count, *files = sys.argv[1:]
source = arrange(open_files([Path(f) for f in files]) if files else None, pages=int(count), repeat=bool(files))

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])

marks = {}

def on_page(number):
    if number in (100, int(count)):
        marks[number] = resident()

async def main():
    async for _ in brought(source, ticket(format, color), Path(spool), on_page=on_page).documents():
        pass

asyncio.run(main())
print(marks[100], marks[int(count)])
"""


def growth_kib(spool: Path, format: str, color: str, *files: Path) -> int:
    """How much larger the process is at the last page than at page 100, when all that works on pages
    at once has been at work."""
    path = os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, spool, format, color, str(PAGES), *files],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    early, late = map(int, done.stdout.split())
    return late - early


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("format", "color"), [("jfif", "Grayscale8"), ("png", "RGB24"), ("tiff-multi-g4", "BlackAndWhite1")]
)
def test_letters_leave_memory_flat(format: str, color: str, tmp_path: Path) -> None:
    assert growth_kib(tmp_path, format, color) <= 10 * 1024


@pytest.mark.timeout(600)
@pytest.mark.parametrize("suffix", [".pdf", ".tif"])
def test_pages_of_files_leave_memory_flat(suffix: str, tmp_path: Path) -> None:
    """Two files by turns, so that they are opened and closed all the time."""
    page = Image.effect_noise((850, 1100), 40)
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for file in files:
        page.save(file, save_all=True, append_images=[page, page], resolution=100)
    spool = tmp_path / "spool"
    spool.mkdir()
    assert growth_kib(spool, "jfif", "Grayscale8", *files) <= 10 * 1024
