"""Who is answered what, when and how often: the responder on a clock that is set by hand."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from itertools import pairwise

import pytest
from discovery_values import (
    AT_ONCE,
    SCAN_DEVICE,
    WSA,
    WSA_11,
    WSCN,
    WSD,
    WSD_11,
    FakeLink,
    Network,
    Sent,
    make_target,
    probe_by_hand,
    publish,
    resolve_by_hand,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.discovery import read_bye, read_hello, read_probe_matches, read_resolve_matches
from emulator.dpws.timing import Timing
from emulator.soap.deviations import Deviations

ALL_MATCH = ["", "p:Device", "s:ScanDeviceType", "p:Device s:ScanDeviceType", "ScanDeviceType", "u:ScanDeviceType"]


@pytest.mark.parametrize("types", ALL_MATCH)
def test_a_probe_that_matches_is_answered_to_its_source_with_one_match_and_one_xaddr(
    types: str, no_deviations: Deviations
) -> None:
    # The law: [clients/wsd-python/first-probe-match] [wsdapi/app-sequence/duplicates-dropped]
    # The law: [discovery/xaddrs/http-urls] [discovery/probe/reply-to] [wsdapi/xaddrs/one-of-a-windows-host]
    # The law: [wsdapi/xaddrs/http-or-https] [wsdapi/wsdbit/probe-for-wsdp-device-answered]
    # The law: [discovery/probe-matches/to-the-source-port] [discovery/probe-matches/headers]
    # The law: [discovery/probe-matches/body] [discovery/relates-to/of-the-question]
    # The law: [discovery/probe-matches/xaddrs] [clients/wsdd/one-x-addr] [clients/wsdd/relates-to]
    # The law: [clients/sane-airscan/x-addrs]
    network = Network()
    message_id = f"urn:uuid:{uuid.uuid4()}"
    elsewhere = "<a:ReplyTo><a:Address>http://192.0.2.99/answers</a:Address></a:ReplyTo>"
    asked = probe_by_hand(types, message_id=message_id, extra=elsewhere)
    (sent,) = network.answers(asked, source=("192.0.2.1", 49_152))
    assert sent.to == ("192.0.2.1", 49_152)
    assert sent.name == "ProbeMatches"
    assert sent.message.relates_to == message_id
    assert sent.message.to == f"{WSA}/role/anonymous"
    (match,) = read_probe_matches(sent.message, no_deviations)
    assert match.address == network.publications[0].target.address
    assert match.types == (DEVICE_TYPE, SCAN_DEVICE)
    assert match.xaddrs == ("http://192.0.2.7:5357/device/1",)
    assert match.metadata_version == 1
    assert len(sent.data) <= 4096
    assert b">wsdp:Device wscn:ScanDeviceType<" in sent.data, "some clients match the literal prefixes"


def test_an_ipv6_asker_gets_an_address_of_his_family(no_deviations: Deviations) -> None:
    # The law: [clients/wsdd/address-of-the-asker-s-family]
    (sent,) = Network().answers(probe_by_hand(), source=("fe80::1%eth0", 5_000, 0, 4))
    (match,) = read_probe_matches(sent.message, no_deviations)
    assert match.xaddrs == ("http://[fe80::7]:5357/device/1",)
    assert sent.to == ("fe80::1%eth0", 5_000, 0, 4)


@pytest.mark.parametrize(
    "data",
    [
        probe_by_hand("s:PrintDeviceType"),
        probe_by_hand("p:Device s:PrintDeviceType"),
        probe_by_hand("q:Device"),  # a type of DPWS 1.1 in a Probe of 2005/04
        probe_by_hand(scopes="http://scopes.example/floor/2"),
        probe_by_hand(match_by="urn:unknown", scopes="x"),
        resolve_by_hand("urn:uuid:00000000-0000-4000-8000-000000000000"),
        resolve_by_hand(make_target(1).address.upper()),  # addresses are compared as they are
        probe_by_hand(message_id=""),
        probe_by_hand(message_id="urn:uuid:" + "0" * 300),
        probe_by_hand(wsa=WSA_11),
        b"",
        b"\x00" * 100,
        b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n",
        probe_by_hand().replace(b"/Probe<", b"/Prod<"),
        probe_by_hand()[:-10],
        probe_by_hand().replace(b"d:Probe>", b"d:Bye>").replace(b"<d:Probe", b"<d:Bye"),
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + probe_by_hand("&b;"),
        probe_by_hand(scopes="x " * 20_000),
        probe_by_hand(extra='<x:Y xmlns:x="urn:x" e:mustUnderstand="true"/>'),
    ],
)
def test_silence_where_silence_is_due(data: bytes) -> None:
    # The law: [wsdapi/wsdbit/unknown-type-silence] [wsdapi/wsdbit/foreign-resolve-silence]
    # The law: [discovery/match/no-match-by-multicast-silence] [discovery/match/unknown-rule-multicast-silence]
    # The law: [discovery/resolve/foreign-address-silence]
    network = Network(timing=Timing())
    network.ask(data)
    assert network.responder.next_due is None


def test_what_is_ignored_is_told_to_the_log_in_one_short_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Network().ask(b"<a>" * 5_000)
    (record,) = caplog.records
    assert record.levelno == logging.DEBUG
    assert "192.0.2.1" in record.getMessage() and len(record.getMessage()) < 300


def test_the_answer_to_an_unknown_rule_on_unicast_is_the_fault() -> None:
    # The law: [discovery/match/unknown-rule-fault] [discovery/match/unknown-rule-reason]
    network = Network(targets=3)
    (sent,) = network.answers(probe_by_hand(match_by="urn:unknown", scopes="x"), local="192.0.2.7")
    fault = sent.message.fault
    assert fault is not None and fault.subcode is not None
    assert fault.subcode == (WSD, "MatchingRuleNotSupported")
    assert sent.message.action == f"{WSD}/fault"
    document = etree.fromstring(sent.data)
    rules = document.findtext(".//{*}SupportedMatchingRules")
    assert rules is not None and set(rules.split()) == {
        f"{WSD}/{rule}" for rule in ("rfc2396", "uuid", "ldap", "strcmp0")
    }


def test_no_match_on_unicast_is_silence_too() -> None:
    # The law: [discovery/match/no-match-by-unicast-udp]
    assert Network().answers(probe_by_hand("s:PrintDeviceType"), local="192.0.2.7") == []


def test_who_asks_one_of_our_addresses_is_answered_from_it_with_it(no_deviations: Deviations) -> None:
    # The law: [wsdapi/xaddrs/subnet-of-the-adapter] [wsdapi/xaddrs/first-is-reachable]
    network = Network()
    network.ask(probe_by_hand(), local="198.51.100.7")
    (datagram,) = network.responder.due(network.now)
    assert datagram.local == "198.51.100.7"
    assert b"<wsd:XAddrs>http://198.51.100.7:5357/device/1</wsd:XAddrs>" in datagram.data


def test_a_resolve_is_answered_at_once_by_the_target_alone(no_deviations: Deviations) -> None:
    # The law: [wsdapi/wsdbit/foreign-resolve-silence] [wsdapi/discovery/xaddrs-or-resolve]
    # The law: [discovery/timing/resolve-matches-at-once] [discovery/resolve-matches/to-the-source-port]
    # The law: [discovery/resolve-matches/one-match-with-xaddrs] [discovery/resolve/foreign-address-silence]
    # The law: [clients/wsd-python/always-resolves]
    network = Network(timing=Timing(unicast_repeat=0), targets=5)
    (sent,) = network.answers(resolve_by_hand(network.publications[3].target.address))
    assert sent.name == "ResolveMatches"
    (match,) = read_resolve_matches(sent.message, no_deviations)
    assert match == network.publications[3].target.match("http://192.0.2.7:5357")


@pytest.mark.parametrize("types", ["q:Device", "p:Device", "s:ScanDeviceType"])
def test_a_probe_of_version_1_1_is_answered_in_kind(types: str, no_deviations: Deviations) -> None:
    # The law: [discovery/version/answer-in-that-of-the-request] [discovery/namespace/of-2009-01]
    (sent,) = Network().answers(probe_by_hand(types, wsd=WSD_11, wsa=WSA_11))
    assert sent.message.action == f"{WSD_11}/ProbeMatches"
    assert sent.message.to == f"{WSA_11}/anonymous"
    assert WSA.encode() not in sent.data and WSD.encode() not in sent.data
    (match,) = read_probe_matches(sent.message, no_deviations)
    assert {name.local for name in match.types} == {"Device", "ScanDeviceType"}
    assert match.address == make_target(1).address


def test_a_resolve_and_a_fault_of_version_1_1(no_deviations: Deviations) -> None:
    # The law: [discovery/version/answer-in-that-of-the-request]
    network = Network()
    (sent,) = network.answers(resolve_by_hand(make_target(1).address, wsd=WSD_11, wsa=WSA_11))
    assert sent.message.action == f"{WSD_11}/ResolveMatches"
    assert read_resolve_matches(sent.message, no_deviations)
    data = probe_by_hand(match_by=f"{WSD}/rfc2396", scopes="x", wsd=WSD_11, wsa=WSA_11)
    (sent,) = network.answers(data, local="192.0.2.7")
    assert sent.message.fault is not None and sent.message.action == f"{WSD_11}/fault"


@pytest.mark.parametrize(
    ("rule", "scopes", "own", "answers"),
    [
        ("none", "", (), True),
        ("none", "", ("http://a/",), False),
        ("ldap", "ldap:///ou=engineering,o=example,c=us", ("ldap:///cn=x, OU=Engineering,o=example,c=us",), True),
        ("ldap", "ldap:///ou=other,o=example,c=us", ("ldap:///cn=x,ou=engineering,o=example,c=us",), False),
        ("ldap", "ldap:///cn=x", ("ldap:///cn=x,ou=engineering",), False),
        ("ldap", "ldap://host/o=a", ("ldap:///o=a",), False),
        ("ldap", "ldap:///", ("ldap:///o=a",), True),
        ("ldap", r"ldap:///cn=b%5C,c", (r"ldap:///cn=a,cn=b%5C,c",), True),
        ("ldap", "http://a/", ("http://a/",), False),
        ("ldap", "ldap://[", ("ldap:///o=a",), False),
        ("strcmp0", "http://a/", ("http://a/",), True),
    ],
)
def test_rules_of_version_1_1(rule: str, scopes: str, own: tuple[str, ...], answers: bool) -> None:
    # The law: [discovery/match/default-rule] [discovery/match/none]
    network = Network(targets=0)
    network.responder.add(publish(make_target(1, scopes=own)))
    data = probe_by_hand(match_by=f"{WSD_11}/{rule}", scopes=scopes, wsd=WSD_11, wsa=WSA_11)
    assert len(network.answers(data)) == answers


def test_a_message_is_answered_once_for_each_source_that_sends_it() -> None:
    # The law: [discovery/timing/repeated-message-ids-dropped]
    network = Network()
    data = probe_by_hand()
    assert len(network.answers(data)) == 1
    assert network.answers(data) == []
    assert len(network.answers(data, source=("fe80::1", 5_000, 0, 4))) == 1, "the same asker's other family"
    network.now += 61
    assert len(network.answers(data)) == 1, "who uses one MessageID for ever is heard again"


def test_the_memory_of_messages_is_bounded() -> None:
    network = Network(targets=0)
    for number in range(10_000):
        network.ask(probe_by_hand(), source=(f"10.0.{number >> 8}.{number & 255}", 1))
    assert len(network.responder._seen) <= 4_096
    assert len(network.responder._by_address._state) <= 4_096


def test_answers_wait_a_random_time_and_are_repeated_octet_for_octet() -> None:
    # The law: [wsdapi/discovery/answer-within-4-s] [discovery/timing/app-max-delay]
    # The law: [discovery/timing/first-gap] [discovery/timing/gap-doubles-to-the-upper-delay]
    # The law: [discovery/message-id/repeated-by-retransmissions]
    # The law: [discovery/timing/answers-within-half-a-second] [discovery/timing/unicast-udp-repeat]
    network = Network(timing=Timing(), targets=50)
    begin = network.now
    network.ask(probe_by_hand())
    assert network.run(0.0) == []
    sent = network.run(5.0)
    first: dict[bytes, float] = {}
    for each in sent:
        if each.data in first:
            assert 0.05 <= each.at - first[each.data] <= 0.25
        else:
            first[each.data] = each.at
    assert len(first) == 50 and len(sent) == 100
    waits = [at - begin for at in first.values()]
    assert 0 <= min(waits) < 0.1 and 0.4 < max(waits) <= 0.5


def test_message_numbers_rise_in_the_order_of_sending_and_repetitions_keep_theirs() -> None:
    # The law: [wsdapi/app-sequence/stale-message] [discovery/app-sequence/message-number-counts]
    # The law: [discovery/app-sequence/message-number-of-a-retransmission]
    network = Network(timing=Timing(unicast_repeat=1))
    sent = []
    for _ in range(20):
        network.ask(probe_by_hand())
        network.ask(resolve_by_hand(make_target(1).address))
        sent += network.run(0.05)
    sent += network.run(5.0)
    fresh: list[int] = []
    by_id: dict[str, int] = {}
    for each in sent:
        number = each.sequence.message_number
        if each.message.message_id in by_id:
            assert by_id[each.message.message_id] == number
        else:
            by_id[each.message.message_id] = number
            fresh.append(number)
    assert fresh == sorted(fresh) and len(set(fresh)) == len(fresh)
    assert len(sent) > len(fresh) + 10, "most answers go out twice"
    assert {each.sequence.instance_id for each in sent} == {1_700_000_000}


def test_hello_is_repeated_to_the_group_with_doubling_waits(no_deviations: Deviations) -> None:
    # The law: [discovery/timing/multicast-udp-repeat] [discovery/timing/gap-doubles-to-the-upper-delay]
    # The law: [discovery/timing/hello-delayed]
    network = Network(timing=Timing(multicast_repeat=4))
    begin = network.now
    network.responder.hello(network.publications[0], network.link, network.now)
    sent = network.run(10.0)
    assert [each.to for each in sent] == [None] * 5
    assert {each.data for each in sent} == {sent[0].data}
    gaps = [later.at - earlier.at for earlier, later in pairwise(sent)]
    assert 0.05 <= gaps[0] <= 0.25
    assert gaps[1:] == pytest.approx([min(2 * gap, 0.5) for gap in gaps[:-1]])
    assert sent[0].at - begin <= 0.1
    assert sent[0].message.action == f"{WSD}/Hello"
    assert sent[0].message.to == "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
    assert read_hello(sent[0].message, no_deviations) == make_target(1).match("http://192.0.2.7:5357")


def test_after_bye_nothing_else_goes_out(no_deviations: Deviations) -> None:
    # The law: [discovery/life/bye-at-stop]
    network = Network(timing=Timing(), targets=2)
    gone = network.publications[0]
    network.responder.hello(gone, network.link, network.now)
    network.ask(probe_by_hand())
    network.run(0.01)
    assert network.responder.remove(gone.target.address) is gone
    network.responder.bye(gone, network.link, network.now)
    sent = network.run(10.0)
    byes = [each for each in sent if each.name == "Bye"]
    assert len(byes) == 3
    assert read_bye(byes[0].message, no_deviations) == gone.target.address
    others = [each for each in sent if each.name != "Bye"]
    assert others and all(gone.target.address.encode() not in each.data for each in others)
    assert len(network.answers(probe_by_hand())) == 0, "answers wait"
    assert network.responder.remove(gone.target.address) is None


def test_a_link_that_goes_takes_along_what_waits_for_it() -> None:
    network = Network(timing=Timing())
    other = FakeLink()
    network.responder.hello(network.publications[0], other, network.now)
    network.responder.hello(network.publications[0], network.link, network.now)
    network.responder.close(other)  # type: ignore[arg-type]
    assert len(network.run(5.0)) == 3


def test_a_change_of_metadata_shows_in_the_next_message(no_deviations: Deviations) -> None:
    # The law: [discovery/metadata-version/grows-with-each-change]
    network = Network()
    network.answers(probe_by_hand())
    network.publications[0].target.metadata_version = 2
    (sent,) = network.answers(probe_by_hand())
    assert read_probe_matches(sent.message, no_deviations)[0].metadata_version == 2


def test_many_scopes_are_left_out_rather_than_the_answer(no_deviations: Deviations) -> None:
    # The law: [discovery/timing/max-envelope-size]
    network = Network(targets=0)
    network.responder.add(publish(make_target(1, scopes=tuple(f"http://scopes.example/{n}" for n in range(300)))))
    (sent,) = network.answers(probe_by_hand(scopes="http://scopes.example/7"))
    assert len(sent.data) <= 4096
    assert read_probe_matches(sent.message, no_deviations)[0].scopes == ()


def test_a_target_that_fits_in_no_datagram_is_refused_before_it_is_published() -> None:
    # The law: [soap/udp/size] [discovery/timing/max-envelope-size]
    with pytest.raises(ValueError, match="datagram"):
        publish(make_target(1, path="/" + "x" * 4_000))
    network = Network()
    with pytest.raises(ValueError, match="already"):
        network.responder.add(publish(make_target(1)))


def test_a_message_id_that_swells_when_it_is_written_gets_no_oversized_answer() -> None:
    network = Network(targets=0)
    network.responder.add(publish(make_target(1, path="/" + "x" * 2_000)))
    for count in (10, 250):
        network.ask(probe_by_hand(message_id="&amp;&lt;&gt;" * (count // 3)))
        assert all(len(each.data) <= 4096 for each in network.run())


def test_special_characters_of_a_message_id_come_back_as_they_were() -> None:
    network = Network()
    (sent,) = network.answers(probe_by_hand(message_id="urn:uuid:&lt;&amp;&gt;&quot;ä"))
    assert sent.message.relates_to == 'urn:uuid:<&>"ä'


def octets_of(sent: list[Sent]) -> int:
    return sum(len(each.data) for each in sent)


ONE = octets_of(Network().answers(probe_by_hand()))
"""Octets of one target's answer."""


