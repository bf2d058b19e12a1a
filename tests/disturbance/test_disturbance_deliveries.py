"""What a plan does to deliveries, as others saw it: inotify on a folder, Samba's log, a WebDAV server's, a mail
server's messages."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from delivery_bench import USERS_WITH_MAIL, filters_of
from folder_watch import watched
from mail_bench import Mailbox, attachments, delivery_file, email_filter, mail_section, mail_server
from optional_programs import needs_package
from real_servers import DavServer, SmbServer, apache, give, nginx, server_folder, smbd
from scan_server_bench import FILTER, IMAGE, Caller, file_share, images_below, instructions, office
from scanner_bench import until

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


AT_ONCE: list[tuple[str, dict[str, Any]]] = [
    ("in-place", {}),
    ("empty-first", {"pause": 0.01}),
    ("reopened", {"pause": 0.01}),
    ("temporary-name", {"pause": 0.01}),
    ("renamed-over", {"pause": 0.01}),
]
"""Ways to write a whole document that many jobs may go at once."""


async def jobs_at_once(tmp_path: Path, plan: str, wanted: str, delivery: Path | None = None) -> list[bytes]:
    """Twelve jobs of one document each, with that plan and at one target; the documents, if all end well."""
    content = instructions(wanted)
    settings = None if delivery is None else load_delivery(delivery)
    directory = FolderDirectory(office(tmp_path / "office", content))
    documents = [IMAGE + bytes([number]) * number for number in range(1, 13)]
    async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as server:
        unplug = disturb(
            Ledger(read_plan(plan.encode(), "plan.toml").for_roles({Role.SERVER})), {Role.SERVER}, server.layers
        )
        try:

            async def job(document: bytes) -> str:
                caller = Caller(server.service_url)
                token = await caller.job(content)
                assert (await caller.send(token, 1, document)).status == 200
                assert (await caller.with_token("EndPostScanJob", token)).status == 200
                ((_, state, reasons),) = filters_of(await caller.ended(token, seconds=30))
                return " ".join((state, *reasons))

            assert await asyncio.gather(*map(job, documents)) == [WELL] * len(documents)
        finally:
            unplug()
    return documents


@pytest.mark.parametrize(("do", "more"), [*AT_ONCE, ("slow", {"octets_per_second": 1_000_000})])
async def test_jobs_at_once_get_names_of_their_own_in_a_folder(
    do: str, more: dict[str, Any], tmp_path: Path
) -> None:
    documents = await jobs_at_once(tmp_path, fault(do, **more), file_share(r"\\files\In"))
    found = [path.read_bytes() for path in (tmp_path / "store" / "files" / "In" / USER).iterdir()]
    assert sorted(found) == sorted(documents)


# A share: what smbd writes into its log


LOGGED = (
    (r"opened file (\S.*) read=\w+ write=\w+ ", "open {}"),
    (r"smb2: fnum \d+, file (\S.*), length=\d+ offset=(\d+) wrote=(\d+)", "write {} {}+{}"),
    (r"closed file (\S.*) \(numopen=", "close {}"),
    (r"rename_internals_fsp: succeeded doing rename on (\S.*) -> (\S.*)", "rename {} {}"),
)
"""Lines of smbd's log at level 3 (Samba 4.17), and what they say in short."""


def logged(folder: Path) -> list[str]:
    """What was done with the documents, in the order of smbd's log."""
    found = []
    for line in (folder / "log.smbd").read_text("utf-8", "replace").splitlines():
        for pattern, said in LOGGED:
            match = re.search(pattern, line)
            if match is not None and f"Invoice_{DAY}" in match[0]:
                words = [re.sub(r"^\w{32}\.part$", "PART", each.rpartition("/")[2]) for each in match.groups()]
                found.append(said.format(*map(short, words)))
    return found


