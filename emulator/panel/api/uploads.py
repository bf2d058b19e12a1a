"""Files that come by the control API: kept while the process runs, since what lies in a feeder is read when it is
scanned."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path
from typing import Final

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
        """Octets of each file of the folder, of one that is still coming those that are there."""
        self._files = 0

    async def take(self, body: AsyncIterable[bytes], name: str) -> Path:
        """The file that is the body of a request, which comes in pieces; `name`: as who sends it calls it. Raises
        Refused, BodyBroken."""
        self._files += 1
        path = None
        try:
            folder = self._place()
            path = Path(folder.name, f"{self._files:04}-{plain_name(name)}")
            await self._write(path, body, self._sizes, name)
            if folder is not self._folder:
                raise Refused(409, "a reset took the file away while it came", hint="send it again")
        except OSError as error:
            await asyncio.to_thread(self.forget, path)
            hint = "POST /reset takes away what was sent before; TMPDIR names another place, from the next start on"
            raise Refused(409, f"the file cannot be kept: {error.strerror or error}", hint=hint) from None
        except BaseException:
            await asyncio.to_thread(self.forget, path)
            raise
        return path

    async def _write(self, path: Path, body: AsyncIterable[bytes], sizes: dict[Path, int], name: str) -> None:
        """`sizes`: of the folder that the file is in, though a reset may begin another one. Raises Refused,
        BodyBroken, OSError."""
        sent = 0
        with await asyncio.to_thread(path.open, "xb") as file:
            async for piece in body:
                sent += len(piece)
                sizes[path] = sent
                if sent > self._largest:
                    raise Refused(413, f"a file has at most {self._largest >> 20} MiB")
                if sum(sizes.values()) > self._room:
                    raise Refused(
                        413,
                        f"all files that were sent have more than {self._room >> 20} MiB together",
                        hint="POST /reset takes them away",
                    )
                await asyncio.to_thread(file.write, piece)
        if not sent:
            raise Refused(400, f"{name[:60]!r} is an empty file")

    def forget(self, path: Path | None) -> None:
        """It could not be used; None where there is not even a beginning of it."""
        if path is None:
            return
        self._sizes.pop(path, None)
        with suppress(OSError):
            path.unlink(missing_ok=True)

    def _place(self) -> tempfile.TemporaryDirectory[str]:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dsm-emulator-sent-", ignore_cleanup_errors=True)
        return self._folder

    def close(self) -> None:
        """Take them away."""
        gone = self._leave()
        if gone is not None:
            gone.cleanup()

    async def start_over(self) -> None:
        """Take them away: what lay in a feeder lies there no more. What comes meanwhile has a folder of its own."""
        gone = self._leave()
        if gone is not None:
            await asyncio.to_thread(gone.cleanup)

    def _leave(self) -> tempfile.TemporaryDirectory[str] | None:
        gone, self._folder, self._sizes = self._folder, None, {}
        return gone


def plain_name(name: str) -> str:
    """A file's name without what means something to a system; its ending stays."""
    last = re.split(r"[/\\]", name)[-1]
    stem, dot, ending = last.rpartition(".")
    plain, kind = _PLAIN.sub("_", stem if dot else last), _PLAIN.sub("_", ending)[:10] if dot else ""
    return f"{plain[:_LONGEST_NAME].strip('.') or 'file'}{'.' if kind else ''}{kind}"
