"""Templates of users: what is on their pages, where, and what is told of mistakes."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from document_pages import digest, wanted
from optional_programs import needs_program
from PIL import Image, ImageChops, ImageDraw

from emulator.documents import (
    DocumentSetError,
    DocumentSource,
    PageTruth,
    TemplateError,
    set_from_text,
    template_set,
)
from emulator.documents.truth import bounds
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.pages import SourceError
from emulator.resources import resource_folder

SAMPLES = resource_folder("profiles") / "templates"


def source_of(
    template: Path, data: Path | None = None, *, language: str = "en", pages: int | None = None
) -> DocumentSource:
    made = template_set(template, data, language, pages=pages)
    return DocumentSource(made.found, seed=3, pages=pages, template=made, look="clean")


def file_of(folder: Path, name: str, content: str | list[dict[str, Any]]) -> Path:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder / name


def pdf_of(folder: Path, text: str, name: str = "made.pdf") -> Path:
    """A PDF document as another program writes it."""
    (folder / name).write_bytes(typst.compile(text.encode(), format="pdf", ignore_system_fonts=True, timestamp=0))
    return folder / name


def fields(truth: PageTruth) -> dict[str, str]:
    return {field.name: field.value for field in truth.fields}


def uncovered(image: Image.Image, truth: PageTruth) -> int:
    """Dark pixels outside of all words and regions."""
    ink = image.convert("L").point([255] * 110 + [0] * 146)
    draw = ImageDraw.Draw(ink)
    for item in (*truth.words, *truth.regions, *truth.fields):
        draw.polygon([*item.polygon], fill=0, outline=0)
    return sum(map(bool, ink.tobytes()))


# PDF documents


def test_a_placeholder_becomes_its_value_and_all_else_stays(tmp_path: Path) -> None:
    """Where no value is, the page is the template's without its placeholders, to the pixel."""
    ground = '#set page("a6", margin: 1cm)\n#place(rect(fill: aqua, width: 8cm, height: 3cm))\n'
    text = ground + "Hello {{name}}, and so on.\n\n{{last}}"
    template = pdf_of(tmp_path, text)
    plain = pdf_of(tmp_path, text.replace("{{last}}", "").replace("{{name}}, and so on.", ""), "plain.pdf")
    rows = [{"name": "Zoë Quill", "last": "fjord"}, {"name": "", "last": ""}]
    source = source_of(template, file_of(tmp_path, "d.json", rows))
    truth = source.truth(0, wanted(200))
    assert [word.text for word in truth.words] == ["Hello", "Zoë", "Quill,", "and", "so", "on.", "fjord"]
    assert fields(truth) == {"name": "Zoë Quill", "last": "fjord"}
    (name, _) = truth.fields
    assert name.polygon == bounds(word.polygon for word in truth.words[1:3])
    image = source.page(0, wanted(200)).image
    other = source_of(plain, file_of(tmp_path, "e.json", [{"x": 1}])).page(0, wanted(200)).image
    assert isinstance(image, Image.Image) and isinstance(other, Image.Image)
    difference = ImageChops.difference(image, other)
    draw = ImageDraw.Draw(difference)
    for word in truth.words[1:]:
        draw.polygon([*word.polygon], fill=0, outline=0)
    assert difference.getextrema()[1] < 40, "nothing but the values has been drawn"


def test_the_letter_that_comes_along(tmp_path: Path) -> None:
    source = source_of(SAMPLES / "letter.pdf", SAMPLES / "letter.csv")
    assert len(source) == 5
    for index in (0, 3):
        truth = source.truth(index, wanted(150))
        image = source.page(index, wanted(150)).image
        assert isinstance(image, Image.Image)
        assert uncovered(image, truth) == 0, "the polygons cover all words"
        told = fields(truth)
        assert set(told) == {"name", "address", "date", "due", "title", "fee", "card", "clerk"}
        assert told["address"].startswith(f"{told['name']}\n")
        assert "{{" not in " ".join(line.text for line in truth.lines)
        address = next(field for field in truth.fields if field.name == "address")
        lines = [line for line in truth.lines if bounds([line.polygon, address.polygon]) == address.polygon]
        assert [line.text for line in lines] == told["address"].split("\n")


