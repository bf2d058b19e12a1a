"""HTTP and the headers of every request (docs/protocol/dpws.md, dsm.md)."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.invariants.envelopes import size
from emulator.conformance.kinds import said
from emulator.conformance.mime import parameter
from emulator.conformance.names import ANONYMOUS, DISCOVERY_TO, DSP, WSA, WSD, WSDP, WSE, Name
from emulator.conformance.post_scan.checks import invariant
from emulator.conformance.post_scan.kinds import (
    discovery,
    dsp,
    eventing,
    everything,
    gets,
    packages,
    probes,
    requested,
)
from emulator.conformance.post_scan.server import DISPATCHED
from emulator.conformance.reading import TO

GET: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
_DPWS: Final = re.compile(
    rb"http://schemas\.xmlsoap\.org/ws/\d{4}/\d\d/devprof|http://docs\.oasis-open\.org/ws-dd/ns/dpws/\d{4}/\d\d"
)
"""Namespaces of DPWS, of whichever version."""
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@invariant("soap/http/post", over=everything)
def post(exchange: Exchange) -> None:
    """A request is a POST of HTTP."""
    require(exchange.method == "POST", f"the method {exchange.method or exchange.error}", "POST", [exchange])


@invariant("soap/http/no-soapaction", over=requested)
def no_soapaction(exchange: Exchange) -> None:
    """A request has no header SOAPAction."""
    came = exchange.as_sent.header("SOAPAction")
    require(not came, f"SOAPAction: {came}", "none", [exchange])


@invariant("soap/http/action-of-the-envelope", over=requested)
def action_of_the_envelope(exchange: Exchange) -> None:
    """An action in Content-Type, or in SOAPAction, is that of the envelope."""
    own = said(exchange).action.strip()
    head = exchange.as_sent
    told = {
        "action": parameter(head.content_type, "action"),
        "SOAPAction": head.header("SOAPAction").strip('"'),
    }
    for name, came in told.items():
        require(came in ("", own), f"{name}={came}", own, [exchange])


@invariant("addressing/reply-to/anonymous-or-absent", over=requested)
def reply_to(exchange: Exchange) -> None:
    """wsa:ReplyTo is anonymous or absent."""
    _anonymous(exchange, "ReplyTo")


@invariant("addressing/fault-to/anonymous-or-absent", over=requested)
def fault_to(exchange: Exchange) -> None:
    """wsa:FaultTo is anonymous or absent."""
    _anonymous(exchange, "FaultTo")


def _anonymous(exchange: Exchange, name: str) -> None:
    for block in said(exchange).blocks(Name(WSA, name)):
        came = (block.findtext(f"{{{WSA}}}Address") or "").strip()
        require(came == ANONYMOUS, f"wsa:{name} {came or 'without an address'}", ANONYMOUS, [exchange], block)


@invariant("addressing/anonymous/address", over=requested)
def anonymous_address(exchange: Exchange) -> None:
    """An address that means anonymous is that of 2004/08."""
    for each in said(exchange).all("/soap:Envelope/soap:Header//*[local-name()='Address']"):
        came = (each.text or "").strip()
        wrong = came.lower().endswith("anonymous") and came != ANONYMOUS
        require(not wrong, f"the address {came}", ANONYMOUS, [exchange], each)


@invariant("dsp/header/anonymous-reply-to", over=dsp)
def names_reply_to(exchange: Exchange) -> None:
    """A request of WS-DSP names the anonymous address in wsa:ReplyTo; SendImage need not."""
    there = bool(said(exchange).blocks(Name(WSA, "ReplyTo"))) or exchange.operation == "SendImage"
    require(there, "no wsa:ReplyTo", f"wsa:ReplyTo {ANONYMOUS}", [exchange], "/soap:Envelope/soap:Header")
    _anonymous(exchange, "ReplyTo")


@invariant("dsp/header/no-reply-to-with-an-image", over=packages)
def no_reply_to_with_an_image(exchange: Exchange) -> None:
    """SendImage comes without wsa:ReplyTo."""
    there = bool(exchange.envelope.blocks(Name(WSA, "ReplyTo")))
    require(not there, "SendImage has a wsa:ReplyTo", "none", [exchange])


@invariant("addressing/to/of-a-request", "dsp/header/one-destination", over=dsp)
def destination(exchange: Exchange) -> None:
    """wsa:To is the address of the service, letter for letter as the metadata have it."""
    came = said(exchange).header(TO)
    right = came == [exchange.url]
    require(
        right,
        f"wsa:To {', '.join(came) or 'is missing'}",
        exchange.url,
        [exchange],
        "/soap:Envelope/soap:Header/wsa:To",
    )


@invariant("dsp/header/request-action", over=dsp)
def request_action(exchange: Exchange) -> None:
    """wsa:Action is the namespace of WS-DSP, a slash, and the name of an operation."""
    came = said(exchange).action
    wanted = said(exchange).body_name.local.removesuffix("Request")
    right = came == f"{DSP}/{wanted}" and wanted in DISPATCHED
    require(right, f"wsa:Action {came} of {said(exchange).body_name}", f"{DSP}/{wanted}", [exchange])


@invariant("dsp/wire/namespace", over=dsp)
def dsp_namespace(exchange: Exchange) -> None:
    """The element of the Body is in the namespace of WS-DSP."""
    came = said(exchange).body_name
    require(
        came.namespace == DSP, f"the element {came.tag}", f"an element in {DSP}", [exchange], said(exchange).body
    )


@invariant("dsp/get-post-scan-job-elements/request", "notes/c-28/get-post-scan-job-elements-plural", over=dsp)
def plural(exchange: Exchange) -> None:
    """The question for a job is GetPostScanJobElementsRequest, with JobToken and RequestedElements."""
    came = said(exchange).body_name.local
    if not came.startswith("GetPostScanJobElement"):
        return
    require(came == "GetPostScanJobElementsRequest", came, "GetPostScanJobElementsRequest", [exchange])
    told = [each.tag.rpartition("}")[2] for each in said(exchange).contents[0] if isinstance(each.tag, str)]
    require(
        told[:2] == ["JobToken", "RequestedElements"], ", ".join(told), "JobToken, RequestedElements", [exchange]
    )


@invariant("eventing/namespace/of-2004-08", over=eventing)
def eventing_namespace(exchange: Exchange) -> None:
    """The element of a message of WS-Eventing is in its namespace, as its action is."""
    came, wanted = said(exchange).body_name, said(exchange).action.strip().rpartition("/")[2]
    require(came == Name(WSE, wanted), f"{came}", f"{Name(WSE, wanted)}", [exchange], said(exchange).body)


@invariant("discovery/namespace/of-2005-04", "discovery/message/action-is-namespace-and-name", over=probes)
def discovery_namespace(exchange: Exchange) -> None:
    """A Probe is in the namespace of 2005/04, and its action is that and /Probe."""
    came, action = said(exchange).body_name, said(exchange).action.strip()
    right = came == Name(WSD, "Probe") and action == f"{WSD}/Probe"
    require(right, f"{came.tag} with the action {action}", f"{Name(WSD, 'Probe').tag} with {WSD}/Probe", [exchange])


@invariant("dpws/namespace/of-2006-02", over=requested)
def dpws_namespace(exchange: Exchange) -> None:
    """What is said of DPWS is said in its namespace of 2006/02."""
    octets = etree.tostring(said(exchange).root)
    for came in sorted(set(_DPWS.findall(octets))):
        require(came == WSDP.encode(), f"the namespace {came.decode()}", WSDP, [exchange])


invariant("discovery/timing/max-envelope-size", over=discovery)(size)


@invariant("discovery/probe/to-the-discovery-urn", over=discovery)
def to_the_discovery_urn(exchange: Exchange) -> None:
    """A Probe goes to the urn of discovery."""
    came = said(exchange).header(TO)
    require(came == [DISCOVERY_TO], f"wsa:To {', '.join(came) or 'is missing'}", DISCOVERY_TO, [exchange])


@invariant("discovery/message-id/urn-uuid", over=discovery)
def urn_uuid(exchange: Exchange) -> None:
    """wsa:MessageID is a urn:uuid: URI."""
    came = said(exchange).message_id
    require(_UUID.fullmatch(came) is not None, f"wsa:MessageID {came}", "urn:uuid:...", [exchange])


@invariant("dpws/get/request", "dpws/namespace/of-metadata", over=gets)
def get_request(exchange: Exchange) -> None:
    """Get has the action of WS-Transfer and an empty Body."""
    action, count = said(exchange).action.strip(), len(said(exchange).contents)
    require(action == GET, f"wsa:Action {action}", GET, [exchange])
    require(count == 0, f"{count} elements in the Body", "an empty Body", [exchange])


@invariant("dpws/get/to-is-the-endpoint-address", over=gets)
def get_to(exchange: Exchange) -> None:
    """Get goes to the endpoint address that the ProbeMatches told."""
    told = exchange.told
    wanted = "" if told is None else told.text("//wsdp:Host/wsa:EndpointReference/wsa:Address")
    came = said(exchange).header(TO)
    require(not wanted or came == [wanted], f"wsa:To {', '.join(came) or 'is missing'}", wanted, [exchange])
