"""A folder as a directory: `users.toml`, and scan processes as TOML with XML or as LDIF exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from emulator.directory.errors import DirectoryError, NoScanProcess
from emulator.directory.folder_reader import NOW, SELDOM, SOON, kept_readers
from emulator.directory.folder_snapshot import FolderSnapshot
from emulator.directory.model import Source, StoredScanProcess, User
from emulator.directory.naming import names_of


class FolderDirectory:
    """Users and scan processes of a folder as they are when they are first asked for; from then on what is told
    stays the same, whatever happens to the files. `refresh` gives the directory of the next job.

    What has been read of a folder is kept by name, size and times of its files, for all directories of the process
    (`folder_reader`).
    """

    def __init__(self, path: Path) -> None:
        """Raises DirectoryError when there is no such folder."""
        if not path.is_dir():
            raise DirectoryError(f"{path} is no folder")
        self._begin(path)

    def _begin(self, path: Path) -> None:
        self.path = path
        self._reader = kept_readers.of(path)
        self._known: FolderSnapshot | None = None
        self._is_of_now = False
        """Whether all of it was asked for when `_known` was taken."""
        self._checked: set[Source] = set()
        """Scan processes that were found to stand there as they are known."""

    def __str__(self) -> str:
        return str(self.path)

    def close(self) -> None:
        """Nothing is held open."""

    def refresh(self) -> FolderDirectory:
        """The folder as it is now, for another job."""
        other = FolderDirectory.__new__(FolderDirectory)
        other._begin(self.path)
        return other

    # One state

    @property
    def _state(self) -> FolderSnapshot:
        return self._look(SELDOM) if self._known is None else self._known

    def _look(self, interval: float) -> FolderSnapshot:
        self._known, self._is_of_now = self._reader.look(interval)
        self._checked = set()
        return self._known

    def _reread_whole_folder(self) -> FolderSnapshot:
        """Return the folder's state, with every file asked for."""
        state = self._state
        return state if self._is_of_now else self._look(NOW)

    def _find(
        self, search: Callable[[FolderSnapshot], Sequence[StoredScanProcess]], missing: float = NOW
    ) -> Sequence[StoredScanProcess]:
        """Return what a search finds, if it still stands in its files like that; else what it finds once all have
        been asked for. `missing`: how soon they are asked for where it finds nothing."""
        found = search(self._state)
        if not self._is_of_now and not (found and all(self._stands(each.source) for each in found)):
            found = search(self._look(NOW if found else missing))
        return found

    def _stands(self, source: Source) -> bool:
        if source not in self._checked:
            file = self._state.files[source.name] if isinstance(source, Path) else None
            if file is None or not self._reader.is_as_it_was(file):
                return False
            self._checked.add(source)
        return True

    # What is asked of it

    @property
    def broken(self) -> Mapping[Source, str]:
        """Files that hold no scan process that can be used, with the reason in one line."""
        return self._reread_whole_folder().broken

    @property
    def users(self) -> tuple[User, ...]:
        """Every user."""
        return self._state.users.users

    def default_user(self) -> User:
        """The user meant when none is named. Raises DirectoryError."""
        return self._state.users.default()

    def user(self, name: str) -> User:
        r"""Find a user by `demo`, `demo@contoso.example` or `CONTOSO\demo`. Raises DirectoryError."""
        return self._state.users.find(name)

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None. Raises DirectoryError when the users cannot be read."""
        return self._state.users.by_sid(sid)

    def scan_processes(self, user: User | None = None) -> list[StoredScanProcess]:
        """Return what `user` may use, or all, sorted by display name."""
        return [
            stored for stored in self._reread_whole_folder().stored if user is None or stored.may_be_used_by(user)
        ]

    def default_scan_process(self, user: User) -> StoredScanProcess:
        """The folder's default if `user` may use it, else the first that he may. Raises DirectoryError."""

        def search(state: FolderSnapshot) -> Sequence[StoredScanProcess]:
            for each in (state.scan_processes_named(state.users.default_scan_process), state.stored):
                if (first := next((one for one in each if one.may_be_used_by(user)), None)) is not None:
                    return (first,)
            return ()

        found = self._find(search)
        if not found:
            raise NoScanProcess(f"{self.path}: {user.principal} may use no scan process")
        return found[0]

    def scan_process(self, name: str, user: User | None = None) -> StoredScanProcess:
        """Find a scan process by display name or identifier, if `user` may use it. Raises DirectoryError."""
        found = self._find(lambda state: state.scan_processes_named(name))
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
        # Who asks a server for what is not there must not make it look at all files each time.
        found = self._find(lambda state: state.identified(identifier), SOON)
        return found[0] if found else None

    def enterprise_roots(self) -> bytes:
        """Raises DirectoryError: a folder has none."""
        raise DirectoryError(f"{self.path}: a folder publishes no enterprise roots; a directory over LDAP does")
