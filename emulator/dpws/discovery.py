"""The messages of WS-Discovery, both ways: Hello, Bye, Probe, ProbeMatches, Resolve, ResolveMatches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from emulator.dpws.constants import MATCH_RFC2396, MAX_LIST
from emulator.dpws.lists import prefix_map, read_address, read_qnames, read_uris, write_qnames
from emulator.dpws.versions import V2005, DiscoveryVersion, version_of_namespace
from emulator.soap import envelope
from emulator.soap.addressing import Addressing
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import QName, local_name, namespace_of, place


@dataclass(frozen=True, slots=True)
class Probe:
    """What a Probe asks for: all of `types`, all of `scopes` by the rule `match_by`. Empty: anything.
    [discovery/probe/types-and-scopes-optional]"""

    types: tuple[QName, ...] = ()
    scopes: tuple[str, ...] = ()
    match_by: str = MATCH_RFC2396
    version: DiscoveryVersion = field(default=V2005, repr=False)


@dataclass(frozen=True, slots=True)
class ProbeMatch:
    """One target service, as a ProbeMatch, a ResolveMatch and a Hello describe it. `address` is that of its
    endpoint reference, stable and often no URL. [discovery/probe-matches/body]"""

    address: str
    types: tuple[QName, ...] = ()
    scopes: tuple[str, ...] = ()
    xaddrs: tuple[str, ...] = ()
    metadata_version: int = 1


@dataclass(frozen=True, slots=True)
class AppSequence:
    """Order of a target's messages (WS-Discovery 2005/04, section 7): `instance_id` grows with each start,
    `message_number` (from 1) with each message.
    [discovery/app-sequence/instance-id-grows] [discovery/app-sequence/message-number-counts]
    [discovery/app-sequence/sequence-id-optional]"""

    instance_id: int
    message_number: int
    sequence_id: str = ""


def hello(
    match: ProbeMatch,
    app_sequence: AppSequence,
    *,
    version: DiscoveryVersion = V2005,
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """A target has come, or has changed. `prefixes`: namespace -> prefix wanted in Types.
    [discovery/hello/to-the-discovery-urn] [discovery/hello/body]"""
    types = version.types(match.types)
    declared = prefix_map(types, prefixes or {})
    root = _root("Hello", version, declared)
    _describe(root, replace(match, types=types), version, declared)
    return _announcement("Hello", root, app_sequence, version)


def bye(address: str, app_sequence: AppSequence, *, version: DiscoveryVersion = V2005) -> Message:
    """The target with that endpoint address goes.
    [discovery/bye/to-the-discovery-urn] [discovery/bye/body-endpoint-reference]"""
    root = _root("Bye", version, {})
    _reference(root, address, version.addressing)
    return _announcement("Bye", root, app_sequence, version)


def probe(
    types: Sequence[QName] = (),
    scopes: Sequence[str] = (),
    *,
    match_by: str = "",
    version: DiscoveryVersion = V2005,
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """A Probe, for multicast or directed alike.

    - `prefixes`: namespace -> prefix wanted in Types.
    [discovery/probe/to-the-discovery-urn]
    """
    declared = prefix_map(types, prefixes or {})
    root = etree.Element(f"{{{version.namespace}}}Probe", nsmap={"wsd": version.namespace, **declared})
    if types:
        _add(root, "Types", write_qnames(types, declared))
    if scopes:
        element = _add(root, "Scopes", " ".join(scopes))
        if match_by:
            element.set("MatchBy", match_by)
    return envelope.request(version.action("Probe"), version.to, root, addressing=version.addressing)


def resolve(address: str, *, version: DiscoveryVersion = V2005) -> Message:
    """Asks where the target with that endpoint address is. [discovery/resolve/to-the-discovery-urn]"""
    root = _root("Resolve", version, {})
    _reference(root, address, version.addressing)
    return envelope.request(version.action("Resolve"), version.to, root, addressing=version.addressing)


def probe_matches(
    asked: Message,
    matches: Sequence[ProbeMatch],
    app_sequence: AppSequence,
    *,
    version: DiscoveryVersion = V2005,
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """The answer to the Probe `asked`; without matches, the empty ProbeMatches of a directed Probe.

    - `asked`: the Probe.
    - `matches`: who matches it.
    - `app_sequence`: the number of this message.
    - `version`: whose namespaces it is written in.
    - `prefixes`: namespace -> prefix wanted in Types.

    [discovery/probe-matches/headers] [discovery/match/no-match-over-http]
    """
    return _answer(asked, "ProbeMatch", matches, app_sequence, version, prefixes)


def resolve_matches(
    asked: Message,
    match: ProbeMatch,
    app_sequence: AppSequence,
    *,
    version: DiscoveryVersion = V2005,
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """The answer to the Resolve `asked`.

    - `asked`: the Resolve.
    - `match`: who is resolved.
    - `app_sequence`: the number of this message.
    - `version`: whose namespaces it is written in.
    - `prefixes`: namespace -> prefix wanted in Types.

    [discovery/resolve-matches/one-match-with-xaddrs]
    """
    return _answer(asked, "ResolveMatch", (match,), app_sequence, version, prefixes)


def _answer(
    asked: Message,
    name: str,
    matches: Sequence[ProbeMatch],
    app_sequence: AppSequence,
    version: DiscoveryVersion,
    prefixes: Mapping[str, str] | None,
) -> Message:
    # The law: [clients/wsdd/relates-to] [discovery/probe-matches/headers]
    # The law: [discovery/relates-to/of-the-question]
    matches = [replace(match, types=version.types(match.types)) for match in matches]
    declared = prefix_map((name for match in matches for name in match.types), prefixes or {})
    root = _root(f"{name}es", version, declared)
    for match in matches:
        _describe(_add(root, name), match, version, declared)
    answer = envelope.response(asked, root, version.action(f"{name}es"))
    return replace(answer, headers=(_app_sequence(app_sequence, version),), addressing=version.addressing)


def _announcement(name: str, root: etree._Element, sequence: AppSequence, version: DiscoveryVersion) -> Message:
    return Message(
        version.action(name),
        root,
        to=version.to,
        message_id=envelope.new_message_id(),
        headers=(_app_sequence(sequence, version),),
        addressing=version.addressing,
    )


def _root(name: str, version: DiscoveryVersion, declared: Mapping[str, str]) -> etree._Element:
    # The prefix wsa is declared on the Envelope, where the body ends up.
    namespaces = {"wsd": version.namespace, "wsa": version.addressing.namespace, **declared}
    return etree.Element(f"{{{version.namespace}}}{name}", nsmap=namespaces)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace_of(parent)}}}{name}")
    element.text = text
    return element


def _reference(parent: etree._Element, address: str, addressing: Addressing) -> None:
    reference = etree.SubElement(parent, f"{{{addressing.namespace}}}EndpointReference")
    etree.SubElement(reference, f"{{{addressing.namespace}}}Address").text = address


def _describe(
    element: etree._Element, match: ProbeMatch, version: DiscoveryVersion, declared: Mapping[str, str]
) -> None:
    """The five children of Hello, ProbeMatch and ResolveMatch (WS-Discovery 2005/04, sections 4.1, 5.3, 6.3).
    [clients/sane-airscan/x-addrs] [clients/wsd-python/integer-metadata-version]
    [clients/go-mfp/address-and-metadata-version] [clients/wsdiscover/metadata-version]
    [discovery/hello/body] [discovery/hello/xaddrs] [discovery/probe-matches/body]
    [discovery/probe-matches/xaddrs] [discovery/scopes/uris] [discovery/xaddrs/http-urls]"""
    _reference(element, match.address, version.addressing)
    if match.types:
        _add(element, "Types", write_qnames(match.types, declared))
    if match.scopes:
        _add(element, "Scopes", " ".join(match.scopes))
    if match.xaddrs:
        _add(element, "XAddrs", " ".join(match.xaddrs))
    _add(element, "MetadataVersion", str(match.metadata_version))


def _app_sequence(sequence: AppSequence, version: DiscoveryVersion) -> etree._Element:
    # The law: [clients/wsd-python/app-sequence] [clients/go-mfp/app-sequence-complete]
    element = etree.Element(f"{{{version.namespace}}}AppSequence", nsmap={"wsd": version.namespace})
    element.set("InstanceId", str(sequence.instance_id))
    if sequence.sequence_id:
        element.set("SequenceId", sequence.sequence_id)
    element.set("MessageNumber", str(sequence.message_number))
    return element


def read_probe(message: Message, deviations: Deviations) -> Probe:
    """The content of a Probe. Raises ContentError when the body is none."""
    cursor, version = _body(message, "Probe", deviations)
    cursor.check_order(("Types", "Scopes"))
    scopes = cursor.child("Scopes")
    match_by = "" if scopes is None else scopes.attribute("MatchBy", qualified=False) or ""
    return Probe(read_qnames(cursor.child("Types")), read_uris(scopes), match_by or version.default_rule, version)


def read_probe_matches(message: Message, deviations: Deviations) -> tuple[ProbeMatch, ...]:
    """The matches of an answer. Raises ContentError when the body is no ProbeMatches.

    A match without an endpoint address is noted and left out; a missing MetadataVersion counts as 1.
    """
    return _read_matches(message, "ProbeMatch", deviations)


def read_resolve_matches(message: Message, deviations: Deviations) -> tuple[ProbeMatch, ...]:
    """The match of an answer, or none. Raises ContentError when the body is no ResolveMatches."""
    return _read_matches(message, "ResolveMatch", deviations)[:1]


def read_hello(message: Message, deviations: Deviations) -> ProbeMatch:
    """Read who has come. Raises ContentError when the body is no Hello or names nobody."""
    cursor, version = _body(message, "Hello", deviations)
    match = _read_match(cursor, version)
    if match is None:
        raise ContentError("EndpointReference", "missing in Hello")
    return match


def read_bye(message: Message, deviations: Deviations) -> str:
    """Endpoint address of who goes. Raises ContentError when the body is no Bye or names nobody."""
    return _read_reference(message, "Bye", deviations)


def read_resolve(message: Message, deviations: Deviations) -> str:
    """Endpoint address that is sought. Raises ContentError when the body is no Resolve or names nobody."""
    return _read_reference(message, "Resolve", deviations)


def read_app_sequence(message: Message) -> AppSequence | None:
    """The AppSequence of a message's headers; None where there is none or its numbers are none."""
    for header in message.headers:
        if local_name(header) == "AppSequence" and version_of_namespace(namespace_of(header)) is not None:
            instance, number = header.get("InstanceId", "").strip(), header.get("MessageNumber", "").strip()
            if all(text.isascii() and text.isdigit() and len(text) <= 10 for text in (instance, number)):
                return AppSequence(int(instance), int(number), header.get("SequenceId", ""))
    return None


