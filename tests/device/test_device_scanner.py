"""The virtual scanner as people meet it: loading, jamming, resetting; what observers are told; its pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from scanner_bench import Client, Clock, black_ticket, listen, make_scanner, scan_ticket, until

from emulator.device.points import SCANNER_EVENT
from emulator.device.profile import load_profile
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    ElementsChanged,
    JobChanged,
    ScannerEvent,
    StatusChanged,
)
from emulator.imaging.pages import SourceError
from emulator.wsscan.resolution import TicketRejected
from emulator.wsscan.values.status import Component, ConditionName, LocalizedText, ScannerDescription


@pytest_asyncio.fixture
async def scanner(tmp_path: Path) -> AsyncIterator[VirtualScanner]:
    running = make_scanner(tmp_path / "spool")
    yield running
    await running.stop()


def pictures(folder: Path, count: int) -> list[Path]:
    """Files of one small picture each."""
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        Image.new("L", (62, 88), 128).save(path)
    return paths


# What people do


async def test_it_starts_with_as_many_sheets_as_its_profile_says(tmp_path: Path) -> None:
    profile = load_profile("office-mfp")
    scanner = VirtualScanner(profile, tmp_path)
    assert scanner.snapshot().sheets == scanner.snapshot().capacity == 100
    assert make_scanner(tmp_path, sheets=2).snapshot().sheets == 2
    flatbed = VirtualScanner(load_profile("flatbed"), tmp_path)
    assert flatbed.snapshot().sheets is None
    with pytest.raises(ValueError, match="the Desk Flatbed has no feeder"):
        flatbed.load_letters(3)
    with pytest.raises(ValueError, match="the Desk Flatbed has no ADF"):
        flatbed.open(Component.ADF)


async def test_an_empty_tray_is_a_condition_that_follows_the_feeder(scanner: VirtualScanner) -> None:
    # The law: [wscn/condition/input-tray-empty]
    assert scanner.status().active_conditions == ()
    scanner.empty_feeder()
    (condition,) = scanner.status().active_conditions
    assert (condition.name, condition.component, condition.severity) == ("InputTrayEmpty", "ADF", "Warning")
    assert (scanner.state, scanner.status().reasons) == ("Idle", ("None",))
    scanner.clear()
    assert len(scanner.status().active_conditions) == 1  # only sheets end it
    with pytest.raises(ValueError, match="nobody clears it"):
        scanner.clear_condition(ConditionName.INPUT_TRAY_EMPTY)
    with pytest.raises(ValueError, match="nobody sets it"):
        scanner.set_condition(ConditionName.LAMP_WARMING)
    scanner.load_letters(2)
    assert scanner.status().active_conditions == ()
    (entry,) = scanner.status().condition_history
    assert entry.name == "InputTrayEmpty" and entry.clear_time >= entry.time


async def test_files_are_loaded_one_page_a_sheet_or_two(scanner: VirtualScanner, tmp_path: Path) -> None:
    scanner.empty_feeder()
    assert await scanner.load_files(pictures(tmp_path, 3)) == 3
    assert await scanner.load_files(pictures(tmp_path, 3), two_sided=True) == 2
    assert scanner.snapshot().sheets == 5
    with pytest.raises(ValueError, match="room for 0"):
        await scanner.load_files(pictures(tmp_path, 1))
    with pytest.raises(SourceError, match="no such file"):
        await scanner.load_files([tmp_path / "missing.pdf"])


async def test_a_file_on_the_platen_is_scanned_until_it_is_taken_away(
    scanner: VirtualScanner, tmp_path: Path
) -> None:
    await scanner.place_file(pictures(tmp_path, 1)[0])
    for _ in range(2):
        client = Client(scanner, scanner.create_job(scan_ticket("Platen")))
        produced = await scanner.keeper.retrieve(client.job)
        with Image.open(produced.document.path) as image:
            assert image.getpixel((image.width // 2, image.height // 2)) == 128
        scanner.keeper.sent(client.job, produced, "", whole=True)
        await until(lambda: not scanner.jobs.active)
    await scanner.place_file(None)
    with pytest.raises(SourceError):
        await scanner.place_file(tmp_path / "missing.png")


async def test_covers_are_opened_and_closed_one_by_one(scanner: VirtualScanner) -> None:
    assert scanner.open(Component.PLATEN) and scanner.open(Component.ADF)
    assert not scanner.open(Component.ADF)
    assert scanner.close(Component.ADF)
    assert (scanner.state, scanner.status().reasons) == ("Stopped", ("CoverOpen",))
    assert scanner.close()
    assert not scanner.close()
    assert scanner.state == "Idle"


async def test_reset_brings_back_the_start(scanner: VirtualScanner) -> None:
    client = Client(scanner, scanner.create_job(scan_ticket()))
    await client.fetch()
    scanner.jam()
    scanner.set_condition(ConditionName.LAMP_ERROR)
    await scanner.reset()
    snapshot = scanner.snapshot()
    assert (snapshot.state, snapshot.sheets, snapshot.conditions) == ("Idle", 5, ())
    assert [job.reasons for job in snapshot.finished_jobs] == [("JobCanceledAtDevice",)]


async def test_waiting_conditions_keep_the_job_and_do_not_stop_the_scanner(scanner: VirtualScanner) -> None:
    # The law: [wscn/condition/calibrating] [wscn/condition/lamp-warming]
    scanner.set_condition(ConditionName.CALIBRATING)
    client = Client(scanner, scanner.create_job(scan_ticket(images_to_transfer=1)))
    waiting = asyncio.create_task(client.fetch())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    assert (scanner.state, scanner.status().reasons) == ("Processing", ("Calibrating",))
    assert client.job.reason == "JobScanning"
    scanner.clear()
    await waiting


# What observers are told


def told(events: list[ScannerEvent]) -> list[str]:
    """The events in a word each."""
    words = []
    for event in events:
        match event:
            case ConditionActive():
                words.append(f"+{event.condition.name}")
            case ConditionCleared():
                words.append(f"-{event.id}")
            case StatusChanged():
                words.append(f"{event.state}/{'+'.join(event.reasons)}")
            case JobChanged():
                words.append(f"job {event.status.state}/{event.status.reasons[0]}")
            case ElementsChanged():
                words.append(f"elements {' '.join(event.names)}")
            case _:
                words.append("job ended")
    return words


async def test_failure_and_repair_are_told_in_the_order_of_the_documents(scanner: VirtualScanner) -> None:
    """Condition, status, job [wscn/event/order-of-a-failure] [wscn/event/order-of-a-repair]."""
    client = Client(scanner, scanner.create_job(scan_ticket()))
    await until(lambda: client.job.ready)
    events = listen(scanner)
    scanner.jam()
    assert told(events) == ["+MediaJam", "Stopped/MediaJam", "job Processing/ScannerStopped"]
    events.clear()
    scanner.clear()
    assert told(events) == ["-1", "Processing/None", "job Processing/JobScanning"]
    await scanner.cancel_at_panel()


async def test_a_whole_job_as_observers_see_it(scanner: VirtualScanner) -> None:
    # The law: [wscn/event/job-status] [wscn/event/job-end-state]
    events = listen(scanner)
    client = Client(scanner, scanner.create_job(scan_ticket("Platen")))
    await client.fetch_all()
    words = told(events)
    assert words[:2] == ["Processing/None", "job Creating/None"]
    assert [word for word in words if word.startswith("job")] == [
        "job Creating/None",
        "job Pending/None",
        "job Started/None",
        "job Processing/JobScanning",
        "job Processing/None",  # the one page is there, and waits for the client
        "job Processing/JobTransferring",
        "job Processing/None",
        "job Completed/None",
        "job ended",
    ]
    assert words[-3:] == ["Idle/None", "job Completed/None", "job ended"]


async def test_an_observer_that_fails_does_no_harm(
    scanner: VirtualScanner, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: ScannerEvent) -> None:
        raise RuntimeError("a bug of an observer")

    scanner.layers.listen(SCANNER_EVENT, broken)
    events = listen(scanner)
    scanner.jam()
    assert len(events) == 2
    assert "a bug of an observer" in caplog.text


async def test_changed_elements_are_told(scanner: VirtualScanner) -> None:
    # The law: [wscn/event/scanner-elements-change]
    events = listen(scanner)
    scanner.change_description(ScannerDescription((LocalizedText("Reception", "en"),)))
    scanner.change_default_ticket(scanner.default_ticket)  # the same: nothing to tell
    changed = scan_ticket("Platen", "jfif")
    scanner.change_default_ticket(changed)
    assert told(events) == ["elements ScannerDescription", "elements DefaultScanTicket"]
    assert scanner.resolve(scan_ticket()).ticket.input_source == "ADF"
    with pytest.raises(TicketRejected):
        scanner.change_default_ticket(scan_ticket(format="jbig"))


# Pace


async def images_times(scanner: VirtualScanner, clock: Clock, source: str) -> list[float]:
    """When each image could be fetched, in seconds from the start of the job."""
    begun = clock.now
    client = Client(scanner, scanner.create_job(scan_ticket(source)))
    times = []
    try:
        while True:
            await client.fetch()
            times.append(clock.now - begun)
    except ForbiddenInState:
        return times


@pytest.mark.parametrize(
    ("source", "rate", "images"), [("Platen", 12.0, 1), ("ADF", 45.0, 5), ("ADFDuplex", 90.0, 10)]
)
async def test_at_real_speed_it_warms_up_and_keeps_the_rate_of_its_profile(
    source: str, rate: float, images: int, tmp_path: Path
) -> None:
    """45 sheets a minute make 90 images of both sides; the lamp takes 2.5 s."""
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock, speed="real")
    events = listen(scanner)
    times = await images_times(scanner, clock, source)
    assert len(times) == images
    assert times[0] == pytest.approx(2.5 + 60 / rate, rel=0.1)
    for before, after in pairwise(times):
        assert after - before == pytest.approx(60 / rate, rel=0.1)
    words = told(events)
    component = "Platen" if source == "Platen" else "ADF"
    lamp = next(event.condition for event in events if isinstance(event, ConditionActive))
    assert (lamp.name, lamp.component, lamp.severity) == ("LampWarming", component, "Informational")
    assert words.index("-1") < words.index("job Processing/JobScanning")
    await scanner.stop()


async def test_at_full_speed_it_waits_for_nothing(tmp_path: Path) -> None:
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock)
    assert await images_times(scanner, clock, "ADFDuplex") == [0.0] * 10
    assert clock.slept == []
    await scanner.stop()


async def test_a_job_cancelled_while_the_lamp_warms_up_leaves_no_warm_lamp_behind(tmp_path: Path) -> None:
    asleep = asyncio.Event()

    async def forever(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    scanner = make_scanner(tmp_path / "spool", speed="real", sleep=forever)
    client = Client(scanner, scanner.create_job(scan_ticket()))
    await asleep.wait()
    assert (scanner.status().reasons, client.job.state) == (("LampWarming",), "Started")
    await scanner.keeper.cancel(client.job)
    assert scanner.status().reasons == ("None",)
    assert scanner.snapshot().sheets == 5
    await scanner.stop()


async def test_a_file_of_all_images_takes_the_time_of_all_images(tmp_path: Path) -> None:
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock, speed="real")
    begun = clock.now
    client = Client(scanner, scanner.create_job(black_ticket()))
    await client.fetch()
    assert clock.now - begun == pytest.approx(2.5 + 5 * 60 / 45, rel=0.1)
    await scanner.stop()
