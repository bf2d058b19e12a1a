"""What the journal is told of an HTTP exchange: which operation it was, what for, and whether it was answered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, Literal

from emulator.dpws.constants import SUBSCRIPTION_END
from emulator.dpws.points import DeviationMet
from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.soap.bounds import XmlRefused
from emulator.soap.envelope import read_envelope
from emulator.soap.fault import FaultError
from emulator.trace.kinds import DatagramTold, DeviationTold, EventTold, ExchangeTold
from emulator.trace.masking import masked, masked_url
from emulator.trace.purpose import PURPOSE
from emulator.transport.observe import Exchange
from emulator.transport.points import DatagramPassed

_ACTION: Final = re.compile(rb"<(?:[\w.-]{1,100}:)?Action\b[^<>]*>\s*([^<>\s]{1,2000})")
_ROOT: Final = re.compile(rb"<(?:[\w.-]{1,100}:)?Envelope\b")
_HEAD: Final = 16 * 1024
"""Octets of a message in which its Action is looked for."""
_EVENT: Final = "Event"
"""How the names of all events of WS-Scan, WS-DSD, WS-DSP and WS-DSC end."""
_GIVEN_UP: Final = {"CancelledError": "given up by us, or no answer in time"}
_END: Final = SUBSCRIPTION_END.rpartition("/")[2]


def exchange_told(exchange: Exchange) -> ExchangeTold | EventTold:
    """What is told of it; with the purpose of the running task, if it is that."""
    operation = _operation(exchange)
    direction: Literal["sent", "received"] = "sent" if exchange.side == "client" else "received"
    told = EventTold if operation.endswith(_EVENT) or operation == _END else ExchangeTold
    exchanged = told(
        direction,
        operation,
        masked_url(exchange.url),
        exchange.remote,
        exchange.status,
        _fault(exchange),
        _error(exchange),
        exchange.request_size,
        exchange.response_size,
        round(1000 * sum(exchange.timings.values()), 3),
    )
    purpose = PURPOSE.get() if direction == "sent" else None
    if isinstance(exchanged, EventTold) or purpose is None or not purpose.is_of(exchange, operation):
        return exchanged
    purpose.problem = (
        exchanged.error or exchanged.fault or ("" if exchange.status < 300 else f"HTTP {exchange.status}")
    )
    return replace(
        exchanged, again=purpose.again, poll=purpose.poll, document_id=purpose.document_id, job_request=True
    )


def deviation_told(met: DeviationMet) -> DeviationTold:
    """What is told of it."""
    found = met.deviation
    return DeviationTold(met.operation, found.id, found.place, found.detail, found.clause, masked_url(met.peer))


def datagram_told(datagram: DatagramPassed) -> DatagramTold:
    """What is told of it."""
    return DatagramTold(datagram.direction, _action(datagram.data), datagram.peer, len(datagram.data))


def _operation(exchange: Exchange) -> str:
    """The last segment of the request's wsa:Action, else the HTTP method."""
    return _action(exchange.request_start) or exchange.method


def _action(message: bytes) -> str:
    """The last segment of its wsa:Action; '' for what is no envelope."""
    start = message[:_HEAD]
    found = _ACTION.search(start) if _ROOT.search(start) else None
    return "" if found is None else found[1].decode("utf-8", "replace").rstrip("/").rpartition("/")[2]


def _fault(exchange: Exchange) -> str:
    """Code and reason of an answer that is a fault; '' of any other."""
    start = exchange.response_start
    if exchange.status < 400 and b"Fault" not in start[:_HEAD]:
        return ""
    if not _ROOT.search(start[:_HEAD]) or len(start) < exchange.response_size:
        return ""
    try:
        fault = read_envelope(start, EVERY_ADDRESSING, answer=True).message.fault
    except (XmlRefused, FaultError):
        return ""
    return "" if fault is None else str(fault)


def _error(exchange: Exchange) -> str:
    return _GIVEN_UP.get(exchange.error) or masked(exchange.error)
