"""Takes events of a peer at an address of ours: a sink, the host that it listens with, and one subscription."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from emulator.dpws.client import CallFailed
from emulator.dpws.eventing.sink import EventCallback, EventSink
from emulator.dpws.eventing.subscribed import SubscriptionHandle
from emulator.layers import Layers
from emulator.soap.deviations import Deviation
from emulator.transport.address import parse_address
from emulator.transport.host import HttpHost
from emulator.transport.http import ExchangeError, HttpClient, IncomingRequest, OutgoingResponse, TimeLimits
from emulator.transport.interfaces import interfaces
from emulator.transport.own_names import OwnNames, machine_names

_log = logging.getLogger(__name__)

_LIMITS: Final = TimeLimits(2.5, 2.5)
"""For Subscribe: a peer that leaves it without any answer shall not hold us up for long."""
_EXPIRES: Final = timedelta(hours=1)
"""The subscription is renewed at half of it."""


class EventListener:
    """`why_not` says why there is no subscription; '' while there is one. Nothing here raises for what a peer
    does: who gets no events asks."""

    def __init__(
        self,
        client: HttpClient,
        *,
        tls: ssl.SSLContext | None = None,
        layers: Layers | None = None,
    ) -> None:
        """`client` reaches the peer; with `tls` events come over HTTPS; where `layers` are strict, events with a
        deviation are refused."""
        self.why_not = "not subscribed"
        self.deviations: tuple[Deviation, ...] = ()
        """Of the SubscribeResponse."""
        self._client = client
        self._tls = tls
        self._layers = layers or Layers()
        self._sink = EventSink(layers=self._layers)
        self._http: HttpHost | None = None
        self._on_end: Callable[[], None] = lambda: None

    async def listen(self, host: str, port: int = 0) -> None:
        """Take events at this address of ours. Raises OSError when it cannot be had."""
        names = OwnNames((host, *machine_names()))
        http = HttpHost(self._answer, bind=host, port=port, ssl_context=self._tls, layers=self._layers, names=names)
        await http.start()
        self._http = http

    async def subscribe(
        self,
        service_url: str,
        actions: Iterable[str],
        callback: EventCallback,
        on_end: Callable[[], None] = lambda: None,
        *,
        parameters: tuple[bytes, ...] = (),
    ) -> bool:
        """Subscribe at a service; whether that is done. Unless `listen` was called, events are taken on loopback,
        from a peer on this machine alone. `on_end`: told when the subscription ends otherwise than by `aclose`;
        `parameters`: header blocks that go with messages to the service."""
        self._on_end = on_end
        try:
            if self._http is None:
                host = await _loopback_for(service_url)
                if not host:
                    self.why_not = "it is on another machine, and --events does not say where it reaches us"
                    return False
                await self.listen(host)
            assert self._http is not None
            handle: SubscriptionHandle = await self._sink.subscribe(
                self._client,
                service_url,
                actions,
                self._http.base_url,
                callback,
                _EXPIRES,
                parameters=parameters,
                on_end=self._ended,
                limits=_LIMITS,
            )
        except (CallFailed, OSError) as error:
            self.why_not = str(error)
            _log.info("no events: %s", self.why_not)
            return False
        self.why_not = ""
        self.deviations = handle.deviations
        return True

    async def aclose(self) -> None:
        """Unsubscribe and listen no more."""
        await self._sink.aclose()
        if self._http is not None:
            await self._http.stop()
            self._http = None

    async def _answer(self, request: IncomingRequest) -> OutgoingResponse:
        return await self._sink.handle(request)

    def _ended(self, status: str, reason: str) -> None:
        """The source has ended the subscription, or it cannot be renewed."""
        self.why_not = f"the subscription has ended: {reason or status.rpartition('/')[2]}"
        _log.warning("%s", self.why_not)
        self._on_end()


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
