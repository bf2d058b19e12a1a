"""At datagrams of discovery: what goes out in their place, at once or later, in the order of the plan."""

from __future__ import annotations

from typing import Final

from emulator.disturbance.acting import Acting, if_it_can_be, nothing_changed
from emulator.dpws.points import LaterDatagram, OutgoingDatagram
from emulator.faults.alteration import At
from emulator.faults.counting import Passes
from emulator.faults.plan import ANY, Fault

GROUP: Final = "the group"
"""The conversation of what goes to everybody."""


class AlteredDatagrams:
    """Handler of DATAGRAM."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def datagram(self, value: OutgoingDatagram) -> tuple[bytes | LaterDatagram, ...]:
        """What goes out in the place of a datagram."""
        acting = self._acting
        meant = tuple(each for each in acting.at(At.DATAGRAM) if _means(each, value))
        if not meant:
            return (value.data,)
        passes = Passes(acting.device, GROUP if value.to is None else value.to[0], where=value.kind)
        found: tuple[tuple[float, bytes], ...] = ((0.0, value.data),)
        for firing in acting.ledger.firing(meant, passes, acting.layers):
            alteration, parameters = firing.fault.alteration, firing.fault.parameters
            before = found
            with if_it_can_be(firing):
                found = tuple(
                    (waits + more, octets)
                    for waits, data in before
                    for more, octets in alteration.apply(data, parameters, firing.dice)
                )
                if found == before:
                    raise nothing_changed(firing)
        return tuple(LaterDatagram(waits, octets) if waits else octets for waits, octets in found)


def _means(fault: Fault, value: OutgoingDatagram) -> bool:
    alteration, when = fault.alteration, fault.when
    return when.operation in (None, ANY, value.kind) and (
        not alteration.operations or value.kind in alteration.operations
    )
