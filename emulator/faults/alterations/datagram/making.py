"""What the alterations of datagrams have in common: which messages they are at, and whose."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from emulator.faults import envelope_tree
from emulator.faults.alteration import EVERYBODY, HOSTS, Alteration, At, Parameters
from emulator.faults.envelope_tree import EnvelopeTree

Sent: TypeAlias = tuple[tuple[float, bytes], ...]
"""What goes out: seconds to wait, and octets."""

MATCHES: Final = ("ProbeMatches", "ResolveMatches")
DESCRIPTIONS: Final = ("Hello", *MATCHES)
"""Messages that describe a target."""
OF_TARGETS: Final = ("Hello", "Bye", *MATCHES)
"""Messages of a target."""


def of_datagram(
    name: str,
    says: str,
    apply: Callable[..., Sent],
    clause: str = "",
    *,
    operations: tuple[str, ...] = (),
    source: str = "",
    parameters: type[Parameters] = Parameters,
) -> Alteration:
    """An alteration of datagrams.

    - `name`, `says`, `apply`, `clause`, `source`, `parameters`: as of Alteration.
    - `operations`: the kinds of message, which only a target sends; () for all.
    """
    roles = HOSTS if operations else EVERYBODY
    return Alteration(
        name, At.DATAGRAM, roles, says, apply, clause, source, parameters=parameters, operations=operations
    )


def one(change: Callable[[bytes, Any, random.Random], bytes]) -> Callable[..., Sent]:
    """What puts one datagram in the place of one."""
    return lambda data, parameters, dice: ((0.0, change(data, parameters, dice)),)


def in_tree(change: Callable[[EnvelopeTree, Any, random.Random], None]) -> Callable[..., Sent]:
    """What puts one datagram in the place of one, by a change of its tree."""
    return one(envelope_tree.in_tree(change))
