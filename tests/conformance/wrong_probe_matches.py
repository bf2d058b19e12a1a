"""Nineteen ProbeMatches that each depart in one thing, and the clause that each departs from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

WSD = b"http://schemas.xmlsoap.org/ws/2005/04/discovery"
WSA = b"http://schemas.xmlsoap.org/ws/2004/08/addressing"


class Wrong(NamedTuple):
    """One of them."""

    name: str
    clause: str
    change: Callable[[bytes], bytes]
    taken: bool
    """WSDiscovery lists the device all the same."""


def without(local: str) -> Callable[[bytes], bytes]:
    """An element is taken out, with what is in it."""
    pattern = rb"<(?:\w+:)?" + local.encode() + rb"\b[^>]*?(?:/>|>.*?</(?:\w+:)?" + local.encode() + rb">)"
    return lambda octets: re.sub(pattern, b"", octets, count=1, flags=re.DOTALL)


def instead(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    """What a pattern finds is replaced."""
    return lambda octets: re.sub(pattern, by, octets, count=1, flags=re.DOTALL)


def in_front(octets: bytes, more: bytes) -> bytes:
    """Something stands between XML declaration and envelope."""
    head, found, rest = octets.partition(b"?>")
    return head + found + more + rest if found else more + octets


def action_in_the_body(octets: bytes) -> bytes:
    """The Action stands as the last element of the Body."""
    found = re.search(rb"<(?:\w+:)?Action\b.*?</(?:\w+:)?Action>", octets, re.DOTALL)
    assert found is not None
    return re.sub(rb"(</\w+:Body>)", found[0] + rb"\1", octets.replace(found[0], b"", 1))


def version_first(octets: bytes) -> bytes:
    """MetadataVersion stands before the other children of ProbeMatch."""
    found = re.search(rb"<(?:\w+:)?MetadataVersion\b.*?</(?:\w+:)?MetadataVersion>", octets, re.DOTALL)
    assert found is not None
    return re.sub(rb"(<\w+:ProbeMatch>)", rb"\1" + found[0], octets.replace(found[0], b"", 1))


def text_of(local: str, text: bytes) -> Callable[[bytes], bytes]:
    """An element has another text."""
    return instead(rb"(<(?:\w+:)?" + local.encode() + rb"\b[^>]*>)[^<]*<", rb"\g<1>" + text + b"<")


SOAP_1_1 = (b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/")
WRONG = (
    Wrong("AppSequence absent", "discovery/probe-matches/headers", without("AppSequence"), True),
    Wrong(
        "InstanceId no number",
        "discovery/app-sequence/instance-id-grows",
        instead(rb'InstanceId="\d+"', b'InstanceId="one"'),
        True,
    ),
    Wrong(
        "MessageNumber absent",
        "discovery/app-sequence/message-number-counts",
        instead(rb' MessageNumber="\d+"', b""),
        True,
    ),
    Wrong("SOAP 1.1", "soap/envelope/namespace", lambda octets: octets.replace(*SOAP_1_1), True),
    Wrong("Action in the body", "addressing/action/required", action_in_the_body, True),
    Wrong(
        "DTD",
        "soap/envelope/document-type-never-sent",
        lambda octets: in_front(octets, b'<!DOCTYPE x [<!ENTITY a "b">]>'),
        True,
    ),
    Wrong(
        "processing instruction",
        "soap/envelope/no-processing-instructions",
        lambda octets: in_front(octets, b"<?judge me?>"),
        True,
    ),
    Wrong("RelatesTo absent", "discovery/relates-to/of-the-question", without("RelatesTo"), False),
    Wrong(
        "RelatesTo of another",
        "addressing/relates-to/of-a-response",
        text_of("RelatesTo", b"urn:uuid:00000000-0000-4000-8000-000000000001"),
        True,
    ),
    Wrong("MessageID absent", "addressing/message-id/required", without("MessageID"), False),
    Wrong("To absent", "discovery/probe-matches/headers", without("To"), True),
    Wrong(
        "Action of ResolveMatches",
        "discovery/message/action-is-namespace-and-name",
        text_of("Action", WSD + b"/ResolveMatches"),
        False,
    ),
    Wrong("no EndpointReference", "discovery/probe-matches/body", without("EndpointReference"), False),
    Wrong("another order", "discovery/probe-matches/body", version_first, True),
    Wrong(
        "MetadataVersion no number",
        "discovery/metadata-version/grows-with-each-change",
        text_of("MetadataVersion", b"new"),
        True,
    ),
    Wrong("XAddrs no URL", "discovery/xaddrs/http-urls", text_of("XAddrs", b"127.0.0.1:5357/x"), True),
    Wrong(
        "prefix not declared",
        "discovery/types/qnames-with-declared-prefixes",
        text_of("Types", b"nowhere:Device"),
        True,
    ),
    Wrong("no wsdp:Device", "discovery/types/wsdp-device", text_of("Types", b"wscn:ScanDeviceType"), True),
    Wrong("two envelopes", "soap/udp/one-envelope-a-datagram", lambda octets: octets + octets, False),
)
