"""Opens connections: name to addresses, TCP, TLS, each failure told apart in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import time
from typing import Any, Final

from emulator.layers import InterventionFailed, Layers
from emulator.transport.address import Address
from emulator.transport.http import EndedOnPurpose, ExchangeError, HandlerFailed, Refused, Stage, TimedOut
from emulator.transport.points import HANDSHAKE, Handshake, HandshakeConduct
from emulator.transport.stream import Stream, TlsStream
from emulator.transport.tls_failure import not_trusted, tls_failure
from emulator.trust.client_tls import unverifying_context

_LOOK: Final = 5.0
"""Seconds for the look at the certificates of a peer that has been refused."""

_Resolved = list[tuple[int, int, int, str, Any]]


async def open_stream(
    address: Address,
    context: ssl.SSLContext | None,
    seconds: float,
    timings: dict[str, float],
    layers: Layers | None = None,
) -> Stream:
    """Connect, with TLS where `context` is given, within `seconds` in all. Fills "connect" and "ssl" of
    `timings`. Raises Refused, TimedOut, TlsFailed, ConnectionLost, HandlerFailed.

    - `layers`: whose handler of HANDSHAKE is asked; its time does not count.
    """
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            sock = await _connect(address, seconds)
    except TimeoutError:
        raise TimedOut(f"{address}: no connection within {seconds:g} s", Stage.CONNECT) from None
    connected = time.perf_counter()
    timings["connect"] = connected - begun
    if context is None:
        return Stream(sock)
    says_goodbye = True
    if layers is not None and layers.handled(HANDSHAKE):
        conduct = await _conduct(address, sock, context, layers)
        context, says_goodbye = conduct.context, conduct.says_goodbye
    stream = None
    try:
        async with asyncio.timeout(max(0.0, seconds - (connected - begun))):
            stream = TlsStream(sock, context, address.tls_name)
            stream.says_goodbye = says_goodbye
            await stream.handshake()
    except BaseException as error:
        agreed = stream is not None and stream.agreed
        sock.close()
        if isinstance(error, TimeoutError):
            raise TimedOut(f"{address}: no TLS handshake within {seconds:g} s", Stage.TLS) from None
        if isinstance(error, ssl.SSLCertVerificationError):
            shown = await _shown_by(address, max(0.0, seconds - (time.perf_counter() - begun)))
            raise not_trusted(address, error, shown, context) from None
        if isinstance(error, (OSError, ValueError)):
            raise tls_failure(address, error, Stage.TLS, context=context, agreed=agreed) from None
        raise
    timings["ssl"] = time.perf_counter() - connected
    return stream


async def _conduct(
    address: Address, sock: socket.socket, context: ssl.SSLContext, layers: Layers
) -> HandshakeConduct:
    """How the handshake is done. Raises EndedOnPurpose and HandlerFailed."""
    try:
        conduct = await layers.ask(HANDSHAKE, Handshake("client", str(sock.getpeername()[0]), context))
    except InterventionFailed as failure:
        sock.close()
        raise HandlerFailed(str(failure), Stage.TLS) from None
    except BaseException:
        sock.close()
        raise
    if conduct.refused:
        sock.close()
        raise EndedOnPurpose(f"{address}: the handshake was ended on purpose", Stage.TLS)
    return conduct


async def _shown_by(address: Address, seconds: float) -> list[bytes]:
    """DER of the certificates that a refused peer shows: OpenSSL forgets them with the handshake that failed, so
    that they are looked at in a second one, after which nothing is sent. [] where that does not succeed."""
    chain: list[bytes] = []
    with contextlib.suppress(OSError, ValueError, ExchangeError):
        async with asyncio.timeout(min(seconds, _LOOK)):
            sock = await _connect(address, seconds)
            try:
                stream = TlsStream(sock, unverifying_context(), address.tls_name)
                try:
                    await stream.handshake()
                finally:
                    chain = stream.peer_chain()
            finally:
                sock.close()
    return chain


async def _connect(address: Address, seconds: float) -> socket.socket:
    """A connected socket to the first address that takes us. Each gets its share of the time."""
    loop = asyncio.get_running_loop()
    candidates = await _resolve(address)
    deadline = loop.time() + seconds
    reason = "no address"
    for index, (family, kind, protocol, _, sockaddr) in enumerate(candidates):
        share = (deadline - loop.time()) / (len(candidates) - index)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a host without IPv6
            reason = error.strerror or str(error)
            continue
        try:
            sock.setblocking(False)
            async with asyncio.timeout(share if index + 1 < len(candidates) else None):
                await loop.sock_connect(sock, sockaddr)
        except TimeoutError:
            sock.close()
            reason = "timed out"
        except OSError as error:
            sock.close()
            reason = (
                "connection refused" if isinstance(error, ConnectionRefusedError) else error.strerror or str(error)
            )
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise Refused(f"{address}: {reason}", Stage.CONNECT)


async def _resolve(address: Address) -> _Resolved:
    host = address.host
    flags = 0
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        flags = socket.AI_NUMERICHOST
    try:
        if flags:  # asks no server, so it does not block
            found: Any = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM, flags=flags)
        else:
            found = await asyncio.get_running_loop().getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Refused(f"{address}: the name {host} cannot be resolved", Stage.CONNECT) from None
    return list(found)
