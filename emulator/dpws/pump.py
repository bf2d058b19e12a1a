"""Runs a responder on an event loop: hands it what comes in, and sends what is due when it is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container
from random import Random

from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.datagram_sender import DatagramSender
from emulator.dpws.outbox import Link, SocketAddress
from emulator.dpws.responder import DatagramOrigin, Responder
from emulator.dpws.timing import Timing
from emulator.layers import Layers
from emulator.transport.refusals import Refusals

_log = logging.getLogger(__name__)


class Pump:
    """A responder with the clock of the running loop."""

    def __init__(
        self,
        *,
        timing: Timing | None = None,
        limits: RateLimits | None = None,
        random: Random | None = None,
        layers: Layers | None = None,
        reserved: Container[str] = (),
    ) -> None:
        """These are its parameters.

        - `timing`, `limits`, `random`: how long answers wait, how many there are, and what is drawn by lot.
        - `layers`: that see each datagram.
        - `reserved`: see Responder.
        """
        self._sender = DatagramSender(layers)
        # Delays and MessageIDs: nothing that anybody must not guess.
        self.responder = Responder(random or Random(), timing, limits, self._refused, reserved)  # noqa: S311
        self._refusals = Refusals(_log)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def now(self) -> float:
        """Seconds of the clock that the responder is told."""
        return self._loop.time()

    def received(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
        """A datagram has come; `local`: see `DatagramOrigin`."""
        try:
            self.responder.received(data, DatagramOrigin(link, sender, local), self.now)
        except Exception:
            # Whatever a peer sends: the next one is answered.
            _log.exception("a datagram of %s could not be answered", sender[0])
        self.send_due()

    def _refused(self, host: str) -> None:
        self._refusals.tell(host, "has asked by UDP more often than it is answered")

    def send_due(self) -> None:
        """Send what is due, and see to it that the rest is sent in its time."""
        for datagram in self.responder.due(self.now):
            self._sender.send(datagram)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.responder.next_due
        if due is not None:
            self._timer = self._loop.call_at(due, self.send_due)

    async def drain(self, limit: float = 3.0) -> None:
        """Wait until nothing is left to be sent, at most `limit` seconds."""
        end = self.now + limit
        while (due := self.responder.next_due) is not None and self.now < end:
            await asyncio.sleep(min(max(due - self.now, 0), end - self.now))
            self.send_due()
        await self._sender.drain(max(end - self.now, 0))

    def close(self) -> None:
        """Send nothing more."""
        self._sender.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
