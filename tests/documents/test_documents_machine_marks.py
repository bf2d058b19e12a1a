"""What machines read and check on documents: marks in one direction whatever the language, check digits, sums."""

from __future__ import annotations

import re
from itertools import groupby, pairwise

import pytest
from document_pages import source_of, wanted
from PIL import Image, ImageChops

from emulator.documents import DocumentSource, magnetic_ink
from emulator.documents.invention import Invention, invent, number_from
from emulator.documents.languages import codes
from emulator.documents.sheet import Sheet
from emulator.documents.truth import Polygon

RIGHT_TO_LEFT = ("ar", "he")
PPI = 300

# Kodak A-61599, Patch Code Information: wide and narrow bars in the order in which they are met.
BARS = {"1": "WWNN", "2": "WNNW", "3": "WNWN", "4": "NWWN", "6": "NNWW", "T": "NWNW"}


def inside(image: Image.Image, polygon: Polygon) -> Image.Image:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return image.convert("L").crop((round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys))))


def bars_of(image: Image.Image, *, upright: bool) -> str:
    """Wide and narrow along the middle of a patch code."""
    middle = (image.height if upright else image.width) // 2
    along = range(image.width if upright else image.height)
    ink = [image.getpixel((at, middle) if upright else (middle, at)) for at in along]
    runs = [
        len(list(group)) for dark, group in groupby(isinstance(v, int | float) and v < 128 for v in ink) if dark
    ]
    return "".join("W" if run > 0.14 * PPI else "N" for run in runs)


@pytest.mark.parametrize("name", BARS)
@pytest.mark.parametrize("code", codes())
def test_patch_bars_say_what_the_truth_says(code: str, name: str) -> None:
    source = source_of(f'kind = "patch-sheet"\npatch = "{name}"', language=code)
    page, truth = source.page(0, wanted(PPI)), source.truth(0, wanted(PPI))
    patches = [each for each in truth.codes if each.kind == "Patch"]
    assert len(patches) == 3
    read = []
    for each in patches:
        crop = inside(page.image, each.polygon)
        read.append(bars_of(crop, upright=crop.height > crop.width))
    assert read == [BARS[name]] * 3
    assert {each.value for each in patches} == {name}


LINES = {"e13b": "A123456780A  1234567890C  123456", "cmc7": "C0123456 C789012345678D 901234567890A"}


@pytest.mark.parametrize("font", LINES)
@pytest.mark.parametrize("code", RIGHT_TO_LEFT)
def test_the_line_of_magnetic_ink_runs_from_left_to_right(code: str, font: str) -> None:
    drawn = []
    for each in ("en", code):
        sheet = Sheet((6.5, 2.75), PPI, "L", each)
        getattr(magnetic_ink, font)(sheet, 6.25, 2.56, LINES[font])
        drawn.append(sheet)
    assert ImageChops.difference(drawn[0].image, drawn[1].image).getbbox() is None
    assert drawn[0].fields == drawn[1].fields
    assert drawn[0].image.getextrema()[0] < 128


def cell(font: str, character: str) -> Image.Image:
    """A character at 1,000 pixels an inch: ink is white; the base line is the lower edge."""
    sheet = Sheet((0.125, 0.2), 1000, "L", "en")
    getattr(magnetic_ink, font)(sheet, 0.125, 0.2, character)
    return sheet.image.point([255 if value < 128 else 0 for value in range(256)])


# Columns of the grid of 0.013 inch in which a character of E-13B has ink, and the rows, from the top (ISO 1004-1).
E13B = {
    "0": (0, 7, 0, 9), "1": (3, 7, 0, 9), "2": (3, 7, 0, 9), "3": (2, 7, 0, 9), "4": (1, 7, 0, 9),
    "5": (2, 7, 0, 9), "6": (1, 7, 0, 9), "7": (2, 7, 0, 9), "8": (0, 7, 0, 9), "9": (1, 7, 0, 9),
    "A": (0, 7, 0, 9), "B": (0, 7, 0, 9), "C": (0, 7, 0.5, 7.5), "D": (0, 7, 2.5, 6.5),
}  # fmt: skip


