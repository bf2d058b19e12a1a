"""Regions of a page (pictures, signatures, tables, stamps), and the data sets that are made of truths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from document_pages import source_of, wanted
from PIL import Image, ImageChops, ImageDraw

from emulator.documents import write_coco, write_donut
from emulator.documents.datasets import CATEGORIES
from emulator.documents.sheet import Sheet
from emulator.documents.truth import PageTruth, Polygon, Region, bounds
from emulator.documents.writing import sign
from emulator.imaging import affine


def box(polygon: Polygon) -> tuple[float, float, float, float]:
    (left, top), _, (right, bottom), _ = bounds([polygon])
    return left, top, right, bottom


def regions(truth: PageTruth, kind: str) -> list[Region]:
    return [region for region in truth.regions if region.kind == kind]


def inside(polygon: Polygon, point: tuple[float, float]) -> bool:
    """Of a convex polygon, whichever way it goes."""
    sides = [
        (bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax)
        for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    ]
    return all(side >= -1 for side in sides) or all(side <= 1 for side in sides)


@pytest.mark.parametrize(("language", "kind"), [("en", "signature"), ("he", "signature"), ("ja", "stamp")])
def test_a_signature_is_just_as_large_as_its_ink(language: str, kind: str) -> None:
    sheet = Sheet((4, 2), 150, "L", language)
    sign(sheet, 1.0, 1.2, 1.8, "長谷川 陽一" if language == "ja" else "Gregory Fisher")
    (region,) = sheet.regions
    ink = ImageChops.invert(sheet.image).getbbox()
    assert region.kind == kind and ink is not None
    assert box(region.polygon) == pytest.approx(ink, abs=1)


def test_every_kind_of_region_stands_where_it_was_drawn() -> None:
    truth = source_of("article").truth(0, wanted(50))
    (picture,) = regions(truth, "picture")
    image = source_of("article").page(0, wanted(50, "RGB")).image
    assert isinstance(image, Image.Image)
    crop = image.crop(box(picture.polygon))
    assert len(set(crop.convert("L").resize((20, 20)).tobytes())) > 40, "a photograph has many shades"
    invoice = source_of("invoice", language="he").truth(0, wanted(50))
    assert [r.polygon for r in regions(invoice, "table")] == [table.polygon for table in invoice.tables]
    assert len(regions(invoice, "picture")) == 1, "the logo"
    contract = source_of('kind = "contract"\npages = 2').truth(1, wanted(50))
    assert len(regions(contract, "signature")) == 2 and not regions(contract, "stamp")


def test_words_of_stamps_lie_in_their_regions_whatever_was_done_to_the_page() -> None:
    entry = (
        'kind = "letter"\n[documents.traces]\nstamp = "heavy"\nskew = "heavy"\nfeed_shift = "heavy"\nfolds = 0.5'
    )
    for seed in range(4):
        truth = source_of(entry, seed=seed).truth(0, wanted(60))
        found = regions(truth, "stamp")
        assert found and all(region.source == "stamp" for region in found)
        words = [word for word in truth.words if word.source == "stamp"]
        assert words
        for word in words:
            x = sum(point[0] for point in word.polygon) / len(word.polygon)
            y = sum(point[1] for point in word.polygon) / len(word.polygon)
            assert any(inside(region.polygon, (x, y)) for region in found), word.text


def test_regions_follow_maps_are_cut_and_hidden() -> None:
    truth = source_of("article").truth(0, wanted(50))
    (picture,) = regions(truth, "picture")
    left, top, right, bottom = box(picture.polygon)
    half = truth.mapped(affine.shift(-(left + right) / 2, 0), truth.image)
    (cut,) = regions(half, "picture")
    assert cut.partly and box(cut.polygon) == pytest.approx((0, top, (right - left) / 2, bottom), abs=0.5)
    assert not regions(truth.mapped(affine.shift(-2 * right, 0), truth.image), "picture")
    beneath = source_of("id-card").truth(0, wanted(50))
    sheet: Polygon = ((0, 0), (truth.image[0], 0), (truth.image[0], bottom + 5), (0, bottom + 5))
    covered = truth.covered(sheet, beneath)
    assert [(r.kind, r.source) for r in covered.regions] == [(r.kind, "double_feed") for r in beneath.regions]


def test_coco_has_every_object_with_the_box_of_its_polygon(tmp_path: Path) -> None:
    source = source_of("invoice", "article", 'kind = "contract"\npages = 2', seed=3)
    truths = [source.truth(index, wanted(60)) for index in range(len(source))]
    write_coco(tmp_path / "coco.json", "Test", ((truth, f"{n}.png") for n, truth in enumerate(truths)))
    found = json.loads((tmp_path / "coco.json").read_text(encoding="utf-8"))
    assert [(image["file_name"], image["width"], image["height"]) for image in found["images"]] == [
        (f"{n}.png", *truth.image) for n, truth in enumerate(truths)
    ]
    names = {category["id"]: category["name"] for category in found["categories"]}
    assert list(names.values()) == [name for name, _ in CATEGORIES]
    ids = [annotation["id"] for annotation in found["annotations"]]
    assert len(set(ids)) == len(ids)
    counted: dict[str, int] = {}
    for annotation in found["annotations"]:
        (flat,) = annotation["segmentation"]
        left, top, wide, high = annotation["bbox"]
        xs, ys = flat[::2], flat[1::2]
        assert [min(xs), min(ys), max(xs), max(ys)] == pytest.approx([left, top, left + wide, top + high], abs=0.02)
        mask = Image.new("1", truths[annotation["image_id"] - 1].image)
        name = names[annotation["category_id"]]
        if name == "picture":
            ImageDraw.Draw(mask).polygon(flat, fill=1)
            drawn = sum(mask.convert("L").point(bool).tobytes())
            assert drawn == pytest.approx(annotation["area"], rel=0.1)
        counted[name] = counted.get(name, 0) + 1
    assert counted["word"] == sum(len(truth.words) for truth in truths)
    assert counted["cell"] == sum(len(row.cells) for t in truths for table in t.tables for row in table.rows)
    assert counted["signature"] == 2 and counted["picture"] >= 2 and counted["code"] >= 1


def test_donut_reads_fields_and_rows_of_each_line(tmp_path: Path) -> None:
    source = source_of("invoice", "blank")
    truths = [source.truth(index, wanted(60)) for index in range(2)]
    write_donut(tmp_path / "metadata.jsonl", ((truth, f"{n}.png") for n, truth in enumerate(truths)))
    lines = [json.loads(line) for line in (tmp_path / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["file_name"] for line in lines] == ["0.png", "1.png"]
    # As donut/util.py does: a text that is JSON, with gt_parse in it.
    invoice, blank = (json.loads(line["ground_truth"])["gt_parse"] for line in lines)
    assert blank == {"kind": "blank"}
    fields = {field.name: field.value for field in truths[0].fields}
    assert invoice["total"] == fields["total"] and len(invoice["items"]) == len(truths[0].tables[0].rows)
    assert invoice["items"][0]["amount"] == truths[0].tables[0].rows[0].cells[-1].value
