"""A page that bends into the gutter: its truth bends with it, through all that comes after; marks and paper."""

from __future__ import annotations

import numpy as np
import pytest
from document_pages import source_of, wanted
from PIL import Image, ImageDraw
from traced_pages import letter

from emulator.documents.traces import TracePlan, apply


@pytest.mark.parametrize("strength", ["light", "heavy"])
@pytest.mark.parametrize("also", [{}, {"skew": "light"}, {"feed_shift": "light", "skew": 0.6}])
def test_points_are_where_ink_is(strength: str, also: dict[str, object]) -> None:
    page = Image.new("L", (827, 1169), "white")
    points = [(x + 0.5, y + 0.5) for x in range(60, 800, 70) for y in range(120, 1000, 110)]
    for x, y in points:
        ImageDraw.Draw(page).rectangle((x - 2.5, y - 2.5, x + 2, y + 2), fill=0)
    for seed in (1, 2):
        done = apply(page, 100, TracePlan({"gutter": strength, **also}), seed)
        plain = apply(page, 100, TracePlan(also), seed)
        assert done.point_map is not None
        expected = done.point_map(points)
        rest = points if plain.point_map is None else plain.point_map(points)
        moved = max(abs(a[1] - b[1]) for a, b in zip(expected, rest, strict=True))
        assert 1 < moved < 30
        darkness = 255 - np.asarray(done.image).astype(float)
        seen = 0
        for x, y in expected:
            left, top = round(x) - 7, round(y) - 7
            part = darkness[top : top + 14, left : left + 14]
            if left < 0 or top < 0 or part.shape != (14, 14):
                continue
            part = np.clip(part - np.median(part) - 40, 0, None)
            down, across = np.mgrid[0:14, 0:14] + 0.5
            if part.sum() < 800:  # in the darkest of the gutter
                continue
            heart = ((part * across).sum() / part.sum() + left, (part * down).sum() / part.sum() + top)
            assert heart == pytest.approx((x, y), abs=0.45)
            seen += 1
        assert seen > 0.7 * len(points)


def test_the_truth_of_a_stamped_page_bends_as_well() -> None:
    entry = 'kind = "letter"\ntraces = { gutter = "heavy", stamp = "heavy", skew = "light" }'
    source = source_of(entry, seed=2, look="scanned")
    image = source.page(0, wanted(150)).image
    assert isinstance(image, Image.Image) and source.last_truth is not None
    dark = np.asarray(image) < 130
    inside = Image.new("1", image.size)
    for word in source.last_truth.words:
        ImageDraw.Draw(inside).polygon(list(word.polygon), fill=1)
    assert {word.source for word in source.last_truth.words} == {"document", "stamp"}
    found = [dark[np.asarray(_alone(image.size, word.polygon))].any() for word in source.last_truth.words]
    assert np.mean(found) > 0.95
    plain = source_of(entry.replace('gutter = "heavy", ', ""), seed=2)
    plain.page(0, wanted(150))
    assert plain.last_truth is not None
    assert [word.text for word in plain.last_truth.words][:40] == [w.text for w in source.last_truth.words][:40]


def _alone(size: tuple[int, int], polygon: tuple[tuple[float, float], ...]) -> Image.Image:
    mask = Image.new("1", size)
    ImageDraw.Draw(mask).polygon(list(polygon), fill=1)
    return mask


def test_thermal_print_fades_and_paper_is_tinted() -> None:
    page = letter("RGB")
    before = np.asarray(page.convert("L"))
    faded = np.asarray(apply(page, 100, TracePlan({"thermal_fade": "heavy"}), 3).image.convert("L"))
    ink = before < 60
    assert faded[ink].mean() > 150
    assert faded[before == 255].min() > 225
    colors = {
        apply(page, 100, TracePlan({"tinted_paper": "heavy"}), seed).image.getpixel((8, 600)) for seed in range(9)
    }
    assert len(colors) > 2
    assert all(max(color) - min(color) > 60 for color in colors if isinstance(color, tuple))


def test_marks_are_where_they_are_said_to_be() -> None:
    page = letter("RGB")
    before = np.asarray(page).astype(int)
    for name, key in (("highlighter", "marked"), ("pen", "strokes")):
        done = apply(page, 100, TracePlan({name: "heavy"}), 3)
        (trace,) = done.applied
        marks = trace.parameters[key]
        assert isinstance(marks, list) and len(marks) == (7 if name == "highlighter" else 9)
        changed = np.abs(np.asarray(done.image).astype(int) - before).max(axis=2) > 20
        near = Image.new("1", page.size)
        for mark in marks:
            box = mark if name == "highlighter" else [*mark["line"][0], *mark["line"][1]]
            ImageDraw.Draw(near).rectangle((box[0] - 9, box[1] - 9, box[2] + 9, box[3] + 9), fill=1)
        assert changed.any() and not (changed & ~np.asarray(near)).any()
    blank = Image.new("L", (400, 400), "white")
    assert (
        apply(blank, 100, TracePlan({"highlighter": "heavy", "pen": "heavy"}), 1).image.tobytes() == blank.tobytes()
    )
