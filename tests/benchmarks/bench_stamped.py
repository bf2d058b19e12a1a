"""Stamped copies against whole encodes of the same page in memory (A4, 300 dpi): CPU, in one run, A B A B.

Targets: a copy <= 0.1 x a whole encode, of Group 4 <= 0.08. Run by hand: `python tests/benchmarks/bench_stamped.py [--quick]`; prints,
never fails. Compare only ratios, absolute times do not carry over.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench_page import ticket

from emulator.imaging.encode import open_document
from emulator.imaging.letter import LetterSource
from emulator.imaging.scan_head import scan
from emulator.imaging.scanned import Scanned
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.stamped_page import StampedPage
from emulator.wsscan.values.ticket import EffectiveTicket

TARGET, GROUP4_TARGET = 0.1, 0.08
ROUNDS, QUICK_ROUNDS = 40, 8
CASES = (
    ("jfif", "Grayscale8"),
    ("jfif", "RGB24"),
    ("png", "Grayscale8"),
    ("png", "RGB24"),
    ("tiff-single-g4", "BlackAndWhite1"),
)


def encode(path: Path, wanted: EffectiveTicket, scanned: Scanned) -> None:
    """A whole document, its hash included, as a copy has it too."""
    writer = open_document(path, wanted)
    writer.add(scanned)
    writer.finish()


def main() -> None:
    """Print each format's ratio with the target."""
    parser = argparse.ArgumentParser(description="Stamped copies against whole encodes.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    for format, color in CASES:
        base = ticket()
        wanted = replace(base, format=format, front=replace(base.front, color_processing=color))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            scanned = scan(LetterSource(3), 0, wanted.front, wanted)
            page = StampedPage(scanned, wanted, folder / "body", Imprint(100_000, "bench"))
            # Figures are drawn once each: of a long job, the first copies pay for it.
            for number in range(rounds):
                page.write(folder / "copy", 100 + number)
            whole, copies = [], []
            for number in range(-3, rounds):
                # As in a job, every document is a new file: cutting an old one short costs more than a copy.
                for old in ("whole", "copy"):
                    (folder / old).unlink(missing_ok=True)
                started = time.process_time()
                encode(folder / "whole", wanted, scanned)
                middle = time.process_time()
                page.write(folder / "copy", 100 + number)
                if number >= 0:  # the first ones warm up
                    whole.append(middle - started)
                    copies.append(time.process_time() - middle)
            pairs = [copy / encoded for encoded, copy in zip(whole, copies, strict=True)]
            sys.stdout.write(
                f"{format} {color}: whole encode {statistics.median(whole) * 1000:.1f} ms, stamped copy "
                f"{statistics.median(copies) * 1000:.2f} ms: ratio {statistics.median(pairs):.3f} "
                f"(target <= {GROUP4_TARGET if 'g4' in format else TARGET})\n"
            )


if __name__ == "__main__":
    main()
