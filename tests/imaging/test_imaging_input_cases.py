"""Files that are read as what they are: masks and copies, smaller first pictures, pixels that are not square,
layouts that are refused by their name."""

from __future__ import annotations

import io
import struct
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from delivered_pixels import WANTED, levels, read
from imaging_tickets import scan_image as scan
from imaging_tickets import ticket
from optional_programs import needs_program
from PIL import Image
from png_writing import chunk, write_png
from tiff_writing import Form, write_tiff, write_tiffs

from emulator.imaging.as_is import as_is_documents
from emulator.imaging.files import open_files
from emulator.imaging.pages import SourceError, Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

Samples = np.ndarray[Any, Any]
GREY = np.arange(12, dtype=np.uint8).reshape(3, 4, 1) * 20
BITS = (GREY > 100).astype(np.uint8)


def subfile(value: int, tag: int = 254) -> dict[int, Any]:
    return {tag: (4, [value])}


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "others",
    {
        "mask": [(BITS, Form(bits=1, photometric=4, tags=subfile(4)))],
        "mask by its photometric": [(BITS, Form(bits=1, photometric=4))],
        "mask of a copy": [(BITS, Form(bits=1, photometric=4, tags=subfile(5)))],
        "copy": [(GREY[:1], Form(tags=subfile(1)))],
        "copy by SubfileType": [(GREY[:1], Form(tags=subfile(2, 255)))],
        "layer of mixed content": [(BITS, Form(bits=1, tags=subfile(16)))],
    }.items(),
    ids=lambda each: each[0],
)
def test_masks_and_copies_are_no_pages(others: Any, order: str, big: bool, tmp_path: Path) -> None:
    """Behind the page and before it (case I6)."""
    page = (GREY, Form(order=order, big=big, tags=subfile(2)))
    second = (255 - GREY, Form(tags=subfile(2)))
    for images in (
        [page, *others[1], second],
        [(others[1][0][0], _ordered(others[1][0][1], order, big)), page, second],
    ):
        path = write_tiffs(tmp_path / "a.tif", images)
        source = open_files([path], full=True)
        assert len(source) == 2
        assert np.array_equal(np.asarray(source.page(0).image), GREY[:, :, 0])
        assert np.array_equal(np.asarray(source.page(1).image), 255 - GREY[:, :, 0])
        source.close()


def _ordered(form: Form, order: str, big: bool) -> Form:
    return Form(**{**form.__dict__, "order": order, "big": big})


