"""What stands in the headers of each answer."""

from __future__ import annotations

from typing import Final

from emulator.conformance.check import invariant
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.kinds import (
    a_datagram,
    a_dsc_answer,
    a_fault,
    answers,
    dsc_responses,
    dsp_answers,
    dsp_faults,
    dsp_responses,
    faults,
    messages,
    responses,
    said,
)
from emulator.conformance.names import (
    ADDRESSING_FAULT,
    ANONYMOUS,
    PROBE,
    PROBE_MATCHES,
    RESOLVE,
    RESOLVE_MATCHES,
    WSA,
    Name,
)
from emulator.conformance.reading import ACTION, MESSAGE_ID, RELATES_TO, TO, Envelope

WANTED: Final = {PROBE: PROBE_MATCHES, RESOLVE: RESOLVE_MATCHES}
"""Action of a request -> that of its response, where it is not that with Response behind it."""


def _one(exchange: Exchange, name: Name) -> str:
    """The one header block of that name."""
    envelope = said(exchange)
    found = envelope.header(name)
    require(len(found) == 1, f"{len(found)} headers {name}", f"one header {name}", [exchange], envelope.root)
    return str(found[0]).strip()


def _asked(exchange: Exchange) -> Envelope:
    assert exchange.asked is not None
    return exchange.asked


@invariant("dsp/header/response-action", over=dsp_responses)
@invariant("dsc/wire/actions", over=dsc_responses, provoke=a_dsc_answer)
@invariant(
    "addressing/action/of-a-response",
    "notes/c-14/response-action-with-response",
    over=responses,
    provoke=a_datagram,
)
def response_action(exchange: Exchange) -> None:
    """The action of a response is that of its request with Response behind it."""
    asked = _asked(exchange).action
    wanted = WANTED.get(asked, f"{asked}Response")
    came = said(exchange).action.strip()
    require(
        came == wanted,
        f"wsa:Action {came or 'is missing'}",
        wanted,
        [exchange],
        "/soap:Envelope/soap:Header/wsa:Action",
    )


@invariant("addressing/action/required", over=messages, provoke=a_datagram)
def action(exchange: Exchange) -> None:
    """Every message has one wsa:Action."""
    require(bool(_one(exchange, ACTION)), "an empty wsa:Action", "an action", [exchange])


@invariant("dsp/fault/action", over=dsp_faults, provoke=a_fault)
@invariant("addressing/action/of-a-fault", over=faults, provoke=a_fault)
def fault_action(exchange: Exchange) -> None:
    """The action of a fault is that of WS-Addressing."""
    came = said(exchange).action.strip()
    require(came == ADDRESSING_FAULT, f"wsa:Action {came or 'is missing'}", ADDRESSING_FAULT, [exchange])


@invariant("dsp/header/message-id", over=dsp_responses)
@invariant("addressing/message-id/required", over=messages, provoke=a_datagram)
def message_id(exchange: Exchange) -> None:
    """Every message has one wsa:MessageID of its own."""
    came = _one(exchange, MESSAGE_ID)
    require(bool(came), "an empty wsa:MessageID", "a MessageID", [exchange])
    if not exchange.incoming:
        own = _asked(exchange).message_id
        require(came != own, "the MessageID of the request", "a MessageID of the answer's own", [exchange])


@invariant("dsp/header/relates-to", over=dsp_responses)
@invariant("dsp/fault/relates-to", over=dsp_faults, provoke=a_fault)
@invariant("addressing/relates-to/of-a-response", over=answers, provoke=a_datagram)
@invariant("bdsrr/2.2.2.1/required-headers", over=faults, provoke=a_fault)
@invariant("notes/c-10/headers-of-the-example-not-sent", over=dsc_responses, provoke=a_dsc_answer)
def relates_to(exchange: Exchange) -> None:
    """wsa:RelatesTo is the MessageID of the request."""
    came, wanted = _one(exchange, RELATES_TO), _asked(exchange).message_id
    require(came == wanted, f"wsa:RelatesTo {came}", wanted, [exchange], "/soap:Envelope/soap:Header/wsa:RelatesTo")


@invariant("dsp/header/response-to-anonymous", over=dsp_responses)
@invariant("addressing/to/of-a-response", over=answers, provoke=a_datagram)
def to_anonymous(exchange: Exchange) -> None:
    """wsa:To is anonymous."""
    came = _one(exchange, TO)
    require(came == ANONYMOUS, f"wsa:To {came}", ANONYMOUS, [exchange], "/soap:Envelope/soap:Header/wsa:To")


@invariant("addressing/anonymous/address", over=answers, provoke=a_datagram)
def anonymous_address(exchange: Exchange) -> None:
    """An address in wsa:To that means anonymous is that of 2004/08."""
    for came in said(exchange).header(TO):
        wrong = "anonymous" in came.lower() and came.strip() != ANONYMOUS
        require(not wrong, f"wsa:To {came}", ANONYMOUS, [exchange])


@invariant("addressing/namespace/of-2004-08", over=dsp_answers, provoke=a_datagram)
def addressing_namespace(exchange: Exchange) -> None:
    """The headers of WS-Addressing are those of 2004/08."""
    for block in said(exchange).all("/soap:Envelope/soap:Header/*"):
        name = Name(*block.tag[1:].split("}")) if block.tag.startswith("{") else Name("", block.tag)
        known = name.local in ("Action", "To", "MessageID", "RelatesTo", "ReplyTo", "FaultTo", "From")
        require(not known or name.namespace == WSA, f"{name}", f"{Name(WSA, name.local)}", [exchange], block)


@invariant("addressing/address/no-white-space-around", over=messages, provoke=a_datagram)
def no_white_space(exchange: Exchange) -> None:
    """Addresses and actions have no white space around them."""
    for name in (ACTION, TO, MESSAGE_ID, RELATES_TO):
        for block in said(exchange).blocks(name):
            came = block.text or ""
            require(came == came.strip(), f"white space around {name}", "none", [exchange], block)
