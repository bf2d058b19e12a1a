"""What a plan does to deliveries into a share, by smbd's own log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from delivery_runs import (
    AT_ONCE,
    DAY,
    ONE,
    TWO,
    USER,
    WELL,
    delivered,
    fault,
    jobs_at_once,
    short,
)
from mail_bench import delivery_file
from optional_programs import needs_package
from real_servers import SmbServer, server_folder, smbd
from scan_server_bench import file_share

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
