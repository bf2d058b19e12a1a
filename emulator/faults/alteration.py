"""What an alteration is: one way to do otherwise than the documents say, with a name, and where it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict


class At(StrEnum):
    """Where an alteration acts."""

    PAGE = "page"
    """At the scan head, before a side is scanned."""
    EXCHANGE = "exchange"
    """At an operation as a whole: when it is asked and answered, and by what."""
    PACKAGE = "package"
    """At the MIME package of a message with an attachment."""
    ENVELOPE = "envelope"
    """At the octets of a SOAP envelope, in a package or alone."""
    WIRE = "wire"
    """At the octets of HTTP; of TLS, at what is inside."""
    DATAGRAM = "datagram"
    """At a message of WS-Discovery over UDP."""
    TLS = "tls"
    """At certificates, and how a secured connection begins and ends."""
    DELIVERY = "delivery"
    """At what the embedded scan server's filters write to their targets."""


class Role(StrEnum):
    """Who does otherwise."""

    DEVICE = "device"
    """The scanner: its services, its discovery, its events, its pages."""
    CLIENT = "client"
    """The post-scan client of a device."""
    SERVER = "server"
    """The embedded scan server."""


EVERYBODY: Final = frozenset(Role)
DEVICE: Final = frozenset({Role.DEVICE})
CLIENT: Final = frozenset({Role.CLIENT})
SERVER: Final = frozenset({Role.SERVER})
HOSTS: Final = DEVICE | SERVER
"""Who answers, is found and sends events."""

Of: TypeAlias = Literal["request", "answer"]
"""Which message of an operation; an event is a request of its source."""


class Parameters(BaseModel):
    """What an alteration can be told beside where and when; each has a model of its own. A field's description is a
    sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


NOTHING: Final = Parameters()
"""Of an alteration that has none."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """One way to do otherwise."""

    name: str
    """Small letters, digits, hyphens and dots; of a condition of a scanner its own name."""
    at: At
    roles: frozenset[Role]
    """Who can do it."""
    says: str
    """What it does: one sentence."""
    apply: Callable[..., Any] = field(repr=False)
    """Pure; what it is given and gives is said where the alterations of its place stand."""
    clause: str = ""
    """Of the law book, that it breaks; '' where nothing forbids it (then `source` says who does it)."""
    source: str = ""
    """A public report of somebody who met it, or the document, where the clause is not enough."""
    parameters: type[Parameters] = Parameters
    of: tuple[Of, ...] = ("request", "answer")
    """At a message: of which it can be."""
    operations: tuple[str, ...] = ()
    """The only ones at which it can be; () for any."""
