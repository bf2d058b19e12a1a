"""A real client: `scanimage` of SANE with the sane-airscan backend scans from our devices, by address."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from pathlib import Path

import pytest
from optional_programs import needs_program, skip_or_fail
from PIL import Image, ImageChops
from scan_service_bench import device
from scanner_bench import small_profile, until

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.profile_sections import JobsSection
from emulator.device.settings import DeviceIdentity
from emulator.imaging.letter import A4, LetterSource
from emulator.imaging.pages import Wanted
from emulator.wsscan.values.geometry import Resolution

NO_MORE_DOCUMENTS = 7  # SANE_STATUS_NO_DOCS
MODES = {"Color": "RGB", "Gray": "L"}


def configured(folder: Path, running: ScanDevice) -> dict[str, str]:
    """The environment of a SANE that knows one scanner, ours."""
    places = ("lib/*/sane", "lib64/sane", "lib/sane", "local/lib/sane")
    if not any(list(Path("/usr").glob(f"{place}/libsane-airscan.so*")) for place in places):
        skip_or_fail("the SANE backend airscan is not installed")
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f'[devices]\n"Ours" = {running.scan_service_url}, WSD\n[options]\ndiscovery = disable\nws-discovery = off\n'
    )
    return {**os.environ, "SANE_CONFIG_DIR": str(folder)}


async def scanimage(running: ScanDevice, folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and what it said."""
    command = [needs_program("scanimage"), "-d", "airscan:w0:Ours", "--format=png", *options]
    process = await asyncio.create_subprocess_exec(
        *command,
        env=await asyncio.to_thread(configured, folder / "sane", running),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, said.decode()


def check(path: Path, mode: str, dpi: int, inches: tuple[float, float], letter: LetterSource, page: int) -> None:
    """The file shows that page of the letter, on a sheet of A4 in the corner, pixel by pixel."""
    with Image.open(path) as image:
        assert image.mode == MODES[mode]
        for got, wanted in zip(image.size, inches, strict=True):
            assert abs(got - wanted * dpi) <= 1
        drawn = letter.page(page, Wanted(Resolution(dpi, dpi), "RGB" if mode == "Color" else "L", A4)).image
        sheet = Image.new(image.mode, image.size, "white")
        sheet.paste(drawn.convert(image.mode))
        assert ImageChops.difference(image, sheet).getbbox() is None


def qr_code(path: Path) -> str:
    """What the page's code says, read by another program."""
    found = subprocess.run(
        [needs_program("zbarimg"), "-q", "--raw", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return found.stdout.strip()


@pytest.mark.parametrize(
    ("mode", "dpi"), [("Gray", 75), ("Color", 100), ("Gray", 150), ("Color", 300), ("Gray", 600), ("Color", 600)]
)
async def test_the_flatbed(mode: str, dpi: int, tmp_path: Path) -> None:
    # The law: [clients/sane-airscan/configuration-asked-for] [clients/sane-airscan/http-request]
    # The law: [clients/sane-airscan/scanner-configuration] [clients/sane-airscan/job-id-and-token]
    # The law: [clients/sane-airscan/multipart-with-boundary] [clients/sane-airscan/part-header-ends-in-crlf]
    profile = load_profile("flatbed")
    async with ScanDevice(profile, DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path / "spool") as running:
        options = ("--mode", mode, "--resolution", str(dpi), "-o", "page.png")
        code, said = await scanimage(running, tmp_path, *options)
        assert code == 0, said
        letter = LetterSource(1, device="Desk Flatbed", job="platen", size=A4)
        await asyncio.to_thread(check, tmp_path / "page.png", mode, dpi, (8.5, 11.7), letter, 0)
        (job,) = running.scanner.jobs.finished
        assert (job.state, job.scans_completed) == ("Completed", 1)


@pytest.mark.parametrize(("mode", "dpi"), [("Gray", 75), ("Color", 150), ("Gray", 300)])
async def test_the_feeder_until_it_is_empty(mode: str, dpi: int, tmp_path: Path) -> None:
    # The law: [clients/sane-airscan/batch-ends-by-fault] [clients/sane-airscan/image-counts]
    async with device(tmp_path / "spool") as running:
        options = ("--source", "ADF", "--mode", mode, "--resolution", str(dpi), "--batch=page%d.png")
        code, said = await scanimage(running, tmp_path, *options)
        assert code in (0, NO_MORE_DOCUMENTS), said
        assert "Batch terminated, 5 pages scanned" in said
        letter = LetterSource(5, device="Office MFP", job="feeder, front", size=A4)
        for page in range(5):
            path = tmp_path / f"page{page + 1}.png"
            await asyncio.to_thread(check, path, mode, dpi, (11.7, 17.0), letter, page)
        assert running.scanner.snapshot().sheets == 0
        code, said = await scanimage(running, tmp_path, "--source", "ADF", "-o", "none.png")
        assert code == NO_MORE_DOCUMENTS, said
        assert running.scanner.state == "Idle"


async def test_both_sides_as_another_program_reads_them(tmp_path: Path) -> None:
    # The law: [clients/sane-airscan/duplex-by-back-or-flag]
    async with device(tmp_path / "spool", sheets=2) as running:
        options = ("--source", "ADF Duplex", "--mode", "Gray", "--resolution", "200", "--batch=side%d.png")
        code, said = await scanimage(running, tmp_path, *options)
        assert code in (0, NO_MORE_DOCUMENTS) and "4 pages scanned" in said, said
    codes = [await asyncio.to_thread(qr_code, tmp_path / f"side{number}.png") for number in range(1, 5)]
    assert codes == [
        f"dsm-emulator;device=Office MFP;job=feeder, {side};page={page};of=2;seed={seed}"
        for page in (1, 2)
        for side, seed in (("front", 0), ("back", 1))
    ]


async def test_files_that_were_loaded(tmp_path: Path) -> None:
    shades = (40, 90, 200)
    for number, shade in enumerate(shades):
        Image.new("L", (620, 877), shade).save(tmp_path / f"{number}.png", dpi=(75, 75))
    async with device(tmp_path / "spool", sheets=0) as running:
        await running.scanner.load_files([tmp_path / f"{number}.png" for number in range(3)])
        options = ("--source", "ADF", "--mode", "Gray", "--resolution", "75", "--batch=page%d.png")
        code, said = await scanimage(running, tmp_path, *options)
        assert code in (0, NO_MORE_DOCUMENTS), said
    for number, shade in enumerate(shades):
        with Image.open(tmp_path / f"page{number + 1}.png") as image:
            assert (image.getpixel((300, 400)), image.getpixel((image.width - 1, 10))) == (shade, 255)


async def test_an_open_cover_is_told_and_a_part_of_the_page_is_scanned(tmp_path: Path) -> None:
    # The law: [clients/sane-airscan/reasons-after-a-fault] [clients/sane-airscan/status-before-the-scan]
    async with ScanDevice(small_profile(), DeviceIdentity(uuid.uuid4(), 1), spool=tmp_path / "spool") as running:
        running.scanner.open()
        code, said = await scanimage(running, tmp_path, "-o", "none.png")
        assert code != 0 and ("cover is open" in said.lower() or "busy" in said.lower()), said
        running.scanner.close()
        options = ("--mode", "Gray", "--resolution", "100", "-l", "50.8", "-t", "25.4", "-x", "101.6", "-y", "76.2")
        code, said = await scanimage(running, tmp_path, *options, "-o", "part.png")
        assert code == 0, said
    with Image.open(tmp_path / "part.png") as image:
        assert image.size == (400, 300)
        whole = LetterSource(1, device="Office MFP", job="platen", size=A4)
        drawn = whole.page(0, Wanted(Resolution(100, 100), "L", A4)).image.crop((200, 100, 600, 400))
        assert ImageChops.difference(image, drawn).getbbox() is None


async def test_two_programs_at_once_at_a_device_that_lets_jobs_overlap(tmp_path: Path) -> None:
    """Neither is told that the device is busy: one job waits, and both have their page."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    async with device(tmp_path / "spool", jobs=JobsSection(active=2, transferring=1)) as running:
        options = ("--source", "Flatbed", "--mode", "Gray", "--resolution", "75", "-o", "page.png")
        async with running.scanner.engine.head:
            scans = [asyncio.create_task(scanimage(running, folder, *options)) for folder in folders]
            await until(lambda: len(running.scanner.jobs.active) == 2)
            assert {job.state for job in running.scanner.jobs.active} == {"Pending"}
        for code, said in await asyncio.gather(*scans):
            assert code == 0, said
        assert [(job.state, job.scans_completed) for job in running.scanner.jobs.finished] == [("Completed", 1)] * 2
    letter = LetterSource(1, device="Office MFP", job="platen", size=A4)
    for folder in folders:
        await asyncio.to_thread(check, folder / "page.png", "Gray", 75, (11.7, 17.0), letter, 0)
