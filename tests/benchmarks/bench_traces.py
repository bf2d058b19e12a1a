"""A 300 dpi grey letter page with fresh noise, and with skew too, against a bare Pillow encode of the same pixels,
A B A B in one run; the time of each trace against that of an encode; memory of a page of 600 dpi in colour.

Targets: noise <= 2 x, with skew too <= 8 x (drawing, traces, encoding and hashing of the page together), < 450 MB.
Run by hand: `python tests/benchmarks/bench_traces.py [--quick]`; prints, never fails. Compare only ratios.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_page import ticket
from PIL import Image

from emulator.documents.traces import TRACES, TracePlan, apply
from emulator.imaging.encode import open_document
from emulator.imaging.encoders.jpeg_options import jpeg_quality
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.imaging.scan_head import scan

ROUNDS, QUICK_ROUNDS = 40, 8
PLANS = (
    ("text", TracePlan(), 1.6),
    ("fresh noise, light", TracePlan({"noise": "light"}), 2.0),
    ("fresh noise, heavy", TracePlan({"noise": "heavy"}), 2.0),
    ("noise and skew, light", TracePlan({"noise": "light", "skew": "light"}), 8.0),
    ("noise and skew, heavy", TracePlan({"noise": "heavy", "skew": "heavy"}), 8.0),
)
MEMORY_TARGET = 450
MEMORY = """
from PIL import Image
from emulator.documents.traces import TRACES, TracePlan, apply
page = Image.new("RGB", (4960, 7016), "white")
done = apply(page, 600, TracePlan(dict.fromkeys(TRACES, 1.0)), 3, take=True)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


class TracedLetters:
    """A page source whose pages get traces, each by a seed of its own."""

    def __init__(self, source: PageSource, plan: TracePlan) -> None:
        self._source = source
        self._plan = plan

    def __len__(self) -> int:
        return len(self._source)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """The page with its traces."""
        page = self._source.page(index, wanted)
        return Page(apply(page.image, 300, self._plan, index, take=True).image, page.dpi, page.origin)

    def close(self) -> None:
        """Nothing is open."""


def ratio(folder: Path, plan: TracePlan, rounds: int) -> tuple[float, float, float]:
    """Milliseconds of a bare encode of the page and of the whole page, and the median of the ratios of pairs."""
    wanted = ticket()
    source = TracedLetters(LetterSource(1000, job="0a1b2c3d"), plan)
    quality = jpeg_quality(wanted.compression_quality_factor)
    bare, whole = [], []
    for index in range(-10, rounds):
        started = time.perf_counter()
        scanned = scan(source, 100 + index, wanted.front, wanted)
        writer = open_document(folder / f"page{index}", wanted)
        writer.add(scanned)
        writer.finish()
        middle = time.perf_counter()
        assert isinstance(scanned.image, Image.Image)
        with (folder / f"bare{index}").open("wb") as file:
            scanned.image.save(file, "JPEG", quality=quality, dpi=(300, 300))
        if index >= 0:  # the first ones warm up
            bare.append(time.perf_counter() - middle)
            whole.append(middle - started)
        for name in ("page", "bare"):
            (folder / f"{name}{index}").unlink()
    pairs = [b / a for a, b in zip(bare, whole, strict=True)]
    return statistics.median(bare) * 1000, statistics.median(whole) * 1000, statistics.median(pairs)


def each_trace(folder: Path, rounds: int) -> None:
    """Every trace alone, heavy, against an encode of the clean page."""
    source, wanted = LetterSource(4, job="0a1b2c3d"), ticket()
    page, back, following = (scan(source, index, wanted.front, wanted).image for index in range(3))
    assert isinstance(page, Image.Image) and isinstance(back, Image.Image) and isinstance(following, Image.Image)
    for name in TRACES:
        pairs = []
        for seed in range(max(3, rounds // 4)):
            started = time.perf_counter()
            with (folder / "bare").open("wb") as file:
                page.save(file, "JPEG", quality=76)
            middle = time.perf_counter()
            apply(page, 300, TracePlan({name: "heavy"}), seed, back=back, next_page=following)
            pairs.append((time.perf_counter() - middle) / (middle - started))
        sys.stdout.write(f"  {name}, heavy: {statistics.median(pairs):.2f} x an encode\n")


def main() -> None:
    """Print the figures with their targets."""
    parser = argparse.ArgumentParser(description="Pages with traces against bare encodes.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for label, plan, target in PLANS:
            bare, whole, median = ratio(folder, plan, rounds)
            sys.stdout.write(
                f"{label}: bare encode {bare:.1f} ms, page {whole:.1f} ms: "
                f"ratio {median:.2f} (target <= {target})\n"
            )
        each_trace(folder, rounds)
    if sys.platform == "linux":
        done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
        megabytes = int(done.stdout) / 1024
        sys.stdout.write(f"600 dpi RGB, all traces: {megabytes:.0f} MB peak (target < {MEMORY_TARGET} MB)\n")


if __name__ == "__main__":
    main()
