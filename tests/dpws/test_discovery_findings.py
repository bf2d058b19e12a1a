"""What answers to a search add up to."""

from __future__ import annotations

from discovery_values import WSA_11, WSD_11, Network, make_target, probe_by_hand
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dpws import findings as module
from emulator.dpws.discovery import ProbeMatch, hello, probe, probe_matches, resolve, resolve_matches
from emulator.dpws.findings import Found, SearchFindings
from emulator.dpws.versions import V2005, V2009, DiscoveryVersion
from emulator.soap.envelope import Message, write_envelope

ONE = make_target(1).match("http://192.0.2.7:5357")
SEQUENCE = make_target(1).next_sequence()


def asked(findings: SearchFindings, version: DiscoveryVersion = V2005) -> Message:
    message = probe(version=version)
    findings.expect(message.message_id)
    return message


def answer(question: Message, *matches: ProbeMatch, version: DiscoveryVersion = V2005) -> bytes:
    return write_envelope(probe_matches(question, matches, SEQUENCE, version=version))


def test_a_match_is_told_once_and_kept() -> None:
    findings = SearchFindings()
    data = answer(asked(findings), ONE)
    assert findings.received(data, "192.0.2.7", "eth0") == [Found(ONE, "192.0.2.7", "eth0")]
    assert findings.received(data, "192.0.2.7", "eth0") == []
    assert findings.found == [Found(ONE, "192.0.2.7", "eth0")]


def test_the_addresses_of_both_families_come_together_and_newer_metadata_count() -> None:
    findings = SearchFindings()
    question = asked(findings)
    newer = ProbeMatch(ONE.address, ONE.types[:1], (), ("http://[fe80::7]:5357/x",), 2)
    findings.received(answer(question, ONE), "192.0.2.7")
    findings.received(answer(question, newer), "fe80::7%eth0")
    (found,) = findings.found
    assert found.match == ProbeMatch(ONE.address, ONE.types[:1], ONE.scopes, (*ONE.xaddrs, *newer.xaddrs), 2)
    assert found.source == "192.0.2.7"


def test_answers_to_others_and_announcements_are_passed_over() -> None:
    # The law: [discovery/relates-to/other-answers-dropped]
    findings = SearchFindings()
    asked(findings)
    assert findings.received(answer(probe(), ONE), "192.0.2.7") == []
    assert findings.received(write_envelope(hello(ONE, SEQUENCE)), "192.0.2.7") == []
    assert findings.received(probe_by_hand(), "192.0.2.7") == []
    assert findings.received(b"x" * 40_000, "192.0.2.7") == []
    assert findings.found == []


def test_a_resolve_brings_the_addresses_that_a_match_lacked() -> None:
    findings = SearchFindings()
    bare = ProbeMatch(ONE.address, ONE.types)
    assert findings.received(answer(asked(findings), bare), "192.0.2.7")
    question = resolve(ONE.address)
    findings.expect(question.message_id)
    data = write_envelope(resolve_matches(question, ONE, SEQUENCE))
    assert findings.received(data, "192.0.2.7") == []
    assert findings.found[0].match.xaddrs == ONE.xaddrs


def test_version_1_1_is_read_and_remembered() -> None:
    findings = SearchFindings()
    question = asked(findings, V2009)
    (found,) = findings.received(answer(question, ONE, version=V2009), "192.0.2.7")
    assert found.version is V2009 and found.match.address == ONE.address
    data = probe_by_hand(message_id=question.message_id, wsd=WSD_11, wsa=WSA_11)
    (sent,) = Network().answers(data)
    assert findings.received(sent.data, "192.0.2.7") == [], "what our responder answers is known already"
    assert len(findings.found) == 1


def test_who_invents_targets_is_listened_to_up_to_a_bound(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "MAX_FOUND", 10)
    findings = SearchFindings()
    question = asked(findings)
    for number in range(30):
        findings.received(answer(question, make_target(number).match("http://x")), "192.0.2.7")
    assert len(findings.found) == 10


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_to_an_answer_is_survived(data: st.DataObject) -> None:
    findings = SearchFindings()
    whole = bytearray(answer(asked(findings), ONE))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    findings.received(bytes(whole), "192.0.2.7")
    assert len(findings.found) <= 1