def test_answers_to_one_address_are_limited_in_octets_and_others_do_not_notice() -> None:
    limits = RateLimits(rate=10 * ONE, rate_per_target=0, burst=20.5 * ONE, burst_per_target=0)
    network = Network(limits=limits)
    victim = sum(len(network.answers(probe_by_hand(), source=("203.0.113.9", 7))) for _ in range(500))
    assert victim == 20
    assert len(network.answers(probe_by_hand(), source=("192.0.2.1", 7))) == 1
    network.now += 1.0
    later = sum(len(network.answers(probe_by_hand(), source=("203.0.113.9", 7))) for _ in range(500))
    assert later == 10


@pytest.mark.parametrize("targets", [1, 30, 300])
@pytest.mark.parametrize("repeat", [0, 1, 3])
@pytest.mark.parametrize("kind", ["probe", "long probe", "resolve", "rule"])
def test_nobody_has_more_octets_sent_to_another_than_the_burst_and_the_rate(
    kind: str, repeat: int, targets: int
) -> None:
    """Whatever is asked in his name, answers, faults and repetitions are counted as they go out."""
    limits = RateLimits()
    network = Network(timing=replace(AT_ONCE, unicast_repeat=repeat), targets=targets)
    asked = 0
    for number in range(400):
        message_id = f"urn:uuid:{number:040}" + ("&amp;" * 40 if kind == "long probe" else "")
        data = probe_by_hand(message_id=message_id)
        if kind == "resolve":
            data = resolve_by_hand(network.publications[0].target.address, message_id=message_id)
        elif kind == "rule":
            data = probe_by_hand(scopes="urn:x", match_by="urn:nobody:knows", message_id=message_id)
        network.ask(data, source=("203.0.113.9", 7), local="192.0.2.100" if kind == "rule" else "")
        asked += len(data)
    sent = octets_of(network.run(5.0))
    burst = limits.burst + limits.burst_per_target * targets
    assert 0 < sent <= burst * 1.02, "the estimate of a number's digits may be a little low"
    rate = limits.rate + limits.rate_per_target * targets
    network.ask(probe_by_hand(), source=("203.0.113.9", 7))
    assert octets_of(network.run(5.0)) <= 5.0 * rate * 1.02


