"""The embedded scan servers of a process: jobs share one, and each sees its own users and scan processes there."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.device.profile import load_profile
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.directory.errors import DirectoryError
from emulator.disturbance.disturbances import Disturbances
from emulator.environment.directories import office_folder, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LdapOptions
from emulator.jobs import embedded_servers
from emulator.jobs.commons import JobCommons
from emulator.jobs.embedded_servers import JobDirectories
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers
from emulator.options.scan import ScanOptions
from emulator.scan_server.embedded import embedded_server
from emulator.trace.who import WHO

SMALL = {"settings": "Resolution=75x75", "pages": 1}


class Process:
    """Jobs of one process at one scanner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commons = JobCommons()
        self.none = Disturbances()
        self.scanner = VirtualScanner(load_profile("office-mfp"), folder, jobs=ANY_NUMBER)

    async def job(self, **options: object) -> ScanOutcome:
        given = {"store": self.folder / "store", "state": self.folder, **SMALL, **options}
        return await run_scan(
            ScanOptions.of(**given), SilentReporter(), scanner=self.scanner, commons=self.commons,
            disturbances=self.none,
        )  # fmt: skip

    @property
    def urls(self) -> list[str]:
        return [each.url for each in self.commons.servers.servers]

    async def close(self) -> None:
        await self.scanner.stop()
        await self.commons.aclose()


async def test_jobs_share_a_server_that_is_started_with_the_first(tmp_path: Path) -> None:
    process = Process(tmp_path)
    assert process.urls == []
    started, ended = [], []
    process.commons.servers.on_start, process.commons.servers.on_end = started.append, ended.append
    first = (await process.job(user="demo")).check(images=1)
    second = (await process.job(user="ann")).check(images=1)
    together = await asyncio.gather(process.job(user="demo"), process.job(user="ann"))
    assert [each.check(images=1).server for each in together] == [first.server, second.server] == 2 * process.urls
    (server,) = process.commons.servers.servers
    assert started == [server] and [job.user.name for job in server.jobs][:2] == ["demo", "ann"]
    assert all(each.events == "" for each in (first, second, *together)), "each hears of its own job"
    assert WHO.get() is None
    alone = (await process.job(user_sid="S-1-5-21-1-2-3-4")).check(images=1)
    assert alone.server == first.server, "a user that the directory has not is brought by his job"
    assert ended == []
    await process.close()
    assert process.urls == [] and not server.listening and ended == [server]


async def test_another_store_directory_or_habit_has_a_server_of_its_own(tmp_path: Path) -> None:
    process = Process(tmp_path)
    for options in ({}, {"store": tmp_path / "other"}, {"habits": "2008r2"}, {}):
        (await process.job(**options)).check()
    assert len(process.urls) == 3
    await process.commons.servers.start_over()
    assert process.urls == []
    (await process.job()).check()
    assert len(process.urls) == 1
    await process.close()


async def test_those_that_no_job_needs_are_not_kept_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_servers, "MOST", 2)
    process = Process(tmp_path)
    for number in range(4):
        (await process.job(store=tmp_path / f"store-{number}")).check()
    assert len(process.urls) == 2
    await process.close()


async def test_a_store_that_cannot_be_used_fails_the_job_and_no_other(tmp_path: Path) -> None:
    process = Process(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot be used"):
        await process.job(store=tmp_path / "file")
    assert process.urls == []
    (await process.job()).check()
    await process.close()


class Down:
    """A directory that cannot be reached."""

    def refresh(self) -> Down:
        return self

    def user_by_sid(self, sid: str) -> None:
        raise DirectoryError("it is down")

    by_identifier = user_by_sid  # type: ignore[assignment]


def test_a_directory_that_fails_is_no_failure_where_another_knows() -> None:
    folder = open_directory(office_folder(), None, ScanOptions().ldap)
    user = folder.default_user()
    asked = JobDirectories()
    assert asked.user_by_sid(user.sid) is None and len(asked) == 0
    leave = asked.add(folder)
    gone = asked.add(Down())  # type: ignore[arg-type]
    assert asked.refresh().user_by_sid(user.sid) == user and len(asked) == 2
    with pytest.raises(DirectoryError, match="it is down"):
        asked.user_by_sid("S-1-5-21-0")
    gone()
    gone()
    leave()
    assert len(asked) == 0
    with pytest.raises(DirectoryError, match="it is down"):
        asked.user_by_sid(user.sid)  # the last one is asked when all have gone


async def test_a_job_that_is_interrupted_while_others_are_stopped_does_not_keep_its_server_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path)
    (await process.job()).check()
    servers = process.commons.servers

    async def interrupted() -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(servers, "_stop_surplus", interrupted)
        with pytest.raises(asyncio.CancelledError):
            await process.job()
    (kept,) = servers._kept.values()
    assert not kept.in_use
    await process.close()


async def test_what_was_plugged_into_a_server_that_cannot_start_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    plugged: list[str] = []

    def plug(layers: Layers, context: ssl.SSLContext | None) -> Callable[[], None]:
        plugged.append("in")
        return lambda: plugged.append("out")

    directory = open_directory(office_folder(), None, LdapOptions())
    with pytest.raises(LabError, match="cannot be used"):
        async with embedded_server(tmp_path / "file", directory, plug=plug):
            raise AssertionError("it runs")
    assert plugged == ["in", "out"]
    async with embedded_server(tmp_path / "store", directory, plug=plug) as embedded:
        assert embedded.server.listening and plugged[2:] == ["in"]
    assert plugged[2:] == ["in", "out"]
    directory.close()
