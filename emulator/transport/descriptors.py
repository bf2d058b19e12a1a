"""How many connections a process has room for: each takes a file descriptor, and so does each file of its store."""

from __future__ import annotations

import sys
from typing import Final

_RESERVE: Final = 256
"""Descriptors for files, children and sockets that are no connections of a host."""


def room_for(connections: int) -> int:
    """So many connections, or as many as the limit of open files leaves room for, once that has been raised
    as far as an ordinary user may. Without room a host could neither take in a connection nor store what came by
    another."""
    if sys.platform == "win32":
        return connections
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _RESERVE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
        except (OSError, ValueError):  # macOS has a limit of its own below an infinite one
            pass
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, soft - min(_RESERVE, soft // 2)))
