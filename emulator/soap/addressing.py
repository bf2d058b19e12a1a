"""The two WS-Addressing namespaces in use: 2004/08 (DPWS 2006/02, all of DSM) and 2005/08 (WS-Discovery 1.1).
[addressing/namespace/of-2004-08] [addressing/namespace/of-2005-08]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from emulator.soap.constants import (
    ANONYMOUS,
    ANONYMOUS_2005,
    FAULT_ACTION,
    FAULT_ACTION_2005,
    REPLY_2005,
    WSA,
    WSA_2005,
)


@dataclass(frozen=True, slots=True)
class Addressing:
    """One of them, and what it calls the same things."""

    namespace: str
    anonymous: str
    """Address of "the same connection"."""
    fault_action: str
    """Action of its own faults."""
    reply: str
    """RelationshipType of an answer, which may be left out: a URI, or '' where it is the QName wsa:Reply."""
    fault_names: Mapping[str, str]
    """Local names of faults that differ from those of 2004/08."""


ADDRESSING_2004: Final = Addressing(WSA, ANONYMOUS, FAULT_ACTION, "", MappingProxyType({}))
ADDRESSING_2005: Final = Addressing(
    WSA_2005,
    ANONYMOUS_2005,
    FAULT_ACTION_2005,
    REPLY_2005,
    # WS-Addressing 1.0 SOAP Binding, section 6.4
    MappingProxyType(
        {
            "MessageInformationHeaderRequired": "MessageAddressingHeaderRequired",
            "InvalidMessageInformationHeader": "InvalidAddressingHeader",
        }
    ),
)
EVERY_ADDRESSING: Final = (ADDRESSING_2004, ADDRESSING_2005)
