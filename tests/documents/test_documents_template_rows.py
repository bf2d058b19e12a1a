"""Data of templates: rows are read alone, in any order, without the others in memory; mistakes have a line."""

from __future__ import annotations

import json
import pickle
import random
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from variants import EXHAUSTIVE

from emulator.documents.languages import codes
from emulator.documents.templates.own_rows import invented_row
from emulator.documents.templates.rows import Rows, text_of, value_of
from emulator.documents.templates.template_errors import TemplateError


def written(path: Path, count: int) -> list[dict[str, object]]:
    """Rows with all that makes reading hard: several lines, quotes, brackets, characters of four octets."""
    rows: list[dict[str, object]] = []
    for number in range(count):
        text = ("a\nb", 'say "x"', "]}, {[", "日本 😀", "plain")[number % 5]
        rows.append({"name": f"{text} {number}", "total": f"{number}.50"})
    if path.suffix == ".csv":
        lines = "".join('"{}",{}\r\n'.format(str(r["name"]).replace('"', '""'), r["total"]) for r in rows)
        path.write_text("\ufeffname, total\r\n" + lines, encoding="utf-8", newline="")
    elif path.suffix == ".json":
        text = ",\n ".join(json.dumps(row, ensure_ascii=bool(n % 2)) for n, row in enumerate(rows))
        path.write_text(f"\n [{text}\n]\n", encoding="utf-8")
    else:
        path.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return rows


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl"])
def test_any_row_is_read_alone(suffix: str, tmp_path: Path) -> None:
    rows = written(tmp_path / f"data{suffix}", 300)
    found = Rows(tmp_path / f"data{suffix}")
    assert len(found) == 300 and found.columns == ("name", "total")
    text = (tmp_path / f"data{suffix}").read_text(encoding="utf-8").splitlines()
    for number in random.Random(3).sample(range(300), 60):
        row, line = found.row(number)
        assert row == rows[number]
        assert f"{number}.50" in "\n".join(text[line - 1 : line + 1]), "the line is the row's"
    assert [row for row, _ in found] == rows
    with pytest.raises(IndexError):
        found.row(300)
    assert pickle.loads(pickle.dumps(found)).row(299) == found.row(299)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_rows_are_not_kept(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"data{suffix}"
    written(path, 1_000_000 if EXHAUSTIVE else 12_000)
    tracemalloc.start()
    try:
        found = Rows(path)
        row, _ = found.row(len(found) - 1)
        assert str(row["total"]) == f"{len(found) - 1}.50"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000, "a piece that is being read, and a place for each 64 rows"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xls", b"x", "data are CSV or JSON"),
        ("a.csv", b"", "there is no row of data in it"),
        ("a.csv", b"name\n", "there is no row of data in it"),
        ("a.csv", b"name,total\nx,1\ny\n", "a.csv:3: 1 values; the header has 2 columns"),
        ("a.csv", b"name,name\nx,1\n", "a.csv:1: the column 'name' is there twice"),
        ("a.csv", b"name,\nx,1\n", "a.csv:1: a column has no name"),
        ("a.csv", b'name\n"x\n', "a.csv:2: is no CSV"),
        ("a.csv", b'name\n"x"y\n', "a.csv:2: is no CSV"),
        ("a.csv", b"name\n\xff\n", "a.csv:2: is not UTF-8"),
        ("a.csv", b"name\nx\0y\n", "a.csv:2: is no text"),
        ("a.json", b"", "a.json:1: is no list of objects"),
        ("a.json", b'{"a": 1}', "a.json:1: is no list of objects"),
        ("a.json", b'[{"a": 1},\n 3]', "a.json:2: is no list of objects"),
        ("a.json", b'[{"a": 1},\n{"a" 3}]', "a.json:2: is no JSON: Expecting ':' delimiter"),
        ("a.json", b'[{"a": 1},\n', "a.json:2: is no JSON: the list has no end"),
        ("a.json", b'[{"a": "\xff"}]', "a.json:1: is not UTF-8"),
        ("a.json", b'[{"a": ' + b"[" * 100_000, "nested too deep"),
        ("a.json", b"[]", "there is no row of data in it"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "a.jsonl:2: a row is an object"),
        ("a.jsonl", b'{"a": 1}\n{"a"\n', "a.jsonl:2: is no JSON"),
    ],
)
def test_a_mistake_is_told_with_its_line(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TemplateError) as told:
        Rows(tmp_path / name)
    assert says in str(told.value)


def test_values_within_values() -> None:
    row = {"a": {"b": 1.5}, "items": [{"price": "2"}, {"price": None}], "items.1.x": "flat", "yes": True}
    names = ("a.b", "items.1.price", "items.2.price", "items.1.x", "yes")
    assert [text_of(value_of(row, name)) for name in names] == ["1.5", "2", "", "flat", "yes"]
    for name in ("a.c", "items.3.price", "items.0.price", "b"):
        with pytest.raises(KeyError):
            value_of(row, name)
    with pytest.raises(ValueError, match="no text"):
        text_of([1])


def test_invented_rows_have_the_same_names_in_every_language_and_their_sums_are_right() -> None:
    names = set(invented_row(0, "en", date(2025, 12, 30)))
    for code in codes() if EXHAUSTIVE else ("ar", "de", "ja"):
        row = invented_row(5, code, date(2024, 5, 17))
        assert set(row) == names and row == invented_row(5, code, date(2024, 5, 17))
        assert len(row["items"]) >= 3
    row = invented_row(5, "en", date(2024, 5, 17))

    def hundredths(text: str) -> int:
        return int(text.replace(",", "").replace(".", ""))

    assert sum(hundredths(item["amount"]) for item in row["items"]) == hundredths(row["subtotal"])
    assert hundredths(row["subtotal"]) + hundredths(row["vat"]) == hundredths(row["total"])
