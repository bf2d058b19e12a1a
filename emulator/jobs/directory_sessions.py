"""Directories that jobs of one process have in common: a connection to Active Directory for each who binds, never
for two of them. What has been read of a folder is kept where it is read (`directory/folder_reader.py`)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.directory.model import Directory
from emulator.environment.directories import is_ldap, open_directory
from emulator.environment.file_state import file_state
from emulator.environment.options import LdapOptions

IDLE_SECONDS: Final = 60.0
"""How long a connection that no job needs is kept."""


@dataclass(frozen=True, slots=True)
class DirectoryOfJob:
    """A directory as one job sees it."""

    directory: Directory
    release: Callable[[], None]
    """The job needs it no more; harmless when it is called again. Closing the directory is not the job's."""


@dataclass(slots=True)
class _Session:
    directory: Directory
    jobs: int = 0
    timer: threading.Timer | None = None


class DirectorySessions:
    """May be called from any thread."""

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        """`idle`: seconds for which a connection that no job needs is kept."""
        self._idle = idle
        self._lock = threading.Lock()
        self._sessions: dict[Hashable, _Session] = {}

    def open(self, directory: Path | str | None, user: str | None, ldap: LdapOptions) -> DirectoryOfJob:
        """The directory as `open_directory` names it: a folder as it is now, however it changes while the job runs.
        Blocks. Raises LabError."""
        if is_ldap(directory):
            return self._connection(str(directory), user, ldap)
        return DirectoryOfJob(open_directory(directory, user, ldap), lambda: None)

    def close(self) -> None:
        """End all connections."""
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            if session.timer is not None:
                session.timer.cancel()
            session.directory.close()

    def _connection(self, url: str, user: str | None, ldap: LdapOptions) -> DirectoryOfJob:
        password = b"" if ldap.password is None else hashlib.sha256(ldap.password.reveal().encode()).digest()
        key = (
            url,
            user,
            password,
            ldap.auth,
            ldap.start_tls,
            file_state(ldap.ca_file),
            ldap.dns_server,
            ldap.timeout,
        )
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = _Session(open_directory(url, user, ldap))
            if session.timer is not None:
                session.timer.cancel()
                session.timer = None
            session.jobs += 1
        released = False

        def release() -> None:
            nonlocal released
            with self._lock:
                if released:
                    return
                released = True
                session.jobs -= 1
                if not session.jobs and self._sessions.get(key) is session:
                    session.timer = threading.Timer(self._idle, lambda: self._close_idle(key))
                    session.timer.daemon = True
                    session.timer.start()

        return DirectoryOfJob(session.directory, release)

    def _close_idle(self, key: Hashable) -> None:
        with self._lock:
            session = self._sessions.get(key)
            if session is None or session.jobs:
                return
            del self._sessions[key]
        session.directory.close()
