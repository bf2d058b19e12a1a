"""Whether the Host header of a request names us.

A web page whose name is made to mean 127.0.0.1 (DNS rebinding) has the browser of this machine send requests to
what listens on loopback alone; each says the page's own name.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address

from emulator.transport.url import read_url


@lru_cache(1024)
def is_loopback(name: str) -> bool:
    """Whether it is a loopback address, or a name that means one by itself (RFC 6761, section 6.3)."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def machine_names() -> frozenset[str]:
    """What this machine calls itself; a system may have that mean a loopback address (Debian: 127.0.1.1)."""
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    return frozenset(name for name in (own, short, f"{short}.local") if short)


class OwnNames:
    """Names that a Host header may have: loopback ones, and those that are given."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names`: host names and IP addresses, in any case."""
        self._names = frozenset(_canonical(name) for name in names)

    def has(self, header: str) -> bool:
        """Whether the value of a Host header, with or without a port, is one of them."""
        name = _canonical(read_url(f"//{header.strip()}").host)
        return is_loopback(name) or name in self._names


@lru_cache(1024)
def _canonical(name: str) -> str:
    name = name.strip("[]").rstrip(".").lower().partition("%")[0]
    try:
        return str(ip_address(name))
    except ValueError:
        return name
