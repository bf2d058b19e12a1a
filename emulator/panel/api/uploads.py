"""Files that come by the control API: kept while the process runs, since what lies in a feeder is read when it is
scanned."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterable
from pathlib import Path
from typing import BinaryIO, Final

from emulator.panel.api.refusals import Refused

LARGEST: Final = 256 * 1024 * 1024
"""Octets of one file."""
ROOM: Final = 2 * 1024 * 1024 * 1024
"""Octets of all files together."""
_PLAIN: Final = re.compile(r"[^\w.-]+", re.ASCII)
_LONGEST_NAME: Final = 80


class Uploads:
    """In a folder of its own, which ends with the process."""

    def __init__(self, *, largest: int = LARGEST, room: int = ROOM) -> None:
        """`largest`: octets of one file; `room`: of all together."""
        self._largest, self._room = largest, room
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._sizes: dict[Path, int] = {}
        """Octets of each file, of one that is still coming those that are there."""
        self._files = 0

    async def take(self, body: AsyncIterable[bytes], name: str) -> Path:
        """The file that is the body of a request, which comes in pieces; `name`: as who sends it calls it. Raises
        Refused, BodyBroken."""
        self._files += 1
        path = Path(self._place(), f"{self._files:04}-{plain_name(name)}")
        sent = 0
        try:
            with await asyncio.to_thread(path.open, "xb") as file:
                async for piece in body:
                    sent += len(piece)
                    self._sizes[path] = sent
                    if sent > self._largest:
                        raise Refused(413, f"a file has at most {self._largest >> 20} MiB")
                    if sum(self._sizes.values()) > self._room:
                        raise Refused(
                            413,
                            f"all files that were sent have more than {self._room >> 20} MiB together",
                            hint="POST /reset takes them away",
                        )
                    await asyncio.to_thread(_write, file, piece)
            if not sent:
                raise Refused(400, f"{name[:60]!r} is an empty file")
        except BaseException:
            await asyncio.to_thread(self.forget, path)
            raise
        return path

    def forget(self, path: Path) -> None:
        """It could not be used."""
        self._sizes.pop(path, None)
        path.unlink(missing_ok=True)

    def _place(self) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dsm-emulator-sent-", ignore_cleanup_errors=True)
        return self._folder.name

    def close(self) -> None:
        """Take them away."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._sizes.clear()

    async def start_over(self) -> None:
        """Take them away: what lay in a feeder lies there no more."""
        await asyncio.to_thread(self.close)


def _write(file: BinaryIO, piece: bytes) -> None:
    file.write(piece)


def plain_name(name: str) -> str:
    """A file's name without what means something to a system; its ending stays."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    plain, kind = _PLAIN.sub("_", stem if dot else last), _PLAIN.sub("_", ending)[:10] if dot else ""
    return f"{plain[:_LONGEST_NAME].strip('.') or 'file'}{'.' if kind else ''}{kind}"
