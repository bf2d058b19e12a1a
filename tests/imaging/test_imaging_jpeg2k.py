"""JPEG 2000 as OpenJPEG's own programs, exiftool and ffmpeg, whose decoder is not OpenJPEG's, see it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from format_report import BITS
from format_table import CHANNELS, Cell, Decoded, judge, picture, psnr, record, samples_of, write
from hypothesis import example, given, settings
from hypothesis import strategies as st
from imaging_tickets import ticket
from judges import exif, run
from netpbm_files import read_netpbm
from optional_programs import needs_program
from PIL import Image
from programs import with_helpers
from variants import LONG

from emulator.imaging.encode import UnsupportedFormat, require_supported
from emulator.imaging.encoders.jpeg2k import psnr_for
from emulator.imaging.encoders.jpeg2k_tiles import TILE_SIDE
from emulator.imaging.scanned import Origin
from emulator.wsscan.values.formats import FORMAT_COLORS
from emulator.wsscan.values.geometry import Dimensions

Property = Callable[[str, object], None]
PPI = [(300, 300), (600, 300), (204, 98)]
COLORS = ("Grayscale8", "Grayscale16", "RGB24", "RGB48", "RGBa32", "RGBa64")


def decompress(path: Path, out: Path) -> None:
    """By opj_decompress."""
    openjpeg("opj_decompress", "-i", path, "-o", out)


def openjpeg(name: str, *arguments: str | Path) -> str:
    """What a program of OpenJPEG tells, which must be no error; an empty line on standard error is usual."""
    done = subprocess.run([needs_program(name), *arguments], capture_output=True, text=True, check=True)
    told = done.stdout + done.stderr
    assert "ERROR" not in told and "WARNING" not in told, told
    return told


def decode_jp2(path: Path, scratch: Path) -> Sequence[Decoded]:
    """exiftool tells size, depth and resolution, opj_decompress decodes."""
    said = exif(path)
    size = (said["Jpeg2000:ImageHeight"], said["Jpeg2000:ImageWidth"], said["Jpeg2000:NumberOfComponents"])
    bits = said["Jpeg2000:BitsPerComponent"] + 1
    assert said["Jpeg2000:ColorSpace"] == (17 if size[2] == 1 else 16)
    # exiftool names the power of ten as a unit: -4 per metre is a tenth of a millimetre.
    units = [10 ** said[f"Jpeg2000:Capture{axis}ResolutionUnit"] for axis in "XY"]
    across, down = (
        said[f"Jpeg2000:Capture{axis}Resolution"] * unit for axis, unit in zip("XY", units, strict=True)
    )
    raw = scratch / "raw.rawl"  # planes of samples, little-endian
    decompress(path, raw)
    samples = np.fromfile(raw, "<u2" if bits == 16 else "u1").reshape(size[2], size[0], size[1]).transpose(1, 2, 0)
    return [Decoded(samples.astype(np.uint16), bits, (across * 0.0254, down * 0.0254))]


JUDGE = "exiftool, opj_decompress"
CELLS = [
    Cell("jpeg2k", color, decode_jp2, f"{JUDGE}, factor 80", psnr=42, resolution_within=0.01) for color in COLORS
]
LOSSLESS = [Cell("jpeg2k", color, decode_jp2, f"{JUDGE}, factor 100", resolution_within=0.01) for color in COLORS]


def test_every_colour_that_the_format_holds_has_a_cell() -> None:
    assert {cell.color for cell in CELLS} == FORMAT_COLORS["jpeg2k"]


@pytest.mark.parametrize("ppi", PPI)
@pytest.mark.parametrize("cell", [*CELLS, *LOSSLESS], ids=lambda cell: f"{cell}-{cell.judge[-3:].strip()}")
def test_an_image_decodes_to_what_was_scanned(
    cell: Cell, ppi: tuple[int, int], tmp_path: Path, record_property: Property
) -> None:
    path = tmp_path / "a.jp2"
    page = picture((1201, 703), cell.color)
    wanted = ticket("jpeg2k", cell.color, ppi, compression_quality_factor=80 if cell.psnr else 100)
    write(path, wanted, page, ppi=ppi)
    (seen,) = cell.decode(path, tmp_path)
    record(record_property, cell, judge(cell, seen, page, ppi))


@pytest.mark.parametrize("factor", [80, 100])
@pytest.mark.parametrize("color", COLORS)
def test_another_decoder_sees_the_same(color: str, factor: int, tmp_path: Path, record_property: Property) -> None:
    """ffmpeg's decoder of JPEG 2000 is its own; edges of tiles, slivers and all."""
    path, raw = tmp_path / "a.jp2", tmp_path / "a.raw"
    page = picture((2 * TILE_SIDE + 5, TILE_SIDE + 300), color)
    write(path, ticket("jpeg2k", color, compression_quality_factor=factor), page)
    bits = BITS[color]
    layouts = {8: ("gray", "rgb24", "rgba"), 16: ("gray16le", "rgb48le", "rgba64le")}
    layout = layouts[bits][{1: 0, 3: 1, 4: 2}[CHANNELS[color]]]
    run("ffmpeg", "-v", "warning", "-c:v", "jpeg2000", "-i", path, "-f", "rawvideo", "-pix_fmt", layout, raw)
    expected = samples_of(page, color)
    seen = np.fromfile(raw, "<u2" if bits == 16 else "u1").reshape(expected.shape)
    figure = psnr(seen, expected, bits)
    assert figure >= (42 if factor == 80 else float("inf"))
    shown = "equal" if factor == 100 else f"{figure:.1f} dB"
    record(record_property, Cell("jpeg2k", color, decode_jp2, f"ffmpeg, factor {factor}"), shown)


