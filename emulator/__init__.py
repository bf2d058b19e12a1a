"""A virtual network scanner for Distributed Scan Management (DSM)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.directory.secret import Secret as Secret
    from emulator.lab.exit_codes import LabError as LabError
    from emulator.lab.lab import Lab as Lab
    from emulator.lab.options import LdapOptions as LdapOptions
    from emulator.lab.outcome import ScanOutcome as ScanOutcome

__version__ = "0.1.0"

_PUBLIC = {
    "Lab": "emulator.lab.lab",
    "LabError": "emulator.lab.exit_codes",
    "LdapOptions": "emulator.lab.options",
    "ScanOutcome": "emulator.lab.outcome",
    "Secret": "emulator.directory.secret",
}
__all__ = ["Lab", "LabError", "LdapOptions", "ScanOutcome", "Secret", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `dsm-emulator --help` needs none of them."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)
