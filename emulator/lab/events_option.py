"""`--events`: where a scan server brings events to us."""

from __future__ import annotations

from typing import Final

from emulator.lab.exit_codes import LabError

NO_EVENTS: Final = "none"
"""The value that means: ask, do not listen."""


def sink_address(text: str) -> tuple[str, int]:
    """Host and port (0: a free one) of `host`, `host:port`, an IPv6 address, or one in brackets with a port; both
    mean nothing for `none`. Raises LabError."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text.strip(), "0"
    host = host.removeprefix("[").removesuffix("]")
    if not host or "/" in host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise LabError(f"--events {text!r} is no host or host:port of this machine")
    return host, int(port)
