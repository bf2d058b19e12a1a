"""Every trace: it shows, more when heavier, is the same for the same seed, and says what it drew."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from optional_programs import needs_program
from PIL import Image, ImageChops, ImageStat
from programs import with_helpers
from traced_pages import blank, letter

from emulator.documents.traces import TRACES, AppliedTrace, TracedPage, TracePlan, apply
from emulator.imaging.pages import PixelMode


def traced(name: str, strength: float | str, seed: int = 7, mode: PixelMode = "L", ppi: int = 100) -> TracedPage:
    page = letter(mode, ppi)
    return apply(
        page, ppi, TracePlan({name: strength}), seed, back=letter("L", ppi, 1), next_page=letter("L", ppi, 2)
    )


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean of the absolute differences, in levels of 255."""
    return float(ImageStat.Stat(ImageChops.difference(first.convert("L"), second.convert("L"))).mean[0])


@pytest.mark.parametrize("name", TRACES)
def test_light_is_seen_and_heavy_is_seen_more(name: str) -> None:
    page = letter()
    light = [difference(page, traced(name, "light", seed).image) for seed in range(4)]
    heavy = [difference(page, traced(name, "heavy", seed).image) for seed in range(4)]
    assert min(light) > 0.004, "nothing to see"
    # Black and white on a coarse grid is most of what a fax does to greys; and text that is shifted covers none of
    # what it covered, however far it went.
    assert sum(heavy) > {"fax": 1.02, "feed_shift": 0.9}.get(name, 1.25) * sum(light)
    off = apply(page, 100, TracePlan({name: "off"}), 7)
    assert off.image.tobytes() == page.tobytes() and off.applied == () and off.point_map is None


@pytest.mark.parametrize("name", TRACES)
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_size_and_mode_stay_and_the_page_is_not_touched(name: str, mode: PixelMode) -> None:
    page = letter(mode)
    before = page.tobytes()
    done = apply(
        page, 100, TracePlan({name: "heavy"}), 3, back=letter("RGB", 100, 1), next_page=letter("1", 100, 2)
    )
    assert (done.image.size, done.image.mode) == (page.size, mode)
    assert page.tobytes() == before
    too_pale = {"bleed_through", "uneven_light", "streaks", "noise", "tinted_paper", "thermal_fade", "highlighter"}
    if mode != "1" or name not in too_pale:  # for two levels
        assert done.image.tobytes() != before
    (told,) = done.applied
    assert (told.name, told.strength) == (name, 1.0)
    assert json.loads(json.dumps(dict(told.parameters), allow_nan=False)) == dict(told.parameters)
    taken = apply(
        page,
        100,
        TracePlan({name: "heavy"}),
        3,
        back=letter("RGB", 100, 1),
        next_page=letter("1", 100, 2),
        take=True,
    )
    assert taken.image.tobytes() == done.image.tobytes()


ALL = TracePlan(dict.fromkeys(TRACES, 0.7))


def digest(seed: int) -> str:
    done = apply(letter("RGB"), 100, ALL, seed, back=letter("L", 100, 1), next_page=letter("L", 100, 2))
    whole = done.image.tobytes() + repr([(a.name, a.seed, dict(a.parameters)) for a in done.applied]).encode()
    return hashlib.sha256(whole).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_any_order_on_any_number_of_threads() -> None:
    seeds = [0, 1, 2, 2**64 - 1]
    alone = {seed: digest(seed) for seed in seeds}
    assert len(set(alone.values())) == len(seeds)
    random.seed(99)  # nobody's business
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(digest, seeds[::-1])) == [alone[seed] for seed in seeds[::-1]]


def test_another_process_gives_the_same_bytes() -> None:
    script = "import test_documents_traces_apply as tests\nprint(tests.digest(5))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=with_helpers())
    assert done.stdout.strip() == digest(5), done.stderr


def test_a_trace_does_not_hang_on_the_others() -> None:
    def told(plan: TracePlan) -> dict[str, AppliedTrace]:
        return {trace.name: trace for trace in apply(letter(), 100, plan, 11).applied}

    alone, among = told(TracePlan({"dust": 1})), told(TracePlan({"dust": 1, "noise": 1, "folds": 1, "skew": 0.5}))
    assert alone["dust"] == among["dust"]
    assert list(among) == ["folds", "skew", "dust", "noise"]


