"""How many pages a job has: cut off, repeated, or filled up with letters."""

from __future__ import annotations

import pytest
from imaging_tickets import OnePage
from PIL import Image

from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.imaging.sequence import arrange


class Sheets:
    """A source of `count` pages that are named a, b, c."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.closed = 0

    def __len__(self) -> int:
        return self.count

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        return Page(Image.new("L", (1, 1)), None, "abc"[index])

    def close(self) -> None:
        self.closed += 1


def origins(source: PageSource) -> list[str]:
    return [source.page(index).origin for index in range(len(source))]


def test_without_a_number_all_pages_come_once() -> None:
    assert origins(arrange(Sheets(3))) == ["a", "b", "c"]


def test_fewer_pages_are_the_first_ones() -> None:
    source = arrange(Sheets(3), pages=2)
    assert origins(source) == ["a", "b"]
    with pytest.raises(IndexError):
        source.page(2)


def test_more_pages_with_repeat_come_again_and_again() -> None:
    assert origins(arrange(Sheets(3), pages=7, repeat=True)) == list("abcabca")


def test_more_pages_without_repeat_are_letters_that_are_numbered_on() -> None:
    source = arrange(Sheets(2), pages=4)
    assert origins(source) == ["a", "b", "synthetic letter page 3", "synthetic letter page 4"]


def test_without_files_there_is_a_letter() -> None:
    for pages, expected in ((None, 1), (5, 5)):
        source = arrange(None, pages=pages, seed=3, device="d", job="j")
        assert isinstance(source, LetterSource)
        assert len(source) == expected
        assert source.payload(0) == f"dsm-emulator;device=d;job=j;page=1;of={expected};seed=3"


@pytest.mark.parametrize("pages", [0, -1])
def test_less_than_one_page_is_refused(pages: int) -> None:
    with pytest.raises(ValueError, match="at least one is needed"):
        arrange(OnePage(Image.new("L", (1, 1)), None), pages=pages)


def test_nothing_cannot_be_repeated() -> None:
    with pytest.raises(ValueError, match="no page to repeat"):
        arrange(Sheets(0), pages=2, repeat=True)


def test_closing_closes_what_was_arranged() -> None:
    sheets = Sheets(2)
    arrange(sheets, pages=4).close()
    assert sheets.closed == 1
