"""A folder of an SMB share as a place of documents that are written otherwise than whole and at once."""

from __future__ import annotations

import contextlib
from typing import Any

from smbprotocol.open import CreateDisposition, ShareAccess

from emulator.faults.delivery_script import PlaceKind
from emulator.scan_server.delivery.smb import PIECE, SmbFolder

_OTHERS = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE


class SmbPlace:
    """A TargetPlace (points.py). A context manager: what is open is closed at its end."""

    kind = PlaceKind.SHARE

    def __init__(self, folder: SmbFolder) -> None:
        self._folder = folder
        self._open: dict[str, tuple[contextlib.ExitStack, Any, int]] = {}
        """By name: what closes it, the handle, and the octets that it has."""

    def has(self, name: str) -> bool:
        """See TargetPlace; names have no case there."""
        return name.casefold() in map(str.casefold, self._folder.names(name))

    def create(self, name: str, *, over: bool = False) -> None:
        """See TargetPlace."""
        self.close(name)
        how = CreateDisposition.FILE_OVERWRITE_IF if over else CreateDisposition.FILE_CREATE
        self._have(name, how, _OTHERS)

    def reopen(self, name: str) -> None:
        """See TargetPlace."""
        if name not in self._open:
            self._have(name, CreateDisposition.FILE_OPEN_IF, _OTHERS)

    def _have(self, name: str, disposition: int, share: int) -> None:
        with contextlib.ExitStack() as closing:
            handle = closing.enter_context(self._folder.opened(name, disposition, share))
            self._open[name] = (closing.pop_all(), handle, handle.end_of_file)

    def write(self, name: str, data: bytes) -> None:
        """See TargetPlace."""
        closing, handle, offset = self._open[name]
        with self._folder.told("writing"):
            for start in range(0, len(data), PIECE):
                offset += handle.write(data[start : start + PIECE], offset)
        self._open[name] = (closing, handle, offset)

    def flush(self) -> None:
        """Nothing is kept back; a pause of ours is no silence of the server."""
        self._folder.moved()

    def close(self, name: str) -> None:
        """See TargetPlace."""
        found = self._open.pop(name, None)
        if found is not None:
            with self._folder.told("closing"):
                found[0].close()

    def rename(self, name: str, to: str) -> None:
        """See TargetPlace."""
        with self._folder.opened(name, CreateDisposition.FILE_OPEN, _OTHERS) as handle:
            self._folder.rename(handle, to, over=True)

    def lock(self, name: str) -> None:
        """See TargetPlace: nobody else may open it at all."""
        self.close(name)
        self._have(name, CreateDisposition.FILE_OPEN_IF, 0)

    def place(self, name: str) -> str:
        """See TargetPlace."""
        return f"{self._folder.unc}\\{name}"

    def __enter__(self) -> SmbPlace:
        return self

    def __exit__(self, *_: object) -> None:
        for name in tuple(self._open):
            self.close(name)
