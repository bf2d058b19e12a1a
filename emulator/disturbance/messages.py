"""At envelopes and packages: their octets and parts are altered in the order of the plan."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from emulator.disturbance.acting import Acting, if_it_can_be, nothing_changed
from emulator.faults.alteration import At
from emulator.faults.altered_package import AlteredPackage, AlteredPart, Rewritten, rewritten
from emulator.faults.impossible import Impossible
from emulator.soap.package import MimePackage
from emulator.soap.points import OutgoingEnvelope, OutgoingPackage
from emulator.transport.body import FileSegment

MAX_REWRITTEN: Final = 256 * 1024 * 1024
"""Octets of an image that are read into memory to be written otherwise."""


class AlteredMessages:
    """Handlers of ENVELOPE and PART."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def envelope(self, value: OutgoingEnvelope) -> bytes:
        """What goes out in the place of an envelope."""
        data = value.data
        for firing in self._acting.firings(At.ENVELOPE, value.side, value.operation, value.asked):
            with if_it_can_be(firing):
                before, data = data, firing.fault.alteration.apply(data, firing.fault.parameters, firing.dice)
                if data == before:
                    raise nothing_changed(firing)
        return data

    async def package(self, value: OutgoingPackage) -> MimePackage:
        """What goes out in the place of a package."""
        package = value.package
        for firing in self._acting.firings(At.PACKAGE, value.side, value.operation, value.asked):
            before = package
            with if_it_can_be(firing):
                package = await _read(firing.fault.alteration.apply(package, firing.fault.parameters, firing.dice))
                if (package.content_type, package.segments) == (before.content_type, before.segments):
                    raise nothing_changed(firing)
        return package


async def _read(package: MimePackage) -> MimePackage:
    """The package with the octets of files that are to be written otherwise. Raises Impossible and OSError."""
    if not isinstance(package, AlteredPackage):
        return package
    parts = [await _part(each) if isinstance(each, AlteredPart) else each for each in package.parts]
    return replace(package, parts=tuple(parts))


async def _part(part: AlteredPart) -> AlteredPart:
    pieces = [
        rewritten(await asyncio.to_thread(_octets, each.octets), each.how) if isinstance(each, Rewritten) else each
        for each in part.pieces
    ]
    return replace(part, pieces=tuple(pieces))


def _octets(segment: FileSegment) -> bytes:
    """The octets of a stretch of a file. Blocks. Raises Impossible and OSError."""
    if segment.length > MAX_REWRITTEN:
        raise Impossible(f"an image of {segment.length} octets is too large to be written otherwise")
    with segment.open() as file:
        file.seek(segment.offset)
        data = bytearray()
        while len(data) < segment.length and (piece := file.read(segment.length - len(data))):
            data += piece
    if len(data) < segment.length:
        raise segment.changed(segment.length - len(data))
    return bytes(data)
