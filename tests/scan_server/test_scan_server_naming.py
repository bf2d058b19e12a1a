"""File names from a peer's text."""

from __future__ import annotations

import ntpath
import random
import sys
import unicodedata
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.scan_server.naming import (
    document_name,
    document_stem,
    extension,
    highest_numbers,
    safe_component,
    share_path,
    stem_key,
)
from emulator.wsscan.values.keywords import Format

DAY = date(2026, 11, 23)


def reserved(name: str) -> bool:
    """Whether Windows keeps the name for a device, or cannot say it."""
    return ntpath.isreserved(name) if sys.version_info >= (3, 13) else PureWindowsPath(name).is_reserved()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Invoice", "Invoice"),
        ("Rechnung März", "Rechnung März"),
        ("..", "_"),
        (".", "_"),
        ("", "_"),
        ("   ", "_"),
        ("...", "_"),
        ("..\\..\\etc", "_._.._etc"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\scans", "C__scans"),
        ("a:b", "a_b"),
        ("name. . ", "name"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("NUL .txt", "_NUL .txt"),
        ("com1", "_com1"),
        ("LPT9.tar.gz", "_LPT9.tar.gz"),
        ("COM²", "_COM²"),
        ("CONSOLE", "CONSOLE"),
        (".server", "_server"),
        ("a\x00b\nc\x7f", "a_b_c_"),
        ("exe\u202egpj", "exe_gpj"),
        ("\ud800x", "_x"),
        ("e\u0301", "é"),
        ('<>"|?*', "______"),
        ("XEROX. .", "XEROX"),
        ("..XX", "_.XX"),
        ("CON.", "_CON"),
        ("x.CON", "x.CON"),
        ("a" * 254 + " b", "a" * 254),
        ("a" * 253 + "X .", "a" * 253 + "X"),
        ("ä" * 200, "ä" * 127),
    ],
)
def test_safe_component(text: str, name: str) -> None:
    assert safe_component(text) == name


@pytest.mark.parametrize(
    ("kind", "letter"),
    [
        ("Cc", "\x07"),
        ("Cf", "\u202e"),
        ("Cs", "\udc80"),
        ("Cn", "\U000e0080"),
        ("Co", "\ue000"),
        ("Zl", "\u2028"),
        ("Zp", "\u2029"),
    ],
)
def test_what_is_no_letter_to_be_seen_has_no_place_in_a_name(kind: str, letter: str) -> None:
    """Control and format characters, surrogates, unassigned ones, private use, ends of lines and paragraphs."""
    assert unicodedata.category(letter) == kind
    assert safe_component(f"a{letter}b") == "a_b"


