"""Rows of tables, names that no language changes, and words that traces wrote: in the truth and its exports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from document_pages import source_of, wanted
from lxml import etree

from emulator.documents import alto, hocr
from emulator.documents.kinds import KINDS
from emulator.documents.languages import codes, language
from emulator.documents.truth import PageTruth, Table, bounds
from emulator.documents.truth_json import page_document, page_from_document
from emulator.imaging import affine

TABLES = {"invoice": "items", "receipt": "items", "statement": "bookings", "order-form": "items"}
ALTO = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}


def table_of(truth: PageTruth, name: str) -> Table:
    return next(table for table in truth.tables if table.name == name)


def column(table: Table, key: str) -> list[str]:
    return [cell.value for row in table.rows for cell in row.cells if cell.column == key]


@pytest.mark.parametrize("code", codes())
@pytest.mark.parametrize("kind", TABLES)
def test_every_cell_is_a_line_of_the_page_and_lies_in_its_row(kind: str, code: str) -> None:
    source = source_of(kind, language=code, seed=5)
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        lines = {line.number: line for line in truth.lines}
        for table in truth.tables:
            assert table.rows
            for cells in (table.header, *(row.cells for row in table.rows)):
                for cell in cells:
                    assert cell.column in table.columns
                    assert (lines[cell.line].text, lines[cell.line].polygon) == (cell.text, cell.polygon)
            for row in table.rows:
                assert row.polygon == bounds(cell.polygon for cell in row.cells)
            middles = [(row.polygon[0][1] + row.polygon[2][1]) / 2 for row in table.rows]
            assert middles == sorted(middles)
        assert table_of(truth, TABLES[kind])


@pytest.mark.parametrize("code", codes())
def test_sums_of_rows_are_the_sums_of_the_page(code: str) -> None:
    for kind in ("invoice", "receipt"):
        truth = source_of(kind, language=code, seed=8).truth(0, wanted(25))
        fields = {field.name: field.value for field in truth.fields}
        items = table_of(truth, "items")
        total = sum(map(Decimal, column(items, "amount")))
        assert total == Decimal(fields["subtotal" if kind == "invoice" else "total"])
        for row in items.rows:
            cells = {cell.column: cell.value for cell in row.cells}
            if "price" in cells:
                assert int(cells["quantity"]) * Decimal(cells["price"]) == Decimal(cells["amount"])
    source = source_of("statement", language=code, seed=8)
    balance, number = None, 0
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        fields = {field.name: field.value for field in truth.fields}
        balance = Decimal(fields["opening_balance"]) if balance is None else balance
        for row in table_of(truth, "bookings").rows:
            cells = {cell.column: cell.value for cell in row.cells}
            balance += (
                Decimal(cells.get("amount", 0)) + Decimal(cells.get("credit", 0)) - Decimal(cells.get("debit", 0))
            )
            number += 1
            assert (row.number, Decimal(cells["balance"])) == (number, balance)
            date.fromisoformat(cells["date"])
        assert Decimal(fields.get("closing_balance", balance)) == balance


def names(code: str) -> Iterator[str]:
    kinds = (
        "invoice",
        "receipt",
        "statement",
        "order-form",
        "letter",
        "contract",
        "delivery-note",
        "payslip",
        "form",
    )
    laid_out = [f'kind = "{kind}"\nlayout = "{KINDS[kind].plans[0].name}"' for kind in kinds if KINDS[kind].plans]
    source = source_of(*laid_out, "contract", language=code, seed=2)
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        for field in truth.fields:
            yield f"{truth.kind} {field.name}"
        for table in truth.tables:
            yield f"{truth.kind} {table.name} {table.columns}"


KEY = re.compile(r"[a-z][a-z0-9_]*")


@pytest.mark.parametrize("code", codes())
def test_names_are_keys_and_no_words_of_a_language(code: str) -> None:
    found = set(names(code))
    assert all(KEY.fullmatch(name.split()[1]) for name in found), found
    boxes = {"delivery_standard", "delivery_express", "delivery_collect", "payment_card", "payment_transfer"}
    assert {f"order-form {box}" for box in boxes} <= found
    own = {
        "account",
        "sort_code",
        "iban",
        "bik",
        "correspondent",
        "ifsc",
        "cgst",
        "sgst",
    }  # that not all countries have
    assert {name for name in set(names("en")) ^ found if name.split()[1] not in own} == set()


def test_what_is_cut_of_a_table_is_left_out_and_marked() -> None:
    truth = source_of("invoice").truth(0, wanted(100))
    table = truth.tables[0]
    middle = table.rows[2].polygon[0][1] - 2
    upper = truth.mapped(affine.IDENTITY, (truth.image[0], round(middle)))
    (cut,) = [found for found in upper.tables if found.name == "items"]
    assert [row.number for row in cut.rows] == [1, 2]
    assert cut.partly and not any(row.partly for row in cut.rows)
    left = truth.mapped(
        affine.IDENTITY, (round(min(row.cells[-1].polygon[0][0] for row in table.rows)) - 2, truth.image[1])
    )
    rows = table_of(left, "items").rows
    assert all(row.partly and "amount" not in {cell.column for cell in row.cells} for row in rows)
    assert table_of(left, "items").partly
    assert not truth.mapped(affine.shift(-5000, 0), truth.image).tables


def test_the_exports_say_where_words_stand_in_a_table() -> None:
    truth = source_of("invoice", language="fr").truth(0, wanted(100))
    table = table_of(truth, "items")
    root = etree.fromstring(alto(truth, "page.png"))
    tags = {tag.get("ID") for tag in root.findall(".//a:StructureTag", ALTO)}
    strings = root.findall(".//a:String", ALTO)
    lines = etree.fromstring(hocr(truth, "page.png")).xpath("//*[@class='ocr_line']")
    for row in table.rows:
        for cell in row.cells:
            tag = f"items.{row.number}.{cell.column}"
            assert tag in tags
            words = [word.get("CONTENT") for word in strings if tag in (word.get("TAGREFS") or "").split()]
            assert " ".join(words) == cell.text
            place = {"table": "items", "row": str(row.number), "column": cell.column}
            (line,) = [one for one in lines if all(one.get(f"data-{key}") == v for key, v in place.items())]
            assert " ".join("".join(line.itertext()).split()) == cell.text
    for word in strings:
        assert set((word.get("TAGREFS") or "").split()) <= tags | {"hand"}


@pytest.mark.parametrize("code", ["en", "de", "ar", "he", "hi", "ja", "zh", "ko"])
def test_words_of_stamps_are_in_the_truth_in_the_language_of_the_document(code: str) -> None:
    words = language(code)
    entry = 'kind = "invoice"\ntraces = { stamp = "heavy", skew = "light" }'
    source = source_of(*[entry] * 6, language=code, seed=4)
    seen = 0
    for index in range(6):
        page, truth = source.page(index, wanted(100)).image, source.truth(index, wanted(100))
        stamped = [word for word in truth.words if word.source == "stamp"]
        (trace,) = [trace for trace in truth.traces if trace.name == "stamp"]
        texts = [stamp["text"] for stamp in trace.parameters["stamps"]]
        assert " ".join(texts).split() == [word.text for word in stamped]
        made = next(field.value for field in truth.fields if field.name == "date")
        for text in texts:
            day = text.split()[-1]
            assert text.removesuffix(f" {day}") in words.stamps
            numbers = list(map(int, re.findall(r"\d+", day)))
            year, rest = (numbers[0], numbers[1:]) if numbers[0] > 31 else (numbers[-1], numbers[-2::-1])
            assert date(year, *rest) >= date.fromisoformat(made)
        for word in stamped:
            xs, ys = [x for x, _ in word.polygon], [y for _, y in word.polygon]
            box = tuple(map(round, (min(xs), min(ys), max(xs), max(ys))))
            seen += page.crop(box).getextrema()[0] < 200  # type: ignore[arg-type, operator]
        own = {line.text for line in truth.lines if line.source == "stamp"}
        assert own == {part for text in texts for part in (" ".join(text.split()[:-1]), text.split()[-1])}
        assert page_from_document(page_document(truth)).words[-1].source == "stamp"
    assert seen >= 20


def test_the_header_of_a_fax_is_in_the_truth() -> None:
    for strength in ("light", "heavy"):
        source = source_of(f'kind = "letter"\ntraces = {{ fax = "{strength}", feed_shift = 0.4 }}', seed=3)
        truth = source.truth(0, wanted(200))
        (line,) = [line for line in truth.lines if line.source == "fax"]
        (trace,) = [trace for trace in truth.traces if trace.name == "fax"]
        assert line.text == " ".join(trace.parameters["header"].split())
        words = [word for word in truth.words if word.source == "fax"]
        assert " ".join(word.text for word in words) == line.text
        page = source.page(0, wanted(200)).image
        for word in words:
            xs, ys = [x for x, _ in word.polygon], [y for _, y in word.polygon]
            crop = page.crop(tuple(map(round, (min(xs), min(ys), max(xs), max(ys)))))
            dark = sum(crop.convert("L").histogram()[:128]) / (crop.width * crop.height)
            assert 0.1 < dark < 0.8
        day = date(*map(int, re.findall(r"\d+", line.text)[2::-1]))
        made = next(field.value for field in truth.fields if field.name == "date")
        assert 0 <= (day - date.fromisoformat(made)).days <= 3
        names = {tag.get("ID") for tag in etree.fromstring(alto(truth, "x")).findall(".//a:OtherTag", ALTO)}
        assert "fax" in names


def test_words_of_another_sheet_say_so() -> None:
    source = source_of('kind = "letter"\ntraces = { double_feed = "heavy" }', "invoice", seed=1)
    truth = source.truth(0, wanted(25))
    assert {word.source for word in truth.words} == {"document", "double_feed"}
    assert {line.source for line in truth.lines} == {"document", "double_feed"}