def test_the_form_that_comes_along() -> None:
    source = source_of(SAMPLES / "form.pdf", SAMPLES / "form.json")
    row = json.loads((SAMPLES / "form.json").read_text(encoding="utf-8"))[1]
    truth = source.truth(1, wanted(100))
    told = fields(truth)
    assert {name: told[name] for name in ("books", "music", "pictures")} == dict.fromkeys(
        ("books", "music", "pictures"), "ticked"
    )
    assert fields(source.truth(0, wanted(100)))["music"] == "empty"
    for name in ("name", "home", "mail", "remarks", "signature", "photo"):
        assert told[name] == row[name]
    assert sorted(region.kind for region in truth.regions) == ["picture", "signature"]
    remarks = next(field for field in truth.fields if field.name == "remarks")
    inside = [line.text for line in truth.lines if bounds([line.polygon, remarks.polygon]) == remarks.polygon]
    assert len(inside) > 1 and " ".join(inside) == row["remarks"], "it is broken into lines"


def test_a_page_that_is_cropped_is_filled_as_it_is_seen(tmp_path: Path) -> None:
    """And each page of several."""
    text = "#set page(width: 9cm, height: 6cm)\nDear {{name}}, good morning\n#pagebreak()\nSigned by {{name}}"
    pdf_of(tmp_path, text)
    document = pypdfium2.PdfDocument(tmp_path / "made.pdf")
    document[1].set_cropbox(20, 0, 255.1, 170.1)
    document.save(tmp_path / "other.pdf")
    document[0].set_rotation(90)
    document.save(tmp_path / "turned.pdf")
    data = file_of(tmp_path, "d.json", [{"name": "Zoë Quill"}])
    assert "turned.pdf: page 1: {{name}} is turned: a value can only be set level" in told(
        tmp_path / "turned.pdf", data
    )
    source = source_of(tmp_path / "other.pdf", data)
    plain = source_of(tmp_path / "made.pdf", data)
    assert len(source) == len(plain) == 2
    cropped, whole = source.truth(1, wanted(144)), plain.truth(1, wanted(144))
    assert [word.text for word in cropped.words] == ["Signed", "by", "Zoë", "Quill"]
    assert cropped.image[0] == pytest.approx(whole.image[0] - 40, abs=1)
    for word, other in zip(cropped.words, whole.words, strict=True):
        assert word.polygon[0][0] == pytest.approx(other.polygon[0][0] - 40, abs=1.5)
        assert word.polygon[0][1] == pytest.approx(other.polygon[0][1], abs=1.5)
    image = source.page(1, wanted(144)).image
    assert isinstance(image, Image.Image) and uncovered(image, cropped) == 0


def test_words_of_a_page_that_is_stored_turned(tmp_path: Path) -> None:
    pdf_of(tmp_path, "#set page(width: 9cm, height: 6cm)\nSeveral words on a line, \\\nand on another")
    document = pypdfium2.PdfDocument(tmp_path / "made.pdf")
    document[0].set_rotation(270)
    document.save(tmp_path / "other.pdf")
    source = source_of(tmp_path / "other.pdf", file_of(tmp_path, "d.json", [{"a": 1}]))
    truth = source.truth(0, wanted(144))
    assert [line.text for line in truth.lines] == ["Several words on a line,", "and on another"]
    image = source.page(0, wanted(144)).image
    assert isinstance(image, Image.Image) and image.height > image.width and uncovered(image, truth) == 0


def test_rows_of_a_table_by_placeholders(tmp_path: Path) -> None:
    cells = "".join(f"[{{{{items.{n}.item}}}}], [{{{{items.{n}.price:right}}}}]," for n in (1, 2, 3))
    template = pdf_of(tmp_path, f'#set page("a6")\n#table(columns: (5cm, 4cm), stroke: none, {cells})')
    items = [{"item": "Ink", "price": "1.50"}, {"item": "Paper", "price": "12.00"}]
    source = source_of(template, file_of(tmp_path, "d.json", [{"items": items}]))
    (table,) = source.truth(0, wanted(150)).tables
    assert table.columns == ("item", "price")
    assert [[cell.value for cell in row.cells] for row in table.rows] == [["Ink", "1.50"], ["Paper", "12.00"]]
    rights = [row.cells[1].polygon[1][0] for row in table.rows]
    assert abs(rights[0] - rights[1]) <= 2, "they end below each other"
    source = source_of(template, file_of(tmp_path, "e.json", [{"items": items * 2}]))
    with pytest.raises(SourceError, match=r"e\.json:1: page 1 of made\.pdf: items: 4 rows, .* places for 3"):
        source.page(0, wanted(50))


# Typst


