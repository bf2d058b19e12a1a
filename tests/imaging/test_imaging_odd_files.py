"""Files that are rare but sound, and small files that claim to be huge."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import pytest
from imaging_tickets import scan_image as scan
from imaging_tickets import ticket
from PIL import Image
from programs import PROJECT

from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError
from emulator.wsscan.values.geometry import Dimensions


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of given octets (ISO/IEC 15948): each row has its filter type, 0, before it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    more = b"".join(chunk(*each) for each in extra)
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(
    width: int, height: int, bits: tuple[int, ...], photometric: int, pixels: bytes = b"", **tags: int
) -> bytes:
    """An uncompressed TIFF of one strip, by hand; `tags` are more of them: t274=6."""
    values = {256: width, 257: height, 259: 1, 262: photometric, 277: len(bits), 278: height, 279: len(pixels)}
    values |= {int(name[1:]): value for name, value in tags.items()}
    count = len(values) + 2
    bits_at = 8 + 2 + 12 * count + 4
    pixels_at = bits_at + 2 * len(bits)
    values[273] = pixels_at
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items()]
    short = struct.pack("<HHI", 258, 3, len(bits))
    entries.append(short + (struct.pack("<HH", bits[0], 0) if len(bits) == 1 else struct.pack("<I", bits_at)))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    directory = struct.pack("<H", count) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack(f"<{len(bits)}H", *bits) + pixels


def pixels_of(path: Path, mode: str, size: tuple[int, int]) -> list[object]:
    """The scan of a file whose pixels are inches, from left to right."""
    wanted = ticket(mode=mode, ppi=100, medium=Dimensions(size[0] * 1000, size[1] * 1000))
    source = open_files([path])
    image = scan(source, 0, wanted.front, wanted)
    source.close()
    assert image.size == (size[0] * 100, size[1] * 100)
    return [image.getpixel((x * 100 + 50, 50)) for x in range(size[0])]


def shades(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


SOUND = {
    "png-rgb-48-bit": png(3, 1, 16, 2, b"\0" + shades(0, 0, 0, 0xC8FF, 0x3200, 0x6480, 65535, 65535, 65535)),
    "png-rgba-64-bit": png(3, 1, 16, 6, b"\0" + shades(0, 0, 0, 65535, 0xC800, 0x3200, 0x6400, 65535, 9, 9, 9, 0)),
    "png-palette-2-bit": png(3, 1, 2, 3, b"\0\x18", (b"PLTE", bytes([0, 0, 0, 200, 50, 100, 255, 255, 255]))),
    "png-palette-half-transparent": png(
        3, 1, 8, 3, b"\0\0\1\2", (b"PLTE", bytes([0, 0, 0, 200, 50, 100, 0, 0, 0])), (b"tRNS", b"\xff\xff\x00")
    ),
    "png-transparent-colour": png(
        3,
        1,
        8,
        2,
        b"\0" + bytes([0, 0, 0, 200, 50, 100, 1, 2, 3]),
        (b"tRNS", struct.pack(">HHH", 1, 2, 3)),
    ),
    "tiff-rgb-48-bit": tiff(3, 1, (16, 16, 16), 2, struct.pack("<9H", 0, 0, 0, 51400, 12850, 25700, *[65535] * 3)),
    "tiff-cmyk": tiff(3, 1, (8,) * 4, 5, bytes([0, 0, 0, 255, 55, 205, 155, 0, 0, 0, 0, 0])),
}


@pytest.mark.parametrize("name", SOUND)
def test_rare_depths_of_colour_become_what_the_ticket_asks(name: str, tmp_path: Path) -> None:
    """Black, a red and white; white is transparent where there is alpha."""
    path = tmp_path / name
    path.write_bytes(SOUND[name])
    black, red, white = pixels_of(path, "RGB", (3, 1))
    assert black == pytest.approx((0, 0, 0), abs=2)
    assert red == pytest.approx((200, 50, 100), abs=2)
    assert white == pytest.approx((255, 255, 255), abs=2)
    assert pixels_of(path, "L", (3, 1)) == pytest.approx([0, 101, 255], abs=3)
    assert pixels_of(path, "1", (3, 1)) == [0, 0, 255]


@pytest.mark.parametrize(("depth", "row"), [(1, b"\x20"), (2, b"\x1c"), (4, b"\x08\xf0")])
def test_grey_of_few_bits(depth: int, row: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(3, 1, depth, 0, b"\0" + row))
    expected = {1: [0, 0, 255], 2: [0, 85, 255], 4: [0, 136, 255]}[depth]
    assert pixels_of(tmp_path / "a.png", "L", (3, 1)) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("photometric", [0, 1])
def test_grey_tiffs_both_ways_round(photometric: int, tmp_path: Path) -> None:
    octets = bytes([0, 100, 255]) if photometric else bytes([255, 155, 0])
    (tmp_path / "a.tif").write_bytes(tiff(3, 1, (8,), photometric, octets))
    assert pixels_of(tmp_path / "a.tif", "L", (3, 1)) == pytest.approx([0, 100, 255], abs=2)


def test_a_tiff_on_its_side_keeps_its_physical_size(tmp_path: Path) -> None:
    """Stored 2 inches wide at 200 dpi and 1 inch high at 100 dpi; seen turned, 1 by 2 inches."""
    stored = Image.new("L", (400, 100), "black")
    for orientation in (6, 8):
        stored.save(tmp_path / "a.tif", tiffinfo={274: orientation}, dpi=(200, 100))
        page = open_files([tmp_path / "a.tif"]).page(0)
        assert (page.image.size, page.dpi) == ((100, 400), (100, 200))
        wanted = ticket(ppi=100)
        source = open_files([tmp_path / "a.tif"])
        seen = scan(source, 0, wanted.front, wanted)
        assert seen.point(lambda value: 255 - value).getbbox() == (0, 0, 100, 200)


def test_each_page_of_a_tiff_has_its_own_orientation(tmp_path: Path) -> None:
    pages = []
    for orientation in (6, 1, 8):
        page = Image.new("L", (40, 20), "white")
        page.paste(0, (0, 0, 10, 10))
        page.encoderinfo = {"tiffinfo": {274: orientation}}  # type: ignore[attr-defined]
        pages.append(page)
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], tiffinfo={274: 6})
    source = open_files([tmp_path / "a.tif"], full=True)
    marks = {0: (10, 0, 20, 10), 1: (0, 0, 10, 10), 2: (0, 30, 10, 40)}
    for index in (0, 1, 2, 1, 0, 2):
        assert source.page(index).image.point(lambda value: 255 - value).getbbox() == marks[index]
    source.close()


def test_a_photograph_with_a_second_picture_in_it_is_one_page(tmp_path: Path) -> None:
    """Many telephones write such JPEGs (CIPA DC-007, Multi-Picture Format)."""
    red, blue = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (30, 20), "blue")
    red.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[blue])
    assert len(open_files([tmp_path / "a.jpg"])) == 1
    assert pixels_of(tmp_path / "a.jpg", "RGB", (3, 2))[1] == pytest.approx((255, 0, 0), abs=3)


def huge_jpeg(side: int, folder: Path) -> bytes:
    Image.new("L", (8, 8)).save(folder / "small.jpg")
    data = bytearray((folder / "small.jpg").read_bytes())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def huge_jpeg_2000(side: int, folder: Path) -> bytes:
    Image.new("L", (8, 8)).save(folder / "small.jp2")
    data = bytearray((folder / "small.jp2").read_bytes())
    for at in (data.index(b"ihdr") + 4, data.index(b"\xff\x51") + 6):
        data[at : at + 8] = struct.pack(">II", side, side)
    return bytes(data)


def huge_webp(side: int, folder: Path) -> bytes:
    Image.new("L", (8, 8)).save(folder / "small.webp", lossless=True)
    picture = (folder / "small.webp").read_bytes()[12:]
    canvas = struct.pack("<I", 16_383 - 1)[:3]  # whatever the side: the largest there is
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(extended) + len(picture)) + b"WEBP" + extended + picture


def huge_gif(side: int, folder: Path) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\x00;"


def huge_bmp(side: int, folder: Path) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + header


def huge_tiff(side: int, folder: Path) -> bytes:
    return tiff(side, side, (8,), 1, t259=4)


BOMBS = {
    ".gif": huge_gif,
    ".bmp": huge_bmp,
    ".tif": huge_tiff,
    ".jpg": huge_jpeg,
    ".jp2": huge_jpeg_2000,
    ".webp": huge_webp,
}


@pytest.mark.parametrize("suffix", BOMBS)
@pytest.mark.parametrize("side", [10_000, 16_000, 65_500])
@pytest.mark.parametrize("behind_a_sound_page", [False, True])
@pytest.mark.timeout(20)
def test_a_small_file_that_claims_to_be_huge_is_refused_by_its_header(
    suffix: str, side: int, behind_a_sound_page: bool, tmp_path: Path
) -> None:
    """Before the job, wherever it stands among the files."""
    path = tmp_path / f"b{suffix}"
    path.write_bytes(BOMBS[suffix](side, tmp_path))
    sound = tmp_path / "a.png"
    Image.new("L", (10, 10)).save(sound)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as at run time; Pillow's warning is no error there
        with pytest.raises(SourceError, match="larger than the limit of 89 million pixels") as caught:
            open_files([sound, path] if behind_a_sound_page else [path])
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_huge_page_among_sound_ones_is_the_only_one_left_out(tmp_path: Path) -> None:
    pages = [Image.new("L", (20, 20)), Image.new("1", (10_000, 9_000)), Image.new("L", (20, 20))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    source = open_files([tmp_path / "a.tif"], skip_bad=True)
    assert [(entry.page, "(10000x9000)" in entry.reason) for entry in source.skipped] == [(2, True)]
    assert len(source) == 2


LOOK = """
import sys
from pathlib import Path
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError
for name in sys.argv[1:]:
    try:
        print(len(open_files([Path(name)], full=True)))
    except SourceError as error:
        print(error)
    as_is_documents([Path(name)])
"""


@pytest.mark.parametrize("strict", [False, True])
def test_damage_that_can_be_seen_through_is_passed_over_in_silence(strict: bool, tmp_path: Path) -> None:
    """Pillow warns of it on stderr, between our own lines; a user's PYTHONWARNINGS does not decide either."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker of cameras", 1
    Image.new("L", (20, 20)).save(tmp_path / "a.jpg", exif=exif)
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(
        data.replace(b"\x01\x0f\x00\x02\x00\x00\x00\x11", b"\x01\x0f\x00\x02\x00\x01\x00\x11")
    )
    (tmp_path / "a.tif").write_bytes(tiff(2, 1, (8,), 1, b"ab") + b"")
    broken = bytearray((tmp_path / "a.tif").read_bytes())
    at = broken.index(struct.pack("<HHI", 278, 4, 1))
    broken[at : at + 12] = struct.pack("<HHII", 305, 2, 5_000, 10_000_000)  # Software, beyond the end
    (tmp_path / "a.tif").write_bytes(broken)
    done = subprocess.run(
        [sys.executable, *(["-W", "error::UserWarning"] if strict else []), "-c", LOOK, "a.jpg", "a.tif"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split(), done.stderr) == (["1", "1"], "")
