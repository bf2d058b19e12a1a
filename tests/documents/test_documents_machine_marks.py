"""What machines read and check on documents: marks in one direction whatever the language, check digits, sums."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

import pytest
from document_pages import source_of, wanted
from PIL import Image, ImageChops

from emulator.documents import symbols
from emulator.documents.languages import codes, language
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


@pytest.mark.parametrize("code", RIGHT_TO_LEFT)
def test_the_line_of_magnetic_ink_runs_from_left_to_right(code: str) -> None:
    text = "A123456780A  1234567890C  123456"
    drawn = []
    for each in ("en", code):
        sheet = Sheet((6.5, 2.75), PPI, "L", each)
        symbols.micr_line(sheet, 6.25, 2.56, text)
        drawn.append(sheet)
    assert ImageChops.difference(drawn[0].image, drawn[1].image).getbbox() is None
    assert drawn[0].fields == drawn[1].fields
    assert drawn[0].image.getextrema()[0] < 128


@pytest.mark.parametrize("code", codes())
def test_routing_numbers_have_their_check_digit(code: str) -> None:
    source = source_of(*["cheque"] * 6, language=code, seed=7)
    for index in range(6):
        (line,) = [field.value for field in source.truth(index, wanted(50)).fields if field.name == "micr"]
        figures = [int(figure) for figure in line.split("A")[1]]
        assert len(figures) == 9
        assert sum(figure * weight for figure, weight in zip(figures, (3, 7, 1) * 3, strict=True)) % 10 == 0


@pytest.mark.parametrize("kind", ["invoice", "receipt"])
@pytest.mark.parametrize("code", codes())
def test_tax_is_rounded_half_up_and_sums_agree(kind: str, code: str) -> None:
    words = language(code)
    unit = Decimal("0.01") if words.decimal else Decimal(1)
    rate = Decimal(words.vat_percent)
    source = source_of(*[kind] * 12, language=code, seed=3)
    for index in range(12):
        fields = {field.name: field.value for field in source.truth(index, wanted(50)).fields}
        total, vat = Decimal(fields["total"]), Decimal(fields["vat"])
        if kind == "invoice":
            subtotal = Decimal(fields["subtotal"])
            assert subtotal + vat == total
            due = subtotal * rate / 100
        else:
            due = total * rate / (100 + rate)
        assert vat == due.quantize(unit, ROUND_HALF_UP)
