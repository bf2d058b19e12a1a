"""The calls by which the store changes the disk, and what is promised of them: files and folders that last, names
that are taken once, on any file system."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

BUFFER_BYTES: Final = 256 * 1024
"""Smaller pieces of a file are gathered to one write of this size; larger ones are written as they come."""

_BINARY: Final = getattr(os, "O_BINARY", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_MORE: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_MODE: Final = 0o666  # less the umask

DISK_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})

#: What link() says where the file system (FAT, some network mounts) or a policy knows no hard links.
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
)
_WINDOWS_NO_LINKS: Final = frozenset({1, 50, 1142})  # ERROR_INVALID_FUNCTION, NOT_SUPPORTED, TOO_MANY_LINKS

#: What a file system says that renames, but not with a condition (renameat2(2): EINVAL).
_NO_CONDITION: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})

#: What systems say whose folders cannot be synced at all (the ones that PostgreSQL's fsync_fname passes over, and
#: those of network and FUSE file systems). Any other error is one.
_NO_FOLDER_SYNC: Final = frozenset(
    {errno.EINVAL, errno.EBADF, errno.EISDIR, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)


class DiskCalls:
    """Every system call by which the store changes a disk, or opens an acknowledged image.

    They stand in one place so that a test can count them, make each of them fail, end the process at each, and
    write down what a power cut could lose.
    """

    def __init__(self) -> None:
        self.open = os.open
        self.write = os.write
        self.fsync = os.fsync
        self.link = os.link
        self.rename = os.rename
        """Of folders: over an empty folder at most."""
        self.replace = os.replace
        """Of files: over another of the same name, which is ours."""
        self.rename_new = _rename_new
        """Of files: never over another."""
        self.unlink = os.unlink
        self.mkdir = os.mkdir
        self.rmdir = os.rmdir


# Files


class _Raw(io.RawIOBase):
    """A descriptor that is written to by `calls`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        return calls.write(self._descriptor, data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._descriptor)


def new_file(path: Path) -> io.BufferedWriter:
    """A file that is not there yet, to be written. Raises FileExistsError and other OSErrors."""
    return io.BufferedWriter(_Raw(calls.open(path, _NEW, _MODE)), BUFFER_BYTES)


def read_file(path: Path) -> BinaryIO:
    """A file to be read. Raises OSError."""
    return os.fdopen(calls.open(path, os.O_RDONLY | _BINARY), "rb")


def append(path: Path, line: bytes) -> None:
    """Put a line behind a file's others, by one call. Raises OSError."""
    descriptor = calls.open(path, _MORE, _MODE)
    try:
        written = calls.write(descriptor, line)
    finally:
        os.close(descriptor)
    if written < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))


def sync_file(file: io.BufferedWriter) -> None:
    """Make a file's octets last through a power cut. Raises OSError; the file must not be believed then."""
    file.flush()
    calls.fsync(file.fileno())


def remove(path: Path) -> None:
    """Remove a file, if it is there. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        calls.unlink(path)


def try_to_remove(path: Path) -> None:
    """Remove a file that nobody misses if it stays."""
    with contextlib.suppress(OSError):
        calls.unlink(path)


# Folders


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can do that to a folder.
    Raises OSError."""
    if sys.platform == "win32":
        return  # NTFS journals names; a folder cannot be opened for fsync
    try:
        descriptor = calls.open(folder, _FOLDER)
        try:
            calls.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def make_folder(folder: Path) -> list[Path]:
    """Make a folder with those above it that are missing; the new ones. Raises OSError."""
    try:
        calls.mkdir(folder)
    except FileNotFoundError:
        if folder.parent == folder:
            raise
        return [*make_folder(folder.parent), *make_folder(folder)]
    except OSError:
        # Some systems have another word for a folder that is there: no right, a disk that is read-only.
        if not folder.is_dir():
            raise
        return []
    return [folder]


class LastingFolders:
    """Folders below one at the top. Each is known to last, once the names on the way to it have been synced."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._known: dict[Path, tuple[int, int]] = {}
        """Device and inode of each, so that one that was removed and made anew is another."""

    def make(self, folder: Path) -> None:
        """Make a folder with those above it; when this returns they last. Raises OSError.

        One that is there may have been made by another server a moment ago and be on no disk yet, so the whole
        way is synced; but once only.
        """
        if self._is_known(folder):
            return
        made = make_folder(folder)
        way = [folder, *folder.parents]
        below = way[: way.index(self._top) + 1] if self._top in way else way
        for each in reversed([*below, *(one for one in made if one not in below)]):
            if self._is_known(each) and each not in made:
                continue
            try:
                sync_folder(each.parent)
            except PermissionError:
                # Nobody can sync a folder that he may not read; what is not new may be left at that.
                if each in made:
                    raise
            if (found := _identity(each)) is not None:
                self._known[each] = found

    def _is_known(self, folder: Path) -> bool:
        found = _identity(folder)
        return found is not None and self._known.get(folder) == found


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


# Names


def knows_no_links(error: OSError) -> bool:
    """Return whether link() failed because there are no hard links here."""
    return error.errno in _NO_LINKS or getattr(error, "winerror", None) in _WINDOWS_NO_LINKS


def rename_to_new(source: Path, target: Path) -> None:
    """Rename a file, never over another: the name is taken by a call that fails when it exists, whoever else takes
    names there. Raises FileExistsError and other OSErrors.

    Where neither a conditional rename nor links are known, an empty file holds the name for a moment.
    """
    try:
        calls.rename_new(source, target)
        return
    except OSError as error:
        if error.errno not in _NO_CONDITION:
            raise
    try:
        calls.link(source, target)
    except OSError as error:
        if not knows_no_links(error):
            raise
    else:
        try_to_remove(source)
        return
    os.close(calls.open(target, _NEW, _MODE))
    try:
        calls.replace(source, target)
    except OSError:
        try_to_remove(target)
        raise


def _rename_new(source: Path, target: Path) -> None:
    if sys.platform == "win32":
        os.rename(source, target)  # noqa: PTH104 - refuses a name that is taken by itself
        return
    call = _conditional_rename()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), os.fspath(target))
    failed = call(os.fsencode(source), os.fsencode(target))
    if failed:
        raise OSError(failed, os.strerror(failed), os.fspath(source), None, os.fspath(target))


@functools.cache
def _conditional_rename() -> Callable[[bytes, bytes], int] | None:
    """Linux' renameat2(2) with RENAME_NOREPLACE, macOS' renamex_np(2) with RENAME_EXCL: the errno, 0 for success.
    None where the C library has neither."""
    import ctypes  # seldom needed, and slow to come

    try:
        library = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):
        return None
    if (at := getattr(library, "renameat2", None)) is not None:
        at_fdcwd, no_replace = -100, 1  # fcntl.h, stdio.h
        return lambda source, target: _errno_of(at(at_fdcwd, source, at_fdcwd, target, no_replace))
    if (plain := getattr(library, "renamex_np", None)) is not None:
        rename_excl = 4  # sys/stdio.h
        return lambda source, target: _errno_of(plain(source, target, rename_excl))
    return None


def _errno_of(result: int) -> int:
    import ctypes

    return ctypes.get_errno() if result else 0


calls: Final = DiskCalls()
