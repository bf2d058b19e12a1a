"""At the octets of HTTP: the scripts of a plan are played to each message that it means."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from emulator.disturbance.acting import Acting
from emulator.faults.alteration import At
from emulator.faults.wire_script import Close, Reset, Send, WireScript, play
from emulator.transport.points import CloseConnection, OctetsOut, ResetConnection

LONGEST: Final = 24 * 3600.0
"""Seconds for one piece: a script waits as long as its plan says."""
_MAX_CONNECTIONS: Final = 10_000
"""Whose exchange is known; the one that was used least lately is forgotten."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    number: int
    scripts: tuple[WireScript, ...]


class AlteredOctets:
    """Handler of OCTETS."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self._running: OrderedDict[int, _Exchange] = OrderedDict()
        """By connection."""

    async def octets(self, out: OctetsOut) -> bytes:
        """What goes out in the place of a piece. Raises ConnectionEnd, and Impossible where a fault cannot be."""
        scripts = self._scripts(out)
        if not scripts:
            return out.octets
        pending: list[bytes] = []
        for step in play(scripts, out.octets):
            if isinstance(step, Send):
                pending.append(step.octets)
            elif isinstance(step, Close):
                raise CloseConnection(b"".join(pending))
            elif isinstance(step, Reset):
                raise ResetConnection(b"".join(pending))
            else:
                await out.send(b"".join(pending))
                pending.clear()
                await asyncio.sleep(step.seconds)
        return b"".join(pending)

    def _scripts(self, out: OctetsOut) -> tuple[WireScript, ...]:
        """Those of the exchange; that of an exchange that begins are asked for."""
        known = self._running.get(out.connection)
        if known is not None and known.number == out.exchange:
            return known.scripts
        carried = out.carried
        if carried is None:  # no SOAP, or what HTTP says before the answer
            return ()
        firings = self._acting.firings(At.WIRE, out.side, carried.operation, carried.asked)
        scripts = tuple(each.fault.alteration.apply(each.fault.parameters, each.dice) for each in firings)
        self._running[out.connection] = _Exchange(out.exchange, scripts)
        self._running.move_to_end(out.connection)
        if len(self._running) > _MAX_CONNECTIONS:
            self._running.popitem(last=False)
        return scripts