TYPST = """
#let row = json(bytes(sys.inputs.row))
#set page("a6", margin: 1cm)
#set text(size: 10pt, lang: row.at("language", default: "en"))
Dear #link("field:name", row.name), the sum is #link("field:total")[#row.total EUR]. The town is #row.town.
#table(columns: 2, ..row.items.enumerate(start: 1).map(((n, i)) => (
  link("cell:items." + str(n) + ".item", i.item), link("cell:items." + str(n) + ".price", i.price))).flatten())
#link("region:stamp", rect(width: 2cm, height: 1cm))
#link("code:QRCode:name", square(size: 2cm))
#for n in range(row.pages - 1) [#pagebreak() Page #(n + 2)]
"""
ROW = {
    "name": "Ann Lee", "total": "12.50", "town": "Aberystwyth", "pages": 1,
    "items": [{"item": "Ink", "price": "1.50"}, {"item": "Reams of white office paper", "price": "11.00"}],
}  # fmt: skip


def test_links_say_what_stands_on_the_page(tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", TYPST)
    source = source_of(template, file_of(tmp_path, "d.json", [ROW]))
    truth = source.truth(0, wanted(150))
    assert fields(truth) == {"name": "Ann Lee", "total": "12.50", "town": "Aberystwyth"}
    (table,) = truth.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Ink", "1.50"], ["Reams of white office paper", "11.00"]
    ]  # fmt: skip
    lines = {line.number: line.text for line in truth.lines}
    assert all(lines[cell.line] == cell.text for row in table.rows for cell in row.cells)
    assert [region.kind for region in truth.regions] == ["stamp", "table"]
    (code,) = truth.codes
    assert (code.kind, code.value) == ("QRCode", "Ann Lee") and code.module > 3
    assert truth.kind == "t"


@pytest.mark.parametrize("language", ["en", "ar", "ja", "hi"])
def test_words_are_those_that_another_reader_finds_in_the_document(language: str, tmp_path: Path) -> None:
    """pdftotext's, and as tight around their ink as they can be."""
    pdftotext = needs_program("pdftotext")
    texts = {"en": "efficient office, fjord", "ar": "مرحبا بالعالم", "ja": "東京都港区", "hi": "नमस्ते दुनिया"}
    body = f'#set page("a6")\n#set text(font: ("Libertinus Serif", "Amiri"), lang: "{language}")\n{texts[language]}'
    template = file_of(tmp_path, "t.typ", body)
    source = source_of(template, file_of(tmp_path, "d.json", [{"a": 1}]), language=language)
    truth = source.truth(0, wanted(200))
    from emulator.printing.faces import font_folders

    pdf = typst.compile(body.encode(), format="pdf", ignore_system_fonts=True, font_paths=font_folders())
    (tmp_path / "x.pdf").write_bytes(pdf)
    done = subprocess.run([pdftotext, tmp_path / "x.pdf", "-"], capture_output=True, check=True)
    marks = {ord(mark): None for mark in "\u200e\u200f\u202a\u202b\u202c\f"}
    assert [word.text for word in truth.words] == done.stdout.decode().translate(marks).split()
    image = source.page(0, wanted(200)).image
    assert isinstance(image, Image.Image) and uncovered(image, truth) == 0


