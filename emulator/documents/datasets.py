"""The truth of many pages as the data sets that programs learn from: COCO (objects on images) and Donut (fields and
tables as JSON lines)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from emulator.documents.truth import PageTruth, Polygon, area

COCO_FILE: Final = "coco.json"
DONUT_FILE: Final = "metadata.jsonl"
"""The name that Donut and the image folders of Hugging Face look for."""

CATEGORIES: Final = (
    ("picture", "region"),
    ("signature", "region"),
    ("table", "region"),
    ("stamp", "region"),
    ("code", "region"),
    ("row", "table"),
    ("cell", "table"),
    ("field", "text"),
    ("line", "text"),
    ("word", "text"),
)
"""Names of COCO's categories, numbered from 1 in this order, with what they are parts of."""


def write_coco(path: Path, title: str, pages: Iterable[tuple[PageTruth, str]]) -> None:
    """Write the objects of all pages as COCO (cocodataset.org, "Data format"): boxes and polygons in pixels, what
    they say as `text`, `name`, `value`. `pages`: each with the file of its image; they are gone through once, and
    not kept. Raises OSError."""
    number = 0
    images: list[dict[str, Any]] = []
    with path.open("w", encoding="utf-8", newline="\n") as file:
        info = {"description": title, "version": "1.0"}
        categories = [
            {"id": id, "name": name, "supercategory": above} for id, (name, above) in enumerate(CATEGORIES, 1)
        ]
        file.write(f'{{"info": {json.dumps(info, ensure_ascii=False)},\n"licenses": [],\n')
        file.write(f'"categories": {json.dumps(categories)},\n"annotations": [')
        for image, (truth, name) in enumerate(pages, 1):
            width, height = truth.image
            images.append({"id": image, "file_name": name, "width": width, "height": height})
            for category, polygon, more in _objects(truth):
                number += 1
                annotation = {"id": number, "image_id": image, "category_id": category, **_place(polygon), **more}
                file.write(f"{',' if number > 1 else ''}\n{json.dumps(annotation, ensure_ascii=False)}")
        file.write('\n],\n"images": [')
        file.write(",".join(f"\n{json.dumps(image, ensure_ascii=False)}" for image in images))
        file.write("\n]}\n")


_IDS: Final = {name: id for id, (name, _) in enumerate(CATEGORIES, 1)}


def _objects(truth: PageTruth) -> Iterator[tuple[int, Polygon, dict[str, Any]]]:
    for region in truth.regions:
        yield _IDS[region.kind], region.polygon, {}
    for code in truth.codes:
        yield _IDS["code"], code.polygon, {"name": code.kind, "value": code.value}
    for table in truth.tables:
        for row in table.rows:
            yield _IDS["row"], row.polygon, {"name": f"{table.name}.{row.number}"}
            for cell in row.cells:
                name = f"{table.name}.{row.number}.{cell.column}"
                yield _IDS["cell"], cell.polygon, {"name": name, "text": cell.text, "value": cell.value}
    for field in truth.fields:
        yield _IDS["field"], field.polygon, {"name": field.name, "value": field.value}
    for line in truth.lines:
        yield _IDS["line"], line.polygon, {"text": line.text}
    for word in truth.words:
        yield _IDS["word"], word.polygon, {"text": word.text}


def _place(polygon: Polygon) -> dict[str, Any]:
    xs, ys = zip(*polygon, strict=True)
    left, top = min(xs), min(ys)
    return {
        "bbox": [round(value, 2) for value in (left, top, max(xs) - left, max(ys) - top)],
        "segmentation": [[round(value, 2) for point in polygon for value in point]],
        "area": round(area(polygon), 2),
        "iscrowd": 0,
    }


def parse_of(truth: PageTruth) -> dict[str, Any]:
    """What a reader should make of a page: its kind, each field by name (a list where there are several), each
    table as a list of rows, values of codes."""
    found: dict[str, Any] = {"kind": truth.kind}
    for field in truth.fields:
        before = found.get(field.name)
        if before is None:
            found[field.name] = field.value
        else:
            found[field.name] = [*(before if isinstance(before, list) else [before]), field.value]
    for table in truth.tables:
        rows = [{cell.column: cell.value for cell in row.cells} for row in table.rows]
        found[table.name] = [*found.get(table.name, ()), *rows]
    if truth.codes:
        found["codes"] = [{"kind": code.kind, "value": code.value} for code in truth.codes]
    return found


def write_donut(path: Path, pages: Iterable[tuple[PageTruth, str]]) -> None:
    """Write a JSON line for each page as Donut reads them (github.com/clovaai/donut, "Data"): `file_name`, and
    `ground_truth`, a text that is JSON again, with `gt_parse` in it. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for truth, name in pages:
            told = json.dumps({"gt_parse": parse_of(truth)}, ensure_ascii=False)
            file.write(json.dumps({"file_name": name, "ground_truth": told}, ensure_ascii=False) + "\n")
