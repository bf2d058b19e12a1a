"""The Lab for programs without an event loop: the same methods, blocking. Made by docs/make_blocking.py.

Every call may come from any thread, and waits until it is done; Ctrl-C cancels it, a job at its scan server first.
What a lab calls (`on_page`, listeners, handlers) is called from the lab's own thread. There it may use what does
not wait (`jam`, `state` ...), and must not wait for the lab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, Self, Unpack, overload
from uuid import UUID

from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile
from emulator.device.scanner import ScannerSnapshot
from emulator.device.scanner_events import ScannerEvent
from emulator.environment.exit_codes import LabError
from emulator.environment.options import LdapOptions
from emulator.faults.fired import Fired
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.started_jobs import StartedJob
from emulator.jobs.waiting import Waited
from emulator.lab.lab import Lab
from emulator.lab.lab_scanner import LabScanner
from emulator.lab.loop_thread import LoopThread
from emulator.lab.network_device import NetworkDevice
from emulator.lab.server import LabServer
from emulator.lab.server_job import ServerJob
from emulator.layers import Layers, Unplug
from emulator.options.keywords import ScanKeywords
from emulator.options.scan import ScanOptions
from emulator.options.until import WITHIN, Until, UntilKeywords
from emulator.trace.journal import Journal
from emulator.wsscan.values.destinations import ScanDestination
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.values.status import Component, ConditionName, DeviceCondition, ScannerState, Severity


class _Blocking:
    """Something of a lab, and the thread in which that runs."""

    def __init__(self, thread: LoopThread, own: object) -> None:
        self._thread = thread
        self._own = own

    def __repr__(self) -> str:
        try:
            return "<Blocking" + self._thread.do(lambda: repr(self._own)).removeprefix("<").removeprefix("Lab")
        except LabError:
            return f"<{type(self).__name__}, not running>"


class BlockingScanner(_Blocking):
    """A virtual scanner whose feeder, conditions and scan jobs are driven from Python. Its methods raise
    LabError with the words of `press` for what cannot be; names of components, conditions and severities are
    taken in any case. Its feeder is empty until somebody loads it; `scan` brings its own pages."""

    def __init__(self, thread: LoopThread, own: LabScanner) -> None:
        super().__init__(thread, own)
        self._scanner = own

    @property
    def name(self) -> str:
        """ScannerName."""
        return self._thread.do(lambda: self._scanner.name)

    @property
    def profile(self) -> DeviceProfile:
        """What kind of device it is."""
        return self._thread.do(lambda: self._scanner.profile)

    @property
    def state(self) -> ScannerState:
        """ScannerState: Idle, Processing or Stopped."""
        return self._thread.do(lambda: self._scanner.state)

    @property
    def conditions(self) -> tuple[DeviceCondition, ...]:
        """ActiveConditions, the oldest first."""
        return self._thread.do(lambda: self._scanner.conditions)

    @property
    def jobs(self) -> tuple[JobSummary, ...]:
        """Every scan job that it knows, by JobId; those that have ended too."""
        return self._thread.do(lambda: self._scanner.jobs)

    def snapshot(self) -> ScannerSnapshot:
        """All that `press status` shows."""
        return self._thread.do(lambda: self._scanner.snapshot())

    @property
    def layers(self) -> Layers:
        """Takes listeners of what happens at it and handlers of each page, and of its jobs (docs/layers.md)."""
        return self._thread.do(lambda: self._scanner.layers)

    def listen(self, listener: Callable[[ScannerEvent], None], *, aside: bool = True) -> Unplug:
        """Have `listener` told of every change (device/scanner_events.py), in order, until the lab closes. `aside`:
        in a thread of its own, where it may take its time; else at once in the lab's thread, which it must not
        hold up. Returns what ends that."""
        return self._thread.do(lambda: self._scanner.listen(listener, aside=aside))

    def remove(self) -> None:
        """Take it away: its jobs are cancelled as of a device that is switched off, and nobody listens any more."""
        self._thread.run(lambda: self._scanner.remove())

    def scan(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        on_page: Callable[[int], None] | None = None,
        layers: Layers | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> ScanOutcome:
        """Run one post-scan job at the lab's scan server, or at `server`.

        - `files`: pages that its user brings, laid on what lies there (none: synthetic letters; with
        `loaded=True` what lies in the scanner). - `on_page`: is told the number of each image that has been
        scanned. - `layers`: of the job's client, with what is plugged into them. - `options` and `keywords`,
        which go before: what the options of `scan` say by the same names (pages=2, settings="Format=png",
        ca_file="ca.pem").

        Raises LabError when nothing was sent; otherwise `error` of the outcome says why a job failed."""
        return self._thread.run(
            lambda: self._scanner.scan(*files, options=options, on_page=on_page, layers=layers, **keywords)
        )

    def start(
        self, *files: str | PathLike[str], options: ScanOptions | None = None, **keywords: Unpack[ScanKeywords]
    ) -> int:
        """Begin a post-scan job as `scan` does and do not wait for it; its number, by which `wait` waits for its
        end. Raises LabError when the scanner takes none."""
        return self._thread.run(lambda: self._scanner.start(*files, options=options, **keywords))

    def wait(
        self, until: Until | None = None, *, within: float = WITHIN, **fields: Unpack[UntilKeywords]
    ) -> Waited:
        """Wait at the scanner until something is so, at once where it is already (docs/control.md):
        `wait(state="Stopped", conditions="MediaJam", within=10)`, `wait(job=number, outcome="Completed")`.

        - `until`, or its fields by name. - `within`: seconds.

        Raises LabError, with how the scanner is, when it is not so in time or cannot be any more."""
        return self._thread.run(lambda: self._scanner.wait(until, within=within, **fields))

    def started_job(self, number: int) -> StartedJob:
        """How a job of `start` goes. Raises LabError where there is none of that number."""
        return self._thread.do(lambda: self._scanner.started_job(number))

    def load(
        self,
        *files: str | PathLike[str],
        sheets: int | None = None,
        documents: str | PathLike[str] | None = None,
        seed: int = 0,
        two_sided: bool = False,
        replace: bool = False,
        page_seconds: float | None = None,
        page_memory: int | None = None,
    ) -> None:
        """Put into the feeder: the pages of `files`, or `sheets` with synthetic letters, or a document set
        (`documents`: name or TOML file, `seed`: other contents) or so many `sheets` of it.

        - `two_sided`: two pages on each sheet. - `replace`: instead of what is there. - `page_seconds`,
        `page_memory` (octets): bounds of the work on these files."""
        self._thread.run(
            lambda: self._scanner.load(
                *files,
                sheets=sheets,
                documents=documents,
                seed=seed,
                two_sided=two_sided,
                replace=replace,
                page_seconds=page_seconds,
                page_memory=page_memory,
            )
        )

    def place(self, file: str | PathLike[str] | None = None, *, film: bool = False) -> None:
        """Lay the first page of a file onto the platen, or with `film` into the film holder; None: the synthetic
        letter again."""
        self._thread.run(lambda: self._scanner.place(file, film=film))

    def empty(self) -> None:
        """Take all sheets out of the feeder."""
        self._thread.do(lambda: self._scanner.empty())

    def open(self, component: Component | str | None = None) -> None:
        """Open a cover (CoverOpen): of ADF, Platen ...; None: wherever the device has one."""
        self._thread.do(lambda: self._scanner.open(component))

    def close(self, component: Component | str | None = None) -> None:
        """Close a cover, or every one."""
        self._thread.do(lambda: self._scanner.close(component))

    def jam(self, component: Component | str | None = None) -> None:
        """Jam the paper (MediaJam)."""
        self._thread.do(lambda: self._scanner.jam(component))

    def condition(
        self,
        name: ConditionName | str,
        *,
        on: bool = True,
        component: Component | str | None = None,
        severity: Severity | str | None = None,
    ) -> None:
        """Make any condition active, or with `on` False end it: Calibrating, LampError ..."""
        self._thread.do(lambda: self._scanner.condition(name, on=on, component=component, severity=severity))

    def clear(self) -> None:
        """End all conditions that a person can end: jams, open covers ..."""
        self._thread.do(lambda: self._scanner.clear())

    def reset(self) -> None:
        """Jobs cancelled, conditions ended, feeder and glass as at the start."""
        self._thread.run(lambda: self._scanner.reset())

    def cancel(self, job_id: int | None = None) -> None:
        """Cancel a scan job at the panel, or all; returns when it has ended."""
        self._thread.run(lambda: self._scanner.cancel(job_id))

    def describe(self, *, name: str | None = None, info: str | None = None, location: str | None = None) -> None:
        """Give it another ScannerDescription, of which subscribers are told; what is not given stays, an empty
        `info` or `location` goes."""
        self._thread.do(lambda: self._scanner.describe(name=name, info=info, location=location))


class BlockingNetworkDevice(BlockingScanner):
    """Found by WS-Discovery on loopback, and hosts WS-Scan and WS-DSD, until `remove` or the lab's end. Its
    feeder starts with as many letters as the profile says."""

    def __init__(self, thread: LoopThread, own: NetworkDevice) -> None:
        super().__init__(thread, own)
        self._device = own

    @property
    def uuid(self) -> UUID:
        """The same over restarts, as long as the state folder is."""
        return self._thread.do(lambda: self._device.uuid)

    @property
    def xaddrs(self) -> tuple[str, ...]:
        """Where its metadata are, for clients that are told and do not search."""
        return self._thread.do(lambda: self._device.xaddrs)

    @property
    def scan_service(self) -> str:
        """URL of its WS-Scan service."""
        return self._thread.do(lambda: self._device.scan_service)

    @property
    def device_service(self) -> str:
        """URL of its WS-DSD service."""
        return self._thread.do(lambda: self._device.device_service)

    @property
    def ca_file(self) -> Path | None:
        """PEM that clients of an HTTPS device trust; None with plain HTTP."""
        return self._thread.do(lambda: self._device.ca_file)

    @property
    def destinations(self) -> tuple[ScanDestination, ...]:
        """What PCs offer at its panel."""
        return self._thread.do(lambda: self._device.destinations)

    def scan_to(self, destination: str) -> str:
        """Offer a scan to the PC whose destination has that name: a ScanAvailableEvent goes to it, and its
        ScanIdentifier is returned. It is for the PC to fetch the scan."""
        return self._thread.do(lambda: self._device.scan_to(destination))

    def scan(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        on_page: Callable[[int], None] | None = None,
        layers: Layers | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> ScanOutcome:
        """Scan as any scanner of the lab does, but where nothing says what is brought, what lies in it is scanned,
        as by `press start`."""
        return self._thread.run(
            lambda: self._device.scan(*files, options=options, on_page=on_page, layers=layers, **keywords)
        )

    def start(
        self, *files: str | PathLike[str], options: ScanOptions | None = None, **keywords: Unpack[ScanKeywords]
    ) -> int:
        """Begin a job as any scanner of the lab does, but where nothing says what is brought, of what lies in it;
        the job's number."""
        return self._thread.run(lambda: self._device.start(*files, options=options, **keywords))

    def remove(self) -> None:
        """Take it off the network, with Bye; jobs are cancelled as of a device that is switched off."""
        self._thread.run(lambda: self._device.remove())


