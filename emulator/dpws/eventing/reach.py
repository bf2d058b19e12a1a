"""Where events may be sent to: nobody shall make a source send anything to somebody who did not ask for it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import quote

from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.transport.address import parse_address
from emulator.transport.http import ExchangeError
from emulator.transport.url import authority_of, read_url

_NO_PLACE: Final = frozenset(addressing.anonymous for addressing in EVERY_ADDRESSING)


class NotAnAddress(ValueError):
    """No http or https URL that can be called. `str()` says why, in one line."""


class AnotherHost(ValueError):
    """A URL at another host than that of the subscriber. `str()` says so, in one line."""


def is_place(address: str) -> bool:
    """Whether an address of an endpoint reference says where to connect to: an http or https URL, and not the one
    that stands for the connection by which a request came."""
    return address.lower().startswith(("http://", "https://")) and address not in _NO_PLACE


def delivery_url(address: str, peer: str, *, anywhere: bool = False) -> str:
    """The URL at which `address`, the NotifyTo or EndTo of a subscriber with the IP address `peer`, is reached: the
    same, but for a link-local one, which gets the zone of the peer.

    The host must be the peer's own IP address or, for a peer on this machine, a loopback address or `localhost`.
    Other names are not looked up: who answers for a name may change between the look and the call. `anywhere`: any
    host will do. Raises NotAnAddress and AnotherHost.
    """
    if not is_place(address):
        raise NotAnAddress(f"not an http or https address: {address[:200]!r}")
    try:
        found = parse_address(address)
    except ExchangeError as error:
        raise NotAnAddress(str(error)) from None
    url = read_url(address)
    if url.login:
        raise NotAnAddress("events are not sent with a login: no user or password in the address")
    host, theirs = _ip(found.host), _ip(peer)
    if isinstance(host, IPv6Address) and isinstance(theirs, IPv6Address) and theirs.scope_id:
        plain = IPv6Address(int(theirs))
        if plain == IPv6Address(int(host)):
            return replace(url, fragment="").at(authority_of(f"{plain}%{quote(theirs.scope_id)}", url.port))
    if anywhere or (host is not None and host == theirs):
        return address
    of_this_machine = found.host.lower() == "localhost" or (host is not None and host.is_loopback)
    if of_this_machine and theirs is not None and theirs.is_loopback:
        return address
    raise AnotherHost(f"events go to the subscriber's own IP address, {peer}, alone, not to {found.host[:200]}")


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, IPv4 mapped into IPv6 as itself; None for a name."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
