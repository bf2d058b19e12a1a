"""The Python API: a scan server and virtual scanners, started and stopped together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from emulator.device.profile import ProfileError
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.environment.directories import is_ldap, office_folder, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LdapOptions
from emulator.jobs.commons import JobCommons
from emulator.jobs.manifest import ImageRecord
from emulator.jobs.options import ScanOptions
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.pages import Pages
from emulator.jobs.plan import Plan
from emulator.jobs.scan import run_scan
from emulator.layers import Layers
from emulator.scan_server.delivery_file import delivery_settings
from emulator.scan_server.embedded import Embedded, embedded_server

_NOT_RUNNING: Final = "the lab is not running: use `async with Lab() as lab`"


class Silent:
    """A reporter that says nothing."""

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """Nothing."""

    def page_scanned(self, number: int) -> None:
        """Nothing."""

    def acknowledged(self, image: ImageRecord) -> None:
        """Nothing."""


class Lab:
    """An embedded scan server with its directory, and devices that scan to it.

    Use it as `async with Lab() as lab`; the server listens on a free loopback port, over HTTPS with a
    throw-away CA, when the block begins. Without `store` the images live as long as the block.
    """

    def __init__(
        self,
        *,
        store: Path | str | None = None,
        directory: Path | str | None = None,
        user: str | None = None,
        ldap: LdapOptions | None = None,
        strict: bool = False,
        delivery: Path | str | None = None,
        habits: Sequence[str] = (),
    ) -> None:
        """`directory`: folder of users and scan processes (default: the office that comes along), or the URL of one
        over LDAP, which the server asks as `user` with the options `ldap`; `strict`: the server refuses every
        deviation; `delivery`: TOML file of the servers that filters deliver by; `habits`: in what the server
        departs from the documents, as `server --habit`."""
        self._habits = tuple(habits)
        self._delivery = None if delivery is None else Path(delivery)
        self._store = None if store is None else Path(store)
        self._directory: Path | str = office_folder() if directory is None else directory
        if not is_ldap(self._directory):
            self._directory = Path(self._directory)
        self._user = user
        self._ldap = LdapOptions() if ldap is None else ldap
        self._strict = strict
        self._stack = AsyncExitStack()
        self._embedded: Embedded | None = None
        self._commons: JobCommons | None = None

    async def __aenter__(self) -> Lab:
        async with AsyncExitStack() as stack:
            if self._store is None:
                self._store = Path(stack.enter_context(TemporaryDirectory(prefix="dsm-emulator-")))
            directory = open_directory(self._directory, self._user, self._ldap)
            stack.callback(directory.close)
            self._embedded = await stack.enter_async_context(
                embedded_server(
                    self._store,
                    directory,
                    layers=Layers(strict=self._strict),
                    delivery=delivery_settings(self._delivery),
                    habits=self._habits,
                )
            )
            self._commons = JobCommons()
            stack.push_async_callback(self._commons.aclose)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._embedded = self._commons = None
        await self._stack.aclose()

    @property
    def embedded(self) -> Embedded:
        """The running server. Raises LabError outside the block."""
        if self._embedded is None:
            raise LabError(_NOT_RUNNING)
        return self._embedded

    @property
    def commons(self) -> JobCommons:
        """What the lab's jobs have in common. Raises LabError outside the block."""
        if self._commons is None:
            raise LabError(_NOT_RUNNING)
        return self._commons

    @property
    def url(self) -> str:
        """Address of the scan server."""
        return self.embedded.server.url

    @property
    def store(self) -> Path:
        """Where the scan server stores."""
        if self._store is None:
            raise LabError(_NOT_RUNNING)
        return self._store

    @property
    def directory(self) -> Path | str:
        """The folder of users and scan processes, or the URL of a directory over LDAP."""
        return self._directory

    @property
    def delivery(self) -> Path | None:
        """The delivery file; None without one."""
        return self._delivery

    async def add_device(self, profile: str = "office-mfp") -> LabScanner:
        """A virtual scanner of that profile (a name or a TOML file), which lasts as long as the block. Raises
        LabError."""
        try:
            loaded = self.commons.profiles.load(profile)
        except ProfileError as error:
            raise LabError(str(error)) from None
        spool = self._stack.enter_context(self.commons.spool.job_folder())
        scanner = VirtualScanner(loaded, spool, jobs=ANY_NUMBER, filled=False)
        self._stack.push_async_callback(scanner.stop)
        return LabScanner(self, scanner)


class LabScanner:
    """A virtual scanner of a lab. Its feeder is empty until somebody loads it; `scan` brings its own pages."""

    def __init__(self, lab: Lab, scanner: VirtualScanner) -> None:
        self._lab = lab
        self.scanner = scanner
        """Its feeder, conditions, history and layers; jobs wait for each other at its scan head."""
        self.profile = scanner.profile

    async def scan(self, *files: Path | str, settings: tuple[str, ...] = (), **options: Any) -> ScanOutcome:
        """Run one post-scan job at the lab's scan server, or at `server`.

        `files`: pages (none: synthetic letters; with `loaded=True` what lies in `scanner`). `settings`: as
        `--set`, e.g. ("Format=png",). `options`: the other fields of ScanOptions by name (scan_process, user,
        pages, ...). Raises LabError when nothing was sent; otherwise `error` of the outcome says why a job failed.
        """
        options = {"server": "embedded", "directory": self._lab.directory, **options}
        if options["server"] == "embedded":
            options["delivery"] = self._lab.delivery
        given = ScanOptions(
            files=tuple(Path(file) for file in files),
            settings=tuple(settings),
            profile=self.profile.name,
            store=self._lab.store,
            **options,
        )
        return await run_scan(given, Silent(), self._lab.embedded, self.scanner, commons=self._lab.commons)
