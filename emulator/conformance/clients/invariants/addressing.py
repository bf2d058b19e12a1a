"""WS-Addressing of a client's requests (docs/protocol/dpws.md, section 4)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from emulator.conformance.check import Over
from emulator.conformance.clients.checks import invariant, share
from emulator.conformance.clients.kinds import messages, of_eventing, of_scanning, requests
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import said
from emulator.conformance.names import ANONYMOUS, WSA, Name
from emulator.conformance.reading import TO

REPLY_TO: Final = Name(WSA, "ReplyTo")
FAULT_TO: Final = Name(WSA, "FaultTo")

share(
    messages,
    "emulator.conformance.invariants.headers",
    (
        "addressing/action/required",
        "addressing/message-id/required",
        "addressing/address/no-white-space-around",
        "addressing/namespace/of-2004-08",
    ),
)


def _to_services(recording: Recording) -> list[Exchange]:
    return [*of_scanning(recording), *of_eventing(recording)]


def _with(name: Name) -> Over:
    return lambda recording: [each for each in messages(recording) if said(each).blocks(name)]


@invariant("addressing/to/of-a-request", over=_to_services)
def to_of_a_request(exchange: Exchange) -> None:
    """wsa:To is the address of the service that is asked."""
    found = said(exchange).header(TO)
    require(len(found) == 1, f"{len(found)} headers {TO}", f"one header {TO}", [exchange])
    parts, asked = urlsplit(found[0].strip()), urlsplit(exchange.url)
    # The host may have several names and addresses; paths are compared as WSDAPI does, whatever the case.
    same = parts.scheme == asked.scheme and parts.path.rstrip("/").lower() == asked.path.rstrip("/").lower()
    require(same, f"wsa:To {found[0]}", f"the address of the service at {asked.path}", [exchange])


def _anonymous(exchange: Exchange, name: Name) -> None:
    for block in said(exchange).blocks(name):
        came = "".join(block.xpath("*[local-name()='Address']/text()")).strip()
        require(came == ANONYMOUS, f"{name} {came}", f"{ANONYMOUS}, or no {name}", [exchange], block)


@invariant("addressing/reply-to/anonymous-or-absent", "wsdapi/reply-to/anonymous", over=requests)
def reply_to(exchange: Exchange) -> None:
    """ReplyTo of a request by HTTP is anonymous, or missing."""
    _anonymous(exchange, REPLY_TO)


@invariant("addressing/fault-to/anonymous-or-absent", over=requests)
def fault_to(exchange: Exchange) -> None:
    """FaultTo of a request by HTTP is anonymous, or missing."""
    _anonymous(exchange, FAULT_TO)


@invariant("addressing/anonymous/address", over=_with(REPLY_TO))
def anonymous_address(exchange: Exchange) -> None:
    """An address that means anonymous is that of 2004/08."""
    for name in (REPLY_TO, FAULT_TO, TO):
        for block in said(exchange).blocks(name):
            came = "".join(block.itertext()).strip()
            wrong = "anonymous" in came.lower() and came != ANONYMOUS
            require(not wrong, f"{name} {came}", ANONYMOUS, [exchange], block)
