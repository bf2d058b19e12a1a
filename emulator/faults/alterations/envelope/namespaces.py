"""Prefixes and where they are declared, and namespaces themselves."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import DEVICE, EVERYBODY, Alteration, At, Parameters
from emulator.faults.envelope_tree import in_namespace, read_tree, renamed
from emulator.faults.envelope_writing import EnvelopeWriting
from emulator.faults.impossible import Impossible
from emulator.faults.operations import OF_WS_SCAN
from emulator.faults.shared_parameters import OfElement
from emulator.soap.constants import SOAP, WSA, WSA_2005, XOP
from emulator.soap.version_1_1 import SOAP_1_1
from emulator.soap.xml import local_name, namespace_of
from emulator.wsscan import constants as wsscan

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_FIRST_TAG: Final = re.compile(rb"<[^\s/>]+")
_USUAL: Final = {SOAP: "soap", WSA: "wsa", XOP: "xop"}


class OtherNamespace(Parameters):
    """The namespace in the place of that of the body's element."""

    namespace: Annotated[str, Field(min_length=1, max_length=500, description="A URI.")] = "urn:example:another"


class UnknownAttribute(OfElement):
    """An attribute."""

    attribute: Annotated[
        str, Field(pattern=r"^[A-Za-z_][\w.\-]*$", max_length=100, description="Its name, without a namespace.")
    ] = "unheard-of"


def _numbered(letter: str) -> Callable[[str], str]:
    """Prefixes of a letter and a number, by the order in which they are asked for."""
    numbers: dict[str, int] = {}
    return lambda namespace: f"{letter}{numbers.setdefault(namespace, len(numbers) + 1)}"


def _usual() -> Callable[[str], str]:
    """Prefixes that people know, and others numbered."""
    others = _numbered("ns")
    return lambda namespace: _USUAL.get(namespace) or others(namespace)


def _rewritten(data: bytes, writing: EnvelopeWriting) -> bytes:
    tree = read_tree(data)
    return tree.with_root(writing.octets(tree.root))


