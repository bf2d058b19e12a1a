"""Pages of files from open_files to finished documents: a PDF, a JPEG, a TIFF, a progressive JPEG. Run by hand:
`python tests/benchmarks/bench_files.py [--quick] [TREE]`; prints, never fails.

With TREE, another source tree (an older one), both are timed in turn (A B A B), each in processes of its own;
compare only the ratios. `first page`: until it is there; `further pages`: for each; `CPU`: of the whole process and
its children, for a page.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
TREE = HERE.parents[2]
ROUNDS = 9
QUICK_ROUNDS = 3
PAGES = 20


def make(folder: Path) -> list[Path]:
    """A letter in each kind of file; the PDF is the sample's three pages."""
    from PIL import Image

    from emulator.imaging.letter import LetterSource
    from emulator.imaging.pages import Wanted
    from emulator.wsscan.values.geometry import Dimensions, Resolution

    wanted = Wanted(Resolution(300, 300), "RGB", Dimensions(8500, 11000))
    image = LetterSource(1).page(0, wanted).image
    assert isinstance(image, Image.Image)
    image.save(folder / "b.jpg", quality=80, dpi=(300, 300))
    image.save(folder / "c.tif", compression="tiff_lzw", dpi=(300, 300))
    image.convert("1").save(folder / "d.tif", compression="group4", dpi=(300, 300))
    image.save(folder / "e.jpg", quality=80, progressive=True, dpi=(300, 300))
    return [
        TREE / "sample_images" / "invoice.pdf",
        *(folder / f"{n}" for n in ("b.jpg", "c.tif", "d.tif", "e.jpg")),
    ]


def measure(path: Path) -> tuple[float, float]:
    """Milliseconds until the first page is a document, and for each of the further ones."""
    from bench_page import page, ticket

    from emulator.imaging.files import open_files

    wanted = ticket()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        begun = time.perf_counter()
        source = open_files([path])
        page(source, 0, wanted, target)
        first = time.perf_counter()
        for number in range(1, PAGES):
            page(source, number % len(source), wanted, target)
        end = time.perf_counter()
        source.close()
    return (first - begun) * 1000, (end - first) * 1000 / (PAGES - 1)


def cpu() -> float:
    """Seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(tree: Path, path: Path) -> tuple[float, float, float]:
    """The same in a process of its own, with the modules of that tree."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tree), str(HERE.parent)))}
    command = [sys.executable, str(HERE), "--file", str(path)]
    before = cpu()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    first, further = json.loads(done.stdout)
    return first, further, (cpu() - before) * 1000 / PAGES


def main() -> None:
    """Print a line for each file."""
    parser = argparse.ArgumentParser(description="Pages of files, before and after.")
    parser.add_argument("tree", type=Path, nargs="?")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file is not None:
        print(json.dumps(measure(options.file)))
        return
    trees = [TREE] if options.tree is None else [options.tree.resolve(), TREE]
    with tempfile.TemporaryDirectory() as name:
        for path in make(Path(name)):
            rounds = [
                [timed(tree, path) for tree in trees] for _ in range(QUICK_ROUNDS if options.quick else ROUNDS)
            ]
            for index, what in enumerate(("first page", "further pages", "CPU")):
                own = [statistics.median(each[n][index] for each in rounds) for n in range(len(trees))]
                text = " -> ".join(f"{value:.1f}" for value in own)
                ratio = statistics.median(each[-1][index] / each[0][index] for each in rounds)
                print(f"{path.name:12} {what:14} {text} ms" + (f"  ratio {ratio:.2f}" if len(trees) > 1 else ""))


if __name__ == "__main__":
    main()
