"""What programs of others read: tesseract the words, zxing and zbar the codes, where the truth says they are."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import zxingcpp
from document_pages import source_of, wanted
from hypothesis import given, settings
from hypothesis import strategies as st
from optional_programs import needs_program, skip_or_fail
from PIL import Image
from variants import exhaustive

from emulator.documents import symbols
from emulator.documents.truth import PageTruth, Word
from emulator.imaging.affine import Affine
from emulator.printing.codes import CODE_KINDS

TESSERACT = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pl": "pol"}
SAME = str.maketrans("’—–", "'--")


def tesseract(image: Image.Image, folder: Path, language: str, layout: int) -> list[tuple[str, float, float]]:
    """Words and their middles."""
    program = needs_program("tesseract")
    languages = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=True).stdout
    if TESSERACT[language] not in languages.split():
        skip_or_fail(f"tesseract has no language {TESSERACT[language]}")
    file = folder / "page.png"
    image.save(file, dpi=(300, 300))
    done = subprocess.run(
        [program, file, "-", "-l", TESSERACT[language], "--psm", str(layout), "--dpi", "300", "tsv"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        encoding="utf-8",
    )
    found = []
    for row in csv.DictReader(io.StringIO(done.stdout), delimiter="\t", quoting=csv.QUOTE_NONE):
        if (row["text"] or "").strip():
            left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
            found.append((row["text"].translate(SAME), left + width / 2, top + height / 2))
    return found


def read(truth: PageTruth, found: list[tuple[str, float, float]]) -> tuple[int, list[str]]:
    """How many printed words there are, and those that were not read inside of their polygons."""
    missing = []
    words = [word for word in truth.words if not word.hand]
    for word in words:
        inside = [text for text, x, y in found if _holds(word, x, y)]
        if word.text.translate(SAME) not in (*inside, "".join(inside)):
            missing.append(word.text)
    return len(words), missing


def run_together(truth: PageTruth, missing: Sequence[str], found: list[tuple[str, float, float]]) -> int:
    """How many of the words were read, but together with their neighbours: `1 155,95` as `1155,95`."""
    texts = {text for text, _, _ in found}
    lines: dict[int, list[str]] = {}
    for word in truth.words:
        if not word.hand:
            lines.setdefault(word.line, []).append(word.text.translate(SAME))
    joined: list[str] = []
    for words in lines.values():
        for begin in range(len(words)):
            for end in range(begin + 2, min(len(words), begin + 4) + 1):
                if "".join(words[begin:end]) in texts:
                    joined += words[begin:end]
    return sum((Counter(text.translate(SAME) for text in missing) & Counter(joined)).values())


def _holds(word: Word, x: float, y: float) -> bool:
    xs, ys = zip(*word.polygon, strict=True)
    return min(xs) - 2 <= x <= max(xs) + 2 and min(ys) - 2 <= y <= max(ys) + 2


# Text is read as a page of columns, tables and tills as one column of lines.
PRINTED = {"letter": 3, "contract": 3, "article": 3, "invoice": 4, "statement": 4, "receipt": 4}


@pytest.mark.parametrize("kind", PRINTED)
def test_tesseract_reads_the_printed_latin_kinds(kind: str, tmp_path: Path) -> None:
    total, missing = 0, []
    for language in ("en", "de", "fr") if kind != "article" else ("en",):
        source = source_of(kind, language=language)
        page = source.page(0, wanted(300))
        words, lost = read(source.truth(0, wanted(300)), tesseract(page.image, tmp_path, language, PRINTED[kind]))
        total += words
        missing += lost
    assert total > 150
    assert len(missing) <= total * 0.02, f"{len(missing)} of {total}: {missing}"


@pytest.mark.parametrize("language", ["es", "it", "pl"])
def test_tesseract_reads_letters_in_other_languages(language: str, tmp_path: Path) -> None:
    source = source_of("letter", language=language, seed=1)
    page = source.page(0, wanted(300))
    total, missing = read(source.truth(0, wanted(300)), tesseract(page.image, tmp_path, language, 3))
    assert total > 100
    assert len(missing) <= total * 0.02, f"{len(missing)} of {total}: {missing}"


LAYOUTS = {
    "article": 3, "cheque": 11, "contract": 4, "delivery-note": 4, "form": 11, "id-card": 3, "invoice": 4,
    "letter": 3, "order-form": 11, "payslip": 3, "receipt": 4, "statement": 11, "table-sheet": 3,
}  # fmt: skip
"""The page analysis of tesseract that suits a kind: page, column of lines, or scattered text."""


@exhaustive
@pytest.mark.parametrize("language", TESSERACT)
def test_tesseract_reads_all_kinds_of_all_latin_languages(language: str, tmp_path: Path) -> None:
    total = lost = 0
    for kind, layout in LAYOUTS.items():
        for seed in (3, 4):
            source = source_of(kind, language=language, seed=seed)
            page, truth = source.page(0, wanted(300)), source.truth(0, wanted(300))
            found = tesseract(page.image, tmp_path, language, layout)
            words, missing = read(truth, found)
            total += words
            lost += len(missing) - run_together(truth, missing, found)
    assert total > 2000
    assert lost <= total * 0.02, f"{lost} of {total}"


def check_codes(image: Image.Image, truth: PageTruth) -> None:
    """Every code of the truth is read by zxing, in its polygon."""
    for code in truth.codes:
        if code.kind == "Patch":
            continue
        found = zxingcpp.read_barcodes(image, formats=getattr(zxingcpp.BarcodeFormat, code.kind))
        read_code = next((other for other in found if other.text == code.value), None)
        assert read_code is not None, f"{code.kind} {code.value!r} is not among {[other.text for other in found]}"
        position = read_code.position
        xs, ys = zip(*code.polygon, strict=True)
        for corner in (position.top_left, position.bottom_right):
            assert min(xs) - 3 * code.module <= corner.x <= max(xs) + 3 * code.module
            assert min(ys) - 3 * code.module <= corner.y <= max(ys) + 3 * code.module


def test_zxing_reads_every_code_of_every_kind_that_has_codes() -> None:
    source = source_of("codes", "separator", "invoice", "receipt", 'kind = "codes"\nlanguage = "ar"', seed=9)
    for index in range(len(source)):
        truth = source.truth(index, wanted(300))
        assert truth.codes
        assert all(code.module >= 3 for code in truth.codes)
        check_codes(source.page(index, wanted(300)).image, truth)


SPLITTING = (
    "patcht-sheet",
    'kind = "tag-sheet"\ntag = "orders"',
    'kind = "contract"\nsticker = "ASN{number}"',
    'kind = "invoice"\nsticker = "ASN00042"\nlanguage = "ar"',
)
SAID = ({"PATCHT"}, {"TAG:orders"}, {"ASN00003"}, {"ASN00042"})


def test_zxing_and_zbar_read_what_naps2_and_paperless_split_at(tmp_path: Path) -> None:
    """Texts and symbologies as their documents have them (see the sheets' module), at what offices scan."""
    source = source_of(*SPLITTING, seed=2)
    first = [index for index in range(len(source)) if source.truth(index, wanted(25)).page_of_document == 1]
    program = needs_program("zbarimg")
    for index, said in zip(first, SAID, strict=True):
        for ppi in (150, 300):
            page, truth = source.page(index, wanted(ppi)).image, source.truth(index, wanted(ppi))
            assert {code.value for code in truth.codes if code.value in said} == said
            found = {each.text for each in zxingcpp.read_barcodes(page)}
            assert said <= found
            page.save(tmp_path / "page.png")
            command = [program, "-q", "--raw", tmp_path / "page.png"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert said <= set(done.stdout.split())
    labels = [field.value for index in first for field in source.truth(index, wanted(25)).fields]
    assert {"ASN00003", "ASN00042", "orders"} <= set(labels)


def box_of(polygon: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def test_a_label_covers_no_word() -> None:
    for kind in ("letter", "invoice", "statement", "contract", "order-form"):
        for code in ("en", "de", "ar"):
            labelled = source_of(f'kind = "{kind}"\nsticker = "ASN{{number}}"', language=code)
            before = source_of(kind, language=code).truth(0, wanted(100)).words
            truth = labelled.truth(0, wanted(100))
            assert [word.text for word in truth.words] == [*(word.text for word in before), "ASN00001"]
            left, top, _, bottom = box_of(truth.codes[-1].polygon)
            right = box_of(truth.words[-1].polygon)[2]
            for word in before:
                a, b, c, d = box_of(word.polygon)
                assert c < left - 5 or a > right + 5 or d < top - 5 or b > bottom + 5


def test_zbar_reads_the_codes_that_it_knows(tmp_path: Path) -> None:
    program = needs_program("zbarimg")
    source = source_of("codes", seed=9)
    source.page(0, wanted(300)).image.save(tmp_path / "codes.png")
    done = subprocess.run(
        [program, "-q", "--raw", tmp_path / "codes.png"], capture_output=True, text=True, check=True
    )
    lines = set(done.stdout.splitlines())
    known = {"Code39", "Code128", "EAN13", "ITF", "QRCode"}
    assert {code.value for code in source.truth(0).codes if code.kind in known} <= lines


def _ean(digits: str) -> str:
    return digits + str((10 - sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits)) % 10) % 10)


_TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\"), min_size=4, max_size=18
)
# Six figures in Code 39 are a Code 32 as well, so these values begin with a letter.
VALUES = {
    "Code39": st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.", min_size=3, max_size=11).map("K{}".format),
    "Code128": _TEXT,
    "EAN13": st.text("0123456789", min_size=12, max_size=12).map(_ean),
    "ITF": st.text("0123456789", min_size=14, max_size=14),
    "QRCode": _TEXT,
    "DataMatrix": _TEXT,
    "PDF417": _TEXT,
    "Aztec": _TEXT,
}


