"""A scanner's eye: paper, print, lens and lid; and the truth follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from document_pages import A4, digest, source_of, wanted
from imaging_tickets import ticket
from numpy.typing import NDArray
from PIL import Image

from emulator.device.profile import load_profile
from emulator.documents import DocumentSetError, DocumentSource, open_set, set_from_text
from emulator.documents.look import MEASURED, Look
from emulator.documents.look.eye import seen
from emulator.documents.truth import PageTruth
from emulator.environment.exit_codes import LabError
from emulator.imaging.scan_head import detect, scan
from emulator.jobs.render import render
from emulator.jobs.sources import open_source
from emulator.options.render import RenderOptions

Mode = Literal["1", "L", "RGB"]


def page(
    source: DocumentSource, index: int = 0, ppi: int = 150, mode: Mode = "L"
) -> tuple[NDArray[np.uint8], PageTruth]:
    found = source.page(index, wanted(ppi, mode)).image
    assert isinstance(found, Image.Image) and source.last_truth is not None
    return np.asarray(found.convert("L")), source.last_truth


def heart(image: NDArray[np.uint8], polygon: tuple[tuple[float, float], ...]) -> tuple[float, float] | None:
    """Where the ink of a word is, from the centre of its polygon; None where something else is near it."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    left, right, top, bottom = round(min(xs)) - 2, round(max(xs)) + 2, round(min(ys)) - 2, round(max(ys)) + 2
    part = np.clip(200.0 - image[max(0, top) : bottom, max(0, left) : right], 0, None)
    if (
        min(left, top) < 0
        or not part.any()
        or part[0].any()
        or part[-1].any()
        or part[:, 0].any()
        or part[:, -1].any()
    ):
        return None
    y, x = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
    return (
        float((part * x).sum() / part.sum() + left - sum(xs) / 4),
        float((part * y).sum() / part.sum() + top - sum(ys) / 4),
    )


@pytest.mark.parametrize(("ppi", "mode"), [(100, "L"), (150, "RGB"), (300, "L"), (600, "L")])
def test_the_truth_follows_the_sheet(ppi: int, mode: Mode) -> None:
    """The ink of the words is where it was in their polygons, on average to a sixth of a pixel; of each its edges
    move it a little."""
    text = "The office hours are nine to five on working days and ten to two on Saturdays"
    entry = f'kind = "text"\nface = "sans"\ntext = """{text} {text} {text}"""\nsize = "A6"'
    for seed in range(1 if ppi == 600 else 3):
        drawn, before = page(source_of(entry, seed=seed), ppi=ppi, mode=mode)
        found, after = page(source_of(entry, seed=seed, look="scanned"), ppi=ppi, mode=mode)
        assert [word.text for word in after.words] == [word.text for word in before.words]
        assert after.image == (found.shape[1], found.shape[0])
        hearts = [
            (heart(drawn, old.polygon), heart(found, new.polygon))
            for old, new in zip(before.words, after.words, strict=True)
        ]
        apart = np.array([np.subtract(now, was) for was, now in hearts if was is not None and now is not None])
        assert len(apart) > len(hearts) / 2
        assert abs(apart.mean(axis=0)).max() < 0.16
        assert apart.std(axis=0).max() < 0.4
        (trace,) = (trace for trace in after.traces if trace.name == "look")
        assert abs(float(trace.parameters["angle"])) <= 0.3
        moved = np.subtract(after.words[0].polygon[0], before.words[0].polygon[0])
        assert 0 < abs(moved).max() < 0.05 * ppi + 1


