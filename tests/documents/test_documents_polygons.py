"""Polygons cover the ink of their words through skew, region, rotation and scaling, and are cut at the edges."""

from __future__ import annotations

import math

import pytest
from document_pages import source_of, wanted
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_tickets import A4, ticket
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.documents.truth import PageTruth, Word, area
from emulator.imaging import affine, scan_head
from emulator.imaging.affine import Affine
from emulator.wsscan.values.geometry import ScanRegion

TEXT = "Jagged quips fly AVATAR, W. Ölbaum; (twelve) boxes & 4.711 £ - gypsy? «Çok» | fjord_ {à} %"
DARK = 110  # what a reader takes for ink


def page(face: str, ppi: int = 110) -> tuple[Image.Image, PageTruth]:
    source = source_of(f'kind = "text"\nface = "{face}"\ntext = """{TEXT} {TEXT} {TEXT}"""', seed=2)
    return source.page(0, wanted(ppi)).image, source.truth(0, wanted(ppi))


def outside(image: Image.Image, words: tuple[Word, ...], grown: int = 1) -> int:
    """Pixels of ink that no polygon covers, half a pixel of blur beside it allowed."""
    mask = Image.new("L", image.size)
    pen = ImageDraw.Draw(mask)
    for word in words:
        pen.polygon([(x - 0.5, y - 0.5) for x, y in word.polygon], fill=255, outline=255)
    mask = mask.filter(ImageFilter.MaxFilter(2 * grown + 1))
    ink = image.convert("L").point([255 if value < DARK else 0 for value in range(256)])
    return ImageChops.subtract(ink, mask).histogram()[255]


def inked(image: Image.Image, word: Word) -> bool:
    """Whether there is ink in the polygon."""
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).polygon(list(word.polygon), fill=255, outline=255)
    ink = image.convert("L").point([255 if value < 225 else 0 for value in range(256)])
    return ImageChops.multiply(ink, mask).getbbox() is not None


PAGES = {face: page(face) for face in ("serif", "sans", "mono", "hand")}


@pytest.mark.parametrize("face", PAGES)
def test_polygons_hold_the_ink_as_it_was_drawn(face: str) -> None:
    image, truth = PAGES[face]
    assert len(truth.words) == 3 * len(TEXT.split())
    assert outside(image, truth.words, grown=0) == 0
    assert all(inked(image, word) for word in truth.words)


@settings(max_examples=60, deadline=None)
@given(
    face=st.sampled_from(sorted(PAGES)),
    degrees=st.floats(-12, 12),
    enlarged=st.floats(0.6, 1.6),
    x=st.integers(-300, 300),
    y=st.integers(-300, 300),
    turned=st.sampled_from((0, 90, 180, 270)),
    size=st.tuples(st.integers(200, 1200), st.integers(200, 1200)),
)
def test_polygons_follow_any_affine_map(
    face: str, degrees: float, enlarged: float, x: int, y: int, turned: int, size: tuple[int, int]
) -> None:
    image, truth = PAGES[face]
    cosine, sine = enlarged * math.cos(math.radians(degrees)), enlarged * math.sin(math.radians(degrees))
    there = affine.quarter_turns(turned, *image.size).then(Affine(cosine, -sine, x, sine, cosine, y))
    back = there.inverse()
    moved = image.transform(
        size,
        Image.Transform.AFFINE,
        (back.a, back.b, back.c, back.d, back.e, back.f),
        Image.Resampling.BICUBIC,
        fillcolor="white",
    )
    mapped = truth.mapped(there, size)
    assert mapped.image == size
    assert outside(moved, mapped.words) == 0
    for word in mapped.words:
        assert all(-1e-6 <= px <= size[0] + 1e-6 and -1e-6 <= py <= size[1] + 1e-6 for px, py in word.polygon)
        assert word.partly or inked(moved, word)
    kept = {word.line for word in mapped.words}
    assert {line.number for line in mapped.lines} == kept


@settings(max_examples=30, deadline=None)
@given(
    face=st.sampled_from(sorted(PAGES)),
    left=st.integers(0, 5000),
    top=st.integers(0, 3000),
    wide=st.integers(800, 8268),
    tall=st.integers(800, 11693),
    ppi=st.sampled_from((75, 100, 150, (200, 100))),
    scaling=st.sampled_from(((100, 100), (150, 150), (60, 60), (80, 130))),
    rotation=st.sampled_from((0, 90, 180, 270)),
)
def test_polygons_follow_the_scan_head(
    face: str,
    left: int,
    top: int,
    wide: int,
    tall: int,
    ppi: int | tuple[int, int],
    scaling: tuple[int, int],
    rotation: int,
) -> None:
    source = source_of(f'kind = "text"\nface = "{face}"\ntext = """{TEXT} {TEXT}"""', seed=2)
    region = ScanRegion(left, top, min(wide, A4.width - left), min(tall, A4.height - top))
    made = ticket(ppi=ppi, medium=A4, region=region, scaling=scaling, rotation=rotation)
    found = scan_head.scan(source, 0, made.front, made)
    image = found.image
    assert isinstance(image, Image.Image) and source.last_truth is not None
    mapped = source.last_truth.mapped(found.page_to_image, image.size)
    assert outside(image, mapped.words) == 0
    for word in mapped.words:
        assert word.partly or inked(image, word)


