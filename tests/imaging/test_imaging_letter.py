"""The synthetic letter: every page says which it is, in figures, in words and in a QR code; again the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_tickets import A4, LETTER, ticket
from imaging_tickets import scan_image as scan
from optional_programs import needs_program
from PIL import Image, ImageOps
from programs import PROJECT

from emulator.imaging.english_numbers import in_words
from emulator.imaging.letter import LetterSource
from emulator.imaging.lettering import Lettering
from emulator.imaging.pages import Wanted
from emulator.printing.codes import QR_QUIET, CodeRefused, NumberedCodes
from emulator.wsscan.values.geometry import Dimensions, Resolution

A6 = Dimensions(4134, 5827)
WIDE = Dimensions(11693, 8268)


def scanned(
    source: LetterSource, index: int, mode: str = "L", ppi: int = 100, medium: Dimensions = A4
) -> Image.Image:
    wanted = ticket(mode=mode, ppi=ppi, medium=medium)
    return scan(source, index, wanted.front, wanted)


def read_codes(image: Image.Image, folder: Path) -> list[str]:
    """What zbarimg reads on a page."""
    zbarimg = needs_program("zbarimg")
    path = folder / "page.png"
    image.save(path)
    return subprocess.run([zbarimg, "--raw", "-q", path], capture_output=True, text=True).stdout.splitlines()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every line that is written on a page."""
    lines: list[str] = []
    write = Lettering.write

    def listen(self: Lettering, x: float, y: float, text: str, points: float, **options: object) -> None:
        lines.append(text)
        write(self, x, y, text, points, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Lettering, "write", listen)
    return lines


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("ppi", [75, 100, 200, 300])
def test_the_code_of_a_page_is_read_by_another_program(mode: str, ppi: int, tmp_path: Path) -> None:
    source = LetterSource(120, seed=7, device="Desk Flatbed", job="Scan to folder")
    expected = "dsm-emulator;device=Desk Flatbed;job=Scan to folder;page=42;of=120;seed=7"
    assert source.payload(41) == expected
    assert read_codes(scanned(source, 41, mode, ppi), tmp_path) == [expected]


@pytest.mark.parametrize("medium", [LETTER, A6, WIDE])
def test_the_code_is_read_on_sheets_of_other_sizes(medium: Dimensions, tmp_path: Path) -> None:
    source = LetterSource(3)
    assert read_codes(scanned(source, 1, "1", 150, medium), tmp_path) == [source.payload(1)]


def test_the_code_survives_a_jpeg_of_poor_quality(tmp_path: Path) -> None:
    source = LetterSource(3)
    scanned(source, 2, "RGB", 150).save(tmp_path / "a.jpg", quality=40)
    with Image.open(tmp_path / "a.jpg") as seen:
        assert read_codes(seen, tmp_path) == [source.payload(2)]


def test_names_with_any_letters_do_not_break_the_code(tmp_path: Path) -> None:
    source = LetterSource(2, device="Büro;Etage=3 ☃", job="a" * 300)
    assert ";device=B%C3%BCro%3BEtage%3D3 %E2%98%83;job=" + "a" * 40 + ";page=1;" in source.payload(0)
    assert read_codes(scanned(source, 0, ppi=150), tmp_path) == [source.payload(0)]


@given(st.integers(1, 10**7), st.text("abc=;-0123456789 ", max_size=40))
@settings(max_examples=30, deadline=None)
def test_the_codes_of_a_job_are_of_one_size_and_say_their_number(number: int, before: str) -> None:
    codes = NumberedCodes(before, ";of=9", 10**7)
    code = codes.modules(number)
    assert code.size == (codes.side, codes.side)
    quiet = ImageOps.expand(code.resize((code.width * 3, code.height * 3)), 3 * QR_QUIET, 255)
    assert [each.text for each in zxingcpp.read_barcodes(quiet)] == [f"{before}{number};of=9"]


def test_a_text_that_no_code_can_hold_is_refused() -> None:
    with pytest.raises(CodeRefused, match=r"^QRCode cannot say"):
        NumberedCodes("x" * 3000, "", 1)


def test_a_page_states_device_job_and_number(written: list[str]) -> None:
    scanned(LetterSource(12, device="Office MFP", job="Scan to archive"), 2)
    text = "\n".join(written)
    assert "Page 3 of 12" in written
    assert "page three" in written
    assert "This is page three of twelve." in text
    assert "Scanned on Office MFP, job Scan to archive" in written


