"""Peak memory of one large page, each in a process of its own (600 dpi RGB JPEG: below 450 MB)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from programs import PROJECT

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")

SCRIPT = """
import sys
from pathlib import Path
from imaging_tickets import A4, ticket
from emulator.imaging.encode import open_document
from emulator.imaging.files import open_files
from emulator.imaging.letter import LetterSource
from emulator.imaging.scan_head import scan
from emulator.wsscan.values.ticket import EffectiveExposure

out, file, color, rotation, auto = sys.argv[1:]
exposure = EffectiveExposure(auto == "auto", 0, 0, 0)
wanted = ticket("jfif", color, 600, medium=A4, rotation=int(rotation), exposure=exposure)
source = LetterSource(1) if file == "letter" else open_files([Path(file)])
scanned = scan(source, 0, wanted.front, wanted)
source.close()
if color == "RGB24":
    writer = open_document(Path(out), wanted)
    writer.add(scanned)
    del scanned
    writer.finish()
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


def peak_mib(
    folder: Path, file: Path | str, color: str = "RGB24", rotation: int = 0, exposure: str = "plain"
) -> int:
    path = os.pathsep.join([str(PROJECT), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder / "out", file, color, str(rotation), exposure],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A4 as JPEG of 600 and of 300 dpi, as PNG with transparency and as PDF."""
    folder = tmp_path_factory.mktemp("pages")
    noise = Image.effect_noise((2480, 3508), 80)
    small = Image.merge("RGB", [noise, noise.transpose(Image.Transpose.ROTATE_180), noise])
    small.save(folder / "300.jpg", dpi=(300, 300))
    large = small.resize((4961, 7016), Image.Resampling.NEAREST)
    large.save(folder / "600.jpg", dpi=(600, 600))
    small.save(folder / "scan.pdf", resolution=300)
    small.putalpha(noise)
    small.save(folder / "alpha.png", dpi=(300, 300), compress_level=1)
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["300.jpg", "600.jpg", "scan.pdf", "alpha.png", "letter"])
def test_a_page_of_600_dpi_in_colour_takes_less_than_450_megabytes(
    name: str, pages: dict[str, Path], tmp_path: Path
) -> None:
    assert peak_mib(tmp_path, pages.get(name, name)) < 450 / 1.048576


def test_turned_and_exposed_it_takes_no_more(pages: dict[str, Path], tmp_path: Path) -> None:
    assert peak_mib(tmp_path, pages["600.jpg"], rotation=90, exposure="auto") < 450 / 1.048576


@pytest.mark.parametrize(("color", "limit"), [("RGB48", 600), ("RGBa64", 750), ("Grayscale16", 450)])
def test_sixteen_bits_a_channel_have_a_bound_too(
    color: str, limit: int, pages: dict[str, Path], tmp_path: Path
) -> None:
    assert peak_mib(tmp_path, pages["600.jpg"], color, rotation=90, exposure="auto") < limit / 1.048576
