"""`--documents` as a user runs it: the truth is of the image that was delivered, as programs of others read it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from optional_programs import needs_program
from PIL import Image, ImageDraw
from programs import PROJECT, run

SET = """
title = "Codes and an invoice"

[[documents]]
kind = "codes"

[[documents]]
kind = "invoice"
"""
DATE = "--date=2026-05-04"


def truths(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("page-*.truth.json"))]


def rendered(folder: Path, *arguments: str) -> Path:
    (folder / "mine.toml").write_text(SET, encoding="utf-8")
    done = run("render", "--documents", "mine.toml", "-o", "out", *arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


def crop(image: Path, polygon: list[list[float]], target: Path, margin: int) -> Path:
    """What lies in a polygon, upright rectangle and all, on white."""
    xs, ys = [point[0] for point in polygon], [point[1] for point in polygon]
    with Image.open(image) as page:
        box = (int(min(xs)) - margin, int(min(ys)) - margin, int(max(xs)) + margin, int(max(ys)) + margin)
        page.convert("RGB").crop(box).save(target)
    return target


@pytest.mark.parametrize(
    "settings",
    [
        ["Resolution=300x300"],
        ["Resolution=200x300", "Rotation=90"],
        ["Resolution=300x300", "Scaling=80x80", "Rotation=270"],
        ["Resolution=300x300", "ScanRegion=300,200,7000,9000", "Rotation=180"],
    ],
)
def test_codes_are_read_where_the_truth_says_they_are(settings: list[str], tmp_path: Path) -> None:
    zbarimg = needs_program("zbarimg")
    folder = rendered(tmp_path, "--pages", "1", *(word for each in settings for word in ("--set", each)))
    (truth,) = truths(folder)
    with Image.open(folder / "page-0001.jpg") as image:
        assert image.size == (truth["image"]["width"], truth["image"]["height"])
    seen = 0
    for code in truth["codes"]:
        if code["kind"] not in {"QRCode", "Code128", "Code39", "EAN13"} or code["partly"] or code["module"] < 3:
            continue
        cut = crop(
            folder / "page-0001.jpg", code["polygon"], tmp_path / "code.png", margin=round(12 * code["module"])
        )
        done = subprocess.run([zbarimg, "-q", "--raw", cut], capture_output=True, text=True, check=False)
        assert code["value"] in done.stdout, (code, done.stdout)
        seen += 1
    assert seen >= 2


def test_ink_stands_in_the_polygons_and_nowhere_else(tmp_path: Path) -> None:
    """Each word's polygon holds ink, and hardly any stands around it."""
    folder = rendered(
        tmp_path, "--set", "Format=png", "--set", "Rotation=90", "--set", "ColorProcessing=Grayscale8"
    )
    truth = truths(folder)[1]
    with Image.open(folder / "page-0002.png") as page:
        inside = Image.new("1", page.size)
        draw = ImageDraw.Draw(inside)
        for word in truth["words"]:
            draw.polygon([tuple(point) for point in word["polygon"]], fill=1)
        dark = page.convert("L").point([255] * 100 + [0] * 156).convert("1")
    assert truth["words"]
    for word in truth["words"]:
        xs, ys = zip(*word["polygon"], strict=True)
        box = (int(min(xs)), int(min(ys)), int(max(xs)) + 1, int(max(ys)) + 1)
        assert dark.crop(box).getbbox() is not None, f"no ink where {word['text']!r} should be"
        ring = (box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3)
        whole, own = dark.crop(ring), inside.crop(ring)
        spill = sum(a > b for a, b in zip(whole.convert("L").tobytes(), own.convert("L").tobytes(), strict=True))
        assert spill <= 0.12 * len(whole.convert("L").tobytes()), f"ink outside of {word['text']!r}"


