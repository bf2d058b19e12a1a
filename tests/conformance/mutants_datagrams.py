"""Mutants of a scan server's datagrams, and of what stands in every envelope."""

from __future__ import annotations

from typing import Literal

from mutant import Mutant, altered, rewritten, says_by_udp, text

FOUND = ("discovery/*", "wsdapi/*", "soap/*", "bdsrr/3.2.3/*", "addressing/*", "dsp/*", "dsc/*", "notes/*")
NOWHERE = f"http://{'a' * 70}/x"
"""A label of a name has 63 octets at most: nobody is asked for it."""
LOST = altered("lost", "datagram")


def answers_to(text: bytes, octets: bytes, to_group: bool) -> Literal["as ever", "answered"]:
    """Datagrams that hold it are answered with a match."""
    return "answered" if text in octets else "as ever"


MUTANTS = (
    Mutant("bdsrr/3.2.3/listens-on-udp-and-tcp", "no answer by UDP", (LOST,), also=FOUND),
    Mutant("discovery/probe-matches/to-the-source-port", "no answer by UDP", (LOST,), also=FOUND),
    Mutant(
        "wsdapi/wsdbit/unknown-type-silence",
        "answered",
        at_udp=lambda octets, to_group: answers_to(b"odd:Nobody", octets, to_group),
        also=FOUND,
    ),
    Mutant(
        "discovery/match/no-match-by-unicast-udp",
        "answered",
        at_udp=lambda octets, to_group: answers_to(b"odd:Nobody", octets, to_group),
        also=FOUND,
    ),
    *(
        Mutant(id, does, at_udp=lambda octets, to_group: answers_to(b"Resolve>", octets, to_group), also=FOUND)
        for id, does in (
            ("discovery/resolve/foreign-address-silence", "everybody's"),
            ("wsdapi/wsdbit/foreign-resolve-silence", "everybody's"),
            ("discovery/endpoint/address-compared-as-a-string", "in any letters"),
        )
    ),
    Mutant(
        "discovery/timing/repeated-message-ids-dropped",
        "answered each time",
        at_udp=lambda octets, to_group: answers_to(b"Probe>", octets, to_group),
        also=FOUND,
    ),
    *(
        Mutant("wsdapi/xaddrs/ip-literal-or-resolvable-name", does, (plug,), also=FOUND)
        for does, plug in (
            ("no name, by HTTP", rewritten(text("//wsd:XAddrs", NOWHERE), "Probe", faults=False)),
            ("no name, by UDP", says_by_udp(lambda root, _: text("//wsd:XAddrs", NOWHERE)(root), "ProbeMatches")),
        )
    ),
    Mutant(
        "soap/udp/no-envelope-silence",
        "answered",
        at_udp=lambda octets, to_group: answers_to(b"M-SEARCH", octets, to_group),
        also=FOUND,
    ),
    Mutant("soap/udp/one-envelope-a-datagram", "two", (altered("two-in-one", "datagram"),), also=FOUND),
    Mutant("soap/udp/size", "too long", (altered("too-large", "datagram", octets=40_000),), also=FOUND),
    Mutant("soap/envelope/document-type-never-sent", "one", (altered("doctype"),), also=("*",)),
)
