"""The ears of all post-scan jobs of a process: one listener for each address and TLS, one subscription at each
WS-DSP service. Its events are of all jobs of that service (WS-DSP events page: no filter but the action), and are
sorted by their JobToken; what is of none of ours is a line for debugging."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from lxml import etree

from emulator.dpws.eventing.listener import EventListener, Subscribed
from emulator.dsm.constants import PROCESSING_EVENTS
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.early_events import EarlyEvents, HeardOfJob
from emulator.dsm.messages.events import PostScanJobEndStateEvent, PostScanJobStatusEvent, read_event
from emulator.environment.events_option import NO_EVENTS, open_listener
from emulator.environment.file_state import file_state
from emulator.environment.trusting import sink_tls
from emulator.jobs.client_pool import PooledClient
from emulator.layers import Layers, Unplug
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.trace.who import WHO
from emulator.transport.client import StreamClient
from emulator.transport.observe import Exchange
from emulator.transport.passing import told
from emulator.transport.points import BODY, EXCHANGE, BodyOctets

_log = logging.getLogger(__name__)

_of_event: Final[ContextVar[tuple[JobEventListener, ...]]] = ContextVar(
    "jobs of the event that is being answered", default=()
)
LINGER: Final = 5.0
"""Seconds for which a subscription that no job needs is kept: jobs often come one after another."""
REFUSED_FOR: Final = 5.0
"""Seconds for which a service that takes no subscription is not asked again."""
CHECKED_EACH: Final = 5.0
"""Seconds between two looks whether a silent subscription is still there."""


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Where and how a job takes events."""

    at: str | None = None
    """As `--events`."""
    tls: ssl.SSLContext | None = None
    """By which they come over HTTPS; the same object means the same listener."""
    cert: Path | None = None
    """The same, from a file of the user's."""
    key: Path | None = None
    layers: Layers = field(default_factory=Layers)
    """Of the job: they hear of the exchanges of its events, and where they are strict, one with a deviation is
    refused. Where somebody intervenes, the job has a listener of its own."""
    linger: bool = True
    """Whether the subscription may outlive the job: its scan server does."""


class JobEvents:
    """Listeners and subscriptions of the jobs of one process. Everything happens on one event loop."""

    def __init__(self) -> None:
        self._linger = LINGER
        self._tls: dict[Hashable, ssl.SSLContext | None] = {}
        self._listeners: dict[Hashable, _Listener] = {}
        self._opening = asyncio.Lock()

    async def of_job(self, wanted: WantedEvents, client: PooledClient) -> JobEventListener | None:
        """The ears of one job, which leaves; None where no events are wanted. `client` reaches the scan server.
        Raises LabError for an address that cannot be had, and for a certificate that cannot be used."""
        tls = wanted.tls
        if wanted.cert is not None or wanted.key is not None:
            files = (file_state(wanted.cert), file_state(wanted.key))
            if files not in self._tls:
                self._tls[files] = sink_tls(wanted.cert, wanted.key)
            tls = self._tls[files]
        if wanted.at == NO_EVENTS:
            return None
        own = wanted.layers if wanted.layers.intervenes else None
        key = (wanted.at, tls, own)
        async with self._opening:
            found = self._listeners.get(key)
            if found is None:
                opened = await open_listener(wanted.at, tls=tls, layers=own)
                assert opened is not None
                found = self._listeners[key] = _Listener(opened, self._idle)
            found.jobs += 1
            found.hear(wanted.layers)
        return JobEventListener(found, wanted.layers, client, self._linger if wanted.linger else 0.0)

    async def _idle(self, listener: _Listener) -> None:
        """Listen there no more, if nobody needs it."""
        async with self._opening:
            keys = [key for key, each in self._listeners.items() if each is listener]
            if keys and not listener.jobs and not listener.services:
                del self._listeners[keys[0]]
                await listener.aclose()

    async def aclose(self) -> None:
        """Unsubscribe everywhere and listen no more."""
        listeners = list(self._listeners.values())
        self._listeners.clear()
        await asyncio.gather(*(each.aclose() for each in listeners))


class _Listener:
    """A listener, and the services that are subscribed to by it."""

    def __init__(self, listener: EventListener, idle: Callable[[_Listener], Awaitable[None]]) -> None:
        """`idle`: told when it may be that nobody needs it."""
        self.listener = listener
        self.services: dict[Hashable, _ServiceEvents] = {}
        self.jobs = 0
        """Which have it, subscribed or not."""
        self._idle = idle
        self._unplug: Unplug | None = None

    def hear(self, layers: Layers) -> None:
        """A job with those layers is there: exchanges are told to who has them, if one wants to know."""
        if self._unplug is None and layers is not self.listener.layers and told(layers):
            self._unplug = _relay(self.listener.layers, _of_event_under_way)

    async def left(self, service: _ServiceEvents) -> None:
        """A service is subscribed to no more."""
        self.services = {key: each for key, each in self.services.items() if each is not service}
        await self.idle()

    async def idle(self) -> None:
        """It may be that nobody needs it."""
        if not self.jobs and not self.services:
            await self._idle(self)

    async def aclose(self) -> None:
        """Unsubscribe everywhere and listen no more."""
        await asyncio.gather(*(each.aclose() for each in self.services.values()))
        await self.listener.aclose()


