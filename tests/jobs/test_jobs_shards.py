"""Shards of a run of `render`: joined they are what one run leaves, octet for octet; whatever is not of one run,
lacks a page or has one otherwise is named, and nothing is written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from emulator.environment.exit_codes import LabError
from emulator.environment.option_model import WrongOption
from emulator.imaging.letter import LetterSource
from emulator.jobs import shards
from emulator.jobs.page_folder import RECORD
from emulator.jobs.render import Rendered, render
from emulator.jobs.shards import collect, require_alone
from emulator.options.render import RenderOptions

SMALL = ("Resolution=75x75", "ColorProcessing=Grayscale8")
RANGES = ("1-3", "4-6", "7-9", "10-12")


def made(folder: Path, **options: Any) -> Rendered:
    settings = (*SMALL, *options.pop("settings", ("Format=png",)))
    wanted = {"pages": 12, "jobs": 1, "output": folder, "settings": settings, **options}
    return asyncio.run(render(RenderOptions(**wanted)))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run and its shards, of letters."""
    folder = tmp_path_factory.mktemp("letters")
    made(folder / "whole")
    for each in RANGES:
        made(folder / each, page_range=each)
    return folder


def test_a_shard_has_its_pages_by_the_numbers_of_the_whole(letters: Path) -> None:
    whole = contents(letters / "whole")
    shard = contents(letters / "4-6")
    assert sorted(shard) == [RECORD, "page-0004.png", "page-0005.png", "page-0006.png"]
    assert all(shard[name] == whole[name] for name in shard if name != RECORD)


ORDERS = {
    "in order": RANGES,
    "in another one": ("7-9", "1-3", "10-12", "4-6"),
    "two of them twice": ("10-12", "4-6", "1-3", "7-9", "4-6", "10-12"),
}


@pytest.mark.parametrize("order", list(ORDERS))
def test_shards_in_any_order_are_what_one_run_leaves(order: str, letters: Path, tmp_path: Path) -> None:
    collected = collect([letters / each for each in ORDERS[order]], tmp_path / "all", overwrite=False)
    assert contents(tmp_path / "all") == contents(letters / "whole")
    assert (collected.pages, collected.shards, collected.warnings) == (12, len(ORDERS[order]), [])
    assert all((letters / each).is_dir() for each in RANGES)


KINDS: dict[str, dict[str, Any]] = {
    "documents with all truths": {
        "documents": "office-day",
        "seed": 5,
        "alto": True,
        "hocr": True,
        "coco": True,
        "donut": True,
        "gallery": True,
    },
    "both sides": {"settings": ("Format=png", "InputSource=ADFDuplex")},
    "with a date": {"settings": ("Format=tiff-single-uncompressed",), "date": "2026-01-31T12:00"},
    "files again and again": {"repeat": True},
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_collected_is_one_run_whatever_the_pages(kind: str, tmp_path: Path) -> None:
    options = dict(KINDS[kind])
    if "repeat" in options:
        Image.linear_gradient("L").save(tmp_path / "one.png")
        Image.radial_gradient("L").save(tmp_path / "two.png")
        options["files"] = (tmp_path / "one.png", tmp_path / "two.png")
    made(tmp_path / "whole", **options)
    for each in ("1-5", "6-6", "7-12"):  # of both sides the second begins with a back
        made(tmp_path / each, page_range=each, **options)
    collect([tmp_path / each for each in ("7-12", "1-5", "6-6")], tmp_path / "all", overwrite=False)
    assert contents(tmp_path / "all") == contents(tmp_path / "whole")


def test_a_page_that_two_shards_have_alike_is_told(letters: Path, tmp_path: Path) -> None:
    made(tmp_path / "3-8", page_range="3-8")
    folders = [letters / "1-3", letters / "4-6", tmp_path / "3-8", letters / "7-9", letters / "10-12"]
    collected = collect(folders, tmp_path / "all", overwrite=False)
    assert contents(tmp_path / "all") == contents(letters / "whole")
    shard = tmp_path / "3-8"
    assert collected.warnings == [
        f"page 3: in {letters / '1-3'} and in {shard}, the same",
        f"pages 4 to 6: in {letters / '4-6'} and in {shard}, the same",
        f"pages 7 to 8: in {shard} and in {letters / '7-9'}, the same",
    ]


def _altered(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    record = json.loads((folder / RECORD).read_text())
    change(record["run"])
    (folder / RECORD).write_text(json.dumps(record))


def test_a_page_that_two_shards_have_otherwise_is_refused(letters: Path, tmp_path: Path) -> None:
    made(tmp_path / "3-3", page_range="3-3")
    (tmp_path / "3-3" / "page-0003.png").write_bytes(b"other")
    with pytest.raises(LabError, match=r"page 3 is in .*1-3 and in .*3-3, and page-0003\.png differs"):
        collect([*(letters / each for each in RANGES), tmp_path / "3-3"], tmp_path / "all", overwrite=False)
    assert not (tmp_path / "all").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": 4}, r"seed is 4 in .*other and 0 in .*1-3"),
        ({"pages": 13}, r"pages is 13 in .*other and 12 in"),
        ({"settings": ("Format=png", "Resolution=100x100")}, r"ticket\.front\.resolution\.width is 100 in"),
        ({"settings": ("Format=tiff-single-uncompressed",), "date": "2026-01-31"}, "ticket.format is 'tiff-single"),
        ({"gallery": True}, "gallery is True in"),
    ],
    ids=["seed", "pages", "resolution", "format", "files beside them"],
)
def test_shards_of_another_run_are_refused_by_what_differs(
    options: dict[str, Any], named: str, letters: Path, tmp_path: Path
) -> None:
    made(tmp_path / "other", page_range="4-6", **options)
    folders = [letters / "1-3", tmp_path / "other", letters / "7-9", letters / "10-12"]
    with pytest.raises(LabError, match=f"shards of different runs: .*{named}"):
        collect(folders, tmp_path / "all", overwrite=False)
    assert not (tmp_path / "all").exists()


