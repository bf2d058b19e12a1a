"""Found first on the path of a real server that a test starts with another file system, or to be killed at a call:
DSM_DISK_MODE is one of disk_calls.MODES, DSM_KILL_AT_CALL the number of the call before which SIGKILL comes."""

from __future__ import annotations

import os
import signal

from disk_calls import Watched, file_system

AT = int(os.environ.get("DSM_KILL_AT_CALL", "0"))


def _kill(name: str, number: int, path: str) -> None:
    if number == AT:
        os.kill(os.getpid(), signal.SIGKILL)


_mode = file_system(os.environ.get("DSM_DISK_MODE", "links"))
_mode.__enter__()
if AT:
    Watched(_kill).__enter__()
