"""Alterations of messages of WS-Discovery over UDP, each repetition too. Each is given the octets as they would go
out, its parameters and dice, and gives what goes out in their place: pairs of seconds to wait and octets. It raises
Impossible where the message has not what the alteration is of."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import Alteration
from emulator.faults.alterations.datagram import contents, sending, sequence

ALTERATIONS: Final[tuple[Alteration, ...]] = (
    *sending.ALTERATIONS,
    *sequence.ALTERATIONS,
    *contents.ALTERATIONS,
)
