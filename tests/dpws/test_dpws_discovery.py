"""Probe and ProbeMatches: what we write, and what of others' writing is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dpws import constants, discovery
from emulator.dpws.discovery import AppSequence, Probe, ProbeMatch
from emulator.dpws.matching import is_match, matching_rule_not_supported
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, fault_response, read_envelope, write_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, XmlRefused

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
SCAN_DEVICE = QName(WSCN, "ScanDeviceType")
SEQUENCE = AppSequence(1_700_000_000, 3)
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
}


def over_the_wire(message: Message) -> tuple[Message, etree._Element]:
    """The message as our reader sees it, and the document as any other parser does."""
    data = write_envelope(message)
    received = read_envelope(data)
    assert not list(received.deviations)
    return received.message, etree.fromstring(data)


def test_a_probe_names_types_and_scopes_with_declared_prefixes(no_deviations: Deviations) -> None:
    # The law: [discovery/types/usual-prefixes] [discovery/probe/to-the-discovery-urn]
    # The law: [discovery/types/qnames-with-declared-prefixes] [discovery/scopes/uris]
    asked = discovery.probe((constants.DEVICE_TYPE, SCAN_DEVICE), ("http://a/1", "urn:x"), prefixes={WSCN: "wscn"})
    message, document = over_the_wire(asked)
    assert message.action == "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    assert message.to == "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
    assert document.findtext(".//d:Types", namespaces=NS) == "wsdp:Device wscn:ScanDeviceType"
    assert discovery.read_probe(message, no_deviations) == Probe(
        (constants.DEVICE_TYPE, SCAN_DEVICE), ("http://a/1", "urn:x")
    )


def test_an_empty_probe_has_neither_types_nor_scopes(no_deviations: Deviations) -> None:
    # The law: [discovery/probe/types-and-scopes-optional]
    message, document = over_the_wire(discovery.probe())
    (probe,) = document.findall(".//d:Probe", namespaces=NS)
    assert len(probe) == 0
    assert discovery.read_probe(message, no_deviations) == Probe()


def test_two_namespaces_that_want_the_same_prefix_get_different_ones(no_deviations: Deviations) -> None:
    names = (QName("urn:a", "X"), QName("urn:b", "Y"), QName("urn:c", "Z"))
    message, _ = over_the_wire(discovery.probe(names, prefixes={"urn:a": "p", "urn:b": "p"}))
    assert discovery.read_probe(message, no_deviations).types == names


def test_probe_matches_hold_the_five_children_in_order_and_the_app_sequence(no_deviations: Deviations) -> None:
    # The law: [clients/wsd-python/no-sequence-id] [discovery/probe-matches/body]
    # The law: [discovery/probe-matches/headers] [clients/wsd-python/app-sequence]
    # The law: [clients/wsd-python/integer-metadata-version] [clients/go-mfp/address-and-metadata-version]
    # The law: [clients/go-mfp/app-sequence-complete]
    # The law: [clients/wsdiscover/metadata-version]
    asked, _ = over_the_wire(discovery.probe())
    match = ProbeMatch(
        "urn:uuid:978e9349-e854-444f-87a6-1946553e14a6",
        (constants.DEVICE_TYPE, SCAN_DEVICE),
        ("http://scope/1",),
        ("https://dsm1.contoso.com:5362/ScanServer",),
        7,
    )
    answer, document = over_the_wire(discovery.probe_matches(asked, [match], SEQUENCE, prefixes={WSCN: "wscn"}))
    (element,) = document.findall(".//d:ProbeMatch", namespaces=NS)
    assert [etree.QName(child).localname for child in element] == [
        "EndpointReference",
        "Types",
        "Scopes",
        "XAddrs",
        "MetadataVersion",
    ]
    sequence = document.find(".//s:Header/d:AppSequence", namespaces=NS)
    assert sequence is not None
    assert (sequence.get("InstanceId"), sequence.get("MessageNumber")) == ("1700000000", "3")
    assert answer.relates_to == asked.message_id
    assert answer.to == "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
    assert discovery.read_probe_matches(answer, no_deviations) == (match,)


def test_no_match_is_an_empty_probe_matches(no_deviations: Deviations) -> None:
    # The law: [discovery/match/no-match-over-http]
    asked, _ = over_the_wire(discovery.probe())
    answer, _ = over_the_wire(discovery.probe_matches(asked, (), SEQUENCE))
    assert discovery.read_probe_matches(answer, no_deviations) == ()


#: As gSOAP writes it: prefixes of its own, all namespaces on the Envelope, line breaks, mustUnderstand.
FOREIGN = b"""<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:ns1="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:ns2="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:q="http://schemas.xmlsoap.org/ws/2006/02/devprof"
 xmlns:own="urn:vendor">
 <SOAP-ENV:Header>
  <ns1:MessageID>urn:uuid:fb5ab95c-08ef-4cc2-8ec0-c4be667b1862</ns1:MessageID>
  <ns1:RelatesTo>urn:uuid:c7a18640-1e15-48ac-8326-0026a5719d98</ns1:RelatesTo>
  <ns1:To SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</ns1:To>
  <ns1:Action SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</ns1:Action>
 </SOAP-ENV:Header>
 <SOAP-ENV:Body>
  <ns2:ProbeMatches>
   <ns2:ProbeMatch>
    <ns1:EndpointReference><ns1:Address> urn:uuid:1 </ns1:Address></ns1:EndpointReference>
    <ns2:Types>
      q:Device
      own:Thing   d:ScanDeviceType</ns2:Types>
    <ns2:XAddrs>http://10.0.0.1/a
      http://[fe80::1]/a</ns2:XAddrs>
    <ns2:MetadataVersion>x</ns2:MetadataVersion>
   </ns2:ProbeMatch>
   <ns2:ProbeMatch><ns2:XAddrs>http://nobody/</ns2:XAddrs></ns2:ProbeMatch>
   <ns2:ProbeMatch><ns1:EndpointReference><ns1:Address>urn:uuid:2</ns1:Address></ns1:EndpointReference></ns2:ProbeMatch>
  </ns2:ProbeMatches>
 </SOAP-ENV:Body>
