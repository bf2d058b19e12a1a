"""Takes events of peers at an address of ours: the host that it listens with, a sink, and any number of
subscriptions."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lxml import etree

from emulator.dpws.client import CallFailed, Faulted
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
_SINKS: Final = {False: "/events", True: "/strict-events"}
"""Paths of events, by whether one with a deviation is refused."""


@dataclass(slots=True)
class Subscribed:
    """What came of a Subscribe. Nothing here raises for what a peer does: who gets no events asks."""

    why_not: str = ""
    """Why there is no subscription; '' while there is one."""
    handle: SubscriptionHandle | None = None

    @property
    def ended(self) -> bool:
        """Whether there was one, and is no more."""
        return self.handle is not None and bool(self.why_not)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """The deviations of the SubscribeResponse."""
        return () if self.handle is None else self.handle.deviations

    async def check(self) -> None:
        """Renew it, for a source that tells nothing may have lost it; if so, it has ended."""
        if self.handle is None or self.why_not:
            return
        try:
            await self.handle.renew()
        except Faulted as error:
            self.handle.end("", str(error))
        except CallFailed as error:
            _log.info("the subscription at %s: %s", self.handle.manager.address, error)

    async def leave(self) -> None:
        """Unsubscribe, unless it has ended."""
        if self.handle is not None:
            self.why_not = self.why_not or "ended by us"
            with contextlib.suppress(CallFailed):  # it expires
                await self.handle.unsubscribe()


class EventListener:
    """Listens at one address, or at a loopback address where it is first needed."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, layers: Layers | None = None) -> None:
        """Events come over HTTPS with `tls`. `layers`: of all that is heard and said here; without them each
        subscription is as strict as it wants."""
        self.layers = layers or Layers()
        """Of the host."""
        self._tls = tls
        self._sinks = {
            strict: EventSink(path=path, layers=layers or Layers(strict=strict)) for strict, path in _SINKS.items()
        }
        self._hosts: dict[str, HttpHost] = {}
        """By address."""
        self._fixed: HttpHost | None = None
        """The one that the user wants."""
        self._starting = asyncio.Lock()

    async def listen(self, host: str, port: int = 0) -> None:
        """Take events at this address of ours and at no other one. Raises OSError when it cannot be had."""
        self._fixed = await self._host(host, port)

    async def _host(self, address: str, port: int = 0) -> HttpHost:
        async with self._starting:
            found = self._hosts.get(address)
            if found is None:
                names = OwnNames((address, *machine_names()))
                found = HttpHost(
                    self._answer,
                    bind=address,
                    port=port,
                    ssl_context=self._tls,
                    layers=self.layers,
                    names=names,
                )
                # It outlasts who has it started, and speaks for nobody.
                await asyncio.get_running_loop().create_task(found.start(), context=Context())
                self._hosts[address] = found
            return found

    async def subscribe(
        self,
        client: HttpClient,
        service_url: str,
        actions: Iterable[str],
        callback: EventCallback,
        on_end: Callable[[str], None] = lambda reason: None,
        *,
        parameters: tuple[bytes, ...] = (),
        extensions: tuple[etree._Element, ...] = (),
        strict: bool = False,
    ) -> Subscribed:
        """Subscribe at a service. Unless `listen` was called, events are taken on loopback, from a peer on this
        machine alone. `client` reaches the service, and is used as long as the subscription lasts.

        - `on_end`: told the reason when it ends otherwise than by `leave`.
        - `parameters`: header blocks that go with messages to the service.
        - `extensions`: elements of other namespaces for the Subscribe.
        - `strict`: events with a deviation are refused.
        """
        subscribed = Subscribed()

        def ended(status: str, reason: str) -> None:
            subscribed.why_not = f"the subscription has ended: {reason or status.rpartition('/')[2]}"
            on_end(subscribed.why_not)

        try:
            here = self._fixed
            if here is None:
                address = await _loopback_for(service_url)
                if not address:
                    return Subscribed("it is on another machine, and --events does not say where it reaches us")
                here = await self._host(address)
            subscribed.handle = await self._sinks[strict].subscribe(
                client,
                service_url,
                actions,
                here.base_url,
                callback,
                _EXPIRES,
                parameters=parameters,
                extensions=extensions,
                on_end=ended,
                limits=_LIMITS,
            )
        except (CallFailed, OSError) as error:
            _log.info("no events: %s", error)
            return Subscribed(str(error))
        return subscribed

    async def aclose(self) -> None:
        """Unsubscribe everywhere and listen no more."""
        await asyncio.gather(*(sink.aclose() for sink in self._sinks.values()))
        await asyncio.gather(*(host.stop() for host in self._hosts.values()))
        self._hosts.clear()
        self._fixed = None

    async def _answer(self, request: IncomingRequest) -> OutgoingResponse:
        strict = request.path.lower().startswith(_SINKS[True] + "/")
        return await self._sinks[strict].handle(request)


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
