"""A run of a server and one job of it, without the server: what the custody of images is tried with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from disk_calls import Watched

from emulator.scan_server.custody import Custody, RunFolders
from emulator.scan_server.disk import LastingFolders
from emulator.scan_server.files import IncomingFile

TOKEN = "token"


def image(number: int) -> bytes:
    return f"image {number} ".encode() * 10


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Setting:
    """A run of a server and one job of it, without the server."""

    def __init__(self, root: Path) -> None:
        self.root = root
        run = root / ".server" / "runs" / "1"
        self.folders = RunFolders(root, run, LastingFolders(root))
        for each in (self.folders.incoming, self.folders.jobs, self.folders.spare):
            each.mkdir(parents=True)
        self.custody = Custody(self.folders, self.folders.jobs / TOKEN)
        self.share = root / "server" / "share"

    def begin(self, images: int = 0, **record: Any) -> Setting:
        """With so many acknowledged images."""
        self.custody.begin(record)
        for number in range(1, images + 1):
            self.custody.take(self.incoming(image(number)), number, "jpg")
        return self

    def incoming(self, data: bytes) -> IncomingFile:
        file = IncomingFile(self.folders.file_name())
        file.write(data)
        return file

    def path(self, number: int) -> Path:
        """Of an acknowledged image."""
        return self.custody.folder / f"{number:04d}.jpg"

    def give(self, number: int, *names: str, copy: bool = False, taking: Any = None) -> None:
        """An image to the share."""
        left = iter(names)
        with self.custody.documents_for(self.share) as giving:
            more = {} if taking is None else {"taking": taking}
            giving.put(number, self.path(number), lambda: next(left), copy=copy, **more)

    def recover(self, *, alone: bool = True) -> Path | None:
        """By the server that starts after a kill."""
        return Custody(self.folders, self.custody.folder).recover(alone=alone)


def failing(number: int, of: Callable[[str], bool], real: Callable[..., Any]) -> Callable[..., Any]:
    """A call that fails with that errno where its last path is one of those."""

    def call(*arguments: Any) -> Any:
        paths = [os.fspath(each) for each in arguments if isinstance(each, str | os.PathLike)]
        if paths and of(paths[-1]):
            raise OSError(number, os.strerror(number), paths[-1])
        return real(*arguments)

    return call


def told(root: Path, seen: list[tuple[str, str]]) -> Watched:
    """Within it, calls and paths relative to the store are written down."""
    return Watched(lambda name, number, path: seen.append((name, Path(os.path.relpath(path, root)).as_posix())))
