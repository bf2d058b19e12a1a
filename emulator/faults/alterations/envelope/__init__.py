"""Alterations of the octets of a SOAP envelope. Each is given the octets as they would go out, its parameters and
dice, and gives the octets that go out in their place. It raises Impossible where the envelope has not what the
alteration is of."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import Alteration
from emulator.faults.alterations.envelope import elements, encodings, headers, markup, namespaces

ALTERATIONS: Final[tuple[Alteration, ...]] = (
    *encodings.ALTERATIONS,
    *markup.ALTERATIONS,
    *namespaces.ALTERATIONS,
    *elements.ALTERATIONS,
    *headers.ALTERATIONS,
)
