"""The socket at which the judge's scan server listens."""

from __future__ import annotations

import os
import socket
from typing import Any, Final

_BACKLOG: Final = 100


class Listening(socket.socket):
    """Closes the connection too that it has given last: who is cancelled while he waits for it does not get it."""

    given: socket.socket | None = None

    @classmethod
    def at(cls, host: str, port: int) -> Listening:
        """Raises OSError."""
        there = cls(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere others could take the port
                there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if there.family == socket.AF_INET6:
                there.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            there.bind((host, port))
            there.listen(_BACKLOG)
            there.setblocking(False)
        except OSError:
            there.close()
            raise
        return there

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection."""
        self.given, address = super().accept()
        return self.given, address

    def close(self) -> None:
        """The end."""
        if self.given is not None:
            self.given.close()
        super().close()
