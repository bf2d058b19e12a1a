"""The truth in the formats of OCR programs: ALTO 4 and hOCR."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import Any, Final

from lxml import etree

from emulator.documents.truth import DOCUMENT, Line, PageTruth, Polygon, Word
from emulator.printing.setting import RIGHT_TO_LEFT

ALTO_NAMESPACE: Final = "http://www.loc.gov/standards/alto/ns-v4#"
ALTO_VERSION: Final = "4.4"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ALTO_MAP: Final[Any] = {None: ALTO_NAMESPACE}
_XHTML_MAP: Final[Any] = {None: _XHTML}
_SOFTWARE: Final = "dsm-emulator"
_CAPABILITIES: Final = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_lang ocrp_dir ocrp_poly"
_SCRIPTS: Final = {
    "ar": "Arab", "el": "Grek", "he": "Hebr", "hi": "Deva", "ja": "Jpan", "ko": "Kore", "ru": "Cyrl", "zh": "Hans",
}  # fmt: skip
"""ISO 15924, of the languages that are not written in Latin letters."""

_Block = list[tuple[Line, list[Word]]]


def _blocks(truth: PageTruth) -> list[_Block]:
    """Lines that follow each other closely, one below the other, are one block of text."""
    by_line: dict[int, list[Word]] = {}
    for word in truth.words:
        by_line.setdefault(word.line, []).append(word)
    blocks: list[_Block] = []
    last: tuple[float, float, float, float] | None = None
    for line in truth.lines:
        words = by_line.get(line.number)
        if not words:
            continue
        box = _box(line.polygon)
        tall = box[3] - box[1]
        follows = (
            last is not None
            and 0 <= box[1] - last[1] < 2.2 * max(tall, last[3] - last[1])
            and box[0] < last[2]
            and last[0] < box[2]
        )
        if follows:
            blocks[-1].append((line, words))
        else:
            blocks.append([(line, words)])
        last = box
    return blocks


def _box(polygon: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*polygon, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _around(lines: Sequence[Line]) -> tuple[float, float, float, float]:
    return _box([point for line in lines for point in line.polygon])


def alto(truth: PageTruth, image_file: str) -> bytes:
    """The page as ALTO 4 (Library of Congress), an XML document in UTF-8. Handwriting is marked by a tag, codes
    are graphical elements; words that a trace wrote have its name as a tag, and those of a table where
    they stand in it (`items.2.price`: the price in the second row)."""
    root = etree.Element(f"{{{ALTO_NAMESPACE}}}alto", nsmap=_ALTO_MAP, SCHEMAVERSION=ALTO_VERSION)
    description = _child(root, "Description")
    _child(description, "MeasurementUnit").text = "pixel"
    _child(_child(description, "sourceImageInformation"), "fileName").text = image_file
    step = _child(description, "Processing", ID="P1")
    _child(step, "processingCategory").text = "contentGeneration"
    _child(step, "processingStepDescription").text = f"set {truth.set}, seed {truth.seed}, page {truth.index + 1}"
    _child(_child(step, "processingSoftware"), "softwareName").text = _SOFTWARE
    cells = _cells(truth)
    _tags(root, truth, cells)
    width, height = truth.image
    page = _child(
        _child(root, "Layout"),
        "Page",
        ID="page1",
        PHYSICAL_IMG_NR=str(truth.index + 1),
        WIDTH=str(width),
        HEIGHT=str(height),
        PAGECLASS=truth.kind,
        QUALITY="OK",
    )
    space = _child(page, "PrintSpace", HPOS="0", VPOS="0", WIDTH=str(width), HEIGHT=str(height))
    for number, block in enumerate(_blocks(truth), 1):
        place = _place(_around([line for line, _ in block]))
        text_block = _child(space, "TextBlock", ID=f"block{number}", LANG=block[0][0].language, **place)
        for line, words in block:
            text_line = _child(text_block, "TextLine", ID=f"line{line.number + 1}", **_place(_box(line.polygon)))
            _shape(text_line, line.polygon)
            for position, word in enumerate(words):
                if position:
                    _child(text_line, "SP")
                attributes = {"CONTENT": word.text, "WC": "1", **_place(_box(word.polygon))}
                tags = [tag for tag in _tags_of(word) if tag]
                if (cell := cells.get(word.line)) is not None:
                    tags.append(".".join(cell))
                if tags:
                    attributes["TAGREFS"] = " ".join(tags)
                _shape(_child(text_line, "String", **attributes), word.polygon)
    for number, code in enumerate(truth.codes, 1):
        _shape(_child(space, "GraphicalElement", ID=f"code{number}", **_place(_box(code.polygon))), code.polygon)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _cells(truth: PageTruth) -> dict[int, tuple[str, str, str]]:
    """Line -> name of the table, number of the row (0: the header) and key of the column that it is."""
    found = {}
    for table in truth.tables:
        for number, cells in ((0, table.header), *((row.number, row.cells) for row in table.rows)):
            for cell in cells:
                found[cell.line] = (table.name, str(number), cell.column)
    return found


def _tags_of(word: Word) -> tuple[str, ...]:
    return ("hand" if word.hand else "", word.source if word.source != DOCUMENT else "")


def _tags(root: etree._Element, truth: PageTruth, cells: dict[int, tuple[str, str, str]]) -> None:
    used = dict.fromkeys(tag for word in truth.words for tag in _tags_of(word) if tag)
    if not used and not cells:
        return
    tags = _child(root, "Tags")
    for tag in used:
        _child(tags, "OtherTag", ID=tag, LABEL="handwriting" if tag == "hand" else tag)
    for table, row, column in dict.fromkeys(cells.values()):
        _child(tags, "StructureTag", ID=f"{table}.{row}.{column}", TYPE="cell", LABEL=f"{table} {row} {column}")


def _child(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{ALTO_NAMESPACE}}}{name}", attributes)


def _place(box: tuple[float, float, float, float]) -> dict[str, str]:
    left, top, right, bottom = box
    return {
        "HPOS": f"{left:.2f}",
        "VPOS": f"{top:.2f}",
        "WIDTH": f"{right - left:.2f}",
        "HEIGHT": f"{bottom - top:.2f}",
    }


def _shape(parent: etree._Element, polygon: Polygon) -> None:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in polygon)
    shape = etree.Element(f"{{{ALTO_NAMESPACE}}}Shape")
    etree.SubElement(shape, f"{{{ALTO_NAMESPACE}}}Polygon", POINTS=points)
    parent.insert(0, shape)


def hocr(truth: PageTruth, image_file: str) -> bytes:
    """The page as hOCR 1.2, an XHTML document in UTF-8. Attributes `data-table`, `data-row` (0: the header) and
    `data-column` say where a line stands in a table, `data-source` which trace wrote it."""
    root = etree.Element(f"{{{_XHTML}}}html", nsmap=_XHTML_MAP, lang=truth.language)
    head = _tag(root, "head")
    _tag(head, "title").text = f"{truth.set}, page {truth.index + 1}"
    _tag(head, "meta", **{"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"})
    _tag(head, "meta", name="ocr-system", content=_SOFTWARE)
    _tag(head, "meta", name="ocr-capabilities", content=_CAPABILITIES)
    languages = dict.fromkeys((truth.language, *(word.language for word in truth.words)))
    _tag(head, "meta", name="ocr-langs", content=" ".join(languages))
    scripts = dict.fromkeys(_SCRIPTS.get(language, "Latn") for language in languages)
    _tag(head, "meta", name="ocr-scripts", content=" ".join(scripts))
    _tag(head, "meta", name="ocr-number-of-pages", content="1")
    width, height = truth.image
    quoted = image_file.replace("\\", "\\\\").replace('"', '\\"')
    resolution = f"scan_res {truth.ppi[0]:g} {truth.ppi[1]:g}"
    title = f'image "{quoted}"; bbox 0 0 {width} {height}; ppageno {truth.index}; {resolution}'
    page = _tag(_tag(root, "body"), "div", **{"class": "ocr_page", "id": "page_1", "title": title})
    cells = _cells(truth)
    for number, block in enumerate(_blocks(truth), 1):
        around = _bbox(_around([line for line, _ in block]))
        area = _tag(page, "div", **{"class": "ocr_carea", "id": f"block_1_{number}", "title": around})
        paragraph = _tag(area, "p", **{"class": "ocr_par", "id": f"par_1_{number}", "title": around})
        language = block[0][0].language
        paragraph.set("lang", language)
        paragraph.set("dir", "rtl" if language in RIGHT_TO_LEFT else "ltr")
        for line, words in block:
            span = _tag(paragraph, "span", **{"class": "ocr_line", "id": f"line_1_{line.number + 1}"})
            span.set("title", _bbox(_box(line.polygon)))
            if line.source != DOCUMENT:
                span.set("data-source", line.source)
            for name, value in zip(("table", "row", "column"), cells.get(line.number, ()), strict=False):
                span.set(f"data-{name}", value)
            for position, word in enumerate(words, 1):
                points = " ".join(f"{round(x)} {round(y)}" for x, y in word.polygon)
                title = f"{_bbox(_box(word.polygon))}; x_wconf 100; poly {points}"
                attributes = {"class": "ocrx_word", "id": f"word_1_{line.number + 1}_{position}", "title": title}
                item = _tag(span, "span", **attributes)
                item.text = word.text
                item.tail = " "
    return etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=False, doctype="<!DOCTYPE html>"
    )


def _tag(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XHTML}}}{name}", attributes)


def _bbox(box: tuple[float, float, float, float]) -> str:
    """Whole pixels that hold it."""
    return f"bbox {floor(box[0])} {floor(box[1])} {ceil(box[2])} {ceil(box[3])}"
