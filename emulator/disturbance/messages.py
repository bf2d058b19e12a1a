"""At envelopes and packages: their octets and parts are altered in the order of the plan."""

from __future__ import annotations

from emulator.disturbance.acting import Acting
from emulator.faults.alteration import At
from emulator.soap.package import MimePackage
from emulator.soap.points import OutgoingEnvelope, OutgoingPackage


class AlteredMessages:
    """Handlers of ENVELOPE and PART."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def envelope(self, value: OutgoingEnvelope) -> bytes:
        """What goes out in the place of an envelope."""
        data = value.data
        for firing in self._acting.firings(At.ENVELOPE, value.side, value.operation, value.asked):
            data = firing.fault.alteration.apply(data, firing.fault.parameters, firing.dice)
        return data

    async def package(self, value: OutgoingPackage) -> MimePackage:
        """What goes out in the place of a package."""
        package = value.package
        for firing in self._acting.firings(At.PACKAGE, value.side, value.operation, value.asked):
            package = firing.fault.alteration.apply(package, firing.fault.parameters, firing.dice)
        return package
