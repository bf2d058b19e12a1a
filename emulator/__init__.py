"""A virtual network scanner for Distributed Scan Management (DSM)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator._version import VERSION

if TYPE_CHECKING:
    from emulator.directory.secret import Secret as Secret
    from emulator.environment.exit_codes import LabError as LabError
    from emulator.environment.options import LdapOptions as LdapOptions
    from emulator.jobs.outcome import ScanOutcome as ScanOutcome
    from emulator.lab.lab import Lab as Lab

__version__ = VERSION

_PUBLIC = {
    "Lab": "emulator.lab.lab",
    "LabError": "emulator.environment.exit_codes",
    "LdapOptions": "emulator.environment.options",
    "ScanOutcome": "emulator.jobs.outcome",
    "Secret": "emulator.directory.secret",
}
__all__ = ["Lab", "LabError", "LdapOptions", "ScanOutcome", "Secret", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `dsm-emulator --help` needs none of them."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)
