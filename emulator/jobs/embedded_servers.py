"""The embedded scan servers of one process: each is started with the first job that goes to it, and stays for those
that come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from emulator.directory.errors import DirectoryError
from emulator.directory.model import StoredScanProcess, User
from emulator.disturbance.disturbances import Disturbances
from emulator.faults.behaviours import Behaviour
from emulator.layers import Layers

# The scan server is loaded when a job goes to it: jobs at other servers do not wait for it.
if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings
    from emulator.scan_server.directory import ServerDirectory
    from emulator.scan_server.embedded import Embedded
    from emulator.scan_server.server import ScanServer

MOST: Final = 16
"""Servers that are kept while no job goes to them."""


@dataclass(frozen=True, slots=True)
class WantedServer:
    """The embedded scan server that a job wants."""

    store: Path
    directory: ServerDirectory
    """Users and scan processes as this job sees them."""
    same: Hashable
    """Jobs whose directories are the same one in this may share a server."""
    disturbances: Disturbances
    delivery: DeliverySettings | None = None
    delivery_file: Path | None = None
    behaviours: frozenset[Behaviour] = frozenset()

    @property
    def key(self) -> Hashable:
        """Jobs of the same key share a server."""
        return (
            self.store.absolute(),
            self.same,
            self.delivery_file,
            self.behaviours | self.disturbances.behaviours,
            id(self.disturbances),
        )


class EmbeddedServers:
    """Used on one event loop. Each server runs in a task of its own, so that nothing of the job that had it started
    goes on in it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self.on_start: Callable[[ScanServer], None] = lambda server: None
        """Told of each server that has started."""
        self.on_end: Callable[[ScanServer], None] = lambda server: None
        """The same of each that has ended."""
        self._starting = asyncio.Lock()

    @property
    def servers(self) -> tuple[ScanServer, ...]:
        """Those that run, the oldest first."""
        return tuple(each.embedded.server for each in self._kept.values() if each.embedded is not None)

    async def of_job(self, wanted: WantedServer) -> tuple[Embedded, Callable[[], None]]:
        """The server that a job wants, started if there is none; and what says that the job needs it no more.
        Raises LabError."""
        async with self._starting:
            kept = self._kept.get(wanted.key)
            if kept is None:
                kept = _Kept(wanted)
                await kept.start()
                self._kept[wanted.key] = kept
                assert kept.embedded is not None
                self.on_start(kept.embedded.server)
            leave = kept.directories.add(wanted.directory)
            try:
                await self._stop_surplus()
            except BaseException:  # a job that is interrupted here needs the server no more
                leave()
                raise
        assert kept.embedded is not None
        return kept.embedded, leave

    async def _stop_surplus(self) -> None:
        idle = [key for key, each in self._kept.items() if not each.in_use]
        for key in idle[: max(0, len(self._kept) - MOST)]:
            await self._stop(self._kept.pop(key))

    async def _stop(self, kept: _Kept) -> None:
        embedded = kept.embedded
        await kept.stop()
        if embedded is not None:
            self.on_end(embedded.server)

    async def start_over(self) -> None:
        """Stop all: the next job starts its own."""
        await self.aclose()

    async def aclose(self) -> None:
        """Stop all; jobs that have not ended stay unfinished in their stores."""
        async with self._starting:
            kept = list(self._kept.values())
            self._kept.clear()
            await asyncio.gather(*map(self._stop, kept))


@dataclass(eq=False)
class _Kept:
    """One server, in its task."""

    wanted: WantedServer
    directories: JobDirectories = field(default_factory=lambda: JobDirectories())
    embedded: Embedded | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    @property
    def in_use(self) -> bool:
        """Whether a job goes to it, or one has not ended there."""
        jobs = () if self.embedded is None else self.embedded.server.jobs
        return bool(self.directories) or any(not job.ended for job in jobs)

    async def start(self) -> None:
        """Raises LabError."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._run(ready), context=Context())
        try:
            await asyncio.shield(ready)
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def _run(self, ready: asyncio.Future[None]) -> None:
        from emulator.scan_server.embedded import embedded_server

        wanted = self.wanted
        try:
            async with embedded_server(
                wanted.store,
                self.directories,
                delivery=wanted.delivery,
                behaviours=wanted.disturbances.behaviours | wanted.behaviours,
                layers=Layers(),
                plug=wanted.disturbances.plug_server,
            ) as self.embedded:
                if not ready.done():
                    ready.set_result(None)
                await self._ending.wait()
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)
        finally:
            self.embedded = None

    async def stop(self) -> None:
        """Harmless when it has not started."""
        self._ending.set()
        if self._task is not None:
            await asyncio.wait([self._task])


class JobDirectories:
    """The directories of the jobs under way, which a server asks in turn: a job may bring a user or a scan process
    that its directory does not have. The last one is kept for what asks when the job has gone."""

    def __init__(self, known: tuple[ServerDirectory, ...] = ()) -> None:
        self._last: ServerDirectory | None = None
        self._jobs: list[ServerDirectory] = list(known)

    def __len__(self) -> int:
        """How many jobs are under way."""
        return len(self._jobs)

    def add(self, directory: ServerDirectory) -> Callable[[], None]:
        """A job begins; what says that it has gone."""
        self._jobs.append(directory)
        self._last = directory

        def leave() -> None:
            if directory in self._jobs:
                self._jobs.remove(directory)

        return leave

    def refresh(self) -> JobDirectories:
        """Return the directories as they are now."""
        return JobDirectories(tuple(each.refresh() for each in self._asked()))

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None. Raises DirectoryError."""
        with _first_failure() as failures:
            for each in self._asked():
                with failures.noted():
                    if (user := each.user_by_sid(sid)) is not None:
                        failures.clear()
                        return user
        return None

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, or None. Raises DirectoryError."""
        with _first_failure() as failures:
            for each in self._asked():
                with failures.noted():
                    if (found := each.by_identifier(identifier)) is not None:
                        failures.clear()
                        return found
        return None

    def _asked(self) -> tuple[ServerDirectory, ...]:
        newest_first = tuple(reversed(self._jobs))
        return newest_first or (() if self._last is None else (self._last,))


class _Failures:
    def __init__(self) -> None:
        self.errors: list[DirectoryError] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """The next one may know it."""
        try:
            yield
        except DirectoryError as error:
            self.errors.append(error)

    def clear(self) -> None:
        """One has known it."""
        self.errors.clear()


@contextmanager
def _first_failure() -> Iterator[_Failures]:
    """What one directory cannot tell is an error only where no other knows it."""
    failures = _Failures()
    yield failures
    if failures.errors:
        raise failures.errors[0]