def test_paper_print_and_lid() -> None:
    """Paper has a tone and a grain, print is not quite black, and the lid is seen beside a small sheet, with its
    shadow."""
    source = source_of('kind = "text"\ntext = "MMMM MMMM MMMM"\nface = "sans"\nsize = "A6"', look="scanned", seed=4)
    found, truth = page(source, ppi=300)
    assert found.shape == (3508, 2480)
    width, height = (round(side * 0.3) for side in truth.sheet)
    paper = found[height // 2 : height - 60, 100 : width - 60]
    assert 236 < paper.mean() < 252 and 1.2 < paper.std() < 5
    assert 10 < found.min() < 45
    lid = found[100 : height - 100, width + 40 :]
    assert 224 < lid.mean() < 234 and 0.8 < lid.std() < 3
    assert abs(found[height + 40 :].mean() - lid.mean()) < 1
    for edge in (
        found[200:800, width - 12 : width + 12].min(axis=1),
        found[height - 12 : height + 12, 200:800].min(axis=0),
    ):
        assert (edge < 200).all()
    sheet, _ = page(source_of('kind = "text"\ntext = "MMMM"\nface = "sans"', look="scanned"), ppi=100)
    assert sheet.shape == (1169, 827)


def test_edges_of_print_are_soft_and_ragged() -> None:
    """No edge is as steep as it was drawn, and two equal letters have other edges."""
    drawn = Image.new("L", (900, 300), "white")
    drawn.paste(0, (100, 80, 400, 220))
    drawn.paste(0, (500, 80, 800, 220))
    found = np.asarray(seen(drawn, 300, 5, drawn.size, still=True).image).astype(int)
    steepest = np.abs(np.diff(found[100:200], axis=1)).max()
    assert steepest < 190
    left, right = found[90:210, 95:105], found[90:210, 495:505]
    assert 3 < np.abs(left - right).std() < 40


def test_tones_are_printed_with_a_screen() -> None:
    """At 600 ppi the dots are seen, 141 lines an inch at 45 degrees; at 200 ppi only their mean is."""
    for ppi, deviation in ((600, (25, 80)), (200, (1, 8))):
        grey = Image.new("L", (600, 600), 128)
        found = np.asarray(seen(grey, ppi, 5, grey.size, still=True).image)[80:-80, 80:-80].astype(float)
        assert found.mean() == pytest.approx(128, abs=8)
        assert deviation[0] < found.std() < deviation[1]
        if ppi == 600:
            power = np.abs(np.fft.fft2(found - found.mean()))[: found.shape[0] // 2]
            y, x = np.unravel_index(power.argmax(), power.shape)
            x = min(x, found.shape[1] - x)
            lines = np.hypot(x, y) / found.shape[0] * ppi
            assert lines == pytest.approx(141, rel=0.05)
            assert np.degrees(np.arctan2(y, x)) == pytest.approx(45, abs=3)


@pytest.mark.parametrize("kind", sorted(MEASURED))
def test_what_things_are_measured_by_stays_clean(kind: str) -> None:
    entry = f'kind = "{kind}"' + ('\npatch = "2"' if kind == "patch-sheet" else "")
    clean = digest(source_of(entry, look="clean"), 0, wanted(60))
    looks: tuple[Look | None, ...] = (None, "scanned")
    for look in looks:
        assert digest(source_of(entry, look=look), 0, wanted(60)) == clean
    assert digest(source_of(entry + '\nlook = "scanned"', look=None), 0, wanted(60)) != clean


def test_who_decides_how_documents_look() -> None:
    """The document, then who scans, then the set, which is scanned unless it says otherwise."""

    def looked(of_set: str, of_document: str, asked: Look | None) -> bool:
        text = f'title = "x"\n{of_set}\n[[documents]]\nkind = "receipt"\n{of_document}'
        _, truth = page(DocumentSource(set_from_text(text, "x", "x.toml"), look=asked), ppi=50)
        return any(trace.name == "look" for trace in truth.traces)

    clean, scanned = 'look = "clean"', 'look = "scanned"'
    assert looked("", "", None) and looked(scanned, "", None) and not looked(clean, "", None)
    assert not looked("", "", "clean") and looked(clean, "", "scanned")
    assert looked(clean, scanned, "clean") and not looked(scanned, clean, "scanned")


@pytest.mark.parametrize("line", ['look = "dirty"', "look = 1"])
def test_a_mistake_is_told_with_its_line(line: str) -> None:
    text = f'title = "x"\n[[documents]]\nkind = "receipt"\n{line}\n'
    with pytest.raises(DocumentSetError, match=r"x\.toml:4: .*look: .*allowed: scanned, clean"):
        set_from_text(text, "x", "x.toml")


def test_the_size_of_a_sheet_is_detected_beside_the_lid() -> None:
    for kind in ("receipt", "cheque", "id-card"):
        made = ticket(ppi=100, medium=A4, size_auto_detect=True)
        looks: tuple[Look, ...] = ("clean", "scanned")
        sizes = {detect(source_of(kind, look=look), 0, made.front, made) for look in looks}
        assert len(sizes) == 1
        assert sizes.pop().height < 8000


def test_pages_of_copies_are_clean_and_a_look_is_of_documents() -> None:
    profile, made = load_profile("office-mfp"), ticket(ppi=50, medium=A4)
    options = RenderOptions(documents="office-day", pages=2)
    based = open_source(options, profile, made, job="x", base_only=True).pages
    clean = DocumentSource(open_set("office-day"), pages=2, look="clean")
    assert based.page(0, wanted(50)).image.tobytes() == clean.page(0, wanted(50)).image.tobytes()
    with pytest.raises(LabError, match="--look is of document sets"):
        open_source(RenderOptions(look="scanned", pages=1), profile, made, job="x")


@pytest.mark.parametrize("look", ["scanned", "clean"])
async def test_what_is_rendered_looks_as_it_was_asked(look: Look, tmp_path: Path) -> None:
    settings = ("Format=png", "ColorProcessing=Grayscale8", "Resolution=75")
    await render(
        RenderOptions(documents="office-day", pages=1, look=look, output=tmp_path, settings=settings, jobs=1)
    )
    with Image.open(tmp_path / "page-0001.png") as image:
        assert (image.convert("L").histogram()[255] > 0) is (look == "clean")
    truth = json.loads((tmp_path / "page-0001.truth.json").read_text(encoding="utf-8"))
    assert ("look" in [trace["name"] for trace in truth["traces"]]) is (look == "scanned")


def test_black_and_white_of_a_look_is_black_print_on_white_paper() -> None:
    """What the lens and the paper did to print is gone again, and nothing is there that was not printed."""
    made = ticket("png", "BlackAndWhite1", 200, medium=A4)
    entry = 'kind = "text"\nface = "serif"\ntext = "Black print on white paper is all that there is to be seen"'
    found = {}
    looks: tuple[Look, ...] = ("clean", "scanned")
    for look in looks:
        image = scan(source_of(entry, look=look), 0, made.front, made).image
        assert isinstance(image, Image.Image)
        found[look] = ~np.asarray(image)[30:-30, 30:-30]
    assert found["scanned"].sum() == pytest.approx(found["clean"].sum(), rel=0.25)


def test_heavy_traces_come_before_the_eye_and_dirt_of_the_glass_after_it() -> None:
    entry = 'kind = "receipt"\ntraces = { skew = "heavy", noise = "light", fax = "light" }'
    _, truth = page(source_of(entry, look="scanned"), ppi=75)
    assert [trace.name for trace in truth.traces] == ["fax", "skew", "look", "noise"]
    assert truth.traces[2].parameters["angle"] == 0.0


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_even_tint_is_even_wherever_it_lies(mode: Literal["L", "RGB"]) -> None:
    """No part of it is taken for the ragged edge of a letter, where it ends a few rows further than what is worked
    on at once."""
    tint, levels = ((206, 228, 230), (206, 228, 230)) if mode == "RGB" else (190, (190,))
    for top in range(20, 130, 5):
        drawn = Image.new(mode, (700, 300), "white")
        drawn.paste(tint, (31, top, 660, top + 41))
        found = seen(drawn, 150, 5, (700, 300), still=True).image
        inside = np.asarray(found.crop((36, top + 4, 655, top + 37)), np.int16).reshape(-1, len(levels))
        assert abs(inside - np.array(levels)).max() <= 12, top


def test_the_lid_has_one_tone() -> None:
    """Beside a small sheet and below it, but for the shadow of its edges."""
    drawn = Image.new("L", (400, 500), "white")
    found = np.asarray(seen(drawn, 150, 5, (1200, 1700), still=False).image, np.float64)
    tones = [
        found[rows, columns].mean()
        for rows in (slice(20, 460), slice(560, 640), slice(1000, 1600))
        for columns in (slice(440, 700), slice(800, 1190))
    ]
    assert max(tones) - min(tones) < 0.2


def test_pale_hairlines_do_not_break() -> None:
    drawn = Image.new("L", (1200, 300), "white")
    for row in range(20, 280, 13):
        drawn.paste(186, (100, row, 1100, row + 2))
    found = np.asarray(seen(drawn, 300, 5, (1200, 300), still=True).image)
    for row in range(20, 280, 13):
        assert found[row - 1 : row + 3, 110:1090].min(axis=0).max() < 225, row


def test_the_edge_of_a_sheet_that_lies_askew_has_no_steps() -> None:
    """The light of some pixels across the edge changes evenly along it."""
    drawn = Image.new("L", (400, 1500), "white")
    for seed in (7, 10):
        found = np.asarray(seen(drawn, 150, seed, (1200, 1700), still=False).image, np.float64)
        along = np.convolve(found[50:1450, 380:420].mean(axis=1), np.ones(9) / 9, "valid")
        assert abs(along[20:] - along[:-20]).max() < 1.2, seed