def test_repetitions_are_left_out_before_answers_are() -> None:
    limits = RateLimits(rate=0, rate_per_target=0, burst=7.5 * ONE, burst_per_target=0)
    network = Network(timing=replace(AT_ONCE, unicast_repeat=1), limits=limits, targets=2)
    counts = []
    for _ in range(4):
        network.ask(probe_by_hand(types="p:Device"))
        counts.append(len(network.run(2.0)))
    assert counts == [4, 2, 1, 0]


def test_two_probes_of_all_targets_are_answered_by_all_at_once() -> None:
    """What an honest client does: one of each version of WS-Discovery."""
    for targets in (1, 30, 1_000):
        network = Network(timing=replace(AT_ONCE, unicast_repeat=1), targets=targets)
        first = network.answers(probe_by_hand())
        second = network.answers(probe_by_hand(wsd=WSD_11, wsa="http://www.w3.org/2005/08/addressing"))
        assert (len(first), len(second)) == (targets, targets)


def test_where_not_all_may_answer_a_few_chosen_at_random_do() -> None:
    limits = RateLimits(rate=10.5 * ONE, rate_per_target=0, burst=10.5 * ONE, burst_per_target=0)
    network = Network(limits=limits, targets=100)
    found: set[str] = set()
    for _ in range(60):
        answers = network.answers(probe_by_hand())
        assert len(answers) == 10
        found |= {read_probe_matches(each.message, Deviations())[0].address for each in answers}
        network.now += 1.0
    assert len(found) > 90


