"""Alterations of the octets of a SOAP envelope. Each is given the octets as they would go out, its parameters and
dice, and gives the octets that go out in their place."""

from __future__ import annotations

import random
from typing import Final

from lxml import etree

from emulator.faults.alteration import Alteration, At, Parameters, Role

_EVERYBODY: Final = frozenset(Role)


def _indented(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    root = etree.fromstring(data)
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "indented",
        At.ENVELOPE,
        _EVERYBODY,
        "White space stands between the elements, as a person would write it.",
        _indented,
        source="Canon and Samsung devices write so (sane-airscan, test files of WSD)",
    ),
)
