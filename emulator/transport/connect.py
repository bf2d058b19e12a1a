"""Opens connections: name to addresses, TCP, TLS, each failure told apart in plain words."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import time
from typing import Any, Final

from emulator.transport.address import Address
from emulator.transport.http import ConnectionLost, ExchangeError, NotTrusted, Refused, Stage, TimedOut
from emulator.transport.stream import Stream, TlsStream

_VERIFY_REASONS: Final = {
    # OpenSSL x509_vfy.h; the codes are stable across versions, the texts are not
    9: "it is not yet valid",
    10: "it has expired",
    18: "it is self-signed and not among the trusted certificates",
    19: "its CA is unknown (a self-signed certificate in the chain)",
    20: "its CA is unknown",
    21: "its CA is unknown",
    23: "it has been revoked",
    62: "it is for another name",
    64: "it is for another address",
}

_Resolved = list[tuple[int, int, int, str, Any]]


async def open_stream(
    address: Address, context: ssl.SSLContext | None, seconds: float, timings: dict[str, float]
) -> Stream:
    """Connect, with TLS where `context` is given, within `seconds` in all. Fills "connect" and "ssl" of
    `timings`. Raises Refused, TimedOut, NotTrusted, ConnectionLost."""
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
    try:
        async with asyncio.timeout(max(0.0, seconds - (connected - begun))):
            stream = TlsStream(sock, context, address.tls_name)
            await stream.handshake()
    except BaseException as error:
        sock.close()
        if isinstance(error, TimeoutError):
            raise TimedOut(f"{address}: no TLS handshake within {seconds:g} s", Stage.TLS) from None
        if isinstance(error, (OSError, ValueError)):
            raise tls_failure(address, error, Stage.TLS) from None
        raise
    timings["ssl"] = time.perf_counter() - connected
    return stream


def tls_failure(address: Address, error: Exception, stage: Stage, sent: int = 0) -> ExchangeError:
    """The error of ours for one of the ssl module (or of the socket below it)."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _VERIFY_REASONS.get(error.verify_code, error.verify_message)
        detail = error.verify_message.rstrip(".")
        text = f"{address}: the server's certificate is not trusted: {reason} ({detail})"
        return NotTrusted(text, stage, body_bytes_sent=sent)
    if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        reason = error.reason or str(error)
        words = reason.replace("_", " ").lower()
        if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"):
            words = "the peer does not speak TLS here (http:// instead of https://?)"
        elif "ALERT" in reason:
            words = f"the peer refused: {_alert(reason)}"
        elif stage is not Stage.TLS:
            return ConnectionLost(f"{address}: TLS broke: {words}", stage, body_bytes_sent=sent)
        return NotTrusted(f"{address}: TLS failed: {words}", stage, body_bytes_sent=sent)
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        reason = error.strerror or str(error) or type(error).__name__
        return ConnectionLost(f"{address}: the connection broke: {reason}", stage, body_bytes_sent=sent)
    if stage is Stage.TLS:
        return ConnectionLost(f"{address}: the peer closed the connection during the TLS handshake", stage)
    return ConnectionLost(f"{address}: {error}", stage, body_bytes_sent=sent)


def _alert(reason: str) -> str:
    """`TLSV13_ALERT_CERTIFICATE_REQUIRED` -> "certificate required"."""
    words = reason.partition("ALERT_")[2] or reason
    text = words.replace("_", " ").lower()
    if text in ("certificate required", "bad certificate", "certificate unknown", "handshake failure"):
        text += " (does it want a client certificate of its own CA?)"
    return text


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
