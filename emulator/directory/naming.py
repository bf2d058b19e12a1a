"""Which scan process of a directory a name means."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.directory.model import StoredScanProcess
from emulator.dsm.guid import parse_guid


def sort_key(stored: StoredScanProcess) -> str:
    """The order of lists: by display name."""
    return stored.process.display_name.casefold()


def scan_processes_named(name: str, stored: Sequence[StoredScanProcess]) -> list[StoredScanProcess]:
    """Those with that display name, else those with it in any case, else the one with that identifier."""
    exact = [each for each in stored if each.process.display_name == name]
    loose = [each for each in stored if each.process.display_name.casefold() == name.casefold()]
    if exact or loose:
        return exact or loose
    try:
        identifier = parse_guid(name)
    except ValueError:
        return []
    return [each for each in stored if each.process.identifier == identifier]


def names_of(stored: Sequence[StoredScanProcess]) -> str:
    """Their display names, for a message."""
    return ", ".join(repr(each.process.display_name) for each in stored) or "none"
