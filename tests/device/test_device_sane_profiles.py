"""SANE scans with every resolution, mode and source that the shipped profiles offer it: sizes and pixels."""

from __future__ import annotations

import asyncio
import re
import uuid
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from test_device_sane import MODES, NO_MORE_DOCUMENTS, scanimage

from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, list_profiles, load_profile
from emulator.device.settings import DeviceIdentity

# What is scanned, in inches: a sheet of A4 with a black bar, of which a part of the sheet around it is asked for.
BAR = (2.0, 1.0, 3.0, 1.5)
LEFT, TOP, WIDTH, HEIGHT = 1.5, 0.5, 2.0, 1.5
REGION = [
    word
    for option, inches in (("-l", LEFT), ("-t", TOP), ("-x", WIDTH), ("-y", HEIGHT))
    for word in (option, f"{inches * 25.4:.1f}")
]
SOURCES = {"Platen": "Flatbed", "ADF": "ADF", "ADFDuplex": "ADF Duplex"}
INK, PAPER = (40, 40, 40), (250, 250, 250)


def sheet(path: Path) -> Path:
    """A sheet with the bar, at 300 ppi."""
    image = Image.new("RGB", (2480, 3508), PAPER)
    left, top, right, bottom = (round(300 * inches) for inches in BAR)
    ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), fill=INK)
    image.save(path, dpi=(300, 300))
    return path


def combinations() -> list[tuple[str, str, str, int]]:
    """Profile, InputSource, mode and resolution. Colour at each, grey at the lowest and the highest: that it is
    grey does not depend on the resolution."""
    found = []
    for profile in list_profiles():
        configuration = profile.configuration()
        for source in configuration.input_sources:
            area = configuration.source(source)
            if source not in SOURCES or area is None:
                continue  # film: SANE knows no such source of WS-Scan
            offered = [number for number in area.widths if number in area.heights]
            if "RGB24" in area.colors:
                found += [(profile.name, source, "Color", number) for number in offered]
            if "Grayscale8" in area.colors:
                found += [(profile.name, source, "Gray", number) for number in (min(offered), max(offered))]
    return found


def check(path: Path, mode: str, dpi: int) -> None:
    """The part asked for, to the pixel; the bar where it lies, its edges within a pixel."""
    with Image.open(path) as image:
        assert image.mode == MODES[mode]
        assert abs(image.width - WIDTH * dpi) <= 1 and abs(image.height - HEIGHT * dpi) <= 1
        grey = image.convert("L")
    dark = grey.point([255] * 145 + [0] * 111)
    box = dark.getbbox()
    assert box is not None
    expected = [(BAR[0] - LEFT) * dpi, (BAR[1] - TOP) * dpi, (BAR[2] - LEFT) * dpi, (BAR[3] - TOP) * dpi]
    assert all(abs(got - wanted) <= 1 for got, wanted in zip(box, expected, strict=True)), (box, expected)
    center = grey.getpixel((round(1.0 * dpi), round(0.75 * dpi)))
    corner = grey.getpixel((round(0.1 * dpi), round(0.1 * dpi)))
    assert isinstance(center, int) and isinstance(corner, int)
    assert abs(center - INK[0]) <= 2 and abs(corner - PAPER[0]) <= 2


async def load(running: ScanDevice, profile: DeviceProfile, source: str, path: Path) -> None:
    if source == "Platen":
        await running.scanner.place_file(path)
    else:
        running.scanner.empty_feeder()
        sides = 2 if source == "ADFDuplex" else 1
        await running.scanner.load_files([path] * sides, two_sided=sides == 2)


@pytest.mark.parametrize(("name", "source", "mode", "dpi"), combinations())
async def test_what_a_profile_offers_is_scanned(
    name: str, source: str, mode: str, dpi: int, tmp_path: Path
) -> None:
    # The law: [clients/sane-airscan/a-source] [clients/sane-airscan/a-usable-format]
    # The law: [clients/sane-airscan/a-usable-color] [clients/sane-airscan/resolutions-in-both-lists]
    # The law: [clients/sane-airscan/sizes] [clients/sane-airscan/settings-left-out]
    profile = load_profile(name)
    async with ScanDevice(profile, DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path / "spool") as running:
        await load(running, profile, source, await asyncio.to_thread(sheet, tmp_path / "sheet.png"))
        options = ["--source", SOURCES[source], "--mode", mode, "--resolution", str(dpi), *REGION]
        target = ["-o", "page1.png"] if source == "Platen" else ["--batch=page%d.png"]
        code, said = await scanimage(running, tmp_path, *options, *target)
        assert code in (0, NO_MORE_DOCUMENTS), said
        sides = 2 if source == "ADFDuplex" else 1
        if source != "Platen":
            assert re.search(rf"\b{sides} pages? scanned", said), said
        for side in range(1, sides + 1):
            await asyncio.to_thread(check, tmp_path / f"page{side}.png", mode, dpi)
