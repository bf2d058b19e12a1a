"""What a process has open: threads, descriptors of files and sockets, folders of temporary files, children."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path

_PATIENCE = 5.0
"""Seconds for what ends by itself a moment later: a thread that has told its result, a child that was killed."""


def open_things() -> set[str]:
    """Each by a name that tells what it is. Descriptors and children where the system lists them."""
    found = {f"thread {each.name} {each.ident}" for each in threading.enumerate()}
    found |= {f"file {path}" for path in Path(tempfile.gettempdir()).iterdir()}
    descriptors = Path("/proc/self/fd")
    for path in descriptors.iterdir() if descriptors.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            found.add(f"descriptor {path.name} {os.readlink(path)}")
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if children.exists():
        found |= {f"child {each}" for each in children.read_text().split()}
    return found


def left_of(before: set[str]) -> set[str]:
    """What is open and was not before, once it stays so."""
    deadline = time.monotonic() + _PATIENCE
    while (left := open_things() - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