@pytest.mark.parametrize("character", E13B)
def test_characters_of_e13b_fill_their_cells(character: str) -> None:
    left, right, top, bottom = (value * 13 for value in E13B[character])
    box = cell("e13b", character).getbbox()
    assert box == pytest.approx((left, 83 + top, right, 83 + bottom), abs=1)


def runs(image: Image.Image, row: float) -> list[tuple[int, int]]:
    """Ink along a row of the grid, in modules (rounded)."""
    line = [image.getpixel((x, round(83 + row * 13))) for x in range(image.width)]
    found, at = [], 0
    for dark, group in groupby(line):
        length = len(list(group))
        if dark:
            found.append((round(at / 13), round((at + length) / 13)))
        at += length
    return found


def test_symbols_of_e13b_are_those_of_cheques() -> None:
    """On-us: two thin bars and a block above them; transit: a short bar between two blocks; dash: three blocks."""
    on_us, transit, dash, amount = (cell("e13b", character) for character in "CADB")
    assert runs(on_us, 3) == [(0, 1), (2, 3), (4, 7)]
    assert runs(on_us, 6.5) == [(0, 1), (2, 3)]
    assert (runs(transit, 0.7), runs(transit, 4.5), runs(transit, 8)) == ([(4, 7)], [(0, 2)], [(4, 7)])
    assert runs(dash, 4.5) == [(0, 2), (3, 5), (6, 7)]
    assert (runs(amount, 1), runs(amount, 4.5), runs(amount, 8)) == ([(5, 7)], [(3, 4)], [(0, 2)])


def test_characters_of_cmc7_have_seven_bars_and_two_long_intervals() -> None:
    codes = set()
    for character in "0123456789ACD":
        image = cell("cmc7", character)
        ink = [image.crop((x, 0, x + 1, image.height)).getbbox() is not None for x in range(image.width)]
        starts, at = [], 0
        for dark, group in groupby(ink):
            if dark:
                starts.append(at)
            at += len(list(group))
        assert len(starts) == 7
        steps = [(b - a) * 0.0254 for a, b in pairwise(starts)]  # millimetres
        assert all(min(abs(step - 0.3), abs(step - 0.5)) < 0.04 for step in steps)
        codes.add(tuple(step > 0.4 for step in steps))
        assert sum(step > 0.4 for step in steps) == 2
    assert len(codes) == 13


def invented(source: DocumentSource, index: int) -> Invention:
    """What the cheque is about."""
    truth = source.truth(index, wanted(50))
    return invent(number_from(truth.seed, truth.set, truth.document), truth.language)


FORMS = {
    "en": r"C\d{6}C \d\dD\d\dD\d\dA \d{8}C",
    "hi": r"C\d{6}C \d{9}A \d{6}C \d\d",
    "he": r"C\d{6}C \d\dD\d{3}A \d{9}C",
    **dict.fromkeys(("fr", "es", "it"), r"C\d{7} C\d{12}D \d{12}A"),
}


@pytest.mark.parametrize("code", codes())
def test_machine_lines_are_those_of_the_country_and_routing_numbers_have_their_check_digit(code: str) -> None:
    source = source_of(*["cheque"] * 6, language=code, seed=7)
    for index in range(6):
        (line,) = [field.value for field in source.truth(index, wanted(50)).fields if field.name == "micr"]
        account = re.sub(r"\D", "", invented(source, index).person.account.number.value)
        assert account[-6:] in line  # the account that is printed on the cheque
        if code in FORMS:
            assert re.fullmatch(FORMS[code], line)
            continue
        figures = [int(figure) for figure in line.split("A")[1]]
        assert len(figures) == 9
        assert sum(figure * weight for figure, weight in zip(figures, (3, 7, 1) * 3, strict=True)) % 10 == 0


def test_a_code_at_the_margin_ends_there_at_every_resolution() -> None:
    """Its modules have whole pixels, so it is wider or narrower than the layout's inches."""
    source = source_of('kind = "delivery-note"\ncopies = 8', seed=4)
    for index in range(8):
        margins = []
        for ppi in (100, 150, 200, 240, 300, 600):
            truth = source.truth(index, wanted(ppi))
            (code,) = truth.codes
            margins.append((truth.image[0] - max(x for x, _ in code.polygon)) / ppi)
        assert max(margins) - min(margins) < 0.012  # a pixel
        assert min(margins) > 0.65
