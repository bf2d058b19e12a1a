"""Scan processes on disk: a small TOML file with the XML beside it, an LDIF export, or bare XML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.directory.errors import DirectoryError
from emulator.directory.fields import Fields, TomlFile, read_bytes, read_toml
from emulator.directory.ldif import read_ldif
from emulator.directory.model import StoredScanProcess
from emulator.directory.scan_process_entry import is_scan_process, read_entry
from emulator.dsm.guid import parse_guid
from emulator.dsm.scan_process import ScanProcess
from emulator.dsm.scan_process_xml import ScanProcessError, read_scan_process

SUFFIXES: Final = (".toml", ".ldif", ".xml")
"""What a scan process may be named when it is given as a file."""

_FIELDS: Final = ("identifier", "display_name", "server_name", "access", "psp")


def load_scan_processes(path: Path, *, identifier: UUID | None = None) -> list[StoredScanProcess]:
    """Every scan process in a file, its kind told by its suffix. `identifier`: for bare XML, which has none.
    Raises DirectoryError."""
    match path.suffix.lower():
        case ".toml":
            return [load_scan_process_file(read_toml(path))]
        case ".ldif":
            return _from_ldif(path)
        case ".xml":
            process, xml = _parse(read_bytes(path), str(path)), path
            return [StoredScanProcess(replace(process, identifier=identifier, display_name=path.stem), xml)]
    raise DirectoryError(f"{path}: a scan process is a {', '.join(SUFFIXES)} file")


def _parse(data: bytes, where: str) -> ScanProcess:
    try:
        return read_scan_process(data)[0]
    except ScanProcessError as error:
        raise DirectoryError(f"{where}: {error}") from None


def _identifier(fields: Fields) -> UUID:
    text = fields.string("identifier")
    try:
        return parse_guid(text)
    except ValueError as error:
        raise DirectoryError(f"{fields.where('identifier')}: identifier: {error}") from None


def load_scan_process_file(file: TomlFile) -> StoredScanProcess:
    """The scan process that a TOML file describes. Raises DirectoryError."""
    fields = Fields(file, _FIELDS)
    name = fields.string("psp")
    xml = file.path.parent / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise DirectoryError(f"{fields.where('psp')}: psp {name!r} must stand beside this file")
    process = replace(
        _parse(read_bytes(xml), str(xml)),
        identifier=_identifier(fields),
        display_name=fields.string("display_name"),
        server_name=fields.string("server_name", ""),
    )
    return StoredScanProcess(process, file.path, fields.strings("access"))


def _from_ldif(path: Path) -> list[StoredScanProcess]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DirectoryError(f"{path}: not UTF-8") from None
    found = [
        StoredScanProcess(read_entry(entry, f"{path}:{entry.line}"), path)
        for entry in read_ldif(text, str(path))
        if is_scan_process(entry)
    ]
    if not found:
        raise DirectoryError(f"{path}: no object of class msImaging-PostScanProcess")
    return found
