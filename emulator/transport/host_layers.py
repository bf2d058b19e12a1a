"""What a request passes on its way to a host's handler, layer by layer; host.py says in which order."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias

from aiohttp import web

from emulator.layers import Layers
from emulator.transport.codings import refused_coding
from emulator.transport.host_connection import HttpConnection
from emulator.transport.http import BodyBroken, IncomingRequest, OutgoingResponse, Unanswered
from emulator.transport.observe import Exchange
from emulator.transport.own_names import OwnNames, is_loopback
from emulator.transport.passing import PassingBody, PassingOctets, listened_to
from emulator.transport.points import EXCHANGE
from emulator.transport.reasons import reason_phrase
from emulator.transport.refusals import Refusals
from emulator.transport.request_body import RequestBody

_SILENT_LOOK: Final = 0.2
"""Seconds between two looks whether a peer that gets no answer is still there."""
_NOT_TAKEN: Final = "the answer was not taken to its end"
_GONE: Final = "the peer had gone before the answer"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Received:
    """A request that has come to a host, and what is found out on its way."""

    request: web.BaseRequest
    connection: HttpConnection
    incoming: IncomingRequest
    body: RequestBody
    passing: PassingOctets
    """Of the body."""
    exchange: Exchange


Inner: TypeAlias = Callable[[Received], Awaitable[OutgoingResponse]]


class OwnNamesOnly:
    """Refuses who calls us by a name that is none of ours. Only what comes to a loopback address is looked at:
    there a page of another site may have led a browser on this machine (DNS rebinding)."""

    def __init__(self, names: OwnNames, refusals: Refusals) -> None:
        self._names = names
        self._refusals = refusals

    async def __call__(self, received: Received, inner: Inner) -> OutgoingResponse:
        """Do what a layer does."""
        said, local = received.incoming.headers.get("host"), received.incoming.local
        if not said or not is_loopback(local) or self._names.has(said):
            return await inner(received)
        kind = f"a request by the name {said[:80]!r}, which is none of ours, was refused"
        self._refusals.tell(received.connection.entry.address, kind)
        text = b"This is another host (RFC 9110, section 15.5.20).\n"
        return OutgoingResponse(421, text, (("Content-Type", "text/plain; charset=utf-8"),), close=True)


class ExchangeReported:
    """Tells of the exchange and of its bodies, to whoever listens."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers

    async def __call__(self, received: Received, inner: Inner) -> OutgoingResponse:
        """Do what a layer does."""
        if not listened_to(self._layers):
            return await inner(received)
        exchange, request = received.exchange, received.request
        exchange.request_headers = tuple((str(name), value) for name, value in request.headers.items())
        begun = time.perf_counter()
        answer = await inner(received)
        received.passing.finish()
        if request.transport is None:
            exchange.error = exchange.error or _GONE
        now = time.perf_counter()
        sent = received.body.ended_at or now
        exchange.timings = {"send": sent - begun, "wait": now - sent, "receive": 0.0}
        exchange.status, exchange.reason = answer.status, reason_phrase(answer.status)
        exchange.response_headers = answer.headers
        passing = PassingOctets(self._layers, exchange, "response")
        if isinstance(answer.body, bytes):
            passing.feed(answer.body)
            passing.finish()
            self._layers.tell(EXCHANGE, exchange)
            return answer
        on_sent = answer.on_sent

        def gone(whole: bool) -> None:
            exchange.timings["receive"] = time.perf_counter() - now
            exchange.error = exchange.error or ("" if whole else _NOT_TAKEN)
            passing.finish()
            self._layers.tell(EXCHANGE, exchange)
            if on_sent is not None:
                on_sent(whole)

        return replace(answer, body=PassingBody(answer.body, passing.feed), on_sent=gone)


class Answered:
    """Whatever happens within becomes an answer."""

    def __init__(self, idle: float, refusals: Refusals) -> None:
        """`idle`: seconds for which nothing is said to who gets no answer."""
        self._idle = idle
        self._refusals = refusals

    async def __call__(self, received: Received, inner: Inner) -> OutgoingResponse:
        """Do what a layer does."""
        exchange, body = received.exchange, received.body
        try:
            answer = await inner(received)
        except Unanswered as error:
            exchange.error = str(error)
            await self._silence(received.request)
            answer = OutgoingResponse(0, close=True)  # goes nowhere: the connection has ended
        except BodyBroken as error:
            exchange.error = str(error)
            answer = OutgoingResponse(408 if body.too_slow else 400, close=True)
        except Exception as error:
            incoming = received.incoming
            _log.exception("%s %s: the handler failed", incoming.method, incoming.path)
            exchange.error = f"{type(error).__name__}: {error}"
            answer = OutgoingResponse(500, close=True)
        finally:
            body.finish()
        if body.too_slow:
            self._refusals.tell(received.connection.entry.address, "a request came too slowly", body.broken)
        return answer

    async def _silence(self, request: web.BaseRequest) -> None:
        """Say nothing until the peer has gone, at most `idle` seconds; then the connection ends."""
        until = time.monotonic() + self._idle
        while request.transport is not None and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(_SILENT_LOOK)
        if request.transport is not None:
            request.transport.abort()


async def plain_codings_only(received: Received, inner: Inner) -> OutgoingResponse:
    """A layer that refuses bodies in codings that are not read."""
    return refused_coding(received.incoming.headers) or await inner(received)


@lru_cache(1024)
def plain_ip(text: str) -> str:
    """An IP address without its scope; an IPv4 address that came mapped into IPv6, as itself."""
    text = text.partition("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)
