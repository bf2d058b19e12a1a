"""The network interfaces of this machine, and which of our addresses a peer reaches."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address, ip_interface

import ifaddr

IpInterface = IPv4Interface | IPv6Interface
"""One of our addresses with the length of its network's prefix."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface. `index` is the system's number for it: another if it goes and comes back."""

    name: str
    index: int
    addresses: tuple[IpInterface, ...]
    nice_name: str = ""
    """What Windows shows to people."""

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine is reached through it."""
        return any(address.ip.is_loopback for address in self.addresses)

    def of_family(self, family: int) -> tuple[IpInterface, ...]:
        """Addresses of socket.AF_INET or AF_INET6; a link-local IPv6 address first, for that is what who asks
        the group FF02::C has."""
        version = 4 if family == socket.AF_INET else 6
        found = [address for address in self.addresses if address.version == version]
        return tuple(sorted(found, key=lambda address: version == 6 and not address.ip.is_link_local))


Selection = Callable[[Interface], bool]
"""Which interfaces are meant."""


def loopback_only(interface: Interface) -> bool:
    """Selection: this machine alone."""
    return interface.is_loopback


def every(interface: Interface) -> bool:
    """Selection: all of them."""
    return True


def named(names: Sequence[str]) -> Selection:
    """Selection: those with one of these names (of the system, or as Windows shows it), or with one of these IP
    addresses."""
    wanted = {name.casefold() for name in names}

    def selected(interface: Interface) -> bool:
        own = {interface.name.casefold(), interface.nice_name.casefold()}
        return bool(wanted & (own | {str(address.ip) for address in interface.addresses}))

    return selected


def interfaces() -> list[Interface]:
    """All interfaces that have an address. Raises OSError when the system does not tell."""
    found = []
    for adapter in ifaddr.get_adapters():
        addresses = []
        for ip in adapter.ips:
            addresses.append(_read(ip.ip if isinstance(ip.ip, str) else ip.ip[0], ip.network_prefix))
        if addresses and adapter.index:
            found.append(Interface(adapter.name, adapter.index, tuple(addresses), adapter.nice_name))
    return found


def own_addresses() -> frozenset[str]:
    """Every IP address of this machine, without scopes."""
    return frozenset(str(address.ip) for each in interfaces() for address in each.addresses)


@lru_cache(16_384)  # an interface may have thousands, and is looked at every other second
def _read(text: str, prefix: int) -> IpInterface:
    return ip_interface(f"{text.partition('%')[0]}/{prefix}")


def nearest(addresses: Sequence[IpInterface], host: str) -> str:
    """The one of our `addresses` that `host` surely reaches: of his family and his network, else of his family
    and of the same reach (link-local or not), else the first of his family; '' where there is none."""
    try:
        peer = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    family = [address for address in addresses if address.version == peer.version]
    best = next(
        (own for own in family if _reaches(own, peer)),
        next((own for own in family if own.ip.is_link_local == peer.is_link_local), family[0] if family else None),
    )
    return "" if best is None else str(best.ip)


def _reaches(own: IpInterface, peer: IPv4Address | IPv6Address) -> bool:
    return own.ip == peer or peer in own.network
