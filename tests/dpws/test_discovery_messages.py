"""Hello, Bye, Resolve and ResolveMatches in both versions: what we write, and what of others' writing is read."""

from __future__ import annotations

import pytest
from discovery_values import SCAN_DEVICE, WSA, WSA_11, WSCN, WSD, WSD_11, make_target
from lxml import etree

from emulator.dpws import discovery
from emulator.dpws.constants import DEVICE_TYPE, DEVICE_TYPE_2009
from emulator.dpws.discovery import AppSequence, ProbeMatch
from emulator.dpws.versions import (
    DISCOVERY_ADDRESSING,
    V2005,
    V2009,
    VERSIONS,
    DiscoveryVersion,
    discovery_action,
    version_of_namespace,
)
from emulator.soap import schema
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, read_envelope, write_envelope
from emulator.soap.reading import ContentError

SEQUENCE = AppSequence(1_700_000_000, 3, "urn:uuid:sequence")
MATCH = make_target(1).match("http://192.0.2.7:5357")


def over_the_wire(message: Message) -> Message:
    received = read_envelope(write_envelope(message), DISCOVERY_ADDRESSING)
    assert not list(received.deviations)
    return received.message


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_hello_tells_the_same_as_a_match(version: DiscoveryVersion, no_deviations: Deviations) -> None:
    # The law: [discovery/hello/body] [discovery/hello/to-the-discovery-urn] [discovery/hello/xaddrs]
    message = over_the_wire(discovery.hello(MATCH, SEQUENCE, version=version, prefixes={WSCN: "wscn"}))
    assert (message.action, message.to) == (f"{version.namespace}/Hello", version.to)
    assert message.relates_to == "" and message.reply_to == ""
    read = discovery.read_hello(message, no_deviations)
    assert read == ProbeMatch(MATCH.address, version.types(MATCH.types), MATCH.scopes, MATCH.xaddrs, 1)
    assert discovery.read_app_sequence(message) == SEQUENCE


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_bye_and_resolve_name_the_endpoint(version: DiscoveryVersion, no_deviations: Deviations) -> None:
    # The law: [discovery/bye/body-endpoint-reference] [discovery/bye/to-the-discovery-urn]
    # The law: [discovery/resolve/to-the-discovery-urn]
    bye = over_the_wire(discovery.bye(MATCH.address, SEQUENCE, version=version))
    assert discovery.read_bye(bye, no_deviations) == MATCH.address
    resolve = over_the_wire(discovery.resolve(MATCH.address, version=version))
    assert discovery.read_resolve(resolve, no_deviations) == MATCH.address
    assert resolve.reply_to == version.addressing.anonymous
    answer = over_the_wire(discovery.resolve_matches(resolve, MATCH, SEQUENCE, version=version))
    assert (answer.action, answer.relates_to) == (f"{version.namespace}/ResolveMatches", resolve.message_id)
    (match,) = discovery.read_resolve_matches(answer, no_deviations)
    assert (match.address, match.xaddrs) == (MATCH.address, MATCH.xaddrs)


def test_a_device_of_one_dpws_is_one_of_the_other_for_who_speaks_that() -> None:
    # The law: [dpws/namespace/of-2009-01]
    assert V2005.types((DEVICE_TYPE, SCAN_DEVICE)) == (DEVICE_TYPE, SCAN_DEVICE)
    assert V2009.types((DEVICE_TYPE, SCAN_DEVICE)) == (DEVICE_TYPE_2009, DEVICE_TYPE, SCAN_DEVICE)
    assert V2009.types((SCAN_DEVICE,)) == (SCAN_DEVICE,)


def test_actions_and_namespaces_tell_the_version() -> None:
    # The law: [discovery/message/action-is-namespace-and-name] [discovery/namespace/of-2005-04]
    # The law: [discovery/namespace/of-2009-01]
    assert discovery_action(f"{WSD}/Hello") == (V2005, "Hello")
    assert discovery_action(f"{WSD_11}/ResolveMatches") == (V2009, "ResolveMatches")
    assert discovery_action(f"{WSD}/Other") is None
    assert version_of_namespace(WSA) is None


def parse(name: str, inner: str = "", *, wsd: str = WSD, wsa: str = WSA) -> Message:
    return Message("urn:x", etree.fromstring(f'<d:{name} xmlns:d="{wsd}" xmlns:a="{wsa}">{inner}</d:{name}>'))


@pytest.mark.parametrize(
    ("read", "name"),
    [(discovery.read_hello, "Hello"), (discovery.read_bye, "Bye"), (discovery.read_resolve, "Resolve")],
)
def test_a_message_that_names_nobody_is_a_content_error(read, name: str) -> None:  # type: ignore[no-untyped-def]
    empty = "<a:EndpointReference><a:Address> </a:Address></a:EndpointReference>"
    for message in (parse(name), parse(name, empty), parse("Other"), Message("urn:x", None)):
        with pytest.raises(ContentError):
            read(message, Deviations())


def test_an_endpoint_of_the_other_addressing_is_none() -> None:
    foreign = "<a:EndpointReference><a:Address>urn:a</a:Address></a:EndpointReference>"
    with pytest.raises(ContentError):
        discovery.read_bye(parse("Bye", foreign, wsa=WSA_11), Deviations())
    assert discovery.read_bye(parse("Bye", foreign, wsd=WSD_11, wsa=WSA_11), Deviations()) == "urn:a"


@pytest.mark.parametrize(
    "attributes", ['InstanceId="x" MessageNumber="1"', 'InstanceId="1"', 'InstanceId="-1" MessageNumber="1"', ""]
)
def test_an_app_sequence_without_numbers_is_none(attributes: str) -> None:
    # The law: [discovery/app-sequence/instance-id-grows]
    header = etree.fromstring(f'<d:AppSequence xmlns:d="{WSD}" {attributes}/>')
    assert discovery.read_app_sequence(Message("urn:x", None, headers=(header,))) is None
    assert discovery.read_app_sequence(Message("urn:x", None)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "<d:Types>x:Undeclared</d:Types><d:MetadataVersion>1</d:MetadataVersion>",
        "<d:XAddrs>http://a/</d:XAddrs><d:Types>a:B</d:Types><d:MetadataVersion>1</d:MetadataVersion>",
        "<d:MetadataVersion>-1</d:MetadataVersion>",
        "",
    ],
)
@pytest.mark.parametrize(("wsd", "wsa"), [(WSD, WSA), (WSD_11, WSA_11)])
def test_the_schema_that_all_we_send_is_checked_by_finds_mistakes(wrong: str, wsd: str, wsa: str) -> None:
    endpoint = "<a:EndpointReference><a:Address>urn:a</a:Address></a:EndpointReference>"
    good = parse("Hello", f"{endpoint}<d:MetadataVersion>1</d:MetadataVersion>", wsd=wsd, wsa=wsa).body
    bad = parse("Hello", endpoint + wrong, wsd=wsd, wsa=wsa).body
    assert good is not None and bad is not None
    assert not schema.violations(good) and schema.violations(bad)