SIZE_1, SIZE_2 = len(ONE), len(TWO)
HALF = SIZE_1 // 2
AS_EVER = "rename PART 2.jpg, close 2.jpg"
SHARE: dict[str, tuple[dict[str, Any], str, dict[str, bytes], str]] = {
    "in-place": (
        {"nth": 1},
        f"open 1.jpg, write 1.jpg 0+{SIZE_1}, close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "page-by-page": (
        {"pause": 0.01},
        f"open 1.jpg, write 1.jpg 0+{SIZE_1}, write 1.jpg {SIZE_1}+{SIZE_2}, close 1.jpg",
        {"1.jpg": ONE + TWO},
        WELL,
    ),
    "reopened": (
        {"pause": 0.01, "pieces": 2, "nth": 1},
        f"open 1.jpg, write 1.jpg 0+{HALF}, close 1.jpg, open 1.jpg, write 1.jpg {HALF}+{SIZE_1 - HALF}, "
        f"close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "empty-first": (
        {"pause": 0.01, "nth": 1},
        f"open 1.jpg, close 1.jpg, open 1.jpg, write 1.jpg 0+{SIZE_1}, close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "temporary-name": (
        {"pause": 0.01, "nth": 1},
        f"open 1.jpg.tmp, write 1.jpg.tmp 0+{SIZE_1}, close 1.jpg.tmp, open 1.jpg.tmp, rename 1.jpg.tmp 1.jpg, "
        f"close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "renamed-over": (
        {"pause": 0.01, "nth": 1},
        f"open 1.jpg, write 1.jpg 0+{SIZE_1}, close 1.jpg, "
        f"open 1.jpg.tmp, write 1.jpg.tmp 0+{HALF}, close 1.jpg.tmp, "
        f"open 1.jpg.tmp, rename 1.jpg.tmp 1.jpg, close 1.jpg, "
        f"open 1.jpg, write 1.jpg {HALF}+{SIZE_1 - HALF}, close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "overwritten": (
        {},
        f"open 1.jpg, write 1.jpg 0+{SIZE_1}, close 1.jpg, open 1.jpg, write 1.jpg 0+{SIZE_2}, close 1.jpg",
        {"1.jpg": TWO},
        WELL,
    ),
    "slow": (
        {"octets_per_second": 25_000, "nth": 1},
        f"open 1.jpg, write 1.jpg 0+2500, write 1.jpg 2500+2500, write 1.jpg 5000+{SIZE_1 - 5000}, close 1.jpg, "
        f"{AS_EVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "cut-off": (
        {"octets": 1234, "nth": 1},
        f"open 1.jpg, write 1.jpg 0+1234, close 1.jpg, {AS_EVER}",
        {"1.jpg": ONE[:1234], "2.jpg": TWO},
        WELL,
    ),
    "full": (
        {"octets": 9, "nth": 1},
        "open 1.jpg, write 1.jpg 0+9, close 1.jpg",
        {"1.jpg": ONE[:9]},
        "CompletedWithErrors FileShareOutOfDiskSpace",
    ),
}
"""Alteration, parameters; what smbd writes into its log, what is in the share, what the filter says."""


@pytest.fixture(scope="module")
def samba() -> Iterator[tuple[Path, SmbServer]]:
    with server_folder() as folder, smbd(folder, log_level=3) as server:
        yield folder, server


def share_section(server: SmbServer, folder: str) -> str:
    """[[share]] of a delivery file."""
    share = rf"\\127.0.0.1\scans\{folder}"
    return (
        f"[[share]]\nunc = '\\\\files\\In'\nsend_to = '{share}'\nport = {server.port}\nuser = '{server.user}'\n"
        'password_file = "password.txt"\n'
    )


@pytest.mark.parametrize("do", SHARE)
async def test_smbd_writes_into_its_log(do: str, samba: tuple[Path, SmbServer], tmp_path: Path) -> None:
    needs_package("smbprotocol")
    folder, server = samba
    more, log, files, filter_ = SHARE[do]
    before = len(logged(folder))
    delivery = delivery_file(tmp_path, share_section(server, do))
    async with delivered(tmp_path, fault(do, **more), file_share(r"\\files\In"), delivery=delivery) as told:
        assert told.filter == filter_, told.deliveries
    found = {short(path.name): path.read_bytes() for path in (folder / "scans" / do / USER).iterdir()}
    assert found == files
    assert logged(folder)[before:] == log.split(", ")


async def test_nobody_can_open_a_file_of_a_share_that_is_locked(
    samba: tuple[Path, SmbServer], tmp_path: Path
) -> None:
    """Samba's own client is told so; when the job has ended it has the file. That we are silent meanwhile is no
    silence of the server, which would end the delivery after three seconds."""
    needs_package("smbprotocol")
    _, server = samba
    got = tmp_path / "got.jpg"

    def get() -> str:
        return server.get("scans", f"locks/{USER}/Invoice_{DAY}_0001.jpg", got)

    said: list[str] = []

    async def look() -> None:
        while "NT_STATUS_SHARING_VIOLATION" not in "".join(said):
            said.append(await asyncio.to_thread(get))

    looking: list[asyncio.Task[None]] = []
    delivery = delivery_file(tmp_path, share_section(server, "locks") + "timeout = 3\n")
    plan = fault("locked", nth=1, **{"for": 4})
    async with delivered(
        tmp_path,
        plan,
        file_share(r"\\files\In"),
        delivery=delivery,
        while_it_runs=lambda: looking.append(asyncio.create_task(look())),
    ) as told:
        assert told.filter == WELL
        await asyncio.wait_for(looking[0], 20)
        assert not await asyncio.to_thread(got.exists)
        await asyncio.to_thread(get)
        assert await asyncio.to_thread(got.read_bytes) == ONE


