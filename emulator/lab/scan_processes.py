"""Scan processes of a folder as commands ask for them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from emulator.directory.errors import DirectoryError
from emulator.directory.fields import read_bytes, read_toml
from emulator.directory.folder import FolderDirectory
from emulator.directory.ldif import read_ldif
from emulator.directory.model import StoredScanProcess, User
from emulator.directory.scan_process_file import SUFFIXES, load_scan_processes
from emulator.dsm.guid import format_guid
from emulator.dsm.scan_process import EmailFilter, FileShareFilter, Filter, SharePointFilter
from emulator.dsm.scan_process_check import problems
from emulator.dsm.scan_process_xml import write_scan_process
from emulator.lab.choices import office_folder
from emulator.lab.exit_codes import ExitCode, LabError


def list_scan_processes(
    folder: Path | None, user_name: str | None
) -> tuple[list[StoredScanProcess], dict[Path, str]]:
    """What a user may use (None: all there are), and the files that cannot be used. Raises LabError."""
    try:
        directory = FolderDirectory(folder or office_folder())
        user: User | None = None if user_name is None else directory.user(user_name)
        return directory.scan_processes(user), directory.broken
    except DirectoryError as error:
        raise LabError(str(error)) from None


def find_scan_process(name_or_file: str, folder: Path | None) -> StoredScanProcess:
    """By name, identifier or file. Raises LabError."""
    try:
        path = Path(name_or_file)
        if path.suffix.lower() in SUFFIXES:
            return load_scan_processes(path)[0]
        return FolderDirectory(folder or office_folder()).scan_process(name_or_file)
    except DirectoryError as error:
        raise LabError(str(error)) from None


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
        "ticket": _given(asdict(process.ticket)),
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


def _given(value: Any) -> Any:
    """Without what a ticket leaves open."""
    if isinstance(value, dict):
        return {key: _given(inner) for key, inner in value.items() if inner not in (None, (), False, "")}
    return value


def check_scan_processes(names: list[Path], folder: Path | None) -> dict[Path, list[str]]:
    """Problems of each file, [] where there are none: the files named, or all of the folder. Raises LabError."""
    try:
        if not names:
            base = folder or office_folder()
            directory = FolderDirectory(base)
            names = sorted({stored.source for stored in directory.scan_processes()} | set(directory.broken))
            if not names:
                raise LabError(f"{base}: no scan process in this folder", ExitCode.FAILED)
        return {path: _check(path) for path in names}
    except DirectoryError as error:
        raise LabError(str(error)) from None


def _check(path: Path) -> list[str]:
    try:
        load_scan_processes(path)
    except DirectoryError as error:
        return [str(error)]
    match path.suffix.lower():
        case ".toml":
            documents = {"": read_bytes(path.parent / read_toml(path)["psp"])}
        case ".ldif":
            text = read_bytes(path).decode("utf-8-sig")
            octets = {f"{entry.dn}: ": entry.octets("msImaging-PSPString") for entry in read_ldif(text, str(path))}
            documents = {where: data for where, data in octets.items() if data is not None}
        case _:
            documents = {"": read_bytes(path)}
    return [where + problem for where, data in documents.items() for problem in problems(data)]
