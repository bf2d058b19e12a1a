"""Readers scored against the truth: by the same figures as other scorers, in every format."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import jiwer
import pytest
from document_pages import source_of, wanted
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from emulator.documents import alto, hocr, parse_of
from emulator.documents.comparing.alignment import align, distance, nearest_part
from emulator.documents.comparing.reading import (
    MAX_CHARACTERS,
    Format,
    Reading,
    UnreadableReading,
    read_pages,
    reading_of,
)
from emulator.documents.comparing.score import SEPARATORS, PageScore, score_page, told, total, true_text
from emulator.documents.comparing.texts import Rules
from emulator.documents.kinds import KINDS
from emulator.documents.truth import PageTruth
from emulator.imaging import affine

_WORDS = st.text("ab c", max_size=90)


@given(_WORDS, _WORDS)
@settings(max_examples=150, deadline=None)
def test_distances_and_alignments_are_those_of_another_program(true: str, read: str) -> None:
    wanted_distance = Levenshtein.distance(true, read)
    assert distance(true, read) == wanted_distance
    edits = align(true, read)
    assert sum(edit.step != "equal" for edit in edits) == wanted_distance
    assert [edit.true for edit in edits if edit.true is not None] == list(range(len(true)))
    assert [edit.read for edit in edits if edit.read is not None] == list(range(len(read)))
    for edit in edits:
        if edit.true is not None and edit.read is not None:
            assert (true[edit.true] == read[edit.read]) == (edit.step == "equal")


@given(st.text("abc", max_size=8), st.text("abc ", max_size=14))
@settings(max_examples=60, deadline=None)
def test_the_part_of_a_text_that_is_most_like_a_line_is_found(line: str, text: str) -> None:
    begin, end, errors = nearest_part(line, text)
    assert Levenshtein.distance(line, text[begin:end]) == errors
    parts = (text[a:b] for a in range(len(text) + 1) for b in range(a, len(text) + 1))
    assert errors == min(Levenshtein.distance(line, part) for part in parts)


def damaged(text: str, random_: random.Random, often: float) -> str:
    """As a poor reader has it: characters mistaken, lost and put in, words joined and lost."""
    found = []
    for character in text:
        chance = random_.random()
        if chance < often / 3:
            continue
        if chance < often / 1.5:
            character = random_.choice("lI1O0 rnme")
        elif chance < often:
            character += random_.choice("xyz ")
        found.append(character)
    return "".join(found)


def test_errors_are_those_of_another_scorer() -> None:
    """jiwer's, page by page and all together, to a thousandth."""
    source = source_of("letter", "invoice", "article", "order-form", "statement", "receipt", "contract", "blank")
    random_ = random.Random(4)
    scores, true_texts, read_texts = [], [], []
    for index in range(len(source)):
        truth = source.truth(index, wanted(30))
        true = "\n".join(
            " ".join(word.text for word in truth.words if word.line == line.number) for line in truth.lines
        )
        read = damaged(true, random_, random_.choice((0.0, 0.02, 0.1, 0.4)))
        score = score_page(truth, Reading(read), Rules(), {"text"})
        scores.append(score)
        if not true:
            assert score.value("word_error") == score.value("character_error") == 0
            continue
        true, read = " ".join(true.split()), " ".join(read.split())
        true_texts.append(true)
        read_texts.append(read)
        assert score.value("word_error") == pytest.approx(jiwer.wer(true, read), abs=0.001)
        assert score.value("character_error") == pytest.approx(jiwer.cer(true, read), abs=0.001)
    whole = total(scores)
    assert whole.value("word_error") == pytest.approx(jiwer.wer(true_texts, read_texts), abs=0.001)
    assert whole.value("character_error") == pytest.approx(jiwer.cer(true_texts, read_texts), abs=0.001)
    assert 0.05 < whole.value("word_error") < 0.9


@pytest.mark.parametrize("language", ["en", "ja", "ar", "hi"])
def test_the_order_of_lines_costs_nothing_where_it_does_not_count(language: str) -> None:
    truth = source_of("invoice", language=language).truth(0, wanted(30))
    lines = true_text(truth, Rules())
    random.Random(1).shuffle(lines)
    score = score_page(truth, Reading("\n".join(lines)), Rules(), {"text"})
    assert score.value("character_error_any_order") == score.value("word_error_any_order") == 0
    assert score.value("character_error") > 0.1 and not score.wrong_words


