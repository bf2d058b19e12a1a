"""What a folder of users and scan processes held at one moment, in order and by every key that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

from emulator.directory.errors import DirectoryError
from emulator.directory.file_stamp import FileStamp
from emulator.directory.model import Source, StoredScanProcess
from emulator.directory.naming import sort_key
from emulator.directory.users_file import Users
from emulator.dsm.guid import parse_guid


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of the folder as it was read."""

    stamps: tuple[tuple[str, FileStamp | None], ...]
    """Of the file and of those that it names, by their names in the folder; taken before they were read."""
    settled: bool
    """Whether a change since then shows in the stamps."""
    stored: tuple[StoredScanProcess, ...] = ()
    broken: str | None = None
    """Why it cannot be used, in one line."""


@dataclass(frozen=True)
class FolderSnapshot:
    """Never changed; what follows from it is made when it is first asked for."""

    path: Path
    files: Mapping[str, FolderFile]
    """By name, in the order of names."""
    users_file: FolderFile
    read_users: Users | None
    """None: `users_file` is broken."""
    unreadable: str | None = None
    """Why the folder itself could not be listed."""

    @property
    def users(self) -> Users:
        """Raises DirectoryError."""
        if self.read_users is None:
            raise DirectoryError(self.users_file.broken or "")
        return self.read_users

    @cached_property
    def stored(self) -> tuple[StoredScanProcess, ...]:
        """Every scan process, sorted by display name. Raises DirectoryError."""
        if self.unreadable is not None:
            raise DirectoryError(self.unreadable)
        return tuple(sorted((each for file in self.files.values() for each in file.stored), key=sort_key))

    @cached_property
    def broken(self) -> Mapping[Source, str]:
        """Files that hold no scan process that can be used. Raises DirectoryError."""
        if self.unreadable is not None:
            raise DirectoryError(self.unreadable)
        return {self.path / name: file.broken for name, file in self.files.items() if file.broken is not None}

    @cached_property
    def _by_name(self) -> Mapping[str, list[StoredScanProcess]]:
        found: dict[str, list[StoredScanProcess]] = {}
        for each in self.stored:
            found.setdefault(each.process.display_name, []).append(each)
        return found

    @cached_property
    def _by_folded_name(self) -> Mapping[str, list[StoredScanProcess]]:
        found: dict[str, list[StoredScanProcess]] = {}
        for each in self.stored:
            found.setdefault(each.process.display_name.casefold(), []).append(each)
        return found

    @cached_property
    def _by_identifier(self) -> Mapping[UUID, list[StoredScanProcess]]:
        found: dict[UUID, list[StoredScanProcess]] = {}
        for each in self.stored:
            if each.process.identifier is not None:
                found.setdefault(each.process.identifier, []).append(each)
        return found

    def scan_processes_named(self, name: str) -> Sequence[StoredScanProcess]:
        """Find scan processes as `naming.scan_processes_named` does: by display name, else by it in any case, else
        by identifier."""
        found = self._by_name.get(name) or self._by_folded_name.get(name.casefold())
        if found:
            return found
        try:
            return self.identified(parse_guid(name))
        except ValueError:
            return ()

    def identified(self, identifier: UUID) -> Sequence[StoredScanProcess]:
        """Those with that identifier."""
        return self._by_identifier.get(identifier, ())
