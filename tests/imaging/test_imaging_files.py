"""Files and folders: their order, what is left out, and what is said of a bad one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_tickets import scan_image as scan
from imaging_tickets import ticket
from optional_programs import skip_or_fail
from PIL import Image

from emulator.imaging.as_is import as_is_documents
from emulator.imaging.files import FileSource, open_files
from emulator.imaging.natural import natural_key
from emulator.imaging.pages import SourceError

ENCRYPTED_PDF = (
    b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
    b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
    b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>> endobj\n"
    b"4 0 obj <</Filter/Standard/V 1/R 2/P -4/O <" + b"11" * 32 + b">/U <" + b"22" * 32 + b">>> endobj\n"
    b"trailer <</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF\n"
)


def picture(path: Path, shade: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (30, 20), shade).save(path)
    return path


def origins(source: FileSource) -> list[str]:
    names = [source.page(index).origin for index in range(len(source))]
    source.close()
    return names


def error(path: Path, **options: bool) -> SourceError:
    with pytest.raises(SourceError) as caught:
        open_files([path], **options)
    text = str(caught.value)
    assert text.startswith(str(caught.value.file)) and "\n" not in text and caught.value.reason in text
    return caught.value


def test_a_folder_is_read_in_natural_order_without_hidden_files(tmp_path: Path) -> None:
    for name in (
        "page10.png",
        "page2.png",
        "Page1.png",
        "b/2.png",
        "b/10.png",
        "a/z.png",
        ".hidden.png",
        ".git/x.png",
    ):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no page")
    picture(tmp_path / "x.png").rename(tmp_path / "unnamed")  # known by its octets
    source = open_files([tmp_path])
    expected = ["Page1.png", "page2.png", "page10.png", "unnamed", "z.png", "2.png", "10.png"]
    assert origins(source) == expected
    assert [str(entry) for entry in source.skipped] == [
        f"{tmp_path / 'notes.txt'}: not a kind of file that is read"
    ]


def test_files_come_in_the_order_given_and_may_come_twice(tmp_path: Path) -> None:
    b, a = picture(tmp_path / "b.png"), picture(tmp_path / "a.png")
    assert origins(open_files([b, a, b])) == ["b.png", "a.png", "b.png"]


def test_a_link_to_a_folder_above_is_no_endless_way(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    try:
        (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        skip_or_fail("no symbolic links here")
    assert origins(open_files([tmp_path])) == ["a.png"]


@given(st.lists(st.text(max_size=12), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_names_can_be_sorted(names: list[str]) -> None:
    other_way = names[::-1]
    assert sorted(names, key=natural_key) == sorted(other_way, key=natural_key)


def test_pages_of_a_pdf_and_a_tiff(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.tif"):
        pages = [Image.new("L", (85, 110), shade) for shade in (10, 90, 200)]
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    source = open_files([tmp_path])
    names = [f"a.pdf page {n}" for n in (1, 2, 3)] + [f"b.tif page {n}" for n in (1, 2, 3)]
    assert origins(source) == names
    for index in (5, 0, 4, 2, 3, 1):  # any order
        shade = source.page(index).image.convert("L").getpixel((40, 50))
        assert shade == pytest.approx((10, 90, 200)[index % 3], abs=3)
    source.close()
    source.close()
    assert source.page(0).origin == "a.pdf page 1"  # opens again
    source.close()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.png", b"", "empty"),
        ("a.txt", b"Dear Sir,", "not a kind of file that is read; there are PNG"),
        ("a.png", b"Dear Sir,", "not a kind of file"),
        ("a.pdf", ENCRYPTED_PDF, "encrypted"),
        ("a.pdf", b"%PDF-1.7\nnonsense\n%%EOF\n", "damaged"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj", "cut off"),
        ("a.jpg", b"\xff\xd8\xff\xe0nonsense", "damaged"),
        ("a.jpg", b"\xff\xd8\xff\xc0\x00\x03", "damaged"),
        ("a.tif", b"II*\0\xff\xff\xff\x7f", "damaged"),
        ("a.bmp", b"BM" + bytes(60), "damaged"),
        ("a.jp2", b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40), "damaged"),
    ],
)
def test_a_bad_file_is_named_with_its_reason(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = error(path)
    assert found.file == path
    assert reason in found.reason


def test_what_is_not_there(tmp_path: Path) -> None:
    assert error(tmp_path / "nowhere.pdf").reason == "no such file or folder"
    assert "\0" in str(Path("a\0b")) and error(Path("a\0b"))
    (tmp_path / "empty").mkdir()
    assert "no page in this folder" in error(tmp_path / "empty").reason


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".gif", ".webp", ".jp2", ".tif", ".pdf"])
def test_a_file_cut_in_the_middle_is_refused(suffix: str, tmp_path: Path) -> None:
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    noise = Image.effect_noise((300, 300), 90).convert("RGB" if suffix != ".gif" else "L")
    noise.save(whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    error(cut)


def broken_tiff(path: Path) -> None:
    """Three pages; the strip of the second lies beyond the end of the file."""
    pages = [Image.effect_noise((50, 50), 90) for _ in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    data = bytearray(path.read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * struct.unpack_from("<H", data, first)[0])[0]
    for entry in range(struct.unpack_from("<H", data, second)[0]):
        at = second + 2 + 12 * entry
        if struct.unpack_from("<H", data, at)[0] == 273:
            struct.pack_into("<I", data, at + 8, 10_000_000)
    path.write_bytes(data)


def test_a_later_page_that_is_bad_is_named_when_it_comes(tmp_path: Path) -> None:
    broken_tiff(tmp_path / "a.tif")
    source = open_files([tmp_path / "a.tif"])  # page 1 is sound
    source.page(0)
    with pytest.raises(SourceError, match=r"a\.tif: page 2: ") as caught:
        source.page(1)
    assert caught.value.page == 2
    assert source.page(2).origin == "a.tif page 3"  # the others go on
    source.close()
    assert error(tmp_path / "a.tif", full=True).page == 2


def test_skip_bad_leaves_out_pages_and_files_and_lists_them(tmp_path: Path) -> None:
    broken_tiff(tmp_path / "1.tif")
    (tmp_path / "2.pdf").write_bytes(ENCRYPTED_PDF)
    picture(tmp_path / "3.png")
    source = open_files([tmp_path], skip_bad=True)
    assert origins(source) == ["1.tif page 1", "1.tif page 3", "3.png"]
    assert [(entry.path.name, entry.page) for entry in source.skipped] == [("1.tif", 2), ("2.pdf", None)]


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few octets that claims any size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 10_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_bomb_is_refused_before_it_is_decoded(size: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_of(*size))
    assert "larger than the limit of 89 million pixels" in error(tmp_path / "bomb.png").reason


def test_a_pdf_page_of_miles_is_drawn_as_large_as_the_medium(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n"
        b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 14400 14400]>> endobj\n"
        b"trailer <</Root 1 0 R/Size 4>>\n%%EOF\n"
    )
    source = open_files([tmp_path / "a.pdf"])
    wanted = ticket(ppi=100)
    assert scan(source, 0, wanted.front, wanted).size == (850, 1100)
    assert source.page(0).image.size[0] < 10_000  # where nobody says what is wanted, too
    source.close()


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    source = open_files([picture(tmp_path / "a.png")])
    (tmp_path / "a.png").unlink()
    with pytest.raises(SourceError, match="no such file"):
        source.page(0)


HEADS = [
    b"",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"II*\x00\x08\x00\x00\x00",
    b"MM\x00*\x00\x00\x00\x08",
    b"II+\x00",
    b"BM",
    b"RIFF\x20\x00\x00\x00WEBP",
    b"%PDF-1.7\n",
]


@given(st.sampled_from(HEADS), st.binary(max_size=300), st.sampled_from([b"", b"\n%%EOF\n"]))
@settings(max_examples=300, deadline=None)
def test_arbitrary_octets_give_pages_or_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, body: bytes, tail: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary"
    path.write_bytes(head + body + tail)
    try:
        open_files([path], full=True).close()
    except SourceError as found:
        assert "\n" not in str(found)
    try:
        documents = as_is_documents([path])
    except SourceError:
        return
    assert documents[0].info.bytes == len(head + body + tail)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_sound_files_with_flipped_octets(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    suffix = data.draw(st.sampled_from([".png", ".jpg", ".gif", ".tif", ".bmp", ".webp", ".jp2", ".pdf"]))
    whole = folder / f"sound{suffix}"
    if not whole.exists():
        Image.linear_gradient("L").resize((40, 40)).save(whole)
    octets = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    path = folder / f"flipped{suffix}"
    path.write_bytes(octets)
    wanted = ticket(ppi=30)
    try:
        source = open_files([path])
        scan(source, 0, wanted.front, wanted)
        source.close()
    except SourceError:
        pass
