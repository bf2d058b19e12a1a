"""What a plan does to deliveries into folders, as inotify saw it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from delivery_runs import (
    AT_ONCE,
    DAY,
    IMAGES,
    ONE,
    THREE,
    TWO,
    USER,
    WELL,
    delivered,
    fault,
    jobs_at_once,
    short,
)
from folder_watch import watched
from optional_programs import needs_package
from scan_server_bench import Caller, file_share, instructions, office
from scanner_bench import until

from emulator.directory.folder import FolderDirectory
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import read_plan
from emulator.scan_server.server import ScanServer

FOLDER: dict[str, tuple[dict[str, Any], str, dict[str, bytes], str, list[bytes]]] = {
    "in-place": (
        {},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, "
        "CREATE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "page-by-page": (
        {"pause": 0.02, "closed": True},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg",
        {"1.jpg": ONE + TWO},
        WELL,
        IMAGES,
    ),
    "reopened": (
        {"pause": 0.02, "pieces": 2, "nth": 1},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, "
        "OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, MOVED_TO 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "empty-first": (
        {"pause": 0.02, "image": 2},
        "MOVED_TO 1.jpg, CREATE 2.jpg, OPEN 2.jpg, CLOSE_WRITE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "temporary-name": (
        {"pause": 0.02, "suffix": "~", "nth": 1},
        "CREATE 1.jpg~, OPEN 1.jpg~, MODIFY 1.jpg~, CLOSE_WRITE 1.jpg~, MOVED_FROM 1.jpg~, MOVED_TO 1.jpg, "
        "MOVED_TO 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "renamed-over": (
        {"pause": 0.02, "nth": 1},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, "
        "CREATE 1.jpg.tmp, OPEN 1.jpg.tmp, MODIFY 1.jpg.tmp, CLOSE_WRITE 1.jpg.tmp, "
        "MOVED_FROM 1.jpg.tmp, MOVED_TO 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, MOVED_TO 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "slow": (
        {"octets_per_second": 100_000, "nth": 2},
        "MOVED_TO 1.jpg, CREATE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "locked": (
        {"for": 0.02, "nth": 1},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, MOVED_TO 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
        [],
    ),
    "overwritten": (
        {},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg",
        {"1.jpg": TWO},
        WELL,
        [ONE],
    ),
    "numbered": (
        {},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg, "
        "CREATE 1 (2).jpg, OPEN 1 (2).jpg, MODIFY 1 (2).jpg, CLOSE_WRITE 1 (2).jpg",
        {"1.jpg": ONE, "1 (2).jpg": TWO},
        WELL,
        [],
    ),
    "cut-off": (
        {"octets": 1234, "nth": 2},
        "MOVED_TO 1.jpg, CREATE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO[:1234]},
        WELL,
        [TWO],
    ),
    "with-warnings": (
        {"text": "paper was wet", "nth": 1},
        "MOVED_TO 1.jpg, MOVED_TO 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO},
        "CompletedWithWarnings",
        [],
    ),
    "full": (
        {"octets": 99, "nth": 2},
        "MOVED_TO 1.jpg, CREATE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg",
        {"1.jpg": ONE, "2.jpg": TWO[:99]},
        "CompletedWithErrors FileShareOutOfDiskSpace",
        [TWO],
    ),
    "gone": (
        {"octets": 99, "nth": 1},
        "CREATE 1.jpg, OPEN 1.jpg, MODIFY 1.jpg, CLOSE_WRITE 1.jpg",
        {"1.jpg": ONE[:99]},
        "CompletedWithErrors UnknownError",
        IMAGES,
    ),
    "denied": ({"nth": 1}, "", {}, "CompletedWithErrors FileShareAccessDenied", IMAGES),
    "after-the-end": ({"for": 3600, "nth": 2}, "MOVED_TO 1.jpg", {"1.jpg": ONE}, WELL, [TWO]),
}
"""Alteration, parameters; what inotify sees, what is in the folder, what the filter says, and what the server keeps
because it is not whole there. When the job has ended; `after-the-end` goes on."""


@pytest.mark.parametrize("do", FOLDER)
async def test_who_watches_a_folder_sees(do: str, tmp_path: Path) -> None:
    more, events, files, filter_, kept = FOLDER[do]
    folder = tmp_path / "store" / "files" / "In" / USER
    await asyncio.to_thread(folder.mkdir, parents=True)
    with watched(folder) as watch:
        async with delivered(tmp_path, fault(do, **more), file_share(r"\\files\In")) as told:
            assert ", ".join(map(short, watch.seen)) == events
            assert {short(path.name): path.read_bytes() for path in folder.iterdir()} == files
            assert told.filter == filter_
            assert told.kept == kept
            assert told.ledger.firings
            before = len(watch.seen)
        if do == "after-the-end":  # which comes at once when the plan is taken away
            late = "CREATE 2.jpg, OPEN 2.jpg, MODIFY 2.jpg, CLOSE_WRITE 2.jpg"
            assert ", ".join(map(short, watch.seen[before:])) == late
            assert {short(path.name): path.read_bytes() for path in folder.iterdir()} == {**files, "2.jpg": TWO}


async def test_what_comes_late_to_a_target_that_has_gone_is_told_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = fault("after-the-end", nth=2, **{"for": 3600})
    async with delivered(tmp_path, plan, file_share(r"\\files\In")) as told:
        assert told.filter == WELL
        await asyncio.to_thread(shutil.rmtree, tmp_path / "store" / "files")
    assert [each.message.partition(": ")[2] for each in caplog.records if "late" in each.message] == [
        f"document 2 came to nothing, late: [Errno 2] No such file or directory: "
        f"'{tmp_path}/store/files/In/{USER}/Invoice_{DAY}_0002.jpg'"
    ]


async def test_a_locked_file_cannot_be_locked_by_another_until_it_is_closed(tmp_path: Path) -> None:
    fcntl = needs_package("fcntl")
    folder = tmp_path / "store" / "files" / "In" / USER
    await asyncio.to_thread(folder.mkdir, parents=True)
    tried: list[str] = []

    def attempt(firing: object) -> None:
        for path in folder.iterdir():
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    tried.append(f"{short(path.name)} locked, {len(file.read())} octets")

    def look_often() -> None:
        loop = asyncio.get_running_loop()
        attempt(None)
        if not tried:
            loop.call_later(0.02, look_often)

    plan = fault("locked", nth=1, **{"for": 1})
    async with delivered(tmp_path, plan, file_share(r"\\files\In"), while_it_runs=look_often) as told:
        attempt(None)
        assert tried == [f"1.jpg locked, {len(ONE)} octets"], "and not when the job has ended"
        assert told.filter == WELL


async def test_a_job_that_is_cancelled_ends_a_slow_delivery(tmp_path: Path) -> None:
    content = instructions(file_share(r"\\files\In"))
    directory = FolderDirectory(office(tmp_path / "office", content))
    async with ScanServer(store=tmp_path / "store", directory=directory) as server:
        ledger = Ledger(read_plan(fault("slow", octets_per_second=1).encode(), "plan.toml"))
        unplug = disturb(ledger, {Role.SERVER}, server.layers)
        caller = Caller(server.service_url)
        token = await caller.job(content)
        await caller.send(token, 1, ONE)
        await caller.with_token("EndPostScanJob", token)
        await until(lambda: ledger.firings)
        assert (await caller.with_token("CancelPostScanJob", token)).status == 200
        await caller.ended(token, seconds=30)
        unplug()
        assert ledger.fired(ledger.plan.faults[0]) == 1


async def test_counts_are_those_of_each_job_and_of_two_ways_at_one_document_the_first_is_gone(
    tmp_path: Path,
) -> None:
    plan = fault("cut-off", octets=5, nth=2) + fault("numbered", every=1) + fault("with-warnings", image=3)
    async with delivered(tmp_path, plan, file_share(r"\\files\In"), images=[ONE, TWO, THREE]) as told:
        assert [(each.fault.name, each.passes.number, each.count) for each in told.ledger.firings] == [
            ("numbered", 1, 1),
            ("cut-off", 2, 2),
            ("numbered", 3, 2),
            ("with-warnings", 3, 1),
        ]
        assert told.filter == "CompletedWithWarnings"
        assert told.kept == [TWO]
        (delivery,) = told.deliveries
        assert (delivery.documents, delivery.reason) == ((1, 3), None)
        assert delivery.detail == "1 of 3 documents are not whole there, on purpose"


@pytest.mark.parametrize(("do", "more"), [*AT_ONCE, ("slow", {"octets_per_second": 1_000_000})])
async def test_jobs_at_once_get_names_of_their_own_in_a_folder(
    do: str, more: dict[str, Any], tmp_path: Path
) -> None:
    documents = await jobs_at_once(tmp_path, fault(do, **more), file_share(r"\\files\In"))
    found = [path.read_bytes() for path in (tmp_path / "store" / "files" / "In" / USER).iterdir()]
    assert sorted(found) == sorted(documents)


def test_every_alteration_of_a_delivery_is_met_by_somebody() -> None:
    assert set(alterations_at(At.DELIVERY)) == set(FOLDER)
