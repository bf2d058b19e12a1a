"""Memory that a crowd of connections took, given back to the system.

Each TLS connection of asyncio has a buffer of 256 kB. The GNU C library keeps freed blocks of that size for the
next ones: 300 MB after a thousand connections have gone.
"""

from __future__ import annotations

import ctypes
import sys


def give_back_memory() -> None:
    """Have the C library return what is free. Takes some milliseconds for each 100 MB; nothing happens where the
    library knows no such call: others return memory by themselves."""
    if sys.platform != "linux":
        return
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return
    trim(0)