def test_a_thousand_targets_answer_one_probe_within_two_seconds() -> None:
    network = Network(timing=Timing(unicast_repeat=0), targets=1_000)
    begin = network.now
    network.ask(probe_by_hand())
    sent = network.run(3.0)
    assert len({read_probe_matches(each.message, Deviations())[0].address for each in sent}) == 1_000
    assert max(each.at for each in sent) - begin <= 2.0


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff<&"), max_size=30)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), st.builds(lambda t, s, m: probe_by_hand(t, s, match_by=""), TEXT, TEXT, TEXT)
    )
)
def test_any_datagram_is_survived(data: bytes) -> None:
    network = Network()
    network.ask(data)
    network.run(1.0)
    assert len(network.answers(probe_by_hand(), source=("192.0.2.99", 1))) == 1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage_to_a_probe_is_survived(data: st.DataObject) -> None:
    whole = bytearray(probe_by_hand("p:Device", "http://scopes.example/"))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    network = Network()
    network.ask(bytes(whole))
    for sent in network.run(1.0):
        assert sent.name in ("ProbeMatches", "fault")


def test_timing_at_once_means_at_once() -> None:
    assert AT_ONCE.answer_spread(1_000) == 0.0 and AT_ONCE.hello_spread(1_000) == 0.0
    assert Timing().answer_spread(10_000) == 2.0
    assert WSCN in publish(make_target()).prefixes
