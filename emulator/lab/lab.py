"""The Python API: a scan server and virtual scanners, started and stopped together."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from os import PathLike, fspath
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Literal, Self, overload

from emulator.device.pace import Speed
from emulator.device.profile import ProfileError
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.disturbance.disturbances import (
    JOB_ROLES,
    SERVER_ROLES,
    Disturbances,
    open_plan,
    plan_of_tables,
    require_fired,
)
from emulator.environment.directories import is_ldap, office_folder, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LdapOptions, TrustOptions
from emulator.faults.fired import Fired
from emulator.jobs.choices import server_url
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import ScanReporter, run_scan
from emulator.jobs.started_jobs import StartedJobs
from emulator.lab.lab_scanner import LabScanner
from emulator.lab.network_device import NetworkDevice
from emulator.lab.server import LabServer
from emulator.layers import Layers, Unplug
from emulator.network.device_network import DeviceNetwork
from emulator.options.run import NetworkOptions
from emulator.resetting import Resettable, start_over
from emulator.scan_server.delivery_file import delivery_settings
from emulator.scan_server.embedded import Embedded, embedded_server
from emulator.trace.journal import Journal
from emulator.trace.recording import record

_NOT_RUNNING: Final = "the lab is not running: use `with BlockingLab() as lab`, or `async with Lab() as lab`"


def _path(given: str | PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _has_truth(options: ScanOptions) -> bool:
    return options.documents is not None and not (options.stamped or options.loaded)


class Lab:
    """An embedded scan server with its directory, and devices that scan to it; or devices alone, which scan to
    somebody else's server.

    Use it as `async with Lab() as lab`, or `start` and `close` it; the server listens on a free loopback port, over
    HTTPS with a throw-away CA, when the block begins. Without `store` the images live as long as the block.
    """

    def __init__(
        self,
        *,
        store: str | PathLike[str] | None = None,
        directory: str | PathLike[str] | None = None,
        user: str | None = None,
        ldap: LdapOptions | None = None,
        strict: bool = False,
        delivery: str | PathLike[str] | None = None,
        habits: Sequence[str] = (),
        faults: str | PathLike[str] | None = None,
        hooks: str | PathLike[str] | None = None,
        state: str | PathLike[str] | None = None,
        multicast: bool = True,
        server: str | None = None,
        ca_file: str | PathLike[str] | None = None,
        client_cert: str | PathLike[str] | None = None,
        client_key: str | PathLike[str] | None = None,
        client_password_file: str | PathLike[str] | None = None,
        insecure: bool = False,
    ) -> None:
        """These are its parameters.

        - `directory`: folder of users and scan processes (default: the office that comes along), or the URL of one
          over LDAP, which the server asks as `user` with the options `ldap`.
        - `strict`: the server and devices on the network refuse every deviation.
        - `delivery`: TOML file of the servers that filters deliver by.
        - `habits`: in what server and devices depart from the documents, as `scan --habit`.
        - `faults`: TOML file of a fault plan, which acts at every device and at the embedded scan server. A fault
          that has never happened makes `close` raise LabError, unless it says `may_miss = true`.
        - `hooks`: file of Python functions that act at named points, as `scan --hooks`.
        - `state`: folder that keeps the identities of devices on the network (default: the user's own).
        - `multicast`: devices on the network say Hello and Bye, and answer Probes to all.
        - `server`: URL or host name of somebody else's scan server, to which all jobs go: no other is started then.
          It is trusted by the roots of `ca_file` (default: the system's), or with `insecure` whoever it is, and
          shown `client_cert` with `client_key` and the password in `client_password_file`; `user` and `ldap` are
          those of jobs that name none, `strict` makes jobs refuse its deviations.

        Raises LabError for options of the one server that come with the other.
        """
        if server == EMBEDDED:
            server = None
        of_others = {
            "ca_file": ca_file,
            "client_cert": client_cert,
            "client_key": client_key,
            "client_password_file": client_password_file,
            "insecure": insecure,
        }
        of_ours = {"store": store, "delivery": delivery}
        if server is None and (told := [name for name, value in of_others.items() if value]):
            raise LabError(f"{told[0]} is for somebody else's scan server, and none is named", hint="server=URL")
        if server is not None and (told := [name for name, value in of_ours.items() if value]):
            raise LabError(f"{told[0]} is for the embedded scan server, and this lab's jobs go to {server}")
        self._elsewhere = None if server is None else server_url(server)
        self._trust = TrustOptions(
            ca_file=_path(ca_file),
            client_cert=_path(client_cert),
            client_key=_path(client_key),
            client_password_file=_path(client_password_file),
            insecure=insecure,
        )
        self._roles = JOB_ROLES if server is not None else (*JOB_ROLES, *SERVER_ROLES)
        self._disturbances = Disturbances.of(_path(faults), _path(hooks), tuple(habits), self._roles)
        self._delivery = _path(delivery)
        self._named_store = _path(store)
        self._directory: Path | str = office_folder() if directory is None else fspath(directory)
        if not is_ldap(self._directory):
            self._directory = Path(self._directory)
        self._user = user
        self._ldap = LdapOptions() if ldap is None else ldap
        self._strict = strict
        self._state = _path(state)
        self._multicast = multicast
        self._stack = AsyncExitStack()
        self._folder: Path | None = None
        self._truths = 0
        self._plugged: set[Unplug] = set()
        self._embedded: Embedded | None = None
        self._server: LabServer | None = None
        self._commons: JobCommons | None = None
        self._started = StartedJobs(self._run_started)
        self._scanners: dict[VirtualScanner, AsyncExitStack] = {}
        """And what ends each."""
        self._journal: Journal | None = None
        self._resetting = asyncio.Lock()
        self._networks: dict[tuple[bool, tuple[str, ...]], DeviceNetwork] = {}
        self._starting = asyncio.Lock()

    async def start(self) -> Self:
        """Start what the lab consists of; itself, when everything is ready. Raises LabError."""
        if self._commons is not None:
            raise LabError("the lab is running already")
        try:
            async with AsyncExitStack() as stack:
                self._folder = Path(mkdtemp(prefix="dsm-emulator-"))
                # Not a TemporaryDirectory: that would remove it at the end of a fork of this process too.
                stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
                if self._elsewhere is None:
                    await self._start_server(self._folder, stack)
                self._commons = JobCommons()
                stack.push_async_callback(self._commons.aclose)
                stack.push_async_callback(self._remove_scanners)
                self._stack = stack.pop_all()
        except BaseException:
            self._forget()
            raise
        return self

    async def _start_server(self, folder: Path, stack: AsyncExitStack) -> None:
        store = self._named_store or folder / "store"
        directory = open_directory(self._directory, self._user, self._ldap)
        stack.callback(directory.close)
        self._embedded = await stack.enter_async_context(
            embedded_server(
                store,
                directory,
                layers=Layers(strict=self._strict),
                plug=self._disturbances.plug_server,
                delivery=delivery_settings(self._delivery),
                behaviours=self._disturbances.behaviours,
            )
        )
        self._server = LabServer(self._embedded, store, folder, throw_away=self._named_store is None)

    async def close(self) -> None:
        """End devices and server, and remove what is temporary; nothing happens when the lab is not running. Raises
        LabError where a fault of the plan has never happened."""
        ran = self._commons is not None
        await self._started.start_over()
        self._forget()
        await self._stack.aclose()
        if ran:
            require_fired(self._disturbances.never_fired, must=True)

    def unplugged_at_close(self, unplug: Unplug) -> Unplug:
        """Return what ends something that was plugged in, and is called when the lab closes at the latest."""

        def end() -> None:
            self._plugged.discard(end)
            unplug()

        self._plugged.add(end)
        return end

    def _forget(self) -> None:
        for end in tuple(self._plugged):
            end()
        self._embedded = self._commons = self._server = None
        self._networks.clear()
        self._journal = None

    async def reset(self) -> None:
        """Begin anew between two tests: jobs are cancelled and forgotten, by devices and by the embedded scan
        server, of which a throw-away store is emptied; feeders, conditions and descriptions are as at the start;
        nobody is subscribed any more; the fault plan of the start acts, with new counts; the journal is empty.
        Devices stay, and so does what is plugged in. Raises LabError outside the block."""
        _ = self.commons
        async with self._resetting:
            await start_over(self._resettable())

    def _resettable(self) -> list[Resettable]:
        own: list[Resettable | None] = [self._started, *self._networks.values(), *self._scanners]
        own += [self.commons.servers, self._server, self._disturbances, self._journal]
        return [each for each in own if each is not None]

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, kind: object, *exc: object) -> None:
        try:
            await self.close()
        except LabError:
            if kind is None:  # what the block raised says more
                raise

    def __repr__(self) -> str:
        if self._commons is None:
            return "<Lab, not running>"
        where = f"embedded scan server {self.url}" if self._elsewhere is None else f"scan server {self._elsewhere}"
        return f"<Lab: {where}>"

    @property
    def server(self) -> LabServer:
        """The embedded scan server, from its own side. Raises LabError outside the block, and where jobs go to
        somebody else's."""
        if self._elsewhere is not None:
            raise LabError(f"there is no embedded scan server: this lab's jobs go to {self._elsewhere}")
        if self._server is None:
            raise LabError(_NOT_RUNNING)
        return self._server

    @property
    def embedded(self) -> Embedded:
        """The running server and what its clients trust. Raises LabError as `server` does."""
        _ = self.server
        assert self._embedded is not None, "the two are started together"
        return self._embedded

    @property
    def embedded_or_none(self) -> Embedded | None:
        """None where jobs go to somebody else's. Raises LabError outside the block."""
        _ = self.commons
        return self._embedded

    @property
    def commons(self) -> JobCommons:
        """What the lab's jobs have in common. Raises LabError outside the block."""
        if self._commons is None:
            raise LabError(_NOT_RUNNING)
        return self._commons

    @property
    def disturbances(self) -> Disturbances:
        """What is done otherwise on purpose."""
        return self._disturbances

    @property
    def journal(self) -> Journal:
        """What happens in the lab, from the first time that this is asked for (docs/journal.md). Raises LabError
        outside the block."""
        _ = self.commons
        if self._journal is None:
            self._journal = Journal()
            self.unplugged_at_close(record(self._journal))
        return self._journal

    @property
    def started_jobs(self) -> StartedJobs:
        """The post-scan jobs that were started and not waited for. Raises LabError outside the block."""
        _ = self.commons
        return self._started

    def change_faults(self, plan: str | PathLike[str] | Sequence[Mapping[str, object]] | None) -> None:
        """Have this fault plan act in place of the one before, with new counts: a TOML file, or its faults as
        tables; None: none. Raises LabError, and the one before goes on."""
        if isinstance(plan, str | PathLike):
            self._disturbances.change(open_plan(Path(plan), self._roles))
        else:
            self._disturbances.change(None if plan is None else plan_of_tables(plan, self._roles))

    @property
    def fired(self) -> list[Fired]:
        """What of the fault plan has happened, in order."""
        return [each.fired for each in self._disturbances.firings]

    @property
    def unfired(self) -> list[str]:
        """Names of the faults of the plan that have not happened and should."""
        return [each.name for each in self._disturbances.unfired]

    @property
    def url(self) -> str:
        """Address of the scan server that jobs go to."""
        return self.embedded.server.url if self._elsewhere is None else self._elsewhere

    @property
    def store(self) -> Path:
        """Where the embedded scan server stores. Raises LabError as `server` does."""
        return self.server.store

    @property
    def directory(self) -> Path | str:
        """The folder of users and scan processes, or the URL of a directory over LDAP."""
        return self._directory

    @property
    def delivery(self) -> Path | None:
        """The delivery file; None without one."""
        return self._delivery

    @overload
    async def add_device(
        self, profile: str | PathLike[str] = ..., *, network: Literal[False] = ...
    ) -> LabScanner: ...

    @overload
    async def add_device(
        self,
        profile: str | PathLike[str] = ...,
        *,
        network: Literal[True],
        name: str = ...,
        speed: Speed = ...,
        seed: int = ...,
        https: bool = ...,
        interfaces: Sequence[str] = ...,
    ) -> NetworkDevice: ...

    @overload
    async def add_device(
        self,
        profile: str | PathLike[str] = ...,
        *,
        network: bool,
        name: str = ...,
        speed: Speed = ...,
        seed: int = ...,
        https: bool = ...,
        interfaces: Sequence[str] = ...,
    ) -> LabScanner | NetworkDevice: ...

    async def add_device(
        self,
        profile: str | PathLike[str] = "office-mfp",
        *,
        network: bool = False,
        name: str = "",
        speed: Speed = "max",
        seed: int = 0,
        https: bool = False,
        interfaces: Sequence[str] = (),
    ) -> LabScanner | NetworkDevice:
        """A virtual scanner of that profile (a name or a TOML file), which lasts as long as the block. Raises
        LabError.

        - `network`: one that other clients find by WS-Discovery and scan from, as those of `run`.
        - `https`: it answers over HTTPS alone.
        - `interfaces`: where it is on the network, beside loopback ("all": on every one).
        - `name`, `seed`: as of `run`.
        - `speed`: "real" for the profile's pages per minute.

        Devices of the same `https` and `interfaces` share one port.
        """
        if not network:
            return self._scanner(fspath(profile))
        shared = await self._network(https, tuple(interfaces))
        return NetworkDevice(self, shared, await shared.add(fspath(profile), name=name, speed=speed, seed=seed))

    def _scanner(self, profile: str) -> LabScanner:
        try:
            loaded = self.commons.profiles.load(profile)
        except ProfileError as error:
            raise LabError(str(error)) from None
        with ExitStack() as begun:
            spool = begun.enter_context(self.commons.spool.job_folder())
            scanner = VirtualScanner(loaded, spool, jobs=ANY_NUMBER, filled=False)
            begun.callback(self._disturbances.plug_device(scanner, scanner.layers, habits=loaded.habits))
            ends = AsyncExitStack()
            ends.callback(begun.pop_all().close)
        ends.push_async_callback(scanner.stop)
        self._scanners[scanner] = ends
        return LabScanner(self, scanner)

    async def remove_scanner(self, scanner: VirtualScanner) -> None:
        """End a scanner of this lab that is not on the network, and its jobs; harmless when it is called again."""
        ends = self._scanners.pop(scanner, None)
        if ends is not None:
            await ends.aclose()

    async def _remove_scanners(self) -> None:
        for scanner in reversed(tuple(self._scanners)):
            await self.remove_scanner(scanner)

    async def _network(self, https: bool, interfaces: tuple[str, ...]) -> DeviceNetwork:
        async with self._starting:
            _ = self.commons  # only while the lab runs
            found = self._networks.get((https, interfaces))
            if found is None:
                options = NetworkOptions(
                    profiles=(),
                    interfaces=interfaces,
                    https=https,
                    strict=self._strict,
                    state=self._state,
                    multicast=self._multicast,
                )
                found = await self._stack.enter_async_context(DeviceNetwork(options, self._disturbances))
                self._networks[https, interfaces] = found
            return found

    def _job_defaults(self) -> dict[str, Any]:
        if self._elsewhere is None:
            return {"server": EMBEDDED, "directory": self.directory, "store": self.store}
        return {
            "server": self._elsewhere,
            "directory": self.directory,
            "user": self._user,
            "ldap": self._ldap,
            "trust": self._trust,
            "strict": self._strict,
            "state": self._state,
        }

    async def run_job(
        self, asked: ScanOptions, reporter: ScanReporter, scanner: VirtualScanner, layers: Layers | None = None
    ) -> ScanOutcome:
        """Run one job of this lab at one of its scanners. Raises LabError when nothing was sent."""
        asked = self.with_truth(asked)
        outcome = await run_scan(
            asked,
            reporter,
            self.embedded_or_none,
            scanner,
            layers,
            commons=self.commons,
            # Those of the lab act already; a job may bring its own.
            disturbances=None if asked.faults or asked.hooks else self._disturbances,
        )
        self.keep_truth(asked, outcome)
        return outcome

    async def _run_started(
        self, asked: ScanOptions, reporter: ScanReporter, scanner: VirtualScanner
    ) -> ScanOutcome:
        return await self.run_job(asked, reporter, scanner)

    def with_truth(self, options: ScanOptions) -> ScanOptions:
        """Add a folder for the truth of pages that a document set makes for the embedded server."""
        if not _has_truth(options) or options.truth is not None or self._server is None or self._folder is None:
            return options
        self._truths += 1
        return options.but(truth=self._folder / f"truth-{self._truths}")

    def keep_truth(self, options: ScanOptions, outcome: ScanOutcome) -> None:
        """The job of these options has ended: its pages' truth is known to the server's side."""
        token = outcome.report.account.job_token
        if options.truth is not None and self._server is not None and token and _has_truth(options):
            self._server._knows_truth(token, options.truth)

    def job_options(
        self,
        files: Sequence[str | PathLike[str]],
        asked: ScanOptions | None,
        own: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> ScanOptions:
        """Return what a job of this lab is asked to be: `options` by name in place of what `asked` says, that in
        place of the lab's and the scanner's `own`. Raises LabError."""
        given = {**self._job_defaults(), **own}
        if asked is not None:
            given |= {name: getattr(asked, name) for name in asked.model_fields_set}
        wanted = ScanOptions.of(**given).but(**options)
        if files:
            wanted = wanted.but(files=files)
        if wanted.server == EMBEDDED and self._elsewhere is not None:
            _ = self.server  # there is none
        if wanted.server == EMBEDDED and wanted.service is None:
            wanted = wanted.but(delivery=self.delivery)
        return wanted
