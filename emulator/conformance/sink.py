"""Where the peer's events come: a host of the judge's own, which records them."""

from __future__ import annotations

import asyncio
import time
import uuid

from emulator.conformance.exchange import Exchange, Recording
from emulator.transport.host import HttpHost
from emulator.transport.http import BodyBroken, IncomingRequest, OutgoingResponse, Unanswered

_MOST = 1024 * 1024
"""Octets of an event that are kept."""


class EventSink:
    """Takes whatever is sent to one of its addresses. `async with`."""

    def __init__(self, recording: Recording, bind: str) -> None:
        """`bind`: the IP address of this machine at which the peer reaches it."""
        self._recording = recording
        self._bind = bind
        self._host = HttpHost(self._take, bind=bind)
        self._came = asyncio.Condition()
        self.statuses: dict[str, int] = {}
        """Address -> the status of HTTP that is answered there; 202 where nothing stands here."""
        self.silent: set[str] = set()
        """Addresses at which an event is taken and never answered."""
        self._closing: asyncio.Server | None = None

    async def __aenter__(self) -> EventSink:
        await self._host.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._closing is not None:
            self._closing.close()
        await self._host.stop()

    def address(self) -> str:
        """A new address, at which nothing has come."""
        return f"{self._host.base_url}/{uuid.uuid4()}"

    async def closing_address(self) -> str:
        """An address at which each connection is closed as soon as something has come."""
        if self._closing is None:
            self._closing = await asyncio.start_server(_close, self._bind, 0)
        port = self._closing.sockets[0].getsockname()[1]
        host = f"[{self._bind}]" if ":" in self._bind else self._bind
        return f"http://{host}:{port}/{uuid.uuid4()}"

    def at(self, address: str) -> list[Exchange]:
        """What has come at an address, in order."""
        return [each for each in self._recording.events if each.url == address]

    async def wait(self, address: str, local_name: str, seconds: float, count: int = 1) -> list[Exchange]:
        """What has come there of that action's last segment, once it is so many or the time is over."""

        def found() -> list[Exchange]:
            return [each for each in self.at(address) if each.operation == local_name]

        async with self._came:
            try:
                async with asyncio.timeout(seconds):
                    await self._came.wait_for(lambda: len(found()) >= count)
            except TimeoutError:
                pass
        return found()

    async def _take(self, request: IncomingRequest) -> OutgoingResponse:
        octets = b""
        try:
            async for piece in request.body:
                octets = (octets + bytes(piece))[:_MOST]
        except BodyBroken:
            pass
        url = f"{self._host.base_url}{request.path}"
        made = self._recording.new("", "", url, tuple(request.headers.items()), octets)
        made.incoming, made.began, made.status = True, time.time(), self.statuses.get(url, 202)
        asked = made.asked
        made.operation = "" if asked is None else asked.action.rpartition("/")[2]
        async with self._came:
            self._came.notify_all()
        if url in self.silent:
            raise Unanswered
        return OutgoingResponse(made.status)


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.close()
