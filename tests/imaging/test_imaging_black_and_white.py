"""Black and white: ink of any colour on paper of any colour is seen, and pictures have no blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from imaging_tickets import OnePage, ticket
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.device.profile import DeviceProfile, ProfileError, list_profiles, load_profile, profile_from_text
from emulator.imaging.content import TextThreshold
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Wanted
from emulator.imaging.picture_areas import pictures
from emulator.imaging.scan_head import scan
from emulator.printing.inking import inked
from emulator.wsscan.values.geometry import Dimensions, Resolution

Color = tuple[int, int, int]
WHITE: Color = (255, 255, 255)
BLACK: Color = (0, 0, 0)
WORDS = ["The", "quick", "brown", "fox", "jumps", "over", "1234567890", "lazy", "dogs"]
SEEN_BY_ALL: dict[str, tuple[Color, Color]] = {
    "black": (BLACK, WHITE),
    "blue": ((20, 40, 160), WHITE),
    "red": ((200, 30, 30), WHITE),
    "green": ((0, 120, 60), WHITE),
    "black on yellow": (BLACK, (255, 235, 60)),
    "black on pink": (BLACK, (250, 170, 190)),
    "black on kraft": (BLACK, (170, 130, 90)),
    "white on dark blue": (WHITE, (20, 30, 80)),
}
SEEN_BY_ADAPTIVE: dict[str, tuple[Color, Color]] = {
    "pencil 130": ((130, 130, 130), WHITE),
    "pencil 150": ((150, 150, 150), WHITE),
    "light blue": ((110, 160, 230), WHITE),
    "orange": ((255, 140, 0), WHITE),
    "yellow": ((240, 200, 0), WHITE),
    "faded thermal": ((176, 170, 178), (244, 243, 240)),
    "black on dark red": (BLACK, (150, 40, 50)),
    "black on grey 120": (BLACK, (120, 120, 120)),
    "white on grey 180": (WHITE, (180, 180, 180)),
}
EVERY = SEEN_BY_ALL | SEEN_BY_ADAPTIVE


def strip(ink: Color, paper: Color, ppi: int, *, turned: bool = False) -> tuple[Image.Image, Image.Image]:
    """A line of print on a strip of paper that lies on white, and the coverage of its ink."""
    image = Image.new("RGB", (round(5.6 * ppi), round(0.7 * ppi)), "white")
    box = (0, round(0.1 * ppi), image.width - round(0.2 * ppi), round(0.6 * ppi))
    image.paste(paper, box)
    cover = Image.new("L", image.size)
    at = 0.15 * ppi
    for word in WORDS:
        drawn = inked(word, "sans", False, False, "en", 11 / 72 * ppi)
        assert drawn is not None
        cover.paste(drawn.mask, (round(at) + drawn.left, round(0.38 * ppi) + drawn.top))
        at += drawn.width + 0.06 * ppi
    image.paste(ink, mask=cover)
    if turned:
        return image.transpose(Image.Transpose.ROTATE_90), cover.transpose(Image.Transpose.ROTATE_90)
    return image, cover


def delivered(
    image: Image.Image, ppi: int, content: str = "Text", text: TextThreshold = "adaptive", **exposure: int
) -> NDArray[np.bool_]:
    """True where the scan is black."""
    size = Dimensions(round(image.width * 1000 / ppi), round(image.height * 1000 / ppi))
    wanted = ticket("png", "BlackAndWhite1", ppi, medium=size, content_type=content)
    wanted = replace(wanted, exposure=replace(wanted.exposure, **exposure))
    found = scan(OnePage(image, (ppi, ppi)), 0, wanted.front, wanted, text=text).image
    assert isinstance(found, Image.Image)
    return ~np.asarray(found)


def legible(black: NDArray[np.bool_], cover: Image.Image, *, light: bool) -> float:
    """The share of the pixels of the words' surroundings that are as they were printed, where no edge is: 1 is
    perfect, a half is a strip that is lost."""
    full = np.asarray(cover)
    box = cover.getbbox()
    assert box is not None
    part = slice(box[1] - 3, box[3] + 3), slice(box[0] - 3, box[2] + 3)
    full, found = full[part], black[part] != light
    ink, paper = full > 230, full < 25
    return float((found[ink].mean() + (~found[paper]).mean()) / 2)


@pytest.mark.parametrize("ppi", [150, 200, 300])
@pytest.mark.parametrize("name", EVERY)
def test_ink_of_any_colour_is_seen(name: str, ppi: int) -> None:
    ink, paper = EVERY[name]
    image, cover = strip(ink, paper, ppi)
    grain = Image.effect_noise(image.size, 5).point([min(255, max(0, value)) for value in range(256)])
    dusty = ImageChops.add(image.filter(ImageFilter.GaussianBlur(0.5)), grain.convert("RGB"), offset=-128)
    for seen in (image, dusty):
        assert legible(delivered(seen, ppi), cover, light=ink == WHITE) > 0.97


@pytest.mark.parametrize("content", ["Auto", "Mixed"])
@pytest.mark.parametrize("name", EVERY)
def test_tints_that_are_written_on_are_no_pictures(name: str, content: str) -> None:
    ink, paper = EVERY[name]
    image, cover = strip(ink, paper, 200, turned=name == "black on kraft")
    assert legible(delivered(image, 200, content), cover, light=ink == WHITE) > 0.97


def test_a_fixed_threshold_loses_pale_ink() -> None:
    for name, (ink, paper) in EVERY.items():
        image, cover = strip(ink, paper, 200)
        black = delivered(image, 200, text="fixed")
        assert (legible(black, cover, light=ink == WHITE) > 0.97) is (name in SEEN_BY_ALL), name
        assert np.array_equal(black, np.asarray(image.convert("L")) < 128)


def test_print_in_a_shadow_is_seen_and_the_shadow_is_not() -> None:
    image, cover = strip(BLACK, WHITE, 200)
    light = np.linspace(1, 0.12, image.width)
    shaded = Image.fromarray((np.asarray(image.convert("L")) * light).astype(np.uint8))
    for content in ("Text", "Auto"):
        assert legible(delivered(shaded, 200, content), cover, light=False) > 0.97
    assert legible(delivered(shaded, 200, text="fixed"), cover, light=False) < 0.9


def test_wide_black_stays_black_and_pale_tints_have_no_edges() -> None:
    page = Image.new("L", (600, 600), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((50, 50, 250, 250), fill=10)
    draw.rectangle((300, 50, 550, 250), fill=205)
    draw.rectangle((50, 300, 550, 303), fill=0)
    black = delivered(page, 200)
    assert black[55:245, 55:245].all()
    assert black[300:304, 52:548].all()
    expected = np.zeros_like(black)
    expected[50:251, 50:251] = expected[300:304, 50:551] = True
    assert (black == expected).all()


def test_what_shines_through_is_no_ink() -> None:
    page = Image.new("L", (1100, 300), 250)
    _, cover = strip(BLACK, WHITE, 200)
    page.paste(232, (0, 40), cover)
    assert not delivered(page, 200).any()


@pytest.mark.parametrize("text", ["adaptive", "fixed"])
def test_brightness_and_contrast_act_before_the_threshold(text: TextThreshold) -> None:
    """What they make as light as the paper is not seen, and what they bring up is."""
    pale, cover = strip((150, 150, 150), WHITE, 200)
    seen = {
        level: legible(delivered(pale, 200, text=text, brightness=level), cover, light=False) > 0.97
        for level in (-200, 0, 450)
    }
    assert seen == {-200: True, 0: text == "adaptive", 450: False}
    faint, cover = strip((235, 235, 235), WHITE, 200)
    assert legible(delivered(faint, 200, text=text), cover, light=False) < 0.6
    sharp = delivered(faint, 200, text=text, contrast=1000, brightness=-900)
    assert legible(sharp, cover, light=False) > 0.97


def photograph(width: int, height: int) -> Image.Image:
    """Sky as bright as paper, hills, and a lake in which nothing is to be seen."""
    y, x = np.mgrid[0:height, 0:width]
    hills = height * (0.5 + 0.1 * np.sin(x / width * 9) + 0.05 * np.sin(x / width * 31))
    tones = np.where(
        y < hills, 252 - 60 * y / height + 12 * np.sin(x / 37) * np.sin(y / 23), 90 + 25 * np.sin(x / 29)
    )
    tones = np.where(y > 0.8 * height, 12, tones)
    return Image.fromarray(np.clip(tones, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("content", ["Auto", "Mixed"])
@pytest.mark.parametrize("degrees", [0, 3])
def test_photographs_have_no_blocks(content: str, degrees: int) -> None:
    """Each place of the picture is, on average, as dark as it is in grey, up to its edge; print beside is sharp."""
    page = LetterSource(2).page(1, Wanted(Resolution(200, 200), "L", Dimensions(8268, 11693))).image
    assert isinstance(page, Image.Image)
    photo = photograph(1000, 700)
    mask = Image.new("L", photo.size, 255)
    if degrees:
        photo, mask = (each.rotate(degrees, Image.Resampling.BICUBIC, expand=True) for each in (photo, mask))
    page.paste("white", (240, 1340, 360 + photo.width, 1460 + photo.height))
    plain = delivered(page, 200, content)
    page.paste(photo, (300, 1400), mask)
    black = delivered(page, 200, content)
    place = slice(1400, 1400 + photo.height), slice(300, 300 + photo.width)
    wanted = Image.fromarray(np.asarray(page)[place]).resize((50, 35), Image.Resampling.BOX)
    found = Image.fromarray((~black[place]).astype(np.uint8) * 255).resize((50, 35), Image.Resampling.BOX)
    apart = np.abs(np.asarray(wanted).astype(int) - np.asarray(found))
    assert apart.mean() < 8
    assert apart.max() < 56
    outside = np.ones_like(black)
    outside[place] = False
    assert (black == plain)[outside].mean() > 0.9999


def test_a_screened_picture_is_a_picture() -> None:
    """The dots of a laser printer of 106 lines an inch, seen through the lens of a scanner at 300 ppi."""
    photo = photograph(1000, 700).resize((2000, 1400)).point([round(level * 0.75) for level in range(256)])
    pitch = 600 / 106
    y, x = np.mgrid[0:1400, 0:2000]
    u, v = (x + y) / 2**0.5, (x - y) / 2**0.5
    cell = (np.cos(2 * np.pi * u / pitch) + np.cos(2 * np.pi * v / pitch)) / 4 + 0.5
    dots = Image.fromarray(np.where(cell * 255 < np.asarray(photo), 255, 0).astype(np.uint8))
    page = Image.new("L", (1600, 1300), "white")
    page.paste(dots.resize((1000, 700), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.7)), (300, 300))
    found = pictures(page, (300, 300))
    assert found is not None
    box = found.getbbox()
    assert box is not None
    scale = page.width / found.width
    assert [edge * scale for edge in box] == pytest.approx([300, 300, 1300, 1000], abs=32)


def test_every_size_can_be_scanned() -> None:
    for size in [(1, 1), (1, 400), (400, 1), (7, 9), (65, 64), (129, 3)]:
        image = Image.effect_noise(size, 90)
        for ppi in (50, 75, 204, 600):
            for content in ("Text", "Auto"):
                assert delivered(image, ppi, content).shape == (size[1], size[0])


# Profiles


def test_modern_devices_adapt_and_the_old_one_does_not() -> None:
    assert {each.name: each.black_and_white.text for each in list_profiles()} == {
        "book-a3": "adaptive",
        "flatbed": "adaptive",
        "office-mfp": "adaptive",
        "old-bilevel": "fixed",
        "photo-film": "adaptive",
        "production-duplex": "adaptive",
    }


def with_section(section: str) -> DeviceProfile:
    from emulator.resources import resource_folder

    text = (resource_folder("profiles") / "flatbed.toml").read_text(encoding="utf-8")
    head, _, tail = text.partition("[black_and_white]\n")
    return profile_from_text(head + section + "\n" + tail.partition("\n")[2], "mine", "mine.toml")


def test_a_profile_says_how_ink_is_told_from_paper() -> None:
    assert with_section("").black_and_white.text == "adaptive"
    assert with_section('[black_and_white]\ntext = "fixed"').black_and_white.text == "fixed"


@pytest.mark.parametrize(
    ("section", "field", "reason"),
    [
        ('[black_and_white]\ntext = "sauvola"', "black_and_white.text", "adaptive"),
        ("[black_and_white]\ntext = 128", "black_and_white.text", "fixed"),
        ("[black_and_white]\nthreshold = 128", "black_and_white.threshold", "text"),
    ],
)
def test_a_mistake_is_told_with_its_line(section: str, field: str, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        with_section(section)
    assert field in str(caught.value)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("mine.toml:22: ")


@pytest.mark.parametrize(("profile", "pale"), [("office-mfp", True), ("old-bilevel", False)])
def test_the_profile_decides_what_is_rendered(profile: str, pale: bool, tmp_path: Path) -> None:
    import asyncio

    from emulator.jobs.render import render
    from emulator.options.render import RenderOptions

    image, _ = strip((150, 150, 150), WHITE, 200)
    image.save(tmp_path / "pale.png", dpi=(200, 200))
    settings = ("Format=tiff-single-g4", "ColorProcessing=BlackAndWhite1", "Resolution=200", "ContentType=Text")
    options = RenderOptions(
        files=(tmp_path / "pale.png",), output=tmp_path / "out", profile=profile, settings=settings, jobs=1
    )
    asyncio.run(render(options))
    with Image.open(tmp_path / "out" / "page-0001.tif") as page:
        assert (page.convert("L").getextrema()[0] == 0) is pale
    assert load_profile(profile).black_and_white.text == ("adaptive" if pale else "fixed")
