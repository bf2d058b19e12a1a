"""The truth as JSON (`docs/documents.md`, schemas in `emulator/documents/schemas`): one file a page, one for the
set."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from emulator.documents.truth import (
    FORMAT,
    FORMATS_READ,
    SET_FORMAT,
    Cell,
    Code,
    Field,
    Line,
    PageTruth,
    Polygon,
    Region,
    Row,
    Table,
    Trace,
    Word,
)

_PARTS: Final[dict[str, type]] = {"words": Word, "lines": Line, "fields": Field, "codes": Code}
_SCHEMAS: Final = Path(__file__).resolve().parent / "schemas"


def page_document(truth: PageTruth) -> dict[str, Any]:
    """Return the document that `page-truth.schema.json` describes."""
    result: dict[str, Any] = {
        "format": FORMAT,
        "set": truth.set,
        "seed": truth.seed,
        "page": truth.index + 1,
        "kind": truth.kind,
        "language": truth.language,
        "document": truth.document + 1,
        "page_of_document": truth.page_of_document,
        "pages_in_document": truth.pages_in_document,
        "side": truth.side,
        "blank": truth.blank,
        "sheet": {"width": truth.sheet[0], "height": truth.sheet[1]},
        "image": {"width": truth.image[0], "height": truth.image[1], "ppi": [_number(v) for v in truth.ppi]},
    }
    for name, part in _PARTS.items():
        result[name] = [_item(item, part) for item in getattr(truth, name)]
    result["tables"] = [_table(table) for table in truth.tables]
    result["regions"] = [_item(region, Region) for region in truth.regions]
    result["traces"] = [
        {"name": trace.name, "strength": trace.strength, "seed": trace.seed, "parameters": trace.parameters}
        for trace in truth.traces
    ]
    return result


def _item(item: Any, part: type) -> dict[str, Any]:
    return {field.name: _plain(getattr(item, field.name)) for field in fields(part)}


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "columns": list(table.columns),
        "polygon": _plain(table.polygon),
        "header": [_item(cell, Cell) for cell in table.header],
        "rows": [
            {
                "number": row.number,
                "polygon": _plain(row.polygon),
                "cells": [_item(cell, Cell) for cell in row.cells],
                "partly": row.partly,
            }
            for row in table.rows
        ],
        "partly": table.partly,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [[_number(x), _number(y)] for x, y in value]
    return _number(value) if isinstance(value, float) else value


def _number(value: float) -> float | int:
    """Round to a hundredth of a pixel; whole numbers have no point."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def page_from_document(document: Mapping[str, Any]) -> PageTruth:
    """The truth that a page's JSON says. Raises ValueError for one that is of another format or damaged."""
    if document.get("format") not in FORMATS_READ:
        raise ValueError(f"no page truth of the format {FORMAT!r}")
    try:
        image, sheet = document["image"], document["sheet"]
        parts: dict[str, Any] = {
            name: tuple(_part(part, item) for item in document[name]) for name, part in _PARTS.items()
        }
        traces = tuple(Trace(t["name"], t["strength"], t["seed"], t["parameters"]) for t in document["traces"])
        same = ("set", "seed", "kind", "language", "page_of_document", "pages_in_document", "side", "blank")
        return PageTruth(
            index=document["page"] - 1,
            document=document["document"] - 1,
            sheet=(sheet["width"], sheet["height"]),
            image=(image["width"], image["height"]),
            ppi=(image["ppi"][0], image["ppi"][1]),
            traces=traces,
            tables=tuple(_table_from(item) for item in document.get("tables", ())),
            regions=tuple(_part(Region, item) for item in document.get("regions", ())),
            **{name: document[name] for name in same},
            **parts,
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"the page truth is damaged: {error}") from None


MAX_PAGE_BYTES: Final = 256 * 1024**2
"""Of the truth of a page; the largest that is written has some megabytes."""


def read_truth(path: Path) -> PageTruth:
    """The truth in a page's file. Raises OSError, and ValueError for one that is of another format or damaged."""
    with path.open("rb") as file:
        data = file.read(MAX_PAGE_BYTES + 1)
    if len(data) > MAX_PAGE_BYTES:
        raise ValueError("the page truth is damaged: too large")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("the page truth is damaged: no JSON") from None
    if not isinstance(document, dict):
        raise ValueError(f"no page truth of the format {FORMAT!r}")
    return page_from_document(document)


def _part(part: type, item: Mapping[str, Any]) -> Any:
    polygon: Polygon = tuple((float(x), float(y)) for x, y in item["polygon"])
    return part(**{**item, "polygon": polygon})


def _table_from(item: Mapping[str, Any]) -> Table:
    rows = (_part(Row, {**row, "cells": tuple(_part(Cell, cell) for cell in row["cells"])}) for row in item["rows"])
    header = tuple(_part(Cell, cell) for cell in item["header"])
    found: Table = _part(Table, {**item, "columns": tuple(item["columns"]), "header": header, "rows": tuple(rows)})
    return found


def write_truth(folder: Path, truth: PageTruth, stem: str | None = None) -> Path:
    """Write a page's truth as `<stem>.truth.json`, whole or not at all; returns the file. Raises OSError."""
    name = stem or f"{truth.set}-{truth.index + 1:04}"
    return _write(folder / f"{name}.truth.json", page_document(truth))


def write_set_truth(folder: Path, title: str, pages: Iterable[tuple[PageTruth, str]], stem: str = "set") -> Path:
    """Write the truth of a set: every page in short, with the file that holds its image. `pages` has at least
    one. Raises OSError, ValueError."""
    listed = list(pages)
    if not listed:
        raise ValueError("a set has at least one page")
    first = listed[0][0]
    entries = [
        {
            "page": truth.index + 1,
            "file": file,
            "kind": truth.kind,
            "language": truth.language,
            "document": truth.document + 1,
            "page_of_document": truth.page_of_document,
            "side": truth.side,
            "blank": truth.blank,
            "codes": [{"kind": code.kind, "value": code.value} for code in truth.codes],
            "traces": sorted({trace.name for trace in truth.traces}),
        }
        for truth, file in listed
    ]
    document = {"format": SET_FORMAT, "set": first.set, "title": title, "seed": first.seed, "pages": entries}
    return _write(folder / f"{stem}.truth.json", document)


def _write(path: Path, document: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def schema(name: str) -> dict[str, Any]:
    """The JSON schema `page-truth` or `set-truth`. Raises OSError for another name."""
    found: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found
