"""One subscription at a WS-DSP service. Its events are of all jobs of that service (WS-DSP events page: no filter
but the action), and are sorted by their JobToken; what is of none of ours is a line for debugging."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from lxml import etree

from emulator.dsm.constants import PROCESSING_EVENTS
from emulator.dsm.early_events import EarlyEvents, HeardOfJob
from emulator.dsm.messages.events import PostScanJobEndStateEvent, PostScanJobStatusEvent, read_event
from emulator.jobs.client_pool import PooledClient
from emulator.jobs.exchange_relay import HearsExchanges, event_is_of, relay
from emulator.layers import Layers
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.trace.who import WHO, Who
from emulator.transport.client import StreamClient
from emulator.transport.passing import listened_to

if TYPE_CHECKING:
    from emulator.dpws.eventing.listener import EventListener, Subscribed

_log = logging.getLogger(__name__)

REFUSED_FOR: Final = 5.0
"""Seconds for which a service that takes no subscription is not asked again."""
CHECKED_EACH: Final = 5.0
"""Seconds between two looks whether a silent subscription is still there."""


class HearsEvents(HearsExchanges, Protocol):
    """A job, as far as it hears of its events."""

    layers: Layers
    job_token: str
    """'' before it is known."""
    who: Who | None
    """The job, in the journal."""

    def heard(self, told: HeardOfJob) -> None:
        """An event of this job."""

    def lost(self, reason: str) -> None:
        """Events come no more."""


class ServiceSubscription:
    """One subscription at a WS-DSP service, and the jobs that its events are of."""

    def __init__(
        self,
        listener: EventListener,
        service_url: str,
        parameters: tuple[bytes, ...],
        strict: bool,
        client: PooledClient,
        left: Callable[[ServiceSubscription], Awaitable[None]],
    ) -> None:
        """Made when the first job wants events of that service; nothing is asked yet.

        - `listener`: takes the events;
        - `service_url`: of the WS-DSP service;
        - `parameters`: header blocks that go with messages to it;
        - `strict`: an event with a deviation is refused;
        - `client`: whose connections are used;
        - `left`: told when the service is subscribed to no more.
        """
        self._listener = listener
        self._left = left
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
        self._waiting: set[HearsEvents] = set()
        """Jobs that do not know their token yet."""
        self._jobs: dict[str, list[HearsEvents]] = {}
        """The others by token; a server may give one twice."""
        self._early = EarlyEvents()
        self._ending: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._checked_at = float("-inf")
        self._complained = False

    # Jobs

    async def join(self, job: HearsEvents) -> Subscribed:
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
                self._subscribed = await self._listener.subscribe(
                    self._client,
                    self._service_url,
                    PROCESSING_EVENTS,
                    self._event,
                    self._ended,
                    parameters=self._parameters,
                    strict=self._strict,
                )
            return self._subscribed

    def known(self, job: HearsEvents) -> None:
        """A job knows its token."""
        self._waiting.discard(job)
        self._jobs.setdefault(job.job_token, []).append(job)
        early = self._early.take(job.job_token)
        self._forget_early()
        if early is not None:
            job.heard(early)

    def leave(self, job: HearsEvents, *, silent: bool) -> None:
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

    async def end(self, last: HearsEvents | None = None) -> None:
        """Unsubscribe, unless jobs are there. `last`: the one for which that is done."""
        async with self._asking:
            if self._needed or self._subscribed is None:
                return
            with self._told_to(last):
                await self._subscribed.leave()
            self._stay()
        if not self._needed:  # a job may have come meanwhile
            await self._left(self)

    async def aclose(self) -> None:
        """Do nothing more; who listens unsubscribes."""
        self._stay()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def _told_to(self, job: HearsEvents | None) -> Iterator[None]:
        """Exchanges about the subscription are of that job meanwhile."""
        unplug = None
        if job is not None and listened_to(job.layers):
            jobs = (job,)
            unplug = relay(self._layers, lambda: jobs)
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
        event_is_of(())
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
        event_is_of(theirs)
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
