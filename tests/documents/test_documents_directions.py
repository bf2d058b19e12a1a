"""Order of what stands in lines of both directions, against another implementation of UAX #9."""

from __future__ import annotations

import pytest
from bidi import get_display
from document_pages import source_of, wanted
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.documents.sheet import Sheet
from emulator.printing.bidi import levels_of, pieces_of, visual_order
from emulator.printing.setting import Type, width

LETTERS = 'אבגשابتثABcd0123456789,.:/+-%() €٠١\u0300"!'


@settings(max_examples=400, deadline=None)
@given(text=st.text(LETTERS, min_size=1, max_size=20), base=st.sampled_from((0, 1)))
def test_levels_are_those_of_the_bidirectional_algorithm(text: str, base: int) -> None:
    levels = levels_of(text, base)
    assert "".join(text[index] for index in visual_order(levels)) == get_display(text, base_dir="RL"[1 - base])


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("شارع 45, 95507", ["95507", " ", ",", "45", " ", "شارع"]),
        ("45, 95507", ["95507", " ", ",", "45"]),
        ("רחוב 12, 3/4 (א)", ["(א)", " ", "3/4", " ", ",", "12", " ", "רחוב"]),
        ("هاتف +971 4 1234567", ["+971", " ", "4", " ", "1234567", " ", "هاتف"]),
        ("IBAN AE07 0331 2345", ["IBAN", " ", "AE07", " ", "0331", " ", "2345"]),
        ("1.234,56 € א", ["א", " ", "€", " ", "1.234,56"]),
    ],
)
def test_lines_from_right_to_left(line: str, seen: list[str]) -> None:
    words = [(word, number > 0) for number, word in enumerate(line.split(" "))]
    assert [piece.text for piece in pieces_of(words, backwards=True)] == seen


def test_hebrew_words_follow_each_other_in_an_english_line() -> None:
    words = [("say", False), ("שלום", True), ("עולם", True), ("twice", True)]
    assert [p.text for p in pieces_of(words, backwards=False)] == ["say", " ", "עולם", " ", "שלום", " ", "twice"]


def test_the_comma_of_a_number_stands_left_of_it_on_the_paper() -> None:
    """D6: "45, 95507" in an Arabic address had its comma on the side of the paper where it is not read."""
    drawn = []
    for text in ("45", "45,"):
        sheet = Sheet((3.0, 0.5), 300, "L", "ar")
        sheet.text(0.1, 0.3, text, Type("sans", 20))
        box = sheet.image.point([255 if value < 128 else 0 for value in range(256)]).getbbox()
        assert box is not None
        drawn.append((box, sheet.words))
    (plain, _), (comma, words) = drawn
    assert comma[2] == plain[2]  # the number ends where it did, at the right margin
    assert comma[0] < plain[0] - 5
    assert [word.text for word in words] == ["45,"]
    xs = [x for x, _ in words[0].polygon]
    assert (min(xs), max(xs)) == pytest.approx((comma[0], comma[2]), abs=1)


def test_a_line_is_as_long_as_it_is_measured() -> None:
    for text in ("شارع 45, 95507", "(שלום) 12, 3", "a (ב) c"):
        sheet = Sheet((6.0, 0.5), 100, "L", "he")
        assert sheet.text(0.1, 0.3, text, Type("sans", 12)) == pytest.approx(width(text, Type("sans", 12), "he"))


@pytest.mark.parametrize("code", ["ar", "he"])
def test_targets_are_english_in_every_language(code: str) -> None:
    kinds = ("resolution-chart", "grey-wedges", "color-patches", "grid")
    english, other = source_of(*kinds), source_of(*kinds, language=code)
    for index in range(len(kinds)):
        assert english.page(index, wanted(50)).image.tobytes() == other.page(index, wanted(50)).image.tobytes()
        assert english.truth(index, wanted(50)).words == other.truth(index, wanted(50)).words
