"""Stamped copies against whole encodes of the same page in memory (A4, 300 dpi): CPU, in one run, A B A B.

As in a load run, copies follow each other: for each whole encode there are some. Targets: a copy <= 0.1 x a whole
encode, of Group 4 <= 0.08. Run by hand: `python tests/benchmarks/bench_stamped.py [--quick]`; prints, never fails.
Compare only ratios, absolute times do not carry over.
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
ROUNDS, QUICK_ROUNDS, IN_A_ROW = 40, 8, 10
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
            for number in range(100):
                page.write(folder / "copy", 100 + number)
            pairs, whole, copies = [], [], []
            for _ in range(rounds):
                used = time.process_time()
                encode(folder / "whole", wanted, scanned)
                whole.append(time.process_time() - used)
                used = 0.0
                for number in range(IN_A_ROW):
                    # As in a job, every document is a new file: cutting an old one short costs more than a copy.
                    (folder / "copy").unlink()
                    before = time.process_time()
                    page.write(folder / "copy", 100 + number)
                    used += time.process_time() - before
                copies.append(used / IN_A_ROW)
                pairs.append(copies[-1] / whole[-1])
                (folder / "whole").unlink()
            sys.stdout.write(
                f"{format} {color}: whole encode {statistics.median(whole) * 1000:.1f} ms, stamped copy "
                f"{statistics.median(copies) * 1000:.2f} ms: ratio {statistics.median(pairs):.3f} "
                f"(target <= {GROUP4_TARGET if 'g4' in format else TARGET})\n"
            )


if __name__ == "__main__":
    main()
