"""Which connections a host has, and which of them give way when there is no room for another.

The rule: who has sent nothing whole for longest, of the address that has most. A request that is being answered
never gives way; so a crowd of silent connections ends itself, and hundreds of jobs from one address pass.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator


class Connection:
    """One of a host's."""

    __slots__ = ("address", "answering", "heard", "since", "stalled")

    def __init__(self, address: str, now: float) -> None:
        self.address = address
        """IP address of the peer."""
        self.since = now
        """When it last sent something whole: it came, or a request, or a good piece of a body was there."""
        self.answering = False
        """A whole request of it is in work."""
        self.heard = False
        """It has begun a request."""
        self.stalled: tuple[int, float] = (0, now)
        """Octets that wait for the peer to take them, and since when there are as many."""


class ConnectionTable:
    """At most `size` connections, and how each is ended."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._ends: dict[Connection, Callable[[], None]] = {}
        self._counts: dict[str, int] = {}
        self._waiting: dict[str, OrderedDict[Connection, None]] = {}
        """By address, those that may give way, longest first."""

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._ends))

    def add(self, connection: Connection, end: Callable[[], None]) -> Connection | None:
        """Take a connection in; which one must be ended for it: none, another, or the one itself, which is not
        taken in where all others are being answered. `end`: how it is ended."""
        gives_way = None
        if len(self._ends) >= self.size:
            gives_way = self._longest()
            if gives_way is None:
                return connection
        self._ends[connection] = end
        self._counts[connection.address] = self._counts.get(connection.address, 0) + 1
        self._waiting.setdefault(connection.address, OrderedDict())[connection] = None
        return gives_way

    def remove(self, connection: Connection) -> None:
        """It has ended; nothing happens when it is not here."""
        if self._ends.pop(connection, None) is None:
            return
        self._stop_waiting(connection)
        self._counts[connection.address] -= 1
        if not self._counts[connection.address]:
            del self._counts[connection.address]

    def end(self, connection: Connection) -> None:
        """End it."""
        end = self._ends.get(connection)
        self.remove(connection)
        if end is not None:
            end()

    def sent_whole(self, connection: Connection, now: float, *, answering: bool) -> None:
        """It has sent something whole; `answering`: a request, which is being answered now."""
        connection.since, connection.answering = now, answering
        if connection not in self._ends:
            return
        self._stop_waiting(connection)
        if not answering:
            self._waiting.setdefault(connection.address, OrderedDict())[connection] = None

    def _stop_waiting(self, connection: Connection) -> None:
        waiting = self._waiting.get(connection.address)
        if waiting is not None:
            waiting.pop(connection, None)
            if not waiting:
                del self._waiting[connection.address]

    def _longest(self) -> Connection | None:
        if not self._waiting:
            return None
        address = max(self._waiting, key=lambda each: self._counts[each])
        return next(iter(self._waiting[address]))
