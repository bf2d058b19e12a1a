"""What documents say of the device that made them, read by programs of others."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from format_table import picture, samples_of, write
from imaging_tickets import ticket
from judges import exif, run, tiffinfo, whole_number_tags
from netpbm_files import read_netpbm
from optional_programs import needs_program
from PIL import Image

from emulator.imaging.scanned import NO_ORIGIN, Origin

ORIGIN = Origin(
    make="Müller & Söhne",
    model="Archiv 3000",
    firmware="2.1",
    serial="SN-0042",
    date=datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
)
TIFFS = ["tiff-single-uncompressed", "tiff-multi-g4", "tiff-single-g3mh", "tiff-multi-jpeg-tn2"]


def document(folder: Path, format: str, color: str, origin: Origin = ORIGIN, **changes: str) -> Path:
    path = folder / "document"
    pages = 2 if "multi" in format else 1
    images = [picture((123, 77), color, seed) for seed in range(pages)]
    write(path, ticket(format, color, **changes), *images, origin=origin, ppi=(300, 204))
    return path


def validated(path: Path) -> str:
    """What `exiftool -validate` says."""
    command = [needs_program("exiftool"), "-validate", "-warning", "-error", "-a", "-s3", path]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(("color", "components"), [("RGB24", "1 2 3 0"), ("Grayscale8", "1 0 0 0")])
def test_exif_is_valid_and_says_all_that_is_known(color: str, components: str, tmp_path: Path) -> None:
    path = document(tmp_path, "exif", color)
    assert validated(path) == "OK"
    said = exif(path)
    assert not [key for key in said if key.startswith("JFIF:")]
    assert path.read_bytes()[2:12] == b"\xff\xe1" + path.read_bytes()[4:6] + b"Exif\0\0"
    expected = {
        "IFD0:Make": "Muller & Sohne",  # ASCII by its type
        "IFD0:Model": "Archiv 3000",
        "IFD0:Software": "dsm-emulator (firmware 2.1)",
        "IFD0:ModifyDate": "2026:03:04 05:06:07",
        "IFD0:XResolution": 300,
        "IFD0:YResolution": 204,
        "IFD0:ResolutionUnit": 2,
        "IFD0:Orientation": 1,
        "IFD0:YCbCrPositioning": 1,
        "ExifIFD:ExifVersion": "0232",
        "ExifIFD:FlashpixVersion": "0100",
        "ExifIFD:DateTimeOriginal": "2026:03:04 05:06:07",
        "ExifIFD:CreateDate": "2026:03:04 05:06:07",
        "ExifIFD:OffsetTime": "-03:30",
        "ExifIFD:OffsetTimeOriginal": "-03:30",
        "ExifIFD:OffsetTimeDigitized": "-03:30",
        "ExifIFD:ColorSpace": 1,
        "ExifIFD:ExifImageWidth": 123,
        "ExifIFD:ExifImageHeight": 77,
        "ExifIFD:ComponentsConfiguration": components,
        "ExifIFD:FileSource": 2,
        "ExifIFD:SerialNumber": "SN-0042",
    }
    assert {key: said.get(key) for key in expected} == expected


def test_exif_of_film_comes_from_a_transparent_scanner(tmp_path: Path) -> None:
    path = document(tmp_path, "exif", "RGB24", input_source="Film")
    assert exif(path)["ExifIFD:FileSource"] == 1
    assert validated(path) == "OK"


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    path = document(tmp_path, "exif", "RGB24", NO_ORIGIN)
    assert validated(path) == "OK"
    said = exif(path)
    names = {key.rpartition(":")[2] for key in said if key.startswith(("IFD0:", "ExifIFD:"))}
    assert not names & {"Make", "Model", "ModifyDate", "DateTimeOriginal", "OffsetTime", "SerialNumber"}
    assert said["IFD0:Software"] == "dsm-emulator"


def test_a_name_in_no_ascii_is_still_a_valid_file(tmp_path: Path) -> None:
    odd = Origin(make="キヤノン", model="a\0b", date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    for format in ("exif", "tiff-single-uncompressed"):
        path = document(tmp_path, format, "RGB24", odd)
        said = exif(path)
        assert (said["IFD0:Make"], said["IFD0:Model"]) == ("????", "ab")
    path = document(tmp_path, "png", "RGB24", odd)
    assert exif(path)["PNG:Source"] == "キヤノン ab"
    run("pngcheck", path)


@pytest.mark.parametrize("format", TIFFS)
def test_every_page_of_a_tiff_names_its_device(format: str, tmp_path: Path) -> None:
    color = "BlackAndWhite1" if format.endswith(("g4", "g3mh")) else "RGB24"
    path = document(tmp_path, format, color)
    directories = tiffinfo(path)
    assert len(directories) == (2 if "multi" in format else 1)
    for said in directories:
        assert (said["Make"], said["Model"]) == ("Muller & Sohne", "Archiv 3000")
        assert (said["Software"], said["DateTime"]) == ("dsm-emulator (firmware 2.1)", "2026:03:04 05:06:07")


def test_one_dimensional_group_3_says_so(tmp_path: Path) -> None:
    path = document(tmp_path, "tiff-single-g3mh", "BlackAndWhite1")
    (said,) = tiffinfo(path)
    assert said["Compression Scheme"] == "CCITT Group 3"
    assert said["Group 3 Options"] == "(0 = 0x0)"  # bit 0 would be two dimensions
    assert (said["FillOrder"], said["Photometric Interpretation"]) == ("msb-to-lsb", "min-is-white")


@pytest.mark.parametrize(("factor", "step"), [(80, "2, 2"), (95, "1, 1")])
def test_jpeg_in_tiff_is_of_technical_note_2(factor: int, step: str, tmp_path: Path) -> None:
    path = tmp_path / "document"
    page = picture((1203, 1777), "RGB24")
    wanted = ticket("tiff-single-jpeg-tn2", "RGB24", compression_quality_factor=factor)
    write(path, wanted, page)
    (said,) = tiffinfo(path)
    assert (said["Compression Scheme"], said["Photometric Interpretation"]) == ("JPEG", "YCbCr")
    assert (said["YCbCr Subsampling"], said["YCbCr Positioning"]) == (step, "centered")
    assert int(said["Rows/Strip"]) % 16 == 0 and int(said["Rows/Strip"]) < 1777
    assert re.match(r"\(\d+ bytes\)", said["JPEG Tables"])
    strips = path.read_bytes().split(b"\xff\xd8\xff")[1:]
    assert len(strips) == 1 + -(-1777 // int(said["Rows/Strip"]))  # the tables, and each strip
    assert not [strip for strip in strips[1:] if b"\xff\xc4" in strip[:40] or b"JFIF" in strip[:40]]


def test_grey_jpeg_in_tiff_is_min_is_black(tmp_path: Path) -> None:
    (said,) = tiffinfo(document(tmp_path, "tiff-single-jpeg-tn2", "Grayscale8"))
    assert (said["Photometric Interpretation"], said["Samples/Pixel"]) == ("min-is-black", "1")
    assert "YCbCr Subsampling" not in said


@pytest.mark.parametrize("color", ["RGBa32", "RGBa64"])
def test_alpha_in_tiff_is_unassociated(color: str, tmp_path: Path) -> None:
    (said,) = tiffinfo(document(tmp_path, "tiff-single-uncompressed", color))
    assert said["Extra Samples"] == "1<unassoc-alpha>"


def test_png_names_program_and_device(tmp_path: Path) -> None:
    path = document(tmp_path, "png", "RGB48")
    said = exif(path)
    assert said["PNG:Source"] == "Müller & Söhne Archiv 3000"
    assert said["PNG:Software"] == "dsm-emulator (firmware 2.1)"
    assert not [key for key in said if "Time" in key and key.startswith("PNG:")]  # equal pixels, equal files
    assert validated(path) == "OK"


def test_jfif_says_its_unequal_density(tmp_path: Path) -> None:
    said = exif(document(tmp_path, "jfif", "RGB24"))
    assert (said["JFIF:XResolution"], said["JFIF:YResolution"], said["JFIF:ResolutionUnit"]) == (300, 204, 1)
    assert not [key for key in said if key.startswith("IFD0:")]


def test_black_and_white_jbig_is_of_the_fax_profile(tmp_path: Path) -> None:
    """jbgtopbm85 reads only what ITU-T T.85 allows. [wscn/format/jbig-not-jbig2]"""
    path = document(tmp_path, "jbig", "BlackAndWhite1")
    assert run("jbgtopbm85", path) == run("jbgtopbm", path)


def strips_of(path: Path) -> bytes:
    """The data of a TIFF of one strip."""
    (tags,) = whole_number_tags(path.read_bytes())
    (offset,), (count,) = tags[273], tags[279]
    return path.read_bytes()[offset : offset + count]


def test_lines_of_group_3_begin_with_an_end_of_line_and_no_code_ends_the_page(tmp_path: Path) -> None:
    """ITU-T T.4: end of line, white run of 64, white run of 0; TIFF has no return to control behind the page."""
    path = tmp_path / "document"
    write(path, ticket("tiff-single-g3mh", "1"), Image.new("1", (64, 3), 255))
    bits = "".join(f"{octet:08b}" for octet in strips_of(path))
    expected = ("000000000001" + "11011" + "00110101") * 3
    assert bits == expected.ljust(len(bits), "0") and len(bits) < len(expected) + 8


def test_another_decoder_than_libtiff_reads_group_3(tmp_path: Path) -> None:
    page = picture((701, 503), "BlackAndWhite1")
    path = tmp_path / "document"
    write(path, ticket("tiff-single-g3mh", "1"), page)
    (tmp_path / "raw.g3").write_bytes(strips_of(path))
    samples, _ = read_netpbm(run("g3topbm", "-quiet", "-width=701", tmp_path / "raw.g3"))
    assert np.array_equal(samples[:503], samples_of(page, "BlackAndWhite1"))