class JobEventListener:
    """The ears of one job: they tell its driver what they hear. Nothing here raises for what a server does."""

    def __init__(self, listener: _Listener, layers: Layers, client: PooledClient, linger: float) -> None:
        """Made by JobEvents.of_job."""
        self.layers = layers
        self._speaking = copy_context()
        """In which the job speaks: who listens knows by it of whom it is told."""
        self.why_not = "not subscribed"
        """Why there is no subscription; '' while there is one."""
        self.job_token = ""
        self.ended = False
        """Whether the job was watched to its end."""
        self._listener = listener
        self._client = client
        self._linger = linger
        self.who = WHO.get()
        """The job, in the journal."""
        self._driver: PostScanJobDriver | None = None
        self._service: _ServiceEvents | None = None
        self._heard = False

    def tell(self, driver: PostScanJobDriver) -> None:
        """Set who is told of events from now on."""
        self._driver = driver

    async def subscribe(self, service_url: str, parameters: tuple[bytes, ...] = ()) -> None:
        """See that events of a WS-DSP service come. `parameters`: header blocks that go with messages to it."""
        strict = self.layers.strict
        key = (service_url, parameters, strict, self._client.credentials)
        services = self._listener.services
        if key not in services:
            services[key] = _ServiceEvents(self._listener, service_url, parameters, strict, self._client)
        self._service = services[key]
        subscribed = await self._service.join(self)
        self.why_not = subscribed.why_not
        if self._driver is not None:
            self._driver.deviated("Subscribe", subscribed.deviations)

    def known(self, job_token: str) -> None:
        """The job's token is there: what was told of it before is told now."""
        self.job_token = job_token
        if self._service is not None:
            self._service.known(self)

    def heard(self, told: HeardOfJob) -> None:
        """An event of this job."""
        self._heard = True
        self._speaking.run(self._told, told)

    def pass_on(self, exchange: Exchange, bodies: list[BodyOctets]) -> None:
        """An exchange of this job."""

        def tell() -> None:
            for octets in bodies:
                self.layers.pass_on(BODY, octets)
            self.layers.pass_on(EXCHANGE, exchange)

        self._speaking.run(tell)

    def _told(self, told: HeardOfJob) -> None:
        if self._driver is not None and self._driver.status_seen(told.status, told.event, told.psp_identifier):
            self._driver.deviated(told.event, told.deviations)

    def lost(self, reason: str) -> None:
        """Events come no more."""
        self.why_not = reason
        if self._driver is not None:
            self._driver.events_lost()

    async def leave(self) -> None:
        """The job needs no events any more."""
        self._driver = None
        self._listener.jobs -= 1
        if self._service is not None:
            self._service.leave(self, silent=self.ended and not self._heard and not self.why_not)
            if not self._linger:
                await self._service.end(self)
            else:
                self._service.end_in(self._linger)
        await self._listener.idle()


