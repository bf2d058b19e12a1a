"""What a plan does to deliveries, as others saw it: inotify on a folder, Samba's log, a WebDAV server's, a mail
server's messages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from delivery_bench import USERS_WITH_MAIL, filters_of
from folder_watch import watched
from mail_bench import delivery_file
from optional_programs import needs_package
from real_servers import SmbServer, server_folder, smbd
from scan_server_bench import IMAGE, Caller, file_share, images_below, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import read_plan
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

DAY = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011 - the day on the wall
USER = "joe@contoso.example"
ONE, TWO, THREE = (IMAGE + bytes([number]) * number for number in (1, 2, 3))
IMAGES = [ONE, TWO]
WELL = "CompletedSuccessfully"


def fault(do: str, **more: Any) -> str:
    """One fault of a plan."""
    fields = {"name": do, "at": "delivery", "do": do, **more}
    return "[[fault]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())


@dataclass
class Told:
    """How a job ended, and what is known of it."""

    filters: list[tuple[str, str, tuple[str, ...]]]
    deliveries: tuple[Delivery, ...]
    kept: list[bytes]
    """Images that stayed with the server, as unfinished ones."""
    ledger: Ledger

    @property
    def filter(self) -> str:
        """State and reasons of the one filter."""
        ((_, state, reasons),) = self.filters
        return " ".join((state, *reasons))


@asynccontextmanager
async def delivered(
    tmp_path: Path,
    plan: str,
    wanted: str,
    *,
    delivery: Path | None = None,
    images: Sequence[bytes] = IMAGES,
    while_it_runs: Callable[[], Any] = lambda: None,
) -> AsyncIterator[Told]:
    """A job with one filter at a server with that plan, until it has ended."""
    content = instructions(wanted)
    folder = office(tmp_path / "office", content)
    (folder / "users.toml").write_text(USERS_WITH_MAIL, "utf-8")
    settings = None if delivery is None else load_delivery(delivery)
    store = tmp_path / "store"
    async with ScanServer(store=store, directory=FolderDirectory(folder), delivery=settings) as server:
        ledger = Ledger(read_plan(plan.encode(), "plan.toml").for_roles({Role.SERVER}))
        unplug = disturb(ledger, {Role.SERVER}, server.layers)
        try:
            caller = Caller(server.service_url)
            token = await caller.job(content)
            for number, image in enumerate(images, 1):
                assert (await caller.send(token, number, image)).status == 200
            assert (await caller.with_token("EndPostScanJob", token)).status == 200
            while_it_runs()
            status = await caller.ended(token, seconds=30)
            kept = [each.read_bytes() for each in images_below(store / "unfinished") if each.suffix == ".jpg"]
            yield Told(filters_of(status), server.deliveries(token), kept, ledger)
        finally:
            unplug()


# A folder

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


def short(name: str) -> str:
    """A file's name by the number of the document."""
    return re.sub(rf"Invoice_{DAY}_000(\d)", r"\1", name)


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

    plan = fault("locked", nth=1, **{"for": 0.5})
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
        while not ledger.firings:
            await asyncio.sleep(0.01)
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
        assert (delivery.documents, delivery.warned) == ((1, 3), True)
        assert delivery.detail == "delivered, with a warning; 1 of 3 documents are not whole there, on purpose"


# A share: what smbd writes into its log


AUDIT = """vfs objects = full_audit
        full_audit:prefix = AUDIT
        full_audit:success = create_file pwrite_recv close renameat
        full_audit:failure = create_file
        full_audit:syslog = false
        full_audit:facility = local7"""


def audited(folder: Path) -> list[str]:
    """What was done with the documents: operation and file, equal ones one after another once."""
    found: list[str] = []
    for line in (folder / "smbd.log").read_text("utf-8", "replace").splitlines():
        match = re.search(r"AUDIT\|(\w+)\|(.*)", line)
        if (
            match is None
            or f"Invoice_{DAY}" not in match[2]
            or match[1] == "create_file"
            and "|file|" not in match[2]
        ):
            continue
        names = [short(each.rpartition("/")[2]) for each in match[2].split("|") if f"Invoice_{DAY}" in each]
        how = next((each for each in match[2].split("|") if each in OPENED), "")
        said = " ".join(filter(None, (match[1].removesuffix("_recv"), OPENED.get(how, ""), *names)))
        if found[-1:] != [said]:
            found.append(said)
    return found


OPENED = {"create": "new", "open_if": "more", "overwrite_if": "over", "open": "", "fail": "refused"}

SHARE: dict[str, tuple[dict[str, Any], str, dict[str, bytes], str]] = {
    "in-place": ({"nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
    "page-by-page": ({"pause": 0.01, "closed": True}, "", {"1.jpg": ONE + TWO}, WELL),
    "reopened": ({"pause": 0.01, "pieces": 2, "nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
    "empty-first": ({"pause": 0.01, "nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
    "temporary-name": ({"pause": 0.01, "nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
    "renamed-over": ({"pause": 0.01, "nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
    "overwritten": ({}, "", {"1.jpg": TWO}, WELL),
    "cut-off": ({"octets": 1234, "nth": 1}, "", {"1.jpg": ONE[:1234], "2.jpg": TWO}, WELL),
    "full": ({"octets": 9, "nth": 1}, "", {"1.jpg": ONE[:9]}, "CompletedWithErrors FileShareOutOfDiskSpace"),
    "locked": ({"for": 0.01, "nth": 1}, "", {"1.jpg": ONE, "2.jpg": TWO}, WELL),
}


@pytest.fixture(scope="module")
def samba() -> Iterator[tuple[Path, SmbServer]]:
    with server_folder() as folder, smbd(folder, more=AUDIT) as server:
        yield folder, server


@pytest.mark.parametrize("do", SHARE)
async def test_smbd_writes_into_its_log(do: str, samba: tuple[Path, SmbServer], tmp_path: Path) -> None:
    needs_package("smbprotocol")
    folder, server = samba
    more, log, files, filter_ = SHARE[do]
    before = len(audited(folder))
    share = rf"\\127.0.0.1\scans\{do}"
    section = (
        f"[[share]]\nunc = '\\\\files\\In'\nsend_to = '{share}'\nport = {server.port}\nuser = '{server.user}'\n"
        'password_file = "password.txt"\n'
    )
    delivery = delivery_file(tmp_path, section)
    async with delivered(tmp_path, fault(do, **more), file_share(r"\\files\In"), delivery=delivery) as told:
        assert told.filter == filter_, told.deliveries
    found = {short(path.name): path.read_bytes() for path in (folder / "scans" / do / USER).iterdir()}
    assert found == files
    assert audited(folder)[before:] == log.split(", ")


def test_every_alteration_of_a_delivery_is_met_by_somebody() -> None:
    assert set(alterations_at(At.DELIVERY)) == set(FOLDER)
