"""The names and addresses by which this machine is reached, and which of them a certificate can name."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

from emulator.transport.interfaces import interfaces

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "::1")
"""Of this machine, for programs on it."""
ALL_ADDRESSES: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
"""What listens on every address."""


def names_of_machine(bind: str) -> tuple[str, ...]:
    """Names that clients on other machines may use: the address that is listened on, or all of this machine's, and
    this machine's own names. Blocks: a name is looked up."""
    own = {socket.gethostname(), socket.getfqdn()}
    own |= set(addresses_of_machine()) if bind in ALL_ADDRESSES else {bind, *_resolved(bind)}
    return tuple(sorted(name for name in own if can_be_certified(name)))


def addresses_of_machine(version: int | None = None) -> list[str]:
    """Every IP address of this machine (of IPv4 or IPv6 alone, by `version`), without zones: first what other
    machines reach, IPv4 before IPv6."""
    there = [address.ip for each in interfaces() for address in each.addresses]
    found = [ip for ip in there if version in (None, ip.version)]
    found.sort(key=lambda ip: (ip.is_loopback, ip.is_link_local, ip.version))
    return list(dict.fromkeys(str(ip).partition("%")[0] for ip in found))


def is_local(name: str) -> bool:
    """Return whether a name or address means this machine alone, or this network alone."""
    try:
        ip = ip_address(name)
    except ValueError:
        return name.casefold() == "localhost"
    return ip.is_loopback or ip.is_link_local


def bare(host: str) -> str:
    """An IPv6 address without its brackets."""
    return host.strip().removeprefix("[").removesuffix("]")


def can_be_certified(name: str) -> bool:
    """A machine's name may be longer than a part of a DNS name (63 octets), or empty."""
    try:
        ip_address(name)
    except ValueError:
        pass
    else:
        return True
    try:
        return bool(name.encode("idna")) and not any(letter.isspace() or letter in "/:" for letter in name)
    except UnicodeError:
        return False


def _resolved(name: str) -> set[str]:
    try:
        return {str(each[4][0]).partition("%")[0] for each in socket.getaddrinfo(name, None)}
    except OSError:
        return set()