class _ServiceEvents:
    """One subscription at a WS-DSP service, and the jobs that its events are of."""

    def __init__(
        self,
        listener: _Listener,
        service_url: str,
        parameters: tuple[bytes, ...],
        strict: bool,
        client: PooledClient,
    ) -> None:
        self._listener = listener
        self._service_url = service_url
        self._parameters = parameters
        self._strict = strict
        self._layers = Layers()
        """Of the exchanges about the subscription, which are told to the job that has them made."""
        self._client = StreamClient(connections=client.connections, layers=self._layers)
        self._subscribed: Subscribed | None = None
        self._asked_at = 0.0
        self._asking = asyncio.Lock()
        """Held while the subscription is made, checked or ended."""
        self._waiting: set[JobEventListener] = set()
        """Jobs that do not know their token yet."""
        self._jobs: dict[str, list[JobEventListener]] = {}
        """The others by token; a server may give one twice."""
        self._early = EarlyEvents()
        self._ending: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._checked_at = float("-inf")
        self._complained = False

    # Jobs

    async def join(self, job: JobEventListener) -> Subscribed:
        """A job of ours is about to be created. The subscription, made if there is none, unless the service has
        just refused one."""
        self._stay()
        self._waiting.add(job)
        async with self._asking:
            found, now = self._subscribed, time.monotonic()
            if found is not None and (
                not found.why_not or (not found.ended and now - self._asked_at < REFUSED_FOR)
            ):
                return found
            self._asked_at = now
            with self._told_to(job):
                self._subscribed = await self._listener.listener.subscribe(
                    self._client,
                    self._service_url,
                    PROCESSING_EVENTS,
                    self._event,
                    self._ended,
                    parameters=self._parameters,
                    strict=self._strict,
                )
            return self._subscribed

    def known(self, job: JobEventListener) -> None:
        """A job knows its token."""
        self._waiting.discard(job)
        self._jobs.setdefault(job.job_token, []).append(job)
        early = self._early.take(job.job_token)
        self._forget_early()
        if early is not None:
            job.heard(early)

    def leave(self, job: JobEventListener, *, silent: bool) -> None:
        """A job has ended. `silent`: and nothing was told of it: the server may have been restarted, and know of no
        subscription."""
        self._waiting.discard(job)
        self._forget_early()
        left = [each for each in self._jobs.get(job.job_token, ()) if each is not job]
        if left:
            self._jobs[job.job_token] = left
        else:
            self._jobs.pop(job.job_token, None)
        now = time.monotonic()
        if silent and now - self._checked_at >= CHECKED_EACH:
            self._checked_at = now
            self._do(self._check())

    # The subscription

    async def _check(self) -> None:
        async with self._asking:  # a job that comes meanwhile waits for what is found
            if self._subscribed is not None:
                await self._subscribed.check()

    def end_in(self, seconds: float) -> None:
        """Unsubscribe when no job has come for so long."""
        if not self._needed:
            self._stay()
            self._ending = asyncio.get_running_loop().call_later(seconds, lambda: self._do(self.end()))

    async def end(self, last: JobEventListener | None = None) -> None:
        """Unsubscribe, unless jobs are there. `last`: the one for which that is done."""
        async with self._asking:
            if self._needed or self._subscribed is None:
                return
            with self._told_to(last):
                await self._subscribed.leave()
            self._stay()
        if not self._needed:  # a job may have come meanwhile
            await self._listener.left(self)

    async def aclose(self) -> None:
        """Do nothing more; who listens unsubscribes."""
        self._stay()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def _told_to(self, job: JobEventListener | None) -> Iterator[None]:
        """Exchanges about the subscription are of that job meanwhile."""
        unplug = None
        if job is not None and told(job.layers):
            jobs = (job,)
            unplug = _relay(self._layers, lambda: jobs)
        try:
            yield
        finally:
            if unplug is not None:
                unplug()

    @property
    def _needed(self) -> bool:
        return bool(self._waiting or self._jobs)

    def _stay(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ended(self, reason: str) -> None:
        _log.log(logging.WARNING if self._needed else logging.INFO, "%s: %s", self._service_url, reason)
        for job in (*self._waiting, *(job for jobs in self._jobs.values() for job in jobs)):
            job.lost(reason)

    # Events

    def _event(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        WHO.set(None)
        _of_event.set(())
        try:
            heard = _heard(action, body, deviations)
        except ContentError as error:
            # One bad message in thousands is news, the thousandth is none; each is answered with a fault.
            _log.log(logging.DEBUG if self._complained else logging.WARNING, "%s: %s", self._service_url, error)
            self._complained = True
            raise
        if heard is None:
            _log.debug("an event that nobody asked for: %.80r", action)
            return
        jobs = self._jobs.get(heard.status.job_token)
        theirs = tuple(jobs or (self._waiting if len(self._waiting) == 1 else ()))
        _of_event.set(theirs)
        WHO.set(theirs[0].who if theirs else None)  # the listener speaks for nobody until then
        if jobs:
            for job in tuple(jobs):
                job.heard(heard)
        elif self._waiting:
            self._early.keep(heard, len(self._waiting))
        else:
            _foreign(heard.status.job_token)

    def _forget_early(self) -> None:
        """What was told early is of no use when no job waits for its token."""
        if not self._waiting:
            for token in self._early.forget():
                _foreign(token)


def _of_event_under_way() -> tuple[JobEventListener, ...]:
    """The jobs that the event was of which has just been answered."""
    jobs = _of_event.get()
    _of_event.set(())
    return jobs


def _relay(layers: Layers, whose: Callable[[], tuple[JobEventListener, ...]]) -> Unplug:
    """Pass on what is told of exchanges at `layers`; whose they are is known when they have ended."""
    bodies: WeakKeyDictionary[Exchange, list[BodyOctets]] = WeakKeyDictionary()

    def body(octets: BodyOctets) -> None:
        bodies.setdefault(octets.exchange, []).append(octets)

    def exchange(ended: Exchange) -> None:
        passed = bodies.pop(ended, [])
        for job in whose():
            job.pass_on(ended, passed)

    unplug = (layers.listen(BODY, body), layers.listen(EXCHANGE, exchange))

    def unplug_both() -> None:
        for each in unplug:
            each()

    return unplug_both


def _heard(action: str, body: etree._Element, deviations: Deviations) -> HeardOfJob | None:
    """None for an event that is not of a job. Raises ContentError for what cannot be understood."""
    event = read_event(action, body, deviations)
    match event:
        case PostScanJobStatusEvent(status):
            return HeardOfJob(type(event).__name__, status, "", tuple(deviations))
        case PostScanJobEndStateEvent(end_state):
            identifier = end_state.description.psp_identifier
            return HeardOfJob(type(event).__name__, end_state.as_status(), identifier, tuple(deviations))
    return None


def _foreign(job_token: str) -> None:
    _log.debug("an event of a job that is not ours: JobToken %.80r", job_token)
