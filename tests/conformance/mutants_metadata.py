"""Mutants of the directed Probe and of the metadata."""

from __future__ import annotations

from typing import Any

from mutant import (
    NAMESPACES,
    Mutant,
    at,
    attribute,
    element,
    fault_rewritten,
    get_once_alone,
    renamed,
    rewritten,
    swapped,
    text,
    with_status,
    without,
)

WSD = f"{{{NAMESPACES['wsd']}}}"
WSDP = f"{{{NAMESPACES['wsdp']}}}"
FOUND = ("discovery/*", "wsdapi/*", "dpws/*", "dsp/*", "addressing/*", "soap/*", "notes/*", "dsc/*")


def _probed(id: str, does: str, change: Any) -> Mutant:
    return Mutant(id, does, (rewritten(change, "Probe", faults=False),), also=FOUND)


def _got(id: str, does: str, change: Any) -> Mutant:
    return Mutant(id, does, (rewritten(change, "Get", faults=False),), also=FOUND)


def _a_match(root: Any) -> None:
    """There is always a match."""
    for each in at(root, "//wsd:ProbeMatches[not(wsd:ProbeMatch)]"):
        each.append(element("<wsd:ProbeMatch/>"))


def _mixed(root: Any) -> None:
    for each in at(root, "//wsd:XAddrs"):
        each.text = f"{each.text} https://127.0.0.1:1/"


def _unreachable(root: Any) -> None:
    for each in at(root, "//wsd:XAddrs"):
        each.text = f"http://127.0.0.1:1/ {each.text}"


def _one_address(root: Any) -> None:
    first, *rest = at(root, "//wsdp:Hosted/wsa:EndpointReference/wsa:Address")
    for each in rest:
        each.text = first.text


def _one_id(root: Any) -> None:
    for each in at(root, "//wsdp:Hosted/wsdp:ServiceId"):
        each.text = "urn:same"


def _hosted_twice_named(root: Any) -> None:
    for each in at(root, "//wsdp:Hosted"):
        each.append(each[0])


def _scoped(root: Any) -> None:
    for each in at(root, "//wsd:ProbeMatch"):
        each.insert(2, element("<wsd:Scopes>no-uri</wsd:Scopes>"))


def _no_address_of_the_configuration(root: Any) -> None:
    for each in at(root, "//wsdp:Hosted[contains(wsdp:Types, 'Configuration')]//wsa:Address"):
        each.text = ""


def _no_types_of(local: str) -> Any:
    return text(f"//wsdp:Hosted/wsdp:Types[contains(., '{local}')]", "dsp:Other")


NO_MATCH = without("//wsd:ProbeMatch")
TYPES = "//wsd:ProbeMatch/wsd:Types"

