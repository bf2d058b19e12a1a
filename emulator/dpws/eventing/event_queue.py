"""Brings the events of one subscriber to it: in order, one at a time, each once or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import ssl
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from emulator.dpws.answer import WSDAPI_HEADERS
from emulator.dpws.call import operation_of
from emulator.dpws.eventing.source_hosting import ClientFactory, SourceHosting
from emulator.dpws.points import EVENT, Bringing, OutgoingEvent
from emulator.dpws.writing import Writer
from emulator.layers import InterventionFailed, Layers
from emulator.soap.constants import SOAP_CONTENT_TYPE
from emulator.transport.client import StreamClient
from emulator.transport.http import BytesBody, Carried, ExchangeError, HttpClient, HttpRequest, Stage, TimeLimits
from emulator.transport.observe import ON_PURPOSE, purposes

_log = logging.getLogger(__name__)

KEPT: Final = 2.0
"""Seconds for which the client of a subscriber is kept when nothing waits."""
CROWD: Final = 64
"""Events that wait before newer ones take the place of older ones about the same."""
MAX_ANSWER: Final = 64 * 1024
"""Octets of the answer to an event that are read. It should have none."""


def event_clients(ssl_context: ssl.SSLContext | None = None, layers: Layers | None = None) -> ClientFactory:
    """Makes clients that read short answers only. Without `ssl_context` each verifies https against the system's
    roots, which it reads when it first meets an https address."""
    return lambda: StreamClient(ssl_context, layers, max_response=MAX_ANSWER)


class Undelivered(Exception):
    """A message that did not arrive, or was not taken. `again`: it surely was not processed. `str()`: one line."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


async def send_event(client: HttpClient, url: str, data: bytes, seconds: float, name: str = "") -> None:
    """Send one envelope; any answer of the 200s will do, whatever its body. Raises Undelivered.

    - `client`: by whom it goes.
    - `url`: of the subscriber.
    - `data`: the envelope.
    - `seconds`: for all of it.
    - `name`: of the event, for who alters octets.

    [eventing/delivery/answer] [clients/wsd-python/events-with-content-length]
    """
    asked = HttpRequest(
        url, (("Content-Type", SOAP_CONTENT_TYPE), *WSDAPI_HEADERS), BytesBody(data), carried=Carried(name)
    )
    try:
        async with asyncio.timeout(seconds):
            answer = await client.exchange(asked, TimeLimits(connect=seconds, read=seconds))
    except ExchangeError as error:
        raise Undelivered(str(error), again=error.stage in (Stage.CONNECT, Stage.TLS)) from None
    except TimeoutError:
        raise Undelivered(f"not taken within {seconds:g} s", again=False) from None
    if not 200 <= answer.status < 300:
        raise Undelivered(f"answered HTTP {answer.status}", again=False)


