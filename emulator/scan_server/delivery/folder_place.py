"""A folder of the system as a place of documents that are written otherwise than whole and at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from emulator.faults.delivery_script import PlaceKind
from emulator.file_lock import try_lock
from emulator.scan_server.disk import calls, sync_folder

_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
_MORE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY
_MODE = 0o666  # less the umask


class FolderPlace:
    """A TargetPlace (points.py). A context manager: what is open is closed at its end. What is there must not be
    another name of an acknowledged image."""

    def __init__(self, folder: Path, kind: PlaceKind = PlaceKind.FOLDER) -> None:
        """`folder`: is there."""
        self.folder = folder
        self.kind = kind
        self.names: dict[str, None] = {}
        """Of the files that have been made, in that order."""
        self._open: dict[str, int] = {}

    def has(self, name: str) -> bool:
        """See TargetPlace."""
        return os.path.lexists(self.folder / name)

    def create(self, name: str, *, over: bool = False) -> None:
        """See TargetPlace."""
        self.close(name)
        self._open[name] = calls.open(self.folder / name, _ANEW if over else _NEW, _MODE)
        self.names.setdefault(name)

    def reopen(self, name: str) -> None:
        """See TargetPlace."""
        if name not in self._open:
            self._open[name] = calls.open(self.folder / name, _MORE, _MODE)
            self.names.setdefault(name)

    def write(self, name: str, data: bytes) -> None:
        """See TargetPlace."""
        left = memoryview(data)
        while left:
            left = left[calls.write(self._open[name], left) :]

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self, name: str) -> None:
        """See TargetPlace. What is closed lasts through a power cut, and so does its name."""
        descriptor = self._open.pop(name, None)
        if descriptor is None:
            return
        try:
            calls.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.folder)

    def rename(self, name: str, to: str) -> None:
        """See TargetPlace."""
        calls.replace(self.folder / name, self.folder / to)
        self.names.pop(name, None)
        self.names.setdefault(to)
        sync_folder(self.folder)

    def lock(self, name: str) -> None:
        """See TargetPlace: an advisory lock, where the file system has locks."""
        try_lock(self._open[name])

    def place(self, name: str) -> str:
        """See TargetPlace."""
        return str(self.folder / name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_all()

    def close_all(self) -> None:
        """Close what is open."""
        for name in tuple(self._open):
            self.close(name)