def _read_matches(message: Message, name: str, deviations: Deviations) -> tuple[ProbeMatch, ...]:
    cursor, version = _body(message, f"{name}es", deviations)
    found: list[ProbeMatch] = []
    for element in cursor.children(name):
        if len(found) >= MAX_LIST:
            break
        match = _read_match(element, version)
        if match is not None:
            found.append(match)
    return tuple(found)


def _read_match(cursor: Cursor, version: DiscoveryVersion) -> ProbeMatch | None:
    """The five children; None (and noted) without an endpoint address."""
    address = endpoint_address(cursor, version.addressing)
    if not address:
        cursor.deviations.note("element-missing", place(cursor.element), "EndpointReference/Address")
        return None
    return ProbeMatch(
        address,
        read_qnames(cursor.child("Types")),
        read_uris(cursor.child("Scopes")),
        read_uris(cursor.child("XAddrs")),
        _version(cursor),
    )


def _read_reference(message: Message, name: str, deviations: Deviations) -> str:
    cursor, version = _body(message, name, deviations)
    address = endpoint_address(cursor, version.addressing)
    if not address:
        raise ContentError("EndpointReference", f"missing in {name}")
    return address


def endpoint_address(cursor: Cursor, addressing: Addressing = V2005.addressing) -> str:
    """Address of the wsa:EndpointReference among the children; '' where there is none.
    [discovery/endpoint/address-compared-as-a-string]"""
    reference = Cursor(cursor.element, (addressing.namespace,), cursor.deviations).child("EndpointReference")
    return "" if reference is None else read_address(reference.child("Address"))


def _version(match: Cursor) -> int:
    version = match.child("MetadataVersion")
    if version is None:
        match.deviations.note("element-missing", place(match.element), "MetadataVersion")
        return 1
    try:
        return version.integer(0, 2**32 - 1)
    except ContentError as error:
        match.deviations.note("value", place(version.element), error.problem)
        return 1


def _body(message: Message, name: str, deviations: Deviations) -> tuple[Cursor, DiscoveryVersion]:
    body = message.body
    if body is None:
        raise ContentError(name, "the Body is empty")
    version = version_of_namespace(namespace_of(body))
    if local_name(body) != name or version is None:
        raise ContentError(name, f"the Body holds {local_name(body)}")
    return Cursor(body, (version.namespace,), deviations), version
