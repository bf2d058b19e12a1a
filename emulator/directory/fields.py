"""TOML files of the directory, read with errors that name file and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulator.directory.errors import DirectoryError
from emulator.soap.fault import not_in_xml
from emulator.toml_files import TomlFileError, line_of, parse_toml, toml_text

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


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file that has been read."""

    path: Path
    text: str
    table: Mapping[str, Any]


def read_toml(path: Path) -> TomlFile:
    """The file. Raises DirectoryError with the line of a mistake."""
    data = read_bytes(path)
    try:
        text = toml_text(data, str(path))
        return TomlFile(path, text, parse_toml(text, str(path)))
    except TomlFileError as error:
        raise DirectoryError(str(error)) from None


class Fields:
    """One table of a file: each field is taken by name and type; what is left over is a mistake."""

    def __init__(self, file: TomlFile, known: tuple[str, ...], *, list_name: str = "", number: int = 0) -> None:
        """The table of the file, or that of `number` (from 1) in the list `list_name`. Raises DirectoryError for a
        field that is not in `known`."""
        self.file = file
        self._place: tuple[str | int, ...] = (list_name, number - 1) if list_name else ()
        self._called = f": {list_name} {number}" if list_name else ""
        self._table: Mapping[str, Any] = file.table[list_name][number - 1] if list_name else file.table
        for name in self._table:
            if name not in known:
                raise DirectoryError(f"{self.where(name)}: no such field {name!r}; there are: {', '.join(known)}")

    def where(self, name: str) -> str:
        """File and line of a field, or of its table, and which table it is; for the beginning of a message."""
        line = line_of((*self._place, name), self.file.text)
        return f"{self.file.path}{'' if line is None else f':{line}'}{self._called}"

    def string(self, name: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        value = self._table.get(name, default)
        if value is None:
            raise DirectoryError(f"{self.where(name)}: {name} is missing")
        if not isinstance(value, str):
            raise DirectoryError(f"{self.where(name)}: {name} must be a text in quotes")
        return self._text(name, value)

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where it is missing."""
        value = self._table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise DirectoryError(f"{self.where(name)}: {name} must be a list of texts")
        return tuple(self._text(name, each) for each in value)

    def _text(self, name: str, value: str) -> str:
        """The value, which messages and file names have to hold."""
        if found := not_in_xml(value):
            raise DirectoryError(
                f"{self.where(name)}: {name}: {found} is no character of XML 1.0: no message can hold it"
            )
        return value

    def tables(self, name: str) -> list[Mapping[str, Any]]:
        """A list of tables; empty where it is missing."""
        value = self._table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise DirectoryError(f"{self.where(name)}: {name} must be tables [[{name}]]")
        return value
