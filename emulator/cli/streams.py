"""Standard streams that may be lost: a reader that went away, a full disk, a descriptor that was never open."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import Any, Final

import typer

_LOST: Final[dict[str, OSError]] = {}
"""Name of the stream (`stdout`) -> why what was written to it is lost."""


class _Guarded(io.RawIOBase):
    """A stream whose writes never fail: after the first that did, what comes goes nowhere and the reason is kept.

    A command is not ended in the midst of a job because nobody reads its output any more.
    """

    def __init__(self, stream: Any, name: str) -> None:
        self._stream = stream  # kept: whoever lets go of it closes the descriptor
        self._raw = getattr(stream.buffer, "raw", stream.buffer)  # unbuffered (-u) the buffer is the file itself
        self._name = name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def write(self, data: Any) -> int:
        octets = len(data)
        if self._name in _LOST:
            return octets
        try:
            while (written := self._raw.write(data)) is None:
                time.sleep(0.01)  # a pipe that does not block and is full
        except OSError as error:
            _LOST[self._name] = error
            return octets
        return int(written)


def guard_streams() -> None:
    """Writing from here on to stdout and stderr raises nothing; `lost_output` tells what was lost."""
    _open_closed_descriptors()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if getattr(stream, "buffer", None) is None:  # no stream at all (pythonw), or one of text alone
            continue
        # A Windows console or a C locale cannot show every name; a scan must not fail on a file's name.
        guarded = io.TextIOWrapper(
            io.BufferedWriter(_Guarded(stream, name)),
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, guarded)


def lost_output() -> str:
    """Why output was lost that somebody wanted, as one line; '' where there was none. A reader that has gone
    (`| head`) wanted no more. What goes to stderr is for people, and costs no command its result."""
    error = _LOST.get("stdout")
    if error is None or isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == 22):
        return ""
    return f"stdout: {error.strerror or error}"


def require_told() -> None:
    """End a command whose first line somebody waits for, when it is lost: he would wait for ever. Raises Exit."""
    if lost_output():
        raise typer.Exit(1)


def _open_closed_descriptors() -> None:
    """A descriptor that the caller closed (`>&-`) would be that of the next file opened."""
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            mode = os.O_RDONLY if number == 0 else os.O_WRONLY
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            if getattr(sys, name) is None:
                # Open as long as the process is: it stands for what the caller closed.
                setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))
