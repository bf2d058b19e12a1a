"""A folder as a directory: `users.toml`, and scan processes as TOML with XML or as LDIF exports."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.directory.errors import DirectoryError, NoScanProcess
from emulator.directory.model import Source, StoredScanProcess, User
from emulator.directory.naming import named, names_of, sort_key
from emulator.directory.scan_process_file import is_scan_process_toml, load_scan_processes
from emulator.directory.users_file import Users, read_users

USERS_FILE: Final = "users.toml"


class FolderDirectory:
    """Users and scan processes of a folder; files are read when they are first asked for."""

    def __init__(self, path: Path) -> None:
        """Raises DirectoryError when there is no such folder."""
        if not path.is_dir():
            raise DirectoryError(f"{path} is no folder")
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def close(self) -> None:
        """Nothing is held open."""

    def refresh(self) -> None:
        """Forget what has been read, if a file has changed since. Raises DirectoryError where there is no such
        folder any more."""
        try:
            states = ((each.name, each.stat()) for each in self.path.iterdir())
            found = sorted((name, state.st_size, state.st_mtime_ns) for name, state in states)
        except OSError as error:
            raise DirectoryError(f"{self.path}: cannot be read: {error.strerror or error}") from None
        if found != self.__dict__.get("_state"):
            self.__dict__.pop("_users", None)
            self.__dict__.pop("_loaded", None)
            self.__dict__["_state"] = found
            _ = self._loaded

    @cached_property
    def _users(self) -> Users:
        return read_users(self.path / USERS_FILE)

    @cached_property
    def _loaded(self) -> tuple[list[StoredScanProcess], dict[Source, str]]:
        found: list[StoredScanProcess] = []
        broken: dict[Source, str] = {}
        try:
            paths = sorted(self.path.iterdir())
        except OSError as error:
            raise DirectoryError(f"{self.path}: cannot be read: {error.strerror or error}") from None
        for path in paths:
            if path.name == USERS_FILE or path.suffix.lower() not in (".toml", ".ldif"):
                continue
            try:
                if path.suffix.lower() == ".ldif" or is_scan_process_toml(path):
                    found += load_scan_processes(path)
            except DirectoryError as error:
                broken[path] = str(error)
        found.sort(key=sort_key)
        return found, broken

    @property
    def broken(self) -> dict[Source, str]:
        """Files that hold no scan process that can be used, with the reason in one line."""
        return self._loaded[1]

    @property
    def users(self) -> tuple[User, ...]:
        """Every user."""
        return self._users.users

    def default_user(self) -> User:
        """The user meant when none is named. Raises DirectoryError."""
        return self._users.default()

    def user(self, name: str) -> User:
        """By `demo`, `demo@contoso.example` or `CONTOSO\\demo`. Raises DirectoryError."""
        return self._users.find(name)

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None. Raises DirectoryError when the users cannot be read."""
        return self._users.by_sid(sid)

    def scan_processes(self, user: User | None = None) -> list[StoredScanProcess]:
        """What `user` may use, or all, sorted by display name."""
        return [stored for stored in self._loaded[0] if user is None or stored.may_be_used_by(user)]

    def default_scan_process(self, user: User) -> StoredScanProcess:
        """The folder's default if `user` may use it, else the first that he may. Raises DirectoryError."""
        usable = self.scan_processes(user)
        if not usable:
            raise NoScanProcess(f"{self.path}: {user.principal} may use no scan process")
        default = [
            stored for stored in named(self._users.default_scan_process, self._loaded[0]) if stored in usable
        ]
        return (default or usable)[0]

    def scan_process(self, name: str, user: User | None = None) -> StoredScanProcess:
        """By display name or identifier, if `user` may use it. Raises DirectoryError."""
        found = named(name, self._loaded[0])
        usable = [stored for stored in found if user is None or stored.may_be_used_by(user)]
        if len(usable) == 1:
            return usable[0]
        if usable:
            raise DirectoryError(
                f"{self.path}: {len(usable)} scan processes are named {name!r}; give the identifier"
            )
        if found and user is not None:
            raise NoScanProcess(f"{self.path}: {user.principal} may not use the scan process {name!r}")
        for path, reason in self.broken.items():
            if isinstance(path, Path) and path.stem.casefold() == name.casefold():
                raise DirectoryError(reason)
        there = names_of(self.scan_processes(user))
        raise NoScanProcess(f"{self.path}: no scan process {name!r}; there are: {there}")

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, whoever may use it, or None."""
        return next((each for each in self._loaded[0] if each.process.identifier == identifier), None)

    def enterprise_roots(self) -> bytes:
        """Raises DirectoryError: a folder has none."""
        raise DirectoryError(f"{self.path}: a folder publishes no enterprise roots; a directory over LDAP does")
