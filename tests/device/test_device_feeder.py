"""The feeder empties sheet by sheet; the glass always holds a page; files are closed when nobody needs them."""

from __future__ import annotations

from pathlib import Path

import pytest
from device_pages import Sheets
from PIL import Image

from emulator.device.feeder import Feeder, Glass, LetterPaper, Sheet
from emulator.imaging.files import open_files
from emulator.imaging.letter import LetterSource


def said(sheet: Sheet | None) -> tuple[str, str]:
    """What the letters of front and back say."""
    assert sheet is not None
    sides = []
    for side in (sheet.front, sheet.back):
        assert isinstance(side.source, LetterSource)
        fields = dict(part.split("=") for part in side.source.payload(side.index).split(";")[1:])
        sides.append(f"{fields['job']} {fields['page']}/{fields['of']} {fields['device']}")
    return sides[0], sides[1]


def test_letters_lie_in_order_and_both_sides_say_which_sheet_they_are() -> None:
    feeder = Feeder(10, LetterPaper("Front Desk"))
    feeder.load_letters(2)
    assert len(feeder) == 2
    assert said(feeder.take()) == ("feeder, front 1/2 Front Desk", "feeder, back 1/2 Front Desk")
    assert said(feeder.take()) == ("feeder, front 2/2 Front Desk", "feeder, back 2/2 Front Desk")
    assert feeder.take() is None
    assert len(feeder) == 0


def test_a_second_load_comes_after_the_first_and_is_another_letter() -> None:
    feeder = Feeder(10)
    feeder.load_letters(1)
    feeder.load_letters(1)
    first, second = feeder.take(), feeder.take()
    assert first is not None and second is not None
    assert isinstance(first.front.source, LetterSource) and isinstance(second.front.source, LetterSource)
    assert first.front.source.payload(0) != second.front.source.payload(0)


def test_there_is_no_room_for_more_than_it_takes() -> None:
    feeder = Feeder(10)
    feeder.load_letters(8)
    with pytest.raises(ValueError, match="3 sheets: the feeder takes 10, and has room for 2 more"):
        feeder.load_letters(3)
    pages = Sheets(3)
    with pytest.raises(ValueError, match="room for 2"):
        feeder.load_pages(pages)
    assert pages.closed_at_work  # what is not taken is closed
    with pytest.raises(ValueError, match="at least one"):
        feeder.load_letters(0)
    with pytest.raises(ValueError, match="no page"):
        feeder.load_pages(Sheets(0))
    assert len(feeder) == 8


def test_pages_one_a_sheet_have_blank_backs() -> None:
    feeder = Feeder(10)
    pages = Sheets(3)
    feeder.load_pages(pages)
    sheets = [feeder.take() for _ in range(3)]
    for number, sheet in enumerate(sheets):
        assert sheet is not None
        assert (sheet.front.source, sheet.front.index) == (pages, number)
        back = sheet.back.source.page(sheet.back.index).image
        assert back.getextrema() == (255, 255)


def test_two_sided_pages_go_on_both_sides_and_the_last_back_may_be_blank() -> None:
    feeder = Feeder(10)
    pages = Sheets(3)
    feeder.load_pages(pages, two_sided=True)
    assert len(feeder) == 2
    first, second = feeder.take(), feeder.take()
    assert first is not None and second is not None
    assert (first.front.index, first.back.index, second.front.index) == (0, 1, 2)
    assert first.back.source is pages and second.back.source is not pages


def test_a_source_stays_open_while_a_sheet_of_it_is_at_the_head() -> None:
    feeder = Feeder(10)
    pages = Sheets(2)
    feeder.load_pages(pages)
    first, second = feeder.take(), feeder.take()
    assert first is not None and second is not None
    first.release()
    assert not pages.closed_at_work
    second.release()
    assert pages.closed_at_work == [0]


def test_taking_the_sheets_out_closes_what_is_not_at_the_head() -> None:
    feeder = Feeder(10)
    used, unused = Sheets(2), Sheets(2)
    feeder.load_pages(used)
    feeder.load_pages(unused)
    sheet = feeder.take()
    assert sheet is not None
    feeder.clear()
    assert len(feeder) == 0 and unused.closed_at_work and not used.closed_at_work
    sheet.release()
    assert used.closed_at_work


def test_what_lies_on_the_glass_stays_there(tmp_path: Path) -> None:
    glass = Glass(where="film")
    for _ in range(3):
        sheet = glass.look()
        assert isinstance(sheet.front.source, LetterSource)
        assert ";job=film;page=1;of=1;" in sheet.front.source.payload(0)
        sheet.release()
    Image.new("L", (50, 70), 9).save(tmp_path / "a.png")
    source = open_files([tmp_path / "a.png"])
    glass.place(source)
    assert glass.look().front.source is source
    glass.place(None)
    assert isinstance(glass.look().front.source, LetterSource)
    with pytest.raises(ValueError, match="no page"):
        glass.place(Sheets(0))