class BlockingServer(_Blocking):
    """What a test asks the scan server. Jobs of any device are told: those of the lab, and those of others that
    send to `url` and trust `ca_file`."""

    def __init__(self, thread: LoopThread, own: LabServer) -> None:
        super().__init__(thread, own)
        self._server = own

    @property
    def url(self) -> str:
        """Where devices find it (`scan --server`)."""
        return self._thread.do(lambda: self._server.url)

    @property
    def service(self) -> str:
        """URL of its WS-DSP service (`scan --service`)."""
        return self._thread.do(lambda: self._server.service)

    @property
    def configuration_service(self) -> str:
        """URL of its WS-DSC service."""
        return self._thread.do(lambda: self._server.configuration_service)

    @property
    def ca_file(self) -> Path:
        """PEM that devices must trust; as long as the lab."""
        return self._thread.do(lambda: self._server.ca_file)

    @property
    def store(self) -> Path:
        """Where it stores."""
        return self._thread.do(lambda: self._server.store)

    @property
    def layers(self) -> Layers:
        """Takes listeners and handlers of what it is sent and what it answers (docs/layers.md)."""
        return self._thread.do(lambda: self._server.layers)

    @property
    def jobs(self) -> tuple[ServerJob, ...]:
        """The jobs that it knows as they are at this moment, the oldest first: all since the start or `reset` that
        have not ended, and the last thousand that have."""
        return self._thread.do(lambda: self._server.jobs)

    def job(self, token: str) -> ServerJob:
        """The job of that JobToken. Raises LabError where it is not known."""
        return self._thread.do(lambda: self._server.job(token))

    def wait_for(self, *, pages: int | None = None, jobs: int = 1, timeout: float = 30.0) -> tuple[ServerJob, ...]:
        """Wait until so many `jobs` have ended since the start or `reset`, and so many `pages` are in them together
        (None: any number); these jobs, the oldest first. `timeout`: seconds. Raises LabError that says what has
        come when the time is over."""
        return self._thread.run(lambda: self._server.wait_for(pages=pages, jobs=jobs, timeout=timeout))

    def reset(self) -> None:
        """Begin anew between two tests: jobs that have not ended are cancelled, and none is known any more. A
        throw-away store is emptied; one that was named keeps its files."""
        self._thread.run(lambda: self._server.reset())


