"""A folder of an SMB share (MS-SMB2), by smbprotocol: files that are whole when they are seen, never over others.

Everything blocks: call it in a thread.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import smbclient
from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBOSError, SMBResponseException
from smbprotocol.header import NtStatus

from emulator.dsm.states import FilterStateReason
from emulator.scan_server.delivery.outcome import DeliveryFailed, one_line
from emulator.scan_server.delivery.settings import ShareSettings
from emulator.scan_server.delivery.watch import Watch

for _name in ("smbprotocol", "smbclient", "spnego"):
    # At the level of -vv they write out whole packets, images and login tokens among them.
    logging.getLogger(_name).setLevel(logging.ERROR)

_PIECE: Final = 1024 * 1024

_STATUS_QUOTA_EXCEEDED: Final = 0xC0000044  # MS-ERREF 2.3.1, as those below
_STATUS_MEDIA_WRITE_PROTECTED: Final = 0xC00000A2
_STATUS_ACCOUNT_RESTRICTION: Final = 0xC000006E
_STATUS_INVALID_LOGON_HOURS: Final = 0xC000006F
_STATUS_ACCOUNT_DISABLED: Final = 0xC0000072
_STATUS_ACCOUNT_LOCKED_OUT: Final = 0xC0000234
_STATUS_LOGON_TYPE_NOT_GRANTED: Final = 0xC000015B
_DENIED: Final = frozenset(
    {
        NtStatus.STATUS_ACCESS_DENIED,
        NtStatus.STATUS_WRONG_PASSWORD,
        NtStatus.STATUS_LOGON_FAILURE,
        NtStatus.STATUS_PASSWORD_EXPIRED,
        NtStatus.STATUS_PRIVILEGE_NOT_HELD,
        _STATUS_MEDIA_WRITE_PROTECTED,
        _STATUS_ACCOUNT_RESTRICTION,
        _STATUS_INVALID_LOGON_HOURS,
        _STATUS_ACCOUNT_DISABLED,
        _STATUS_ACCOUNT_LOCKED_OUT,
        _STATUS_LOGON_TYPE_NOT_GRANTED,
    }
)
_FULL: Final = frozenset({NtStatus.STATUS_DISK_FULL, _STATUS_QUOTA_EXCEEDED})
_EXISTS: Final = NtStatus.STATUS_OBJECT_NAME_COLLISION


class SmbFolder:
    """One folder of a share, with a connection of its own. A context manager; it raises DeliveryFailed and
    Stopped."""

    def __init__(self, unc: str, settings: ShareSettings, stop: threading.Event) -> None:
        r"""`unc`: `\\server\share\folder`, made when it is missing."""
        self.unc = unc
        self._settings = settings
        self._server = unc.split("\\")[2]
        self._connections: dict[str, Any] = {}
        self._watch = Watch(stop, settings.time_limit, self._shut, silence=settings.timeout)

    def __enter__(self) -> SmbFolder:
        self._watch.__enter__()
        try:
            with self._told("logging in"):
                connection = Connection(uuid.uuid4(), self._server, self._settings.port, require_signing=True)
                # In the cache before it is connected: the watch must find it there.
                self._connections[f"{self._server.lower()}:{self._settings.port}"] = connection
                connection.connect(timeout=max(1, round(self._settings.timeout)))
                smbclient.register_session(
                    self._server,
                    username=self._settings.user,
                    password=self._settings.password.get_secret_value(),
                    port=self._settings.port,
                    encrypt=self._settings.encrypt or None,
                    connection_cache=self._connections,
                )
            with self._told("making the folder"):
                smbclient.makedirs(self.unc, exist_ok=True, **self._session)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            # Ended by the watch, too, where the server does not answer the logoff.
            for connection in self._connections.values():
                with contextlib.suppress(Exception):
                    connection.disconnect(close=True)
        finally:
            self._watch.__exit__()

    def names(self) -> list[str]:
        """What is in the folder."""
        with self._told("listing"):
            return list(smbclient.listdir(self.unc, **self._session))

    def put(self, path: Path, names: Callable[[], str]) -> str:
        """Bring a document there under the first of `names` that is free; its name. Raises OSError for the
        document's own file."""
        aside = f"{self.unc}\\{secrets.token_hex(16)}.part"
        moved = False
        with path.open("rb") as file:
            try:
                self._write(file, aside)
                while not moved:
                    name = names()
                    with self._told(f"naming {name}"):
                        moved = self._rename(aside, f"{self.unc}\\{name}")
                return name
            finally:
                if not moved:
                    with contextlib.suppress(SMBException, OSError, ValueError):
                        smbclient.remove(aside, **self._session)

    def _write(self, file: Any, aside: str) -> None:
        with (
            self._told("writing"),
            smbclient.open_file(aside, mode="xb", buffering=0, **self._session) as there,
        ):
            while piece := file.read(_PIECE):
                while piece:
                    piece = piece[there.write(piece) :]
                    self._watch.moved()
                    self._watch.check()
        self._watch.check()

    def _rename(self, source: str, target: str) -> bool:
        """Whether it could be done: False where there is such a file."""
        try:
            smbclient.rename(source, target, **self._session)
        except SMBOSError as error:
            if error.errno == errno.EEXIST or error.ntstatus == _EXISTS:
                return False
            raise
        return True

    @property
    def _session(self) -> dict[str, Any]:
        return {"port": self._settings.port, "connection_cache": self._connections}

    def _shut(self) -> None:
        """Called from the watch's thread: whoever waits for an answer gets an error."""
        for connection in tuple(self._connections.values()):
            connection.transport.close()

    @contextlib.contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Errors of the library as ours."""
        self._watch.check()
        try:
            yield
        except (SMBException, OSError, ValueError) as error:
            self._watch.check()
            if self._watch.why:
                raise self._failed(FilterStateReason.UNKNOWN_ERROR, self._watch.why, doing) from None
            raise self._failed(_reason(error), _words(error), doing) from None
        self._watch.moved()

    def _failed(self, reason: FilterStateReason, detail: str, doing: str) -> DeliveryFailed:
        return DeliveryFailed(reason, one_line(f"{self.unc} ({doing}): {detail}"))


def _status(error: Exception) -> int:
    if isinstance(error, SMBOSError):
        return int(error.ntstatus)
    return int(error.status) if isinstance(error, SMBResponseException) else 0


def _reason(error: Exception) -> FilterStateReason:
    status = _status(error)
    if status in _FULL:
        return FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE
    if status in _DENIED or isinstance(error, SMBAuthenticationError):
        return FilterStateReason.FILE_SHARE_ACCESS_DENIED
    return FilterStateReason.UNKNOWN_ERROR


def _words(error: Exception) -> str:
    if isinstance(error, SMBOSError):
        return f"{error.strerror} ({error.ntstatus:#010x})"
    return str(error) or type(error).__name__
