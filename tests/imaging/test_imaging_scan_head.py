"""The scan head: how large, where on the medium, in which pixels."""

from __future__ import annotations

import pytest
from imaging_tickets import A4, LETTER, OnePage, ticket
from imaging_tickets import scan_image as scan
from PIL import Image, ImageDraw

from emulator.imaging.pages import UnsupportedSetting
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion, pixel_size
from emulator.wsscan.values.ticket import EffectiveExposure


def scanned(source: OnePage, wanted: object) -> Image.Image:
    return scan(source, 0, wanted.front, wanted)  # type: ignore[attr-defined,arg-type]


@pytest.mark.parametrize(
    ("region", "resolution", "scaling", "expected"),
    [
        (ScanRegion(0, 0, 8500, 11000), Resolution(300, 300), (100, 100), (2550, 3300)),
        (ScanRegion(0, 0, 8268, 11693), Resolution(300, 300), (100, 100), (2480, 3508)),
        (ScanRegion(9, 9, 8500, 11000), Resolution(204, 98), (100, 100), (1734, 1078)),
        (ScanRegion(0, 0, 5, 5), Resolution(300, 300), (100, 100), (2, 2)),  # 1.5: half goes up
        (ScanRegion(0, 0, 1, 1), Resolution(75, 75), (100, 100), (1, 1)),
        (ScanRegion(0, 0, 1000, 1000), Resolution(300, 300), (50, 200), (150, 600)),
    ],
)
def test_pixel_size(
    region: ScanRegion, resolution: Resolution, scaling: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert pixel_size(region, resolution, scaling) == expected


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("ppi", [75, 100, 300, (204, 98)])
@pytest.mark.parametrize("medium", [LETTER, A4, Dimensions(1, 1)])
def test_size_and_mode_are_what_the_ticket_says(mode: str, ppi: int | tuple[int, int], medium: Dimensions) -> None:
    wanted = ticket(mode=mode, ppi=ppi, medium=medium)
    image = scanned(OnePage(Image.new("RGB", (321, 123), "grey"), None), wanted)
    assert image.mode == mode
    assert image.size == pixel_size(wanted.front.scan_region, wanted.front.resolution)


def test_a_page_of_the_same_resolution_is_not_sampled_again() -> None:
    target = Image.effect_noise((850, 1100), 120)
    image = scanned(OnePage(target, (100, 100)), ticket(ppi=100))
    assert image.tobytes() == target.tobytes()


def test_the_region_is_cut_where_it_lies() -> None:
    target = Image.effect_noise((850, 1100), 120)
    region = ScanRegion(1000, 2500, 3000, 4000)
    image = scanned(OnePage(target, (100, 100)), ticket(ppi=100, region=region))
    assert image.tobytes() == target.crop((100, 250, 400, 650)).tobytes()


@pytest.mark.parametrize("ppi", [75, 100, 150, 200, 600, (300, 100)])
@pytest.mark.parametrize("dpi", [(300.0, 300.0), (204.0, 98.0)])
def test_a_mark_lies_where_its_inches_are(ppi: int | tuple[int, int], dpi: tuple[float, float]) -> None:
    """A black square from (2, 3) to (4, 4) inches of the sheet, seen through a region that begins at (1, 1)."""
    target = Image.new("L", (round(8.5 * dpi[0]), round(11 * dpi[1])), "white")
    box = (2 * dpi[0], 3 * dpi[1], 4 * dpi[0] - 1, 4 * dpi[1] - 1)
    ImageDraw.Draw(target).rectangle(box, fill="black")
    image = scanned(OnePage(target, dpi), ticket(ppi=ppi, region=ScanRegion(1000, 1000, 5000, 6000)))
    across, down = (ppi, ppi) if isinstance(ppi, int) else ppi
    found = image.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert found is not None
    assert found == pytest.approx((across, 2 * down, 3 * across, 3 * down), abs=1)


def test_scaling_enlarges_what_lies_in_the_region() -> None:
    target = Image.new("L", (850, 1100), "white")
    ImageDraw.Draw(target).rectangle((100, 100, 199, 199), fill="black")  # the second inch
    wanted = ticket(ppi=100, region=ScanRegion(0, 0, 3000, 3000), scaling=(200, 50))
    image = scanned(OnePage(target, (100, 100)), wanted)
    assert image.size == (600, 150)
    found = image.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert found == pytest.approx((200, 50, 400, 100), abs=1)


def test_what_the_page_does_not_cover_is_white() -> None:
    image = scanned(OnePage(Image.new("L", (200, 100), "black"), (100, 100)), ticket(ppi=100))
    assert image.getpixel((199, 99)) == 0
    assert image.getpixel((200, 99)) == 255
    assert image.getpixel((199, 100)) == 255
    assert image.getpixel((849, 1099)) == 255


def test_a_region_beside_the_page_is_white() -> None:
    wanted = ticket(ppi=100, region=ScanRegion(5000, 5000, 1000, 1000))
    image = scanned(OnePage(Image.new("L", (100, 100)), (100, 100)), wanted)
    assert image.getextrema() == (255, 255)


def test_a_page_of_unknown_size_fills_the_medium_in_the_middle() -> None:
    image = scanned(OnePage(Image.new("L", (100, 50), "black"), None), ticket(ppi=100))  # 850 x 425
    assert image.point(lambda value: 255 if value < 128 else 0).getbbox() == pytest.approx(
        (0, 337, 850, 762), abs=1
    )


def test_a_page_larger_than_the_medium_is_shrunk_not_cut() -> None:
    target = Image.new("L", (1700, 1100), "white")  # 17 by 11 inches, black at its right edge
    ImageDraw.Draw(target).rectangle((1600, 0, 1699, 1099), fill="black")
    image = scanned(OnePage(target, (100, 100)), ticket(ppi=100))
    assert image.getpixel((845, 550)) == 0
    assert image.getpixel((700, 550)) == 255


def test_a_page_slightly_larger_than_the_medium_is_cut_not_sampled() -> None:
    target = Image.effect_noise((855, 1105), 120)  # 0.05 inch over
    image = scanned(OnePage(target, (100, 100)), ticket(ppi=100))
    assert image.tobytes() == target.crop((0, 0, 850, 1100)).tobytes()


def test_black_and_white_is_a_fixed_threshold() -> None:
    target = Image.new("L", (2, 1))
    target.putdata([127, 128])
    wanted = ticket(mode="1", ppi=100, region=ScanRegion(0, 0, 20, 10))
    image = scanned(OnePage(target, (100, 100)), wanted)
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [0, 255]


@pytest.mark.parametrize(
    ("content", "mixed"), [("Photo", True), ("Halftone", True), ("Text", False), ("Auto", False)]
)
def test_grey_becomes_dots_for_pictures_only(content: str, mixed: bool) -> None:
    wanted = ticket(mode="1", ppi=100, content_type=content)
    image = scanned(OnePage(Image.new("L", (850, 1100), 100), (100, 100)), wanted)
    share = image.histogram()[255] / (850 * 1100)
    assert share == pytest.approx(100 / 255 if mixed else 0.0, abs=0.01)


def test_thin_lines_survive_being_made_smaller() -> None:
    target = Image.new("L", (2550, 3300), "white")
    ImageDraw.Draw(target).line((0, 1000, 2549, 1000), fill="black", width=1)
    image = scanned(OnePage(target, (300, 300)), ticket(ppi=100))
    darkest = image.getextrema()[0]
    assert isinstance(darkest, (int, float))
    assert darkest < 200  # sampled by nearest pixel it might be lost altogether


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"mode": "RGB48"}, "ColorProcessing=RGB48 is not done yet; this version scans: BlackAndWhite1"),
        ({"rotation": 90}, "Rotation=90"),
        ({"exposure": EffectiveExposure(False, 0, 200, 0)}, "Brightness=200"),
    ],
)
def test_what_is_not_done_yet_is_refused_by_name(changes: dict[str, object], text: str) -> None:
    with pytest.raises(UnsupportedSetting, match=text) as caught:
        scanned(OnePage(Image.new("L", (1, 1)), None), ticket(**changes))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
