"""--as-is: a file's own octets are the document, and what is told of it comes from a glance at its headers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from imaging_tickets import scanned, ticket
from PIL import Image

from emulator.imaging.as_is import as_is_documents
from emulator.imaging.encode import open_document
from emulator.imaging.pages import SourceError
from emulator.wsscan.values.keywords import Format

PICTURE = Image.linear_gradient("L").resize((60, 40))
Maker = Callable[[Path], object]


def ours(format: str) -> Maker:
    def make(path: Path) -> None:
        wanted = ticket(format, "1", 200)
        writer = open_document(path, wanted)
        for _ in range(2 if "multi" in format else 1):
            writer.add(scanned(PICTURE.convert("1"), wanted.front))
        writer.finish()

    return make


def exif_jpeg(path: Path) -> None:
    """As cameras write it: the Exif part first, no JFIF part."""
    exif = Image.Exif()
    exif[0x0112] = 1
    PICTURE.save(path, "JPEG", exif=exif)
    data = path.read_bytes()
    jfif = data.index(b"\xff\xe0")
    path.write_bytes(data[:jfif] + data[jfif + 2 + int.from_bytes(data[jfif + 2 : jfif + 4], "big") :])


FILES: dict[str, tuple[str, Maker, int]] = {
    "a.png": ("png", lambda path: PICTURE.save(path, dpi=(200, 200)), 1),
    "a.bmp": ("dib", lambda path: PICTURE.save(path), 1),
    "a.jpg": ("jfif", lambda path: PICTURE.save(path), 1),
    "camera.jpg": ("exif", exif_jpeg, 1),
    "a.jp2": ("jpeg2k", lambda path: PICTURE.save(path), 1),
    "a.pdf": ("pdf-a", lambda path: PICTURE.save(path, save_all=True, append_images=[PICTURE] * 2), 3),
    "plain.tif": ("tiff-single-uncompressed", lambda path: PICTURE.save(path), 1),
    "g4.tif": ("tiff-single-g4", ours("tiff-single-g4"), 1),
    "many-g4.tif": ("tiff-multi-g4", ours("tiff-multi-g4"), 2),
    "g3.tif": ("tiff-single-g3mh", lambda path: PICTURE.convert("1").save(path, compression="group3"), 1),
    "jpeg.tif": ("tiff-single-jpeg-tn2", lambda path: PICTURE.save(path, compression="jpeg"), 1),
    "many.tif": (
        "tiff-multi-uncompressed",
        lambda path: PICTURE.save(path, save_all=True, append_images=[PICTURE]),
        2,
    ),
    "a.xps": ("xps", lambda path: path.write_bytes(b"PK\x03\x04" + bytes(90)), 1),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_tells_its_own_format(name: str, tmp_path: Path) -> None:
    format, make, pages = FILES[name]
    path = tmp_path / name
    make(path)
    (document,) = as_is_documents([path])
    assert document.path == path
    assert (document.info.format, document.info.pages) == (format, pages)
    assert document.info.format in set(Format)
    assert document.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    if path.suffix not in {".pdf", ".xps"}:
        assert (document.info.width, document.info.height) == (60, 40)


def test_size_resolution_and_colour_are_those_of_the_file(tmp_path: Path) -> None:
    PICTURE.convert("RGB").save(tmp_path / "a.png", dpi=(200, 100))
    info = as_is_documents([tmp_path / "a.png"])[0].info
    assert (str(info.resolution), info.color, info.media_type) == ("200x100", "RGB24", "image/png")


@pytest.mark.parametrize("format", sorted(Format))
def test_a_file_may_claim_to_be_any_format(format: str, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"Dear Sir,")
    info = as_is_documents([tmp_path / "a.bin"], format)[0].info
    assert (info.format, info.bytes) == (format, 9)


def test_a_damaged_file_is_sent_all_the_same(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:40])
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj")
    (tmp_path / "cut.tif").write_bytes(b"II*\0\xff\xff\xff\x7f")
    documents = as_is_documents([tmp_path / name for name in ("cut.png", "cut.pdf", "cut.tif")])
    assert [document.info.format for document in documents] == ["png", "pdf-a", "tiff-single-uncompressed"]
    assert [document.info.bytes for document in documents] == [40, 16, 8]


def test_a_folder_is_walked_in_natural_order(tmp_path: Path) -> None:
    for name in ("p10.png", "p9.png", "sub/p1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        PICTURE.save(tmp_path / name)
    assert [each.path.name for each in as_is_documents([tmp_path])] == ["p9.png", "p10.png", "p1.png"]


def test_what_has_no_format_or_no_octets_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "letter.txt").write_bytes(b"Dear Sir,")
    PICTURE.save(tmp_path / "a.gif")  # WS-Scan has no format for it
    for name, reason in (
        ("empty.png", "the file is empty"),
        ("letter.txt", "no WS-Scan format"),
        ("a.gif", "say one with --set Format="),
        ("nowhere.png", "no such file"),
    ):
        with pytest.raises(SourceError, match=reason) as caught:
            as_is_documents([tmp_path / name])
        assert str(caught.value).startswith(f"{tmp_path / name}: ")


@pytest.mark.needs(hasattr(os, "mkfifo"), "no named pipes here")
@pytest.mark.timeout(20)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(SourceError, match="not a file"):
        as_is_documents([tmp_path / "a.png"])


@pytest.mark.needs(Path("/dev/zero").exists(), "no /dev/zero here")
@pytest.mark.timeout(20)
def test_a_device_without_end_is_refused() -> None:
    with pytest.raises(SourceError, match="not a file"):
        as_is_documents([Path("/dev/zero")], "png")
