"""A child process of ours, from its own side: takes one request after the other, and ends with its parent."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from emulator.imaging.decoding.child_process import READY, STOP, Channel

_REAPED: Final = 5.0
"""Seconds beyond its bound after which a child ends itself: its parent would have done so."""


def serve(answer: Callable[[bytes], bytes], parent_gone: Callable[[], None] = lambda: None) -> None:
    """Answer requests of the parent, who named the pipe in the first argument, until it closes the pipe. `answer`
    makes an answer of a request; `parent_gone` is called in another thread when the parent has closed the pipe, has
    died or says STOP, whatever is being answered then, and the process ends after it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    connection: Channel[Any, Any] = Channel(int(sys.argv[1]))
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while (request := connection.recv_bytes()) != STOP:
                requests.put(request)
        except (EOFError, OSError):
            pass
        parent_gone()
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    connection.send_bytes(READY)
    while True:
        reply = answer(requests.get())
        try:
            connection.send_bytes(reply)
        except OSError:
            os._exit(0)


def end_after(seconds: float) -> None:
    """Have the kernel end this process after `seconds` and a little more, whatever it is at then: a decoder may
    keep the interpreter's lock, so that nobody here learns of the parent's death. 0: no more."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds + _REAPED if seconds else 0)
