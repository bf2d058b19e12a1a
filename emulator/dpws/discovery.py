"""WS-Discovery 2005/04: Probe and ProbeMatches, both ways, and whether a Probe asks for a given target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.dpws.constants import (
    DISCOVERY_FAULT,
    DISCOVERY_TO,
    MATCH_RFC2396,
    MATCH_STRCMP0,
    MATCH_UUID,
    MAX_LIST,
    PROBE,
    PROBE_MATCHES,
    WSD,
)
from emulator.dpws.lists import prefix_map, read_address, read_qnames, read_uris, write_qnames
from emulator.dpws.scopes import same_string, same_uuid, starts_with
from emulator.soap import envelope
from emulator.soap.constants import WSA
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import QName, local_name, namespace_of, place

_RULES: Final = {MATCH_RFC2396: starts_with, MATCH_UUID: same_uuid, MATCH_STRCMP0: same_string}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a Probe asks for: all of `types`, all of `scopes` by the rule `match_by`. Empty: anything."""

    types: tuple[QName, ...] = ()
    scopes: tuple[str, ...] = ()
    match_by: str = MATCH_RFC2396


@dataclass(frozen=True, slots=True)
class ProbeMatch:
    """One target service. `address` is that of its endpoint reference, stable and often no URL."""

    address: str
    types: tuple[QName, ...] = ()
    scopes: tuple[str, ...] = ()
    xaddrs: tuple[str, ...] = ()
    metadata_version: int = 1


@dataclass(frozen=True, slots=True)
class AppSequence:
    """Order of a target's messages (WS-Discovery 2005/04, section 7): `instance_id` grows with each start,
    `message_number` (from 1) with each message."""

    instance_id: int
    message_number: int
    sequence_id: str = ""


def probe(
    types: Sequence[QName] = (),
    scopes: Sequence[str] = (),
    *,
    match_by: str = "",
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """A Probe, for multicast or directed alike. `prefixes`: namespace -> prefix wanted in Types."""
    declared = prefix_map(types, prefixes or {})
    root = etree.Element(f"{{{WSD}}}Probe", nsmap={"wsd": WSD, **declared})
    if types:
        etree.SubElement(root, f"{{{WSD}}}Types").text = write_qnames(types, declared)
    if scopes:
        element = etree.SubElement(root, f"{{{WSD}}}Scopes")
        element.text = " ".join(scopes)
        if match_by:
            element.set("MatchBy", match_by)
    return envelope.request(PROBE, DISCOVERY_TO, root)


def read_probe(message: Message, deviations: Deviations) -> Probe:
    """The content of a Probe. Raises ContentError when the body is none."""
    cursor = _body(message, "Probe", deviations)
    cursor.check_order(("Types", "Scopes"))
    scopes = cursor.child("Scopes")
    match_by = "" if scopes is None else scopes.attribute("MatchBy", qualified=False) or ""
    return Probe(read_qnames(cursor.child("Types")), read_uris(scopes), match_by or MATCH_RFC2396)


def is_match(asked: Probe, types: Sequence[QName], scopes: Sequence[str]) -> bool | None:
    """Whether a target of these types and scopes answers; None when the rule is not supported.

    An unprefixed or undeclared name in the Probe is compared by its local name alone.
    """
    rule = _RULES.get(asked.match_by)
    if rule is None:
        return None
    for wanted in asked.types:
        if not any(wanted == own or (not wanted.namespace and wanted.local == own.local) for own in types):
            return False
    return all(any(rule(wanted, own) for own in scopes) for wanted in asked.scopes)


def matching_rule_not_supported() -> Fault:
    """wsd:MatchingRuleNotSupported, the answer to a directed Probe whose MatchBy is not known (section 5.2)."""
    detail = etree.Element(f"{{{WSD}}}SupportedMatchingRules", nsmap={"wsd": WSD})
    detail.text = " ".join(_RULES)
    return Fault(
        "Sender",
        QName(WSD, "MatchingRuleNotSupported"),
        "the matching rule specified is not supported",
        detail,
        action=DISCOVERY_FAULT,
        prefix="wsd",
    )


def probe_matches(
    asked: Message,
    matches: Sequence[ProbeMatch],
    app_sequence: AppSequence,
    *,
    prefixes: Mapping[str, str] | None = None,
) -> Message:
    """The answer to the Probe `asked`; without matches, the empty ProbeMatches of a directed Probe."""
    declared = prefix_map((name for match in matches for name in match.types), prefixes or {})
    # The prefix wsa is declared on the Envelope, where the body ends up.
    root = etree.Element(f"{{{WSD}}}ProbeMatches", nsmap={"wsd": WSD, "wsa": WSA, **declared})
    for match in matches:
        element = etree.SubElement(root, f"{{{WSD}}}ProbeMatch")
        reference = etree.SubElement(element, f"{{{WSA}}}EndpointReference")
        etree.SubElement(reference, f"{{{WSA}}}Address").text = match.address
        if match.types:
            etree.SubElement(element, f"{{{WSD}}}Types").text = write_qnames(match.types, declared)
        if match.scopes:
            etree.SubElement(element, f"{{{WSD}}}Scopes").text = " ".join(match.scopes)
        if match.xaddrs:
            etree.SubElement(element, f"{{{WSD}}}XAddrs").text = " ".join(match.xaddrs)
        etree.SubElement(element, f"{{{WSD}}}MetadataVersion").text = str(match.metadata_version)
    answer = envelope.response(asked, root, PROBE_MATCHES)
    return Message(
        answer.action,
        root,
        to=answer.to,
        message_id=answer.message_id,
        relates_to=answer.relates_to,
        headers=(_app_sequence(app_sequence),),
    )


def _app_sequence(sequence: AppSequence) -> etree._Element:
    element = etree.Element(f"{{{WSD}}}AppSequence", nsmap={"wsd": WSD})
    element.set("InstanceId", str(sequence.instance_id))
    if sequence.sequence_id:
        element.set("SequenceId", sequence.sequence_id)
    element.set("MessageNumber", str(sequence.message_number))
    return element


def read_probe_matches(message: Message, deviations: Deviations) -> tuple[ProbeMatch, ...]:
    """The matches of an answer. Raises ContentError when the body is no ProbeMatches.

    A match without an endpoint address is noted and left out; a missing MetadataVersion counts as 1.
    """
    cursor = _body(message, "ProbeMatches", deviations)
    found: list[ProbeMatch] = []
    for match in cursor.children("ProbeMatch"):
        if len(found) >= MAX_LIST:
            break
        address = endpoint_address(match)
        if not address:
            deviations.note("element-missing", place(match.element), "EndpointReference/Address")
            continue
        found.append(
            ProbeMatch(
                address,
                read_qnames(match.child("Types")),
                read_uris(match.child("Scopes")),
                read_uris(match.child("XAddrs")),
                _version(match),
            )
        )
    return tuple(found)


def endpoint_address(cursor: Cursor) -> str:
    """Address of the wsa:EndpointReference among the children; '' where there is none."""
    reference = Cursor(cursor.element, (WSA,), cursor.deviations).child("EndpointReference")
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


def _body(message: Message, name: str, deviations: Deviations) -> Cursor:
    body = message.body
    if body is None:
        raise ContentError(name, "the Body is empty")
    if local_name(body) != name or namespace_of(body) != WSD:
        raise ContentError(name, f"the Body holds {local_name(body)}")
    return Cursor(body, (WSD,), deviations)
