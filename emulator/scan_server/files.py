"""Files of the store that are whole when they are seen: written aside, synced, and only then given their name."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulator.scan_server.disk import calls, new_file, read_file, sync_file, sync_folder, try_to_remove

_PIECE: Final = 1024 * 1024
_log = logging.getLogger(__name__)


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
        self._file = new_file(path)
        self._settled = False
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Add some octets. Into the page cache: the event loop is hardly held up."""
        self._hash.update(data)
        self._file.write(data)
        self.size += len(data)

    def promise(self) -> None:
        """`keep` is about to be called, in a thread: from here on `discard` does nothing."""
        self._settled = True

    def keep(self, target: Path) -> KeptFile:
        """Sync, and name the file `target`; when this returns a crash cannot lose it. Blocks; for a thread."""
        self.promise()
        try:
            with self._file:
                sync_file(self._file)
            # The folder is this server's alone, and it has one file of that name.
            calls.replace(self._path, target)
        except OSError:
            try_to_remove(self._path)
            raise
        try:
            sync_folder(target.parent)
        except OSError:
            try_to_remove(target)
            raise
        return KeptFile(target, self.size, self._hash.hexdigest())

    def discard(self) -> None:
        """Drop the file, unless it has been kept. Never raises."""
        if self._settled:
            return
        self._settled = True
        with contextlib.suppress(OSError):
            self._file.close()
        try_to_remove(self._path)


def copy_file(source: Path, target: Path) -> None:
    """Make `target`, which must not exist, a file of its own with the same content, and make that last; its name
    is not synced. Raises OSError, and leaves what there is of it."""
    with read_file(source) as original, new_file(target) as copy:
        while piece := original.read(_PIECE):
            copy.write(piece)
        sync_file(copy)


def hash_file(path: Path) -> KeptFile:
    """Size and hash of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with read_file(path) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return KeptFile(path, size, digest.hexdigest())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write or replace a JSON file so that it is whole at every moment; its name is not synced. Raises OSError."""
    aside = path.with_name(aside_of(path.name))
    try:
        with _anew(aside) as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
            sync_file(file)
        calls.replace(aside, path)
    except OSError:
        try_to_remove(aside)
        raise


def aside_of(name: str) -> str:
    """The name beside that of a JSON file, under which it is written first."""
    return f".{name}.new"


def _anew(aside: Path) -> io.BufferedWriter:
    """A new file in the place of one that a killed server left."""
    try:
        return new_file(aside)
    except FileExistsError:
        calls.unlink(aside)
        return new_file(aside)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; {} when it is missing or broken. Raises OSError when it cannot be read."""
    try:
        with read_file(path) as file:
            content = json.loads(file.read())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def remove_files(paths: Iterable[Path], root: Path) -> None:
    """Remove files and folders below `root`, nothing else; what cannot be removed is told in the log. Blocks."""
    inside = root.resolve()
    for path in paths:
        try:
            if inside not in path.resolve().parents:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
        except OSError as error:
            _log.warning("%s stays: %s", path, error.strerror or error)
