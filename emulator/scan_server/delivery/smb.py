"""A folder of an SMB share (MS-SMB2), by smbprotocol: files that are whole when they are seen, never over others.

A document is written to a file that the server deletes when it is closed; that is taken back only when the
document is whole: whatever happens to the connection or to us, no part of it stays. Everything blocks: call it in a
thread.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBAuthenticationError, SMBException, SMBResponseException
from smbprotocol.file_info import (
    FileDispositionInformation,
    FileInformationClass,
    FileRenameInformation,
    InfoType,
)
from smbprotocol.header import NtStatus
from smbprotocol.open import (
    CreateDisposition,
    CreateOptions,
    DirectoryAccessMask,
    FileAttributes,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    Open,
    ShareAccess,
    SMB2SetInfoRequest,
)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

from emulator.dsm.states import FilterStateReason
from emulator.scan_server.delivery.numbers import alone_with
from emulator.scan_server.delivery.outcome import DeliveryFailed, one_line
from emulator.scan_server.delivery.settings import ShareSettings
from emulator.scan_server.delivery.watch import ConnectionWatch
from emulator.scan_server.disk import read_file

for _name in ("smbprotocol", "spnego"):
    # At the level of -vv they write out whole packets, images and login tokens among them.
    logging.getLogger(_name).setLevel(logging.CRITICAL)

PIECE: Final = 64 * 1024
"""Octets of one write: what a single credit pays for (MS-SMB2 3.1.5.2), so that none has to be waited for."""

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


class SmbFolder:
    """One folder of a share, with a connection of its own. A context manager; its methods raise DeliveryFailed and
    Stopped."""

    def __init__(self, unc: str, settings: ShareSettings, stop: threading.Event) -> None:
        r"""`unc`: `\\server\share\folder`, made when it is missing."""
        self.unc = unc
        _, _, server, share, self._folder = unc.split("\\", 4)
        self._settings = settings
        self._watch = ConnectionWatch(stop, settings.time_limit, self._shut, silence=settings.timeout)
        self._connection = Connection(uuid.uuid4(), server, settings.port, require_signing=True)
        self._session = Session(
            self._connection,
            username=settings.user,
            password=settings.password.get_secret_value(),
            require_encryption=settings.encrypt,
        )
        self._tree = TreeConnect(self._session, rf"\\{server}\{share}")

    def __enter__(self) -> SmbFolder:
        self._watch.__enter__()
        try:
            with self.told("connecting"):
                self._connection.connect(timeout=max(1, round(self._settings.timeout)))
            with self.told("logging in"):
                self._session.connect()
            with self.told("connecting to the share"):
                self._tree.connect()
            with self.told("making the folder"):
                self._make(self._folder)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            # Within the watch: a server may be silent at the logoff too. A broken connection has nothing to close.
            with contextlib.suppress(Exception):
                self._connection.disconnect(close=not self._watch.why)
        finally:
            self._watch.__exit__()

    def names(self, beginning: str) -> Iterator[str]:
        """Names in the folder that begin like that, in any case where the server knows none. The server picks them
        (MS-SMB2 2.2.33), so that documents of other days and names are not told. `beginning`: no wildcards."""
        with self.told("listing"), self._open(self._folder, folder=True) as folder:
            while True:
                try:
                    found = folder.query_directory(f"{beginning}*", FileInformationClass.FILE_NAMES_INFORMATION)
                except SMBResponseException as error:
                    if error.status in (NtStatus.STATUS_NO_MORE_FILES, NtStatus.STATUS_NO_SUCH_FILE):
                        return  # the latter where none begins like that
                    raise
                self._watch.moved()
                for each in found:
                    yield each["file_name"].get_value().decode("utf-16-le", "replace")

    def put(self, path: Path, names: Callable[[], str]) -> str:
        """Bring a document there under the first of `names` that is free; its name. Raises OSError for the
        document's own file."""
        aside = f"{self._folder}\\{secrets.token_hex(16)}.part"
        with read_file(path) as file, self.told("writing"), self._open(aside) as there:
            self._delete_on_close(there, True)
            offset = 0
            while piece := _read(file):
                while piece:
                    written = there.write(piece, offset)
                    offset, piece = offset + written, piece[written:]
                    self._watch.moved()
                    self._watch.check()
            there.flush()
            self._delete_on_close(there, False)
            try:
                while not self._rename_to_new(there, name := names()):
                    pass
            except BaseException:
                with contextlib.suppress(Exception):
                    self._delete_on_close(there, True)
                raise
        return name

    def _make(self, folder: str) -> None:
        """A folder with those above it."""
        try:
            with self._open(folder, folder=True, disposition=CreateDisposition.FILE_OPEN_IF):
                return
        except SMBResponseException as error:
            if error.status != NtStatus.STATUS_OBJECT_PATH_NOT_FOUND or "\\" not in folder:
                raise
        self._make(folder.rpartition("\\")[0])
        with self._open(folder, folder=True, disposition=CreateDisposition.FILE_OPEN_IF):
            pass

    @contextlib.contextmanager
    def _open(
        self, name: str, *, folder: bool = False, disposition: int | None = None, share: int = 0
    ) -> Iterator[Any]:
        """A folder, or a new file; closed afterwards. `share`: what others may do with a file meanwhile."""
        handle = Open(self._tree, name)
        if folder:
            access = DirectoryAccessMask.FILE_LIST_DIRECTORY | DirectoryAccessMask.FILE_READ_ATTRIBUTES
            options, otherwise = CreateOptions.FILE_DIRECTORY_FILE, CreateDisposition.FILE_OPEN
        else:
            access = FilePipePrinterAccessMask.FILE_WRITE_DATA | FilePipePrinterAccessMask.DELETE
            options, otherwise = CreateOptions.FILE_NON_DIRECTORY_FILE, CreateDisposition.FILE_CREATE
        handle.create(
            ImpersonationLevel.Impersonation,
            access,
            FileAttributes.FILE_ATTRIBUTE_DIRECTORY if folder else FileAttributes.FILE_ATTRIBUTE_NORMAL,
            ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
            if folder
            else share,
            otherwise if disposition is None else disposition,
            options,
        )
        try:
            yield handle
        except BaseException:
            with contextlib.suppress(Exception):
                handle.close()
            raise
        handle.close()

    def moved(self) -> None:
        """The talk goes on, though nothing is said just now. Raises Stopped."""
        self._watch.check()
        self._watch.moved()

    @contextlib.contextmanager
    def opened(self, name: str, disposition: int, share: int) -> Iterator[Any]:
        """A file of the folder; closed afterwards."""
        with (
            self.told("opening"),
            self._open(f"{self._folder}\\{name}", disposition=disposition, share=share) as file,
        ):
            yield file

    def rename(self, handle: Any, name: str, *, over: bool) -> None:
        """Give an open file of the folder another name, with `over` that of another file too."""
        with self.told("renaming"):
            self._rename(handle, f"{self._folder}\\{name}", over=over)

    def _delete_on_close(self, handle: Any, on: bool) -> None:
        information = FileDispositionInformation()
        information["delete_pending"] = on
        self._set(handle, information)

    def _rename_to_new(self, handle: Any, name: str) -> bool:
        with alone_with(self.unc, name) as free:
            return free and self._rename(handle, f"{self._folder}\\{name}")

    def _rename(self, handle: Any, target: str, *, over: bool = False) -> bool:
        """Return whether it could be done: False where there is such a file."""
        information = FileRenameInformation()
        information["replace_if_exists"] = over
        information["file_name"] = target
        try:
            self._set(handle, information)
        except SMBResponseException as error:
            if error.status == NtStatus.STATUS_OBJECT_NAME_COLLISION:
                return False
            raise
        return True

    def _set(self, handle: Any, information: Any) -> None:
        request = SMB2SetInfoRequest()
        request["info_type"] = InfoType.SMB2_0_INFO_FILE
        request["file_info_class"] = information.INFO_CLASS
        request["file_id"] = handle.file_id
        request["buffer"] = information
        sent = self._connection.send(request, sid=self._session.session_id, tid=self._tree.tree_connect_id)
        self._connection.receive(sent)
        self._watch.moved()

    def _shut(self) -> None:
        """Called from the watch's thread: whoever waits for an answer gets an error.

        Of the socket itself: the transport's own close() waits for a send that the server does not take.
        """
        self._connection.transport._sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def told(self, doing: str) -> Iterator[None]:
        """Errors of the library as ours."""
        self._watch.check()
        try:
            yield
        # ValueError: what the library makes of a connection that cannot be had, and of answers that are none.
        except (SMBException, ValueError, OSError) as error:
            if isinstance(error, OwnFile):
                raise
            self._watch.check()
            if self._watch.why:
                raise self._failed(FilterStateReason.UNKNOWN_ERROR, self._watch.why, doing) from None
            raise self._failed(_reason(error), one_line(str(error)) or type(error).__name__, doing) from None
        self._watch.moved()

    def _failed(self, reason: FilterStateReason, detail: str, doing: str) -> DeliveryFailed:
        return DeliveryFailed(reason, f"{self.unc} ({doing}): {detail}")


class OwnFile(OSError):
    """A document's own file cannot be read: no fault of the share."""


def _read(file: Any) -> bytes:
    try:
        return bytes(file.read(PIECE))
    except OSError as error:
        raise OwnFile(error.errno, error.strerror) from None


def _reason(error: Exception) -> FilterStateReason:
    status = error.status if isinstance(error, SMBResponseException) else 0
    if status in _FULL:
        return FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE
    if status in _DENIED or isinstance(error, SMBAuthenticationError):
        return FilterStateReason.FILE_SHARE_ACCESS_DENIED
    return FilterStateReason.UNKNOWN_ERROR