def test_errors_in_any_order_are_counted_once() -> None:
    truth = source_of("letter").truth(0, wanted(30))
    lines = true_text(truth, Rules())
    longest = max(lines, key=len)
    shuffled = [line for line in lines if line != longest] + [longest.replace("e", "c", 2), "fifteen letters"]
    score = score_page(truth, Reading("\n".join(shuffled)), Rules(), {"text"})
    count = score.counts["character_error_any_order"]
    assert (count.wrong, count.of) == (2 + len("fifteenletters"), sum(map(len, lines)))
    assert {wrong.errors for wrong in score.wrong_words} <= {1, 2}
    assert all(wrong.read for wrong in score.wrong_words), "the misread word is found, wherever it stands"


def readings(truth: PageTruth, folder: Path) -> dict[Format, Reading]:
    """What a reader without a mistake says of a page, in each format."""
    table = truth.tables[0]
    markdown = "# " + "\n\n".join(
        line.replace("*", "\\*").replace("|", "\\|") for line in true_text(truth, Rules())
    )
    rows = [table.header, *(row.cells for row in table.rows)]
    cells = [" | ".join(cell.text for cell in row) for row in rows]
    markdown += f"\n\n| {cells[0]} |\n|{'---|' * len(rows[0])}\n" + "".join(f"| {row} |\n" for row in cells[1:])
    contents: dict[Format, tuple[str, bytes]] = {
        "text": ("page.txt", "\n".join(true_text(truth, Rules())).encode()),
        "hocr": ("page.hocr", hocr(truth, "page.png")),
        "alto": ("page.xml", alto(truth, "page.png")),
        "markdown": ("page.md", markdown.encode()),
        "json": ("page.json", json.dumps({**parse_of(truth), "separator": False}).encode()),
    }
    found = {}
    for format, (name, data) in contents.items():
        (folder / name).write_bytes(data)
        (found[format],) = read_pages(folder / name, format)
    return found


@pytest.mark.parametrize("language", ["en", "de", "ja", "ar"])
def test_a_reader_without_a_mistake_has_none_in_any_format(language: str, tmp_path: Path) -> None:
    truth = source_of("invoice", language=language, seed=1).truth(0, wanted(60))
    for format, reading in readings(truth, tmp_path).items():
        score = score_page(truth, reading, Rules(), told([reading]))
        if format == "json":
            assert {name: score.value(name) for name in score.counts} == dict.fromkeys(
                ("fields", "cells", "codes", "separators"), 1.0
            )
            assert score.counts["fields"].of == 2 * len(truth.fields) and not score.wrong_fields
        elif format == "markdown":
            assert score.value("cells") == 1.0 and score.counts["cells"].of > 20
        else:
            assert [score.value(n) for n in score.counts] == [0, 0, 0, 0] and not score.wrong_words
            assert format == "text" or len(reading.places) == len(truth.words)


def test_marks_of_markdown_are_taken_off_where_they_are_marks(tmp_path: Path) -> None:
    text = "# Head\n\n- **bold** and _slanted_ `code` [link](x)\n* * *\n> 5 * 3 = 15\n\n"
    table = "| # | a |\n|:-:|--|\n| - | * |\n\n1 | 2 is no table\n"
    (tmp_path / "a.md").write_text(text + table, encoding="utf-8")
    (page,) = read_pages(tmp_path / "a.md", "markdown")
    assert page.grids == [[["#", "a"], ["-", "*"]]]
    assert page.text is not None
    assert [line for line in page.text.splitlines() if line.strip()] == [
        "Head", "bold and slanted code link", "5 * 3 = 15", "# a", "- *", "1 | 2 is no table"
    ]  # fmt: skip


def scored(truth: PageTruth, said: dict[str, object]) -> PageScore:
    reading = reading_of(said, Path("x.json"))
    return score_page(truth, reading, Rules(), {"fields", "tables", "codes", "separator"})


