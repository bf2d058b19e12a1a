"""What an A4 page at 300 dpi costs in each format, by that of Pillow's own writer where it has one, both with the
hash of what they wrote (A B A B, CPU), and how much two threads do in the time of one. Target: ours / Pillow's
<= 1.3. Run by hand: `python tests/benchmarks/bench_formats.py [--quick]`; prints, never fails. Compare only the
ratios, absolute times do not carry over.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "imaging"))

from format_table import write
from imaging_tickets import A4, ticket

from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Wanted
from emulator.imaging.samples import DeepImage, Raster
from emulator.resources import resource_folder
from emulator.wsscan.values.formats import holds
from emulator.wsscan.values.geometry import Resolution

FORMATS = (
    "png",
    "jfif",
    "exif",
    "tiff-single-jpeg-tn2",
    "tiff-single-g4",
    "tiff-single-g3mh",
    "tiff-single-uncompressed",
    "dib",
    "jbig",
)
ROUNDS, QUICK_ROUNDS = 9, 3
SIZE = (2480, 3508)


def pages() -> dict[str, tuple[str, Raster]]:
    """A letter in each grey, a photograph in each colour: name -> ColorProcessing and image."""
    letter = LetterSource(1, job="0a1b2c3d").page(0, Wanted(Resolution(300, 300), "L", A4)).image.resize(SIZE)
    with Image.open(resource_folder("sample_images") / "photo.jpg") as file:
        photo = file.convert("RGB").resize(SIZE)
    deep = np.asarray(photo).astype(np.uint16) * 257
    deep += np.random.default_rng(0).integers(0, 64, deep.shape, np.uint16)
    return {
        "letter": ("BlackAndWhite1", letter.convert("1", dither=Image.Dither.NONE)),
        "letter, 4 bits": ("Grayscale4", letter.point([value // 17 * 17 for value in range(256)])),
        "letter, grey": ("Grayscale8", letter),
        "photo": ("RGB24", photo),
        "photo, 48 bits": ("RGB48", DeepImage(deep)),
    }


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def together(works: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


BARE: dict[str, tuple[str, dict[str, object]]] = {
    "png": ("PNG", {"compress_level": 1}),
    "jfif": ("JPEG", {"quality": 76}),
    "exif": ("JPEG", {"quality": 76}),
    "tiff-single-g4": ("TIFF", {"compression": "group4"}),
    "tiff-single-g3mh": ("TIFF", {"compression": "tiff_ccitt"}),
    "tiff-single-uncompressed": ("TIFF", {}),
    "dib": ("DIB", {}),
}
"""Format -> how Pillow is told to write the like."""
TARGET = 1.3


def bare(format: str, image: Image.Image, path: Path) -> None:
    """As little as it takes: Pillow's writer, and the hash that each document of ours has too."""
    name, options = BARE[format]
    with path.open("wb") as file:
        image.save(file, name, **options)
    hashlib.sha256(path.read_bytes())


def measure(format: str, name: str, color: str, image: Raster, folder: Path, rounds: int) -> str:
    wanted = ticket(format, color, 300, medium=A4)

    def ours(number: int) -> Callable[[], object]:
        return lambda: write(folder / str(number), wanted, image)

    ours(1)()
    alone, both = [], []
    spent: list[tuple[float, float]] = []
    compared = format in BARE and isinstance(image, Image.Image)
    for _ in range(rounds):
        alone.append(seconds(ours(1)))
        if compared:
            spent.append((cpu(ours(1)), cpu(lambda: bare(format, image, folder / "bare"))))
        both.append(seconds(lambda: together([ours(1), ours(2)])))
    line = f"{format:25} {name:15} {statistics.median(alone) * 1000:7.1f} ms"
    line += f" {(folder / '1').stat().st_size / 1e6:7.2f} MB"
    line += f"; two threads {statistics.median(2 * a / b for a, b in zip(alone, both, strict=True)):.2f} x one"
    if compared:
        ratio = statistics.median(own for own, _ in spent) / statistics.median(other for _, other in spent)
        size, said = (folder / "bare").stat().st_size / 1e6, "ok" if ratio <= TARGET else "MISSED"
        line += f"; {ratio:.2f} x Pillow's {size:.2f} MB by CPU, the hash in both ({said})"
    return line


def main() -> None:
    """Print a line for each format and page."""
    parser = argparse.ArgumentParser(description="What a page costs in each format.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    made = pages()
    with tempfile.TemporaryDirectory() as folder:
        for format in FORMATS:
            for name, (color, image) in made.items():
                if not holds(format, color):
                    continue
                try:
                    print(measure(format, name, color, image, Path(folder), rounds))
                except UnsupportedFormat as error:
                    print(f"{format:25} {name:15} {error}")


if __name__ == "__main__":
    main()
