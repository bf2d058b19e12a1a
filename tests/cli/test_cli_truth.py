"""`truth compare` and the exports of `render`, as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image
from programs import run
from typer.testing import CliRunner

from emulator.cli.main import app

SET = """
title = "A stack"

[[documents]]
kind = "letter"

[[documents]]
kind = "patch-sheet"
patch = "T"

[[documents]]
kind = "invoice"

[[documents]]
kind = "photo"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "mine.toml").write_text(SET, encoding="utf-8")
    done = run(
        "render", "--documents", "mine.toml", "-o", "set", "--set", "Resolution=100x100",
        "--hocr", "--coco", "--donut", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "set"


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Any:
        return CliRunner().invoke(app, ["truth", "compare", *map(str, arguments)])

    yield call


def texts(made: Path, folder: Path) -> Path:
    """A reader that mistakes every e of the letter and reads the invoice well."""
    folder.mkdir()
    for number, change in ((1, ("e", "c")), (3, ("", ""))):
        words = json.loads((made / f"page-{number:04}.truth.json").read_text(encoding="utf-8"))["words"]
        text = " ".join(word["text"] for word in words)
        (folder / f"page-{number:04}.jpg.txt").write_text(text.replace(*change) if change[0] else text, "utf-8")
    return folder


def test_the_exports_of_render_name_their_images(made: Path) -> None:
    names = [f"page-000{number}.jpg" for number in (1, 2, 3, 4)]
    coco = json.loads((made / "coco.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in coco["images"]] == names
    for image in coco["images"]:
        with Image.open(made / image["file_name"]) as opened:
            assert opened.size == (image["width"], image["height"])
    assert {annotation["image_id"] for annotation in coco["annotations"]} == {1, 2, 3, 4}
    lines = (made / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["file_name"] for line in lines] == names


def test_own_exports_are_readers_without_mistakes(made: Path, invoke: Any) -> None:
    done = invoke(made, made, "--json", "--limit", "word_error=0", "--limit", "set.character_error=0")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["whole"]["figures"].values()) == {0} and told["not_read"] == []
    done = invoke(made, made / "metadata.jsonl", "--json", "--limit", "fields=1", "--limit", "cells=1")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["whole"]["figures"] == {"fields": 1, "cells": 1, "codes": 1}


def test_a_limit_that_is_exceeded_fails_and_stands_in_junit(
    made: Path, tmp_path: Path, invoke: Any, reference: Path
) -> None:
    texts(made, tmp_path / "read")
    limits = ["--limit", "word_error=0.1", "--limit", "set.word_error=0.9", "--junit", "out.xml"]
    done = invoke(made, "read", *limits)
    assert done.exit_code == 1
    assert "2 of them not read: page-0002, page-0004" in done.stdout
    assert "FAILED        2 pages beyond a limit" in done.stdout, "the letter, and the patch sheet's words"
    etree.XMLSchema(etree.parse(reference / "junit" / "junit-10.xsd")).assertValid(
        etree.parse(tmp_path / "out.xml")
    )
    suite = etree.parse(tmp_path / "out.xml").getroot()[0]
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert (suite.get("tests"), suite.get("failures")) == ("5", "2") and len(cases) == 5
    failure = cases["letter.word_error", "page-0001"].find("failure")
    assert failure is not None and "is more than 0.1" in (failure.get("message") or "")
    assert cases["invoice.word_error", "page-0003"].find("failure") is None
    assert cases["set.word_error", "all pages"].find("failure") is None
    assert invoke(made, "read", *limits).exit_code == 2, "the file is there"
    done = invoke(made, "read", *limits[:2], "--json")
    told = json.loads(done.stdout)
    assert (told["exit_code"], told["error"]) == (1, "2 pages beyond a limit")
    assert told["by_kind"]["invoice"]["figures"]["word_error"] == 0
    assert told["pages"][0]["words"]["printed"]["lost"] > 10


def test_the_worst_words_are_cut_out_of_the_image(made: Path, tmp_path: Path, invoke: Any) -> None:
    texts(made, tmp_path / "read")
    done = invoke(made, "read", "--worst", "worst", "--worst-words", "5")
    assert done.exit_code == 0, done.output
    pictures = sorted((tmp_path / "worst").glob("*.png"))
    assert len(pictures) == 5
    page = (tmp_path / "worst" / "worst.html").read_text(encoding="utf-8")
    for picture in pictures:
        assert picture.name in page
        with Image.open(picture) as image:
            darkest, lightest = image.convert("L").getextrema()
            assert image.height >= 48 and lightest - darkest > 60, "there is ink"


def test_one_file_may_hold_all_pages_of_a_document(tmp_path: Path, invoke: Any) -> None:
    (tmp_path / "mine.toml").write_text(SET, encoding="utf-8")
    done = run(
        "render", "--documents", "mine.toml", "-o", "set", "--set", "Format=tiff-multi-g4", "--set",
        "ColorProcessing=BlackAndWhite1", "--set", "Resolution=100x100", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    truths = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((tmp_path / "set").glob("page-*.json"))
    ]
    pages = [" ".join(word["text"] for word in truth["words"]) for truth in truths]
    (tmp_path / "pages.txt").write_text("\f".join(pages).replace("Invoice", "lnvoicc"), encoding="utf-8")
    done = invoke("set", "pages.txt", "--json", "--worst", "worst")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["not_read"] == [] and 0 < told["whole"]["figures"]["word_error"] < 0.1
    with Image.open(next((tmp_path / "worst").glob("001-page-0003.png"))) as image:
        assert image.convert("L").getextrema()[0] == 0
    (tmp_path / "pages.txt").write_text("\f".join([*pages, "more"]), encoding="utf-8")
    assert "has 5 pages; the image it is about has 4" in invoke("set", "pages.txt").stderr


def test_how_the_stack_was_cut_is_scored(made: Path, tmp_path: Path, invoke: Any) -> None:
    (tmp_path / "read").mkdir()
    parts = tmp_path / "read" / "documents.json"
    for cut, figure in (([[1], [3], [4]], 1.0), ([[1], [3, 4]], 0.4), ([[1, 2], [3, 4]], 0.0)):
        parts.write_text(json.dumps(cut), encoding="utf-8")
        done = invoke(made, "read", "--json", "--limit", "set.documents=0.3")
        assert json.loads(done.stdout)["documents"] == figure
        assert done.exit_code == (0 if figure else 1)
    parts.write_text("[1]", encoding="utf-8")
    assert "no list of documents" in invoke(made, "read").stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch", "read"], "nosuch: no such folder"),
        (["read", "read"], "no truth of pages lies there"),
        (["SET", "nosuch"], "nosuch: no such file or folder"),
        (["SET", "empty"], "nothing there is about the pages of the set"),
        (["SET", "read", "--limit", "speed=1"], "--limit speed=1: NAME=VALUE is wanted"),
        (["SET", "read", "--limit", "word_error=two"], "'two' is no number from 0 to 1"),
        (["SET", "read", "--limit", "fields=0.5"], "--limit fields: the reader says nothing of it"),
        (["SET", "twice"], "are about the same page"),
        (["SET", "bad"], "page-0001.json:2: is no JSON"),
        (["SET", "read", "--worst", "w", "--images", "empty"], "the image of page-0002 is not there"),
        (["damaged", "read"], "the page truth is damaged"),
    ],
)
def test_what_cannot_be_compared_is_named(
    arguments: list[str], says: str, made: Path, tmp_path: Path, invoke: Any
) -> None:
    texts(made, tmp_path / "read")
    for name, files in {
        "empty": {},
        "twice": {"page-0001.txt": "x", "page-0001.md": "x"},
        "bad": {"page-0001.json": '{\n"x"}'},
        "damaged": {"page-0001.truth.json": '{"format": "dsm-emulator page truth 3"}'},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text, encoding="utf-8")
    done = invoke(*(str(made) if word == "SET" else word for word in arguments))
    assert done.exit_code == 2 and says in done.stderr, done.output


@pytest.mark.parametrize("option", ["--worst", "--junit"])
def test_the_place_that_cannot_be_written_is_named(option: str, made: Path, tmp_path: Path, invoke: Any) -> None:
    read = texts(made, tmp_path / "read")
    (tmp_path / "file").write_bytes(b"")
    done = invoke(made, read, option, tmp_path / "file" / "below")
    assert done.exit_code == 2 and f"{option} {tmp_path / 'file'}" in done.stderr, done.stderr
