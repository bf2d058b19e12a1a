"""What it costs that pages are not coded again: CPU of whole commands, in one run, A B A B.

80 JPEG pages of A4 at 300 ppi to the embedded scan server: as they are, as the ticket asks for them (not coded
again), and with another quality factor (decoded and coded). Target: equal to the ticket / as-is <= 1.1. Then
`render` of a PDF of one image a page by `render` of the images; and PNG pages that are passed on by those that are
coded. Run by hand: `python tests/benchmarks/bench_coded.py [--quick]`; prints, never fails.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

QUICK = "--quick" in sys.argv
PAGES, ROUNDS = (20, 1) if QUICK else (80, 3)
A4 = Dimensions(8268, 11693)
PPI = 300


def letters() -> list[Image.Image]:
    """Pages in colours."""
    source = LetterSource(PAGES)
    wanted = Wanted(Resolution(PPI, PPI), "RGB", A4)
    made = []
    for number in range(PAGES):
        image = source.page(number, wanted).image
        assert isinstance(image, Image.Image)
        made.append(image)
    return made


def cpu(*arguments: str) -> float:
    """Of a command of ours and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "emulator", *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(title: str, commands: dict[str, list[str]]) -> None:
    """Print each command by the first."""
    used: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            used[name].append(cpu(*arguments))
    limit = statistics.median(next(iter(used.values())))
    for name, each in used.items():
        found = statistics.median(each)
        print(f"{title}: {name}: {found:.2f} s, {found / limit:.2f} of the first")


def main() -> None:
    """Make the pages and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("jpeg", "png"):
            (folder / kind).mkdir()
        for number, image in enumerate(letters()):
            page = folder / "jpeg" / f"{number:03}.jpg"
            image.save(page, quality=76, subsampling="4:2:0", dpi=(PPI, PPI))
            image.save(folder / "png" / f"{number:03}.png", dpi=(PPI, PPI))
        first, *others = (Image.open(page) for page in sorted((folder / "jpeg").iterdir()))
        first.save(folder / "all.pdf", save_all=True, append_images=others, resolution=PPI, quality=76)
        settings = ["--set", "ColorProcessing=RGB24", "--set", f"Resolution={PPI}x{PPI}"]
        scan = ["scan", str(folder / "jpeg"), "--store", str(folder / "store"), "--events", "none", *settings]
        scan += ["--set", "Format=jfif"]
        coded_again = ["--set", "CompressionQualityFactor=79"]
        compare(
            "scan of JPEG",
            {"as-is": [*scan, "--as-is"], "as asked for": scan, "coded again": [*scan, *coded_again]},
        )
        render = ["render", "--jobs", "1", "--overwrite", "--output", str(folder / "out"), *settings]
        pages = {"images": str(folder / "jpeg"), "PDF of them": str(folder / "all.pdf")}
        for how, more in (("passed on", []), ("coded again", coded_again)):
            commands = {each: [*render, path, "--set", "Format=jfif", *more] for each, path in pages.items()}
            compare(f"render to JPEG, {how}", commands)
        png = [*render, str(folder / "png"), "--set", "Format=png"]
        compare("render to PNG", {"coded again": [*png, "--set", "Sharpness=1"], "passed on": png})


if __name__ == "__main__":
    main()
