"""Whether what was sent has arrived: a reset drops what the peer's system has not acknowledged, so that who wants
the peer to have so many octets and no more waits for that before. Measured on Linux over loopback, resets after
150,000 octets to 5 MB: exact in 120 of 120 with the wait, in 1 of 40 without."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

_PATIENCE: Final = 10.0
"""Seconds for which nothing may move, until it is taken that the peer reads no more."""
_FIRST_LOOK: Final = 0.0005
"""Seconds until the second look; then each time twice as long, up to the last one."""
_LAST_LOOK: Final = 0.02
_SO_NWRITE: Final = 0x1024
"""macOS, sys/socket.h: octets in the send queue."""


def _unacknowledged(sock: Any) -> int:
    """Octets that were sent and that the peer's system has not acknowledged; 0 where ours does not tell (Windows),
    and of a connection that has ended."""
    with contextlib.suppress(OSError, ValueError):
        if sys.platform == "darwin":
            return int(sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE))
        if sys.platform == "linux":
            import fcntl
            import termios

            # SIOCOUTQ of Linux has the number of TIOCOUTQ (tcp(7)).
            return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
    return 0


async def arrived(sock: Any, kept: Callable[[], int] = lambda: 0) -> None:
    """Return when all that was sent has arrived at the peer's system, as far as ours tells; or when nothing has
    moved for some seconds.

    - `sock`: of the connection; None of one that has ended.
    - `kept`: octets that the system has not taken yet.
    """
    loop = asyncio.get_running_loop()
    before, since, pause = -1, loop.time(), _FIRST_LOOK
    while sock is not None:
        left = kept() + _unacknowledged(sock)
        if left != before:
            before, since = left, loop.time()
        if not left or loop.time() - since > _PATIENCE:
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LAST_LOOK)
