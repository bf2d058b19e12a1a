"""Writes down what a client sends to the device of the judge, octet by octet, and what comes back.

It listens where octets pass: nothing here is read by what the device reads with.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final

from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.reading import Unreadable, read_envelope
from emulator.layers import EVERYWHERE, Layers, Unplug
from emulator.transport import observe
from emulator.transport.points import BODY, DATAGRAM_PASSED, EXCHANGE, BodyOctets, DatagramPassed

MOST_REQUEST: Final = 1024 * 1024
"""Octets of a request that are kept."""
MOST_ANSWER: Final = 64 * 1024
"""Octets of an answer that are kept: images are not looked at."""
_OF_CLIENTS: Final = (b"Envelope", b"/Probe", b"/Resolve")
_OF_HOSTS: Final = (b"/Hello", b"/Bye", b"Matches")


class Hearing:
    """What comes is written down as of the situation that is named last."""

    def __init__(self, recording: Recording, only: Collection[str] | None = None) -> None:
        """`only`: IP addresses whose requests are written down; None: everybody's."""
        self.situation = ""
        """Name of the situation that the device is in."""
        self.recording = recording
        self._only = only
        self._open: dict[observe.Exchange, Exchange] = {}

    def plug(self, layers: Layers) -> Unplug:
        """Listen at a device's layers, and to the datagrams of this process."""
        plugged = [
            layers.listen(BODY, self._octets),
            layers.listen(EXCHANGE, self._ended),
            EVERYWHERE.listen(DATAGRAM_PASSED, self.datagram),
        ]

        def unplug() -> None:
            for each in plugged:
                each()

        return unplug

    @property
    def busy(self) -> bool:
        """Whether an exchange is under way."""
        return bool(self._open)

    def _octets(self, passed: BodyOctets) -> None:
        made = self._of(passed.exchange)
        if made is not None and passed.of == "request":
            made.request = (made.request + passed.octets)[:MOST_REQUEST]
        elif made is not None:
            made.body = (made.body + passed.octets)[:MOST_ANSWER]

    def _of(self, exchange: observe.Exchange) -> Exchange | None:
        """What is written of an exchange; None of one that is not."""
        incoming = exchange.side == "server"
        if incoming and not self._meant(exchange.remote):
            return None
        if exchange not in self._open:
            made = self.recording.new(self.situation, "", exchange.url, exchange.request_headers, b"")
            made.method, made.incoming, made.began = exchange.method, incoming, exchange.started
            self._open[exchange] = made
        return self._open[exchange]

    def _ended(self, exchange: observe.Exchange) -> None:
        made = self._of(exchange)
        self._open.pop(exchange, None)
        if made is None:
            return
        made.request_headers = exchange.request_headers
        made.status, made.reason, made.headers = exchange.status, exchange.reason, exchange.response_headers
        made.error = exchange.error
        made.ms = 1000 * sum(exchange.timings.values())
        made.operation = _operation(made)

    def datagram(self, passed: DatagramPassed) -> None:
        """Write down what somebody asks by UDP; what other hosts say of themselves is passed over."""
        data = passed.data
        asks = any(each in data for each in _OF_CLIENTS) and not any(each in data for each in _OF_HOSTS)
        if passed.direction != "received" or not asks or not self._meant(passed.peer):
            return
        host = f"[{passed.peer}]" if ":" in passed.peer else passed.peer
        made = self.recording.new(self.situation, "", f"soap.udp://{host}", (), data)
        made.udp, made.incoming, made.began = True, True, time.time()
        made.operation = _operation(made)

    def _meant(self, address: str) -> bool:
        return self._only is None or address.partition("%")[0] in self._only


def _operation(made: Exchange) -> str:
    """How people call it: the last segment of its action."""
    try:
        envelope = read_envelope(made.request)
    except Unreadable:
        return made.method
    return envelope.action.strip().rpartition("/")[2] or envelope.body_name.local or made.method
