"""`inspect --watch`: states and jobs of a device or a scan server as they change, by its events or by asking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, Protocol

from lxml import etree

from emulator.dpws.client import CallFailed
from emulator.dpws.eventing.listener import EventListener
from emulator.dsm.constants import CONFIGURATION_EVENTS, DSC, DSP, PROCESSING_EVENTS
from emulator.dsm.messages import events as dsm_events
from emulator.environment.events_option import open_listener
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.trusting import sink_tls
from emulator.inspector.conversation import Conversation, conversation, lab_error
from emulator.inspector.inspect import scan_services, service_addresses
from emulator.inspector.reach import Reached, reach
from emulator.inspector.repository_elements import ask_active_jobs, ask_job_history, ask_status
from emulator.inspector.scanner_elements import ask_scanner
from emulator.inspector.told_by_peer import told_by_peer
from emulator.options.asking import PeerEventOptions
from emulator.soap.deviations import Deviations
from emulator.trace.journal import Journal
from emulator.trace.kinds import EntryKind
from emulator.trace.points import Happened
from emulator.wsscan.constants import DSD_EVENTS, WSCN
from emulator.wsscan.messages import events as scan_events

_log = logging.getLogger(__name__)

_EPOCH: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class PieceOfNews:
    """One piece of news."""

    time: datetime
    """When we heard of it."""
    by: Literal["event", "poll"]
    """The first state, and what was asked for because no events come, are told by a poll."""
    name: str
    """Of the event, or of the element that was asked for."""
    content: Any
    """The event or the element."""
    number: int
    """From 1 without gaps: that of its entry in the journal of this watch."""
    kind: EntryKind
    """As in every journal."""


class Watcher(Protocol):
    """Who is told."""

    def watching(self, url: str, why_no_events: str) -> None:
        """It begins. `why_no_events`: '' where events come."""

    def happened(self, news: PieceOfNews) -> None:
        """Something is new."""


Snapshot = dict[str, tuple[str, Any, bool]]
"""By what it is of: name of the element, the element, and whether it is of the past (told only when it was other
before)."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A service: its events, and how to ask it for the same."""

    url: str
    actions: tuple[str, ...]
    read: Callable[[str, etree._Element, Deviations], Any]
    ask: Callable[[], Awaitable[Snapshot]]
    parameters: tuple[bytes, ...] = ()
    """Header blocks that go with messages to it."""


async def watch(
    where: str,
    options: PeerEventOptions,
    watcher: Watcher,
    *,
    events: str | None = None,
    seconds: float | None = None,
    interval: float = 2.0,
) -> None:
    """Watch until `seconds` have passed, or cancelled.

    - `events`: as `--events`.
    - `interval`: seconds between two polls where no events come.

    Raises LabError for who cannot be reached, now or later, and who has nothing to watch.
    """
    async with AsyncExitStack() as stack:
        talk = await stack.enter_async_context(conversation(options))
        try:
            watched = _watched(talk, await reach(talk, where))
            watched = replace(watched, parameters=talk.parameters_of(watched.url))
            tls = sink_tls(options.events_cert, options.events_key)
            listener = await open_listener(events, tls=tls)
            if listener is not None:
                stack.push_async_callback(listener.aclose)
            async with asyncio.timeout(seconds):
                await _Watch(watched, watcher, talk, listener, interval).run()
        except TimeoutError:
            return
        except CallFailed as error:
            raise lab_error(error) from None


async def watch_until_stopped(
    where: str, options: PeerEventOptions, watcher: Watcher, *, events: str | None, seconds: float | None
) -> None:
    """Watch as `watch` does; to be interrupted is a good end.

    - `where`: a device or a scan server.
    - `options`: how it is asked.
    - `watcher`: told what happens.
    - `events`: which ones; None for all.
    - `seconds`: how long; None until it is interrupted.
    """
    with suppress(asyncio.CancelledError):
        await watch(where, options, watcher, events=events, seconds=seconds)


