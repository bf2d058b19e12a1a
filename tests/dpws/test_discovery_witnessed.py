"""What `discover --witness` makes of two readings: where they part is named, and what nobody read is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from discovery_values import make_target, publish

from emulator.dpws.findings import Found, KeptDatagram, SearchFindings
from emulator.dpws.publication import PublicationKind
from emulator.dpws.versions import V2005
from emulator.inspector.witnessed import differences, witnessed
from emulator.soap.xml import QName
from emulator.witness.witness import Seen

ASKED = "urn:uuid:00000000-0000-4000-8000-0000000000a1"
HOST = "192.0.2.1"


def answer() -> bytes:
    made = publish(make_target()).datagram(
        PublicationKind.PROBE_MATCHES, V2005, HOST, "urn:uuid:00000000-0000-4000-8000-0000000000b1", ASKED.encode()
    )
    assert made is not None
    return made


def kept(*datagrams: bytes) -> tuple[list[Found], list[KeptDatagram]]:
    findings = SearchFindings(keep=9)
    findings.expect(ASKED)
    for each in datagrams:
        findings.received(each, HOST)
    return findings.found, list(findings.kept.values())


async def test_each_reading_is_told_beside_ours() -> None:
    found, datagrams = kept(answer(), b"no envelope")
    (one,) = found
    words, others = await witnessed(found, datagrams)
    assert str(words[one.match.address]) == "sees the same"
    assert [(each.source, str(each)) for each in others] == [(HOST, "it passes it over")]
    elsewhere = replace(
        one.match, scopes=("http://scopes.example/other",), metadata_version=7, types=(QName("u", "T"),)
    )
    words, _ = await witnessed([replace(one, match=elsewhere)], datagrams)
    word = words[one.match.address]
    assert word.differs == ("types", "scopes", "metadata_version")
    assert str(word).startswith("sees otherwise: types {") and "; scopes http://scopes.example/floor/1;" in str(
        word
    )
    (sees,) = json.loads(json.dumps(word.as_dict()))["sees"]
    assert sees["scopes"] == ["http://scopes.example/floor/1"] and sees["metadata_version"] == "1"


async def test_a_target_that_the_witness_does_not_see_and_one_that_it_was_not_shown() -> None:
    (one,), (datagram,) = kept(answer())
    other = replace(one, match=replace(one.match, address="urn:other"))
    words, _ = await witnessed([other], [replace(datagram, addresses=("urn:other",))])
    assert words["urn:other"].differs == ("address",)
    assert str(words["urn:other"]) == f"sees otherwise: address {one.match.address}"
    words, others = await witnessed([other], [datagram])
    assert (str(words["urn:other"]), others) == ("it was not shown to it", [])


@pytest.mark.parametrize(
    ("seen", "differs"),
    [
        (Seen("a", ("t2", "t1"), ("s",), ("x1", "x2"), "1"), ()),
        (Seen("a", ("t1", "t2"), ("s",), ("x1",), "1"), ()),
        (Seen("a", ("t1", "t2"), ("s",), (), "1"), ("xaddrs",)),
        (Seen("a", ("t1", "t2"), ("s",), ("x1", "x3"), "1"), ("xaddrs",)),
        (Seen("a", ("t1",), (), ("x1",), "2"), ("types", "scopes", "metadata_version")),
    ],
    ids=["order", "fewer URLs", "no URL", "another URL", "the rest"],
)
def test_what_is_a_difference(seen: Seen, differs: tuple[str, ...]) -> None:
    assert differences(seen, Seen("a", ("t1", "t2"), ("s",), ("x1", "x2"), "1")) == differs
