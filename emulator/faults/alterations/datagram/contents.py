"""What a datagram says of a target: its address, its types, where it is, and how new that is."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Annotated, Any, Final

from lxml import etree
from pydantic import Field

from emulator.dpws.constants import WSD, WSD_2009
from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.datagram.making import DESCRIPTIONS, MATCHES, OF_TARGETS, in_tree, of_datagram, one
from emulator.faults.envelope_tree import EnvelopeTree
from emulator.faults.impossible import Impossible
from emulator.soap.xml import local_name


class Addresses(Parameters):
    """Where the target is said to be."""

    addresses: Annotated[str, Field(max_length=4000, description="URLs, with blanks between them.")] = (
        "http://192.0.2.1:5357/nobody"
    )


class Another(Parameters):
    """One more."""

    another: Annotated[str, Field(min_length=1, max_length=2000, description="A URL.")] = (
        "http://192.0.2.1:5357/nobody"
    )
    first: Annotated[bool, Field(description="It stands before the others.")] = False


class Step(Parameters):
    """How far a number is another."""

    by: Annotated[int, Field(ge=-(2**31), le=2**31, description="By so much; negative for a lower one.")] = 1


class Types(Parameters):
    """Types."""

    types: Annotated[str, Field(max_length=2000, description="QNames; prefixes of the message count.")] = (
        "wsdp:Device other:Thing"
    )


class Scopes(Parameters):
    """Scopes."""

    scopes: Annotated[str, Field(max_length=4000, description="URIs, with blanks between them.")] = (
        "urn:example:elsewhere"
    )


class EndpointAddress(Parameters):
    """The address of an endpoint."""

    address: Annotated[str, Field(max_length=2000, description="A URI.")] = (
        "urn:uuid:0dd0dd0d-0dd0-40dd-80dd-0dd0dd0dd0dd"
    )


def _without(name: str) -> Callable[..., Any]:
    def without(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
        element = tree.element(name)
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)

    return in_tree(without)


def _xaddrs(tree: EnvelopeTree, parameters: Addresses, dice: random.Random) -> None:
    tree.element("XAddrs").text = parameters.addresses


def _xaddrs_two(tree: EnvelopeTree, parameters: Another, dice: random.Random) -> None:
    element = tree.element("XAddrs")
    both = [element.text or "", parameters.another]
    element.text = " ".join(reversed(both) if parameters.first else both)


def _xaddrs_without_scheme(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    element = tree.element("XAddrs")
    element.text = " ".join(each.partition("://")[2] or each for each in (element.text or "").split())


def _metadata_version(tree: EnvelopeTree, parameters: Step, dice: random.Random) -> None:
    element = tree.element("MetadataVersion")
    element.text = str(int(element.text or "0") + parameters.by)


def _types(tree: EnvelopeTree, parameters: Types, dice: random.Random) -> None:
    element = tree.element("Types")
    parent = element.getparent()
    if parent is None:
        raise Impossible("Types stands alone")
    made = etree.SubElement(parent, element.tag, nsmap={"other": "urn:example:another"})
    made.text = parameters.types
    parent.replace(element, made)


def _types_undeclared(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    element = tree.element("Types")
    element.text = " ".join(
        f"d{number}:{each.rpartition(':')[2]}" for number, each in enumerate((element.text or "").split(), 1)
    )


def _scopes(tree: EnvelopeTree, parameters: Scopes, dice: random.Random) -> None:
    tree.element("Scopes").text = parameters.scopes


def _address(tree: EnvelopeTree, parameters: EndpointAddress, dice: random.Random) -> None:
    tree.element("EndpointReference/Address").text = parameters.address


def _address_form(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    element = tree.element("EndpointReference/Address")
    element.text = (element.text or "").removeprefix("urn:")


def _match_twice(tree: EnvelopeTree, parameters: EndpointAddress, dice: random.Random) -> None:
    content = tree.content
    match = next(content.iterchildren(etree.Element), None)
    if match is None:
        raise Impossible(f"{local_name(content)} of this message has no match")
    another = copy.deepcopy(match)
    for each in another.iter(etree.Element):
        if local_name(each) == "Address":
            each.text = parameters.address
    content.insert(0, another)


def _no_match(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.content[:] = []


def _version_2009(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return data.replace(WSD.encode(), WSD_2009.encode())


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_datagram(
        "xaddrs-unreachable",
        "XAddrs is an address at which nobody is.",
        in_tree(_xaddrs),
        "wsdapi/xaddrs/first-is-reachable",
        operations=DESCRIPTIONS,
        source="christgau/wsdd pull request 174 (an HP printer)",
        parameters=Addresses,
    ),
    of_datagram(
        "xaddrs-missing",
        "There is no XAddrs.",
        _without("XAddrs"),
        "discovery/probe-matches/xaddrs",
        operations=DESCRIPTIONS,
        source="christgau/wsdd issue 99",
    ),
    of_datagram(
        "xaddrs-two",
        "XAddrs has one more address, at which nobody is.",
        in_tree(_xaddrs_two),
        "clients/wsdd/one-x-addr",
        operations=DESCRIPTIONS,
        source="christgau/wsdd pull request 174 (an HP printer)",
        parameters=Another,
    ),
    of_datagram(
        "xaddrs-without-scheme",
        "The addresses of XAddrs have no http:// before them.",
        in_tree(_xaddrs_without_scheme),
        "discovery/xaddrs/http-urls",
        operations=DESCRIPTIONS,
        source="andreikop/python-ws-discovery issue 4 shows a message that has it so",
    ),
    of_datagram(
        "metadata-version-changed",
        "MetadataVersion is another: a higher one where nothing else is wanted, and nothing has changed.",
        in_tree(_metadata_version),
        "discovery/metadata-version/grows-with-each-change",
        operations=DESCRIPTIONS,
        parameters=Step,
    ),
    of_datagram(
        "metadata-version-missing",
        "There is no MetadataVersion.",
        _without("MetadataVersion"),
        "clients/wsdiscover/metadata-version",
        operations=DESCRIPTIONS,
    ),
    of_datagram(
        "types-other",
        "Types are others, without that of a scanner.",
        in_tree(_types),
        "discovery/types/scan-device-type",
        operations=DESCRIPTIONS,
        parameters=Types,
    ),
    of_datagram(
        "types-undeclared",
        "The prefixes of Types are not declared.",
        in_tree(_types_undeclared),
        "discovery/types/qnames-with-declared-prefixes",
        operations=DESCRIPTIONS,
    ),
    of_datagram(
        "types-missing",
        "There are no Types.",
        _without("Types"),
        "discovery/types/wsdp-device",
        operations=DESCRIPTIONS,
    ),
    of_datagram(
        "address-other",
        "The endpoint's address is another: with each message that is altered so, the same.",
        in_tree(_address),
        "discovery/endpoint/address-stable",
        operations=OF_TARGETS,
        parameters=EndpointAddress,
    ),
    of_datagram(
        "address-form",
        "The endpoint's address begins with uuid: in the place of urn:uuid:.",
        in_tree(_address_form),
        "discovery/endpoint/address-of-a-uuid",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "address-missing",
        "There is no EndpointReference.",
        _without("EndpointReference"),
        "discovery/probe-matches/body",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "match-before",
        "A match of another target, at the same place, stands before that of the target.",
        in_tree(_match_twice),
        "clients/wsd-python/first-probe-match",
        operations=MATCHES,
        parameters=EndpointAddress,
    ),
    of_datagram(
        "no-match",
        "The answer has no match.",
        in_tree(_no_match),
        "discovery/match/no-match-by-multicast-silence",
        operations=MATCHES,
    ),
    of_datagram(
        "version-2009",
        "The elements and the action are those of WS-Discovery 1.1, and the headers those of 2004/08.",
        one(_version_2009),
        "discovery/version/answer-in-that-of-the-request",
    ),
)