def test_documents_have_as_many_pages_as_their_rows_make(tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", TYPST)
    rows = [{**ROW, "pages": pages, "town": f"Town{pages}x"} for pages in (2, 1, 3)]
    source = source_of(template, file_of(tmp_path, "d.json", rows))
    truths = [source.truth(index, wanted(40)) for index in range(len(source))]
    assert [(t.document, t.page_of_document, t.pages_in_document) for t in truths] == [
        (0, 1, 2), (0, 2, 2), (1, 1, 1), (2, 1, 3), (2, 2, 3), (2, 3, 3)
    ]  # fmt: skip
    again = source_of(template, tmp_path / "d.json", pages=8)
    assert len(again) == 8 and again.truth(6, wanted(40)).document == 3
    assert fields(again.truth(6, wanted(40)))["town"] == "Town2x", "the first row again"


def test_a_page_is_the_same_alone_in_any_order_and_in_another_process(tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", TYPST)
    data = file_of(tmp_path, "d.json", [{**ROW, "town": f"Town{n}x"} for n in range(3)])
    source = source_of(template, data)
    forwards = [digest(source, index, wanted(60, "RGB")) for index in range(3)]
    other = pickle.loads(pickle.dumps(source))
    assert [digest(other, index, wanted(60, "RGB")) for index in (2, 0, 1)] == [forwards[n] for n in (2, 0, 1)]
    assert len(set(forwards)) == 3
    invented = source_of(SAMPLES / "invoice.typ", pages=2)
    again = pickle.loads(pickle.dumps(invented))
    assert digest(invented, 1, wanted(40)) == digest(again, 1, wanted(40)) != digest(again, 0, wanted(40))


def test_a_template_in_a_set_goes_through_the_same_maps(tmp_path: Path) -> None:
    for name in ("letter.pdf", "letter.csv"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    text = """
title = "Letters"
[[documents]]
kind = "template"
template = "letter.pdf"
data = "letter.csv"
copies = 2
turned = 90
[documents.traces]
skew = "heavy"
[[documents]]
kind = "blank"
"""
    found = set_from_text(text, "letters", str(tmp_path / "letters.toml"))
    source = DocumentSource(found, seed=1, pages=6, look="clean")
    names = [fields(source.truth(index, wanted(50))).get("title") for index in range(6)]
    assert names == [
        "A short history of ink", "Paper and its makers", None, "The lighthouse", "Bees in the city", None
    ]  # fmt: skip
    truth = source.truth(0, wanted(150))
    image = source.page(0, wanted(150)).image
    assert isinstance(image, Image.Image) and image.width > image.height
    for word in truth.words:
        left, top, right, bottom = (
            f(p[n] for p in word.polygon) for f, n in ((min, 0), (min, 1), (max, 0), (max, 1))
        )
        assert image.convert("L").crop((int(left), int(top), int(right) + 1, int(bottom) + 1)).getextrema()[0] < 140


# Mistakes


def told(template: Path, data: Path | None, **more: Any) -> str:
    """What is said when the pages are opened and drawn."""
    try:
        source = source_of(template, data, **more)
        for index in range(len(source)):
            source.page(index, wanted(40))
    except (TemplateError, SourceError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#let x =\n", "t.typ:"),
        ("a\n#row.nosuch", "t.typ:3: dictionary does not contain key \"nosuch\""),
        ("#import \"@preview/cetz:0.3.0\"", "none is fetched: it is looked for in packages/preview/cetz/0.3.0"),
        ("#read(\"/etc/hostname\")", "t.typ:2: file not found"),
        ("#read(\"../secret\")", "would escape the project root"),
        ("#while true {}", "t.typ:2: condition is always true"),
        ("\u1200 \U0001F600", "t.typ: no font has \U0001F600 (U+1F600), \u1201 (U+1201), \u1200 (U+1200)"),
        ("#row.a", "no font has \u1201 (U+1201); fonts may lie in the folder fonts"),
        ("#link(\"region:photo\")[x]", "t.typ: page 1: region:photo: allowed are picture, signature, table, stamp"),
        ("#link(\"cell:items.price\")[x]", "cell:TABLE.ROW.COLUMN is wanted"),
        ("#link(\"code:QRCode:nosuch\")[x]", "with a column of the data"),
        ("#link(\"code:Morse:a\")[x]", "allowed kinds are Code39"),
        ("#for n in range(501) [x #pagebreak()]", "at most 500 are allowed"),
    ],
)  # fmt: skip
def test_mistakes_of_a_typst_file_are_told_with_their_line(text: str, says: str, tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", f'#let row = json(bytes(sys.inputs.row)); #set page("a7")\n{text}')
    file_of(tmp_path, "secret", "x")
    assert says in told(template, file_of(tmp_path, "d.json", [{"a": "\u1201"}]))


def test_a_mistake_that_a_later_row_makes_is_told_with_its_line(tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", "#let row = json(bytes(sys.inputs.row))\n#row.name")
    data = file_of(tmp_path, "d.jsonl", '{"name": "a"}\n{"name": "b"}\n{"nam": "c"}\n')
    said = told(template, data)
    assert "t.typ:2: dictionary does not contain key" in said and "d.jsonl:3" in said


@pytest.mark.parametrize(
    ("text", "rows", "says"),
    [
        ("{{name}} {{sum}}", [{"name": "a"}], "page 1: {{sum}} has no column; "),
        ("{{name", [{"name": "a"}], "page 1: '{{name' has no end on its line"),
        ("{{na me}}", [{"name": "a"}], "a name is letters"),
        ("{{name}}", [{"name": "x" * 200}], "d.json:1: page 1 of made.pdf: name: 'xxxx"),
        ("{{name}}", [{"name": "x"}, {"name": "x\n" * 60}], "lines are"),
        ("{{name}} #h(1cm) Fixed", [{"name": "It runs into what is fixed behind it"}], "there is room for"),
        ("{{name}}", [{"name": "x"}, {"nam": "y"}], "has no name"),
        ("{{name}}", [{"name": [1]}], "name: is no text and no number"),
        ("{{name}}", [{"name": "\u1200"}], "no installed font has"),
    ],
)  # fmt: skip
def test_mistakes_of_placeholders_are_told(
    text: str, rows: list[dict[str, Any]], says: str, tmp_path: Path
) -> None:
    template = pdf_of(tmp_path, f'#set page("a6")\n{text}')
    assert says in told(template, file_of(tmp_path, "d.json", rows))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "x" * 200}, "form.json:1: page 1 of form.pdf: name: is "),
        ({"remarks": "word " * 500}, "lines high, its field has room for"),
        ({"books": "perhaps"}, "books: 'perhaps' is no value of a box"),
        ({"photo": "nosuch.png"}, "photo: 'nosuch.png': No such file or directory"),
        ({"photo": "../logo.png"}, "lies outside of the folder of the data"),
        ({"photo": "form.json"}, "no PNG or JPEG"),
    ],
)
def test_mistakes_of_form_fields_are_told(change: dict[str, str], says: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "logo.png").write_bytes(b"")
    rows = json.loads((SAMPLES / "form.json").read_text(encoding="utf-8"))[:1]
    shutil.copy(SAMPLES / "logo.png", folder)
    data = file_of(folder, "form.json", [{**rows[0], **change}])
    assert says in told(SAMPLES / "form.pdf", data)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"no pdf at all", "a.pdf: "),
        ("a.pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF", "a.pdf: "),
        ("a.docx", b"PK", "a template is a PDF document (.pdf) or a Typst file (.typ)"),
        ("nosuch.pdf", None, "no such file"),
    ],
)
def test_what_is_no_template_is_refused(name: str, content: bytes | None, says: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert says in told(tmp_path / name, None)


@pytest.mark.parametrize(("size", "says"), [("70in", "a side has from 0.5 to 60"), ("0.1in", "a side has from")])
def test_a_page_that_no_scanner_takes_is_refused(size: str, says: str, tmp_path: Path) -> None:
    template = pdf_of(tmp_path, f"#set page(width: {size}, height: 5in, margin: 0pt)\n")
    assert says in told(template, None)


def test_a_large_page_is_not_drawn_at_any_resolution(tmp_path: Path) -> None:
    source = source_of(pdf_of(tmp_path, "#set page(width: 50in, height: 50in)\nx"))
    with pytest.raises(SourceError, match="pixels at 600 ppi; at most 89478485 are allowed"):
        source.page(0, wanted(600))


def test_what_typst_warns_of_is_told(tmp_path: Path) -> None:
    template = file_of(tmp_path, "t.typ", '#set text(font: "Comic Neue")\nx')
    (note,) = template_set(template, None, "en").notes
    assert note == f"{template}: line 1 of t.typ: unknown font family: comic neue"


def test_a_cut_off_document_is_refused(tmp_path: Path) -> None:
    data = (SAMPLES / "letter.pdf").read_bytes()
    (tmp_path / "a.pdf").write_bytes(data[: len(data) // 2])
    assert "cut off" in told(tmp_path / "a.pdf", SAMPLES / "letter.csv")


def test_a_template_that_goes_on_and_on_is_stopped(tmp_path: Path) -> None:
    text = "#{ let n = 0; for i in range(5000) { for j in range(5000) { n += 1 } }; n }"
    template = file_of(tmp_path, "t.typ", text)
    with pytest.raises(TemplateError, match=r"takes more than 0\.5 s"):
        template_set(template, file_of(tmp_path, "d.json", [{"a": 1}]), "en", limits=PageLimits(seconds=0.5))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('template = "nosuch.pdf"', "set.toml:4: page 1: documents[1].template: {folder}nosuch.pdf: no such file"),
        ("", "documents[1].template: missing"),
        (
            'template = "t.typ"\ndata = "bad.csv"',
            "set.toml:5: page 1: documents[1].data: {folder}bad.csv:2: 2",
        ),
        ('template = "t.typ"\nsize = "A4"', "has its own size"),
        ('template = "two.typ"\npages = 1', "has 2 pages; the set says 1"),
    ],
)
def test_mistakes_of_a_set_with_templates(entry: str, says: str, tmp_path: Path) -> None:
    file_of(tmp_path, "t.typ", "x")
    file_of(tmp_path, "two.typ", "x #pagebreak() y")
    file_of(tmp_path, "bad.csv", "name\na,b\n")
    text = f'title = "x"\n[[documents]]\nkind = "template"\n{entry}\n'
    with pytest.raises(DocumentSetError) as error:
        set_from_text(text, "set", str(tmp_path / "set.toml"))
    assert says.format(folder=f"{tmp_path}/") in str(error.value).replace("\\", "/")