def test_a_map_that_bends_is_followed_along_the_edges() -> None:
    image, truth = PAGES["serif"]
    width, height = image.size

    def bend(points: object) -> list[tuple[float, float]]:
        return [(px + 14 * math.sin(py / height * 9), py + 10 * math.sin(px / width * 7)) for px, py in points]  # type: ignore[attr-defined]

    mapped = truth.mapped(bend, image.size)
    mesh = []
    step = 8
    for left in range(0, width, step):
        for top in range(0, height, step):
            right, bottom = min(width, left + step), min(height, top + step)
            corners = ((left, top), (left, bottom), (right, bottom), (right, top))
            source: list[float] = []
            for cx, cy in corners:
                # The inverse, by three rounds of a fixed point.
                sx, sy = float(cx), float(cy)
                for _ in range(12):
                    (bx, by), *_ = bend([(sx, sy)])
                    sx, sy = sx + cx - bx, sy + cy - by
                source += [sx, sy]
            mesh.append(((left, top, right, bottom), tuple(source)))
    bent = image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor="white")
    assert outside(bent, mapped.words) == 0
    assert any(len(line.polygon) > 4 for line in mapped.lines)


def test_what_is_cut_is_marked_and_what_is_outside_is_left_out() -> None:
    image, truth = PAGES["sans"]
    word = truth.words[3]
    middle = (word.polygon[0][0] + word.polygon[1][0]) / 2
    cut = truth.mapped(affine.shift(-middle, 0), image.size)
    assert word.text not in [w.text for w in cut.words if not w.partly and w.line == word.line][:1]
    half = next(w for w in cut.words if w.text == word.text and w.line == word.line)
    assert half.partly
    assert area(half.polygon) == pytest.approx(area(word.polygon) / 2, rel=0.01)
    assert not truth.mapped(affine.shift(-5000, 0), image.size).words
    assert not truth.mapped(affine.shift(-5000, 0), image.size).lines
    line = next(line for line in cut.lines if line.number == word.line)
    assert line.partly
    assert line.text == " ".join(w.text for w in cut.words if w.line == word.line)


def test_a_turned_sheet_has_the_truth_of_the_turned_image() -> None:
    text = f'kind = "text"\ntext = """{TEXT}"""\nsize = "A5"\nturned = '
    for degrees in (90, 180, 270):
        source = source_of(f"{text}{degrees}")
        image, truth = source.page(0, wanted()).image, source.truth(0, wanted())
        assert truth.image == image.size
        assert (image.width > image.height) == (degrees != 180)
        assert outside(image, truth.words, grown=0) == 0
        assert all(inked(image, word) for word in truth.words)


def test_a_sheet_on_top_hides_words_and_shows_its_own() -> None:
    image, truth = PAGES["serif"]
    other_image, other = PAGES["sans"]
    width, height = image.size
    top = truth.lines[1].polygon[0][1] + 6.0  # through the second line
    turn = Affine(0.999, -0.035, 10.0, 0.035, 0.999, top)
    back = turn.inverse()
    coefficients = (back.a, back.b, back.c, back.d, back.e, back.f)
    shape = Image.new("L", image.size, 255).transform(image.size, Image.Transform.AFFINE, coefficients)
    moved = other_image.transform(
        image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor="white"
    )
    laid = image.copy()
    laid.paste(moved, (0, 0), shape)
    corners = tuple(turn(*corner) for corner in ((0, 0), (width, 0), (width, height), (0, height)))
    found = truth.covered(corners, other)
    assert outside(laid, found.words) == 0
    assert {word.text for word in found.words if word.line == 0} == {w.text for w in truth.words if w.line == 0}
    assert any(word.partly for word in found.words if word.line == 1)
    numbers = [line.number for line in found.lines]
    assert len(set(numbers)) == len(numbers)
    assert len(found.words) > len(other.words) * 0.9
    assert {word.line for word in truth.covered(corners, None).words} <= {0, 1, 2}
