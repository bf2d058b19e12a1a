"""IP addresses of this machine that are one device's alone, and the interfaces as devices see them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_interface
from typing import Final

from emulator.environment.exit_codes import LabError
from emulator.network.address_pool import AddressRange, IpAddress
from emulator.transport.interfaces import Interface, Selection, interfaces

_WHOLE_LOOPBACK: Final = sys.platform in ("linux", "win32")
"""Every address of 127.0.0.0/8 is this machine there; elsewhere only those that its interface has."""


class OwnAddresses(Container[str]):
    """Those that are in use, by a device that runs or is about to."""

    def __init__(
        self, selection: Selection | None, list_interfaces: Callable[[], Sequence[Interface]] = interfaces
    ) -> None:
        """`selection`: the interfaces on which all other devices are reached beside loopback; None: on none."""
        self._selection = selection
        self._list_interfaces = list_interfaces
        self._taken: set[str] = set()

    def __contains__(self, address: object) -> bool:
        return address in self._taken

    def __iter__(self) -> Iterator[str]:
        return iter(self._taken)

    def choose(self, ranges: Sequence[AddressRange], count: int) -> list[str]:
        """Take so many addresses of these ranges that the machine has and no device. Raises LabError where there
        are fewer."""
        there = self.there(ranges)
        found = list(itertools.islice((each for each in there if each not in self._taken), count))
        if len(found) < count:
            raise LabError(
                f"{count} devices, and of {_told(ranges)} this machine has {len(found)} of them free",
                hint=_how_to_add(ranges, self._list_interfaces(), self._taken | set(found)),
            )
        self._taken.update(found)
        return found

    def take(self, address: str) -> str:
        """Take one, and return it as it is written everywhere. Raises LabError where the machine has it not, or a
        device has it already."""
        try:
            known = ip_address(address)
        except ValueError:
            raise LabError(f"{address!r:.60} is no IP address") from None
        if str(known) in self._taken:
            raise LabError(f"{known} is the address of another device")
        return self.choose([AddressRange(known, known)], 1)[0]

    def give_back(self, address: str) -> None:
        """A device has it no more."""
        self._taken.discard(address)

    def there(self, ranges: Sequence[AddressRange]) -> Iterator[str]:
        """The addresses of these ranges that the machine has, in their order."""
        own = sorted(
            {address.ip for each in self._list_interfaces() for address in each.addresses},
            key=lambda ip: (ip.version, int(ip)),
        )
        for each in ranges:
            if _WHOLE_LOOPBACK and each.first.version == 4 and each.first.is_loopback and each.last.is_loopback:
                yield from map(str, each)
            else:
                yield from (str(ip) for ip in own if ip in each and not (ip.version == 6 and ip.is_link_local))

    def interfaces(self) -> list[Interface]:
        """The interfaces on which devices are reached: loopback and those that were chosen, with all their
        addresses; others with those that are one device's alone. Raises OSError when the system does not tell."""
        found: list[Interface] = []
        listed = self._list_interfaces()
        known = {str(address.ip) for each in listed for address in each.addresses}
        for each in listed:
            addresses = each.addresses
            if each.is_loopback:
                more = (ip_interface(one) for one in sorted(self._taken - known) if ip_address(one).is_loopback)
                addresses = (*addresses, *more)
                known |= self._taken  # one interface has them
            elif self._selection is None or not self._selection(each):
                addresses = tuple(one for one in addresses if str(one.ip) in self._taken)
            if addresses:
                found.append(each if addresses == each.addresses else replace(each, addresses=addresses))
        return found


def _told(ranges: Iterable[AddressRange]) -> str:
    return ", ".join(str(each.first) if each.first == each.last else f"{each.first}-{each.last}" for each in ranges)


def _how_to_add(ranges: Sequence[AddressRange], listed: Sequence[Interface], taken: set[str]) -> str:
    """A command that adds the first that is lacking; '' where that is not known."""
    if not sys.platform.startswith("linux"):
        return "addresses are given to an interface as the system's manual says"
    own = {address.ip for each in listed for address in each.addresses}
    free: IpAddress | None = next(
        (ip for each in ranges for ip in itertools.islice(each, 100_000) if ip not in own and str(ip) not in taken),
        None,
    )
    outside = [each for each in listed if not each.is_loopback]
    if free is None or not outside:
        return "give more addresses, or more of them to an interface"
    near = next((each for each in outside if any(free in one.network for one in each.addresses)), outside[0])
    length = next((one.network.prefixlen for one in near.addresses if free in one.network), free.max_prefixlen)
    return f"ip address add {free}/{length} dev {near.name} gives it one more"
