"""Same seed, same bytes: whatever the order, the threads, the process and its hash seed."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from document_pages import digest, source_of, wanted
from programs import with_helpers

from emulator.documents import DocumentSource, SeedOutOfRange, every_kind, every_trace, open_set

STACK = (
    "letter",
    'kind = "invoice"\nlanguage = "de"',
    'kind = "order-form"\nlanguage = "ru"',
    'kind = "contract"\nbacks = "printed"',
    'kind = "receipt"\nlanguage = "ar"',
    'kind = "cheque"\nturned = 90',
    "id-card",
    "codes",
)


def test_every_kind_is_the_same_in_another_order_and_on_more_threads() -> None:
    what = wanted(60, "RGB")
    pages = range(len(DocumentSource(every_kind(), seed=7)))
    forwards = DocumentSource(every_kind(), seed=7)
    once = [digest(forwards, index, what) for index in pages]
    backwards = DocumentSource(every_kind(), seed=7)
    assert [digest(backwards, index, what) for index in reversed(pages)] == once[::-1]
    with ThreadPoolExecutor(4) as pool:
        # A source of its own for every page: any page can be made alone.
        apart = pool.map(lambda index: digest(DocumentSource(every_kind(), seed=7), index, what), pages)
        assert list(apart) == once
    assert len(set(once)) == len(once)


def test_every_trace_is_the_same_in_another_order_and_on_more_threads() -> None:
    what = wanted(40, "RGB")
    pages = range(len(DocumentSource(every_trace(), seed=7)))
    forwards = DocumentSource(every_trace(), seed=7)
    once = [digest(forwards, index, what) for index in pages]
    with ThreadPoolExecutor(4) as pool:
        apart = pool.map(lambda index: digest(DocumentSource(every_trace(), seed=7), index, what), reversed(pages))
        assert list(apart) == once[::-1]
    assert len(set(once)) == len(once)


_PROCESS = """
import sys
from document_pages import digest, source_of, wanted
from test_documents_same_bytes import STACK
source = source_of(*STACK, seed=11)
for index in eval(sys.argv[1]):
    print(index, digest(source, index, wanted(60)))
"""


def test_two_processes_agree() -> None:
    source = source_of(*STACK, seed=11)
    here = {index: digest(source, index, wanted(60)) for index in range(len(source))}
    for hash_seed, order in (("1", sorted(here)), ("2", sorted(here, reverse=True))):
        done = subprocess.run(
            [sys.executable, "-c", _PROCESS, repr(order)],
            capture_output=True,
            text=True,
            check=True,
            env={**with_helpers(), "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        )
        there = dict(line.split() for line in done.stdout.splitlines())
        assert {int(index): value for index, value in there.items()} == here


def test_seeds_and_rounds_differ() -> None:
    source = source_of("letter", "invoice", pages=6, seed=3)
    other = source_of("letter", "invoice", pages=6, seed=4)
    digests = [digest(made, index, wanted(50)) for made in (source, other) for index in range(6)]
    assert len(set(digests)) == 12
    assert [source.truth(index).document for index in range(6)] == [0, 1, 2, 3, 4, 5]


def test_a_page_says_the_same_at_every_resolution_and_in_every_mode() -> None:
    source = source_of("letter", "invoice", "order-form", "statement", "contract", "article", "receipt", seed=5)
    for index in range(len(source)):
        truths = [source.truth(index, wanted(ppi, mode)) for ppi, mode in ((75, "L"), (200, "RGB"), (300, "1"))]
        assert len({tuple(word.text for word in truth.words) for truth in truths}) == 1
        assert len({tuple((field.name, field.value) for field in truth.fields) for truth in truths}) == 1


def test_the_seed_has_limits() -> None:
    office = open_set("office-day")
    DocumentSource(office, seed=2**63 - 1).truth(0, wanted(40))
    for seed in (-1, 2**63):
        with pytest.raises(SeedOutOfRange, match=f"seed {seed} is out of range: 0 to 9223372036854775807"):
            DocumentSource(office, seed=seed)


def test_the_number_of_pages_is_known_without_drawing() -> None:
    office = open_set("office-day")
    assert len(DocumentSource(office)) == len(office.sides())
    source = DocumentSource(office, pages=1000)
    assert len(source) == 1000
    with pytest.raises(IndexError):
        source.page(1000)
    with pytest.raises(ValueError, match="at least one page"):
        DocumentSource(office, pages=0)
