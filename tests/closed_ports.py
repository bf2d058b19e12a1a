"""Ports on which nobody listens."""

from __future__ import annotations

import socket

_taken: list[socket.socket] = []


def closed_port() -> int:
    """A port of loopback on which nobody listens, and nobody will while this process runs: it stays taken, as
    another program could listen there."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _taken.append(taken)
    return int(taken.getsockname()[1])