@pytest.mark.parametrize(("do", "more"), AT_ONCE)
async def test_jobs_at_once_get_names_of_their_own_in_a_share(
    do: str, more: dict[str, Any], samba: tuple[Path, SmbServer], tmp_path: Path
) -> None:
    needs_package("smbprotocol")
    folder, server = samba
    delivery = delivery_file(tmp_path, share_section(server, f"many-{do}"))
    documents = await jobs_at_once(tmp_path, fault(do, **more), file_share(r"\\files\In"), delivery)
    found = [path.read_bytes() for path in (folder / "scans" / f"many-{do}" / USER).iterdir()]
    assert sorted(found) == sorted(documents)


# A library: what nginx writes into its log

NEW, OVER = 201, 204
LIBRARY: dict[str, tuple[dict[str, Any], str, dict[str, bytes], str]] = {
    "in-place": ({"nth": 1}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE}, WELL),
    "empty-first": ({"pause": 0.01, "nth": 1}, f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}", {"1.jpg": ONE}, WELL),
    "reopened": (
        {"pause": 0.01, "nth": 1},
        f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE},
        WELL,
    ),
    "page-by-page": (
        {"pause": 0.01},
        f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE + TWO},
        WELL,
    ),
    "temporary-name": (
        {"pause": 0.01},
        f"PUT 1.jpg.tmp {NEW}, MOVE 1.jpg.tmp {OVER}, PUT 2.jpg.tmp {NEW}, MOVE 2.jpg.tmp {OVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "renamed-over": (
        {"pause": 0.01, "nth": 1},
        f"PUT 1.jpg {NEW}, PUT 1.jpg.tmp {NEW}, MOVE 1.jpg.tmp {OVER}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE},
        WELL,
    ),
    "overwritten": ({}, f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}", {"1.jpg": TWO}, WELL),
    "numbered": ({}, f"PUT 1.jpg {NEW}, PUT 1 (2).jpg {NEW}", {"1.jpg": ONE, "1 (2).jpg": TWO}, WELL),
    "cut-off": ({"octets": 9}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE[:9]}, WELL),
    "full": ({"octets": 9}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE[:9]}, "CompletedWithErrors SharePointOutOfDiskSpace"),
    "denied": ({}, "", {}, "CompletedWithErrors SharePointAccessDenied"),
    "with-warnings": ({"nth": 1}, "MOVE PART 204", {"1.jpg": ONE}, "CompletedWithWarnings"),
}
"""Alteration, parameters; requests and statuses in nginx's log, what its folder has, what the filter says."""
OF_TWO = ("page-by-page", "temporary-name", "overwritten", "numbered")


@pytest.fixture(scope="module")
def web_dav() -> Iterator[DavServer]:
    with server_folder() as folder, nginx(folder) as server:
        yield server


def asked(server: DavServer, folder: str) -> list[str]:
    """PUT and MOVE of files of a folder, by nginx's own log."""
    log = (server.log.parent / "access.log").read_text("utf-8")
    found = re.findall(rf'"(PUT|MOVE) (/{folder}/\S*) HTTP/1.1" (\d+)', log)
    named = ((how, short(unquote(path).rpartition("/")[2]), status) for how, path, status in found)
    parts = ((how, re.sub(r"^\w{32}\.part$", "PART", name), status) for how, name, status in named)
    return [" ".join(each) for each in parts if each[:2] != ("PUT", "PART")]


def share_point(url: str) -> str:
    """psp:Filter of a SharePoint filter."""
    return (
        f"<psp:Filter><psp:Dialect>{FILTER}/sharepoint</psp:Dialect><psp:Instructions>"
        f'<s:SharePointConfig xmlns:s="{FILTER}/sharepoint"><s:SaveToSharePointSites><s:SaveToSharePointSiteURL>'
        f"{url}</s:SaveToSharePointSiteURL></s:SaveToSharePointSites></s:SharePointConfig></psp:Instructions>"
        "</psp:Filter>"
    )


def library_section(url: str, server: DavServer, folder: str) -> str:
    """[[sharepoint]] of a delivery file."""
    return (
        f'[[sharepoint]]\nurl = "{url}"\nsend_to = "{server.url}/{folder}"\nca_file = "{server.ca_file}"\n'
        'user = "scanner"\npassword_file = "password.txt"\n'
    )


