"""The point map against pixels: ink lies where the map says, and nowhere else."""

from __future__ import annotations

import math
import statistics
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optional_programs import needs_program
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from traced_pages import blank, letter

from emulator.documents.traces import TracePlan, apply

strengths = st.floats(0.01, 1)
Polygon = list[tuple[float, float]]


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def drawn(size: tuple[int, int], polygons: list[Polygon]) -> Image.Image:
    """The inside of the polygons, white on black."""
    finer = 4
    large = Image.new("L", (size[0] * finer, size[1] * finer))
    for polygon in polygons:
        ImageDraw.Draw(large).polygon([(x * finer - 0.5, y * finer - 0.5) for x, y in polygon], fill=255)
    return large.reduce(finer)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), skew=strengths, shift=st.floats(0, 1), mode=st.sampled_from(["L", "RGB"]))
def test_polygons_cover_their_ink_and_only_that(seed: int, skew: float, shift: float, mode: str) -> None:
    page = blank(mode)
    words = [box(x, y, x + 90, y + 14) for x in range(110, 650, 130) for y in range(110, 1000, 90)]
    for word in words:
        page.paste("black", (*map(int, word[0]), *map(int, word[2])))
    done = apply(page, 100, TracePlan({"skew": skew, "feed_shift": shift}), seed)
    assert done.point_map is not None
    inside = drawn(page.size, [done.point_map(word) for word in words])
    # Beside the sheet the backing may be as dark as ink.
    paper = drawn(page.size, [done.point_map(box(30, 30, 797, 1139))]).point(
        [255 if v == 255 else 0 for v in range(256)]
    )
    dark = done.image.convert("L").point([255 if value < 100 else 0 for value in range(256)])
    ink = ImageChops.multiply(dark, paper)
    grown = inside.point([255 if value else 0 for value in range(256)]).filter(ImageFilter.MaxFilter(3))
    assert ImageChops.subtract(ink, grown).getbbox() is None, "ink outside its polygon"
    core = inside.point([255 if value == 255 else 0 for value in range(256)]).filter(ImageFilter.MinFilter(3))
    assert ImageChops.subtract(ImageChops.multiply(core, paper), ink).getbbox() is None, "a polygon without ink"


@pytest.mark.parametrize("seed", range(4))
def test_another_program_finds_words_where_the_map_says(tmp_path: Path, seed: int) -> None:
    tesseract = needs_program("tesseract")

    def boxes(image: Image.Image) -> dict[str, tuple[float, float, float, float]]:
        """Left, top, right, bottom of each long word that stands once on the page."""
        image.save(tmp_path / "page.png", dpi=(200, 200))
        done = subprocess.run([tesseract, tmp_path / "page.png", "-", "tsv"], capture_output=True, text=True)
        found: dict[str, list[tuple[float, float, float, float]]] = {}
        for line in done.stdout.splitlines()[1:]:
            cells = line.split("\t")
            if len(cells[-1]) > 6 and float(cells[-2]) > 80:
                left, top, width, height = map(float, cells[6:10])
                found.setdefault(cells[-1], []).append((left, top, left + width, top + height))
        return {word: places[0] for word, places in found.items() if len(places) == 1}

    page = letter("L", 200)
    plan = TracePlan({"skew": 0.5, "feed_shift": 0.3, "noise": 0.3, "dust": 0.3})
    done = apply(page, 200, plan, seed)
    assert done.point_map is not None
    clean, aged = boxes(page), boxes(done.image)
    both = clean.keys() & aged.keys()
    assert len(both) > 20
    across, down = [], []
    for word in both:
        moved = done.point_map(box(*clean[word]))
        middle = sum(x for x, _ in moved) / 4, sum(y for _, y in moved) / 4
        left, top, right, bottom = aged[word]
        across.append((left + right) / 2 - middle[0])
        down.append((top + bottom) / 2 - middle[1])
    # tesseract draws its boxes now wider, now tighter: a map that is wrong is so for all words.
    assert abs(statistics.median(across)) < 1.5 and abs(statistics.median(down)) < 1.5
    near = [abs(x) < 6 and abs(y) < 6 for x, y in zip(across, down, strict=True)]
    assert sum(near) > 0.85 * len(near)


def test_angle_and_shift_are_what_is_told() -> None:
    for seed in range(10):
        done = apply(blank(), 100, TracePlan({"skew": 1.0}), seed)
        assert done.point_map is not None
        (first, second) = done.point_map([(0, 0), (1000, 0)])
        angle = math.degrees(math.atan2(second[1] - first[1], second[0] - first[0]))
        assert abs(angle - done.applied[0].parameters["angle"]) < 1e-6  # type: ignore[operator]
        moved = apply(blank(), 100, TracePlan({"feed_shift": 1.0}), seed)
        assert moved.point_map is not None
        ((x, y),) = moved.point_map([(0, 0)])
        told = moved.applied[0].parameters
        assert (x * 10, y * 10) == pytest.approx((told["x"], told["y"]))
        assert x == round(x) and y == round(y) and (x or y)


def test_what_moves_nothing_has_no_map() -> None:
    plan = TracePlan(
        {"noise": 1, "folds": 1, "stamp": 1, "fax": 1, "photocopy": 1, "double_feed": 1, "dark_edges": 1}
    )
    assert apply(letter(), 100, plan, 3).point_map is None