SIDES = st.one_of(st.integers(1, 70), st.integers(TILE_SIDE - 2, TILE_SIDE + 40))


@pytest.mark.parametrize("cell", LOSSLESS, ids=str)
@settings(max_examples=6, deadline=None)
@given(SIDES, SIDES, st.integers(0, 99))
@example(1, 1, 0)
@example(TILE_SIDE + 31, TILE_SIDE + 32, 0)
@example(31, 2 * TILE_SIDE, 0)
def test_odd_sizes_come_out_whole(cell: Cell, width: int, height: int, factor: int) -> None:
    """Without loss pixel-equal; with loss as good as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jp2"
        page = picture((width, height), cell.color)
        write(path, ticket("jpeg2k", cell.color, compression_quality_factor=100), page)
        (seen,) = cell.decode(path, Path(folder))
        assert np.array_equal(seen.samples, samples_of(page, cell.color))
        write(path, ticket("jpeg2k", cell.color, compression_quality_factor=factor), page)
        (seen,) = cell.decode(path, Path(folder))
        assert psnr(seen.samples, samples_of(page, cell.color), BITS[cell.color]) >= (psnr_for(factor) or 0) - 3


def test_opj_dump_sees_tiles_and_levels(tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    write(path, ticket("jpeg2k", "RGB24", compression_quality_factor=100), picture((1201, 703), "RGB24"))
    said = openjpeg("opj_dump", "-i", path)
    assert f"tdx={TILE_SIDE}, tdy={TILE_SIDE}" in said and "tw=3, th=2" in said
    assert "numresolutions=6" in said and "mct=1" in said and "qmfbid=1" in said


@pytest.mark.parametrize("color", ["RGBa32", "RGBa64"])
def test_the_fourth_channel_is_opacity(color: str, tmp_path: Path) -> None:
    """To Pillow, which knows it by the channel definition, and to opj_decompress, which writes a PNG of it."""
    path = tmp_path / "a.jp2"
    page = picture((300, 200), color)
    write(path, ticket("jpeg2k", color, compression_quality_factor=100), page)
    with Image.open(path) as seen:
        assert seen.mode == "RGBA"
    decompress(path, tmp_path / "a.png")
    samples, _ = read_netpbm(run("pngtopam", "-quiet", "-alphapam", tmp_path / "a.png"))
    assert np.array_equal(samples, samples_of(page, color))


def test_the_file_says_what_made_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    origin = Origin(
        "Über & Co", "日本 5", "1.2", date=datetime(2026, 11, 24, 16, 30, 5, 999, timezone(timedelta(hours=1)))
    )
    write(path, ticket("jpeg2k", "RGB24"), picture((60, 70), "RGB24"), origin=origin)
    said = exif(path)
    assert (said["XMP-tiff:Make"], said["XMP-tiff:Model"]) == ("Über & Co", "日本 5")
    assert said["XMP-tiff:Software"] == "dsm-emulator (firmware 1.2)"
    assert said["XMP-xmp:CreateDate"] == "2026:11:24 16:30:05+01:00"


def test_a_finer_factor_gives_a_larger_file_and_100_no_loss(tmp_path: Path) -> None:
    page = picture((600, 400), "RGB24")
    sizes = [
        write(tmp_path / "a", ticket("jpeg2k", "RGB24", compression_quality_factor=factor), page).bytes
        for factor in (0, 20, 40, 60, 80, 99, 100)
    ]
    assert sizes == sorted(set(sizes))


def test_more_tiles_than_can_be_numbered_are_named_before_anything_is_sent() -> None:
    """A line of pixels: the scan head takes no image that large in both directions."""
    require_supported(ticket("jpeg2k", "Grayscale8", (335_000, 1), medium=Dimensions(100_000, 1000)))
    with pytest.raises(UnsupportedFormat, match=r"at most 65535 tiles of 512x512 pixels, .* 33600000x1 pixels"):
        require_supported(ticket("jpeg2k", "Grayscale8", (336_000, 1), medium=Dimensions(100_000, 1000)))


PAGE = """
from pathlib import Path
import numpy as np, openjpeg.utils
from PIL import Image
from format_table import write
from imaging_tickets import ticket
from emulator.imaging.samples import DeepImage
size = (4960, 7016)
page = grey = Image.effect_noise(size, 20)
if {color!r} == "RGB24":
    page = Image.merge("RGB", (grey, grey, grey))
