"""Where something can be plugged in at messages: the envelope and the MIME package that go out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from emulator.layers import Intervention, Notification
from emulator.soap.package import MimePackage

if TYPE_CHECKING:  # it tells ENVELOPE_WRITTEN
    from emulator.soap.envelope import Message

Side = Literal["client", "server"]
"""Of an HTTP exchange that we are on. An event goes out as a request: its source is the client there."""

ENVELOPE_WRITTEN: Final[Notification[bytes]] = Notification("envelope written", bytes)
"""Every envelope that the process writes, as it would go out if nobody intervened. Told EVERYWHERE: whoever writes
an envelope knows no Layers."""


@dataclass(frozen=True, slots=True)
class OutgoingEnvelope:
    """An envelope that goes out over HTTP, in a package or alone."""

    data: bytes = field(repr=False)
    side: Side
    operation: str
    """Name of the operation that asks, also where this answers it; of an event, its name."""
    action: str
    """wsa:Action of the message itself."""
    peer: str
    """The URL that is asked, or the IP address that is answered."""
    asked: Message | None = field(default=None, repr=False)
    """The request, which this is or answers; None of an event, and where the request could not be read."""


ENVELOPE: Final[Intervention[OutgoingEnvelope, bytes]] = Intervention("envelope", bytes)
"""Returns the octets that go out in the place of `data`."""


@dataclass(frozen=True, slots=True)
class OutgoingPackage:
    """The package of a SendImage, or of the answer to a RetrieveImage; its envelope is the one that ENVELOPE
    gave."""

    package: MimePackage = field(repr=False)
    side: Side
    operation: str
    peer: str
    """As of OutgoingEnvelope."""
    asked: Message | None = field(default=None, repr=False)
    """As of OutgoingEnvelope."""


PART: Final[Intervention[OutgoingPackage, MimePackage]] = Intervention("part", MimePackage)
"""Returns the package that goes out. HTTP tells its true length."""
