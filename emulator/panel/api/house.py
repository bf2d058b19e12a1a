"""What the control API of one process drives and tells of."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from emulator.disturbance.disturbances import Disturbances
from emulator.faults.alteration import Role
from emulator.jobs.truth_index import TruthIndex
from emulator.layers import Unplug
from emulator.panel.api.callers import Callers
from emulator.panel.api.pictures import Pictures
from emulator.panel.api.refusals import Refused
from emulator.panel.api.uploads import Uploads
from emulator.panel.drivable import Drivable
from emulator.panel.post_scan import PanelJobs
from emulator.resetting import Resettable, start_over
from emulator.scan_server.server import ScanServer
from emulator.trace.journal import Journal
from emulator.trace.kept_exchanges import KeptExchanges

if TYPE_CHECKING:  # a scan server alone, and a job of `scan`, have none
    from emulator.network.device_network import DeviceNetwork

_log = logging.getLogger(__name__)

MOST_WAITING = 200
"""Requests that wait at once, for events or until something is so."""


@dataclass(eq=False)
class House:
    """The devices, jobs, scan servers and faults of a process, with what all operations need of them."""

    devices: Sequence[Drivable] = ()
    """As they come and go."""
    jobs: PanelJobs | None = None
    """None where no post-scan job is started: at a lone scan server, and at the scanner of a job of `scan`."""
    journal: Journal = field(default_factory=Journal)
    whole_journal: bool = False
    """Entries are of the one device, whatever they say: all that a job of `scan` does."""
    disturbances: Disturbances = field(default_factory=Disturbances)
    roles: Sequence[Role] = ()
    """Of the process, for fault plans."""
    servers: Callable[[], Sequence[ScanServer]] = lambda: ()
    """The scan servers of the process that run now."""
    truths: TruthIndex = field(default_factory=TruthIndex)
    resettable: Callable[[], Sequence[Resettable]] | None = None
    """In the order of a reset; None: nothing can be reset as a whole."""
    network: DeviceNetwork | None = None
    """Of the devices, where they are on one."""
    base_url: str = ""
    begun: float = field(default_factory=time.monotonic)
    ready: Callable[[], bool] = lambda: True
    """Whether the devices can be reached, where there are some."""
    callers: Callers = field(default_factory=lambda: Callers(""))
    """Who may use the control API; given by it."""
    pictures: Pictures = field(default_factory=Pictures)
    uploads: Uploads = field(default_factory=Uploads)
    exchanges: KeptExchanges = field(init=False)
    _closing: list[Unplug] = field(default_factory=list)
    _scans_changed: list[Callable[[], None]] = field(default_factory=list)
    _waiting: int = 0
    _who_waits: set[asyncio.Task[Any]] = field(default_factory=set)
    _ending: bool = False
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.exchanges = KeptExchanges(self.journal)

    def device(self, uuid: str) -> Drivable:
        """The device of that UUID. Raises Refused."""
        try:
            wanted = UUID(uuid)
        except ValueError:
            wanted = None
        found = next((each for each in tuple(self.devices) if each.uuid == wanted), None)
        if found is None:
            raise Refused(404, f"there is no device {uuid[:60]}", hint="GET /devices lists them")
        return found

    def url_of(self, device: Drivable) -> str:
        """Where it is driven."""
        return f"{self.base_url}/devices/{device.uuid}"

    def group_of(self, device: Drivable) -> str:
        """The group of a fleet's file that a device is of; '' where it is of none."""
        return "" if self.network is None else self.network.group_of(device.uuid)

    def at_close(self, unplug: Unplug) -> None:
        """Have something called when the control API ends."""
        self._closing.append(unplug)

    def close(self) -> None:
        """The control API has ended."""
        self.pictures.close()
        self.exchanges.close()
        self.uploads.close()
        while self._closing:
            self._closing.pop()()

    def server_started(self, server: ScanServer) -> None:
        """A scan server runs: what comes to it is told to who waits for that."""
        server.watch(self._scan_changed)
        self._scan_changed()

    def _scan_changed(self, job: object = None) -> None:
        for changed in tuple(self._scans_changed):
            changed()

    @contextmanager
    def scans_change(self, changed: Callable[[], None]) -> Iterator[None]:
        """Within, `changed` is called at each change of a job of a scan server, and each image that has come."""
        self._scans_changed.append(changed)
        try:
            yield
        finally:
            self._scans_changed.remove(changed)

    @asynccontextmanager
    async def one_waits(self) -> AsyncIterator[None]:
        """A request waits in this block. Raises Refused where too many do, and when nobody is to wait any more."""
        if self._ending:
            raise Refused(503, "the control API is about to stop")
        if self._waiting >= MOST_WAITING:
            raise Refused(503, f"{MOST_WAITING} requests wait already", hint="ask again in a moment")
        task = asyncio.current_task()
        assert task is not None
        self._waiting += 1
        self._who_waits.add(task)
        try:
            yield
        finally:
            self._waiting -= 1
            self._who_waits.discard(task)

    def end_waiting(self) -> None:
        """Requests that wait get no answer any more, and none begins to: a page that is open, and asks again over
        the connection that it has, holds up nobody's end."""
        self._ending = True
        for task in tuple(self._who_waits):
            task.cancel()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Faults and resets come one after another."""
        async with self._changing:
            yield

    async def reset(self) -> None:
        """Be as at the start. Raises Refused where that is not for this process."""
        if self.resettable is None:
            raise Refused(400, "the scanner of a job of scan has nothing to start over with: its job ends with it")
        async with self.changing():
            await start_over(self.resettable())
        _log.info("all is as at the start")


def plain(value: Any) -> Any:
    """Values as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
