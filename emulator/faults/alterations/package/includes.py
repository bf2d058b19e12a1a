"""How the envelope names its attachment: xop:Include, or what stands in its place."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Annotated, Final, Literal
from urllib.parse import quote

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.package.making import of_package
from emulator.faults.altered_package import (
    How,
    Piece,
    altered,
    attachment_of,
    cut,
    envelope_in,
    length_of,
    root_of,
    with_root,
    written_otherwise,
)
from emulator.faults.envelope_tree import EnvelopeTree, read_tree
from emulator.faults.impossible import Impossible
from emulator.soap.constants import SOAP_CONTENT_TYPE, XOP
from emulator.soap.package import MimePackage

_MARK: Final = "\ue000"
"""Stands in the envelope where the octets of a file will."""


class Href(Parameters):
    """What xop:Include names."""

    href: Annotated[str, Field(max_length=2000, description="A URI.")] = "http://elsewhere.invalid/image"


class Inline(Parameters):
    """Where the image is."""

    packaged: Annotated[
        bool, Field(description="The envelope is a package all the same, with a root part alone.")
    ] = True
    lines: Annotated[
        Literal["one", "of 76 characters"], Field(description="The base64 is in one line, or in lines.")
    ] = "one"


def _include(tree: EnvelopeTree) -> etree._Element:
    found = next(tree.root.iter(f"{{{XOP}}}Include"), None)
    if found is None:
        raise Impossible("this message has no xop:Include")
    return found


def _with_envelope(package: MimePackage, tree: EnvelopeTree) -> MimePackage:
    return with_root(package, replace(root_of(package), pieces=(tree.octets,)))


def _percent_encoded(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    tree = read_tree(envelope_in(package))
    include = _include(tree)
    scheme, _, name = include.get("href", "").partition(":")
    include.set("href", f"{scheme}:{quote(name, safe='%').replace('.', '%2E')}")
    return _with_envelope(package, tree)


def _href(package: MimePackage, parameters: Href, dice: random.Random) -> MimePackage:
    tree = read_tree(envelope_in(package))
    _include(tree).set("href", parameters.href)
    return _with_envelope(package, tree)


def _with_brackets(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    tree = read_tree(envelope_in(package))
    include = _include(tree)
    scheme, _, name = include.get("href", "").partition(":")
    include.set("href", f"{scheme}:<{name}>")
    return _with_envelope(package, tree)


def _missing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    tree = read_tree(envelope_in(package))
    include = _include(tree)
    parent = include.getparent()
    if parent is not None:
        parent.remove(include)
    return _with_envelope(package, tree)


def _not_alone(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    tree = read_tree(envelope_in(package))
    _include(tree).tail = "AAAA"
    return _with_envelope(package, tree)


def _inline(package: MimePackage, parameters: Inline, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    tree = read_tree(envelope_in(package))
    include = _include(tree)
    parent = include.getparent()
    if parent is None:
        raise Impossible("xop:Include is the envelope")
    parent.remove(include)
    parent.text = _MARK
    before, _, behind = tree.octets.partition(_MARK.encode("utf-8"))
    image = cut(part, 0, length_of(part))
    if len(image) > 1:
        raise Impossible("the attachment is in several pieces by an alteration before; inline-base64 comes first")
    how: How = "base64" if parameters.lines == "one" else "base64 in lines"
    pieces: tuple[Piece, ...] = (before, *(written_otherwise(each, how) for each in image), behind)
    made = replace(altered(package), parts=(replace(root_of(package), pieces=pieces),))
    return made if parameters.packaged else replace(made, content_type=SOAP_CONTENT_TYPE, bare=True)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_package(
        "include-percent-encoded",
        "The cid that xop:Include names is percent-encoded, @ and dots too.",
        _percent_encoded,
        source="RFC 2392, section 2, which allows it; spring-projects/spring-ws issue 886; "
        "apache/cxf pull request 1028",
    ),
    of_package(
        "include-other",
        "The reference of xop:Include is none to a part: a URL where nothing else is wanted.",
        _href,
        "mtom/include/href",
        source="apache/cxf pull request 960",
        parameters=Href,
    ),
    of_package(
        "include-with-brackets",
        "The cid that xop:Include names has the angle brackets of the Content-ID.",
        _with_brackets,
        "mtom/include/href",
    ),
    of_package(
        "include-missing",
        "The element that holds xop:Include is empty, and the attachment is there.",
        _missing,
        "dsp/send-image/image-by-xop",
    ),
    of_package(
        "include-not-alone",
        "Text stands behind xop:Include.",
        _not_alone,
        "mtom/include/only-child",
    ),
    of_package(
        "inline-base64",
        "The image stands in the envelope as base64, and there is no attachment.",
        _inline,
        "dsp/send-image/image-by-xop",
        source="zeep sends no attachments",
        parameters=Inline,
    ),
)
