"""How a file is known again without being read: by name, size and time. What was made of it may be kept as long as
its state is the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Hashable
from pathlib import Path
from typing import Final

_YOUNG: Final = 2.0
"""Seconds after a change during which the time of another one may be the same: coarse clocks of file systems (FAT's
ticks every two seconds). Until then the content counts too."""


def file_state(path: Path | None) -> Hashable:
    """Compares equal as long as the file is the same; of one that is not there too, and None for no file. Take it
    before the file is read: a change in between is seen the next time."""
    if path is None:
        return None
    name = str(path.absolute())
    try:
        found = path.stat()
        digest = b""
        if time.time() - found.st_mtime < _YOUNG and path.is_file():
            digest = hashlib.sha256(path.read_bytes()).digest()
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return (name, None)
    return (name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, digest)