</SOAP-ENV:Envelope>"""


def test_other_prefixes_white_space_and_missing_parts_are_read_and_told() -> None:
    # The law: [clients/wsd-python/probe-with-undeclared-prefix]
    received = read_envelope(FOREIGN)
    deviations = Deviations()
    first, second = discovery.read_probe_matches(received.message, deviations)
    assert first == ProbeMatch(
        "urn:uuid:1",
        (constants.DEVICE_TYPE, QName("urn:vendor", "Thing"), QName("", "ScanDeviceType")),
        (),
        ("http://10.0.0.1/a", "http://[fe80::1]/a"),
        1,
    )
    assert second == ProbeMatch("urn:uuid:2")
    found = [(deviation.id, deviation.detail) for deviation in deviations]
    assert ("address-white-space", "") in found
    assert ("namespace", "prefix of d:ScanDeviceType not declared") in found
    assert ("element-missing", "EndpointReference/Address") in found
    assert ("element-missing", "MetadataVersion") in found
    assert [id for id, _ in found].count("value") == 1


def test_an_unprefixed_type_is_in_the_default_namespace() -> None:
    data = write_envelope(discovery.probe()).replace(b"<wsd:Probe ", b'<wsd:Probe xmlns="urn:default" ')
    data = data.replace(b'discovery"/>', b'discovery"><wsd:Types>Thing</wsd:Types></wsd:Probe>')
    assert discovery.read_probe(read_envelope(data).message, Deviations()).types == (QName("urn:default", "Thing"),)


@pytest.mark.parametrize(
    "body", [None, etree.Element("Probe"), etree.Element("{urn:x}Probe"), etree.Element(f"{{{NS['d']}}}Bye")]
)
def test_a_body_that_is_no_probe_is_a_content_error(body: etree._Element | None) -> None:
    for read in (discovery.read_probe, discovery.read_probe_matches):
        with pytest.raises(ContentError, match="Probe"):
            read(Message("urn:x", body), Deviations())


OWN_TYPES = (constants.DEVICE_TYPE, SCAN_DEVICE)
OWN_SCOPES = ("http://Example.COM/a/b%20c", "urn:uuid:978e9349-e854-444f-87a6-1946553e14a6")
UUID_RULE = "http://schemas.xmlsoap.org/ws/2005/04/discovery/uuid"
STRCMP0 = "http://schemas.xmlsoap.org/ws/2005/04/discovery/strcmp0"


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        (Probe(), True),
        (Probe((constants.DEVICE_TYPE,)), True),
        (Probe((constants.DEVICE_TYPE, SCAN_DEVICE)), True),
        (Probe((constants.DEVICE_TYPE, QName(WSCN, "Other"))), False),
        (Probe((QName("urn:x", "Device"),)), False),
        (Probe((QName("", "ScanDeviceType"),)), True),  # undeclared prefix, as WSD-python sends
        (Probe(scopes=("http://example.com/a",)), True),
        (Probe(scopes=("HTTP://example.com/a/",)), True),
        (Probe(scopes=("http://example.com/a/b c",)), True),
        (Probe(scopes=("http://example.com/A",)), False),
        (Probe(scopes=("http://example.com/a/b",)), False),  # whole segments
        (Probe(scopes=("http://example.com/a/./b%20c",)), False),
        (Probe(scopes=("http://example.com/a?q#f",)), True),
        (Probe(scopes=("http://other.com/a",)), False),
        (Probe(scopes=("http://[/a",)), False),
        (Probe(scopes=("http://example.com/a", "http://other.com/")), False),
        (Probe(scopes=("uuid:978E9349-E854-444F-87A6-1946553E14A6",), match_by=UUID_RULE), True),
        (Probe(scopes=("urn:uuid:978e9349-e854-444f-87a6-1946553e14a7",), match_by=UUID_RULE), False),
        (Probe(scopes=("978e9349",), match_by=UUID_RULE), False),
        (Probe(scopes=("http://Example.COM/a/b%20c",), match_by=STRCMP0), True),
        (Probe(scopes=("http://example.com/a/b%20c",), match_by=STRCMP0), False),
        (Probe(scopes=("x",), match_by="urn:unknown"), None),
    ],
)
def test_who_answers_a_probe(asked: Probe, answers: bool | None) -> None:
    # The law: [wsdapi/wsdbit/strcmp0-case-sensitive] [wsdapi/wsdbit/scope-match-answered]
    # The law: [wsdapi/wsdbit/empty-probe-answered] [discovery/match/every-type]
    # The law: [discovery/match/namespace-and-local-name] [discovery/match/every-scope]
    # The law: [discovery/match/empty-probe-answered] [discovery/match/rfc2396-scheme-and-authority]
    # The law: [discovery/match/rfc2396-path] [discovery/match/uuid] [discovery/match/ldap]
    # The law: [discovery/match/strcmp0] [clients/wsd-python/types-as-text]
    assert is_match(asked, OWN_TYPES, OWN_SCOPES) is answers


def test_the_fault_for_an_unknown_rule_lists_the_known_ones() -> None:
    # The law: [discovery/match/unknown-rule-fault]
    data = write_envelope(fault_response(None, matching_rule_not_supported()))
    document = etree.fromstring(data)
    assert document.findtext(".//s:Subcode/s:Value", namespaces=NS) == "wsd:MatchingRuleNotSupported"
    rules = document.findtext(".//d:SupportedMatchingRules", namespaces=NS)
    assert rules is not None
    assert set(rules.split()) == {f"{NS['d']}/{rule}" for rule in ("rfc2396", "uuid", "ldap", "strcmp0")}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_message_gives_a_value_or_a_named_error(data: st.DataObject) -> None:
    message = bytearray(FOREIGN)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(message) - 1))
        length = data.draw(st.integers(0, 40))
        message[at : at + length] = data.draw(st.binary(max_size=20))
    try:
        received = read_envelope(bytes(message))
        discovery.read_probe_matches(received.message, received.deviations)
    except (XmlRefused, FaultError, ContentError):
        pass


NAMES = st.sampled_from(["Types", "Scopes", "XAddrs", "MetadataVersion", "ProbeMatch", "Other"])


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"))),
        lambda children: st.tuples(NAMES, st.lists(children, max_size=4)),
        max_leaves=12,
    )
)
def test_any_tree_of_discovery_elements_is_read(tree: object) -> None:
    def build(node: object) -> etree._Element:
        name, content = node  # type: ignore[misc]
        element = etree.Element(f"{{{NS['d']}}}{name}")
        if isinstance(content, str):
            element.text = content
        else:
            element.extend([build(child) for child in content])
        return element

    for root in ("Probe", "ProbeMatches"):
        body = etree.Element(f"{{{NS['d']}}}{root}")
        body.append(build(tree))
        message = Message("urn:x", body)
        if root == "Probe":
            assert isinstance(discovery.read_probe(message, Deviations()), Probe)
        else:
            for match in discovery.read_probe_matches(message, Deviations()):
                assert match.address
