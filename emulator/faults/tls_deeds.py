"""What is done at certificates and handshakes of TLS, as data; `disturbance/certificates.py` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class ShowCertificate:
    """Another certificate is shown."""

    flaw: str
    """As `trust/flawed.py` calls it; or wrong-name."""
    authority: str = ""
    """Folder of the lab CA that issues it; '' for the one that has issued the certificate otherwise shown."""
    name: str = ""
    """For which name; '' for the right ones."""
    crl: str = ""
    """File into which the list is written that has its number."""


@dataclass(frozen=True, slots=True)
class ChangeCertificate:
    """After an operation new connections meet another good certificate; the connection of the operation ends."""


@dataclass(frozen=True, slots=True)
class ShowNone:
    """No certificate is shown to a server that asks for one."""


@dataclass(frozen=True, slots=True)
class SpeakOld:
    """An old version of TLS alone is spoken."""

    version: Literal["1.0", "1.1"]


@dataclass(frozen=True, slots=True)
class TrustNobody:
    """The peer's certificate is refused."""


@dataclass(frozen=True, slots=True)
class NoGoodbye:
    """The connection ends without close_notify."""


@dataclass(frozen=True, slots=True)
class StallHandshake:
    """Nothing is said in the handshake for some time."""

    seconds: float
    ends: bool
    """The connection ends then; else the handshake goes on."""


@dataclass(frozen=True, slots=True)
class RefuseHandshake:
    """A fatal alert answers the first octets of the peer."""

    alert: int
    """RFC 8446, section 6."""


TlsDeed: TypeAlias = (
    ShowCertificate
    | ChangeCertificate
    | ShowNone
    | SpeakOld
    | TrustNobody
    | NoGoodbye
    | StallHandshake
    | RefuseHandshake
)
