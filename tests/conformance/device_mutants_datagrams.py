"""Mutants of a device's datagrams: Probe and Resolve, what has to be met with silence, Hello and Bye."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Literal

from device_mutants_wire import answered
from device_plugs import spoilt, wrong
from mutant import Mutant, Plug, at, attribute, octets_by_udp, plugged, says_by_udp, swapped, text, without

from emulator.dpws.points import DATAGRAM, LaterDatagram, OutgoingDatagram
from emulator.dpws.timing import Timing
from emulator.layers import Layers

SEQUENCE = "//wsd:AppSequence"
MATCHES = ("ProbeMatches", "ResolveMatches")
Done = Literal["as ever", "passed over", "answered"]
FOUND = ("discovery/*", "wsdapi/*", "clients/*", "soap/*", "addressing/*", "notes/*")
NOWHERE = f"http://{'a' * 70}/x"


def sent(do: str, *operations: str, **more: Any) -> tuple[Plug, ...]:
    """An alteration of a fault plan at datagrams of these kinds."""
    return tuple(spoilt(do, "datagram", name=f"at {each}", operation=each, **more) for each in operations)


def by_udp(id: str, does: str, do: str, *operations: str, **more: Any) -> Mutant:
    return wrong(id, does, *sent(do, *(operations or ("ProbeMatches",)), **more), also=FOUND)


def said(id: str, does: str, change: Callable[[Any], object], *kinds: str) -> Mutant:
    """Datagrams are changed."""
    plug = says_by_udp(lambda root, _: change(root), *(kinds or ("ProbeMatches",)))
    return wrong(id, does, plug, also=FOUND)


def counted(id: str, does: str, change: Callable[[Any, int], object], *kinds: str) -> Mutant:
    """Datagrams are changed by their number."""
    return wrong(id, does, says_by_udp(change, *(kinds or MATCHES)), also=FOUND)


def heard(id: str, does: str, done: Done, holding: str = "", *, of_group: bool | None = None) -> Mutant:
    """What is done with datagrams that hold a text."""

    def at_udp(octets: bytes, to_group: bool) -> Done:
        meant = holding.encode() in octets and of_group in (None, to_group)
        return done if meant else "as ever"

    return Mutant(id, does, at_udp=at_udp, also=FOUND)


def number(name: str, first: int, step: int) -> Callable[[Any, int], object]:
    """An attribute of AppSequence that goes by steps."""
    return lambda root, count: attribute(SEQUENCE, name, str(first + step * count))(root)


def version_falls(root: Any, count: int) -> None:
    text("//wsd:MetadataVersion", str(1000 - count))(root)


def with_dtd(octets: bytes) -> bytes:
    start, found, rest = octets.partition(b"?>")
    return start + found + b"<!DOCTYPE x>" + rest if found else b"<!DOCTYPE x>" + octets


def timed(id: str, does: str, **timing: Any) -> Mutant:
    given = {"app_max_delay": 0.02, "hello_max_delay": 0.02, **timing}
    return Mutant(id, does, timing=Timing(**given), patient=True, also=FOUND)


def another_before(root: Any) -> None:
    """An endpoint reference of somebody else stands before its own."""
    for each in at(root, "//wsd:Bye/wsa:EndpointReference"):
        other = copy.deepcopy(each)
        for address in at(other, ".//wsa:Address"):
            address.text = SAME
        each.addprevious(other)


def late_hello(layers: Layers) -> AbstractContextManager[Any]:
    """The Hello after the second start comes late."""

    async def handler(out: OutgoingDatagram) -> bytes | LaterDatagram:
        late = out.kind == "Hello" and b'InstanceId="1"' not in out.data
        return LaterDatagram(5.3, out.data) if late else out.data

    return plugged(layers, DATAGRAM, handler)


def once_more(id: str, does: str, change: Callable[[Any], object]) -> Mutant:
    """ProbeMatches are changed once the device was switched off and on again."""

    def changed(root: Any, _: int) -> None:
        if at(root, SEQUENCE)[0].get("InstanceId") != "1":
            change(root)

    return wrong(id, does, says_by_udp(changed, "ProbeMatches"), also=FOUND)


UNTYPED = "odd:Nobody"
RULE = "urn:example:rule"
RESOLVED = "ResolveMatches"
SAME = "urn:uuid:00000000-0000-4000-8000-000000000001"

MUTANTS = (
    heard("discovery/multicast/groups-and-port", "deaf for the group", "passed over", of_group=True),
    by_udp("discovery/probe-matches/to-the-source-port", "no answer", "lost"),
    by_udp("discovery/probe-matches/to-the-source-port", "no match", "no-match"),
    by_udp("discovery/resolve-matches/to-the-source-port", "no answer", "lost", RESOLVED),
    said("discovery/resolve-matches/to-the-source-port", "no To", without("//wsa:To"), RESOLVED),
    by_udp("discovery/resolve-matches/one-match-with-xaddrs", "no XAddrs", "xaddrs-missing", RESOLVED),
    by_udp("wsdapi/discovery/xaddrs-or-resolve", "no XAddrs", "xaddrs-missing", RESOLVED),
    by_udp("discovery/timing/resolve-matches-at-once", "late", "late", RESOLVED, seconds=0.4),
    # Matching
    heard("discovery/match/default-rule", "no scope matches", "passed over", "<wsd:Scopes>"),
    heard("wsdapi/wsdbit/scope-match-answered", "no scope matches", "passed over", "<wsd:Scopes>"),
    heard("discovery/match/rfc2396-scheme-and-authority", "as strings", "passed over", "HTTP://SCOPES"),
    heard("discovery/match/rfc2396-path", "no beginning", "passed over", "rfc2396"),
    heard("discovery/match/rfc2396-path", "a part of a segment", "answered", "Floor<"),
    heard("discovery/match/uuid", "not known", "passed over", "discovery/uuid"),
    heard("discovery/match/ldap", "not known", "passed over", "discovery/ldap"),
    heard("discovery/match/strcmp0", "not known", "passed over", "strcmp0"),
    heard("discovery/namespace/of-2009-01", "not known", "passed over", "2009/01"),
    heard("discovery/match/no-match-by-multicast-silence", "answered", "answered", UNTYPED, of_group=True),
    heard("discovery/match/no-match-by-unicast-udp", "answered", "answered", UNTYPED, of_group=False),
    heard("wsdapi/wsdbit/unknown-type-silence", "answered", "answered", UNTYPED),
    heard("discovery/match/unknown-rule-multicast-silence", "answered", "answered", RULE),
    heard("discovery/resolve/foreign-address-silence", "everybody's", "answered", "Resolve>"),
    heard("wsdapi/wsdbit/foreign-resolve-silence", "everybody's", "answered", "Resolve>"),
    heard("discovery/endpoint/address-compared-as-a-string", "any letters", "answered", "Resolve>"),
    heard("discovery/match/every-scope", "one is enough", "answered", "judge.example"),
    heard("wsdapi/wsdbit/strcmp0-case-sensitive", "any letters", "answered", "strcmp0"),
    heard("discovery/timing/repeated-message-ids-dropped", "answered each time", "answered"),
    heard("soap/udp/no-envelope-silence", "answered", "answered", "M-SEARCH"),
    Mutant("discovery/directed/stable-endpoint", "404", http=answered(404, lambda asked: "Stable" in asked.path)),
    # Where it says it is
    said("wsdapi/xaddrs/ip-literal-or-resolvable-name", "no name", text("//wsd:XAddrs", NOWHERE)),
    by_udp("wsdapi/xaddrs/subnet-of-the-adapter", "elsewhere", "xaddrs-unreachable"),
    by_udp("wsdapi/xaddrs/one-of-a-windows-host", "two", "xaddrs-two"),
    by_udp("clients/wsdd/one-x-addr", "two", "xaddrs-two"),
    # When
    by_udp("discovery/timing/app-max-delay", "never", "lost"),
    Mutant(
        "discovery/timing/answers-within-half-a-second",
        "late",
        sent("late", "ProbeMatches", seconds=2.2),
        patient=True,
        also=FOUND,
    ),
    Mutant("discovery/timing/unicast-udp-repeat", "never", timing=Timing(app_max_delay=0, unicast_repeat=0)),
    timed("discovery/timing/first-gap", "a second", min_delay=1.0, max_delay=1.0, upper_delay=1.0),
    by_udp("discovery/message-id/repeated-by-retransmissions", "another", "message-id-other"),
    counted(
        "discovery/app-sequence/message-number-of-a-retransmission", "the next", number("MessageNumber", 1, 1)
    ),
    wrong("discovery/app-sequence/sequence-id-optional", "none"),
    by_udp("clients/wsd-python/no-sequence-id", "one", "sequence-id"),
    counted("wsdapi/app-sequence/stale-message", "falls", number("MessageNumber", 1000, -1)),
    counted("wsdapi/app-sequence/lower-instance-or-version", "InstanceId falls", number("InstanceId", 1000, -1)),
    counted("wsdapi/app-sequence/lower-instance-or-version", "the version falls", version_falls),
    by_udp("clients/wsdiscover/same-reading", "no version", "metadata-version-missing"),
    by_udp("clients/wsd-python/datagrams-of-4096-octets", "more", "too-large", octets=5000),
    by_udp("clients/wsd-python/app-sequence", "none", "no-app-sequence"),
    by_udp("clients/go-mfp/app-sequence-complete", "half", "instance-id-missing"),
    by_udp("clients/go-mfp/address-and-metadata-version", "no address", "address-missing"),
    by_udp("clients/wsdiscover/metadata-version", "none", "metadata-version-missing"),
    by_udp("clients/wsdd/relates-to", "none", "relates-to-missing"),
    by_udp("clients/sane-airscan/x-addrs", "none", "xaddrs-missing"),
    by_udp("clients/wsd-python/always-resolves", "no answer", "lost", RESOLVED),
    # Datagrams
    by_udp("soap/udp/one-envelope-a-datagram", "two", "two-in-one"),
    by_udp("soap/udp/size", "too long", "too-large", octets=40_000),
    wrong("soap/envelope/document-type-never-sent", "by UDP", octets_by_udp(with_dtd), also=FOUND),
    # Hello and Bye
    said("discovery/hello/to-the-discovery-urn", "anonymous", text("//wsa:To", "urn:example:other"), "Hello"),
    said("discovery/hello/to-the-discovery-urn", "no AppSequence", without(SEQUENCE), "Hello"),
    said("discovery/hello/body", "another order", swapped("//wsd:Hello"), "Hello"),
    by_udp("discovery/hello/xaddrs", "none", "xaddrs-missing", "Hello"),
    by_udp("discovery/life/hello-at-start-on-each-interface", "no Hello", "lost", "Hello"),
    wrong("discovery/timing/hello-delayed", "late", late_hello, also=FOUND),
    timed("discovery/timing/multicast-udp-repeat", "never", multicast_repeat=0),
    timed("discovery/timing/gap-doubles-to-the-upper-delay", "long", min_delay=0.5, max_delay=0.5, upper_delay=1),
    by_udp("discovery/life/bye-at-stop", "no Bye", "lost", "Bye"),
    said("discovery/bye/to-the-discovery-urn", "another To", text("//wsa:To", "urn:example:other"), "Bye"),
    said("discovery/bye/body-endpoint-reference", "no address", text("//wsd:Bye//wsa:Address", ""), "Bye"),
    once_more("discovery/endpoint/address-stable", "another", text("//wsd:ProbeMatch//wsa:Address", SAME)),
    once_more("discovery/metadata-version/same-over-restart", "the next", text("//wsd:MetadataVersion", "7")),
    once_more("wsdapi/wsdbit/metadata-version-over-restart", "the next", text("//wsd:MetadataVersion", "7")),
    once_more("discovery/app-sequence/instance-id-grows", "the same", attribute(SEQUENCE, "InstanceId", "1")),
    said("discovery/life/hello-and-bye-same-address", "another reference", another_before, "Bye"),
    said("wsdapi/wsdbit/hello-and-bye-same-endpoint", "another reference", another_before, "Bye"),
)  # fmt: skip
