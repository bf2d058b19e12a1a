"""What the alterations of datagrams have in common: which messages they are at, and whose."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from emulator.faults.alteration import Alteration, At, Parameters, Role

Sent: TypeAlias = tuple[tuple[float, bytes], ...]
"""What goes out: seconds to wait, and octets."""

EVERYBODY: Final = frozenset(Role)
TARGETS: Final = frozenset({Role.DEVICE, Role.SERVER})
"""Who is found."""
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
    roles = TARGETS if operations else EVERYBODY
    return Alteration(
        name, At.DATAGRAM, roles, says, apply, clause, source, parameters=parameters, operations=operations
    )


def one(change: Callable[[bytes, Any, random.Random], bytes]) -> Callable[..., Sent]:
    """What puts one datagram in the place of one."""
    return lambda data, parameters, dice: ((0.0, change(data, parameters, dice)),)
