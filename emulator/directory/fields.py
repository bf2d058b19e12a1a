"""TOML files of the directory, read with errors that name file and field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from emulator.directory.errors import DirectoryError
from emulator.soap.fault import not_in_xml
from emulator.toml_files import TomlFileError, parse_toml, toml_text

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
"""Largest file read: an LDIF export of some thirty scan processes of the largest size."""


def read_bytes(path: Path) -> bytes:
    """The file's octets. Raises DirectoryError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DirectoryError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_FILE_BYTES:
        raise DirectoryError(f"{path}: larger than {MAX_FILE_BYTES} octets")
    return data


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table. Raises DirectoryError with the line of a mistake."""
    data = read_bytes(path)
    try:
        return parse_toml(toml_text(data, str(path)), str(path))
    except TomlFileError as error:
        raise DirectoryError(str(error)) from None


class Fields:
    """One table: each field is taken by name and type; what is left over is a mistake."""

    def __init__(self, where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        """`where` is the file and, inside it, the table. Raises DirectoryError for a field not in `known`."""
        self._where = where
        self._table = table
        for name in table:
            if name not in known:
                raise DirectoryError(f"{where}: no such field {name!r}; there are: {', '.join(known)}")

    def string(self, name: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        value = self._table.get(name, default)
        if value is None:
            raise DirectoryError(f"{self._where}: {name} is missing")
        if not isinstance(value, str):
            raise DirectoryError(f"{self._where}: {name} must be a text in quotes")
        return self._text(name, value)

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        value = self._table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise DirectoryError(f"{self._where}: {name} must be a list of texts")
        return tuple(self._text(name, each) for each in value)

    def _text(self, name: str, value: str) -> str:
        """The value, which messages and file names have to hold."""
        if found := not_in_xml(value):
            raise DirectoryError(
                f"{self._where}: {name}: {found} is no character of XML 1.0: no message can hold it"
            )
        return value

    def tables(self, name: str) -> list[Mapping[str, Any]]:
        """A list of tables; empty where it is missing."""
        value = self._table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise DirectoryError(f"{self._where}: {name} must be tables [[{name}]]")
        return value
