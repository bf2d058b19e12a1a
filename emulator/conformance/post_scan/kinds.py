"""Kinds of requests of a device that invariants look at."""

from __future__ import annotations

from urllib.parse import unquote

from emulator.conformance.check import Over
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.kinds import events, holding
from emulator.conformance.mime import Part
from emulator.conformance.names import DSP, WSD, WSE
from emulator.conformance.reading import Unreadable

requested = events
"""Its requests whose envelope can be read."""


def everything(recording: Recording) -> list[Exchange]:
    """Its requests of HTTP, whatever they hold."""
    return [each for each in recording.events if each.method]


def sent(recording: Recording) -> list[Exchange]:
    """Those whose envelope can be read, as if they were answers."""
    return [each.as_sent for each in requested(recording)]


def of_service(namespace: str) -> Over:
    """Those whose action is of that namespace."""

    def found(recording: Recording) -> list[Exchange]:
        return [each for each in requested(recording) if _action(each).startswith(f"{namespace}/")]

    return found


def of_operation(*operations: str) -> Over:
    """Those of these operations."""
    return lambda recording: [each for each in requested(recording) if each.operation in operations]


def packages(recording: Recording) -> list[Exchange]:
    """Those that are MIME packages with parts, as if they were answers."""
    return [each.as_sent for each in recording.events if each.package_type and _has_parts(each)]


def all_packages(recording: Recording) -> list[Exchange]:
    """Those that say that they are packages, as if they were answers."""
    return [each.as_sent for each in recording.events if each.package_type and not each.error and not each.early]


def images(recording: Recording) -> list[Exchange]:
    """SendImage that is a package."""
    return [each for each in of_operation("SendImage")(recording) if each.package_type]


dsp = of_service(DSP)
eventing = of_service(WSE)
probes = of_operation("Probe")
gets = of_operation("Get")
creates = of_operation("CreatePostScanJob")
documented = holding(requested, "/soap:Envelope/soap:Body/dsp:*")
subscribes = holding(requested, "//wse:Subscribe")
filters = holding(requested, "//wse:Subscribe/wse:Filter")
discovery = of_service(WSD)


def images_in(exchange: Exchange) -> list[bytes]:
    """What its xop:Include names: the data of each part with that Content-ID. Parts that nobody names may stand
    beside it. [mtom/include/href]"""
    sent = exchange.as_sent
    named = {unquote(each.get("href", "").removeprefix("cid:")) for each in sent.envelope.all("//xop:Include")}
    return [part.data for part in sent.parts if _id_of(part).strip("<> ") in named]


def image_in(exchange: Exchange) -> bytes:
    """The image that it sends; where none is named the last part."""
    return next(iter(images_in(exchange)), exchange.as_sent.parts[-1].data)


def _id_of(part: Part) -> str:
    return next((value for name, value in part.headers if name.lower() == "content-id"), "")


def _action(exchange: Exchange) -> str:
    return "" if exchange.asked is None else exchange.asked.action.strip()


def _has_parts(exchange: Exchange) -> bool:
    try:
        return len(exchange.as_sent.parts) > 0 and not exchange.error and not exchange.early
    except Unreadable:
        return False
