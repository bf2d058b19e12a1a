"""Profiles of named devices, met by an unmodified sane-airscan: its pages are right where it knows the habit, and
it fails as it is known to where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_device_sane as sane
from PIL import Image

from emulator import Lab, NetworkDevice
from emulator.device.profile import list_named_devices
from emulator.faults.habits import habits

NO_DOCUMENTS, IO_ERROR = 7, 9
"""SANE_STATUS_NO_DOCS and SANE_STATUS_IO_ERROR, as scanimage exits with them."""


@dataclass(frozen=True)
class Meets:
    """What sane-airscan makes of a device with two sheets in its feeder."""

    pages: int = 2
    right: bool = True
    """The codes on the pages say which they are."""
    code: tuple[int, ...] = (0,)
    instead: str = ""
    """What it says where it does not know the habit."""


MET = {
    "brother-ads-2700w": Meets(),  # it writes soap and wsa for this device's sake
    "brother-mfc-9340cdw": Meets(),
    "brother-mfc-l2750dw": Meets(),  # it writes in one line for this device's sake
    "brother-mfc-l8690cdw": Meets(right=False),  # it believes what the device says, and cuts a quarter out
    "canon-mf410": Meets(),
    "canon-tr7500": Meets(),  # it sends JobInformation for this device's sake
    # It can begin no scan at a panel: for the feeder it takes the refusal for an empty one.
    "kyocera-ecosys-m2040dn": Meets(pages=0, code=(NO_DOCUMENTS,), instead="Document feeder out of documents"),
    "lexmark-mb2236adw": Meets(),
    # By its address it does not know the model, for which it would ask for 100 images.
    "ricoh-aficio-mp-201": Meets(pages=0, code=(IO_ERROR,), instead="Error during device I/O"),
    "xerox-workcentre-3025": Meets(),
    "xerox-workcentre-3225": Meets(),
}


@dataclass
class At:
    """A device as the tests of sane-airscan take it."""

    scan_service_url: str


async def scans(device: NetworkDevice, folder: Path, *options: str) -> tuple[int, str]:
    # It looks for nothing but the address.
    return await sane.scanimage(At(device.scan_service), folder, *options)  # type: ignore[arg-type]


def test_every_named_device_is_met() -> None:
    assert {each.name for each in list_named_devices()} == set(MET) and len(MET) >= 11
    for each in list_named_devices():
        assert each.habits and all(habits()[name].source or habits()[name].alterations for name in each.habits)


@pytest.mark.parametrize("name", MET)
async def test_sane_airscan_meets(name: str, tmp_path: Path) -> None:
    wanted = MET[name]
    async with Lab() as lab:
        device = await lab.add_device(name, network=True)
        await device.load(sheets=2, replace=True)
        options = ("--source", "ADF", "--mode", "Gray", "--resolution", "150", "--batch=page%d.png")
        code, said = await scans(device, tmp_path, *options)
        title = device.name
    pages = await asyncio.to_thread(lambda: sorted(tmp_path.glob("page*.png")))
    codes = [await asyncio.to_thread(sane.qr_code, page) for page in pages]
    assert code in wanted.code and wanted.instead in said, said
    assert len(pages) == wanted.pages, said
    if wanted.right:
        assert codes == [
            f"dsm-emulator;device={title};job=feeder, front;page={page};of=2;seed=2"
            for page in range(1, len(pages) + 1)
        ]
    else:
        assert codes == [""] * wanted.pages


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str], str]:
    """A profile with one habit."""

    def made(habit: str) -> str:
        path = tmp_path / f"{habit}.toml"
        path.write_text(f'extends = "office-mfp"\nfriendly_name = "Mine"\nhabits = ["{habit}"]\n', encoding="utf-8")
        return str(path)

    return made


async def test_it_scans_the_whole_glass_whatever_region_is_asked_for(
    mine: Callable[[str], str], tmp_path: Path
) -> None:
    """sane-airscan always asks for the whole and cuts itself, so a region is right all the same."""
    async with Lab() as lab:
        device = await lab.add_device(mine("region-ignored"), network=True)
        code, said = await scans(
            device, tmp_path, *("--mode", "Gray", "--resolution", "100", "-x", "50", "-y", "50", "-o", "part.png")
        )
        assert code == 0, said
        (job,) = device.scanner.jobs.finished
    with Image.open(tmp_path / "part.png") as image:
        assert max(image.size) <= 198
    assert job.state == "Completed"


async def test_the_sizes_of_the_feeder_are_swapped_back(mine: Callable[[str], str], tmp_path: Path) -> None:
    async with Lab() as lab:
        device = await lab.add_device(mine("sizes-swapped"), network=True)
        code, said = await scans(device, tmp_path, "--source", "ADF", "--help")
        honest = await lab.add_device("office-mfp", network=True)
        _, wanted = await scans(honest, tmp_path, "--source", "ADF", "--help")
    assert code == 0
    assert [line for line in said.splitlines() if "-y 0.." in line] == [
        line for line in wanted.splitlines() if "-y 0.." in line
    ]


async def test_an_empty_feeder_is_known_by_what_canon_says(mine: Callable[[str], str], tmp_path: Path) -> None:
    async with Lab() as lab:
        device = await lab.add_device(mine("empty-feeder-not-accepting"), network=True)
        device.empty()
        code, said = await scans(device, tmp_path, "--source", "ADF", "-o", "none.png")
    assert code == NO_DOCUMENTS, said