def test_a_tiff_of_masks_alone_has_no_page(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", BITS, Form(bits=1, photometric=4, tags=subfile(4)))
    with pytest.raises(SourceError, match="masks alone"):
        open_files([path])


def test_a_page_that_is_called_a_copy_but_stands_alone_is_a_page(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", GREY, Form(tags=subfile(1)))
    assert len(open_files([path])) == 1


def test_a_layout_that_is_not_read_is_one_page_less_and_not_the_file(tmp_path: Path) -> None:
    """Also where it comes first, and Pillow cannot open the file at all."""
    odd = (np.repeat(GREY, 2, axis=2), Form(photometric=32803))
    path = write_tiffs(tmp_path / "a.tif", [odd, (GREY, Form()), odd, (GREY.astype(np.uint16), Form(bits=12))])
    source = open_files([path], skip_bad=True)
    assert [entry.page for entry in source.skipped] == [1, 3] and len(source) == 2
    assert np.array_equal(np.asarray(source.page(0).image), GREY[:, :, 0])
    source.close()


RGB = np.repeat(GREY, 3, axis=2)
NAMED = {
    "colour filter array": (GREY, Form(photometric=32803), "photometric colour filter array (32803)"),
    "LogLuv": (RGB.astype(np.uint16), Form(bits=16, photometric=32845), "photometric LogLuv (32845)"),
    "ITULab": (RGB, Form(photometric=10), "photometric ITULab (10)"),
    "inks": (np.repeat(GREY, 4, axis=2), Form(photometric=5, tags={332: (3, [2])}), "InkSet 2"),
    "signed": (GREY.astype(np.int16), Form(bits=16, sample_format=2), "SampleFormat signed (2)"),
    "complex": (GREY.astype(np.uint64), Form(bits=64, sample_format=6), "complex floating point (6)"),
    "JPEG 2000": (GREY, Form(tags={259: (3, [33003])}), "compression JPEG 2000 (33003)"),
    "unknown compression": (GREY, Form(tags={259: (3, [777])}), "compression 777"),
    "JPEG of 16 bits": (GREY.astype(np.uint16), Form(bits=16, tags={259: (3, [7])}), "JPEG (7) of 16 bits"),
    "bits that differ": (RGB, Form(photometric=2, tags={258: (3, [5, 6, 5])}), "BitsPerSample 5 6 5"),
    "planes": (RGB, Form(photometric=2, tags={284: (3, [3])}), "PlanarConfiguration 3"),
    "floating point beyond white": (
        (GREY / 10).astype(np.float32), Form(bits=32, sample_format=3), "floating point samples of 0 to 22"
    ),
    "many samples": (np.repeat(GREY, 20, axis=2), Form(), "20 samples"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_read_is_called_by_its_name(name: str, tmp_path: Path) -> None:
    samples, form, words = NAMED[name]
    path = write_tiff(tmp_path / "a.tif", samples, form)
    with pytest.raises(SourceError) as caught:
        open_files([path])
    assert words in caught.value.reason and "not read" in caught.value.reason
    assert "BufferedReader" not in caught.value.reason


@pytest.mark.parametrize(("marker", "words"), [(0xC3, "SOF3"), (0xC1, "12 bits")])
@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_a_kind_of_jpeg_that_is_not_read_is_called_by_its_name(
    marker: int, words: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    data = bytearray()
    if suffix == ".jpg":
        file = io.BytesIO()
        Image.new("L", (16, 16)).save(file, "JPEG")
        data += file.getvalue()
    else:
        write_tiff(path, np.zeros((16, 16, 1), np.uint8), Form(compression=7))
        data += path.read_bytes()
    at = data.index(b"\xff\xc0")
    data[at + 1] = marker
    data[at + 4] = 12 if marker == 0xC1 else 8
    path.write_bytes(data)
    with pytest.raises(SourceError, match=words) as caught:
        open_files([path])
    assert "not read" in caught.value.reason or "not supported" in caught.value.reason


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (1, 2)])
@pytest.mark.parametrize("compression", [1, 5, 8])
def test_chroma_of_several_pixels_is_seen_as_libtiff_sees_it(
    compression: int, subsampling: tuple[int, int], tmp_path: Path
) -> None:
    dice = np.random.default_rng(1)
    samples = dice.integers(60, 190, (11, 19, 3), dtype=np.uint8)
    form = Form(photometric=6, compression=compression, subsampling=subsampling, block=4)
    path = write_tiff(tmp_path / "a.tif", samples, form)
    plain = tmp_path / "plain.tif"
    subprocess.run([needs_program("tiff2rgba"), "-c", "none", "-n", path, plain], check=True, capture_output=True)
    theirs = np.asarray(Image.open(plain).convert("RGB")).astype(int)
    ours = np.rint(levels(read(path)) * 255)
    assert abs(ours - theirs).max() <= 3


def gif(canvas: tuple[int, int], frame: tuple[int, int, int, int], *, transparent: bool = False) -> bytes:
    """The picture is blue all over, or where `transparent`, has the colour of index 2, which is transparent."""
    file = io.BytesIO()
    image = Image.new("P", (frame[2], frame[3]), 2)
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    image.save(file, "GIF", **({"transparency": 2} if transparent else {}))
    data = bytearray(file.getvalue())
    data[6:10] = struct.pack("<HH", *canvas)
    at = data.index(b",", 13)
    data[at + 1 : at + 9] = struct.pack("<4H", *frame)
    return bytes(data)


@pytest.mark.parametrize("transparent", [False, True])
def test_beside_the_first_picture_of_a_gif_there_is_paper(transparent: bool, tmp_path: Path) -> None:
    """Not the colour of index 0 (case I9)."""
    path = tmp_path / "a.gif"
    path.write_bytes(gif((12, 9), (3, 2, 5, 4), transparent=transparent))
    seen = levels(read(path))
    wanted = np.ones((9, 12, 3))
    if not transparent:
        wanted[2:6, 3:8] = [0, 0, 200 / 255]
    assert np.array_equal(seen, wanted)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_beside_the_first_picture_of_a_webp_there_is_paper(mode: str, tmp_path: Path) -> None:
    """An animation whose canvas is larger than its first picture."""
    file = io.BytesIO()
    Image.new(mode, (6, 4), (0, 0, 200)).save(file, "WEBP", lossless=True)
    picture = file.getvalue()[12:]
    if picture.startswith(b"VP8X"):
        picture = picture[18:]
    header = (
        struct.pack("<I", 0x02 | (0x10 if mode == "RGBA" else 0))
        + (11).to_bytes(3, "little")
        + (8).to_bytes(3, "little")
    )
    place = (
        (2).to_bytes(3, "little")
        + (1).to_bytes(3, "little")
        + (5).to_bytes(3, "little")
        + (3).to_bytes(3, "little")
    )
    frame = place + (100).to_bytes(3, "little") + b"\x02" + picture
    body = b"WEBP"
    for name, data in ((b"VP8X", header), (b"ANIM", bytes(6)), (b"ANMF", frame)):
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    path = tmp_path / "a.webp"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    seen = levels(read(path))
    wanted = np.ones((9, 12, 3))
    wanted[2:6, 4:10] = [0, 0, 200 / 255]
    assert np.array_equal(seen, wanted)


def jpeg_with(density: tuple[int, int, int], exif: bytes = b"") -> bytes:
    file = io.BytesIO()
    Image.new("L", (80, 40)).save(file, "JPEG", **({"exif": exif} if exif else {}))
    data = bytearray(file.getvalue())
    at = data.index(b"JFIF\0")
    data[at + 7 : at + 12] = struct.pack(">BHH", *density)
    return bytes(data)


def exif_of(across: int, down: int, unit: int) -> bytes:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = float(across), float(down), unit
    return exif.tobytes()


def png_with(across: int, down: int, unit: int) -> bytes:
    physical = (b"pHYs", struct.pack(">IIB", across, down, unit))
    return write_png(np.zeros((40, 80, 1), np.uint8), 8, 0, before=(physical,))


def tiff_with(across: int, down: int, unit: int, path: Path) -> bytes:
    tags = {282: (5, [(across, 1)]), 283: (5, [(down, 1)]), 296: (3, [unit])}
    return write_tiff(path, np.zeros((40, 80, 1), np.uint8), Form(tags=tags)).read_bytes()


def gif_with(aspect: int) -> bytes:
    file = io.BytesIO()
    Image.new("P", (80, 40)).save(file, "GIF")
    data = bytearray(file.getvalue())
    data[12] = aspect
    return bytes(data)


@pytest.mark.parametrize(
    ("suffix", "make", "aspect", "dpi"),
    [
        (".jpg", lambda _: jpeg_with((0, 1, 2)), 2.0, None),
        (".jpg", lambda _: jpeg_with((0, 1, 1)), 1.0, None),
        (".jpg", lambda _: jpeg_with((1, 60, 30)), 0.5, None),  # no paper is so coarse
        (".jpg", lambda _: jpeg_with((1, 200, 100)), 0.5, (200, 100)),
        (".jpg", lambda _: jpeg_with((0, 1, 1), exif_of(300, 150, 2)), 0.5, (300, 150)),
        (".jpg", lambda _: jpeg_with((0, 1, 1), exif_of(1, 2, 1)), 2.0, None),
        (".png", lambda _: png_with(1, 2, 0), 2.0, None),
        (".png", lambda _: png_with(3, 1, 0), 1 / 3, None),
        (".png", lambda _: png_with(1000, 0, 0), 1.0, None),
        (".png", lambda _: png_with(11811, 5905, 1), 5905 / 11811, (300, 150)),
        (".tif", lambda path: tiff_with(1, 2, 1, path), 2.0, None),
        (".tif", lambda path: tiff_with(204, 98, 2, path), 98 / 204, (204, 98)),
        (".tif", lambda path: tiff_with(40, 20, 3, path), 0.5, None),
        (".tif", lambda path: tiff_with(80, 40, 3, path), 0.5, (203.2, 101.6)),
        (".gif", lambda _: gif_with(49), 1.0, None),
        (".gif", lambda _: gif_with(113), 2.0, None),
    ],
)
def test_pixels_need_not_be_square(
    suffix: str, make: Any, aspect: float, dpi: tuple[float, float] | None, tmp_path: Path
) -> None:
    """Also where a file says nothing of inches (case I9)."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(make(path))
    page = read(path)
    assert page.aspect == pytest.approx(aspect)
    assert page.dpi == (None if dpi is None else pytest.approx(dpi, abs=0.1))
    if dpi is None:  # as large as the medium allows, in its proportions: 80 x 40 pixels
        wanted = ticket(mode="L", ppi=100, medium=Dimensions(8000, 8000))
        source = open_files([path])
        box = scan(source, 0, wanted.front, wanted).point(lambda value: 255 - value).getbbox()
        source.close()
        assert box is not None
        assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(2 * aspect, rel=0.01)
        assert max(box[2] - box[0], box[3] - box[1]) == 800


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("size", [(160, 120), (161, 119), (33, 47)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("ppi", [400, 160, 100, 50, 25])
def test_a_jpeg_is_shrunk_while_it_is_decoded_as_pillow_does_it(
    mode: str, size: tuple[int, int], ppi: int, orientation: int, tmp_path: Path
) -> None:
    """The same pixels at each of the sizes that the decoder can make."""
    path = tmp_path / "a.jpg"
    dice = np.random.default_rng(3)
    pixels = np.kron(dice.integers(0, 256, (24, 32, 3), dtype=np.uint8), np.ones((5, 6, 1), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = Image.fromarray(np.ascontiguousarray(pixels[: size[1], : size[0]]))
    shown.save(path, dpi=(200, 200), exif=exif, quality=90)
    asked = Wanted(Resolution(ppi, ppi), "L" if mode == "L" else "RGB", Dimensions(8500, 11000))
    page = read(path, asked)
    stored = size if orientation == 1 else size[::-1]
    factor = next(each for each in (1, 2, 4, 8) if -(-stored[0] // each) == page.image.width)
    with Image.open(path) as image:
        image.draft("L" if mode == "L" else None, (max(1, size[0] // factor), max(1, size[1] // factor)))
        image.load()
        theirs = image.transpose(Image.Transpose.ROTATE_270) if orientation == 6 else image
        assert np.array_equal(np.asarray(page.image), np.asarray(theirs))


def test_a_group_4_strip_whose_writer_left_out_its_end_is_read(tmp_path: Path) -> None:
    """Some do; then the code may end in each bit of its last octet."""
    dice = np.random.default_rng(5)
    for number in range(24):
        pixels = dice.integers(0, 2, (9, 17 + number)).astype(bool)
        path = tmp_path / "a.tif"
        Image.fromarray(pixels).save(path, compression="group4")
        data = bytearray(path.read_bytes())
        with Image.open(path) as image:
            at, length = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
        bits = "".join(f"{octet:08b}" for octet in data[at : at + length])
        kept = bits[: bits.rindex("000000000001" * 2)]
        kept += "0" * (-len(kept) % 8)
        short = int(kept, 2).to_bytes(len(kept) // 8, "big")
        data[at : at + length] = short.ljust(length, b"\0")
        entry = data.index(struct.pack("<HH", 279, 4)) if struct.pack("<HH", 279, 4) in data else -1
        if entry >= 0:
            struct.pack_into("<I", data, entry + 8, len(short))
        path.write_bytes(data)
        assert np.array_equal(np.asarray(read(path, WANTED).image), pixels), number


def test_a_png_without_its_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    data = write_png(GREY, 8, 0)
    path.write_bytes(data[: -len(chunk(b"IEND", b""))])
    with pytest.raises(SourceError, match="IEND"):
        read(path)
    path.write_bytes(data + b"what a mail gateway appends")
    assert np.array_equal(np.asarray(read(path).image), GREY[:, :, 0])


def test_damaged_exif_does_not_hide_the_damage_of_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    data = write_png(GREY, 8, 0, before=((b"eXIf", b"MM\0*nonsense"),))
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as at run time
        assert np.array_equal(np.asarray(read(path).image), GREY[:, :, 0])
        at = data.index(b"IDAT") + 8
        path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        with pytest.raises(SourceError, match="damaged"):
            read(path)


def test_a_child_tells_as_much_of_a_page_as_the_parent(tmp_path: Path) -> None:
    """A TIFF of very many directories is decoded in a process of its own."""
    tags = {282: (5, [(1, 1)]), 283: (5, [(2, 1)]), 296: (3, [1]), 34675: (7, b"nonsense")}
    images = [(GREY, Form(tags=tags)), *[(GREY[:1, :1], Form()) for _ in range(1_001)]]
    source = open_files([write_tiffs(tmp_path / "a.tif", images)])
    page = source.page(0)
    assert page.aspect == pytest.approx(2.0) and np.array_equal(np.asarray(page.image), GREY[:, :, 0])
    assert any("colour profile is damaged" in note for note in source.notes)
    source.close()


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_that_is_sent_as_it_is_is_looked_at_in_either_order(order: str, big: bool, tmp_path: Path) -> None:
    tags = {282: (5, [(300, 1)]), 283: (5, [(150, 1)])}
    form = Form(bits=16, photometric=2, order=order, big=big, tags=tags, orientation=6)
    path = write_tiff(tmp_path / "a.tif", RGB.astype(np.uint16), form)
    (document,) = as_is_documents([path])
    info = document.info
    assert (info.format, info.pages, info.color) == ("tiff-single-uncompressed", 1, "RGB48")
    assert (info.width, info.height, info.resolution) == (3, 4, Resolution(300, 150))


@pytest.mark.parametrize("block", [8, 0, (16, 16)])
def test_a_grey_scan_of_a_jpeg_in_a_tiff_sees_its_light(block: Any, tmp_path: Path) -> None:
    """The decoder leaves out the colours where it can, as of a JPEG file."""
    ramp = np.linspace(0, 255, 48)[None, :, None] * np.linspace(0.4, 1, 24)[:, None, None]
    samples = np.abs(ramp - 40 * np.arange(3)).astype(np.uint8)
    path = write_tiff(tmp_path / "a.tif", samples, Form(photometric=6, compression=7, block=block))
    asked = Wanted(Resolution(600, 600), "L", Dimensions(8500, 11000))
    colours, grey = read(path).image, read(path, asked).image
    assert isinstance(colours, Image.Image) and isinstance(grey, Image.Image)
    assert grey.mode == ("RGB" if isinstance(block, tuple) else "L")
    seen = [np.asarray(each.convert("L")).astype(int) for each in (colours, grey)]
    assert abs(seen[0] - seen[1]).max() <= 2


@pytest.mark.parametrize("photometric", [0, 1, 3])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_bits_that_stand_the_other_way_round_are_read(bits: int, photometric: int, tmp_path: Path) -> None:
    """FillOrder 2, which Pillow has no reading for in all modes."""
    samples = np.random.default_rng(2).integers(0, 2**bits, (5, 11, 1), dtype=np.uint8)
    colours = np.random.default_rng(3).integers(256, 65536, (3, 2**bits)) if photometric == 3 else None
    form = Form(bits=bits, photometric=photometric, fill_order=2, palette=colours)
    seen = levels(read(write_tiff(tmp_path / "a.tif", samples, form)))
    shown = samples / (2**bits - 1)
    wanted = colours.T[samples[:, :, 0]] / 65535 if colours is not None else shown if photometric else 1 - shown
    assert abs(seen - wanted).max() <= 1.01 / 255
