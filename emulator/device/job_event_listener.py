"""The ears of a device: while a post-scan job runs it takes the scan server's events of it (WS-DSP events page)."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from lxml import etree

from emulator.dpws.client import CallFailed
from emulator.dpws.eventing.sink import EventSink
from emulator.dpws.eventing.subscribed import SubscriptionHandle
from emulator.dsm.constants import PROCESSING_EVENTS
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.messages.events import (
    Event,
    PostScanJobEndStateEvent,
    PostScanJobStatusEvent,
    read_event,
)
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.reading import ContentError
from emulator.transport.address import parse_address
from emulator.transport.host import HttpHost
from emulator.transport.http import ExchangeError, HttpClient, IncomingRequest, OutgoingResponse, TimeLimits
from emulator.transport.interfaces import interfaces
from emulator.transport.observe import Observer

_log = logging.getLogger(__name__)

_LIMITS: Final = TimeLimits(2.5, 2.5)
"""For Subscribe: a server that leaves it without any answer shall not hold the job up for long."""
_EXPIRES: Final = timedelta(hours=1)
"""Longer than most jobs; the subscription is renewed at half of it."""


class JobEventListener:
    """Listens, subscribes for one job, and tells the driver what it hears. Nothing here fails a job: where no event
    comes, the driver asks.

    `why_not` says why there is no subscription; '' while there is one.
    """

    def __init__(
        self,
        client: HttpClient,
        *,
        tls: ssl.SSLContext | None = None,
        strict: bool = False,
        observers: Sequence[Observer] = (),
    ) -> None:
        """`client` reaches the scan server; with `tls` events come over HTTPS; `strict`: events with a deviation
        are refused."""
        self.why_not = "not subscribed"
        self._client = client
        self._tls = tls
        self._observers = observers
        self._sink = EventSink(strict=strict)
        self._http: HttpHost | None = None
        self._handle: SubscriptionHandle | None = None
        self._driver: PostScanJobDriver | None = None

    async def listen(self, host: str, port: int = 0) -> None:
        """Take events at this address of ours. Raises OSError when it cannot be had."""
        http = HttpHost(self._answer, bind=host, port=port, ssl_context=self._tls, observers=self._observers)
        await http.start()
        self._http = http

    def tell(self, driver: PostScanJobDriver) -> None:
        """Who is told of events from now on."""
        self._driver = driver

    async def subscribe(self, service_url: str) -> None:
        """Subscribe at a WS-DSP service. Unless `listen` was called, events are taken on loopback, from a scan
        server on this machine alone. Never raises for what the server does."""
        try:
            if self._http is None:
                host = await _loopback_for(service_url)
                if not host:
                    self.why_not = "the scan server is on another machine: --events says where it reaches us"
                    return
                await self.listen(host)
            assert self._http is not None
            self._handle = await self._sink.subscribe(
                self._client,
                service_url,
                PROCESSING_EVENTS,
                self._http.base_url,
                self._event,
                _EXPIRES,
                on_end=self._ended,
                limits=_LIMITS,
            )
        except (CallFailed, OSError) as error:
            self.why_not = str(error)
        else:
            self.why_not = ""
            self._deviated("Subscribe", self._handle.deviations)
        if self.why_not:
            _log.info("no events of the scan server: %s", self.why_not)

    async def aclose(self) -> None:
        """Unsubscribe and listen no more."""
        self._driver = None
        await self._sink.aclose()
        if self._http is not None:
            await self._http.stop()
            self._http = None

    async def _answer(self, request: IncomingRequest) -> OutgoingResponse:
        return await self._sink.handle(request)

    def _event(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        try:
            event = read_event(action, body, deviations)
        except ContentError as error:
            _log.warning("an event that cannot be understood: %s", error)
            raise
        self._deviated(type(event).__name__, tuple(deviations))
        self._tell(event)

    def _tell(self, event: Event) -> None:
        match event:
            case PostScanJobStatusEvent(status):
                pass
            case PostScanJobEndStateEvent(end_state):
                status = end_state.as_status()
            case _:
                _log.warning("an event that nobody asked for: %s", type(event).__name__)
                return
        if self._driver is not None and not self._driver.status_seen(status):
            _log.warning("an event of a job that is not ours: JobToken %.80r", status.job_token)

    def _deviated(self, operation: str, deviations: Sequence[Deviation]) -> None:
        if self._driver is not None:
            self._driver.deviated(operation, deviations)

    def _ended(self, status: str, reason: str) -> None:
        """The source has ended the subscription, or it cannot be renewed."""
        self.why_not = f"the subscription has ended: {reason or status.rpartition('/')[2]}"
        _log.warning("%s", self.why_not)
        if self._driver is not None:
            self._driver.events_lost()


async def _loopback_for(url: str) -> str:
    """The loopback address at which the host of `url` reaches us; '' where it is another machine."""
    try:
        address = parse_address(url)
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        ips = {ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found}
        own = {each.ip for interface in await asyncio.to_thread(interfaces) for each in interface.addresses}
    except (ExchangeError, OSError, ValueError):
        return ""
    if not ips or not all(ip.is_loopback or ip in own for ip in ips):
        return ""
    return "127.0.0.1" if any(ip.version == 4 for ip in ips) else "::1"
