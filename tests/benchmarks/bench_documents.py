"""Pages of documents against a bare Pillow encode of the same page: the set office-day clean and as a scanner sees
it, and each kind alone. CPU time of the process, drawing and encoding by turns.

Targets (drawing / encode, A4 300 ppi in colour): office day clean <= 2.5, with the look <= 5, the worst kind <= 8.
Run by hand: `python tests/benchmarks/bench_documents.py [--rounds N] [--grey] [--kinds NAME ...] [--quick]`;
prints, never fails. Compare only ratios.
"""

from __future__ import annotations

import argparse
import sys
import time
from io import BytesIO
from typing import Literal

from PIL import Image

from emulator.documents import DocumentSource, open_set
from emulator.documents.document_set import DocumentEntry, DocumentSet
from emulator.documents.kinds import KINDS
from emulator.documents.look import Look
from emulator.imaging.pages import Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

QUALITY = 76  # what a factor of 80 gives
ROUNDS, QUICK_ROUNDS = 3, 1
ENCODES = 2
"""Of each page; the cheaper one counts, since the first also pays for the memory."""


def measured(source: DocumentSource, wanted: Wanted, rounds: int) -> tuple[float, float, float]:
    """CPU milliseconds a page of drawing and of encoding, and the worst page's ratio of both; pages of new seeds
    in each round, after one that warms up."""
    once = len(source) // (rounds + 1)
    drawing = encoding = worst = 0.0
    for index in range(len(source)):
        started = time.process_time()
        image = source.page(index, wanted).image
        assert isinstance(image, Image.Image)
        drawn = time.process_time() - started
        encoded = min(encode(image) for _ in range(ENCODES))
        if index >= once:
            drawing += drawn
            encoding += encoded
            worst = max(worst, drawn / encoded)
    pages = once * rounds
    return drawing / pages * 1000, encoding / pages * 1000, worst


def encode(image: Image.Image) -> float:
    """CPU seconds of a bare encode."""
    started = time.process_time()
    image.save(BytesIO(), "JPEG", quality=QUALITY, dpi=(300, 300))
    return time.process_time() - started


def told(label: str, drawing: float, encoding: float, worst: float, target: str) -> None:
    """Print a line."""
    sys.stdout.write(
        f"{label}: drawing {drawing:.1f} ms, encode {encoding:.1f} ms: {drawing / encoding:.2f} encodes, "
        f"worst page {worst:.1f}{target}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Print the figures with their targets."""
    parser = argparse.ArgumentParser(description="Pages of documents against bare encodes.")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS} where nothing is said")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} round")
    parser.add_argument("--grey", action="store_true", help="pages in grey")
    parser.add_argument("--kinds", nargs="*", help="these kinds alone, and no office day")
    options = parser.parse_args()
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    mode: Literal["L", "RGB"] = "L" if options.grey else "RGB"
    wanted = Wanted(Resolution(300, 300), mode, Dimensions(8268, 11693))
    looks: tuple[tuple[Look, str], ...] = (("clean", " (target <= 2.5)"), ("scanned", " (target <= 5)"))
    if options.kinds is None:
        office = open_set("office-day")
        for look, target in looks:
            pages = len(office.sides()) * (rounds + 1)
            source = DocumentSource(office, seed=3, pages=pages, look=look)
            told(f"office-day {look}", *measured(source, wanted, rounds), target)
    for name, kind in KINDS.items():
        if options.kinds is not None and name not in options.kinds:
            continue
        if kind.required:
            continue
        alone = DocumentSet(name=name, title=name, documents=(DocumentEntry(kind=name),))
        source = DocumentSource(alone, seed=3, pages=2 * (rounds + 1), look="clean")
        told(name, *measured(source, wanted, rounds), " (target <= 8)")


if __name__ == "__main__":
    main()