@settings(max_examples=40, deadline=None)
@given(data=st.data(), kind=st.sampled_from(CODE_KINDS), module=st.sampled_from((0.03, 0.04, 0.05)))
def test_a_code_with_modules_of_three_pixels_is_read(data: st.DataObject, kind: str, module: float) -> None:
    value = data.draw(VALUES[kind])
    entry = (
        'size = "A3"\norientation = "landscape"\n'
        + f'kind = "codes"\ncodes = [{{ kind = "{kind}", value = \'{value}\', module = {module} }}]'
    )
    source = source_of(entry)
    truth = source.truth(0, wanted(100))
    assert truth.codes[0].module == round(module * 100)
    check_codes(source.page(0, wanted(100)).image, truth)


def test_codes_are_found_after_a_skew() -> None:
    source = source_of("codes", seed=4)
    image, truth = source.page(0, wanted(300)).image, source.truth(0, wanted(300))
    skew = Affine(0.9994, -0.0349, 60.0, 0.0349, 0.9994, -20.0)
    back = skew.inverse()
    coefficients = (back.a, back.b, back.c, back.d, back.e, back.f)
    moved = image.transform(
        image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor="white"
    )
    check_codes(moved, truth.mapped(skew, image.size))


@pytest.mark.parametrize("name", sorted(symbols.PATCHES))
def test_a_patch_code_has_the_bars_of_its_table(name: str) -> None:
    """Bars and spaces as Kodak's tables of edges have them, in inches (A-61599; i5000 user manual, page 6-10)."""
    edges = {
        "2": (0.20, 0.28, 0.36, 0.44, 0.52, 0.60, 0.80),
        "3": (0.20, 0.28, 0.36, 0.44, 0.64, 0.72, 0.80),
        "T": (0.08, 0.16, 0.36, 0.44, 0.52, 0.60, 0.80),
        "4": (0.08, 0.16, 0.36, 0.44, 0.64, 0.72, 0.80),
    }
    source = source_of(f'kind = "patch-sheet"\npatch = "{name}"')
    image, truth = source.page(0, wanted(300)).image, source.truth(0, wanted(300))
    patch = truth.codes[0]
    assert (patch.kind, patch.value) == ("Patch", name)
    (left, top), _, (right, bottom), _ = patch.polygon
    column = [image.getpixel((round((left + right) / 2), y)) for y in range(round(top) - 3, round(bottom) + 3)]
    changes = [at - 3 for at in range(1, len(column)) if (column[at] < 128) != (column[at - 1] < 128)]  # type: ignore[operator]
    assert changes[0] == pytest.approx(0, abs=1)
    widths = [(b - a) / 300 for a, b in pairwise(changes)]
    assert len(widths) == 7
    assert all(0.07 < wide < 0.09 or 0.19 < wide < 0.21 for wide in widths)
    if name in edges:
        for change, edge in zip(changes[1:], edges[name], strict=True):
            assert change / 300 == pytest.approx(edge, abs=0.01)
    assert sum(wide > 0.15 for wide in widths[::2]) == 2
