"""What the alterations of packages have in common: at which operations they are, and whose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulator.faults.alteration import Alteration, At, Parameters, Role
from emulator.soap.package import MimePackage

_SENDERS: Final = {"SendImage": Role.CLIENT, "RetrieveImage": Role.DEVICE}
"""The operations with a package, and who sends it: the client its request, the device its answer."""


def of_package(
    name: str,
    says: str,
    apply: Callable[..., MimePackage],
    clause: str = "",
    *,
    source: str = "",
    parameters: type[Parameters] = Parameters,
    operation: str = "",
) -> Alteration:
    """An alteration of packages.

    - `name`, `says`, `apply`, `clause`, `source`, `parameters`: as of Alteration.
    - `operation`: the only one at which it can be; '' for both.
    """
    operations = (operation,) if operation else tuple(_SENDERS)
    roles = frozenset(_SENDERS[each] for each in operations)
    return Alteration(
        name, At.PACKAGE, roles, says, apply, clause, source, parameters=parameters, operations=operations
    )
