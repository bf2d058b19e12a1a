"""A directory with a few entries more: what the user gave on the command line, added to a folder."""

from __future__ import annotations

from uuid import UUID

from emulator.directory.model import StoredScanProcess, User
from emulator.scan_server.directory import ServerDirectory


class DirectoryInFront:
    """A directory in front of another: its one user and one scan process come first."""

    def __init__(
        self, below: ServerDirectory | None, user: User | None = None, scan_process: StoredScanProcess | None = None
    ) -> None:
        self._below = below
        self._user = user
        self._scan_process = scan_process

    def refresh(self) -> DirectoryInFront:
        """Return one with the same entries in front of the directory as it is now."""
        below = None if self._below is None else self._below.refresh()
        return DirectoryInFront(below, self._user, self._scan_process)

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None."""
        if self._user is not None and self._user.sid == sid:
            return self._user
        return None if self._below is None else self._below.user_by_sid(sid)

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, or None."""
        if self._scan_process is not None and self._scan_process.process.identifier == identifier:
            return self._scan_process
        return None if self._below is None else self._below.by_identifier(identifier)
