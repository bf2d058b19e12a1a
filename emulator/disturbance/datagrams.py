"""At datagrams of discovery: what goes out in their place, at once or later, in the order of the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from emulator.disturbance.acting import Acting
from emulator.dpws.points import LaterDatagram, OutgoingDatagram
from emulator.faults.alteration import At, Role
from emulator.faults.counting import Passes
from emulator.faults.impossible import Impossible
from emulator.faults.plan import ANY, Fault

GROUP: Final = "the group"
"""The conversation of what goes to everybody."""
_ADDRESS: Final = re.compile(rb"EndpointReference[^>]*>\s*<[^>]*Address[^>]*>\s*([^<\s]{1,500})")


class AlteredDatagrams:
    """Handler of DATAGRAM. One announcer speaks for all devices of a network, so which of them a datagram is of is
    read in it."""

    def __init__(
        self, acting: Acting, roles: Collection[Role], named: Callable[[str], str] = lambda address: ""
    ) -> None:
        """These are its parameters.

        - `roles`: whose datagrams pass.
        - `named`: the name of the device with an endpoint's address; '' where it is that of `acting`, or nobody's.
        """
        self._acting = acting
        self._roles = frozenset(roles)
        self._named = named

    async def datagram(self, value: OutgoingDatagram) -> tuple[bytes | LaterDatagram, ...]:
        """What goes out in the place of a datagram."""
        address = _address(value.data)
        device = self._named(address) or self._acting.device
        meant = tuple(each for each in self._acting.ledger.plan.at(At.DATAGRAM) if self._means(each, value, device))
        if not meant:
            return (value.data,)
        passes = Passes(device, GROUP if value.to is None else value.to[0])
        found: tuple[tuple[float, bytes], ...] = ((0.0, value.data),)
        for firing in self._acting.ledger.firing(meant, passes, value.kind, self._acting.layers):
            alteration, parameters = firing.fault.alteration, firing.fault.parameters
            before = found
            found = tuple(
                (waits + more, octets)
                for waits, data in before
                for more, octets in alteration.apply(data, parameters, firing.dice)
            )
            if found == before:
                raise Impossible(f"{alteration.name} changes nothing in this message")
        return tuple(LaterDatagram(waits, octets) if waits else octets for waits, octets in found)

    def _means(self, fault: Fault, value: OutgoingDatagram, device: str) -> bool:
        alteration, when = fault.alteration, fault.when
        return (
            bool(alteration.roles & self._roles)
            and when.device in (None, device)
            and when.operation in (None, ANY, value.kind)
            and (not alteration.operations or value.kind in alteration.operations)
        )


def _address(data: bytes) -> str:
    """The endpoint's address that a message of a target has; '' of a question."""
    found = _ADDRESS.search(data)
    return "" if found is None else found.group(1).decode("utf-8", "replace")
