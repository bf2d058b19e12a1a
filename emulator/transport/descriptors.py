"""How many connections a process has room for: each takes a file descriptor, and so does each file of its store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_RESERVE: Final = 256
"""Descriptors for files, children and sockets that are no connections of a host."""


def room_for(connections: int) -> int:
    """So many connections, or as many as the limit of open files leaves room for, once that has been raised
    as far as an ordinary user may. Without room a host could neither take in a connection nor store what came by
    another."""
    allowed = raised_to(connections + _RESERVE)
    if allowed is None:
        return connections
    return max(1, min(connections, allowed - min(_RESERVE, allowed // 2)))


def raised_to(wanted: int) -> int | None:
    """How many descriptors the process may have, once its limit has been raised as far towards `wanted` as an
    ordinary user may; None where there is no limit that counts them."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
        except (OSError, ValueError):  # macOS has a limit of its own below an infinite one
            pass
    return None if soft == resource.RLIM_INFINITY else soft


def open_now() -> int | None:
    """How many descriptors the process has; None where the system does not tell."""
    try:
        return sum(1 for _ in Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()) - 1
    except OSError:
        return None
