"""Scan servers for load runs that misbehave as they are told: made of the sink, on the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from emulator.loading.null_sink import PATH, NullSink, templates_for
from emulator.options.load import LoadOptions

FILE_SHARE = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/fileshare"


@dataclass
class Peer:
    """A server, and what it does."""

    url: str = ""
    delay: float = 0.0
    """Seconds before each answer."""
    answers: Callable[[bytes], bool] = lambda action: True
    """Whether a request of that action gets an answer; else the connection is closed."""
    asked: list[bytes] = field(default_factory=list)
    """Actions, as they came."""
    upset: Callable[[], None] | None = None
    """is called once, when four jobs have been ended."""
    server: asyncio.Server | None = None
    connections: set[asyncio.Transport] = field(default_factory=set)
    most_connections: int = 0

    def die(self) -> None:
        """Listen no more, and break what there is."""
        assert self.server is not None
        self.server.close()
        for each in tuple(self.connections):
            each.abort()


class _Sink(NullSink):
    def __init__(self, peer: Peer) -> None:
        super().__init__(templates_for([FILE_SHARE]))
        self._peer = peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._peer.connections.add(self._transport)
        self._peer.most_connections = max(self._peer.most_connections, len(self._peer.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer.connections.discard(self._transport)

    def answer(self, head: bytes) -> None:
        action = self.action_of(head)
        self._peer.asked.append(action)
        if self._peer.upset is not None and self._peer.asked.count(b"EndPostScanJob") == 4:
            asyncio.get_running_loop().call_later(0.1, self._peer.upset)
            self._peer.upset = None
        if not self._peer.answers(action):
            self._transport.abort()
        elif self._peer.delay:
            asyncio.get_running_loop().call_later(self._peer.delay, super().answer, head)
        else:
            super().answer(head)


@asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """A server that behaves until it is told otherwise."""
    found = Peer()
    server = await asyncio.get_running_loop().create_server(lambda: _Sink(found), "127.0.0.1", 0)
    found.server = server
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}"
    try:
        yield found
    finally:
        found.die()
        await server.wait_closed()


def options(service: str, **more: object) -> LoadOptions:
    """Of a run with small pages, at a service that is not looked for, without calibration."""
    given: dict[str, object] = {
        "service": service,
        "users": 4,
        "spawn_rate": 1000.0,
        "calibrate": "none",
        "settings": ("Resolution=100x100", "ColorProcessing=Grayscale8"),
        "connect_timeout": 2.0,
        "read_timeout": 2.0,
        **more,
    }
    return LoadOptions.of(**given)


class Silent:
    """A LoadReporter."""

    def __init__(self) -> None:
        self.calibration: object = "not told"

    def planned(self, *told: object) -> None:
        pass

    def calibrated(self, found: object) -> None:
        self.calibration = found

    def begins(self, *told: object) -> Callable[[], None]:
        return lambda: None
