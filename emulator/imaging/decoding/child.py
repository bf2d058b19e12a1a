"""The child that opens, counts and decodes: `python -m emulator.imaging.decoding.child HANDLE MEMORY`.

Requests and answers are JSON, one file at a time; pixels go through shared memory (MEMORY names it).
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from emulator.imaging.coded import Coding
from emulator.imaging.decoding.memory_bound import MemoryBound, resident
from emulator.imaging.decoding.serving import end_after, serve
from emulator.imaging.decoding.shared_memory import Canvas
from emulator.imaging.kinds import FileKind
from emulator.imaging.pages import SourceError, Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

if TYPE_CHECKING:
    from emulator.imaging.decoding.messages import Message
    from emulator.imaging.pdf import PdfFile

_KEPT: Final = 256 * 1024**2
"""Octets in memory after a file has been closed with which a child takes another."""


class _Open(Protocol):
    """A file of some kind."""

    notes: tuple[str, ...]

    def __len__(self) -> int: ...

    def draw(self, index: int, wanted: Wanted | None, canvas: Canvas) -> Message: ...

    def close(self) -> None: ...


class _Child:
    """What one child has open."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._bound = MemoryBound()
        self._file: _Open | None = None

    def answer(self, request: bytes) -> bytes:
        """Never raises: what goes wrong is an answer too."""
        message = json.loads(request)
        self._bound.watch(on=True)
        try:
            end_after(message["seconds"])
            try:
                reply = getattr(self, f"_{message['do']}")(message)
            except SourceError as error:
                reply = {"memory": True} if _lacked_memory(error) else {"error": error.reason}
            except MemoryError:
                reply = {"memory": True}
        finally:
            end_after(0)
            self._bound.watch(on=False)
        return json.dumps(reply).encode()

    def _open(self, message: Message) -> Message:
        self._close(message)
        self._bound.set(message["memory"])
        path = Path(os.fsdecode(bytes.fromhex(message["path"])))
        self._file = _opened(path, message)
        return {"pages": len(self._file), "notes": self._file.notes}

    def _page(self, message: Message) -> Message:
        assert self._file is not None
        wanted = _wanted(message["wanted"])
        if "hidden" in message:
            return self._as_pdf().draw(message["index"], wanted, self._canvas, message["hidden"])
        return self._file.draw(message["index"], wanted, self._canvas)

    def _coded(self, message: Message) -> Message:
        return self._as_pdf().coded(message["index"], Coding(message["coding"]), self._canvas)

    def _layout(self, message: Message) -> Message:
        return self._as_pdf().layout(message["index"])

    def _as_pdf(self) -> PdfFile:
        from emulator.imaging.pdf import PdfFile

        assert isinstance(self._file, PdfFile)
        return self._file

    def _close(self, message: Message) -> Message:
        file, self._file = self._file, None
        if file is not None:
            file.close()
        self._canvas.clear()
        return {"fit": resident() < _KEPT}


def _lacked_memory(error: BaseException) -> bool:
    """Return whether that is what a decoder's error comes from."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, MemoryError):
        cause = cause.__context__
    return cause is not None


def _opened(path: Path, message: Message) -> _Open:
    """Raises SourceError."""
    if "typst" in message:
        from emulator.imaging.typst_file import TypstFile

        return TypstFile(path, message["typst"])
    kind = FileKind(message["kind"])
    if kind is FileKind.PDF:
        from emulator.imaging.pdf import PdfFile

        return PdfFile(path)
    from emulator.imaging.decoding.images import ImageFile

    return ImageFile(path, kind)


def _wanted(value: dict[str, Any] | None) -> Wanted | None:
    if value is None:
        return None
    return Wanted(
        Resolution(*value["resolution"]),
        value["mode"],
        Dimensions(*value["medium"]),
        deep=value["deep"],
        film_scan_mode=value["film"],
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # nobody reads them here
    serve(_Child(Canvas(sys.argv[2])).answer)
