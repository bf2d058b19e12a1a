"""What a shell offers for a value that is being typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from emulator.cli.parameters import Parameter

MOST: Final = 200


def completions(parameter: Parameter, incomplete: str, given: Mapping[str, Any]) -> list[str]:
    """The values that begin so, in any case. None: the shell offers files. `given`: what stands on the line
    already, by the options' names. Raises nothing: a shell has no use for an error."""
    try:
        words = parameter.choices or _KINDS.get(parameter.completion, _nothing)(incomplete, given)
        return list(islice((word for word in words if word.casefold().startswith(incomplete.casefold())), MOST))
    except Exception:
        return []


def _nothing(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    return ()


def _profiles(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.resources import resource_folder

    folder = resource_folder("profiles")
    return sorted(path.stem for place in (folder, folder / "devices") for path in place.glob("*.toml"))


def _scan_processes(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.directory.folder import FolderDirectory
    from emulator.environment.directories import is_ldap, office_folder

    directory = given.get("directory")
    if is_ldap(directory):  # a shell asks for no password
        return ()
    folder = FolderDirectory(office_folder() if directory is None else Path(directory))
    return [stored.process.display_name for stored in folder.scan_processes(None)]


def _documents(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.resources import resource_folder

    found = (path.stem for path in (resource_folder("profiles") / "documents").glob("*.toml"))
    return sorted((*found, "every-kind", "every-trace"))


def _scenarios(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.resources import resource_folder

    return sorted(path.stem for path in (resource_folder("profiles") / "scenarios").glob("*.toml"))


def _habits(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.faults.habits import habits

    return tuple(habits())


def _settings(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.wsscan.settings import PATHS
    from emulator.wsscan.values.keywords import ColorEntry, Format, InputSource

    words = {"Format": Format, "ColorProcessing": ColorEntry, "InputSource": InputSource}
    path, equals, _ = incomplete.partition("=")
    if not equals:
        return [f"{path}=" for path in PATHS]
    return [f"{path}={word}" for word in words.get(path.rpartition("/")[2], ())]


def _devices(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.environment.state import state_folder
    from emulator.network.registry import running

    state = given.get("state")
    return [each.name for each in running(state_folder(None if state is None else Path(state)))]


def _components(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.wsscan.values.status import Component

    return ("cover", *Component)


def _servers(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    return ("embedded",)


def _checks(incomplete: str, given: Mapping[str, Any]) -> Iterable[str]:
    from emulator.conformance.check import Subject, all_checks

    return tuple(dict.fromkeys(id for subject in Subject for id in all_checks(subject)))


_KINDS: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterable[str]]]] = {
    "profile": _profiles,
    "scan-process": _scan_processes,
    "documents": _documents,
    "scenario": _scenarios,
    "habit": _habits,
    "setting": _settings,
    "device": _devices,
    "component": _components,
    "server": _servers,
    "check": _checks,
}
