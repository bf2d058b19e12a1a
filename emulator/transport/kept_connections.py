"""Connections that are kept for the next exchange, and the TLS context that all of them are made by: what may be
shared by clients that trust alike and show the same certificate, and by no others."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Final

from emulator.transport.address import Address
from emulator.transport.stream import Stream
from emulator.trust.key_log import log_secrets

MAX_IDLE: Final = 4.0
"""Seconds for which a connection is kept. Apache and Node close after 5; a request that crosses with the
peer's close is one of which nobody knows whether it was processed."""

Origin = tuple[str, str, int]


def _trusting_the_system() -> ssl.SSLContext:
    """Return what https is verified by where nothing is said. Raises TrustError."""
    # Not create_default_context, which heeds SSLKEYLOGFILE by itself and tells nobody.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    log_secrets(context)
    return context


class KeptConnections:
    """Of any number of peers. Everything happens on one event loop."""

    def __init__(self, tls: ssl.SSLContext | Callable[[], ssl.SSLContext] = _trusting_the_system) -> None:
        """`tls`: the context of all connections, or what makes it when the first https address is met."""
        self._tls = tls
        self._idle: dict[Origin, list[tuple[float, Stream]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def context(self, address: Address) -> ssl.SSLContext | None:
        """Return what TLS to that address is done by; None for http. Raises what making the context does."""
        if address.scheme == "http":
            return None
        if not isinstance(self._tls, ssl.SSLContext):
            self._tls = self._tls()
        return self._tls

    def take(self, address: Address) -> Stream | None:
        """A kept connection on which nothing has happened, the one used last; None without one."""
        kept = self._idle.get(address.origin, [])
        while kept:
            since, stream = kept.pop()
            if time.monotonic() - since <= MAX_IDLE and stream.is_quiet():
                return stream
            stream.close()
        return None

    def keep(self, address: Address, stream: Stream) -> None:
        """Keep the connection for the next exchange, MAX_IDLE seconds at the most."""
        if self._closed:
            stream.close()
            return
        self._idle.setdefault(address.origin, []).append((time.monotonic(), stream))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MAX_IDLE, self._sweep)

    def close(self) -> None:
        """Close what is not in use; what is in use closes after its exchange."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for kept in self._idle.values():
            for _, stream in kept:
                stream.close()
        self._idle.clear()

    def _sweep(self) -> None:
        """Close what nobody has used for too long: a peer that nobody talks to any more keeps nothing of us."""
        self._timer = None
        now = time.monotonic()
        oldest = now
        for origin, kept in list(self._idle.items()):
            young = [each for each in kept if now - each[0] <= MAX_IDLE]
            for _, stream in kept[: len(kept) - len(young)]:  # the list is ordered by time
                stream.close()
            if young:
                self._idle[origin] = young
                oldest = min(oldest, young[0][0])
            else:
                del self._idle[origin]
        if self._idle:
            left = max(oldest + MAX_IDLE - now, 0.0) + 0.05
            self._timer = asyncio.get_running_loop().call_later(left, self._sweep)