def test_fields_cells_codes_and_separators_are_counted_as_f1() -> None:
    truth = source_of("receipt").truth(0, wanted(60))
    good = {**parse_of(truth), "separator": False}
    names = [field.name for field in truth.fields]
    fields = len(names)
    less = {name: value for name, value in good.items() if name != "total"}
    assert scored(truth, less).value("fields") == pytest.approx(2 * (fields - 1) / (2 * fields - 1))
    false = scored(truth, {**good, "total": "1"})
    assert false.value("fields") == pytest.approx((fields - 1) / fields)
    assert false.wrong_fields == [("total", good["total"], "1")]
    assert scored(truth, {**good, "colour": "blue"}).value("fields") == pytest.approx(2 * fields / (2 * fields + 1))
    assert scored(truth, {**good, "total": f"{float(good['total']):.3f}"}).value("fields") == 1
    cells = sum(len(row.cells) for table in truth.tables for row in table.rows)
    first = len(truth.tables[0].rows[0].cells)
    assert scored(truth, {**good, "items": good["items"][1:]}).value("cells") == pytest.approx(
        2 * (cells - first) / (2 * cells - first)
    )
    assert scored(truth, {**good, "codes": ["x"]}).value("codes") == 0
    assert scored(truth, {**good, "separator": True}).value("separators") == 0
    assert scored(truth, {"fields": {}, "tables": {}}).value("cells") == 0
    twice = replace(truth, fields=(*truth.fields, truth.fields[0]))
    assert scored(twice, parse_of(twice)).value("fields") == 1
    assert set(KINDS) >= SEPARATORS


def test_what_is_cut_need_not_be_read_and_is_not_wrong() -> None:
    truth = source_of("letter").truth(0, wanted(60))
    middle = next(word for word in truth.words if len(word.text) > 5)
    cut = truth.mapped(affine.shift(-(middle.polygon[0][0] + middle.polygon[1][0]) / 2, 0), truth.image)
    assert any(word.partly for word in cut.words)
    for read in (
        " ".join(word.text for word in cut.words),
        " ".join(word.text for word in cut.words if not word.partly),
    ):
        score = score_page(cut, Reading(read), Rules(), {"text"})
        assert score.value("word_error") == score.value("character_error_any_order") == 0


@pytest.mark.parametrize(
    ("true", "read", "rules", "same"),
    [
        ("Zürich  Straße", "Zu\u0308rich Stra\u00adße", Rules(), True),
        ("Total:", "TOTAL", Rules(), False),
        ("Total:", "TOTAL", Rules(frozenset({"case", "punctuation"})), True),
        ("東京都 港区", "東 京 都 港 区", Rules(), True),
        ("\u200fשלום", "שלום", Rules(), True),
        ("one two", "onetwo", Rules(), False),
    ],
)
def test_what_counts_as_the_same(true: str, read: str, rules: Rules, same: bool) -> None:
    assert (rules.normal(true) == rules.normal(read)) == same


@pytest.mark.parametrize(
    ("name", "format", "data", "says"),
    [
        ("a.txt", "text", b"one\n\xfftwo", r"a\.txt:2: is not UTF-8"),
        ("a.txt", "text", b"x" * (MAX_CHARACTERS + 1), "page 1 has more than 200000 characters"),
        ("a.hocr", "hocr", b"<html><body><p>x</p></body></html>", "no element of the class ocr_page"),
        ("a.hocr", "hocr", b"", "is no hOCR"),
        ("a.xml", "alto", b"<alto>\n<Page>", r"a\.xml:2: is no XML"),
        ("a.xml", "alto", b"<html/>", "is no ALTO: its root is html"),
        ("a.json", "json", b'{\n"a": }', r"a\.json:2: is no JSON"),
        ("a.json", "json", b"[" * 100_000, "nested too deep"),
        ("a.json", "json", b"[1]", "is no object"),
        ("a.json", "json", b'{"fields": 3}', "fields: a list or an object"),
        ("a.json", "json", b'{"fields": [3]}', "objects with a name"),
    ],
)
def test_what_is_no_reading_is_told_with_file_and_line(
    name: str, format: Format, data: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableReading, match=says):
        read_pages(tmp_path / name, format)


def test_entities_of_an_alto_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET", encoding="utf-8")
    uri = (tmp_path / "secret").as_uri()
    line = '<TextLine><String CONTENT="a"/>&x;</TextLine>'
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{uri}">]><alto><Page>{line}</Page></alto>'
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    (page,) = read_pages(tmp_path / "a.xml", "alto")
    assert page.text == "a"
