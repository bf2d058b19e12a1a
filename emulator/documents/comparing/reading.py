"""What a reader said of a page: plain text, hOCR, ALTO, Markdown, or fields as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from lxml import etree, html

Format = Literal["text", "hocr", "alto", "markdown", "json"]
SUFFIXES: Final[Mapping[str, Format]] = {
    ".txt": "text",
    ".hocr": "hocr",
    ".html": "hocr",
    ".htm": "hocr",
    ".alto": "alto",
    ".xml": "alto",
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
}
MAX_BYTES: Final = 32 * 1024**2
"""Of a reader's file."""
MAX_CHARACTERS: Final = 200_000
"""Of a page; a newspaper's has some 30,000."""


class UnreadableReading(ValueError):
    """A reader's file is not what its name says. `str()` is one line: file, line where one is known, reason."""

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        super().__init__(f"{path}{'' if line is None else f':{line}'}: {reason}")


@dataclass(slots=True)
class Reading:
    """A page as a reader sees it. None: of that the reader says nothing."""

    text: str | None = None
    """A line of the page on each line."""
    fields: dict[str, list[str]] | None = None
    """Values by name."""
    tables: dict[str, list[dict[str, str]]] | None = None
    """Rows by the table's name, cells by their column's key."""
    grids: list[list[list[str]]] | None = None
    """Tables without names: rows of cells."""
    codes: list[str] | None = None
    """Values of bar codes and 2-D codes."""
    separator: bool | None = None
    """Whether it is a sheet between two documents."""
    places: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)
    """Words with their boxes (left, top, right, bottom), where the format tells them."""


def read_pages(path: Path, format: Format) -> list[Reading]:
    """The pages in a reader's file, in order. Where a form feed is at the end of every page of a text, an empty one
    follows the last. Raises UnreadableReading, OSError."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableReading(path, f"is larger than {MAX_BYTES} bytes")
    pages = _pages(path, format, data)
    for number, page in enumerate(pages, 1):
        if page.text is not None and len(page.text) > MAX_CHARACTERS:
            raise UnreadableReading(path, f"page {number} has more than {MAX_CHARACTERS} characters")
    return pages


def _pages(path: Path, format: Format, data: bytes) -> list[Reading]:
    if format in ("hocr", "alto"):
        return list((_hocr if format == "hocr" else _alto)(path, data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableReading(path, "is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    if format == "json":
        return [reading_of(_json(path, text), path)]
    read = _markdown if format == "markdown" else _plain
    return [read(page) for page in text.split("\f")]


def _plain(text: str) -> Reading:
    return Reading(text)


# hOCR and ALTO


_HOCR_LINES: Final = frozenset({"ocr_line", "ocrx_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BOX: Final = re.compile(r"\bbbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")


def _hocr(path: Path, data: bytes) -> Iterator[Reading]:
    """Raises UnreadableReading."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = html.document_fromstring(data, parser=parser) if data.strip() else None
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableReading(path, f"is no hOCR: {error}") from None
    pages = [] if root is None else list(_of_class(root, {"ocr_page"}))
    if not pages:
        raise UnreadableReading(path, "is no hOCR: there is no element of the class ocr_page")
    for page in pages:
        found = Reading()
        lines = []
        for line in _of_class(page, _HOCR_LINES):
            words = []
            for word in _of_class(line, {"ocrx_word", "ocr_word"}):
                text = " ".join(word.text_content().split())
                box = _BOX.search(word.get("title", ""))
                if text and box:
                    left, top, right, bottom = map(float, box.groups())
                    found.places.append((text, (left, top, right, bottom)))
                words.append(text)
            lines.append(" ".join(words) if words else " ".join(line.text_content().split()))
        found.text = "\n".join(lines) if lines else page.text_content()
        yield found


def _of_class(element: Any, names: set[str] | frozenset[str]) -> Iterator[Any]:
    return (each for each in element.iterdescendants() if names & set((each.get("class") or "").split()))