MUTANTS = (
    _probed("dsp/sequence/probe-matches-tell-the-address", "no address", without("//wsd:XAddrs")),
    _probed("discovery/directed/probe-to-the-metadata-path", "no match", NO_MATCH),
    Mutant("discovery/directed/answer-with-200", "202", (with_status(202, "Probe"),), also=FOUND),
    *(
        _probed(id, "no match", NO_MATCH)
        for id in (
            "discovery/directed/empty-probe-answered",
            "discovery/match/empty-probe-answered",
            "wsdapi/wsdbit/directed-empty-probe",
            "wsdapi/wsdbit/empty-probe-answered",
            "wsdapi/wsdbit/probe-for-wsdp-device-answered",
            "discovery/match/every-type",
            "discovery/match/namespace-and-local-name",
        )
    ),
    _probed("discovery/match/no-match-over-http", "one", _a_match),
    Mutant(
        "discovery/match/unknown-rule-fault",
        "no subcode",
        (fault_rewritten(without("//soap:Subcode")),),
        also=FOUND,
    ),
    *(
        _probed(
            id,
            "of 2009",
            renamed("//wsd:ProbeMatches", "{http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01}ProbeMatches"),
        )
        for id in ("discovery/namespace/of-2005-04", "discovery/version/answer-in-that-of-the-request")
    ),
    _probed("discovery/message/action-is-namespace-and-name", "another", text("//wsa:Action", "urn:other")),
    _probed("discovery/probe-matches/headers", "no AppSequence", without("//wsd:AppSequence")),
    _probed("discovery/relates-to/of-the-question", "another", text("//wsa:RelatesTo", "urn:uuid:0")),
    _probed("wsdapi/discovery/answer-within-4-s", "to another", text("//wsa:RelatesTo", "urn:uuid:0")),
    _probed("discovery/message-id/urn-uuid", "uuid:", text("//wsa:MessageID", "uuid:1")),
    _probed("discovery/probe-matches/body", "no MetadataVersion", without("//wsd:MetadataVersion")),
    _probed("discovery/probe-matches/xaddrs", "none", without("//wsd:XAddrs")),
    _probed("discovery/xaddrs/http-urls", "without a scheme", text("//wsd:XAddrs", "127.0.0.1/x")),
    _probed("wsdapi/xaddrs/http-or-https", "another", text("//wsd:XAddrs", "ftp://127.0.0.1/x")),
    _probed("wsdapi/secure/all-https", "mixed", _mixed),
    _probed("wsdapi/wsdbit/secure-device", "mixed", _mixed),
    Mutant("wsdapi/xaddrs/first-is-reachable", "not", (rewritten(_unreachable, "Probe"),), also=FOUND),
    _probed("discovery/types/wsdp-device", "not", text(TYPES, "wsdp:Other")),
    _probed("wsdapi/discovery/wsdp-device", "none", without(TYPES)),
    _probed("discovery/types/qnames-with-declared-prefixes", "undeclared", text(TYPES, "wsdp:Device odd:Other")),
    _probed("discovery/types/usual-prefixes", "another", text(TYPES, "wsdp:Other")),
    _probed("discovery/scopes/uris", "no URI", _scoped),
    _probed("discovery/endpoint/address-of-a-uuid", "another", text("//wsd:ProbeMatch//wsa:Address", "urn:uuid:1")),
    _probed("discovery/metadata-version/grows-with-each-change", "no number", text("//wsd:MetadataVersion", "one")),
    _probed(
        "discovery/app-sequence/instance-id-grows", "no number", attribute("//wsd:AppSequence", "InstanceId", "x")
    ),
    _probed(
        "discovery/app-sequence/message-number-counts",
        "the same",
        attribute("//wsd:AppSequence", "MessageNumber", "7"),
    ),
    _probed(
        "discovery/message-id/unique",
        "the same",
        text("//wsa:MessageID", "urn:uuid:5d1e8f3a-0000-4000-8000-000000000001"),
    ),
    _got("dsp/sequence/metadata-of-every-service", "no address", _no_address_of_the_configuration),
    _got("dpws/get/response", "another action", text("//wsa:Action", "urn:other")),
    *(
        Mutant(id, "only after a Probe", http=get_once_alone(), also=FOUND)
        for id in (
            "dpws/get/without-discovery",
            "wsdapi/wsdbit/get-without-discovery",
            "dpws/get/to-the-url-accepted",
        )
    ),
    _got("dpws/namespace/of-metadata", "another", renamed("//wsx:Metadata", "{urn:example:mex}Metadata")),
    _got("dpws/namespace/of-2006-02", "another", renamed("//wsdp:Relationship", "{urn:example:dpws}Relationship")),
    _got("dpws/metadata/dialects", "another", attribute("//wsx:MetadataSection", "Dialect", "urn:other")),
    _got("dpws/this-model/section", "none", without("//wsx:MetadataSection[wsdp:ThisModel]")),
    _got("dpws/this-device/section", "none", without("//wsx:MetadataSection[wsdp:ThisDevice]")),
    _got("wsdapi/get/this-model-and-this-device", "none", without("//wsx:MetadataSection[wsdp:ThisDevice]")),
    _got("dpws/this-model/children", "another order", swapped("//wsdp:ThisModel")),
    _got("dpws/this-device/children", "no name", without("//wsdp:FriendlyName")),
    _got("dpws/relationship/type", "another", attribute("//wsdp:Relationship", "Type", "urn:other")),
    _got("dpws/relationship/children", "the Host last", swapped("//wsdp:Relationship[wsdp:Host]")),
    _got("wsdapi/get/no-relationship-without-services", "the Host last", swapped("//wsdp:Relationship[wsdp:Host]")),
    _got("dpws/relationship/hosted-children", "another order", _hosted_twice_named),
    _got("dpws/relationship/host-children", "no types", without("//wsdp:Host/wsdp:Types")),
    _got("dpws/relationship/service-id-unique", "the same", _one_id),
    *(
        _got(id, "300 characters", text("//wsdp:FriendlyName", "x" * 300))
        for id in (
            "dpws/metadata/string-length",
            "discovery/timing/max-field-size",
            "wsdapi/metadata/length-limits",
        )
    ),
    *(
        _got(id, "3000 octets", text("//wsdp:Host/wsdp:ServiceId", "urn:" + "x" * 3000))
        for id in ("dpws/metadata/uri-length", "discovery/timing/max-uri-size")
    ),
    *(
        _got(id, "more", text("//wsdp:FirmwareVersion", "x" * 40_000))
        for id in ("dpws/metadata/below-32-kib", "discovery/timing/max-envelope-size")
    ),
    _got("dsp/address/type-of-an-emulated-server", "another", _no_types_of("Processing")),
    _got("dsp/address/two-hosted-services", "one", without("//wsdp:Hosted[contains(wsdp:Types, 'Configuration')]")),
    _got("notes/c-37/services-have-addresses-of-their-own", "one", _one_address),
)
