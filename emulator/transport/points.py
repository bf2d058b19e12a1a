"""Where something can be plugged in below SOAP: exchanges are told, octets may be changed on their way out."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from emulator.layers import Deliberate, Intervention, Notification
from emulator.transport.http import Carried
from emulator.transport.observe import Exchange

EXCHANGE: Final[Notification[Exchange]] = Notification("exchange", Exchange)
"""An HTTP exchange has ended, well or not: told by the client and by the host, each of its own side. The host tells
before its answer goes out, or, of one that goes out piece by piece, when it has gone."""


@dataclass(frozen=True, slots=True)
class BodyOctets:
    """A piece of a body that has passed. Headers of the exchange are known when the first comes."""

    exchange: Exchange
    of: Literal["request", "response"]
    octets: bytes = field(repr=False)


BODY: Final[Notification[BodyOctets]] = Notification("body", BodyOctets)
"""Octets of a body, in order, before EXCHANGE tells of the whole. Who begins to listen meanwhile hears of the next
exchange first."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """A TLS handshake that is about to begin: a client is connected, a host has the first octets of its peer."""

    side: Literal["client", "server"]
    peer: str
    """IP address."""
    context: ssl.SSLContext
    """By which it would be done."""


@dataclass(frozen=True, slots=True)
class HandshakeConduct:
    """How a handshake is done."""

    context: ssl.SSLContext
    refused: bool = False
    """The connection ends, without a handshake."""
    alert: int | None = None
    """A host's: number of the alert that says why (RFC 8446, section 6)."""
    says_goodbye: bool = True
    """The connection ends with close_notify."""


HANDSHAKE: Final[Intervention[Handshake, HandshakeConduct]] = Intervention("handshake", HandshakeConduct)
"""Says how a handshake is done. While the handler waits, so does the peer."""


@dataclass(frozen=True, slots=True)
class DatagramPassed:
    """A datagram of WS-Discovery that we have sent or received."""

    direction: Literal["sent", "received"]
    peer: str
    """IP address, or that of the group."""
    data: bytes = field(repr=False)


DATAGRAM_PASSED: Final[Notification[DatagramPassed]] = Notification("datagram passed", DatagramPassed)
"""Told to EVERYWHERE: links belong to a process, not to one device."""


async def _nowhere(_: bytes) -> None:
    """There is no connection."""


@dataclass(frozen=True, slots=True)
class OctetsOut:
    """A piece of what goes out on a connection, after everything else was decided; of TLS, what is inside."""

    side: Literal["client", "server"]
    """Who sends it: a client its requests, a host its answers."""
    peer: str
    """IP address of whom it goes to."""
    connection: int
    """Number of the connection, in this process, from 1."""
    exchange: int
    """Number of the exchange on its connection, from 1."""
    offset: int
    """Octets of this exchange that were given to the handler before: 0 where the head begins."""
    octets: bytes = field(repr=False)
    """At most 1 MiB."""
    carried: Carried | None = None
    """What the body of the exchange carries; None of what is no SOAP, and of what HTTP itself answers."""
    send: Callable[[bytes], Awaitable[None]] = field(default=_nowhere, repr=False, compare=False)
    """Sends octets now, before those that the handler returns: so it sends some, waits, and sends more. Returns
    when the system has taken them. Not to be called once the handler has answered."""


class ConnectionEnd(Deliberate):
    """A handler of OCTETS ends the connection."""

    def __init__(self, octets: bytes = b"") -> None:
        """`octets`: that go out before."""
        super().__init__(type(self).__doc__)
        self.octets = octets


class CloseConnection(ConnectionEnd):
    """The connection was closed on purpose: what was sent arrives."""


class ResetConnection(ConnectionEnd):
    """The connection was reset on purpose: what was sent arrives where the system tells when it has."""


OCTETS: Final[Intervention[OctetsOut, bytes]] = Intervention("octets", bytes)
"""What goes out instead; b'' for nothing. A handler that fails ends the exchange and its
connection; one that raises a ConnectionEnd does so on purpose."""