def test_device_and_job_are_written_in_letters_that_the_fonts_have(written: list[str]) -> None:
    scanned(LetterSource(1, device="Büro \U0001f600 Бюро مكتب"), 0)
    assert "Scanned on Büro ? Бюро ????" in written


def test_the_first_page_has_the_letterhead_and_the_last_the_signature(written: list[str]) -> None:
    source = LetterSource(3, seed=1)
    pages = []
    for index in range(3):
        written.clear()
        scanned(source, index)
        pages.append("\n".join(written))
    assert ["Our reference" in page for page in pages] == [True, False, False]
    assert ["Yours sincerely," in page for page in pages] == [False, False, True]


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_a_page_looks_like_print_on_white_paper(mode: str) -> None:
    grey = scanned(LetterSource(3), 1, mode, 100).convert("L")
    histogram = grey.histogram()
    assert histogram[255] > 0.8 * grey.width * grey.height
    assert sum(histogram[:64]) > 0.01 * grey.width * grey.height
    margin = grey.crop((0, 30, 95, grey.height))  # the bar at the top runs across
    assert margin.getextrema() == (255, 255)


def test_no_two_pages_and_no_two_seeds_are_alike() -> None:
    digests = {
        hashlib.sha256(scanned(LetterSource(40, seed=seed), index, ppi=75).tobytes()).hexdigest()
        for seed in (0, 1)
        for index in range(0, 40, 5)
    }
    assert len(digests) == 16


PRINT_DIGESTS = """
import hashlib
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Wanted
from emulator.printing.codes import QR_QUIET, CodeRefused, NumberedCodes
from emulator.wsscan.values.geometry import Dimensions, Resolution
source = LetterSource(9, seed=5, device="d", job="j")
for mode in ("1", "L", "RGB"):
    wanted = Wanted(Resolution(100, 100), mode, Dimensions(8268, 11693))
    print(hashlib.sha256(source.page(4, wanted).image.tobytes()).hexdigest())
"""


def test_the_same_seed_gives_the_same_page_in_any_process() -> None:
    """Also when other pages were drawn before: nothing of them is left."""
    source = LetterSource(9, seed=5, device="d", job="j")
    for index in (8, 0, 4):
        source.page(index)
    ours = []
    for mode in ("1", "L", "RGB"):
        wanted = Wanted(Resolution(100, 100), mode, A4)  # type: ignore[arg-type]
        ours.append(hashlib.sha256(source.page(4, wanted).image.tobytes()).hexdigest())
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(PROJECT)}
        theirs = subprocess.run(
            [sys.executable, "-c", PRINT_DIGESTS], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        assert theirs == ours


@given(
    st.integers(1, 12_000),
    st.integers(1, 12_000),
    st.integers(1, 10**6),
    st.integers(0, 2**32),
    st.sampled_from(["1", "L", "RGB"]),
)
@settings(max_examples=25, deadline=None)
def test_any_sheet_and_any_number_of_pages_can_be_drawn(
    width: int, height: int, count: int, seed: int, mode: str
) -> None:
    source = LetterSource(count, seed=seed)
    wanted = Wanted(Resolution(50, 50), mode, Dimensions(width, height))  # type: ignore[arg-type]
    page = source.page(count - 1, wanted)
    assert page.image.size == (max(1, (width * 50 + 500) // 1000), max(1, (height * 50 + 500) // 1000))


def test_a_letter_has_a_first_page_and_none_beyond_the_last() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        LetterSource(0)
    for index in (-1, 2):
        with pytest.raises(IndexError):
            LetterSource(2).page(index)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (7, "seven"),
        (13, "thirteen"),
        (40, "forty"),
        (42, "forty-two"),
        (100, "one hundred"),
        (101, "one hundred and one"),
        (999, "nine hundred and ninety-nine"),
        (1000, "one thousand"),
        (1207, "one thousand two hundred and seven"),
        (2_000_019, "two million and nineteen"),
        (999_999_999, "nine hundred and ninety-nine million nine hundred and ninety-nine thousand "
         "nine hundred and ninety-nine"),
    ],
)  # fmt: skip
def test_numbers_in_words(number: int, words: str) -> None:
    assert in_words(number) == words


@pytest.mark.parametrize("number", [-1, 1_000_000_000])
def test_numbers_that_no_letter_has_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 999,999,999"):
        in_words(number)