async def bringing(layers: Layers, event: OutgoingEvent) -> Bringing:
    """How an event is brought; what is done on purpose is noted of this event from now on. Raises
    InterventionFailed."""
    ON_PURPOSE.set([])
    return await layers.ask(EVENT, event) if layers.handled(EVENT) else Bringing()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is to be sent."""

    data: bytes
    action: str
    about: str = ""
    """What it tells of, a job for example: where many wait, a newer one of the same action takes its place."""


class EventQueue:
    """The queue of one subscriber. There is a task only while something is in it; the connection is kept a little
    longer, as events come in bursts.

    Where many wait, an event takes the place of an older one about the same: the newest tells what is, the older
    what was. An event too many takes the place of the oldest, and a subscriber that takes nothing at all is dropped
    by its failures.
    """

    def __init__(
        self,
        name: str,
        url: str,
        hosting: SourceHosting,
        give_up: Callable[[str], None],
        tasks: set[asyncio.Task[None]],
    ) -> None:
        """These are its parameters.

        - `name`: for the log.
        - `give_up`: told the reason when too many deliveries have failed in a row.
        - `tasks`: where a task is held on to while it runs.
        """
        self._name = name
        self._url = url
        self._layers = hosting.layers
        self._client_factory = hosting.client_factory
        self._limits = hosting.limits
        self._writer = Writer(hosting.layers, "client")
        self._give_up = give_up
        self._tasks = tasks
        self._waiting: OrderedDict[int, Waiting] = OrderedDict()
        """By number, in order."""
        self._come = asyncio.Event()
        """Something has been put."""
        self._numbers = itertools.count()
        self._newest: dict[tuple[str, str], int] = {}
        """Of those that wait, by action and what they are about."""
        self._running: asyncio.Task[None] | None = None
        self._client: HttpClient | None = None
        """Kept for the next event."""
        self._closing: asyncio.TimerHandle | None = None
        self._failures = 0
        self._dropped = 0

    @property
    def idle(self) -> bool:
        """Nothing waits and nothing is under way."""
        return self._running is None

    def put(self, event: Waiting) -> None:
        """Send an event when those before it have gone."""
        about = (event.action, event.about)
        if event.about and len(self._waiting) >= CROWD:
            self._waiting.pop(self._newest.get(about, -1), None)
        if len(self._waiting) >= self._limits.queue:
            self._oldest()
            self._dropped += 1
            if self._dropped == 1:
                _log.warning("%s takes events too slowly: the oldest are dropped", self._name)
        number = next(self._numbers)
        self._waiting[number] = event
        self._come.set()
        if event.about:
            self._newest[about] = number
        if self._running is None:
            self._running = self._task(self._run())

    def cancel(self) -> None:
        """Send nothing more."""
        self._forget()
        self._close()
        running, self._running = self._running, None
        # Its own task is at its end when it gives up; it has yet to close the connection.
        if running is not None and running is not asyncio.current_task():
            running.cancel()

    async def _run(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        client, self._client = self._client or self._client_factory(), None
        try:
            while self._waiting:
                await self._pass(client, self._oldest())
        finally:
            goes_on = self._running is asyncio.current_task()
            if self._dropped:
                _log.warning("%s: %d events were dropped", self._name, self._dropped)
                self._dropped = 0
            if goes_on:
                self._running = None
                self._client = client
                self._closing = asyncio.get_running_loop().call_later(KEPT, self._close)
            else:
                await client.aclose()

    async def _pass(self, client: HttpClient, event: Waiting) -> None:
        """One event, as the handler of EVENT wants it brought."""
        name = operation_of(event.action)
        try:
            how = await bringing(self._layers, OutgoingEvent(name, self._url, event.about))
        except InterventionFailed:  # told already; this event does not go out
            return
        noted = purposes()
        if how.behind:
            await self._wait_for(how.behind, how.seconds)
            for _ in range(how.behind):
                if self._waiting:
                    await self._pass(client, self._oldest())
        for _ in range(how.times):
            if self._running is asyncio.current_task():  # the subscriber has not been given up meanwhile
                ON_PURPOSE.set([*noted])
                await self._bring(client, event)

    async def _wait_for(self, number: int, seconds: float) -> None:
        """Return when so many wait, or the seconds are over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self._waiting) < number:
                    self._come.clear()
                    await self._come.wait()

    def _oldest(self) -> Waiting:
        """Out of the queue."""
        number, event = self._waiting.popitem(last=False)
        about = (event.action, event.about)
        if self._newest.get(about) == number:
            del self._newest[about]
        return event

    def _forget(self) -> None:
        """What waits."""
        self._waiting.clear()
        self._newest.clear()

    def _close(self) -> None:
        """Close what was kept."""
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        client, self._client = self._client, None
        if client is not None:
            self._task(client.aclose())

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _bring(self, client: HttpClient, event: Waiting) -> None:
        """One event; again and again while it surely has not arrived. [eventing/delivery/undeliverable]"""
        try:
            data = await self._writer.altered(event.data, event.action, operation_of(event.action), self._url)
        except InterventionFailed:  # told already; this event does not go out
            return
        again = True
        while again:
            try:
                await send_event(client, self._url, data, self._limits.delivery, operation_of(event.action))
                self._failures = 0
                return
            except Undelivered as error:
                reason, again = str(error), error.again
            except Exception as error:  # a bug: the subscriber's other events shall not wait for ever
                _log.exception("%s: an event could not be sent", self._name)
                reason, again = type(error).__name__, False
            self._failures += 1
            _log.info("%s: event not delivered (%d in a row): %s", self._name, self._failures, reason)
            if self._failures >= self._limits.failures:
                self._forget()
                self._give_up(reason)
                return
            if again:
                await asyncio.sleep(self._limits.pause)
