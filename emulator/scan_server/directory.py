"""What a scan server asks its directory: who a user is, and what a scan process says."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from emulator.directory.model import StoredScanProcess, User


class ServerDirectory(Protocol):
    """Its questions may block and may raise DirectoryError."""

    def refresh(self) -> ServerDirectory:
        """The directory as it is now, for another job: what is asked of it is answered by one state. Never
        raises."""

    def user_by_sid(self, sid: str) -> User | None:
        """The user with that SID, or None."""

    def by_identifier(self, identifier: UUID) -> StoredScanProcess | None:
        """The scan process with that identifier, whoever may use it, or None."""