@pytest.mark.parametrize("do", LIBRARY)
async def test_nginx_writes_into_its_log(do: str, web_dav: DavServer, tmp_path: Path) -> None:
    more, log, files, filter_ = LIBRARY[do]
    library = web_dav.folder / do
    await asyncio.to_thread(library.mkdir)
    give(library)
    url = "https://sharepoint.contoso.example/scans"
    delivery = delivery_file(tmp_path, library_section(url, web_dav, do))
    images = IMAGES if do in OF_TWO else [ONE]
    async with delivered(tmp_path, fault(do, **more), share_point(url), delivery=delivery, images=images) as told:
        assert told.filter == filter_, told.deliveries
    found = {short(path.name): path.read_bytes() for path in (library / USER).iterdir()}
    assert found == files
    for _ in range(200):  # nginx writes when it has answered
        if ", ".join(asked(web_dav, do)) == log:
            break
        await asyncio.sleep(0.02)
    assert ", ".join(asked(web_dav, do)) == log


@pytest.mark.parametrize(("do", "more"), AT_ONCE)
async def test_jobs_at_once_get_names_of_their_own_in_a_library(
    do: str, more: dict[str, Any], web_dav: DavServer, tmp_path: Path
) -> None:
    library = web_dav.folder / f"many-{do}"
    await asyncio.to_thread(library.mkdir)
    give(library)
    url = "https://sharepoint.contoso.example/scans"
    delivery = delivery_file(tmp_path, library_section(url, web_dav, library.name))
    documents = await jobs_at_once(tmp_path, fault(do, **more), share_point(url), delivery)
    found = [path.read_bytes() for path in (library / USER).iterdir()]
    assert sorted(found) == sorted(documents)


async def test_apache_lets_nobody_write_to_a_file_that_is_locked(tmp_path: Path) -> None:
    said: list[int] = []
    with server_folder() as folder, apache(folder) as server:
        library = server.folder / "library"
        await asyncio.to_thread(library.mkdir)
        give(library)
        path = f"/library/{USER}/Invoice_{DAY}_0001.jpg"

        async def look() -> None:
            while 423 not in said:
                # What is there before our server looks is another's file, and it takes the next name.
                how = "PUT" if 200 in said else "HEAD"
                status, _ = await asyncio.to_thread(server.ask, how, path, b"mine" if how == "PUT" else b"")
                said.append(status)

        looking: list[asyncio.Task[None]] = []
        url = "https://sharepoint.contoso.example/scans"
        delivery = delivery_file(tmp_path, library_section(url, server, "library"))
        async with delivered(
            tmp_path,
            fault("locked", **{"for": 2}),
            share_point(url),
            delivery=delivery,
            images=[ONE],
            while_it_runs=lambda: looking.append(asyncio.create_task(look())),
        ) as told:
            assert told.filter == WELL, told.deliveries
            await asyncio.wait_for(looking[0], 20)
            assert (library / USER / f"Invoice_{DAY}_0001.jpg").read_bytes() == ONE
            assert server.ask("PUT", path, b"mine")[0] == 204, "when it is closed anybody may"


# Mail: what a mail server was given

MAIL: dict[str, tuple[dict[str, Any], list[tuple[str, bytes]], str]] = {
    "page-by-page": ({"pause": 0.01}, [("1.jpg", ONE + TWO)], WELL),
    "overwritten": ({}, [("1.jpg", TWO)], WELL),
    "numbered": ({}, [("1.jpg", ONE), ("1 (2).jpg", TWO)], WELL),
    "cut-off": ({"octets": 100, "nth": 2}, [("1.jpg", ONE), ("2.jpg", TWO[:100])], WELL),
    "with-warnings": ({"nth": 2}, [("1.jpg", ONE), ("2.jpg", TWO)], "CompletedWithWarnings"),
    "full": ({"octets": 5}, [], "CompletedWithErrors UnableToSendEmail"),
    "gone": ({"octets": 5}, [], "CompletedWithErrors InvalidSMTPServer"),
    "denied": ({}, [], "CompletedWithErrors UnableToSendEmail"),
}


@pytest.mark.parametrize("do", MAIL)
async def test_a_mail_server_is_given(do: str, tmp_path: Path) -> None:
    more, files, filter_ = MAIL[do]
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        async with delivered(tmp_path, fault(do, **more), email_filter(own=True), delivery=delivery) as told:
            assert told.filter == filter_, told.deliveries
    found = [(short(name), data) for each in mailbox.messages for name, _, data in attachments(each)]
    assert found == files


def test_every_alteration_of_a_delivery_is_met_by_somebody() -> None:
    assert set(alterations_at(At.DELIVERY)) == set(FOLDER)
