"""Elements that are missing, that are there twice or too much, out of order, out of place or with other values."""

from __future__ import annotations

import copy
import random
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.envelope_tree import EnvelopeTree, elements_in, in_tree, renamed
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import OfElement
from emulator.soap.xml import local_name, namespace_of


class Unknown(Parameters):
    """An element that nobody knows."""

    into: Annotated[
        str,
        Field(max_length=500, description="Local name of the element that it stands in; without it the body's."),
    ] = ""
    named: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.\-]*$", max_length=100, description="Its local name.")] = (
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
            pattern=r"^([A-Za-z_][\w.\-]*)?$",
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


def _unknown(tree: EnvelopeTree, parameters: Unknown, dice: random.Random) -> None:
    parent = tree.element(parameters.into) if parameters.into else tree.content
    element = etree.SubElement(parent, f"{{{parameters.namespace or namespace_of(parent)}}}{parameters.named}")
    element.text = "dsm-emulator"


def _missing(tree: EnvelopeTree, parameters: OfElement, dice: random.Random) -> None:
    element = tree.element(parameters.element)
    parent = element.getparent()
    if parent is None:
        raise Impossible("the Envelope itself cannot be missing; that is `empty`")
    parent.remove(element)


def _twice(tree: EnvelopeTree, parameters: OfElement, dice: random.Random) -> None:
    element = tree.element(parameters.element)
    element.addnext(copy.deepcopy(element))


def _order(tree: EnvelopeTree, parameters: OfChildren, dice: random.Random) -> None:
    parent = tree.element(parameters.element) if parameters.element else tree.content
    children = list(elements_in(parent))
    if len(children) < 2:
        raise Impossible(f"{local_name(parent)} of this message has no two elements to swap")
    parent[:] = children[::-1]


def _misplaced(tree: EnvelopeTree, parameters: OfElement, dice: random.Random) -> None:
    tree.header.append(tree.element(parameters.element))


def _renamed(tree: EnvelopeTree, parameters: Renamed, dice: random.Random) -> None:
    element = tree.element(parameters.element)
    renamed(element, namespace_of(element), parameters.spelt or local_name(element).lower())


def _value(tree: EnvelopeTree, parameters: Value, dice: random.Random) -> None:
    element = tree.element(parameters.element)
    element[:] = []
    element.text = parameters.value


def _emptied(tree: EnvelopeTree, parameters: OfElement, dice: random.Random) -> None:
    element = tree.element(parameters.element)
    element[:] = []
    element.text = None


def _white_space(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    for each in tree.values():
        each.text = f"\n  {each.text}\n"


def _stray_text(tree: EnvelopeTree, parameters: Stray, dice: random.Random) -> None:
    tree.content.text = parameters.text


def _empty_body(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.body.remove(tree.content)


def _body_twice(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.body.append(copy.deepcopy(tree.content))


def _header_last(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.root.append(tree.header)


def _no_header(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.root.remove(tree.header)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "unknown-element",
        At.ENVELOPE,
        EVERYBODY,
        "An element that nobody knows stands at the end of another.",
        in_tree(_unknown),
        "bdsrr/6.2/no-other-elements",
        parameters=Unknown,
    ),
    Alteration(
        "element-missing",
        At.ENVELOPE,
        EVERYBODY,
        "An element, with all in it, is missing.",
        in_tree(_missing),
        "bdsrr/6.2/required-elements",
        parameters=OfElement,
    ),
    Alteration(
        "element-twice",
        At.ENVELOPE,
        EVERYBODY,
        "An element, with all in it, stands there twice.",
        in_tree(_twice),
        "bdsrr/6.2/once-where-it-says-once",
        parameters=OfElement,
    ),
    Alteration(
        "element-order",
        At.ENVELOPE,
        EVERYBODY,
        "The elements in another stand in the order from the last to the first.",
        in_tree(_order),
        "bdsrr/6.2/order-of-elements",
        parameters=OfChildren,
    ),
    Alteration(
        "element-misplaced",
        At.ENVELOPE,
        EVERYBODY,
        "An element of the body stands in the Header.",
        in_tree(_misplaced),
        "bdsrr/6.2/required-elements",
        parameters=OfElement,
    ),
    Alteration(
        "element-spelling",
        At.ENVELOPE,
        EVERYBODY,
        "An element has another name: its own in small letters where no other is wanted.",
        in_tree(_renamed),
        "bdsrr/6.2/names-to-the-letter",
        parameters=Renamed,
    ),
    Alteration(
        "element-value",
        At.ENVELOPE,
        EVERYBODY,
        "An element holds another text.",
        in_tree(_value),
        "bdsrr/6.2/values-of-their-type",
        parameters=Value,
    ),
    Alteration(
        "element-empty",
        At.ENVELOPE,
        EVERYBODY,
        "An element holds nothing.",
        in_tree(_emptied),
        "bdsrr/6.2/keywords-are-not-empty",
        parameters=OfElement,
    ),
    Alteration(
        "white-space",
        At.ENVELOPE,
        EVERYBODY,
        "White space stands round each value.",
        in_tree(_white_space),
        "dsp/wire/no-white-space-around-values",
    ),
    Alteration(
        "text-between-elements",
        At.ENVELOPE,
        EVERYBODY,
        "Text stands between the elements of the body.",
        in_tree(_stray_text),
        "soap/envelope/elements-alone",
        parameters=Stray,
    ),
    Alteration(
        "empty-body",
        At.ENVELOPE,
        EVERYBODY,
        "The Body is empty.",
        in_tree(_empty_body),
        "dsp/wire/one-element-in-the-body",
    ),
    Alteration(
        "body-twice",
        At.ENVELOPE,
        EVERYBODY,
        "The element of the Body stands there twice.",
        in_tree(_body_twice),
        "dsp/wire/one-element-in-the-body",
    ),
    Alteration(
        "header-last",
        At.ENVELOPE,
        EVERYBODY,
        "The Header stands behind the Body.",
        in_tree(_header_last),
        source="SOAP 1.2 part 1, section 5.1, which has the Header first",
    ),
    Alteration(
        "no-header",
        At.ENVELOPE,
        EVERYBODY,
        "The Envelope has no Header.",
        in_tree(_no_header),
        "addressing/action/required",
    ),
)