@pytest.mark.parametrize("device", ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM", "LPT"])
def test_no_name_is_a_device_of_windows(device: str) -> None:
    """With an extension, in any case; numbered ones with each digit, those above the line too."""
    for name in [f"{device}{digit}" for digit in "0123456789¹²³"] if len(device) == 3 else [device]:
        device_name = name if device in ("COM", "LPT") else device
        for each in (device_name, device_name.lower(), f"{device_name}.txt", f"{device_name} .tar.gz"):
            assert safe_component(each) == f"_{each}"
        assert safe_component(f"x{device_name}") == f"x{device_name}"


def test_room_is_left_behind_a_name() -> None:
    """For that many characters; where there is none at all the name is the one for nothing."""
    assert safe_component("a" * 300) == "a" * 255
    assert safe_component("a" * 300, room=20) == "a" * 235
    assert safe_component("abc", room=252) == "abc"
    assert safe_component("abc", room=253) == "ab"
    assert safe_component("abc", room=255) == safe_component("abc", room=300) == "_"
    assert document_stem("x" * 300, DAY) == "x" * (255 - 12 - 19) + "_2026-11-23_"


@given(st.text(st.characters(exclude_categories=[])), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_one_component(text: str, room: int) -> None:
    name = safe_component(text, room=room)
    for pure in (PurePosixPath("folder") / name, PureWindowsPath("folder") / name):
        assert pure.parent == type(pure)("folder") and pure.name == name
    assert not reserved(name)
    assert len(name.encode("utf-8")) <= 255 - room and len(name.encode("utf-16-le")) // 2 <= 255 - room
    assert unicodedata.is_normalized("NFC", name) and name == name.rstrip(". ") and not name.startswith(".")
    assert safe_component(name, room=room) == name


@given(
    st.text(st.characters(exclude_categories=[]), min_size=1) | st.sampled_from(["ß" * 300, "𝄞" * 300, "x" * 255])
)
@settings(max_examples=200, deadline=None)
def test_any_root_name_gives_a_file_that_the_system_takes(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "names"
    folder.mkdir(exist_ok=True)
    name = document_name(document_stem(text, DAY), 10**9, "longext8")
    path = folder / name
    path.write_bytes(b"x")
    assert [p.name for p in folder.iterdir()] == [name]
    path.unlink()


def test_document_names() -> None:
    stem = document_stem("Invoice", DAY)
    assert document_name(stem, 1, "jpg") == "Invoice_2026-11-23_0001.jpg"
    assert document_name(stem, 12345, "tif") == "Invoice_2026-11-23_12345.tif"
    assert len(document_name(document_stem("x" * 255, DAY), 1, "jpg")) <= 255


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Invoice_2026-11-23_0007.jpg", 7),
        ("INVOICE_2026-11-23_12345.tif", 12345),
        ("Invoice_2026-11-22_0007.jpg", 0),
        ("Invoice_2026-11-23_old.jpg", 0),
        ("Invoice_2026-11-23_²³.jpg", 0),
        ("other.jpg", 0),
    ],
)
def test_number_of_a_file(name: str, number: int) -> None:
    found = highest_numbers([name])
    assert found.get(stem_key(document_stem("Invoice", DAY)), 0) == number


def test_numbers_of_any_names_are_those_behind_each_stem() -> None:
    """20,000 names made of pieces of names, among them such as two stems fit, against the rule in other words."""
    dice = random.Random(1)
    pieces = ["a", "_2026-01-02_", "_2026-01-02", "5", "07", ".", "x_", ".jpg", "B", "12345678901", "\n", "_"]
    stems = [f"{root}_2026-01-02_" for root in ("a", "aB", "a_2026-01-02_5.x", "A.b", "")]
    meant = 0
    for _ in range(20_000):
        name = "".join(dice.choice(pieces) for _ in range(dice.randint(2, 7)))
        found = highest_numbers([name])
        for stem in stems:
            digits = name[len(stem) :].split(".")[0] if name.lower().startswith(stem.lower()) else ""
            number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else 0
            assert found.get(stem_key(stem), 0) == number, (stem, name)
            meant += number > 0
    assert meant > 100


@pytest.mark.parametrize(
    ("unc", "parts"),
    [
        (r"\\contoso\IncomingScans", ("contoso", "IncomingScans")),
        (r"\\CONTOSO\scratch\_prtlab\IncomingScans", ("contoso", "scratch", "_prtlab", "IncomingScans")),
        (" \\\\contoso\\a\\ ", ("contoso", "a")),
        ("//contoso/a/b", ("contoso", "a", "b")),
        (r"\\contoso\..\..\..\etc", ("contoso", "_", "_", "_", "etc")),
        (r"\\?\C:\windows", ("_", "C_", "windows")),
        (r"\\.server\runs", ("_server", "runs")),
        (r"\\unfinished\x", ("unfinished_", "x")),
        (r"\\Unfinished.\x", ("unfinished_", "x")),
        (r"\\contoso\CON", ("contoso", "_CON")),
        ("\\\\" + "S" * 300 + "\\" + "x" * 300, ("s" * 254, "x" * 255)),
    ],
)
def test_share_path(unc: str, parts: tuple[str, ...]) -> None:
    assert share_path(unc) == parts


@pytest.mark.parametrize("unc", ["", "\\\\", r"\\server", r"C:\scans", r"share\dir", "/etc/passwd", "   "])
def test_no_unc_path(unc: str) -> None:
    with pytest.raises(ValueError, match="no UNC path") as error:
        share_path(unc)
    assert "\n" not in str(error.value)


@given(st.text(st.characters(exclude_categories=[])))
@settings(max_examples=200, deadline=None)
def test_any_share_stays_inside_the_store(text: str) -> None:
    try:
        parts = share_path("\\\\" + text)
    except ValueError:
        return
    store = Path("/store")
    assert len(parts) >= 2
    for part in parts:
        assert (store / part).parent == store and part not in (".", "..") and not part.startswith(".")


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("jfif", "jpg"),
        ("png", "png"),
        ("tiff-multi-g4", "tif"),
        ("tiff-single-uncompressed", "tif"),
        ("pdf-a", "pdf"),
        ("xps", "xps"),
        ("jpeg2k", "jp2"),
        ("contoso:image/x-Fancy", "xfancy"),
        ("../..", "bin"),
        ("", "bin"),
        ("v" * 100, "v" * 8),
    ],
)
def test_extension(format: str, expected: str) -> None:
    assert extension(format) == expected


@pytest.mark.parametrize("format", Format)
def test_every_format_has_its_extension(format: Format) -> None:
    """JFIF and Exif are JPEG files, each kind of TIFF one of them."""
    of_its_own = {"dib": "bmp", "exif": "jpg", "jbig": "jbg", "jfif": "jpg", "jpeg2k": "jp2", "pdf-a": "pdf"}
    expected = "tif" if format.startswith("tiff-") else of_its_own.get(format, str(format))
    assert extension(format) == expected
    assert len(expected) == 3


def test_a_file_of_a_vendors_format_has_an_extension_all_the_same() -> None:
    """The small letters and digits behind the last slash, eight at most."""
    assert extension("x/y/Fancy-Format 2") == "fancyfor"
    assert extension("image/x") == "x"
    assert extension("image/-") == "bin"
