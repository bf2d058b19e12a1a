"""Alterations of the octets of HTTP; of TLS, of what is inside. Each is given its parameters and dice, and gives a
WireScript for one message."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import Alteration
from emulator.faults.alterations.wire import bodies, ends, heads

ALTERATIONS: Final[tuple[Alteration, ...]] = (*ends.ALTERATIONS, *bodies.ALTERATIONS, *heads.ALTERATIONS)