class BlockingLab:
    """An embedded scan server with its directory, and devices that scan to it; or devices alone, which scan to
    somebody else's server.

    Use it as `with BlockingLab() as lab`, or `start` and `close` it; the server listens on a free loopback
    port, over HTTPS with a throw-away CA, when the block begins. Without `store` the images live as long as
    the block."""

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

        - `directory`: folder of users and scan processes (default: the office that comes along), or the URL of
        one over LDAP, which the server asks as `user` with the options `ldap`. - `strict`: the server and
        devices on the network refuse every deviation. - `delivery`: TOML file of the servers that filters
        deliver by. - `habits`: in what server and devices depart from the documents, as `scan --habit`. -
        `faults`: TOML file of a fault plan, which acts at every device and at the embedded scan server. A fault
        that has never happened makes `close` raise LabError, unless it says `may_miss = true`. - `hooks`: file
        of Python functions that act at named points, as `scan --hooks`. - `state`: folder that keeps the
        identities of devices on the network (default: the user's own). - `multicast`: devices on the network say
        Hello and Bye, and answer Probes to all. - `server`: URL or host name of somebody else's scan server, to
        which all jobs go: no other is started then. It is trusted by the roots of `ca_file` (default: the
        system's), or with `insecure` whoever it is, and shown `client_cert` with `client_key` and the password
        in `client_password_file`; `user` and `ldap` are those of jobs that name none, `strict` makes jobs refuse
        its deviations.

        Raises LabError for options of the one server that come with the other."""
        self._thread = LoopThread("lab")
        self._lab = Lab(
            store=store,
            directory=directory,
            user=user,
            ldap=ldap,
            strict=strict,
            delivery=delivery,
            habits=habits,
            faults=faults,
            hooks=hooks,
            state=state,
            multicast=multicast,
            server=server,
            ca_file=ca_file,
            client_cert=client_cert,
            client_key=client_key,
            client_password_file=client_password_file,
            insecure=insecure,
        )

    def reset(self) -> None:
        """Begin anew between two tests: jobs are cancelled and forgotten, by devices and by the embedded scan
        server, of which a throw-away store is emptied; feeders, conditions and descriptions are as at the start;
        nobody is subscribed any more; the fault plan of the start acts, with new counts; the journal is empty.
        Devices stay, and so does what is plugged in. Raises LabError outside the block."""
        self._thread.run(lambda: self._lab.reset())

    @property
    def server(self) -> BlockingServer:
        """The embedded scan server, from its own side. Raises LabError outside the block, and where jobs go to
        somebody else's."""
        return BlockingServer(self._thread, self._thread.do(lambda: self._lab.server))

    @property
    def journal(self) -> Journal:
        """What happens in the lab, from the first time that this is asked for (docs/journal.md). Raises LabError
        outside the block."""
        return self._thread.do(lambda: self._lab.journal)

    def change_faults(self, plan: str | PathLike[str] | Sequence[Mapping[str, object]] | None) -> None:
        """Have this fault plan act in place of the one before, with new counts: a TOML file, or its faults as
        tables; None: none. Raises LabError, and the one before goes on."""
        self._thread.do(lambda: self._lab.change_faults(plan))

    @property
    def fired(self) -> list[Fired]:
        """What of the fault plan has happened, in order."""
        return self._thread.do(lambda: self._lab.fired)

    @property
    def unfired(self) -> list[str]:
        """Names of the faults of the plan that have not happened and should."""
        return self._thread.do(lambda: self._lab.unfired)

    @property
    def url(self) -> str:
        """Address of the scan server that jobs go to."""
        return self._thread.do(lambda: self._lab.url)

    @property
    def store(self) -> Path:
        """Where the embedded scan server stores. Raises LabError as `server` does."""
        return self._thread.do(lambda: self._lab.store)

    @property
    def directory(self) -> Path | str:
        """The folder of users and scan processes, or the URL of a directory over LDAP."""
        return self._thread.do(lambda: self._lab.directory)

    @property
    def delivery(self) -> Path | None:
        """The delivery file; None without one."""
        return self._thread.do(lambda: self._lab.delivery)

    @overload
    def add_device(
        self, profile: str | PathLike[str] = ..., *, network: Literal[False] = ...
    ) -> BlockingScanner: ...

    @overload
    def add_device(
        self,
        profile: str | PathLike[str] = ...,
        *,
        network: Literal[True],
        name: str = ...,
        speed: Speed = ...,
        seed: int = ...,
        https: bool = ...,
        interfaces: Sequence[str] = ...,
    ) -> BlockingNetworkDevice: ...

    @overload
    def add_device(
        self,
        profile: str | PathLike[str] = ...,
        *,
        network: bool,
        name: str = ...,
        speed: Speed = ...,
        seed: int = ...,
        https: bool = ...,
        interfaces: Sequence[str] = ...,
    ) -> BlockingScanner | BlockingNetworkDevice: ...

    def add_device(
        self,
        profile: str | PathLike[str] = "office-mfp",
        *,
        network: bool = False,
        name: str = "",
        speed: Speed = "max",
        seed: int = 0,
        https: bool = False,
        interfaces: Sequence[str] = (),
    ) -> BlockingScanner | BlockingNetworkDevice:
        """A virtual scanner of that profile (a name or a TOML file), which lasts as long as the block. Raises
        LabError.

        - `network`: one that other clients find by WS-Discovery and scan from, as those of `run`. - `https`: it
        answers over HTTPS alone. - `interfaces`: where it is on the network, beside loopback ("all": on every
        one). - `name`, `seed`: as of `run`. - `speed`: "real" for the profile's pages per minute.

        Devices of the same `https` and `interfaces` share one port."""
        found = self._thread.run(
            lambda: self._lab.add_device(
                profile, network=network, name=name, speed=speed, seed=seed, https=https, interfaces=interfaces
            )
        )
        if isinstance(found, NetworkDevice):
            return BlockingNetworkDevice(self._thread, found)
        return BlockingScanner(self._thread, found)

    def start(self) -> Self:
        """Start what the lab consists of, in a thread of its own; itself, when everything is ready. Raises
        LabError."""
        self._thread.start(self._lab.start, self.close)
        return self

    def close(self) -> None:
        """Cancel what is at work, end devices, server and thread, and remove what is temporary; nothing happens
        when the lab is not running."""
        self._thread.close(self._lab.close)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Blocking" + repr(self._lab).removeprefix("<")
