"""One 300 dpi grey JPEG letter page against a bare Pillow encode of a page in memory, pages by two threads against
one, and the memory of the production of 1,000 pages. Run by hand:
`python tests/benchmarks/bench_page.py [pages] [--quick]`; prints, never fails.

Both are timed in turn (A B A B) in one process; compare only the ratio, absolute times do not carry over.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from emulator.device.originals import Originals
from emulator.device.panel_production import PanelProduction
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.profile import load_profile
from emulator.device.scanner import VirtualScanner
from emulator.imaging.encode import open_document
from emulator.imaging.encoders.jpeg_options import jpeg_quality
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.wsscan.resolution import Resolved
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.ticket import (
    EffectiveExposure,
    EffectiveSide,
    EffectiveTicket,
    JobDescription,
    ScanTicket,
)

ROUNDS = 60
QUICK_ROUNDS = 15
QUICK_PAGES = 200
TARGET = 1.6
MEMORY_TARGET = 10.0  # MB between page 20 and the last
A4 = Dimensions(8268, 11693)


def ticket() -> EffectiveTicket:
    """A4, 300 dpi, grey, jfif, from the feeder."""
    side = EffectiveSide(ScanRegion(0, 0, A4.width, A4.height), "Grayscale8", Resolution(300, 300))
    return EffectiveTicket(
        job_description=JobDescription(),
        format="jfif",
        compression_quality_factor=80,
        images_to_transfer=0,
        input_source="ADF",
        film_scan_mode="NotApplicable",
        content_type="Auto",
        size_auto_detect=False,
        input_size=A4,
        exposure=EffectiveExposure(False, 0, 0, 0),
        scaling=(100, 100),
        rotation=0,
        front=side,
        back=None,
    )


def resident_megabytes() -> float | None:
    """Memory of this process, where the system tells it (Linux)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def page(source: PageSource, index: int, wanted: EffectiveTicket, path: Path) -> None:
    """One page from the source to a finished document."""
    writer = open_document(path, wanted)
    writer.add(scan(source, index, wanted.front, wanted))
    writer.finish()


def ratio(folder: Path, rounds: int) -> tuple[float, float, float]:
    """Milliseconds of a bare encode and of a page of ours, and the median of the ratios of pairs."""
    wanted = ticket()
    source = LetterSource(1000, job="0a1b2c3d")
    for index in range(30):
        page(source, index, wanted, folder / "warm")
    image = scan(source, 30, wanted.front, wanted).image
    assert isinstance(image, Image.Image)
    quality = jpeg_quality(wanted.compression_quality_factor)
    bare, whole = [], []
    for index in range(rounds):
        started = time.perf_counter()
        with (folder / "bare.jpg").open("wb") as file:
            image.save(file, "JPEG", quality=quality, dpi=(300, 300))
        middle = time.perf_counter()
        page(source, 31 + index, wanted, folder / "page.jpg")
        bare.append(middle - started)
        whole.append(time.perf_counter() - middle)
    pairs = [b / a for a, b in zip(bare, whole, strict=True)]
    return statistics.median(bare) * 1000, statistics.median(whole) * 1000, statistics.median(pairs)


def two_threads(folder: Path, rounds: int) -> tuple[float, float]:
    """How many times as fast two threads are as one: a bare encode to files, and whole pages. Medians of rounds."""
    wanted = ticket()
    sources = [LetterSource(1000, job="0a1b2c3d") for _ in range(2)]
    image = scan(sources[0], 0, wanted.front, wanted).image
    assert isinstance(image, Image.Image)
    quality = jpeg_quality(wanted.compression_quality_factor)
    each = 8

    def encode(thread: int) -> None:
        for _ in range(each):
            with (folder / f"bare{thread}.jpg").open("wb") as file:
                image.save(file, "JPEG", quality=quality, dpi=(300, 300))

    def pages(thread: int) -> None:
        for index in range(each):
            page(sources[thread], index, wanted, folder / f"page{thread}.jpg")

    def gain(work: Callable[[int], None]) -> float:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, (0, 1)))  # warm
            started = time.perf_counter()
            work(0)
            work(1)
            middle = time.perf_counter()
            list(pool.map(work, (0, 1)))
            return (middle - started) / (time.perf_counter() - middle)

    bare, whole = zip(*((gain(encode), gain(pages)) for _ in range(rounds)), strict=True)
    return statistics.median(bare), statistics.median(whole)


async def growth(folder: Path, pages: int) -> float | None:
    """Megabytes by which the process grew between page 20 and the last, each page deleted as if it was sent."""
    scanner = VirtualScanner(load_profile("office-mfp"), folder, filled=False)
    originals = Originals(LetterSource(pages, job="0a1b2c3d"), ScannedPages(ticket()), pages)
    resolved = Resolved(ticket(), frozenset(), frozenset(), ())
    production = PanelProduction(scanner, ScanTicket(), resolved, originals=originals)
    early: float | None = None
    async for produced in production.documents():
        if produced.document.document_id == 20:
            early = resident_megabytes()
    late = resident_megabytes()
    return None if early is None or late is None else late - early


def main() -> None:
    """Run both and print the figures with their targets."""
    parser = argparse.ArgumentParser(description="A letter page against a bare encode; memory of many pages.")
    parser.add_argument("pages", type=int, nargs="?")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds, {QUICK_PAGES} pages")
    options = parser.parse_args()
    pages = options.pages or (QUICK_PAGES if options.quick else 1000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare, whole, median = ratio(folder, QUICK_ROUNDS if options.quick else ROUNDS)
        print(f"bare encode {bare:.1f} ms, letter page {whole:.1f} ms: ratio {median:.2f} (target <= {TARGET})")
        encodes, wholes = two_threads(folder, 3 if options.quick else 9)
        print(f"two threads against one: bare encode x{encodes:.2f} (limit 1.98), letter page x{wholes:.2f}")
        grown = asyncio.run(growth(folder, pages))
        if grown is None:
            print("memory: not measured on this system")
        else:
            print(f"memory at page {pages} - page 20: {grown:+.1f} MB (target within {MEMORY_TARGET:.0f} MB)")


if __name__ == "__main__":
    main()
