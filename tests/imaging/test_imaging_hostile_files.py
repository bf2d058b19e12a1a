"""Files that a decoder works on for minutes, or with gigabytes, end within their bounds, and are named."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hostile_files import HOSTILE, write

from emulator.imaging.decoding.limits import PageLimits, parse_size, size_text
from emulator.imaging.files import count_pages, open_files
from emulator.imaging.pages import SourceError

SMALL = PageLimits(seconds=1.0, memory=384 * 1024**2)
SLOW = ("groups.pdf", "scans.jpg", "pages.tif")
LARGE = ("form-calls-itself.pdf", "levels-of-forms.pdf", "operators.pdf", "states.pdf")
LYING = ("count.pdf", "kids.pdf")
assert {*SLOW, *LARGE, *LYING} == set(HOSTILE)


def refusal(path: Path, limits: PageLimits = SMALL) -> str:
    begun = time.monotonic()
    with pytest.raises(SourceError) as caught:
        open_files([path], limits=limits)
    # The bound, and what a start and a busy machine take.
    assert time.monotonic() - begun < 2 * limits.seconds + 15
    assert caught.value.file == path
    return caught.value.reason


@pytest.mark.parametrize("name", SLOW)
def test_what_takes_too_long_is_ended_and_named_with_the_bound(name: str, tmp_path: Path) -> None:
    work = {"groups.pdf": "render", "scans.jpg": "decode", "pages.tif": "open"}[name]
    seconds = 0.3 if name == "pages.tif" else SMALL.seconds
    told = f"takes more than {seconds:g} s to {work}; --page-seconds allows more"
    assert refusal(write(name, tmp_path), PageLimits(seconds, SMALL.memory)) == told


@pytest.mark.parametrize("name", LARGE)
def test_what_takes_too_much_memory_is_ended_and_named_with_the_bound(name: str, tmp_path: Path) -> None:
    reason = refusal(write(name, tmp_path), PageLimits(seconds=30, memory=SMALL.memory))
    # PDFium may abort on the system's bound before the watch has seen it: then nobody knows for sure.
    aborted = "its process was ended by SIGABRT; if it lacked memory (384M are allowed), --page-memory allows more"
    assert reason in ("needs more than 384M of memory; --page-memory allows more", aborted)


@pytest.mark.parametrize("name", LYING)
def test_a_count_of_a_million_does_not_hold_up(name: str, tmp_path: Path) -> None:
    source = open_files([write(name, tmp_path)], limits=PageLimits(memory=1024**3))
    assert len(source) == 1_000_000
    told = "of the 1000000 pages that it counts 999999 are, the first of them page 2, not there"
    assert [note.partition(": ")[2] for note in source.notes] == ([told] if name == "count.pdf" else [])
    source.close()


def test_after_a_file_that_is_too_much_the_next_is_read(tmp_path: Path) -> None:
    """The child that died is another one's now, and what is bad is left out as any other bad file."""
    bad, good = (
        write("form-calls-itself.pdf", tmp_path),
        Path(__file__).parents[2] / "sample_images" / "invoice.pdf",
    )
    source = open_files([bad, good], skip_bad=True, limits=PageLimits(seconds=20, memory=SMALL.memory))
    assert [source.page(index).origin for index in range(len(source))] == [
        f"invoice.pdf page {n}" for n in (1, 2, 3)
    ]
    assert [(entry.path, entry.page) for entry in source.skipped] == [(bad, 1)]
    source.close()


def test_a_count_that_takes_too_long_counts_one(tmp_path: Path) -> None:
    """`--as-is` sends what it cannot count."""
    from emulator.imaging.as_is import as_is_documents

    path = write("pages.tif", tmp_path)
    with pytest.raises(SourceError, match=r"takes more than 0\.3 s to open"):
        count_pages(path, PageLimits(seconds=0.3))
    (document,) = as_is_documents([path], limits=PageLimits(seconds=0.3))
    assert document.info.pages == 1 and document.info.bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("text", "octets"),
    [("2G", 2 << 30), ("512M", 512 << 20), ("1.5GiB", 3 << 29), ("300mb", 300 << 20), ("200000000", 200_000_000)],
)
def test_sizes_are_read_and_told(text: str, octets: int) -> None:
    assert parse_size(text) == octets
    assert parse_size(size_text(octets)) == octets


@pytest.mark.parametrize("text", ["", "G", "-1G", "2X", "1e9", "2 G G"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("seconds", "memory"), [(0.0, 1 << 30), (-1.0, 1 << 30), (float("nan"), 1 << 30), (1.0, 1)]
)
def test_bounds_under_which_nothing_could_be_read_are_refused(seconds: float, memory: int) -> None:
    with pytest.raises(ValueError, match="for a page"):
        PageLimits(seconds, memory)
