"""What a plan does to pages, as others saw it: zxing and Pillow in what the scan server has stored, a client of the
standard library and lxml in what the device tells of itself."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageStat
from scan_service_bench import Caller, device
from scanner_bench import Client, Clock, make_scanner, scan_ticket, until

from emulator import Lab
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults import page_images
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import PlanError, read_plan
from emulator.imaging.affine import IDENTITY
from emulator.imaging.samples import DeepImage, Raster
from emulator.imaging.scanned import Scanned
from emulator.layers import Layers
from emulator.wsscan.values.geometry import Resolution
from emulator.wsscan.values.status import ConditionName

DEVICE = {Role.DEVICE, Role.CLIENT}


def fault(do: str, page: int = 2, **more: Any) -> str:
    """One fault of a plan."""
    fields = {"name": do, "at": "page", "do": do, "page": page, **more}
    return "[[fault]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())


def plugged(plan: str, layers: Layers) -> Ledger:
    ledger = Ledger(read_plan(plan.encode(), "plan.toml").for_roles(DEVICE))
    disturb(ledger, DEVICE, layers, "Office MFP")
    return ledger


# Images, as the scan server has stored them

IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "blank": ({}, "620x877, no code, nothing on it"),
    "upside-down": ({}, "620x877, page 2 at 180 degrees"),
    "rotated": ({"degrees": 90}, "877x620, page 3 at 90 degrees"),
    "skewed": ({"degrees": 5}, "620x877, page 4 at 5 degrees"),
    "dark": ({"percent": 40}, "620x877, page 5 at 0 degrees, 60 % as light"),
    "light": ({"percent": 40}, "620x877, page 6 at 0 degrees, 60 % as dark"),
    "inverted": ({}, "620x877, page 7 at 0 degrees, white is black"),
    "cut-off": ({"percent": 60}, "620x877, no code, 40 % of it white below"),
    "short": ({"percent": 60}, "620x526, no code, the upper part"),
}
"""Alteration, parameters, and what is seen in the image of the page of that number."""


SETTINGS = ["Format=png", "ColorProcessing=Grayscale8", "Resolution=75"]


def seen(altered: Image.Image, plain: Image.Image) -> str:
    """What a reader finds in an image, who knows how it should be."""
    said = ["{}x{}".format(*altered.size)]
    codes = zxingcpp.read_barcodes(altered, formats=zxingcpp.BarcodeFormat.QRCode)
    if codes:
        page = re.search(r";page=(\d+);", codes[0].text)
        said.append(f"page {page and page[1]} at {round(codes[0].orientation) % 360} degrees")
    else:
        said.append("no code")
    if altered.size == plain.size:
        light, before = ImageStat.Stat(altered).mean[0], ImageStat.Stat(plain).mean[0]
        box = ImageChops.invert(altered).getbbox()
        kept = 0 if box is None else box[3]
        upper = (0, 0, altered.width, kept)
        if not kept:
            said.append("nothing on it")
        elif ImageChops.difference(altered, ImageChops.invert(plain)).getbbox() is None:
            said.append("white is black")
        elif altered.crop(upper).tobytes() == plain.crop(upper).tobytes():
            said.append(f"{100 - 100 * kept / altered.height:.0f} % of it white below")
        elif altered.getextrema()[1] < 255:
            said.append(f"{100 * light / before:.0f} % as light")
        elif altered.getextrema()[0] > plain.getextrema()[0] + 50:
            said.append(f"{100 * (255 - light) / (255 - before):.0f} % as dark")
    elif altered.tobytes() == plain.crop((0, 0, *altered.size)).tobytes():
        said.append("the upper part")
    return ", ".join(said)


@pytest.fixture(scope="module")
def stored() -> dict[str, str]:
    """One job with an alteration at each page, and one as it should be."""
    plan = "".join(fault(name, number, **more) for number, (name, (more, _)) in enumerate(IMAGES.items(), 1))

    async def run() -> dict[str, str]:
        async with Lab(strict=True) as lab:
            scanner = await lab.add_device("office-mfp")
            asked = {
                "pages": len(IMAGES),
                "settings": ["Format=png", "ColorProcessing=Grayscale8", "Resolution=75"],
            }
            whole = await scanner.scan(**asked)
            ledger = plugged(plan, scanner.layers)
            altered = await scanner.scan(**asked)
            assert not ledger.unfired
            assert whole.outcome == altered.outcome == "Completed"
            jobs = lab.server.jobs
            assert not any(job.deviations for job in jobs), "no scan server looks into images: strict or not"
            plain, other = ([Image.open(image.path).convert("L") for image in job.images] for job in jobs)
            assert len(plain) == len(other) == len(IMAGES)
            return dict(zip(IMAGES, map(seen, other, plain), strict=True))

    return asyncio.run(run())


@pytest.mark.parametrize("name", IMAGES)
def test_an_altered_image_is_what_the_server_has_stored(name: str, stored: dict[str, str]) -> None:
    assert stored[name] == IMAGES[name][1]


# Conditions and sheets, as a client of another make sees them


CONDITIONS: dict[str, tuple[dict[str, Any], str]] = {
    "MediaJam": ({}, "Stopped MediaJam, MediaJam of MediaPath: Critical; Processing ScannerStopped; 4 images"),
    "CoverOpen": (
        {"component": "ADF"},
        "Stopped CoverOpen, CoverOpen of ADF: Warning; Processing ScannerStopped; 4 images",
    ),
    "InterlockOpen": (
        {},
        "Stopped InterlockOpen, InterlockOpen of MediaPath: Critical; Processing ScannerStopped; 4 images",
    ),
    "InternalStorageFull": (
        {"severity": "Critical"},
        "Stopped InternalStorageFull, InternalStorageFull of MediaPath: Critical; Processing ScannerStopped; "
        "4 images",
    ),
    "LampError": ({}, "Stopped LampError, LampError of Platen: Critical; Processing ScannerStopped; 4 images"),
    "MultipleFeedError": (
        {},
        "Stopped MultipleFeedError, MultipleFeedError of ADF: Critical; Processing ScannerStopped; 4 images",
    ),
    "Calibrating": (
        {},
        "Processing Calibrating, Calibrating of Platen: Informational; Processing JobScanning; 4 images",
    ),
    "LampWarming": (
        {"for": 3},
        "Processing LampWarming, LampWarming of Platen: Informational; Processing JobScanning; 4 images",
    ),
    "InputTrayEmpty": ({}, "Processing None, InputTrayEmpty of ADF: Warning; Processing JobScanning; 4 images"),
    "double-feed": (
        {},
        "Stopped MultipleFeedError, MultipleFeedError of ADF: Critical; Processing ScannerStopped; 3 images",
    ),
    "double-feed-unnoticed": ({}, "Processing None; Processing JobScanning; 3 images"),
    "empty": ({}, "Processing None, InputTrayEmpty of ADF: Warning; Processing None; 2 images"),
    "page-failed": ({"reason": "torn"}, "Idle None; Aborted DocumentFormatError; 1 images, then OperationFailed"),
}
"""Alteration at page 2 of 4, parameters, and what is seen: scanner and job while it lasts, and what came in all."""


async def met(name: str, folder: Path) -> str:
    """A job of four sheets at a device with that fault, by a client of the standard library."""
    async with device(folder, sheets=4) as running:
        ledger = plugged(fault(name, **CONDITIONS[name][0]), running.layers)
        caller = Caller(running)
        job = await caller.job()
        assert (await job.retrieve()).status == 200
        while True:
            status = await caller.elements("wscn:ScannerStatus")
            told = await caller.job_elements(job.id)
            if told.text("//wscn:ScansCompleted") == "2":
                status = await caller.elements("wscn:ScannerStatus")
                break
            if status.texts("//wscn:DeviceCondition") and name not in GOING_ON:
                break
            if told.text("//wscn:JobState") == "Aborted":
                break
            await asyncio.sleep(0.01)
        scanner = f"{status.text('//wscn:ScannerState')} {' '.join(status.texts('//wscn:ScannerStateReason'))}"
        conditions = zip(*(status.texts(f"//wscn:DeviceCondition/wscn:{each}") for each in PARTS), strict=True)
        said = ", ".join([scanner, *(f"{what} of {where}: {how}" for what, where, how in conditions)])
        said += f"; {told.text('//wscn:JobState')} {told.text('//wscn:JobStateReason')}"
        running.scanner.clear()
        images, end = await job.images()
        assert [each.fault.name for each in ledger.firings] == [name]
        return f"{said}; {len(images) + 1} images" + (f", then {end.fault}" if end.fault not in ENDS else "")


PARTS = ("Name", "Component", "Severity")
GOING_ON = ("empty", "InputTrayEmpty")
"""The page is scanned nevertheless."""
ENDS = ("ClientErrorNoImagesAvailable",)


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_client_is_told(name: str, tmp_path: Path) -> None:
    assert await met(name, tmp_path) == CONDITIONS[name][1]


CLOCK = {"slow"}
"""Seen by the clock alone."""


def test_every_alteration_of_a_page_is_met_by_somebody() -> None:
    assert set(alterations_at(At.PAGE)) == set(IMAGES) | set(CONDITIONS) | CLOCK


# The clock of the scanner


@pytest.mark.parametrize(
    ("do", "more", "slept"),
    [("slow", {"for": 7}, [7]), ("MediaJam", {"for": 3}, [3]), ("LampWarming", {}, [5]), ("MediaJam", {}, [])],
)
async def test_what_passes_by_itself_does_so_by_the_clock_of_the_scanner(
    do: str, more: dict[str, Any], slept: list[float], tmp_path: Path
) -> None:
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock)
    ledger = plugged(fault(do, **more), scanner.layers)
    client = Client(scanner, scanner.create_job(scan_ticket(images_to_transfer=2)))
    await client.fetch()
    if do == "MediaJam" and not slept:
        await until(lambda: scanner.engine.conditions.stopped)
        scanner.clear()
    await client.fetch()
    assert clock.slept == slept
    assert not ledger.unfired
    assert not scanner.engine.conditions.active
    await scanner.stop()


async def test_what_somebody_clears_before_its_time_does_not_come_again_by_that(tmp_path: Path) -> None:
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock)
    assert scanner.engine.happens(ConditionName.MEDIA_JAM, seconds=40)
    assert not scanner.engine.happens(ConditionName.MEDIA_JAM, seconds=1), "it is there already"
    scanner.clear()
    scanner.jam()
    await clock.advance(41)
    assert [each.name for each in scanner.engine.conditions.active] == ["MediaJam"]
    await scanner.stop()


# Post-scan jobs


async def test_a_plan_at_the_pages_of_a_post_scan_job() -> None:
    """A jam that passes, a sheet that is lost, a page that never comes, and counts instead of a number."""
    plan = (
        fault("MediaJam", 2, **{"for": 0.01})
        + fault("double-feed-unnoticed", 3)
        + fault("blank", 40)
        + '[[fault]]\nname = "each second"\nat = "page"\ndo = "light"\nevery = 2\ntimes = 1\n'
    )
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        ledger = plugged(plan, scanner.layers)
        outcome = await scanner.scan(pages=5, settings=["Resolution=75"])
        (job,) = lab.server.jobs
    assert (outcome.outcome, len(job.images)) == ("Completed", 4)
    assert [(each.fault.name, each.passes.number, each.count) for each in ledger.firings] == [
        ("MediaJam", 2, 1),
        ("each second", 2, 2),
        ("double-feed-unnoticed", 3, 1),
    ]
    assert [each.name for each in ledger.unfired] == ["blank"]


async def test_a_page_that_cannot_be_read_fails_the_post_scan_job_with_the_reason() -> None:
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        plugged(fault("page-failed", reason="torn in two"), scanner.layers)
        outcome = await scanner.scan(pages=3, settings=["Resolution=75"])
        (job,) = lab.server.jobs
    assert outcome.outcome != "Completed"
    assert "torn in two" in str(outcome.error)
    assert str(job.state) == "Canceled"


async def test_no_sheet_of_the_feeder_is_lost_while_a_page_is_scanned_from_the_glass() -> None:
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        plugged(fault("double-feed-unnoticed", 1), scanner.layers)
        await scanner.load(sheets=3, replace=True)
        outcome = await scanner.scan(pages=1, settings=["Resolution=75", "InputSource=Platen"])
        assert "is scanned from Platen, not from the feeder" in str(outcome.error)
        assert scanner.scanner.snapshot().sheets == 3


@pytest.mark.parametrize(
    ("format", "color"),
    [
        ("tiff-multi-g4", "BlackAndWhite1"),
        ("pdf-a", "Grayscale8"),
    ],
)
async def test_images_are_altered_whatever_document_they_come_into(format: str, color: str) -> None:
    plan = "".join(fault(name, number, **more) for number, (name, (more, _)) in enumerate(IMAGES.items(), 1))
    async with Lab() as lab:
        scanner = await lab.add_device("production-duplex")
        ledger = plugged(plan, scanner.layers)
        settings = [f"Format={format}", f"ColorProcessing={color}", "Resolution=100"]
        outcome = await scanner.scan(pages=len(IMAGES), settings=settings)
        (job,) = lab.server.jobs
        pictures = [each.size for image in job.images for each in image.pictures()]
    assert (outcome.outcome, outcome.error) == ("Completed", None)
    assert not ledger.unfired
    width, height = pictures[0]
    turned = list(IMAGES).index("rotated")
    assert pictures[turned] == (height, width)
    assert pictures[-1][0] == width
    assert pictures[-1][1] == pytest.approx(0.6 * height, abs=2)
    # Those of a PDF are drawn anew, a pixel more or less.
    rest = [(size[0] // 4, size[1] // 4) for number, size in enumerate(pictures[:-1]) if number != turned]
    assert set(rest) == {(width // 4, height // 4)}


async def test_files_that_are_sent_as_they_are_can_be_held_up_and_not_be_altered(tmp_path: Path) -> None:
    file = tmp_path / "letter.png"
    Image.new("L", (60, 80), 99).save(file)
    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        ledger = Ledger(read_plan((fault("MediaJam", 1, **{"for": 0.01})).encode(), "plan.toml"))
        unplug = disturb(ledger, DEVICE, scanner.layers, "Office MFP")
        held = await scanner.scan(file, as_is=True)
        unplug()
        plugged(fault("blank", 1), scanner.layers)
        altered = await scanner.scan(file, as_is=True)
        (whole, _) = lab.server.jobs
        assert whole.images[0].path.read_bytes() == file.read_bytes()
    assert (held.outcome, len(ledger.firings)) == ("Completed", 1)
    assert "the file is sent as it is: nothing of it is scanned or altered" in str(altered.error)


@pytest.mark.parametrize(
    ("do", "more", "said"),
    [
        ("double-feed", {}, "the fault 'double-feed' cannot be: the Flatbed has no feeder"),
        ("CoverOpen", {"component": "ADF"}, "the fault 'CoverOpen' cannot be: the Flatbed has no ADF"),
        ("MediaJam", {"component": "Film"}, "the fault 'MediaJam' cannot be: the Flatbed has no Film"),
        (
            "LampError",
            {"component": "MediaPath"},
            "is a condition of Platen, ADF, Film, not of MediaPath",
        ),
    ],
)
async def test_what_this_scanner_cannot_have_fails_the_job_and_says_why(
    do: str, more: dict[str, Any], said: str
) -> None:
    async with Lab() as lab:
        scanner = await lab.add_device("flatbed")
        plugged(fault(do, 1, **more), scanner.layers)
        outcome = await scanner.scan(pages=1, settings=["Resolution=75"])
    assert said.replace("the Flatbed", f"the {scanner.profile.friendly_name}") in str(outcome.error)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("for = 0", "fault.for: 0 is not allowed"),
        ("percent = 3", "fault.percent: no such field"),
        ('component = "Lid"', "fault.component: 'Lid' is not allowed; allowed: ADF, Film, MediaPath, Platen"),
        ("image = 3", "fault.image: only at SendImage, at RetrieveImage and at a delivery"),
        ('operation = "SendImage"', "fault.operation: means nothing at page"),
    ],
)
def test_a_plan_of_pages_with_a_mistake(line: str, said: str) -> None:
    with pytest.raises(PlanError) as told:
        read_plan((fault("MediaJam") + line).encode(), "plan.toml")
    assert said in str(told.value)


# Images of every kind


def rasters() -> dict[str, Raster]:
    gradient = Image.linear_gradient("L").resize((40, 60))
    samples = np.asarray(gradient).astype(np.uint16)[..., None] * 257
    return {
        "1": gradient.point(lambda value: 255 * (value > 99)).convert("1"),
        "L": gradient,
        "RGB": Image.merge("RGB", [gradient, gradient.rotate(180), gradient]),
        "RGBA": Image.merge("RGBA", [gradient] * 4),
        "deep grey": DeepImage(samples),
        "deep RGB": DeepImage(np.repeat(samples, 3, 2)),
        "deep RGBA": DeepImage(np.repeat(samples, 4, 2)),
    }


def pixels(image: Raster) -> Any:
    """Samples from 0 to 1, at least one a pixel."""
    if isinstance(image, DeepImage):
        return image.samples / 65535
    found = np.asarray(image.convert("L") if image.mode == "1" else image) / 255
    return found[..., None] if found.ndim == 2 else found


@pytest.mark.parametrize("kind", rasters())
def test_images_of_every_kind_are_altered_alike(kind: str) -> None:
    image = rasters()[kind]
    scanned = Scanned(image, "", Resolution(75, 100), IDENTITY)
    before = pixels(image)
    ink = slice(0, 3)  # not what is transparent

    def after(alter: Callable[..., Scanned], *arguments: Any) -> Any:
        altered = alter(scanned, *arguments)
        if isinstance(image, Image.Image):
            assert isinstance(altered.image, Image.Image)
            assert altered.image.mode == image.mode
        assert pixels(image) == pytest.approx(before), "what was given stays as it is"
        return pixels(altered.image)

    assert after(page_images.blank).min() == 1
    assert np.array_equal(after(page_images.rotated, 180), before[::-1, ::-1])
    assert np.array_equal(after(page_images.rotated, 90), np.rot90(before, -1))
    assert page_images.rotated(scanned, 90).resolution == Resolution(100, 75)
    assert after(page_images.skewed, 0) == pytest.approx(before, abs=0.05)
    assert after(page_images.skewed, 30)[0, 0].min() == 1, "white where nothing is"
    half = after(page_images.darker, 50)
    lighter = after(page_images.lighter, 50)
    if kind == "1":
        assert half.sum() < before.sum() < lighter.sum()
    else:
        assert half[..., ink] == pytest.approx(before[..., ink] / 2, abs=0.01)
        assert lighter[..., ink] == pytest.approx((1 + before[..., ink]) / 2, abs=0.01)
    assert after(page_images.inverted)[..., ink] == pytest.approx(1 - before[..., ink])
    if "A" in kind:
        assert np.array_equal(after(page_images.inverted)[..., 3], before[..., 3])
    cut = after(page_images.cut_off, 40)
    assert np.array_equal(cut[:24], before[:24])
    assert cut[24:].min() == 1
    assert np.array_equal(after(page_images.shortened, 40), before[:24])


@pytest.mark.parametrize("degrees", [30, -30])
def test_a_skewed_page_knows_where_its_points_are(degrees: float) -> None:
    image = Image.new("L", (100, 60), 255)
    image.paste(0, (70, 20, 74, 24))
    altered = page_images.skewed(Scanned(image, "", Resolution(75, 75), IDENTITY), degrees)
    assert isinstance(altered.image, Image.Image)
    x, y = altered.page_to_image(72, 22)
    assert altered.image.getpixel((int(x), int(y))) == 0
    dark = np.argwhere(np.asarray(altered.image) < 128).mean(0)
    assert (dark[1] + 0.5, dark[0] + 0.5) == pytest.approx((x, y), abs=0.7)
