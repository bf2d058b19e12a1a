"""What a check says of an answer: each sentence raises a Departure where it is not so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emulator.conformance.exchange import Exchange
from emulator.conformance.names import DSC, DSP, SOAP, Name
from emulator.conformance.reading import Envelope, ToldFault, Unreadable
from emulator.conformance.structures import MANY
from emulator.conformance.verdict import Departure, Inconclusive

SENDER = Name(SOAP, "Sender")
RECEIVER = Name(SOAP, "Receiver")


def met(exchange: Exchange) -> str:
    """What came, in a few words."""
    if not exchange.answered:
        return f"no answer: {exchange.error}"
    envelope = exchange.told
    if exchange.udp:
        return f"a datagram of {len(exchange.body)} octets" if envelope is None else f"{_said(envelope)} (UDP)"
    if envelope is None:
        return f"HTTP {exchange.status} with {len(exchange.body)} octets of {exchange.content_type or 'no type'}"
    return f"{_said(envelope)} (HTTP {exchange.status})"


def _said(envelope: Envelope) -> str:
    fault = envelope.fault
    return str(fault) if fault is not None else str(envelope.body_name) if envelope.body is not None else "no body"


def expect(exchange: Exchange) -> Expectation:
    """Begin a sentence about an answer."""
    return Expectation(exchange)


class Expectation:
    """A sentence about one answer."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def departs(self, expected: str, found: str = "", place: Any = None) -> Departure:
        """It is not so."""
        return Departure(found or met(self.exchange), expected, [self.exchange], place)

    def answer(self, expected: str = "an answer") -> Envelope:
        """The envelope that came, whatever it says. Raises Inconclusive where none came in time."""
        exchange = self.exchange
        if not exchange.answered:
            if exchange.error.startswith(TIMED_OUT):
                raise Inconclusive(f"no answer in time: {exchange.error}", [exchange])
            raise self.departs(expected)
        try:
            return exchange.envelope
        except Unreadable as error:
            raise self.departs(expected, f"{met(exchange)}: {error}") from None

    def response(self, name: str, namespace: str = DSP) -> Envelope:
        """A response of that local name."""
        expected = f"{Name(namespace, name)}"
        envelope = self.answer(expected)
        if envelope.fault is not None or envelope.body_name != Name(namespace, name):
            raise self.departs(expected)
        return envelope

    def fault(self, code: Name | None, *subcodes: Name, also: Sequence[Name] = (), words: str = "") -> ToldFault:
        """A fault of that code (None: any) and one of those subcodes (none: any).

        - `also`: subcodes of the same meaning that other parts of the documents name.
        - `words`: what is expected, in place of the codes.
        """
        wanted = [*subcodes, *also]
        expected = (
            words
            or " or ".join(f"soap:Fault {'' if code is None else code.local + ', '}{each}" for each in subcodes)
            or f"a soap:Fault{'' if code is None else ' ' + code.local}"
        )
        envelope = self.answer(expected)
        fault = envelope.fault
        if fault is None:
            raise self.departs(expected)
        if code is not None and fault.code != code:
            raise self.departs(expected, place=envelope.root.find(".//{*}Code/{*}Value"))
        if wanted and fault.subcode not in wanted:
            raise self.departs(expected, place=envelope.root.find(".//{*}Code"))
        return fault

    def any_fault(self) -> ToldFault:
        """A fault, whichever."""
        return self.fault(None)

    def status(self, *statuses: int) -> None:
        """A status of HTTP."""
        expected = f"HTTP {' or '.join(map(str, statuses))}"
        if not self.exchange.answered:
            self.answer(expected)
        if self.exchange.status not in statuses:
            raise self.departs(expected)


TIMED_OUT = "timed out"
"""How the error of an exchange begins that was not answered in time."""


def both(local: str) -> tuple[Name, Name]:
    """A subcode in the namespaces of both services: the documents share the names."""
    return Name(DSP, local), Name(DSC, local)


def require(holds: bool, found: str, expected: str, exchanges: Iterable[Exchange], place: Any = None) -> None:
    """Raise a Departure unless it holds.

    - `found`: what was met.
    - `expected`: what should have come.
    - `exchanges`: those that show it.
    - `place`: the element in question, or its path.
    """
    if not holds:
        raise Departure(found, expected, list(exchanges), place)


def require_order(
    answer: Exchange, element: Any, order: tuple[str, ...], counts: dict[str, tuple[int, int]]
) -> None:
    """The children of these names stand in that order, each so often."""
    locals_ = [each.tag.rpartition("}")[2] for each in element if isinstance(each.tag, str)]
    found = [each for each in locals_ if each in order]
    places = [order.index(each) for each in found]
    require(places == sorted(places), f"{', '.join(found)}", f"the order {', '.join(order)}", [answer], element)
    for name, (least, most) in counts.items():
        count = found.count(name)
        wanted = f"{least} to {most}" if most < MANY else f"at least {least}"
        require(least <= count <= most, f"{count} elements {name}", wanted, [answer], element)
