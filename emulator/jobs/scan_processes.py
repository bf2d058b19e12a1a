"""Scan processes of a directory as commands ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from emulator.directory.errors import DirectoryError
from emulator.directory.fields import read_bytes, read_toml
from emulator.directory.ldif import read_ldif
from emulator.directory.model import Directory, Source, StoredScanProcess, User
from emulator.directory.scan_process_file import SUFFIXES, load_scan_processes
from emulator.dsm.guid import format_guid
from emulator.dsm.scan_process import EmailFilter, FileShareFilter, Filter, SharePointFilter
from emulator.dsm.scan_process_check import problems
from emulator.dsm.scan_process_xml import write_scan_process
from emulator.environment.directories import is_ldap, lab_error, open_directory
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.options.groups import AskedDirectory


class NamedDirectory(AskedDirectory):
    """The directory that a command names. `user` of a folder: whose scan processes are meant (None: all)."""

    @contextmanager
    def opened(self) -> Iterator[Directory]:
        """The directory while the block lasts. Raises LabError, also for a DirectoryError in the block."""
        directory = open_directory(self.directory, self.user, self.ldap)
        try:
            yield directory
        except DirectoryError as error:
            raise lab_error(error) from None
        finally:
            directory.close()

    def user_of(self, directory: Directory) -> User | None:
        """Whose scan processes are meant. Raises DirectoryError."""
        return None if self.user is None else directory.user(self.user)


def list_scan_processes(where: NamedDirectory) -> tuple[list[StoredScanProcess], dict[Source, str]]:
    """Return what the user may use, and what cannot be used, with the reason. Raises LabError."""
    with where.opened() as directory:
        return list(directory.scan_processes(where.user_of(directory))), dict(directory.broken)


def find_scan_process(name_or_file: str, where: NamedDirectory) -> StoredScanProcess:
    """Find a scan process by name, identifier or file. Raises LabError."""
    try:
        path = Path(name_or_file)
        if path.suffix.lower() in SUFFIXES:
            return load_scan_processes(path)[0]
    except DirectoryError as error:
        raise lab_error(error) from None
    with where.opened() as directory:
        return directory.scan_process(name_or_file, where.user_of(directory) if is_ldap(where.directory) else None)


def xml_of(stored: StoredScanProcess) -> bytes:
    """The scan process as this project writes it."""
    return write_scan_process(stored.process)


def summary(stored: StoredScanProcess) -> dict[str, Any]:
    """A scan process as a person or a program reads it."""
    process = stored.process
    return {
        "id": format_guid(process.identifier) if process.identifier else "",
        "name": process.display_name,
        "scan_repository": process.scan_repository,
        "server_name": process.server_name,
        "source": str(stored.source),
        "access": list(stored.access),
        "continue_on_error": bool(process.instructions.continue_on_error),
        "document_root_name": process.instructions.document_root_name,
        "filters": [_filter(each) for each in process.instructions.filters],
        "device_may_change_file_name": process.allow_file_name_change,
        "device_may_change_file_path": process.allow_file_path_change,
        "ticket": what_is_given(asdict(process.ticket)),
    }


def _filter(each: Filter) -> dict[str, Any]:
    kind: dict[str, Any] = {"dialect": each.dialect}
    match each:
        case FileShareFilter():
            return kind | {"shares": list(each.shares)}
        case EmailFilter():
            return kind | {
                "addresses": list(each.addresses),
                "send_to_scan_user": bool(each.send_to_scan_user),
                "can_add_addresses": each.can_add_addresses,
            }
        case SharePointFilter():
            return kind | {"sites": list(each.sites), "save_to_my_site": bool(each.save_to_my_site)}
    return kind


def what_is_given(value: Any) -> Any:
    """Leave out what a ticket leaves open."""
    if isinstance(value, dict):
        return {key: what_is_given(inner) for key, inner in value.items() if inner not in (None, (), False, "")}
    return value


def check_scan_processes(names: Sequence[Path], where: NamedDirectory) -> dict[Source, list[str]]:
    """Problems of each scan process, [] where there are none: of the files named, or of all that the directory has.
    Raises LabError."""
    if names:
        return {path: _check(path) for path in names}
    with where.opened() as directory:
        found = _check_entries(directory) if is_ldap(where.directory) else _check_folder(directory)
        if not found:
            raise LabError(f"{directory}: no scan process there", ExitCode.FAILED)
        return found


def _check_folder(directory: Directory) -> dict[Source, list[str]]:
    sources = {stored.source for stored in directory.scan_processes()} | set(directory.broken)
    return {path: _check(path) for path in sorted(path for path in sources if isinstance(path, Path))}


def _check_entries(directory: Directory) -> dict[Source, list[str]]:
    """Check entries of Active Directory, each object on its own."""
    found: dict[Source, list[str]] = {
        stored.source: problems(stored.document) for stored in directory.scan_processes()
    }
    return found | {source: [reason] for source, reason in directory.broken.items()}


def _check(path: Path) -> list[str]:
    try:
        load_scan_processes(path)
    except DirectoryError as error:
        return [str(error)]
    match path.suffix.lower():
        case ".toml":
            documents = {"": read_bytes(path.parent / read_toml(path).table["psp"])}
        case ".ldif":
            text = read_bytes(path).decode("utf-8-sig")
            octets = {f"{entry.dn}: ": entry.octets("msImaging-PSPString") for entry in read_ldif(text, str(path))}
            documents = {where: data for where, data in octets.items() if data is not None}
        case _:
            documents = {"": read_bytes(path)}
    return [where + problem for where, data in documents.items() for problem in problems(data)]
