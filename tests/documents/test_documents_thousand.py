"""Documents by the hundred, judged by others: check digits by stdnum, codes by zxing and zbar, sums by Decimal,
files by the specification of hOCR and the published schema, the same bytes in any order. Not one may be wrong."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

import jsonschema
import pytest
import zxingcpp
from document_pages import digest, source_of, wanted
from lxml import etree
from optional_programs import needs_program
from PIL import Image
from stdnum import iban
from test_documents_countries import valid_tax_number

from emulator.documents import DocumentSource, alto, hocr, schema, write_truth
from emulator.documents.kinds import KINDS
from emulator.documents.languages import codes
from emulator.documents.truth import PageTruth

EXHAUSTIVE = os.environ.get("DSM_EXHAUSTIVE") == "1"
DOCUMENTS = 1000 if EXHAUSTIVE else 56
KIND_NAMES = sorted(kind.name for kind in KINDS.values() if kind.plans or kind.name == "cheque")
JUDGED_AT_ONCE = 40
FILES = 10
"""Whose hOCR is checked where the run is not a long one: the checker takes a third of a second for each."""


def entries() -> list[str]:
    """Kinds and languages in turn, some of several pages."""
    found = []
    pairs = itertools.cycle(itertools.product(KIND_NAMES, codes()))
    for number in range(DOCUMENTS):
        kind, code = next(itertools.islice(pairs, 2 * (not EXHAUSTIVE), None))
        pages = 1 + number % 3 if KINDS[kind].many_pages else 1
        found.append(f'kind = "{kind}"\nlanguage = "{code}"' + (f"\npages = {pages}" if pages > 1 else ""))
    return found


@pytest.fixture(scope="module")
def source() -> DocumentSource:
    return source_of(*entries(), seed=22)


@pytest.fixture(scope="module")
def documents(source: DocumentSource) -> list[list[PageTruth]]:
    found: dict[int, list[PageTruth]] = {}
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        found.setdefault(truth.document, []).append(truth)
    return list(found.values())


def fields_of(truths: list[PageTruth]) -> dict[str, str]:
    return {field.name: field.value for truth in truths for field in truth.fields}


def amounts(truths: list[PageTruth], table: str, column: str) -> list[Decimal]:
    return [
        Decimal(cell.value)
        for truth in truths
        for found in truth.tables
        if found.name == table
        for row in found.rows
        for cell in row.cells
        if cell.column == column
    ]


def wrong_numbers(truths: list[PageTruth]) -> Iterator[str]:
    fields, code = fields_of(truths), truths[0].language
    if "tax_number" in fields:
        yield "" if valid_tax_number(code, fields["tax_number"]) else f"tax number {fields['tax_number']}"
    for name in ("iban", "account"):
        value = fields.get(name, "")
        if value[:2].isalpha() and len(value) > 14:
            yield "" if iban.is_valid(value) else f"IBAN {value}"


def wrong_sums(truths: list[PageTruth]) -> Iterator[str]:
    fields, kind = fields_of(truths), truths[0].kind

    def check(what: str, left: Decimal, right: Decimal) -> str:
        return "" if left == right else f"{what}: {left} is not {right}"

    def value(name: str) -> Decimal:
        return Decimal(fields[name])

    if kind in ("invoice", "receipt"):
        net = sum(amounts(truths, "items", "amount"), Decimal(0))
        yield check("items", net, value("subtotal" if kind == "invoice" else "total"))
    if kind == "invoice":
        yield check("total", value("subtotal") + value("vat"), value("total"))
        if "cgst" in fields:
            yield check("halves", value("cgst") + value("sgst"), value("vat"))
    elif kind == "receipt":
        yield check("gross", sum(amounts(truths, "taxes", "gross"), Decimal(0)), value("total"))
        yield check("tax", sum(amounts(truths, "taxes", "tax"), Decimal(0)), value("vat"))
    elif kind == "statement":
        moved = sum(amounts(truths, "bookings", "amount"), Decimal(0))
        moved += sum(amounts(truths, "bookings", "credit"), Decimal(0))
        moved -= sum(amounts(truths, "bookings", "debit"), Decimal(0))
        yield check("balance", value("opening_balance") + moved, value("closing_balance"))
    elif kind == "payslip":
        yield check("earned", sum(amounts(truths, "earnings", "amount"), Decimal(0)), value("gross_pay"))
        yield check("paid out", value("gross_pay") - value("total_deductions"), value("net_pay"))


def test_no_number_and_no_sum_is_wrong(documents: list[list[PageTruth]]) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for truths in documents:
        for judge in (wrong_numbers, wrong_sums):
            told = [*judge(truths)]
            counts[judge.__name__] += len(told)
            wrong += [(truths[0].document, truths[0].kind, truths[0].language, text) for text in told if text]
    print(f"{len(documents)} documents: {dict(counts)} checks, {len(wrong)} wrong")
    assert wrong == []
    assert counts["wrong_numbers"] > DOCUMENTS / 3 and counts["wrong_sums"] > DOCUMENTS / 3


def test_every_code_is_read_by_zxing_and_by_zbar(source: DocumentSource, tmp_path: Path) -> None:
    program = needs_program("zbarimg")
    missed, read = [], 0
    for index in range(len(source)):
        coded = source.truth(index, wanted(25)).codes
        if not coded:
            continue
        page = source.page(index, wanted(200)).image
        assert isinstance(page, Image.Image)
        page.save(tmp_path / "page.png", compress_level=0)
        command = [program, "-q", "--raw", tmp_path / "page.png"]
        by_zbar = set(subprocess.run(command, capture_output=True, text=True).stdout.splitlines())
        by_zxing = {each.text for each in zxingcpp.read_barcodes(page)}
        for code in coded:
            read += 1
            if code.value not in by_zxing or code.value not in by_zbar:
                missed.append((index, code.kind, code.value))
    print(f"{read} codes, {len(missed)} missed")
    assert read > DOCUMENTS / 4 and missed == []


def test_files_follow_their_specifications(source: DocumentSource, tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema("page-truth"))
    files = []
    for index in range(len(source)):
        truth = source.truth(index, wanted(25))
        validator.validate(json.loads(write_truth(tmp_path, truth, f"{index}").read_text("utf-8")))
        root = etree.fromstring(alto(truth, "page.png"))
        names = [name for each in root.iter() if (name := each.get("ID"))]
        assert len(set(names)) == len(names)
        assert {tag for each in root.iter() for tag in (each.get("TAGREFS") or "").split()} <= set(names)
        if EXHAUSTIVE or index < FILES:
            files.append(tmp_path / f"{index}.hocr")
            files[-1].write_bytes(hocr(truth, "page.png"))
    check = "import sys; from hocr_spec.cli import main; sys.exit(main())"
    for start in range(0, len(files), JUDGED_AT_ONCE):
        group = files[start : start + JUDGED_AT_ONCE]
        done = subprocess.run(
            [sys.executable, "-c", check, "-p", "standard", *group], capture_output=True, text=True
        )
        told = [line.split()[0] for line in done.stdout.splitlines() if "Unknown ocr-system" not in line]
        assert told == ["[OK]"] * len(group), done.stdout + done.stderr


def _digests(indexes: list[int]) -> dict[int, str]:
    source = source_of(*entries(), seed=22)
    return {index: digest(source, index, wanted(40, "RGB")) for index in indexes}


def test_a_page_has_the_same_bytes_in_any_order_and_in_any_process(source: DocumentSource) -> None:
    count = min(len(source), 300 if EXHAUSTIVE else 14)
    indexes = [number * len(source) // count for number in range(count)]
    forwards = {index: digest(source, index, wanted(40, "RGB")) for index in indexes}
    mixed = indexes[:]
    random.Random(5).shuffle(mixed)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        parts = [*pool.map(_digests, [mixed[::2], mixed[1::2]])]
    assert {**parts[0], **parts[1]} == forwards
