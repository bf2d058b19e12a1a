"""Probes, Resolves and questions for metadata (docs/protocol/dpws.md, sections 5 and 6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from emulator.conformance.check import Over
from emulator.conformance.clients.checks import invariant
from emulator.conformance.clients.kinds import at_the_device, body_root, discovering, gets, probes, resolves
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import said
from emulator.conformance.names import DISCOVERY_TO, GET, WSD, Name
from emulator.conformance.reading import MESSAGE_ID, TO, name_of, qname


def _holding(over: Over, path: str) -> Over:
    return lambda recording: [each for each in over(recording) if said(each).all(path)]


def _to_everybody(exchange: Exchange) -> None:
    to = [each.strip() for each in said(exchange).header(TO)]
    require(to == [DISCOVERY_TO], f"wsa:To {', '.join(to) or 'is missing'}", DISCOVERY_TO, [exchange])
    count = len(said(exchange).header(MESSAGE_ID))
    require(count == 1, f"{count} wsa:MessageID", "one", [exchange])


@invariant("discovery/probe/to-the-discovery-urn", over=probes)
def probe_to(exchange: Exchange) -> None:
    """A Probe is to the address of discovery, multicast and directed alike."""
    _to_everybody(exchange)


@invariant("discovery/resolve/to-the-discovery-urn", over=resolves)
def resolve_to(exchange: Exchange) -> None:
    """A Resolve is to the address of discovery, and has the endpoint that is looked for."""
    _to_everybody(exchange)
    address = said(exchange).text("//wsd:Resolve/wsa:EndpointReference/wsa:Address")
    require(bool(address), "a Resolve without the address of an endpoint", "one", [exchange], said(exchange).body)


@invariant("discovery/namespace/of-2005-04", over=discovering)
def discovery_namespace(exchange: Exchange) -> None:
    """Discovery is spoken in the namespace of 2005/04."""
    came = said(exchange).body_name
    require(came.namespace == WSD, f"{came}", f"{Name(WSD, came.local)}", [exchange], said(exchange).body)


@invariant("discovery/message/action-is-namespace-and-name", over=discovering)
def discovery_action(exchange: Exchange) -> None:
    """The action is the namespace, / and the name of the message."""
    came, body = said(exchange).action.strip(), said(exchange).body_name
    wanted = f"{body.namespace}/{body.local}"
    require(came == wanted, f"wsa:Action {came or 'is missing'}", wanted, [exchange])


@invariant("discovery/message-id/urn-uuid", over=discovering)
def message_id_form(exchange: Exchange) -> None:
    """wsa:MessageID is a urn:uuid:."""
    came = said(exchange).message_id.strip()
    require(came.lower().startswith("urn:uuid:"), f"wsa:MessageID {came}", "urn:uuid:...", [exchange])


@invariant("discovery/types/qnames-with-declared-prefixes", over=_holding(probes, "//wsd:Types"))
def types(exchange: Exchange) -> None:
    """Types are QNames whose prefixes are declared."""
    for each in said(exchange).all("//wsd:Types"):
        for word in (each.text or "").split():
            declared = ":" not in word or bool(qname(word, each.nsmap).namespace)
            require(declared, f"the type {word}", "a prefix that is declared there", [exchange], each)


@invariant("discovery/scopes/uris", over=_holding(probes, "//wsd:Scopes"))
def scopes(exchange: Exchange) -> None:
    """Scopes are URIs."""
    for each in said(exchange).all("//wsd:Scopes"):
        for word in (each.text or "").split():
            require(bool(urlsplit(word).scheme), f"the scope {word}", "a URI", [exchange], each)


@invariant("discovery/probe/types-and-scopes-optional", over=probes)
def types_and_scopes(exchange: Exchange) -> None:
    """Whether a Probe holds Types and Scopes alone."""
    body: Any = said(exchange).body
    own = [name_of(each).local for each in body if isinstance(each.tag, str) and name_of(each).namespace == WSD]
    other = [each for each in own if each not in ("Types", "Scopes")]
    require(not other, f"{body_root(exchange)} with {', '.join(other)}", "Types and Scopes", [exchange], body)


# Metadata


@invariant("dpws/get/request", over=gets)
def get(exchange: Exchange) -> None:
    """Get has that action and an empty Body."""
    came = said(exchange).action.strip()
    require(came == GET, f"wsa:Action {came or 'is missing'}", GET, [exchange])
    count = len(said(exchange).contents)
    require(count == 0, f"{count} elements in the Body", "an empty Body", [exchange], said(exchange).body)


def _gets_of_the_device(recording: Recording) -> list[Exchange]:
    return [each for each in gets(recording) if at_the_device(each)]


@invariant("dpws/get/to-is-the-endpoint-address", "wsdapi/get/to-equals-endpoint-address", over=_gets_of_the_device)
def to_of_get(exchange: Exchange) -> None:
    """wsa:To of a Get is the endpoint address of the device."""
    wanted = f"urn:uuid:{urlsplit(exchange.url).path.strip('/')}"  # the device of the judge lies at its UUID
    to = [each.strip() for each in said(exchange).header(TO)]
    require(to == [wanted], f"wsa:To {', '.join(to) or 'is missing'}", wanted, [exchange])
