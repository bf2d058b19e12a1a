"""The ears of all post-scan jobs of a process: one listener for each address and TLS, one subscription at each
WS-DSP service (service_subscription.py).
[dsp/sequence/subscription-is-optional] [dsp/sequence/subscribe-at-the-hosted-service] [dsp/event/transport]"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Hashable
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.early_events import HeardOfJob
from emulator.environment.events_option import NO_EVENTS, open_listener
from emulator.environment.file_state import file_state
from emulator.environment.trusting import sink_tls
from emulator.jobs.client_pool import PooledClient
from emulator.jobs.exchange_relay import jobs_of_event_under_way, relay
from emulator.jobs.service_subscription import ServiceSubscription
from emulator.layers import Layers, Unplug
from emulator.trace.who import WHO
from emulator.transport.observe import Exchange
from emulator.transport.passing import listened_to
from emulator.transport.points import BODY, EXCHANGE, BodyOctets

if TYPE_CHECKING:
    from emulator.dpws.eventing.listener import EventListener

LINGER: Final = 5.0
"""Seconds for which a subscription that no job needs is kept: jobs often come one after another."""


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
        self._tls: dict[tuple[Path | None, Path | None], tuple[Hashable, ssl.SSLContext | None]] = {}
        """By the files' names: their state, and what was made of them then."""
        self._listeners: dict[Hashable, _Listener] = {}
        self._opening = asyncio.Lock()

    async def of_job(self, wanted: WantedEvents, client: PooledClient) -> JobEventListener | None:
        """The ears of one job, which leaves; None where no events are wanted. `client` reaches the scan server.
        Raises LabError for an address that cannot be had, and for a certificate that cannot be used."""
        tls = wanted.tls
        if wanted.cert is not None or wanted.key is not None:
            tls = self._tls_of(wanted.cert, wanted.key)
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

    def _tls_of(self, cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
        """Made once for each state of the files. Raises LabError."""
        state = (file_state(cert), file_state(key))
        known, tls = self._tls.get((cert, key), (None, None))
        if known != state:
            tls = sink_tls(cert, key)
            self._tls[cert, key] = (state, tls)
        return tls

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
        self.services: dict[Hashable, ServiceSubscription] = {}
        self.jobs = 0
        """Which have it, subscribed or not."""
        self._idle = idle
        self._unplug: Unplug | None = None

    def hear(self, layers: Layers) -> None:
        """A job with those layers is there: exchanges are told to who has them, if one wants to know."""
        if self._unplug is None and layers is not self.listener.layers and listened_to(layers):
            self._unplug = relay(self.listener.layers, jobs_of_event_under_way)

    async def left(self, service: ServiceSubscription) -> None:
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
        self._service: ServiceSubscription | None = None
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
            services[key] = ServiceSubscription(
                self._listener.listener, service_url, parameters, strict, self._client, self._listener.left
            )
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