def _alto(path: Path, data: bytes) -> Iterator[Reading]:
    """Raises UnreadableReading."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableReading(path, f"is no XML: {error.msg}", error.lineno) from None
    if etree.QName(root).localname != "alto":
        raise UnreadableReading(path, f"is no ALTO: its root is {etree.QName(root).localname}")
    for page in root.iter("{*}Page"):
        found = Reading()
        lines = []
        for line in page.iter("{*}TextLine"):
            words = []
            for word in line.iter("{*}String"):
                text = word.get("CONTENT", "")
                if (box := _alto_box(word)) is not None and text:
                    found.places.append((text, box))
                words.append(text)
            lines.append(" ".join(words))
        found.text = "\n".join(lines)
        yield found


def _alto_box(word: etree._Element) -> tuple[float, float, float, float] | None:
    try:
        left, top, wide, high = (float(word.get(name) or "") for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    except ValueError:
        return None
    return left, top, left + wide, top + high


# Markdown


_RULE: Final = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(\|\s*:?-{1,}:?\s*)*\|?\s*")
_CELLS: Final = re.compile(r"(?<!\\)\|")
_OF_LINES: Final = (
    (re.compile(r"^\s*([-*_]\s*){3,}$"), ""),
    (re.compile(r"^\s{0,3}(#{1,6}\s+|>\s?|[-*+]\s+(?=\S)|```.*$|~~~.*$)"), ""),
)
_MARKS: Final = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<br\s*/?>", re.IGNORECASE), " "),
    (re.compile(r"(\*\*\*|\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])"), r"\1"),
)
"""Marks of Markdown -> what stays of them; a cell of a table has none of those that begin a line."""


def _markdown(text: str) -> Reading:
    lines = []
    grids: list[list[list[str]]] = []
    in_table = False
    for line in text.splitlines():
        if "|" not in line or (not in_table and not line.strip().startswith("|")):
            in_table = False
            lines.append(_without_marks(line, (*_OF_LINES, *_MARKS)))
            continue
        if not in_table:
            grids.append([])
        in_table = True
        if _RULE.fullmatch(line):
            continue
        body = line.strip().removeprefix("|")
        body = body[:-1] if body.endswith("|") and not body.endswith("\\|") else body
        cells = [_without_marks(cell, _MARKS).strip() for cell in _CELLS.split(body)]
        grids[-1].append(cells)
        lines.append(" ".join(cells))
    return Reading("\n".join(lines), grids=grids)


def _without_marks(text: str, marks: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, put in marks:
        text = pattern.sub(put, text)
    return text


# JSON


def _json(path: Path, text: str) -> Mapping[str, Any]:
    """Raises UnreadableReading."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableReading(path, f"is no JSON: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError):
        raise UnreadableReading(path, "is no JSON: nested too deep, or a number too long") from None
    if not isinstance(found, dict):
        raise UnreadableReading(path, "is no object: a table of fields by name is wanted")
    return found


def reading_of(document: Mapping[str, Any], path: Path) -> Reading:
    """What a JSON object says: `text`, `codes`, `separator`, `fields`, `tables` by these names; of other names a
    value is a field, and a list of objects a table. What Donut writes (`gt_parse`, also as a text in
    `ground_truth`) is taken out of it. `path`: what errors speak of. Raises UnreadableReading."""
    if isinstance(inner := document.get("ground_truth"), str):
        document = _json(path, inner)
    if isinstance(inner := document.get("gt_parse", document.get("prediction")), dict):
        document = inner
    found = Reading(fields={}, tables={})
    named = {name: value for name, value in document.items() if name not in _OWN}
    for holder in ("fields", "tables"):
        held = document.get(holder)
        if isinstance(held, list):  # as in a truth: name and value, or rows
            _listed(found, held, path)
        elif isinstance(held, dict):
            named.update(held)
        elif held is not None:
            raise UnreadableReading(path, f"{holder}: a list or an object is wanted")
    for name, value in named.items():
        _take(found, str(name), value)
    if not found.fields and "fields" not in document:
        found.fields = None
    if not found.tables and "tables" not in document:
        found.tables = None
    if "text" in document:
        found.text = _text(document["text"])
    if isinstance(codes := document.get("codes"), list):
        found.codes = [_text(code.get("value", "")) if isinstance(code, dict) else _text(code) for code in codes]
    if isinstance(document.get("separator"), bool):
        found.separator = document["separator"]
    return found


_OWN: Final = frozenset({"text", "codes", "separator", "fields", "tables", "kind", "file_name", "words", "lines"})


def _take(found: Reading, name: str, value: Any) -> None:
    assert found.fields is not None and found.tables is not None
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        found.tables[name] = [{str(key): _text(cell) for key, cell in row.items()} for row in value]
    elif isinstance(value, list):
        found.fields[name] = [_text(each) for each in value]
    elif value is not None:
        found.fields[name] = [_text(value)]


def _listed(found: Reading, held: list[Any], path: Path) -> None:
    """Fields and tables as a truth has them. Raises UnreadableReading."""
    assert found.fields is not None and found.tables is not None
    for each in held:
        if not isinstance(each, dict) or not isinstance(name := each.get("name"), str):
            raise UnreadableReading(path, "fields and tables in a list are objects with a name")
        if isinstance(rows := each.get("rows"), list):
            found.tables.setdefault(name, []).extend(_row(row) for row in rows)
        else:
            found.fields.setdefault(name, []).append(_text(each.get("value", "")))


def _row(row: Any) -> dict[str, str]:
    if not isinstance(row, dict):
        return {}
    if isinstance(cells := row.get("cells"), list):
        return {str(c.get("column")): _text(c.get("value", "")) for c in cells if isinstance(c, dict)}
    return {str(key): _text(cell) for key, cell in row.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
