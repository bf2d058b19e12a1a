"""What ImageInformation and DocumentFinalParameters say against the file that comes, asked over WS-Scan by a client
that is not ours and decoded by Pillow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio
from PIL import Image, ImageChops
from scan_service_bench import Answer, Caller, Job, device, ticket

from emulator.device.device import ScanDevice
from emulator.device.profile import profile_from_text
from emulator.device.settings import DeviceIdentity

DETECT = "<wscn:InputSize><wscn:DocumentSizeAutoDetect>true</wscn:DocumentSizeAutoDetect></wscn:InputSize>"
LARGEST = (11700, 17000)


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    spool = tmp_path / "spool"
    spool.mkdir()
    async with device(spool) as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


def side(
    color: str = "Grayscale8",
    ppi: tuple[int, int] = (75, 75),
    region: tuple[int, int, int, int] | None = None,
    must_honor: bool = False,
) -> str:
    """Content of MediaFront."""
    text = ""
    if region is not None:
        mark = ' wscn:MustHonor="true"' if must_honor else ""
        names = ("XOffset", "YOffset", "Width", "Height")
        leaves = (f"<wscn:ScanRegion{n}{mark}>{v}</wscn:ScanRegion{n}>" for n, v in zip(names, region, strict=True))
        text += f"<wscn:ScanRegion>{''.join(leaves)}</wscn:ScanRegion>"
    return (
        f"{text}<wscn:ColorProcessing>{color}</wscn:ColorProcessing><wscn:Resolution><wscn:Width>{ppi[0]}"
        f"</wscn:Width><wscn:Height>{ppi[1]}</wscn:Height></wscn:Resolution>"
    )


def sheet(folder: Path, inches: tuple[float, float], name: str = "", ppi: int = 100) -> Path:
    """A grey page of that size."""
    path = folder / f"{name or f'{inches[0]}x{inches[1]}'}.png"
    Image.new("L", (round(inches[0] * ppi), round(inches[1] * ppi)), 180).save(path, dpi=(ppi, ppi))
    return path


def told(answer: Answer, which: str = "Front") -> tuple[int, int, int]:
    """ImageInformation: pixels, lines, bytes of a line."""
    place = f"//wscn:ImageInformation/wscn:Media{which}ImageInfo/wscn:"
    names = ("PixelsPerLine", "NumberOfLines", "BytesPerLine")
    return tuple(int(answer.text(place + name)) for name in names)  # type: ignore[return-value]


def final(answer: Answer, path: str) -> str:
    return answer.text(f"//wscn:DocumentFinalParameters/{path}")


def media_size(answer: Answer) -> tuple[int, int]:
    place = "wscn:InputSize/wscn:InputMediaSize/wscn:"
    return int(final(answer, f"{place}Width")), int(final(answer, f"{place}Height"))


def random_ticket(random: Random) -> str:
    """Settings of all kinds, some of which the device replaces."""
    x, y = random.randrange(0, 3000), random.randrange(0, 4000)
    region = (x, y, random.randrange(500, 5000), random.randrange(500, 7000))
    exposure = random.choice(
        [
            "<wscn:AutoExposure>true</wscn:AutoExposure>",
            f"<wscn:ExposureSettings><wscn:Contrast>{random.randrange(-1000, 1001)}</wscn:Contrast>"
            f"<wscn:Brightness>{random.randrange(-1000, 1001)}</wscn:Brightness>"
            f"<wscn:Sharpness>{random.randrange(-100, 101)}"
            "</wscn:Sharpness></wscn:ExposureSettings>",
        ]
    )
    content = random.choice(["Auto", "Text", "Photo", "Halftone", "Mixed"])
    parameters = (
        f"<wscn:ContentType>{content}</wscn:ContentType>"
        f"<wscn:Exposure>{exposure}</wscn:Exposure>"
        f"<wscn:Scaling><wscn:ScalingWidth>{random.randrange(25, 300)}</wscn:ScalingWidth><wscn:ScalingHeight>"
        f"{random.randrange(25, 300)}</wscn:ScalingHeight></wscn:Scaling>"
        f"<wscn:Rotation>{random.choice([0, 90, 180, 270])}</wscn:Rotation>"
    )
    parameters += random.choice(["", DETECT])
    color = random.choice(["BlackAndWhite1", "Grayscale8", "RGB24"])
    ppi = (random.choice([75, 100, 150]), random.choice([75, 100, 200]))
    format = random.choice(["png", "tiff-single-uncompressed"])
    source = random.choice(["ADF", "Platen"])
    return ticket(parameters, source=source, format=format, images=1, side=side(color, ppi, region))


DEPTH = {"1": 1, "L": 8, "RGB": 24}


@pytest.mark.parametrize("seed", range(24))
async def test_a_random_ticket_gives_the_file_that_was_told(seed: int, caller: Caller) -> None:
    # The law: [notes/c-19/bytes-per-line-of-compressed-formats] [wscn/wire/resolutions-in-pixels-per-inch]
    # The law: [wscn/wire/lengths-in-thousandths-of-an-inch] [wscn/wire/scaling-in-percent]
    # The law: [wscn/image-information/after-all-adjustment] [wscn/image-information/bytes-with-padding]
    # The law: [wscn/image-information/bytes-of-a-compressed-format] [wscn/color/keywords]
    # The law: [wscn/ticket/rotation] [wscn/ticket/scaling]
    wanted = random_ticket(Random(seed))
    validated = await caller.call("ValidateScanTicket", wanted)
    job: Job = await caller.job(wanted)
    image = (await job.retrieve()).image
    pixels, lines, octets = told(job.created)
    assert image.size == (pixels, lines)
    assert told(validated) == (pixels, lines, octets)
    if final(job.created, "wscn:Format").startswith("tiff"):
        assert octets == (pixels * DEPTH[image.mode] + 7) // 8
    else:
        assert octets == 0
    modes = {"BlackAndWhite1": "1", "Grayscale8": "L", "RGB24": "RGB"}
    front = "wscn:MediaSides/wscn:MediaFront/wscn:"
    assert image.mode == modes[final(job.created, f"{front}ColorProcessing")]
    # The size once more, from DocumentFinalParameters alone.
    rotation = int(final(job.created, "wscn:Rotation"))
    size = []
    for axis in ("Width", "Height"):
        length = int(final(job.created, f"{front}ScanRegion/wscn:ScanRegion{axis}"))
        ppi = int(final(job.created, f"{front}Resolution/wscn:{axis}"))
        size.append(length * ppi * int(final(job.created, f"wscn:Scaling/wscn:Scaling{axis}")) / 100_000)
    if rotation in (90, 270):
        size.reverse()
    assert image.size == pytest.approx(size, abs=0.5001)
    resolution = [int(final(job.created, f"{front}Resolution/wscn:{axis}")) for axis in ("Width", "Height")]
    if rotation in (90, 270):
        resolution.reverse()
    assert image.info["dpi"] == pytest.approx(resolution, abs=0.02)
    assert (await job.ended())[0] == "Completed"


async def test_the_size_of_the_first_sheet_is_told_and_each_has_its_own(
    caller: Caller, mfp: ScanDevice, tmp_path: Path
) -> None:
    mfp.scanner.empty_feeder()
    sizes = [(5.83, 8.27), (8.27, 11.69), (8.5, 14.0), (11.0, 8.5)]
    await mfp.scanner.load_files([sheet(tmp_path, size) for size in sizes])
    job = await caller.job(ticket(DETECT, format="png"))
    assert media_size(job.created) == (5830, 8270)
    assert job.created.texts("//wscn:DocumentFinalParameters//wscn:InputMediaSize/*/@wscn:Override")
    images, fault = await job.images()
    assert fault.fault == "ClientErrorNoImagesAvailable"
    assert images[0].image.size == told(job.created)[:2]
    expected = [(int(w * 75 + 0.5), int(h * 75 + 0.5)) for w, h in sizes]
    assert [image.image.size for image in images] == expected
    # All of each image is sheet, nothing lid.
    assert all(image.image.getextrema() == (180, 180) for image in images)


async def test_a_region_beyond_the_detected_size_is_ignored_and_told(
    caller: Caller, mfp: ScanDevice, tmp_path: Path
) -> None:
    # The law: [wscn/validation/region-outside-detected-size]
    mfp.scanner.empty_feeder()
    await mfp.scanner.load_files([sheet(tmp_path, size) for size in [(6, 6), (8.5, 11)]])
    region = (1000, 1000, 6000, 7000)
    job = await caller.job(ticket(DETECT, side=side(region=region)))
    place = "//wscn:DocumentFinalParameters//wscn:ScanRegion/wscn:ScanRegion"
    names = ("XOffset", "YOffset", "Width", "Height")
    assert [job.created.text(place + name) for name in names] == ["0", "0", "6000", "6000"]
    assert set(job.created.texts(f"{place}Width/@wscn:Override")) <= {"true", "1"}
    assert job.created.texts(f"{place}Width/@wscn:Override")
    images, _ = await job.images()
    # The second sheet has room for the region.
    assert [image.image.size for image in images] == [(450, 450), (450, 525)]


async def test_a_region_beyond_the_detected_size_that_is_demanded_is_refused(
    caller: Caller, mfp: ScanDevice, tmp_path: Path
) -> None:
    mfp.scanner.empty_feeder()
    await mfp.scanner.load_files([sheet(tmp_path, (6, 6))])
    wanted = ticket(DETECT, side=side(region=(0, 0, 6000, 7000), must_honor=True))
    answer = await caller.create(wanted)
    assert answer.fault == "InvalidArgs"
    assert "6000x6000" in answer.detail
    validated = await caller.call("ValidateScanTicket", wanted)
    assert validated.text("//wscn:ValidTicket") in ("false", "0")
    assert len(mfp.scanner.engine.feeder or ()) == 1  # looked at, not taken


async def test_a_back_is_as_large_as_its_front(caller: Caller, mfp: ScanDevice, tmp_path: Path) -> None:
    mfp.scanner.empty_feeder()
    await mfp.scanner.load_files([sheet(tmp_path, size) for size in [(5, 7), (8, 10)]])
    job = await caller.job(ticket(DETECT, source="ADFDuplex"))
    assert told(job.created, "Back")[:2] == told(job.created)[:2] == (375, 525)
    images, _ = await job.images()
    assert [image.image.size for image in images] == [(375, 525)] * 2 + [(600, 750)] * 2


async def test_the_platen_detects_what_lies_on_it(caller: Caller, mfp: ScanDevice, tmp_path: Path) -> None:
    await mfp.scanner.place_file(sheet(tmp_path, (6, 4)))
    job = await caller.job(ticket(DETECT, source="Platen"))
    assert media_size(job.created) == (6000, 4000)
    assert (await job.retrieve()).image.size == (450, 300)
    # A letter is of the usual paper.
    await mfp.scanner.place_file(None)
    job = await caller.job(ticket(DETECT, source="Platen"))
    assert media_size(job.created) == (8268, 11693)


async def test_a_page_of_unknown_size_is_as_large_as_can_be(
    caller: Caller, mfp: ScanDevice, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    Image.new("L", (1170, 850)).save(path)
    await mfp.scanner.place_file(path)
    job = await caller.job(ticket(DETECT, source="Platen"))
    assert media_size(job.created) == (11700, 8500)


async def test_looking_ahead_does_not_disturb_a_scan_that_goes_on(
    caller: Caller, mfp: ScanDevice, tmp_path: Path
) -> None:
    mfp.scanner.empty_feeder()
    await mfp.scanner.load_files([sheet(tmp_path, (4 + number, 6), str(number)) for number in range(5)])
    job = await caller.job(ticket(DETECT))
    sizes = []
    for _ in range(5):
        answer, validated = await job.retrieve(), await caller.call("ValidateScanTicket", ticket(DETECT))
        sizes.append(answer.image.size)
        assert validated.text("//wscn:ValidTicket") in ("true", "1")
    assert sizes == [(75 * (4 + number), 450) for number in range(5)]


async def test_a_page_too_large_to_scan_is_refused_before_anything_is(caller: Caller, mfp: ScanDevice) -> None:
    scaled = (
        "<wscn:Scaling><wscn:ScalingWidth>400</wscn:ScalingWidth><wscn:ScalingHeight>400</wscn:ScalingHeight>"
        "</wscn:Scaling>"
    )
    answer = await caller.create(ticket(scaled, side=side("RGB24", (600, 600))))
    assert answer.fault == "InvalidArgs"
    assert "GB of memory" in answer.detail
    assert len(mfp.scanner.engine.feeder or ()) == 5


async def test_sides_are_scanned_apart(caller: Caller) -> None:
    # The law: [wscn/ticket/media-sides]
    back = side("BlackAndWhite1", (150, 100), (0, 0, 3000, 4000))
    wanted = ticket(source="ADFDuplex", images=2, side=side("RGB24", (75, 100)))
    wanted = wanted.replace("</wscn:MediaFront>", f"</wscn:MediaFront><wscn:MediaBack>{back}</wscn:MediaBack>")
    job = await caller.job(wanted)
    images, _ = await job.images()
    assert [image.image.mode for image in images] == ["RGB", "1"]
    assert [image.image.size for image in images] == [told(job.created)[:2], told(job.created, "Back")[:2]]
    assert images[1].image.size == (450, 400)


async def test_a_quarter_turn_is_one(caller: Caller) -> None:
    # The law: [wscn/ticket/rotation]
    upright = await caller.job(ticket(source="Platen"))
    first = (await upright.retrieve()).image
    await upright.ended()
    turned = await caller.job(ticket("<wscn:Rotation>90</wscn:Rotation>", source="Platen"))
    second = (await turned.retrieve()).image
    assert not ImageChops.difference(first.transpose(Image.Transpose.ROTATE_270), second).getbbox()


# Film

SLIDES = """
friendly_name = "Slide Scanner"
model_name = "S1"
[device_settings]
formats = ["png"]
[film]
film_scan_modes = ["ColorSlideFilm", "ColorNegativeFilm", "BlackandWhiteNegativeFilm"]
optical_resolution = [2400, 2400]
resolutions = [600, 2400]
colors = ["Grayscale8", "RGB24"]
minimum_size = [500, 500]
maximum_size = [1417, 945]
[default_ticket]
format = "png"
images_to_transfer = 1
input_source = "Film"
film_scan_mode = "ColorSlideFilm"
input_size = [1417, 945]
color_processing = "RGB24"
resolution = [600, 600]
"""


async def film_scan(caller: Caller, mode: str) -> Image.Image:
    """One frame through the service."""
    wanted = ticket(f"<wscn:FilmScanMode>{mode}</wscn:FilmScanMode>", source="Film", side=side("RGB24", (600, 600)))
    job = await caller.job(wanted)
    image = (await job.retrieve()).image
    image.load()
    assert final(job.created, "wscn:FilmScanMode") == mode
    assert image.size == told(job.created)[:2] == (850, 567)
    await job.ended()
    return image


async def test_the_three_modes_of_film(tmp_path: Path) -> None:
    # The law: [wscn/ticket/film-scan-mode] [wscn/film/scan-modes-supported]
    frame = tmp_path / "frame.png"
    Image.new("RGB", (1417, 945), (210, 120, 40)).save(frame)
    (tmp_path / "spool").mkdir()
    profile = profile_from_text(SLIDES, "slides", "slides.toml")
    async with ScanDevice(profile, DeviceIdentity(uuid4(), 1), spool=tmp_path / "spool") as scanner:
        caller = Caller(scanner)
        letters = [await film_scan(caller, mode) for mode in ("ColorSlideFilm", "ColorNegativeFilm")]
        # The letter lies on the film that the mode is for: black on white either way.
        for letter in letters:
            assert letter.getpixel((20, 280)) == pytest.approx((255, 255, 255), abs=3)
        await scanner.scanner.place_file(frame, film=True)
        assert (await film_scan(caller, "ColorSlideFilm")).getpixel((400, 300)) == (210, 120, 40)
        grey = (await film_scan(caller, "BlackandWhiteNegativeFilm")).getpixel((400, 300))
        seen = round(0.299 * 210 + 0.587 * 120 + 0.114 * 40)
        assert grey == pytest.approx((255 - seen,) * 3, abs=1)
        color = (await film_scan(caller, "ColorNegativeFilm")).getpixel((400, 300))
        expected = [
            (1 - value / 255 / base) * 255 for value, base in zip((210, 120, 40), (1, 0.62, 0.42), strict=True)
        ]
        assert color == pytest.approx(expected, abs=1)
        with pytest.raises(ValueError, match="no platen"):
            await scanner.scanner.place_file(frame)
