"""The truth as files: JSON by its schema, ALTO and hOCR as other programs read them, the gallery."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from document_pages import source_of, wanted
from lxml import etree
from PIL import Image

from emulator.documents import (
    DocumentSource,
    Exhibit,
    GalleryError,
    alto,
    every_kind,
    hocr,
    open_set,
    page_from_document,
    schema,
    write_gallery,
    write_set_truth,
    write_truth,
)
from emulator.imaging import affine

ALTO = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}


def test_every_page_follows_the_published_schema(tmp_path: Path) -> None:
    source = DocumentSource(every_kind(), seed=3, look="clean")
    page_schema, set_schema = schema("page-truth"), schema("set-truth")
    for found in (page_schema, set_schema):
        jsonschema.Draft202012Validator.check_schema(found)
    pages = []
    for index in range(len(source)):
        truth = source.truth(index, wanted(80))
        truth = truth.mapped(affine.shift(-40, 25), (500, 700))
        file = write_truth(tmp_path, truth)
        document = json.loads(file.read_text(encoding="utf-8"))
        jsonschema.validate(document, page_schema)
        again = page_from_document(document)
        assert [word.text for word in again.words] == [word.text for word in truth.words]
        assert json.loads(write_truth(tmp_path, again).read_text(encoding="utf-8")) == document
        pages.append((truth, f"{index}.png"))
    file = write_set_truth(tmp_path, source.document_set.title, pages)
    jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), set_schema)
    assert not list(tmp_path.glob(".*"))


def test_a_schema_refuses_what_is_wrong() -> None:
    from emulator.documents.truth_json import page_document

    document = page_document(source_of("letter").truth(0, wanted(50)))
    for change in (
        {"tables": [{"name": "items"}]},
        {"page": 0},
        {"side": "top"},
        {"words": [{"text": "x"}]},
        {"more": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, **change}, schema("page-truth"))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": "x"},
        {"format": "dsm-emulator page truth 1"},
        {"format": "dsm-emulator page truth 3", "image": 3},
        {"format": "dsm-emulator page truth 4"},
    ],
)
def test_a_damaged_truth_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="page truth"):
        page_from_document(document)


def test_a_truth_of_the_first_version_is_read() -> None:
    from emulator.documents.truth_json import page_document

    truth = source_of("invoice").truth(0, wanted(50))
    document = {**page_document(truth), "format": "dsm-emulator page truth 1"}
    del document["tables"]
    for part in ("words", "lines"):
        document[part] = [{key: item[key] for key in item if key != "source"} for item in document[part]]
    again = page_from_document(document)
    assert again.tables == ()
    assert [(word.text, word.source) for word in again.words] == [(word.text, "document") for word in truth.words]


def test_a_truth_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    truth = source_of("letter").truth(0, wanted(50))
    (tmp_path / "page.truth.json").mkdir()
    with pytest.raises(OSError):
        write_truth(tmp_path, truth, "page")
    assert [path.name for path in tmp_path.iterdir()] == ["page.truth.json"]


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
def test_alto_is_read_by_another_program(language: str, tmp_path: Path) -> None:
    truth = source_of("invoice", language=language).truth(0, wanted(300))
    file = tmp_path / "page.xml"
    file.write_bytes(alto(truth, "page.png"))
    program = Path(sys.executable).with_name("alto-tools")
    done = subprocess.run([program, "-t", file], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.split() == [word.text for word in truth.words]


def test_alto_says_where_words_are() -> None:
    truth = source_of("order-form").truth(0, wanted(300))
    root = etree.fromstring(alto(truth, 'a "page".png'))
    strings = root.findall(".//a:String", ALTO)
    assert [string.get("CONTENT") for string in strings] == [word.text for word in truth.words]
    for string, word in zip(strings, truth.words, strict=True):
        xs, ys = zip(*word.polygon, strict=True)
        box = [float(string.get(name) or "nan") for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
        assert box == pytest.approx([min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)], abs=0.011)
        assert ("hand" in (string.get("TAGREFS") or "").split()) == word.hand
    identifiers = root.xpath("//@ID")
    assert len(set(identifiers)) == len(identifiers)
    assert root.findtext(".//a:fileName", namespaces=ALTO) == 'a "page".png'


def test_hocr_says_where_words_are() -> None:
    truth = source_of("letter", language="de").truth(0, wanted(300))
    root = etree.fromstring(hocr(truth, 'a "page".png'))
    spans = root.xpath("//*[@class='ocrx_word']")
    assert [span.text for span in spans] == [word.text for word in truth.words]
    for span, word in zip(spans, truth.words, strict=True):
        box = re.match(r"bbox (\d+) (\d+) (\d+) (\d+); x_wconf 100; poly ", span.get("title"))
        assert box is not None
        left, top, right, bottom = map(int, box.groups())
        assert all(left <= x <= right and top <= y <= bottom for x, y in word.polygon)
    (page,) = root.xpath("//*[@class='ocr_page']")
    width, height = truth.image
    assert page.get("title") == f'image "a \\"page\\".png"; bbox 0 0 {width} {height}; ppageno 0; scan_res 300 300'


@pytest.mark.parametrize("language", ["en", "ar", "he", "ja"])
def test_hocr_passes_the_checker_of_its_specification(language: str, tmp_path: Path) -> None:
    source = source_of("invoice", "order-form", "separator", language=language)
    files = []
    for index in range(len(source)):
        files.append(tmp_path / f"{index}.hocr")
        files[-1].write_bytes(hocr(source.truth(index, wanted(150)), "page.png"))
    check = "import sys; from hocr_spec.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", check, "-p", "standard", *files], capture_output=True, text=True)
    # It knows no program of our name, and says so.
    told = [line.split()[0] for line in done.stdout.splitlines() if "Unknown ocr-system" not in line]
    assert told == ["[OK]"] * len(files), done.stdout + done.stderr
    (first, *_) = etree.parse(files[0]).xpath("//*[@class='ocr_par']")
    assert first.get("dir") == ("rtl" if language in ("ar", "he") else "ltr")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def test_a_gallery_links_every_page(tmp_path: Path) -> None:
    source = DocumentSource(open_set("office-day"), seed=3, pages=9)
    exhibits = []
    for index in range(len(source)):
        file = tmp_path / "pages & more" / f"{index}.png"
        file.parent.mkdir(exist_ok=True)
        source.page(index, wanted(50, "RGB")).image.save(file)
        exhibits.append(Exhibit(file, source.truth(index).kind, "<seed 3>"))
    page, contact = write_gallery(tmp_path / "gallery", "Office & day", exhibits)
    links = _Links()
    text = page.read_text(encoding="utf-8")
    links.feed(text)
    assert len(links.found) == 18
    from urllib.parse import unquote

    for link in links.found:
        assert (page.parent / unquote(link)).is_file(), link
    assert "Office &amp; day" in text
    assert "&lt;seed 3&gt;" in text
    with Image.open(contact) as sheet:
        assert sheet.width == 6 * 280
        assert sheet.height == 2 * 400
        colors = sheet.convert("L").getextrema()
    assert colors[0] < 80


def test_a_gallery_names_an_image_that_it_cannot_show(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(GalleryError, match=r"broken\.png: cannot be shown"):
        write_gallery(tmp_path / "gallery", "x", [Exhibit(tmp_path / "broken.png", "letter")])
