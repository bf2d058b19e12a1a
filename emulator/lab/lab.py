"""The Python API: a scan server and virtual scanners, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, overload

from emulator.device.pace import Speed
from emulator.device.profile import ProfileError
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import VirtualScanner
from emulator.environment.directories import is_ldap, office_folder, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LdapOptions
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.lab.lab_scanner import LabScanner
from emulator.lab.network_device import NetworkDevice
from emulator.layers import Layers
from emulator.network.device_network import DeviceNetwork
from emulator.options.run import NetworkOptions
from emulator.scan_server.delivery_file import delivery_settings
from emulator.scan_server.embedded import Embedded, embedded_server

_NOT_RUNNING: Final = "the lab is not running: use `async with Lab() as lab`"


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
        state: Path | str | None = None,
    ) -> None:
        """`directory`: folder of users and scan processes (default: the office that comes along), or the URL of one
        over LDAP, which the server asks as `user` with the options `ldap`; `strict`: the server and devices on the
        network refuse every deviation; `delivery`: TOML file of the servers that filters deliver by; `habits`: in
        what the server departs from the documents, as `server --habit`; `state`: folder that keeps the identities
        of devices on the network (default: the user's own)."""
        self._habits = tuple(habits)
        self._delivery = None if delivery is None else Path(delivery)
        self._store = None if store is None else Path(store)
        self._directory: Path | str = office_folder() if directory is None else directory
        if not is_ldap(self._directory):
            self._directory = Path(self._directory)
        self._user = user
        self._ldap = LdapOptions() if ldap is None else ldap
        self._strict = strict
        self._state = None if state is None else Path(state)
        self._stack = AsyncExitStack()
        self._embedded: Embedded | None = None
        self._commons: JobCommons | None = None
        self._networks: dict[tuple[bool, tuple[str, ...]], DeviceNetwork] = {}
        self._starting = asyncio.Lock()

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
        self._networks.clear()
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

    @overload
    async def add_device(self, profile: str = ..., *, network: Literal[False] = ...) -> LabScanner: ...

    @overload
    async def add_device(
        self,
        profile: str = ...,
        *,
        network: Literal[True],
        name: str = ...,
        speed: Speed = ...,
        seed: int = ...,
        https: bool = ...,
        interfaces: Sequence[str] = ...,
    ) -> NetworkDevice: ...

    async def add_device(
        self,
        profile: str = "office-mfp",
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

        `network`: one that other clients find by WS-Discovery and scan from, as those of `run`, on loopback and the
        named `interfaces` ("all": every one), over HTTP or with `https` over HTTPS alone; `name`, `speed` ("real":
        the profile's pages per minute) and `seed` as of `run`. Devices of the same `https` and `interfaces` share
        one port.
        """
        if not network:
            return self._scanner(profile)
        shared = await self._network(https, tuple(interfaces))
        return NetworkDevice(self, shared, await shared.add(profile, name=name, speed=speed, seed=seed))

    def _scanner(self, profile: str) -> LabScanner:
        try:
            loaded = self.commons.profiles.load(profile)
        except ProfileError as error:
            raise LabError(str(error)) from None
        spool = self._stack.enter_context(self.commons.spool.job_folder())
        scanner = VirtualScanner(loaded, spool, jobs=ANY_NUMBER, filled=False)
        self._stack.push_async_callback(scanner.stop)
        return LabScanner(self, scanner)

    async def _network(self, https: bool, interfaces: tuple[str, ...]) -> DeviceNetwork:
        async with self._starting:
            _ = self.commons  # only while the lab runs
            found = self._networks.get((https, interfaces))
            if found is None:
                options = NetworkOptions(
                    profiles=(), interfaces=interfaces, https=https, strict=self._strict, state=self._state
                )
                found = await self._stack.enter_async_context(DeviceNetwork(options))
                self._networks[https, interfaces] = found
            return found

    def job_options(
        self,
        files: Sequence[str | PathLike[str]],
        asked: ScanOptions | None,
        own: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> ScanOptions:
        """What a job of this lab is asked to be: `options` by name in place of what `asked` says, that in place of
        the lab's and the scanner's `own`. Raises LabError."""
        given = {"server": EMBEDDED, "directory": self.directory, "store": self.store, **own}
        if asked is not None:
            given |= {name: getattr(asked, name) for name in asked.model_fields_set}
        wanted = ScanOptions.of(**given).but(**options)
        if files:
            wanted = wanted.but(files=files)
        if wanted.server == EMBEDDED and wanted.service is None:
            wanted = wanted.but(delivery=self.delivery)
        return wanted
