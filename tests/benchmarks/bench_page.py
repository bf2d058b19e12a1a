"""One 300 dpi grey JPEG letter page against a bare Pillow encode of a page in memory, and the memory of a
job of 1,000 pages. Run by hand: `python tests/benchmarks/bench_page.py [pages]`; prints, never fails.

Both are timed in turn (A B A B) in one process; compare only the ratio, absolute times do not carry over.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from emulator.imaging.encode import jpeg_quality, open_document
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.ticket import EffectiveExposure, EffectiveSide, EffectiveTicket, JobDescription

ROUNDS = 60
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
        exposure=EffectiveExposure(True, 0, 0, 0),
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
    writer.add(scan(source, index, wanted.front, wanted), wanted.front)
    writer.finish()


def ratio(folder: Path) -> tuple[float, float, float]:
    """Milliseconds of a bare encode and of a page of ours, and the median of the ratios of pairs."""
    wanted = ticket()
    source = LetterSource(1000, job="0a1b2c3d")
    for index in range(30):
        page(source, index, wanted, folder / "warm")
    image = scan(source, 30, wanted.front, wanted)
    quality = jpeg_quality(wanted.compression_quality_factor)
    bare, whole = [], []
    for index in range(ROUNDS):
        started = time.perf_counter()
        with (folder / "bare.jpg").open("wb") as file:
            image.save(file, "JPEG", quality=quality, dpi=(300, 300))
        middle = time.perf_counter()
        page(source, 31 + index, wanted, folder / "page.jpg")
        bare.append(middle - started)
        whole.append(time.perf_counter() - middle)
    pairs = [b / a for a, b in zip(bare, whole, strict=True)]
    return statistics.median(bare) * 1000, statistics.median(whole) * 1000, statistics.median(pairs)


def growth(folder: Path, pages: int) -> float | None:
    """Megabytes by which the process grew between page 20 and the last."""
    wanted = ticket()
    source = LetterSource(pages, job="0a1b2c3d")
    early: float | None = None
    for index in range(pages):
        page(source, index, wanted, folder / "page.jpg")
        if index == 19:
            early = resident_megabytes()
    late = resident_megabytes()
    return None if early is None or late is None else late - early


def main() -> None:
    """Run both and print the figures with their targets."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare, whole, median = ratio(folder)
        print(f"bare encode {bare:.1f} ms, letter page {whole:.1f} ms: ratio {median:.2f} (target <= {TARGET})")
        grown = growth(folder, pages)
        if grown is None:
            print("memory: not measured on this system")
        else:
            print(f"memory at page {pages} - page 20: {grown:+.1f} MB (target within {MEMORY_TARGET:.0f} MB)")


if __name__ == "__main__":
    main()
