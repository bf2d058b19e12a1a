"""Alterations of the MIME package of a message with an attachment: SendImage, and the answer to RetrieveImage. Each
is given the package, its parameters and dice, and gives the one that goes out in its place (`altered_package.py`
for what RFC 2046 does not know). It raises Impossible where the package has not what the alteration is of."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import Alteration
from emulator.faults.alterations.package import content_type, delimiters, includes, part_headers, parts

ALTERATIONS: Final[tuple[Alteration, ...]] = (
    *content_type.ALTERATIONS,
    *delimiters.ALTERATIONS,
    *part_headers.ALTERATIONS,
    *parts.ALTERATIONS,
    *includes.ALTERATIONS,
)