else:
    page = DeepImage(np.repeat(np.asarray(grey).astype(np.uint16)[:, :, None] * 257, 3, axis=2))
del grey
def status(field):
    return int(Path("/proc/self/status").read_text().partition(field + ":")[2].split()[0])
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = status("VmRSS")
write(Path({path!r}), ticket("jpeg2k", {color!r}, 600), page, ppi=(600, 600))
print(status("VmHWM") - before)
"""


@pytest.mark.needs(Path("/proc/self/clear_refs").exists(), "memory is read from /proc")
@pytest.mark.parametrize("color", ["RGB24", *(["RGB48"] if LONG else [])])
def test_600_ppi_of_a4_need_little_more_than_their_pixels(color: str, tmp_path: Path) -> None:
    """OpenJPEG by itself takes 1.3 GB for such a page of 24 bits."""
    code = PAGE.format(color=color, path=str(tmp_path / "a.jp2"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=with_helpers()
    )
    assert done.returncode == 0, done.stderr
    more = int(done.stdout)
    print(f"{color}: {more} KiB more than the page's own pixels")
    assert more < 48 * 1024


def test_other_threads_run_between_the_tiles(tmp_path: Path) -> None:
    """OpenJPEG keeps the interpreter's lock; a page of many tiles must not keep it for seconds."""
    turns = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal turns
        while not stop.wait(0.002):
            turns += 1

    page = Image.effect_noise((8 * TILE_SIDE, 2 * TILE_SIDE), 40).convert("RGB")
    watcher = threading.Thread(target=watch)
    watcher.start()
    write(tmp_path / "a.jp2", ticket("jpeg2k", "RGB24"), page)
    stop.set()
    watcher.join()
    assert turns >= 8, "another thread has its turn at least after every second of 16 tiles"
