"""Elements that are missing, that are there twice or too much, out of order, out of place or with other values."""

from __future__ import annotations

import copy
import random
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import Alteration, At, Parameters, Role
from emulator.faults.envelope_tree import elements_in, read_tree, renamed
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import OfElement
from emulator.soap.xml import local_name, namespace_of

_EVERYBODY: Final = frozenset(Role)


class Unknown(Parameters):
    """An element that nobody knows."""

    into: Annotated[
        str,
        Field(max_length=500, description="Local name of the element that it stands in; without it the body's."),
    ] = ""
    named: Annotated[str, Field(pattern=r"[A-Za-z_][\w.\-]*", max_length=100, description="Its local name.")] = (
        "Unheard-of"
    )
    namespace: Annotated[
        str, Field(max_length=500, description="Its namespace; without it that of the element that it stands in.")
    ] = ""


class OfChildren(Parameters):
    """An element, by its children."""

    element: Annotated[str, Field(max_length=500, description="Its local name; without it the body's element.")] = (
        ""
    )


class Renamed(OfElement):
    """Another name."""

    spelt: Annotated[
        str,
        Field(
            pattern=r"([A-Za-z_][\w.\-]*)?",
            max_length=100,
            description="The local name in its place; without it its own in small letters.",
        ),
    ] = ""


class Value(OfElement):
    """Another value."""

    value: Annotated[str, Field(max_length=100_000, description="The text in its place.")] = "no such value"


class Stray(Parameters):
    """Text."""

    text: Annotated[str, Field(min_length=1, max_length=10_000, description="What stands there.")] = "stray"


def _unknown(data: bytes, parameters: Unknown, dice: random.Random) -> bytes:
    tree = read_tree(data)
    parent = tree.element(parameters.into) if parameters.into else tree.content
    element = etree.SubElement(parent, f"{{{parameters.namespace or namespace_of(parent)}}}{parameters.named}")
    element.text = "dsm-emulator"
    return tree.octets


def _missing(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    parent = element.getparent()
    if parent is None:
        raise Impossible("the Envelope itself cannot be missing; that is `empty`")
    parent.remove(element)
    return tree.octets


def _twice(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    element.addnext(copy.deepcopy(element))
    return tree.octets


def _order(data: bytes, parameters: OfChildren, dice: random.Random) -> bytes:
    tree = read_tree(data)
    parent = tree.element(parameters.element) if parameters.element else tree.content
    children = list(elements_in(parent))
    if len(children) < 2:
        raise Impossible(f"{local_name(parent)} of this message has no two elements to swap")
    parent[:] = children[::-1]
    return tree.octets


def _misplaced(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.header.append(tree.element(parameters.element))
    return tree.octets


def _renamed(data: bytes, parameters: Renamed, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    renamed(element, namespace_of(element), parameters.spelt or local_name(element).lower())
    return tree.octets


def _value(data: bytes, parameters: Value, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    element[:] = []
    element.text = parameters.value
    return tree.octets


def _emptied(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    tree = read_tree(data)
    element = tree.element(parameters.element)
    element[:] = []
    element.text = None
    return tree.octets


def _white_space(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for each in tree.values():
        each.text = f"\n  {each.text}\n"
    return tree.octets


def _stray_text(data: bytes, parameters: Stray, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.content.text = parameters.text
    return tree.octets


def _empty_body(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.body.remove(tree.content)
    return tree.octets


def _body_twice(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.body.append(copy.deepcopy(tree.content))
    return tree.octets


def _header_last(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.root.append(tree.header)
    return tree.octets


def _no_header(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.root.remove(tree.header)
    return tree.octets


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "unknown-element",
        At.ENVELOPE,
        _EVERYBODY,
        "An element that nobody knows stands at the end of another.",
        _unknown,
        "bdsrr/6.2/no-other-elements",
        parameters=Unknown,
    ),
    Alteration(
        "element-missing",
        At.ENVELOPE,
        _EVERYBODY,
        "An element, with all in it, is missing.",
        _missing,
        "bdsrr/6.2/required-elements",
        parameters=OfElement,
    ),
    Alteration(
        "element-twice",
        At.ENVELOPE,
        _EVERYBODY,
        "An element, with all in it, stands there twice.",
        _twice,
        "bdsrr/6.2/once-where-it-says-once",
        parameters=OfElement,
    ),
    Alteration(
        "element-order",
        At.ENVELOPE,
        _EVERYBODY,
        "The elements in another stand in the order from the last to the first.",
        _order,
        "bdsrr/6.2/order-of-elements",
        parameters=OfChildren,
    ),
    Alteration(
        "element-misplaced",
        At.ENVELOPE,
        _EVERYBODY,
        "An element of the body stands in the Header.",
        _misplaced,
        "bdsrr/6.2/required-elements",
        parameters=OfElement,
    ),
    Alteration(
        "element-spelling",
        At.ENVELOPE,
        _EVERYBODY,
        "An element has another name: its own in small letters where no other is wanted.",
        _renamed,
        "bdsrr/6.2/names-to-the-letter",
        parameters=Renamed,
    ),
    Alteration(
        "element-value",
        At.ENVELOPE,
        _EVERYBODY,
        "An element holds another text.",
        _value,
        "bdsrr/6.2/values-of-their-type",
        parameters=Value,
    ),
    Alteration(
        "element-empty",
        At.ENVELOPE,
        _EVERYBODY,
        "An element holds nothing.",
        _emptied,
        "bdsrr/6.2/keywords-are-not-empty",
        parameters=OfElement,
    ),
    Alteration(
        "white-space",
        At.ENVELOPE,
        _EVERYBODY,
        "White space stands round each value.",
        _white_space,
        "dsp/wire/no-white-space-around-values",
    ),
    Alteration(
        "text-between-elements",
        At.ENVELOPE,
        _EVERYBODY,
        "Text stands between the elements of the body.",
        _stray_text,
        "soap/envelope/elements-alone",
        parameters=Stray,
    ),
    Alteration(
        "empty-body",
        At.ENVELOPE,
        _EVERYBODY,
        "The Body is empty.",
        _empty_body,
        "dsp/wire/one-element-in-the-body",
    ),
    Alteration(
        "body-twice",
        At.ENVELOPE,
        _EVERYBODY,
        "The element of the Body stands there twice.",
        _body_twice,
        "dsp/wire/one-element-in-the-body",
    ),
    Alteration(
        "header-last",
        At.ENVELOPE,
        _EVERYBODY,
        "The Header stands behind the Body.",
        _header_last,
        source="SOAP 1.2 part 1, section 5.1, which has the Header first",
    ),
    Alteration(
        "no-header",
        At.ENVELOPE,
        _EVERYBODY,
        "The Envelope has no Header.",
        _no_header,
        "addressing/action/required",
    ),
)
