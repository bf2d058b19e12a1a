"""What the alterations of packages have in common: at which operations they are, and whose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulator.faults.alteration import Alteration, At, Parameters, Role
from emulator.soap.package import MimePackage

ROLES: Final = frozenset({Role.CLIENT, Role.DEVICE})
"""Who sends packages: the client its SendImage, the device its answer to RetrieveImage."""
OPERATIONS: Final = ("SendImage", "RetrieveImage")


def of_package(
    name: str,
    says: str,
    apply: Callable[..., MimePackage],
    clause: str = "",
    *,
    source: str = "",
    parameters: type[Parameters] = Parameters,
) -> Alteration:
    """An alteration of packages; its parameters are as of Alteration."""
    return Alteration(
        name, At.PACKAGE, ROLES, says, apply, clause, source, parameters=parameters, operations=OPERATIONS
    )
