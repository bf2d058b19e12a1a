"""`--events`: where a peer brings events to us."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from emulator.environment.exit_codes import LabError
from emulator.layers import Layers

if TYPE_CHECKING:
    from emulator.dpws.eventing.listener import EventListener

NO_EVENTS: Final = "none"
"""The value that means: ask, do not listen."""


async def open_listener(
    events: str | None, *, tls: ssl.SSLContext | None = None, layers: Layers | None = None
) -> EventListener | None:
    """A listener, which the caller closes: at the address that `events` gives, else (None) ready to listen on
    loopback. None for `none`. Raises LabError for what is no address of this machine."""
    if events == NO_EVENTS:
        return None
    from emulator.dpws.eventing.listener import EventListener  # an HTTP server, which not every job needs

    listener = EventListener(tls=tls, layers=layers)
    if events is not None:
        try:
            await listener.listen(*_sink_address(events))
        except OSError as error:
            raise LabError(f"--events: {error.strerror or error}") from None
    return listener


def _sink_address(text: str) -> tuple[str, int]:
    """Host and port (0: a free one) of `host`, `host:port`, an IPv6 address, or one in brackets with a port. Raises
    LabError."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text.strip(), "0"
    host = host.removeprefix("[").removesuffix("]")
    if not host or "/" in host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise LabError(f"--events {text!r} is no host or host:port of this machine")
    return host, int(port)
