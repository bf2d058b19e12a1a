"""Random scan tickets: for each setting something that can be measured in the pixels that come out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from imaging_tickets import A4, OnePage, ticket
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from emulator.imaging import film
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Wanted
from emulator.imaging.picture_areas import pictures
from emulator.imaging.samples import DeepImage, is_of
from emulator.imaging.scan_head import detect, scan
from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import EffectiveExposure, EffectiveSide, EffectiveTicket

MEDIUM = Dimensions(4000, 5000)
DISC = 0.12  # inches across the radius of the target's mark


def grey_of(scanned: Scanned) -> np.ndarray[Any, Any]:
    """The image as grey from 0 to 1, by arithmetic of our own."""
    image = scanned.image
    if isinstance(image, DeepImage):
        samples = image.samples[:, :, :3].astype(float) / 65535
    else:
        samples = np.asarray(image.convert("RGB")).astype(float) / 255
    return samples.mean(axis=2)


def target(mark: tuple[float, float], dpi: tuple[float, float], size: tuple[int, int]) -> Image.Image:
    """White, with a black disc whose middle is at `mark` (inches), edges smooth: exact to a fraction of a pixel."""
    x = (np.arange(size[0]) + 0.5) / dpi[0] - mark[0]
    y = (np.arange(size[1]) + 0.5) / dpi[1] - mark[1]
    distance = np.hypot(x[np.newaxis, :], y[:, np.newaxis])
    white = np.clip((distance - DISC) * min(dpi) + 0.5, 0, 1)
    return Image.fromarray((white * 255).round().astype(np.uint8))


def middle_of_ink(scanned: Scanned) -> tuple[float, float]:
    """Where the ink is on average, in pixels (the middle of pixel 0 is at 0.5)."""
    ink = 1 - grey_of(scanned)
    total = ink.sum()
    rows, columns = np.arange(ink.shape[0]) + 0.5, np.arange(ink.shape[1]) + 0.5
    return float((ink.sum(axis=0) * columns).sum() / total), float((ink.sum(axis=1) * rows).sum() / total)


RESOLUTIONS = st.sampled_from([75, 100, 150, 200, 300])
REGIONS = st.builds(
    ScanRegion, st.integers(0, 1500), st.integers(0, 2000), st.integers(500, 2500), st.integers(500, 3000)
)


@st.composite
def geometries(draw: st.DrawFn) -> EffectiveTicket:
    """Resolution of each axis, region, scaling, rotation and colours."""
    return ticket(
        "png",
        draw(st.sampled_from(list(ColorEntry))),
        (draw(RESOLUTIONS), draw(RESOLUTIONS)),
        medium=MEDIUM,
        region=draw(REGIONS),
        scaling=(draw(st.integers(40, 250)), draw(st.integers(40, 250))),
        rotation=draw(st.sampled_from([0, 90, 180, 270])),
        content_type=draw(st.sampled_from(["Auto", "Text", "Photo", "Mixed"])),
    )


@given(
    geometries(),
    st.sampled_from([(100.0, 100.0), (300.0, 300.0), (204.0, 98.0), (150.0, 200.0)]),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
)
@settings(max_examples=80, deadline=None)
def test_a_point_lies_where_region_resolution_scaling_and_rotation_put_it(
    wanted: EffectiveTicket, dpi: tuple[float, float], across: float, down: float
) -> None:
    region = wanted.front.scan_region
    least = [
        resolution * percent / 100
        for resolution, percent in zip(
            (wanted.front.resolution.width, wanted.front.resolution.height), wanted.scaling, strict=True
        )
    ]
    assume(min(least) >= 50)  # the disc has some pixels
    mark = (
        (region.x_offset + across * region.width) / 1000,
        (region.y_offset + down * region.height) / 1000,
    )
    margin = DISC + 0.02
    assume(across * region.width / 1000 > margin and (1 - across) * region.width / 1000 > margin)
    assume(down * region.height / 1000 > margin and (1 - down) * region.height / 1000 > margin)
    page = target(mark, dpi, (round(4 * dpi[0]), round(5 * dpi[1])))
    scanned = scan(OnePage(page, dpi), 0, wanted.front, wanted)

    # By the ticket alone: inches in the region, pixels to the inch, the turn.
    x, y = (mark[0] - region.x_offset / 1000) * least[0], (mark[1] - region.y_offset / 1000) * least[1]
    wide, high = region.width / 1000 * least[0], region.height / 1000 * least[1]
    expected = {0: (x, y), 90: (high - y, x), 180: (wide - x, high - y), 270: (y, wide - x)}[wanted.rotation]
    found = middle_of_ink(scanned)
    assert found == pytest.approx(expected, abs=1)
    # By the map that the scan head gives.
    assert scanned.page_to_image(mark[0] * dpi[0], mark[1] * dpi[1]) == pytest.approx(found, abs=0.5)


@given(geometries())
@settings(max_examples=60, deadline=None)
def test_the_image_is_of_the_size_kind_and_resolution_that_the_ticket_leads_to(wanted: EffectiveTicket) -> None:
    scanned = scan(OnePage(Image.effect_noise((400, 500), 90), (100, 100)), 0, wanted.front, wanted)
    information = image_information(wanted).front
    assert scanned.image.size == (information.pixels_per_line, information.number_of_lines)
    assert is_of(scanned.image, wanted.front.color_processing)
    given = wanted.front.resolution
    turned = Resolution(given.height, given.width)
    assert scanned.resolution == (turned if wanted.rotation in (90, 270) else given)


@given(geometries(), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_the_same_ticket_gives_the_same_pixels(wanted: EffectiveTicket, seed: int) -> None:
    first, second = (scan(LetterSource(1, seed=seed), 0, wanted.front, wanted).image for _ in range(2))
    for image in (first, second):
        assert is_of(image, wanted.front.color_processing)
    if isinstance(first, DeepImage):
        assert isinstance(second, DeepImage)
        assert np.array_equal(first.samples, second.samples)
    else:
        assert isinstance(second, Image.Image)
        assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("color", ["Grayscale8", "RGB24", "RGBa32", "Grayscale16", "RGB48", "RGBa64"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turn_moves_pixels_and_changes_none(color: str, rotation: int) -> None:
    source = OnePage(Image.effect_noise((200, 300), 90), (100, 100))
    wanted = ticket("png", color, 100, medium=Dimensions(2000, 3000))
    upright = grey_of(scan(source, 0, wanted.front, wanted))
    turned = grey_of(scan(source, 0, wanted.front, replace(wanted, rotation=rotation)))
    assert np.array_equal(turned, np.rot90(upright, -rotation // 90))


# Exposure

FLAT = Dimensions(400, 400)


def flat(level: int, exposure: EffectiveExposure, color: str = "Grayscale8") -> float:
    """A sheet of one grey (0..255) as it is delivered, 0 to 1."""
    wanted = ticket("png", color, 100, medium=FLAT, exposure=exposure)
    return float(
        grey_of(scan(OnePage(Image.new("L", (40, 40), level), (100, 100)), 0, wanted.front, wanted)).mean()
    )


def adjusted(contrast: int, brightness: int) -> EffectiveExposure:
    return EffectiveExposure(False, contrast, brightness, 0)


@given(
    st.integers(0, 255),
    st.integers(-1000, 1000),
    st.integers(-1000, 1000),
    st.sampled_from(["Grayscale8", "RGB24", "RGBa32", "Grayscale16", "RGB48"]),
)
@settings(max_examples=80, deadline=None)
def test_density_follows_contrast_and_brightness(level: int, contrast: int, brightness: int, color: str) -> None:
    value = level / 255
    expected = (value - 0.5) * (1 + contrast / 1000) + 0.5 + brightness / 1000
    found = flat(level, adjusted(contrast, brightness), color)
    assert found == pytest.approx(min(1, max(0, expected)), abs=0.6 / 255)


@given(st.integers(0, 254), st.integers(-1000, 999), st.integers(-1000, 1000))
@settings(max_examples=60, deadline=None)
def test_more_light_is_never_darker(level: int, brightness: int, contrast: int) -> None:
    here = flat(level, adjusted(contrast, brightness))
    assert flat(level + 1, adjusted(contrast, brightness)) >= here
    assert flat(level, adjusted(contrast, brightness + 1)) >= here


@pytest.mark.parametrize("color", ["BlackAndWhite1", "Grayscale4"])
def test_exposure_is_applied_before_levels_are_taken_away(color: str) -> None:
    assert flat(100, adjusted(0, 0), color) < 0.5
    assert flat(100, adjusted(0, 300), color) >= 0.6


@pytest.mark.parametrize("color", ["Grayscale8", "RGB24", "Grayscale16", "RGB48"])
def test_automatic_exposure_makes_paper_white_and_print_black(color: str) -> None:
    page = Image.new("L", (400, 500), 215)
    ImageDraw.Draw(page).rectangle((50, 50, 200, 200), fill=60)
    wanted = ticket("png", color, 100, medium=MEDIUM, exposure=EffectiveExposure(True, 0, 0, 0))
    seen = grey_of(scan(OnePage(page, (100, 100)), 0, wanted.front, wanted))
    assert seen[400, 300] == 1.0
    assert seen[100, 100] == 0.0


@pytest.mark.parametrize(("level", "least", "most"), [(10, 0, 0.1), (128, 0.4, 0.9), (250, 0.95, 1)])
def test_automatic_exposure_of_a_page_of_one_grey_is_bounded(level: int, least: float, most: float) -> None:
    assert least <= flat(level, EffectiveExposure(True, 0, 0, 0)) <= most


def edge(sharpness: int, color: str) -> np.ndarray[Any, Any]:
    """A line of pixels across an edge from 64 to 192."""
    page = Image.new("L", (40, 40), 64)
    page.paste(192, (20, 0, 40, 40))
    exposure = EffectiveExposure(False, 0, 0, sharpness)
    wanted = ticket("png", color, 100, medium=FLAT, exposure=exposure)
    line: np.ndarray[Any, Any] = grey_of(scan(OnePage(page, (100, 100)), 0, wanted.front, wanted))[20]
    return line * 255


@given(st.integers(-100, 100), st.sampled_from(["Grayscale8", "RGB24", "Grayscale16", "RGB48"]))
@settings(max_examples=40, deadline=None)
def test_sharpness_makes_edges_steeper_or_softer_by_its_formula(sharpness: int, color: str) -> None:
    line = edge(sharpness, color)
    # blurred differs by a quarter of the step on each side of the edge
    change = sharpness / 100 * 128 / 4
    assert line[18:22] == pytest.approx([64, 64 - change, 192 + change, 192], abs=0.6)


# Colours

GRADIENT = np.linspace(0, 65535, 400 * 400).round().astype(np.uint16).reshape(400, 400)


def test_sixteen_bits_are_really_there() -> None:
    source = OnePage(Image.fromarray(GRADIENT), (100, 100))
    wanted = ticket("png", "Grayscale16", 100, medium=Dimensions(4000, 4000))
    image = scan(source, 0, wanted.front, wanted).image
    assert isinstance(image, DeepImage)
    assert np.array_equal(image.samples[:, :, 0], GRADIENT)
    # and through exposure and sampling
    bright = replace(wanted, exposure=EffectiveExposure(False, -500, 100, 20), scaling=(73, 61))
    image = scan(source, 0, bright.front, bright).image
    assert isinstance(image, DeepImage)
    assert len(np.unique(image.samples)) > 10_000


@pytest.mark.parametrize(("color", "channels"), [("Grayscale16", 1), ("RGB48", 3), ("RGBa64", 4)])
def test_eight_bits_are_widened_exactly(color: str, channels: int) -> None:
    page = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    wanted = ticket("png", color, 100, medium=Dimensions(160, 160))
    image = scan(OnePage(page, (100, 100)), 0, wanted.front, wanted).image
    assert isinstance(image, DeepImage)
    assert image.channels == channels
    assert np.array_equal(image.samples[:, :, 0], np.asarray(page).astype(np.uint16) * 257)
    if channels == 4:
        assert (image.samples[:, :, 3] == 65535).all()


@given(st.integers(20, 300), st.integers(20, 300), st.sampled_from([(100.0, 100.0), (150.0, 90.0)]))
@settings(max_examples=30, deadline=None)
def test_sixteen_bits_are_sampled_as_eight_are(across: int, down: int, dpi: tuple[float, float]) -> None:
    page = Image.effect_noise((300, 280), 60).filter(ImageFilter.GaussianBlur(2))
    source = OnePage(page, dpi)
    shallow = ticket("png", "Grayscale8", 100, medium=Dimensions(1900, 2700), scaling=(across, down))
    deep = replace(shallow, front=replace(shallow.front, color_processing="Grayscale16"))
    difference = grey_of(scan(source, 0, shallow.front, shallow)) - grey_of(scan(source, 0, deep.front, deep))
    assert abs(difference).max() < 0.03
    assert abs(difference).mean() < 0.005


def test_grey_of_sixteen_levels_is_rounded() -> None:
    page = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    wanted = ticket("png", "Grayscale4", 100, medium=Dimensions(160, 160))
    image = scan(OnePage(page, (100, 100)), 0, wanted.front, wanted).image
    expected = np.floor(np.arange(256) / 17 + 0.5).astype(int) * 17
    assert np.array_equal(np.asarray(image).ravel(), expected)


@pytest.mark.parametrize("color", ["RGBa32", "RGBa64"])
def test_alpha_is_opaque_on_page_and_lid(color: str) -> None:
    cut_out = Image.new("RGBA", (100, 100), (200, 0, 0, 0))
    cut_out.paste((0, 100, 0, 255), (0, 0, 50, 100))
    wanted = ticket("png", color, 100, medium=Dimensions(2000, 1000))
    image = scan(OnePage(cut_out, (100, 100)), 0, wanted.front, wanted).image
    samples = image.samples // 257 if isinstance(image, DeepImage) else np.asarray(image)
    assert [tuple(int(v) for v in samples[50, x]) for x in (20, 80, 150)] == [
        (0, 100, 0, 255),
        (255, 255, 255, 255),
        (255, 255, 255, 255),
    ]


# ContentType


def half_and_half() -> Image.Image:
    """Above fine print on white, below an even grey."""
    page = Image.new("L", (850, 1100), "white")
    draw = ImageDraw.Draw(page)
    for y in range(20, 540, 12):
        draw.line((40, y, 800, y), fill="black", width=3)
    draw.rectangle((0, 560, 850, 1100), fill=110)
    return page


@pytest.mark.parametrize(
    ("content", "print_is_sharp", "picture_has_dots"),
    [("Text", True, False), ("Photo", True, True), ("Mixed", True, True), ("Auto", True, True)],
)
def test_content_type_decides_what_becomes_dots(content: str, print_is_sharp: bool, picture_has_dots: bool) -> None:
    wanted = ticket("png", "BlackAndWhite1", 100, content_type=content)
    seen = grey_of(scan(OnePage(half_and_half(), (100, 100)), 0, wanted.front, wanted))
    assert set(np.unique(seen[:500])) == {0.0, 1.0}
    assert (seen[21, 60:780] == 0).all() is np.bool_(print_is_sharp)
    share = seen[620:1080].mean()
    assert share == pytest.approx(110 / 255 if picture_has_dots else 0, abs=0.01)


def test_pictures_are_told_from_print() -> None:
    letter = LetterSource(1).page(0, Wanted(Resolution(300, 300), "1", A4)).image
    assert isinstance(letter, Image.Image)
    assert pictures(letter, (300, 300)) is None
    found = pictures(half_and_half(), (100, 100))
    assert found is not None
    mask = np.asarray(found)
    assert mask.shape == (1100, 850)
    assert (mask[:550] == 0).all()
    assert (mask[566:] == 255).all()


@pytest.mark.parametrize("color", ["Grayscale8", "RGB24", "Grayscale16", "RGB48"])
def test_halftone_takes_the_screen_away(color: str) -> None:
    """Dots of a screen of 75 lines an inch, one of four pixels at 150 ppi."""
    dots = Image.new("L", (2, 2), "white")
    dots.putpixel((0, 0), 0)
    page = Image.new("L", (300, 300))
    for x in range(0, 300, 2):
        for y in range(0, 300, 2):
            page.paste(dots, (x, y))
    wanted = ticket("png", color, 150, medium=Dimensions(2000, 2000), content_type="Halftone")
    inner = slice(20, -20)
    seen = grey_of(scan(OnePage(page, (150, 150)), 0, wanted.front, wanted))[inner, inner]
    assert seen.mean() == pytest.approx(0.75, abs=0.01)
    assert seen.std() < 0.15
    plain = replace(wanted, content_type="Photo")
    assert grey_of(scan(OnePage(page, (150, 150)), 0, plain.front, plain))[inner, inner].std() > 0.4


# Film

SLIDE = Dimensions(1417, 945)


def film_ticket(mode: str, color: str = "RGB24", **changes: Any) -> EffectiveTicket:
    return ticket("png", color, 600, medium=SLIDE, input_source="Film", film_scan_mode=mode, **changes)


def scene() -> Image.Image:
    """What the photographer saw: black, white, red, grey side by side."""
    image = Image.new("RGB", (1700, 1134))
    for number, color in enumerate([(0, 0, 0), (255, 255, 255), (200, 40, 60), (128, 128, 128)]):
        image.paste(color, (number * 425, 0, number * 425 + 425, 1134))
    return image


def seen_on_film(page: Image.Image, mode: str, color: str = "RGB24") -> list[tuple[int, ...]]:
    wanted = film_ticket(mode, color)
    image = scan(OnePage(page, None), 0, wanted.front, wanted).image
    samples = image.samples // 257 if isinstance(image, DeepImage) else np.asarray(image.convert("RGB"))
    assert samples.shape[:2] == (567, 850)
    return [tuple(int(v) for v in samples[280, 106 + number * 212]) for number in range(4)]


@pytest.mark.parametrize("color", ["RGB24", "RGB48"])
def test_a_slide_is_delivered_as_it_is(color: str) -> None:
    assert seen_on_film(scene(), "ColorSlideFilm", color) == [
        (0, 0, 0),
        (255, 255, 255),
        (200, 40, 60),
        (128, 128, 128),
    ]


@pytest.mark.parametrize("color", ["RGB24", "RGB48"])
def test_a_colour_negative_becomes_the_scene_and_its_orange_goes(color: str) -> None:
    negative = film.on_film(scene(), "ColorNegativeFilm")
    clear = negative.getpixel((10, 10))
    assert isinstance(clear, tuple)
    assert clear[0] > clear[1] > clear[2]  # orange where nothing was exposed
    for found, expected in zip(
        seen_on_film(negative, "ColorNegativeFilm", color), seen_on_film(scene(), "ColorSlideFilm"), strict=True
    ):
        assert found == pytest.approx(expected, abs=3)


def test_a_negative_without_orange_becomes_the_scene_too() -> None:
    found = seen_on_film(ImageOps.invert(scene()), "ColorNegativeFilm")
    for each, expected in zip(found, seen_on_film(scene(), "ColorSlideFilm"), strict=True):
        assert each == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("color", ["RGB24", "RGB48", "RGBa32"])
def test_a_black_and_white_negative_is_grey_in_any_colours(color: str) -> None:
    found = seen_on_film(ImageOps.invert(scene().convert("L")), "BlackandWhiteNegativeFilm", color)
    assert all(len(set(each[:3])) == 1 for each in found)
    red = round(0.299 * 200 + 0.587 * 40 + 0.114 * 60)
    assert [each[0] for each in found] == pytest.approx([0, 255, red, 128], abs=2)


def test_the_wrong_mode_shows_the_film_itself() -> None:
    negative = film.on_film(scene(), "ColorNegativeFilm")
    assert seen_on_film(negative, "ColorSlideFilm")[0] == negative.getpixel((10, 10))
    assert seen_on_film(scene(), "BlackandWhiteNegativeFilm")[:2] == [(255, 255, 255), (0, 0, 0)]


@pytest.mark.parametrize("mode", ["ColorSlideFilm", "ColorNegativeFilm", "BlackandWhiteNegativeFilm"])
@pytest.mark.parametrize("color", ["RGB24", "Grayscale8", "BlackAndWhite1", "Grayscale16", "RGB48"])
def test_a_made_up_page_lies_on_the_film_that_the_mode_is_for(mode: str, color: str) -> None:
    wanted = film_ticket(mode, color)
    paper = replace(wanted, input_source="Platen", film_scan_mode="NotApplicable")
    source = LetterSource(1)
    difference = abs(grey_of(scan(source, 0, wanted.front, wanted)) - grey_of(scan(source, 0, paper.front, paper)))
    assert difference.mean() < 0.03


@pytest.mark.parametrize(
    ("mode", "level"), [("ColorSlideFilm", 0), ("ColorNegativeFilm", 255), ("BlackandWhiteNegativeFilm", 255)]
)
def test_the_holder_lets_no_light_through(mode: str, level: int) -> None:
    wanted = film_ticket(mode, "Grayscale8")
    image = scan(OnePage(Image.new("RGB", (300, 300), "grey"), (600, 600)), 0, wanted.front, wanted).image
    assert isinstance(image, Image.Image)
    assert image.getpixel((800, 500)) == level


def test_film_scan_mode_means_nothing_for_paper() -> None:
    page = OnePage(Image.effect_noise((100, 100), 90), (100, 100))
    wanted = ticket("png", "Grayscale8", 100, medium=Dimensions(1000, 1000))
    odd = replace(wanted, film_scan_mode="ColorNegativeFilm")
    assert np.array_equal(grey_of(scan(page, 0, odd.front, odd)), grey_of(scan(page, 0, wanted.front, wanted)))


# Sides and sizes


def test_the_two_sides_are_scanned_apart() -> None:
    front = EffectiveSide(ScanRegion(0, 0, 4000, 5000), "RGB48", Resolution(100, 150))
    back = EffectiveSide(ScanRegion(1000, 500, 1500, 700), "BlackAndWhite1", Resolution(200, 75))
    wanted = ticket("png", medium=MEDIUM, input_source="ADFDuplex", front=front, back=back, rotation=90)
    source = LetterSource(2, size=MEDIUM)
    information = image_information(wanted)
    assert information.back is not None
    for number, told in ((1, information.front), (2, information.back)):
        scanned = scan(source, number - 1, wanted.side(number), wanted)
        assert scanned.image.size == (told.pixels_per_line, told.number_of_lines)
        assert scanned.color == wanted.side(number).color_processing


@given(
    st.integers(50, 900),
    st.integers(50, 1300),
    st.sampled_from([(100.0, 100.0), (204.0, 98.0), None]),
    geometries(),
)
@settings(max_examples=50, deadline=None)
@example(850, 1100, (100.0, 100.0), ticket("png", medium=MEDIUM, rotation=90))
@example(50, 1147, (204.0, 98.0), ticket("png", medium=MEDIUM))  # longer than the source takes, by 4/1000 inch
@example(50, 1290, (204.0, 98.0), ticket("png", medium=MEDIUM))  # much longer
def test_a_detected_size_is_that_of_the_page(
    width: int, height: int, dpi: tuple[float, float] | None, wanted: EffectiveTicket
) -> None:
    largest = Dimensions(8500, 11700)
    wanted = replace(wanted, size_auto_detect=True, input_size=largest)
    source = OnePage(Image.new("L", (width, height), 90), dpi)
    found = detect(source, 0, wanted.front, wanted)
    across, down = dpi or (1.0, 1.0)
    inches = (width / across, height / down)
    if dpi is not None and inches[0] <= largest.width / 1000 and inches[1] <= largest.height / 1000:
        assert (found.width, found.height) == pytest.approx((inches[0] * 1000, inches[1] * 1000), abs=0.5001)
    else:
        assert found.width == largest.width or found.height == largest.height
        assert found.width / found.height == pytest.approx(inches[0] / inches[1], rel=0.02)
    scanned = scan(source, 0, wanted.front, wanted)
    assert scanned.medium == found
    region = wanted.front.scan_region
    inside = region.x_offset + region.width <= found.width and region.y_offset + region.height <= found.height
    if not inside:  # rule 18: the whole medium, and so nothing but the page
        region = ScanRegion(0, 0, found.width, found.height)
    told = image_information(replace(wanted, front=replace(wanted.front, scan_region=region))).front
    assert scanned.image.size == (told.pixels_per_line, told.number_of_lines)


def test_a_letter_is_not_drawn_larger_than_pages_may_be() -> None:
    """1000 percent of a tenth of an inch: the image is small, the page would have six thousand pixels an inch."""
    wanted = ticket("png", "Grayscale8", 600, region=ScanRegion(1000, 1000, 100, 100), scaling=(1000, 1000))
    scanned = scan(LetterSource(1), 0, wanted.front, wanted)
    assert scanned.image.size == (600, 600)