class _Watch:
    """Subscribes, tells the state, then what is new."""

    def __init__(
        self,
        watched: _Watched,
        watcher: Watcher,
        talk: Conversation,
        listener: EventListener | None,
        interval: float,
    ) -> None:
        self._watched = watched
        self._watcher = watcher
        self._talk = talk
        self._listener = listener
        self._interval = interval
        self._journal = Journal()
        self._known: Snapshot = {}
        self._lost = asyncio.Event()

    async def run(self) -> None:
        """Does not return. Raises CallFailed."""
        watched, listener = self._watched, self._listener
        why_not = "not wanted"
        if listener is not None:
            subscribed = await listener.subscribe(
                self._talk.client,
                watched.url,
                watched.actions,
                self._event,
                self._ended,
                parameters=watched.parameters,
            )
            why_not = subscribed.why_not
        self._watcher.watching(watched.url, why_not)
        first = True
        while True:
            # After the subscription: nothing is missed between the two.
            await self._poll(first=first)
            if first and not why_not:
                await self._lost.wait()
            else:
                await asyncio.sleep(self._interval)
            first = False

    async def _poll(self, *, first: bool) -> None:
        before, self._known = self._known, await self._watched.ask()
        for key, (name, content, past) in self._known.items():
            known = before.get(key)
            if (known is None or known[1] != content) and not (first and past):
                self._tell("poll", name, content)

    def _event(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        event = self._watched.read(action, body, deviations)
        self._tell("event", type(event).__name__, event)

    def _ended(self, reason: str) -> None:
        _log.warning("%s", reason)
        self._lost.set()

    def _tell(self, by: Literal["event", "poll"], name: str, content: Any) -> None:
        entry = self._journal.add(Happened(told_by_peer(by, name, content)))
        self._watcher.happened(
            PieceOfNews(datetime.fromtimestamp(entry.time, UTC), by, name, content, entry.number, entry.kind)
        )


def _watched(talk: Conversation, reached: Reached) -> _Watched:
    """The service that tells most. Raises LabError where there is none."""
    if reached.metadata is None:
        return _scanner(talk, reached.url)
    if services := scan_services(reached):
        return _scanner(talk, _address(talk, reached, services[0]))
    if services := list(reached.metadata.services_in(DSC)):
        return _repository(talk, _address(talk, reached, services[0]))
    if services := list(reached.metadata.services_in(DSP)):
        return _Watched(_address(talk, reached, services[0]), PROCESSING_EVENTS, dsm_events.read_event, _nothing)
    raise LabError(f"{reached.url}: neither a device nor a scan server: nothing to watch", ExitCode.FAILED)


def _address(talk: Conversation, reached: Reached, service: Any) -> str:
    addresses = service_addresses(talk, reached, service)
    if not addresses:
        raise LabError(f"{reached.url}: its service has no address that can be used", ExitCode.NONSENSE)
    return addresses[0]


async def _nothing() -> Snapshot:
    """WS-DSP tells of a job only who knows its token."""
    return {}


def _scanner(talk: Conversation, url: str) -> _Watched:
    async def ask() -> Snapshot:
        found = await ask_scanner(talk, url)
        if found.status is None and found.problems:
            raise found.problems[0]
        told: Snapshot = {}
        if found.status is not None:
            # The scanner's clock is no news.
            told["scanner"] = ("ScannerStatus", replace(found.status, current_time=_EPOCH), False)
        for past, jobs in ((False, found.active_jobs), (True, found.job_history)):
            told |= {f"job {job.job_id}": ("JobSummary", job, past) for job in jobs or ()}
        return told

    actions = tuple(f"{WSCN}/{name}" for name in DSD_EVENTS)
    return _Watched(url, actions, lambda action, body, told: scan_events.read_event(body, told), ask)


def _repository(talk: Conversation, url: str) -> _Watched:
    async def ask() -> Snapshot:
        told: Snapshot = {"repository": ("RepositoryStatus", await ask_status(talk, url), False)}
        for past, ask_jobs in ((False, ask_active_jobs), (True, ask_job_history)):
            jobs = await ask_jobs(talk, url)
            told |= {f"job {job.job_token}": ("JobSummary", job, past) for job in jobs}
        return told

    return _Watched(url, CONFIGURATION_EVENTS, dsm_events.read_event, ask)
