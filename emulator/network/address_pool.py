"""IP addresses as a person writes them for many devices: one, a network, a range, or a list of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range

IpAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses of one family from `first` to `last`, both of them in it."""

    first: IpAddress
    last: IpAddress

    def __len__(self) -> int:
        """How many there are, as far as that is a number that Python counts with (2**62 of more)."""
        return min(int(self.last) - int(self.first) + 1, 1 << 62)

    def __contains__(self, address: IpAddress) -> bool:
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)

    def __iter__(self) -> Iterator[IpAddress]:
        make = type(self.first)
        return (make(number) for number in range(int(self.first), int(self.last) + 1))

    def overlaps(self, other: AddressRange) -> bool:
        """Whether an address is in both."""
        return other.first in self or self.first in other


def read_addresses(said: str | Sequence[str]) -> tuple[AddressRange, ...]:
    """What is said of addresses: `10.77.0.4`, `10.77.0.0/22` (all hosts of the network), `10.77.0.4-10.77.0.90`, or
    a list of such. Raises ValueError with what is wrong, and with what of it."""
    found: list[AddressRange] = []
    for text in (said,) if isinstance(said, str) else said:
        one = _range(text)
        if double := next((each for each in found if each.overlaps(one)), None):
            raise ValueError(f"{text!r:.60}: {max(double.first, one.first)} is in it twice")
        found.append(one)
    if not found:
        raise ValueError("no address at all")
    return tuple(found)


def _range(text: str) -> AddressRange:
    try:
        if "/" in text:
            # 10.77.0.5/22 is how an interface is shown; the network that it is in is meant.
            network = ip_network(text.strip(), strict=False)
            first, last = network[0], network[-1]
            if network.version == 4 and network.num_addresses > 2:
                first, last = first + 1, last - 1  # neither the network's own address nor the broadcast one
            elif network.version == 6 and network.num_addresses > 2:
                first += 1  # the address of all its routers
            return AddressRange(first, last)
        begin, dash, end = text.partition("-")
        first = ip_address(begin.strip())
        last = ip_address(end.strip()) if dash else first
        next(iter(summarize_address_range(first, last)))
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{text!r:.60}: {error}; an address is meant (10.77.0.4), a network (10.77.0.0/22) or a range "
            "(10.77.0.4-10.77.0.90)"
        ) from None
    return AddressRange(first, last)
