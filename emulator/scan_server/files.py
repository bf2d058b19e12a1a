"""Files that are whole when they are seen: written aside, synced, and only then given their name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BUFFER_BYTES: Final = 256 * 1024
"""Smaller pieces of an image are gathered to one write of this size; larger ones are written as they come."""

_HASH_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the store and its content."""

    path: Path
    size: int
    sha256: str


class IncomingFile:
    """An attachment on its way to the disk, hashed as it passes. Every method may raise OSError."""

    def __init__(self, path: Path) -> None:
        """Begin the file `path`, which must not exist."""
        self._path = path
        self._hash = hashlib.sha256()
        self._file = path.open("xb", buffering=BUFFER_BYTES)
        self._settled = False
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Add some octets. Into the page cache: the event loop is hardly held up."""
        self._hash.update(data)
        self._file.write(data)
        self.size += len(data)

    def keep(self, target: Path) -> KeptFile:
        """Sync, and name the file `target`; when this returns a crash cannot lose it. Blocks; for a thread."""
        self._settled = True
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
            # A file, not a folder, and nobody else's: replace() is the rename of every system.
            self._path.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
        return KeptFile(target, self.size, self._hash.hexdigest())

    def discard(self) -> None:
        """Drop the file, unless it has been kept. Never raises."""
        if self._settled:
            return
        self._settled = True
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can do that to a folder."""
    if sys.platform == "win32":
        return  # NTFS journals names; a folder cannot be opened for fsync
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems refuse
    finally:
        os.close(descriptor)


def hash_file(path: Path) -> KeptFile:
    """Size and hash of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_HASH_PIECE):
            digest.update(piece)
            size += len(piece)
    return KeptFile(path, size, digest.hexdigest())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write or replace a JSON file so that it is whole at every moment. Raises OSError."""
    aside = path.with_name(f".{path.name}.new")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; {} when it is missing or broken."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


_renaming = threading.Lock()

#: What link() says where the file system (FAT, some network mounts) or a policy knows no hard links.
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
)
_WINDOWS_NO_LINKS: Final = frozenset({1, 50, 1142})  # ERROR_INVALID_FUNCTION, NOT_SUPPORTED, TOO_MANY_LINKS


def publish(source: Path, target: Path, spool: Path) -> None:
    """Give the content of `source` the name `target` as well, at once and whole.

    Raises FileExistsError when there is such a file (it is left alone), and other OSErrors. `spool` is a
    name, on the same file system, for a copy where there are no hard links.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS and getattr(error, "winerror", None) not in _WINDOWS_NO_LINKS:
            raise
        publish_copy(source, target, spool)


def publish_copy(source: Path, target: Path, spool: Path) -> None:
    """As `publish`, but `target` is a file of its own: what happens to it does not happen to `source`."""
    try:
        with source.open("rb") as original, spool.open("xb") as copy:
            shutil.copyfileobj(original, copy, _HASH_PIECE)
            copy.flush()
            os.fsync(copy.fileno())
        _rename_to_new(spool, target)
    finally:
        spool.unlink(missing_ok=True)


def _rename_to_new(source: Path, target: Path) -> None:
    """Rename, but never over another file."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # Windows' rename refuses an existing name by itself; elsewhere this process is kept from racing
        # itself, and no other writes here under such names.
        with _renaming:
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            source.rename(target)