def test_streaks_are_the_same_from_top_to_bottom() -> None:
    image = apply(blank("RGB"), 100, TracePlan({"streaks": "heavy"}), 4).image
    row = image.crop((0, 0, image.width, 1))
    assert len(set(row.convert("L").tobytes())) > 3
    assert all(image.crop((0, y, image.width, y + 1)).tobytes() == row.tobytes() for y in range(image.height))


def test_what_bleeds_through_is_the_back_mirrored() -> None:
    back = blank("L")
    back.paste(0, (100, 200, 300, 260))
    done = apply(blank("L"), 100, TracePlan({"bleed_through": "heavy"}), 4, back=back)
    seen = done.image.point([255 if value < 235 else 0 for value in range(256)]).getbbox()
    assert seen is not None
    mirrored = (827 - 300, 200, 827 - 100, 260)
    assert all(abs(one - other) <= 2 for one, other in zip(seen, mirrored, strict=True))
    without = apply(blank("L"), 100, TracePlan({"bleed_through": "heavy"}), 4)
    assert without.applied == () and without.image.tobytes() == blank("L").tobytes()


def test_a_double_feed_covers_what_it_says_with_the_next_page() -> None:
    page, following = Image.new("L", (827, 1169), 200), Image.new("L", (827, 1169), 90)
    for seed in range(6):
        done = apply(page, 100, TracePlan({"double_feed": 0.6}), seed, next_page=following)
        (left, top), (right, top_right) = done.applied[0].parameters["covered"][:2]  # type: ignore[index]
        x = 400
        edge = top + (top_right - top) * (x - left) / (right - left)
        assert abs(done.image.getpixel((x, round(edge) + 4)) - 90) <= 1
        assert abs(done.image.getpixel((x, round(edge) - 30)) - 200) <= 2
        without = apply(page, 100, TracePlan({"double_feed": 0.6}), seed)
        assert without.image.getpixel((x, round(edge) + 40)) > 245, "a blank sheet"


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_noise_has_the_deviation_it_tells(strength: float) -> None:
    grey = Image.new("L", (827, 1169), 128)
    done = apply(grey, 100, TracePlan({"noise": strength}), 5)
    deviation = ImageStat.Stat(done.image).stddev[0]
    assert abs(deviation - done.applied[0].parameters["deviation"]) < 0.08 * deviation  # type: ignore[operator]
    again = apply(grey, 100, TracePlan({"noise": strength}), 6)
    assert difference(done.image, again.image) > 0.5 * deviation, "fresh for every page"


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (37, 53), (300_000, 2)])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_tiny_and_odd_pages(size: tuple[int, int], mode: str) -> None:
    done = apply(blank(mode, size), 100, ALL, 1, back=blank("L", (5, 9)), next_page=blank("L", (3, 3)))
    assert (done.image.size, done.image.mode) == (size, mode)


@pytest.mark.parametrize(
    ("image", "ppi", "seed", "told"),
    [
        (Image.new("CMYK", (9, 9)), 100, 0, "mode 1, L or RGB, not CMYK"),
        (Image.new("L", (9, 9)), 0, 0, "0 pixels per inch"),
        (Image.new("L", (9, 9)), float("nan"), 0, "nan pixels per inch"),
        (Image.new("L", (9, 9)), 100, -1, "seed -1 is outside 0 to 18446744073709551615"),
        (Image.new("L", (9, 9)), 100, 2**64, "seed 18446744073709551616 is outside"),
    ],
)
def test_what_cannot_be_done_is_named(image: Image.Image, ppi: float, seed: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        apply(image, ppi, ALL, seed)


def test_a_light_page_is_still_read(tmp_path: Path) -> None:
    """All traces that do not cover text, light: the code of the page is found by zbar and the text by tesseract."""
    zbarimg, tesseract = needs_program("zbarimg"), needs_program("tesseract")
    names = set(TRACES) - {"double_feed", "stamp", "fax", "stains"}
    page = letter("L", 300)
    clean, aged = tmp_path / "clean.png", tmp_path / "aged.png"
    page.save(clean, dpi=(300, 300))
    done = apply(page, 300, TracePlan(dict.fromkeys(names, "light")), 2, back=letter("L", 300, 1))
    done.image.save(aged, dpi=(300, 300))
    read = [
        subprocess.run([zbarimg, "-q", "--raw", each], capture_output=True, text=True) for each in (clean, aged)
    ]
    assert read[0].stdout == read[1].stdout != ""
    words = [
        set(subprocess.run([tesseract, each, "-"], capture_output=True, text=True).stdout.split())
        for each in (clean, aged)
    ]
    assert len(words[0]) > 80
    assert len(words[0] & words[1]) >= 0.85 * len(words[0])