def test_the_order_and_the_number_of_processes_change_nothing(tmp_path: Path) -> None:
    digests = []
    for jobs, pages in (("1", "6"), ("3", "9")):
        done = run(
            "render", "--documents", "office-day", "--pages", pages, "--jobs", jobs, "--seed", "11",
            "-o", jobs, DATE, "--set", "Resolution=75x75", cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        files = sorted((tmp_path / jobs).glob("page-*"))[:12]
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert digests[0] == digests[1] and len(digests[0]) == 12


def test_alto_hocr_gallery_and_the_truth_of_the_set(tmp_path: Path) -> None:
    folder = rendered(tmp_path, "--alto", "--hocr", "--gallery", "--set", "Resolution=100x100")
    names = {path.name for path in folder.iterdir()}
    assert {"page-0002.alto.xml", "page-0002.hocr.html", "gallery.html", "contact-sheet.jpg"} <= names
    whole = json.loads((folder / "set.truth.json").read_text(encoding="utf-8"))
    assert [(page["file"], page["kind"]) for page in whole["pages"]] == [
        ("page-0001.jpg", "codes"), ("page-0002.jpg", "invoice")
    ]  # fmt: skip
    assert "page-0001.jpg" in (folder / "gallery.html").read_text(encoding="utf-8")


def test_one_document_of_many_pages_has_truth_for_each(tmp_path: Path) -> None:
    folder = rendered(
        tmp_path, "--profile", "production-duplex", "--set", "Format=pdf-a", "--set", "InputSource=ADF"
    )
    assert (folder / "pages.pdf").exists() and len(truths(folder)) == 2
    whole = json.loads((folder / "set.truth.json").read_text(encoding="utf-8"))
    assert [page["file"] for page in whole["pages"]] == ["pages.pdf", "pages.pdf"]


def test_scan_sends_documents_and_writes_the_truth_of_what_was_stored(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SET, encoding="utf-8")
    settings = ["--set", "Resolution=100x100", "--set", "Rotation=90", "--set", "Format=png"]
    done = run("scan", "--documents", "mine.toml", "--truth", "truth", "--json", *settings, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stored = sorted((tmp_path / "scans").rglob("*.png"))
    told = truths(tmp_path / "truth")
    assert len(stored) == len(told) == 2
    for path, truth in zip(stored, told, strict=True):
        with Image.open(path) as image:
            assert image.size == (truth["image"]["width"], truth["image"]["height"]) == (1169, 827)


def test_traces_of_a_profile_are_on_files_and_in_the_truth_of_documents(tmp_path: Path) -> None:
    text = (PROJECT / "profiles" / "office-mfp.toml").read_text(encoding="utf-8")
    (tmp_path / "worn.toml").write_text(text + '\n[traces]\nstreaks = "heavy"\nskew = 0.4\n', encoding="utf-8")
    sheet = Image.new("L", (850, 1100), "white")
    sheet.save(tmp_path / "white.png", dpi=(100, 100))
    arguments = ["--profile", "worn.toml", "--set", "Resolution=100x100", "--set", "Format=png"]
    done = run("render", "white.png", "--pages", "3", "--repeat", "-o", "files", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    columns = []
    for path in sorted((tmp_path / "files").glob("*.png")):
        with Image.open(path) as image:
            middle = image.convert("L").crop((60, 500, 760, 501))
        columns.append([x for x, value in enumerate(middle.tobytes()) if value < 215])
    assert columns[0] and columns[0] == columns[1] == columns[2], "the dirt on the glass stays where it is"
    rendered(tmp_path, *arguments)
    assert {trace["name"] for trace in truths(tmp_path / "out")[0]["traces"]} == {"look", "streaks", "skew"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["render", "--documents", "nosuch"], "nosuch: no such document set"),
        (["render", "--documents", "bad.toml"], "bad.toml:5: page 1: documents[1].kind"),
        (["render", "--documents", "mine.toml", "mine.toml"], "files do not go with it"),
        (["render", "--documents", "mine.toml", "--repeat"], "--repeat does not go with it"),
        (["render", "--alto"], "--alto goes with --documents or --template"),
        (["render", "--donut"], "--donut goes with --documents or --template"),
        (["render", "--documents", "mine.toml", "--coco", "--set", "Format=tiff-multi-g4", "--set",
          "ColorProcessing=BlackAndWhite1"], "--coco names an image file for each page"),
        (["render", "--template", "nosuch.typ"], "nosuch.typ: no such file"),
        (["render", "--template", "bad.toml"], "a template is a PDF document (.pdf) or a Typst file (.typ)"),
        (["render", "--template", "a.pdf", "--documents", "ocr"], "makes the pages: --documents does not"),
        (["render", "--template", "a.pdf", "mine.toml"], "--template makes the pages: a file does not"),
        (["render", "--data", "a.csv"], "--data goes with --template"),
        (["render", "--template", "a.pdf", "--language", "xx"], "'xx' is not allowed; allowed: ar, de"),
        (["render", "--gallery", "--set", "Format=tiff-multi-g4", "--set", "ColorProcessing=BlackAndWhite1"],
         "--gallery shows formats of one image a file"),
        (["render", "--documents", "mine.toml", "--seed", str(2**70)], "out of range"),
        (["scan", "--truth", "t"], "--truth goes with --documents"),
        (["scan", "--documents", "mine.toml", "--as-is", "mine.toml"], "--documents does not go with it"),
        (["scan", "--documents", "mine.toml", "--truth", "t", "--stamped"], "not with --stamped"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_named(arguments: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SET, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(SET.replace('"codes"', '"bill"'), encoding="utf-8")
    (tmp_path / "a.pdf").write_bytes(b"")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and says in done.stderr, done.stderr
    assert not (tmp_path / "pages").exists() and not (tmp_path / "t").exists()


def test_stamped_copies_of_documents(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SET, encoding="utf-8")
    done = run("scan", "--documents", "mine.toml", "--stamped", "--pages", "12", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    images = json.loads(done.stdout)["images"]
    assert len({image["sha256"] for image in images}) == 12
