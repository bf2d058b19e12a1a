"""What pipelines make of stacks with separators: told by the set, and found on its pages by the readers that they
use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import zxingcpp
from document_pages import wanted
from optional_programs import needs_program
from PIL import Image

from emulator.documents import DocumentSource, by_all_codes, by_patch_t, open_set, set_from_text
from emulator.documents.splitting import Part

Found = list[tuple[list[int], str | None, list[str]]]


def told(parts: list[Part]) -> Found:
    return [(part.pages, part.serial_number, part.tags) for part in parts]


def split_by(texts: list[set[str]], *, asn_and_tags: bool) -> Found:
    """As paperless-ngx does it: a page with PATCHT ends a document and is dropped; another with ASN or TAG begins
    one, unless the document is empty yet."""
    found: Found = [([], None, [])]
    for number, said in enumerate(texts, 1):
        if "PATCHT" in said:
            found.append(([], None, []))
            continue
        asn = next((text for text in said if text.startswith("ASN")), None) if asn_and_tags else None
        tags = [text.removeprefix("TAG:") for text in said if text.startswith("TAG:")] if asn_and_tags else []
        if (asn or tags) and found[-1][0]:
            found.append(([], None, []))
        pages, known, known_tags = found[-1]
        found[-1] = ([*pages, number], asn or known, [*known_tags, *tags])
    return [part for part in found if part[0]]


@pytest.mark.parametrize("name", ["paperless", "splitting"])
def test_readers_split_a_stack_as_the_set_says(name: str, tmp_path: Path) -> None:
    program = needs_program("zbarimg")
    document_set = open_set(name)
    source = DocumentSource(document_set, seed=3)
    by_zxing, by_zbar = [], []
    for index in range(len(source)):
        page = source.page(index, wanted(300)).image
        assert isinstance(page, Image.Image)
        by_zxing.append({each.text for each in zxingcpp.read_barcodes(page)})
        page.save(tmp_path / "page.png")
        command = [program, "-q", "--raw", tmp_path / "page.png"]
        by_zbar.append(set(subprocess.run(command, capture_output=True, text=True).stdout.splitlines()))
    for texts in (by_zxing, by_zbar):
        assert split_by(texts, asn_and_tags=False) == told(by_patch_t(document_set))
        assert split_by(texts, asn_and_tags=True) == told(by_all_codes(document_set))


def test_no_document_is_empty_and_no_page_is_lost_or_doubled() -> None:
    document_set = open_set("paperless")
    sides = document_set.sides()
    separators = [number for number, side in enumerate(sides, 1) if side.entry.kind == "patcht-sheet"]
    for parts in (by_patch_t(document_set), by_all_codes(document_set)):
        assert all(part.pages for part in parts)
        pages = [page for part in parts for page in part.pages]
        assert pages == [number for number in range(1, len(sides) + 1) if number not in separators]
    assert len(by_all_codes(document_set)) > len(by_patch_t(document_set))


def test_the_back_of_a_separator_belongs_to_the_document_behind_it() -> None:
    text = """title = "Both sides"
[[documents]]
kind = "letter"
backs = "blank"
[[documents]]
kind = "patcht-sheet"
backs = "blank"
[[documents]]
kind = "separator"
codes = [{ kind = "Code128", value = "PATCHT" }]
[[documents]]
kind = "invoice"
"""
    found = told(by_all_codes(set_from_text(text, "both", "both.toml")))
    assert found == [([1, 2], None, []), ([4], None, []), ([6], None, [])]