def _odd_prefixes(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    prefixes = _numbered("q._-")
    return _rewritten(data, EnvelopeWriting(prefixes, prefixes))


def _default_namespace(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _rewritten(data, EnvelopeWriting(lambda namespace: "", _usual()))


def _one_prefix(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _rewritten(data, EnvelopeWriting(lambda namespace: "n", _numbered("v")))


def _on_the_envelope(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    prefixes = _usual()
    return _rewritten(data, EnvelopeWriting(prefixes, prefixes, on_envelope=True))


def _undeclared_prefix(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    prefixes = _usual()
    undeclared = namespace_of(read_tree(data).content)
    return _rewritten(data, EnvelopeWriting(prefixes, prefixes, undeclared=undeclared))


def _xsi_type(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for each in tree.values():
        each.set(f"{{{_XSI}}}type", "xsd:string")
    root = etree.tostring(tree.root, encoding="utf-8")
    return tree.with_root(_FIRST_TAG.sub(rf'\g<0> xmlns:xsd="{_XSD}"'.encode(), root, count=1))


def _unknown_attribute(data: bytes, parameters: UnknownAttribute, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.element(parameters.element).set(parameters.attribute, "dsm-emulator")
    return tree.octets


def _moved(data: bytes, namespace: str, other: str) -> bytes:
    """The envelope with the elements of a namespace, and the QNames of it, in another."""
    tree = read_tree(data)
    if not in_namespace(tree.root, namespace):
        raise Impossible(f"nothing in this message is in {namespace}")
    prefixes = _usual()
    written = EnvelopeWriting(prefixes, prefixes).octets(tree.root)
    return tree.with_root(written.replace(f'="{namespace}"'.encode(), f'="{other}"'.encode()))


def _other_namespace(data: bytes, parameters: OtherNamespace, dice: random.Random) -> bytes:
    return _moved(data, namespace_of(read_tree(data).content), parameters.namespace)


def _namespace_2006_01(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _moved(data, wsscan.WSCN, wsscan.WSCN_2006_01)


def _addressing_2005(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    moved = _moved(data, WSA, WSA_2005)
    return moved.replace(f"{WSA}/role/anonymous<".encode(), f"{WSA_2005}/anonymous<".encode())


def _soap_1_1(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _moved(data, SOAP, SOAP_1_1)


def _element_namespace_missing(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    element.tag = local_name(element)
    return tree.octets


def _element_of_another(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    renamed(tree.element(parameters.element), "urn:example:another")
    return tree.octets


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "odd-prefixes",
        At.ENVELOPE,
        EVERYBODY,
        "All prefixes are others, with dots and hyphens in them, also those in values.",
        _odd_prefixes,
        source="alexpevzner/sane-airscan issue 147 (a Brother ADS-2700W reads soap and wsa alone)",
    ),
    Alteration(
        "default-namespace",
        At.ENVELOPE,
        EVERYBODY,
        "No element has a prefix: each change of the namespace is a default namespace.",
        _default_namespace,
        source="lumeohq/onvif-rs issue 48 shows messages with default namespaces",
    ),
    Alteration(
        "one-prefix",
        At.ENVELOPE,
        EVERYBODY,
        "All elements have the same prefix, which is declared anew where the namespace changes.",
        _one_prefix,
        source="Namespaces in XML 1.0, section 6.1, which lets a declaration be overridden",
    ),
    Alteration(
        "namespaces-on-the-envelope",
        At.ENVELOPE,
        EVERYBODY,
        "All namespaces are declared on the Envelope.",
        _on_the_envelope,
        source="gSOAP writes so (ZoneMinder/zoneminder issue 1346 shows one of its messages)",
    ),
    Alteration(
        "undeclared-prefix",
        At.ENVELOPE,
        EVERYBODY,
        "The prefix of the body's element is not declared anywhere.",
        _undeclared_prefix,
        source="Namespaces in XML 1.0, section 5; roncapat/WSD-python sends Types so (docs/protocol/clients.md)",
    ),
    Alteration(
        "xsi-type",
        At.ENVELOPE,
        EVERYBODY,
        "Each value has an xsi:type that says xsd:string.",
        _xsi_type,
        source="XML Schema part 1, section 2.6.1; alex-hhh/emacs-soap-client issue 14 shows a server that does",
    ),
    Alteration(
        "unknown-attribute",
        At.ENVELOPE,
        EVERYBODY,
        "An element has an attribute that nobody knows.",
        _unknown_attribute,
        "bdsrr/6.2/content-by-the-schema",
        parameters=UnknownAttribute,
    ),
    Alteration(
        "other-namespace",
        At.ENVELOPE,
        EVERYBODY,
        "The body's element, and all in its namespace, is in another namespace.",
        _other_namespace,
        "bdsrr/6.2/namespace-of-each-element",
        parameters=OtherNamespace,
    ),
    Alteration(
        "namespace-2006-01",
        At.ENVELOPE,
        DEVICE,
        "The elements of WS-Scan are in the namespace of 2006/01.",
        _namespace_2006_01,
        "wscn/wire/namespace",
        "roncapat/WSD-python writes its tickets so (docs/protocol/clients.md)",
        operations=OF_WS_SCAN,
    ),
    Alteration(
        "element-without-namespace",
        At.ENVELOPE,
        EVERYBODY,
        "An element is in no namespace.",
        _element_namespace_missing,
        "bdsrr/6.2/namespace-of-each-element",
        parameters=OfElement,
    ),
    Alteration(
        "element-of-another-namespace",
        At.ENVELOPE,
        EVERYBODY,
        "An element is in a foreign namespace.",
        _element_of_another,
        "bdsrr/6.2/namespace-of-each-element",
        parameters=OfElement,
    ),
    Alteration(
        "addressing-2005",
        At.ENVELOPE,
        EVERYBODY,
        "The headers are those of WS-Addressing 1.0, of 2005/08.",
        _addressing_2005,
        "addressing/namespace/of-2004-08",
        "zeep's own plug-in for WS-Addressing writes so",
    ),
    Alteration(
        "soap-1.1",
        At.ENVELOPE,
        EVERYBODY,
        "The Envelope is that of SOAP 1.1.",
        _soap_1_1,
        "soap/envelope/namespace",
    ),
)
