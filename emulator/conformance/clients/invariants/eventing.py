"""Subscriptions of a client, and its answers to events (docs/protocol/dpws.md, section 8)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.conformance.clients.checks import invariant
from emulator.conformance.clients.kinds import (
    at_the_device,
    body_root,
    events,
    expiring,
    filtered,
    managing,
    of_eventing,
    request_of,
    subscribes,
)
from emulator.conformance.devices.structure import children, text
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import met, require, require_order
from emulator.conformance.kinds import said
from emulator.conformance.names import ACTION_FILTER, PUSH, WSCN, WSE, Name
from emulator.conformance.reading import name_of

ORDER: Final = ("EndTo", "Delivery", "Expires", "Filter")
"""[eventing/subscribe/body]"""
IDENTIFIER: Final = Name(WSE, "Identifier")
_DURATION: Final = re.compile(
    r"(-?)P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_SECONDS: Final = (365 * 86400.0, 30 * 86400.0, 86400.0, 3600.0, 60.0, 1.0)


def seconds_of(expires: str, now: float) -> float | None:
    """How long an Expires holds, in seconds from `now` (Unix time); None for what is neither xs:duration nor
    xs:dateTime."""
    found = _DURATION.fullmatch(expires)
    if found is not None:
        whole = sum(float(part or 0) * each for part, each in zip(found.groups()[1:], _SECONDS, strict=True))
        return -whole if found[1] else whole
    try:
        until = datetime.fromisoformat(expires)
    except ValueError:
        return None
    if "T" not in expires:
        return None
    return (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now


def _expires(exchange: Exchange) -> Any:
    return said(exchange).all("//wse:Expires")[0]


@invariant("eventing/namespace/of-2004-08", over=of_eventing)
def eventing_namespace(exchange: Exchange) -> None:
    """Element and action of an operation are of WS-Eventing 2004/08."""
    name, came = said(exchange).body_name, said(exchange).action.strip()
    require(name.namespace == WSE, f"{name}", f"{Name(WSE, name.local)}", [exchange], said(exchange).body)
    wanted = f"{WSE}/{body_root(exchange)}"
    require(came == wanted, f"wsa:Action {came or 'is missing'}", wanted, [exchange])


@invariant("eventing/subscribe/to-the-hosted-service", over=subscribes)
def to_the_hosted_service(exchange: Exchange) -> None:
    """Subscribe goes to a hosted service, not to the device."""
    path = urlsplit(exchange.url).path
    require(not at_the_device(exchange), f"Subscribe at {path}, the device", "a hosted service", [exchange])


@invariant("eventing/subscribe/body", over=subscribes)
def subscribe_body(exchange: Exchange) -> None:
    """The children of Subscribe stand in their order, and Delivery has NotifyTo."""
    body: Any = said(exchange).body
    once = {"EndTo": (0, 1), "Delivery": (1, 1), "Expires": (0, 1), "Filter": (0, 1)}
    require_order(exchange, body, ORDER, once)
    others = [number for number, each in enumerate(body) if name_of(each).local not in ORDER]
    known = [number for number, each in enumerate(body) if name_of(each).local in ORDER]
    require(
        not others or min(others) > max(known), "an extension before those", "extensions behind", [exchange], body
    )
    address = said(exchange).text("//wse:Delivery/wse:NotifyTo/wsa:Address")
    require(bool(address), "a Delivery without the address of NotifyTo", "one", [exchange], body)


@invariant("eventing/delivery/push", over=subscribes)
def push(exchange: Exchange) -> None:
    """The mode of delivery is Push, or none is named."""
    for each in said(exchange).all("//wse:Delivery"):
        came = each.get("Mode")
        require(came in (None, PUSH), f"Mode {came}", PUSH, [exchange], each)


@invariant("eventing/filter/dialect", over=filtered)
def filter_dialect(exchange: Exchange) -> None:
    """The dialect of a filter is that of DPWS."""
    for each in said(exchange).all("//wse:Filter"):
        came = each.get("Dialect")
        require(came == ACTION_FILTER, f"Dialect {came or 'is missing'}", ACTION_FILTER, [exchange], each)


@invariant("eventing/filter/list-of-actions", over=filtered)
def filter_actions(exchange: Exchange) -> None:
    """A filter lists URIs."""
    for each in said(exchange).all("//wse:Filter"):
        words = (each.text or "").split()
        wrong = [word for word in words if not urlsplit(word).scheme]
        require(bool(words) and not wrong, f"{' '.join(wrong) or 'nothing'}", "URIs of actions", [exchange], each)


@invariant("eventing/expires/form", over=expiring)
def expires_form(exchange: Exchange) -> None:
    """Expires is a duration or a time."""
    element = _expires(exchange)
    came = text(element)
    right = seconds_of(came, exchange.began) is not None
    require(right, f"wse:Expires {came!r}", "an xs:duration or an xs:dateTime", [exchange], element)


@invariant("eventing/expires/in-the-future", over=expiring)
def expires_in_the_future(exchange: Exchange) -> None:
    """Expires is still to come."""
    element = _expires(exchange)
    left = seconds_of(text(element), exchange.began)
    require(left is None or left > 0, f"wse:Expires {text(element)}", "a time to come", [exchange], element)


@invariant("eventing/manager/identifier-as-a-header", over=managing)
def identifier_as_a_header(exchange: Exchange) -> None:
    """Renew, GetStatus and Unsubscribe have wse:Identifier as a header."""
    count = len(said(exchange).blocks(IDENTIFIER))
    require(count == 1, f"{count} headers {IDENTIFIER}", f"one header {IDENTIFIER}", [exchange])


@invariant("eventing/delivery/answer", over=events)
def answer_to_an_event(exchange: Exchange) -> None:
    """An event is answered with 202, or with 200."""
    right = exchange.status in (200, 202) and (exchange.status == 200 or not exchange.body.strip())
    require(right, met(exchange), "HTTP 202 without a body, or HTTP 200", [exchange])


def _for_scans(recording: Recording) -> list[Exchange]:
    return [
        each
        for each in filtered(recording)
        if any("ScanAvailableEvent" in text(one) for one in said(each).all("//wse:Filter"))
    ]


@invariant("wscn/scan-available/scan-destinations", over=_for_scans)
def scan_destinations(exchange: Exchange) -> None:
    """A Subscribe for ScanAvailableEvent says which destinations the client offers."""
    found = said(exchange).all("//wse:Subscribe/wscn:ScanDestinations")
    require(len(found) == 1, f"{len(found)} wscn:ScanDestinations", "one", [exchange], request_of(exchange))
    offered = children(found[0], "ScanDestination")
    require(bool(offered), "no wscn:ScanDestination", "one or more", [exchange], found[0])
    for each in offered:
        for name in ("ClientDisplayName", "ClientContext"):
            right = bool(text(each.find(f"{{{WSCN}}}{name}")))
            require(right, f"a destination without {name}", "both names", [exchange], each)
