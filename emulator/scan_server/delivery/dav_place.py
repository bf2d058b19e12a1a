"""A folder of a WebDAV server as a place of documents that are written otherwise than whole and at once. WebDAV
knows whole files only (RFC 4918): what has been written so far is sent anew as often as it is to be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import quote

from emulator.faults.delivery_script import PlaceKind
from emulator.scan_server.delivery.web_dav import DavFolder
from emulator.scan_server.jobs import StoredDocument

T = TypeVar("T")


class DavPlace:
    """A TargetPlace (points.py), made in the event loop and used in a thread. What is written stays in memory."""

    kind = PlaceKind.LIBRARY

    def __init__(self, folder: DavFolder) -> None:
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._content: dict[str, bytearray] = {}
        self._unsent: set[str] = set()
        self._locks: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """See TargetPlace."""
        return self._done(self._folder.has(name))

    def create(self, name: str, *, over: bool = False) -> None:
        """See TargetPlace; PUT does not ask whether there is one."""
        self._content[name] = bytearray()
        self._unsent.add(name)

    def reopen(self, name: str) -> None:
        """See TargetPlace; of a file that this has not made nothing is known."""
        if name not in self._content:
            self.create(name)

    def write(self, name: str, data: bytes) -> None:
        """See TargetPlace."""
        self._content[name] += data
        self._unsent.add(name)

    def flush(self) -> None:
        """See TargetPlace."""
        for name in sorted(self._unsent):
            self._send(name)

    def _send(self, name: str) -> None:
        if name in self._unsent:
            self._unsent.discard(name)
            self._done(self._folder.write(name, bytes(self._content[name]), self._locks.get(name, "")))

    def close(self, name: str) -> None:
        """See TargetPlace."""
        self._send(name)
        if lock := self._locks.pop(name, ""):
            self._done(self._folder.unlock(name, lock))

    def rename(self, name: str, to: str) -> None:
        """See TargetPlace."""
        self._done(self._folder.rename(name, to))
        self._content[to] = self._content.pop(name)

    def lock(self, name: str) -> None:
        """See TargetPlace: a lock of WebDAV."""
        self._send(name)
        self._locks[name] = self._done(self._folder.lock(name))

    def place(self, name: str) -> str:
        """See TargetPlace."""
        return f"{self._folder.url}/{quote(name, safe='')}"

    def put(self, document: StoredDocument, name: Callable[[], str]) -> str:
        """Bring a document there as ever; what it is called."""
        return self.place(self._done(self._folder.put(document.file.path, document.file.size, name)))

    def _done(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
