"""What a program sees that watches a folder by inotify(7), as inotifywait prints it; by ctypes, so that no further
program is needed. Linux alone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from optional_programs import skip_or_fail

_EVENT = struct.Struct("iIII")  # inotify(7): wd, mask, cookie, len
_NAMES = {  # linux/inotify.h
    0x002: "MODIFY",
    0x004: "ATTRIB",
    0x008: "CLOSE_WRITE",
    0x010: "CLOSE_NOWRITE",
    0x020: "OPEN",
    0x040: "MOVED_FROM",
    0x080: "MOVED_TO",
    0x100: "CREATE",
    0x200: "DELETE",
}
_HEARD = 0x002 | 0x008 | 0x020 | 0x040 | 0x080 | 0x100 | 0x200


class FolderWatch:
    """The events so far, as `NAME file`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen: list[str] = []

    @property
    def seen(self) -> list[str]:
        """Equal ones one after another once; not those of the folder itself."""
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except BlockingIOError:
                return self._seen
            while data:
                _, mask, _, length = _EVENT.unpack_from(data)
                name = data[_EVENT.size : _EVENT.size + length].rstrip(b"\0").decode()
                data = data[_EVENT.size + length :]
                for bit, word in _NAMES.items():
                    if name and mask & bit and self._seen[-1:] != [f"{word} {name}"]:
                        self._seen.append(f"{word} {name}")


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[FolderWatch]:
    """Watch a folder; the test is skipped where there is no inotify."""
    if sys.platform != "linux":
        skip_or_fail("there is no inotify")
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert descriptor >= 0, os.strerror(ctypes.get_errno())
    try:
        assert library.inotify_add_watch(descriptor, os.fsencode(folder), _HEARD) >= 0
        yield FolderWatch(descriptor)
    finally:
        os.close(descriptor)
