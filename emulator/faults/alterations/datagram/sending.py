"""Whether a datagram goes out, when, how often, how long, and with what behind it."""

from __future__ import annotations

import random
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.dpws.constants import DISCOVERY_TO
from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.datagram.making import OF_TARGETS, Sent, of_datagram, one
from emulator.faults.envelope_tree import read_tree
from emulator.faults.header_changes import new_identifier
from emulator.faults.shared_parameters import Kept

MAX_LATE: Final = 600.0
"""Seconds that a datagram can be late at most."""
_PADDING: Final = "urn:example:padding"


class Copies(Parameters):
    """How often it goes out."""

    copies: Annotated[int, Field(ge=2, le=100, description="So often in all.")] = 2
    gap: Annotated[float, Field(ge=0, le=10, description="Seconds between two of them.")] = 0.0


class Late(Parameters):
    """How late it goes out."""

    seconds: Annotated[float, Field(gt=0, le=MAX_LATE, description="So much later.")] = 5.0


class Size(Parameters):
    """How long it is."""

    octets: Annotated[int, Field(ge=1, le=65_507, description="At least so many octets.")] = 5000


class Text(Parameters):
    """What goes out in its place."""

    text: Annotated[str, Field(max_length=10_000, description="What goes out, in UTF-8.")] = (
        "M-SEARCH * HTTP/1.1\r\n"
    )


def _lost(data: bytes, parameters: Parameters, dice: random.Random) -> Sent:
    return ()


def _twice(data: bytes, parameters: Copies, dice: random.Random) -> Sent:
    return tuple((number * parameters.gap, data) for number in range(parameters.copies))


def _late(data: bytes, parameters: Late, dice: random.Random) -> Sent:
    return ((parameters.seconds, data),)


def _bye_behind(data: bytes, parameters: Late, dice: random.Random) -> Sent:
    tree = read_tree(data)
    reference = tree.element("EndpointReference")
    namespace = str(tree.content.tag)[1:].partition("}")[0]
    tree.block("Action").text = f"{namespace}/Bye"
    tree.block("MessageID").text = new_identifier(dice)
    for name in ("RelatesTo", "To"):
        for block in tree.header.findall(f"{{*}}{name}"):
            if name == "To":
                block.text = DISCOVERY_TO
            else:
                tree.header.remove(block)
    bye = etree.Element(f"{{{namespace}}}Bye", nsmap={"wsd": namespace})
    bye.append(reference)
    tree.body[:] = [bye]
    return ((0.0, data), (parameters.seconds, tree.octets))


def _too_large(data: bytes, parameters: Size, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = etree.SubElement(tree.header, f"{{{_PADDING}}}Padding", nsmap={"pad": _PADDING})
    block.text = ""
    block.text = "x" * max(parameters.octets - len(tree.octets), 1)
    return tree.octets


def _two_in_one(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return data + data


def _truncated(data: bytes, parameters: Kept, dice: random.Random) -> bytes:
    return data[: parameters.of(len(data))]


def _another_text(data: bytes, parameters: Text, dice: random.Random) -> bytes:
    return parameters.text.encode("utf-8")


def _http_head(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode("ascii") + data


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_datagram(
        "lost",
        "The datagram does not go out.",
        _lost,
        source="RFC 768: nobody promises that a datagram arrives",
    ),
    of_datagram(
        "twice",
        "The datagram goes out twice, or more often.",
        _twice,
        source="SOAP-over-UDP, section 4.1: whoever receives it drops what it has had",
        parameters=Copies,
    ),
    of_datagram(
        "late",
        "The datagram goes out later, and holds up no other.",
        _late,
        "wsdapi/discovery/answer-within-4-s",
        parameters=Late,
    ),
    of_datagram(
        "too-large",
        "A header block of a foreign namespace makes the datagram longer than some peers read.",
        one(_too_large),
        "clients/wsd-python/datagrams-of-4096-octets",
        parameters=Size,
    ),
    of_datagram(
        "two-in-one",
        "The envelope stands in the datagram twice.",
        one(_two_in_one),
        "soap/udp/one-envelope-a-datagram",
    ),
    of_datagram(
        "truncated",
        "The datagram ends early.",
        one(_truncated),
        "soap/udp/one-envelope-a-datagram",
        parameters=Kept,
    ),
    of_datagram(
        "another-text",
        "The datagram is no XML: a question of SSDP where nothing else is wanted.",
        one(_another_text),
        "soap/udp/one-envelope-a-datagram",
        source="christgau/wsdd issue 81 (a peer whose datagrams are no XML)",
        parameters=Text,
    ),
    of_datagram(
        "http-head",
        "Headers of HTTP stand before the envelope.",
        one(_http_head),
        "soap/udp/one-envelope-a-datagram",
    ),
    of_datagram(
        "bye-behind",
        "A Bye of the same target follows, so many seconds later, although it stays.",
        _bye_behind,
        "discovery/life/bye-at-stop",
        operations=OF_TARGETS[:1],
        parameters=Late,
    ),
)
