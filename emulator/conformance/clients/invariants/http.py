"""HTTP and envelopes of what a client sends (docs/protocol/dpws.md, sections 1 to 3)."""

from __future__ import annotations

from typing import Final

from emulator.conformance.clients.checks import invariant, share
from emulator.conformance.clients.kinds import by_udp, messages, requests, sent
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import said
from emulator.conformance.mime import media_type, parameter
from emulator.conformance.names import SOAP
from emulator.conformance.reading import Unreadable, read_envelope

SOAP_TYPE: Final = "application/soap+xml"
MOST_OCTETS: Final = 32767
"""[soap/udp/size] [soap/envelope/size]"""
WSDAPI_HEADERS: Final = {
    "User-Agent": "WSDAPI",
    "Connection": "Keep-Alive",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
}
"""[soap/http/wsdapi-headers]"""

share(
    messages,
    "emulator.conformance.invariants.envelopes",
    (
        "soap/envelope/utf-8",
        "soap/envelope/no-processing-instructions",
        "soap/envelope/elements-alone",
        "soap/envelope/header-then-body",
        "soap/envelope/size",
    ),
)
share(requests, "emulator.conformance.invariants.envelopes", ("soap/http/charset-of-the-document",))


@invariant("soap/envelope/namespace", over=sent)
def envelope_namespace(exchange: Exchange) -> None:
    """What is sent is an Envelope of SOAP 1.2."""
    try:
        namespace = read_envelope(exchange.request).namespace
    except Unreadable as error:
        require(False, str(error), f"an Envelope of {SOAP}", [exchange])
        return
    require(namespace == SOAP, f"an Envelope of {namespace or 'no namespace'}", SOAP, [exchange], "/Envelope")


@invariant("soap/envelope/no-dtd", over=messages)
def no_doctype(exchange: Exchange) -> None:
    """No envelope has a document type declaration."""
    require(not said(exchange).doctype, "a document type declaration", "none", [exchange])


def _with_soap(recording: Recording) -> list[Exchange]:
    """What says that it is SOAP, even where nobody has read it."""
    http = [each for each in recording if each.incoming and not each.udp]
    return [each for each in http if media_type(each.as_sent.header("Content-Type")) in (SOAP_TYPE, "text/xml")]


@invariant("soap/http/post", over=_with_soap)
def post(exchange: Exchange) -> None:
    """Messages come by POST."""
    require(exchange.method == "POST", f"the method {exchange.method}", "POST", [exchange])


@invariant("soap/http/content-type", over=requests)
def content_type(exchange: Exchange) -> None:
    """Content-Type is application/soap+xml; charset=utf-8."""
    came = exchange.as_sent.header("Content-Type")
    right = media_type(came) == SOAP_TYPE and parameter(came, "charset").lower() in ("utf-8", "")
    require(right, f"Content-Type {came or 'is missing'}", "application/soap+xml; charset=utf-8", [exchange])


@invariant("soap/http/no-soapaction", over=requests)
def no_soap_action(exchange: Exchange) -> None:
    """No request has the header SOAPAction."""
    came = exchange.as_sent.header("SOAPAction")
    require(not came, f"SOAPAction: {came}", "no such header", [exchange])


@invariant("soap/http/action-of-the-envelope", over=requests)
def action_of_http(exchange: Exchange) -> None:
    """An action that HTTP tells is that of the envelope."""
    own = said(exchange).action.strip()
    by_type = parameter(exchange.as_sent.header("Content-Type"), "action")
    for name, told in (("action", by_type), ("SOAPAction", exchange.as_sent.header("SOAPAction").strip('"'))):
        require(told in ("", own), f"{name} {told}", own or "none", [exchange])


@invariant("soap/http/wsdapi-headers", over=requests)
def wsdapi_headers(exchange: Exchange) -> None:
    """Whether the headers are those of WSDAPI."""
    for name, value in WSDAPI_HEADERS.items():
        came = exchange.as_sent.header(name)
        require(value.lower() in came.lower(), f"{name} {came or 'is missing'}", value, [exchange])


@invariant("soap/udp/one-envelope-a-datagram", over=by_udp)
def one_envelope(exchange: Exchange) -> None:
    """A datagram is one envelope, and nothing else."""
    try:
        read_envelope(exchange.request)
    except Unreadable as error:
        require(False, str(error), "one envelope, whole", [exchange])


@invariant("soap/udp/size", "discovery/timing/max-envelope-size", over=by_udp)
def datagram_size(exchange: Exchange) -> None:
    """A datagram has at most 32767 octets."""
    count = len(exchange.request)
    require(count <= MOST_OCTETS, f"{count} octets", f"at most {MOST_OCTETS}", [exchange])
