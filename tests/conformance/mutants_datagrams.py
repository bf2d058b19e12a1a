"""Mutants of a scan server's datagrams, and of what stands in every envelope."""

from __future__ import annotations

from typing import Literal

from mutant import Mutant, altered

FOUND = ("discovery/*", "wsdapi/*", "soap/*", "bdsrr/3.2.3/*", "addressing/*", "dsp/*", "dsc/*", "notes/*")
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
        "soap/udp/no-envelope-silence",
        "answered",
        at_udp=lambda octets, to_group: answers_to(b"M-SEARCH", octets, to_group),
        also=FOUND,
    ),
    Mutant("soap/udp/one-envelope-a-datagram", "two", (altered("two-in-one", "datagram"),), also=FOUND),
    Mutant("soap/udp/size", "too long", (altered("too-large", "datagram", octets=40_000),), also=FOUND),
    Mutant("soap/envelope/document-type-never-sent", "one", (altered("doctype"),), also=("*",)),
)
