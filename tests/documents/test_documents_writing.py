"""Hands and signatures of people, and text that does not come twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from document_pages import source_of, wanted
from PIL import Image, ImageChops

from emulator.documents.languages import codes, language
from emulator.documents.sheet import Sheet
from emulator.documents.writing import sign, writer
from emulator.printing.faces import HANDS, chain, face
from emulator.printing.setting import Type

NAMES = (
    "Jill Brown", "Victor Hartley", "Dean Brown", "Birgitt Sager", "Jakob Süßebier", "Γιώργος Παπάς", "Иван Петров",
    "محمد الخالدي", "सारिका सक्सेना", "王 霞", "Marie Dupont", "Luca Rossi",
)  # fmt: skip


def signed(name: str, ppi: int = 150, inches: float = 1.9, code: str = "en") -> Image.Image:
    sheet = Sheet((2.6, 1.2), ppi, "L", code)
    sign(sheet, 0.2, 0.8, inches, name)
    assert not sheet.words
    return sheet.image


def ink(image: Image.Image) -> int:
    return sum(image.histogram()[:128])


def test_each_name_has_a_signature_of_its_own_and_always_the_same() -> None:
    images = {name: signed(name) for name in NAMES}
    for name, image in images.items():
        assert signed(name).tobytes() == image.tobytes()
        for other, another in images.items():
            if other != name:
                differ = ink(ImageChops.invert(ImageChops.difference(image, another)))
                assert differ > 0.5 * min(ink(image), ink(another)), (name, other)


@pytest.mark.parametrize("inches", [1.1, 1.7, 1.9])
def test_a_signature_keeps_to_its_line(inches: float) -> None:
    for name in (*NAMES, "A", "Maximilian Hohenstein-Rotterdam"):
        box = ImageChops.invert(signed(name, 100, inches)).getbbox()
        assert box is not None
        left, top, right, bottom = (value / 100 for value in box)
        assert left > 0.02 and right < 0.2 + inches + 0.25
        assert top > 0.8 - 0.5
        assert bottom < 0.8 + 0.3


def test_a_pen_presses_where_it_goes_down() -> None:
    """Strokes of one width with corners gave signatures away."""
    sheet = Sheet((1.0, 1.0), 600, "L", "en")
    sheet.pen([(0.2, 0.2 + step / 100) for step in range(60)], 0.5, 1.6, (0, 0, 0))
    sheet.pen([(0.4 + step / 100, 0.5) for step in range(50)], 0.5, 1.6, (0, 0, 0))
    down = sheet.image.crop((0, 300, 200, 301)).histogram()
    across = sheet.image.crop((420, 0, 421, 600)).histogram()
    assert sum(down[:128]) > 2 * sum(across[:128]) > 2


def test_both_parties_of_a_contract_sign_otherwise() -> None:
    source = source_of("contract", seed=3)
    page = source.page(2, wanted(100)).image
    low = round(page.height * 0.86)
    halves = [page.crop((x, low - 40, x + 230, low)) for x in (110, 110 + round((8.268 - 2.1) / 2 * 100 + 15))]
    assert all(ink(half) > 150 for half in halves)
    assert ink(ImageChops.invert(ImageChops.difference(*halves))) > 200


def test_a_japanese_signs_with_a_seal() -> None:
    sheet = Sheet((2.0, 1.0), 100, "RGB", "ja")
    sign(sheet, 0.3, 0.6, 1.8, "佐藤 太郎")
    colors = {color for _, color in sheet.image.getcolors(1 << 16) or []}
    assert any(red > 150 > 90 > green for red, green, _ in colors)  # type: ignore[misc]
    assert not any(blue > red + 40 for red, _, blue in colors)  # type: ignore[misc]
    assert not sheet.words


def test_people_have_hands_of_their_own() -> None:
    writers = [writer(f"Person {number}") for number in range(60)]
    assert {each.role for each in writers} == set(HANDS)
    assert len({each.ink for each in writers}) >= 4
    assert len({round(each.slant, 2) for each in writers}) > 15
    assert writer("Jill Brown") == writer("Jill Brown")


LETTERS = {"ar": "ابتث", "el": "αβγΩή", "he": "אבגד", "hi": "कखग", "ru": "абвЯ", "pl": "ąężł", "fr": "éçœ"}


@pytest.mark.parametrize("code", LETTERS)
def test_hands_write_the_letters_of_the_language_themselves(code: str) -> None:
    """No script is written in the face that documents are printed in."""
    printed = chain("sans", code)[:3]
    firsts = [chain(role, code)[0] for role in HANDS]
    assert len(set(firsts)) >= 2
    for file in firsts:
        assert file not in printed
        assert all(ord(letter) in face(file, False, False).characters for letter in LETTERS[code])


def test_writing_leans_and_its_polygons_with_it() -> None:
    boxes = []
    for slant in (0.0, 0.3):
        sheet = Sheet((4.0, 1.0), 200, "L", "en")
        sheet.slant = slant
        sheet.text(0.3, 0.6, "lllllllllll bbbb", Type("hand", 24))
        mask = sheet.image.point([255 if value < 110 else 0 for value in range(256)])
        boxes.append(mask.getbbox())
        for word in sheet.words:
            assert word.hand
        xs = [x for word in sheet.words for x, _ in word.polygon]
        ys = [y for word in sheet.words for _, y in word.polygon]
        box = mask.getbbox()
        assert box is not None
        assert min(xs) - 1 <= box[0] and box[2] <= max(xs) + 1 and min(ys) - 1 <= box[1] and box[3] <= max(ys) + 1
    assert boxes[1] is not None and boxes[0] is not None
    assert boxes[1][2] - boxes[1][0] > boxes[0][2] - boxes[0][0] + 2


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?。！？।])\s*", text) if len(part) > 35]


@pytest.mark.parametrize("code", codes())
def test_no_sentence_comes_twice_on_a_page(code: str) -> None:
    joint = "" if code in ("ja", "zh") else " "
    source = source_of("article", 'kind = "letter"\npages = 2', "contract", language=code, seed=5)
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        counted = Counter(sentences(joint.join(line.text for line in truth.lines)))
        assert [text for text, count in counted.items() if count > 1] == []
        lines = Counter(line.text for line in truth.lines if len(line.text) > 35)
        assert [text for text, count in lines.items() if count > 1] == []


@pytest.mark.parametrize("code", codes())
def test_the_annex_is_of_the_rooms_that_the_contract_lets(code: str) -> None:
    words = language(code)
    source = source_of("contract", language=code, seed=5)
    lines = [line.text for index in range(3) for line in source.truth(index, wanted(25)).lines]
    head = words.labels["annex"]
    at = next(number for number, line in enumerate(lines) if line == head)
    assert words.clauses[-1][0] in "".join(lines[:at])
    text = " ".join(lines[at:])
    assert sum(room in text for room in words.rooms) >= 5
    assert sum(fitting in text for fitting in words.fittings) >= 7
    assert not any(item in text for item in words.goods)


def test_a_letter_of_two_pages_fills_its_first() -> None:
    source = source_of('kind = "letter"\npages = 2', seed=5)
    truth = source.truth(0, wanted(50))
    body = [line for line in truth.lines if line.polygon[2][1] < truth.image[1] * 0.92]
    assert max(line.polygon[2][1] for line in body) > truth.image[1] * 0.62
    (table,) = truth.tables
    assert len(table.rows) >= 3