def test_a_set_that_has_changed_in_between_is_another_one(tmp_path: Path) -> None:
    one = tmp_path / "mine.toml"
    shards_of = []
    for number, language in enumerate(("en", "de"), 1):
        one.write_text(f'title = "x"\nlanguage = "{language}"\n[[documents]]\nkind = "letter"\n')
        folder = tmp_path / str(number)
        made(folder, documents=str(one), pages=2, page_range=f"{number}-{number}")
        shards_of.append(folder)
    with pytest.raises(LabError, match="different runs: documents is "):
        collect(shards_of, tmp_path / "all", overwrite=False)


def test_another_version_of_the_program_is_named(letters: Path, tmp_path: Path) -> None:
    made(tmp_path / "4-6", page_range="4-6")
    _altered(tmp_path / "4-6", lambda run: run.update(version="0.0.1"))
    with pytest.raises(LabError, match=r"version is '0\.0\.1' in .*4-6 and "):
        collect([letters / "1-3", tmp_path / "4-6"], tmp_path / "all", overwrite=False)


def test_gaps_are_named(letters: Path, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"^of 12 pages no shard has pages 4 to 6, pages 10 to 12$"):
        collect([letters / "1-3", letters / "7-9"], tmp_path / "all", overwrite=False)
    assert not (tmp_path / "all").exists()


def test_a_shard_whose_run_was_ended_is_named(letters: Path, tmp_path: Path) -> None:
    made(tmp_path / "4-6", page_range="4-6")
    (tmp_path / "4-6" / "page-0006.png").unlink()
    with pytest.raises(LabError, match=r"4-6: page-0006\.png of pages 4 to 6 is not there: its run did not end"):
        collect([letters / "1-3", tmp_path / "4-6"], tmp_path / "all", overwrite=False)


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"files": []}', '{"run": 5}', '{"run": {"version": "1"}}'])
def test_a_folder_without_pages_of_render_is_refused(record: str, letters: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    if record:
        (tmp_path / "folder" / RECORD).write_text(record)
    with pytest.raises(LabError, match=r"folder: no pages that render --page-range has written"):
        collect([letters / "1-3", tmp_path / "folder"], tmp_path / "all", overwrite=False)
    with pytest.raises(LabError, match="no pages that render"):
        collect([tmp_path / "nowhere"], tmp_path / "all", overwrite=False)


def test_a_range_that_is_none_is_refused_whoever_wrote_it(letters: Path, tmp_path: Path) -> None:
    made(tmp_path / "4-6", page_range="4-6")
    _altered(tmp_path / "4-6", lambda run: run.update(first=0))
    with pytest.raises(LabError, match="no pages that render"):
        collect([tmp_path / "4-6"], tmp_path / "all", overwrite=False)


def test_what_is_collected_replaces_nothing_unasked(letters: Path, tmp_path: Path) -> None:
    folders = [letters / each for each in RANGES]
    made(tmp_path / "all", pages=2)
    with pytest.raises(LabError, match="pages of an earlier run"):
        collect(folders, tmp_path / "all", overwrite=False)
    collect(folders, tmp_path / "all", overwrite=True)
    assert contents(tmp_path / "all") == contents(letters / "whole")
    with pytest.raises(LabError, match="one of the shards"):
        collect(folders, letters / "4-6", overwrite=True)
    with pytest.raises(LabError, match="name them"):
        collect([], tmp_path / "all", overwrite=True)


def test_where_the_disk_has_no_links_pages_are_copied(
    letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(shards.os, "link", refuse)
    collect([letters / each for each in RANGES], tmp_path / "all", overwrite=False)
    assert contents(tmp_path / "all") == contents(letters / "whole")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"page_range": "10-13"}, "there are 12 pages"),
        ({"page_range": "1-2", "settings": ("Format=tiff-multi-g4",)}, "has all in one file"),
        ({"page_range": "1-2", "settings": ("Format=tiff-single-uncompressed",)}, "only with the same --date"),
        ({"page_range": "1-2", "skip_bad": True}, "--skip-bad"),
    ],
)
def test_a_range_that_cannot_be_is_refused(options: dict[str, Any], reason: str, tmp_path: Path) -> None:
    if "multi" in str(options):
        options = {**options, "settings": (*options["settings"], "ColorProcessing=BlackAndWhite1")}
    with pytest.raises(LabError, match=reason):
        made(tmp_path / "shard", **options)
    assert not (tmp_path / "shard").exists()


@pytest.mark.parametrize("text", ["", "5", "0-3", "4-3", "a-b", "1-", "-3", "1-2-3", " 1-2", "1-9999999999", "١-٣"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(WrongOption, match="no range of pages"):
        RenderOptions(page_range=text)


@pytest.mark.parametrize("other", [{"pages": 3}, {"documents": "office-day"}, {"page_range": "1-2"}, {"seed": 1}])
def test_collect_makes_no_pages(other: dict[str, Any], tmp_path: Path) -> None:
    require_alone(RenderOptions(collect=True, files=(tmp_path,), output=tmp_path, overwrite=True))
    with pytest.raises(LabError, match=f"--{next(iter(other)).replace('_', '-')} does not go with it"):
        require_alone(RenderOptions(collect=True, **other))


def test_the_letters_here_differ() -> None:
    """Else pages that were changed for each other would not be seen."""
    source = LetterSource(3)
    assert len({source.page(number).image.tobytes() for number in range(3)}) == 3
