"""What a peer of a host may use up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostLimits:
    """What a peer may use up. Times are seconds, sizes octets."""

    idle: float = 30.0
    """Longest silence: before the head of a request is whole, between pieces of a body, and until a peer takes more
    of an answer."""
    min_rate: float = 500.0
    """Octets a second of a body, on average over `idle` seconds of waiting for it; Apache's mod_reqtimeout wants as
    many. A head, which has 16 kB at most, must be whole within `idle`."""
    header_bytes: int = 16 * 1024
    """Longest single header line, and longest request line."""
    connections: int = 1000
    """Most connections at once. For one more another gives way (connection_table.py)."""
    linger: float = 5.0
    """How long an unread body is taken off the wire after the answer. A connection closed with octets unread
    is reset by TCP, and the reset destroys the answer on its way (RFC 9112, section 9.6)."""
    rest_rate: float = 32e6
    """Octets a second of such rests, of all connections together."""
    handshake: float = 15.0
    """TLS handshake."""
    stop: float = 2.0
    """How long `stop` waits for requests in work."""
    buffer: int = 256 * 1024
    """Octets of a body that wait for the handler before the peer is made to wait."""
