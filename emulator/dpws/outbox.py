"""What is to be sent, and when: delayed messages and their repetitions, in the order of their times. No clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, Protocol

from emulator.dpws.timing import Timing

MAX_PENDING: Final = 50_000
"""Messages that wait at most; one more is not taken. Some 20 MB, and 80 if all wait for their repetition. Room for
the Hellos of 10,000 targets on five links."""

SocketAddress = tuple[Any, ...]
"""As the socket module has it: host, port, and two more for IPv6."""


class Link(Protocol):
    """A way out: an interface and an address family."""

    def local_for(self, host: str) -> str:
        """Our IP address that `host` reaches on this link; for '' the one that stands for the link."""

    def has(self, local: str) -> bool:
        """Whether that address of ours is one of this link, from which it can send."""

    def send(self, data: bytes, to: SocketAddress | None, local: str) -> None:
        """Send a datagram from our address `local`; to the group if `to` is None. Raises nothing: datagrams may be
        lost."""


class MessageOwner(Protocol):
    """Whose messages they are."""

    gone: bool
    """It sends nothing more."""


class Datagram:
    """One that is to be sent, now or later."""

    __slots__ = ("_gap", "_make", "_owner", "_repeat", "data", "kind", "link", "local", "to")

    def __init__(
        self,
        link: Link,
        to: SocketAddress | None,
        local: str,
        make: Callable[[], bytes | None],
        owner: MessageOwner | None,
        repeat: int,
        kind: str,
    ) -> None:
        """These are its parameters.

        - `link`: where it goes out.
        - `to`: an address; None for the group.
        - `local`: our own address, for who looks on.
        - `make`: gives the octets when they go out for the first time; None for nothing.
        - `owner`: whose it is; once that is gone, nothing goes out.
        - `repeat`: how often it is sent again.
        - `kind`: Hello, ProbeMatches and so on.
        """
        self.link = link
        self.kind = kind
        """Hello, ProbeMatches and so on."""
        self.local = local
        self.to = to
        """None: the group."""
        self.data = b""
        """Empty until it goes out for the first time."""
        self._make = make
        self._owner = owner
        self._repeat = repeat
        self._gap = 0.0

    def ready(self, random: Random, timing: Timing) -> float | None:
        """Its time has come: make it, if it goes out for the first time. None if it does not go out at all,
        otherwise the seconds to its repetition, 0 if there is none.
        [discovery/message-id/repeated-by-retransmissions] [discovery/timing/gap-doubles-to-the-upper-delay]"""
        if self._owner is not None and self._owner.gone:
            return None
        if not self.data:
            made = self._make()
            if made is None:
                return None
            self.data = made
            if self._repeat:
                self._gap = timing.first_gap(random)
        else:
            self._gap = timing.next_gap(self._gap)
        if self._repeat <= 0:
            return 0.0
        self._repeat -= 1
        return self._gap


class Outbox:
    """A queue by time. A message is made when it goes out for the first time, so that MessageNumbers rise in the
    order of sending (WSDAPI drops lower ones as stale); a repetition is the same octets.
    [wsdapi/app-sequence/stale-message]"""

    def __init__(self, random: Random, timing: Timing) -> None:
        self._random = random
        self._timing = timing
        self._heap: list[tuple[float, int, Datagram]] = []
        self._count = 0

    def put(
        self,
        when: float,
        link: Link,
        to: SocketAddress | None,
        local: str,
        make: Callable[[], bytes | None],
        *,
        owner: MessageOwner | None = None,
        repeated: bool = True,
        kind: str = "",
    ) -> bool:
        """Have `make` called and its result sent at `when` from our address `local`, and, if `repeated`, again as
        the timing says. It may return None: nothing is sent; so is it when `owner` has gone.

        - `kind`: for whoever sends it.

        False when too many wait.
        [discovery/app-sequence/message-number-of-a-retransmission]
        [discovery/message-id/repeated-by-retransmissions]
        """
        if len(self._heap) >= MAX_PENDING:
            return False
        repeat = self._timing.multicast_repeat if to is None else self._timing.unicast_repeat
        self._push(when, Datagram(link, to, local, make, owner, repeat if repeated else 0, kind))
        return True

    def drop(self, link: Link) -> None:
        """Forget all that was put for that link."""
        self._heap = [entry for entry in self._heap if entry[2].link is not link]
        heapq.heapify(self._heap)

    def due(self, now: float, most: int = 1_000) -> Iterator[Datagram]:
        """Take out what is to be sent by `now`, at most so many."""
        for _ in range(most):
            if not self._heap or self._heap[0][0] > now:
                return
            when, _, datagram = heapq.heappop(self._heap)
            again = datagram.ready(self._random, self._timing)
            if again is None:
                continue
            if again:
                # From `now`, if we are late: repetitions are for losses, and those come in bursts.
                self._push(max(when, now) + again, datagram)
            yield datagram

    @property
    def next_due(self) -> float | None:
        """When something is to be sent; None when nothing waits."""
        return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        return len(self._heap)

    def _push(self, when: float, datagram: Datagram) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, datagram))
