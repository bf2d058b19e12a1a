"""How the same elements are written otherwise: white space, comments, references, and what SOAP forbids of XML."""

from __future__ import annotations

import random
import re
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.envelope_tree import elements_in, read_tree

_TAG: Final = re.compile(rb"<[^<>!?/][^<>]*>")
_EMPTY: Final = re.compile(rb"<([^<>!?/\s]+)([^<>]*?)/>")
_BEFORE_ATTRIBUTE: Final = re.compile(rb'\s+(?=[\w:.\-]+=["\'])')
_VALUE: Final = re.compile(rb'="([^"\']*)"')
_PLANE: Final = 0xF0000
"""A private plane of Unicode: characters there stand for those that shall be written as references."""
_PLANED: Final = re.compile(r"[\U000F0000-\U000FFFFD]")
_PADDING: Final = "urn:example:padding"


class Space(Parameters):
    """How far it is indented."""

    blanks: Annotated[int, Field(ge=0, le=16, description="Blanks for each level.")] = 2


class Inside(Parameters):
    """Where it stands."""

    inside: Annotated[bool, Field(description="It stands in the Body, and not before the Envelope.")] = False


class Depth(Parameters):
    """How deep."""

    depth: Annotated[int, Field(ge=1, le=5000, description="So many elements stand in one another.")] = 300


class Size(Parameters):
    """How large."""

    octets: Annotated[int, Field(ge=1, le=16 * 1024 * 1024, description="At least so many.")] = 40_000


def _indented(data: bytes, parameters: Space, dice: random.Random) -> bytes:
    tree = read_tree(data)
    etree.indent(tree.root, space=" " * parameters.blanks)
    return (tree.before.rstrip() + b"\n" if tree.before else b"") + etree.tostring(tree.root, encoding="utf-8")


def _wrapped_tags(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _TAG.sub(lambda tag: _BEFORE_ATTRIBUTE.sub(b"\r\n\t", tag.group()), data)


def _single_quotes(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _TAG.sub(lambda tag: _VALUE.sub(rb"='\1'", tag.group()), data)


def _expanded_empty(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _EMPTY.sub(rb"<\1\2></\1>", data)


def _doctype(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    root = etree.tostring(tree.root, encoding="utf-8")
    return tree.before + b"<!DOCTYPE %s>" % _name_of(root) + root + tree.behind


def _entities(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    value = tree.values()[0]
    text, value.text = value.text or "", ""
    value.append(etree.Entity("value"))
    root = etree.tostring(tree.root, encoding="utf-8")
    quoted = "".join(f"&#{ord(each)};" for each in text).encode("ascii")
    declared = b'<!DOCTYPE %s [<!ENTITY value "%s">]>' % (_name_of(root), quoted)
    return tree.before + declared + root + tree.behind


def _processing_instruction(data: bytes, parameters: Inside, dice: random.Random) -> bytes:
    tree = read_tree(data)
    if parameters.inside:
        tree.body.insert(0, etree.ProcessingInstruction("dsm-emulator", "here"))
        return tree.octets
    return tree.before + b"<?dsm-emulator here?>" + data[len(tree.before) :]


def _comments(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    words = " <soap:Envelope><soap:Body/></soap:Envelope> "
    for each in [tree.root, *elements_in(tree.root)]:
        each.insert(0, etree.Comment(words))
    return tree.before + b"<!--%s-->" % words.encode() + tree.octets[len(tree.before) :]


def _comment_in_values(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for each in tree.values():
        text = each.text or ""
        half = (len(text) + 1) // 2
        comment = etree.Comment(" half ")
        comment.tail, each.text = text[half:], text[:half]
        each.insert(0, comment)
    return tree.octets


def _cdata(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for each in tree.values():
        each.text = etree.CDATA(each.text or "")
    return tree.octets


def _character_references(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for each in tree.values():
        each.text = "".join(chr(_PLANE + ord(one)) if ord(one) < 0xFFFE else one for one in each.text or "")
    text = tree.octets.decode("utf-8")
    return _PLANED.sub(lambda found: f"&#x{ord(found.group()) - _PLANE:x};", text).encode("utf-8")


def _deep_nesting(data: bytes, parameters: Depth, dice: random.Random) -> bytes:
    tree = read_tree(data)
    inner = tree.header
    for _ in range(parameters.depth):
        inner = etree.SubElement(inner, f"{{{_PADDING}}}Deep", nsmap={"deep": _PADDING})
    return tree.octets


def _large(data: bytes, parameters: Size, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = etree.SubElement(tree.header, f"{{{_PADDING}}}Padding", nsmap={"pad": _PADDING})
    block.text = "x" * max(parameters.octets - len(data), 1)
    return tree.octets


def _name_of(root: bytes) -> bytes:
    """The qualified name of the first element."""
    found = re.match(rb"<([^\s/>]+)", root)
    return found.group(1) if found else b"Envelope"


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "indented",
        At.ENVELOPE,
        EVERYBODY,
        "White space stands between the elements, as a person would write it.",
        _indented,
        source="alexpevzner/sane-airscan issue 22 (a Brother MFC-L2750DW does not read it); "
        "javaee/metro-jax-ws issue 321",
        parameters=Space,
    ),
    Alteration(
        "wrapped-tags",
        At.ENVELOPE,
        EVERYBODY,
        "Each attribute stands on a line of its own, so that start tags have line breaks in them.",
        _wrapped_tags,
        source="XML 1.0, section 3.1, which lets white space stand there",
    ),
    Alteration(
        "single-quotes",
        At.ENVELOPE,
        EVERYBODY,
        "Attributes stand in apostrophes.",
        _single_quotes,
        source="XML 1.0, section 2.3, which lets both stand there",
    ),
    Alteration(
        "expanded-empty",
        At.ENVELOPE,
        EVERYBODY,
        "Empty elements have a start tag and an end tag.",
        _expanded_empty,
        source="XML 1.0, section 3.1; gSOAP writes so; vpulim/node-soap issue 213",
    ),
    Alteration(
        "doctype",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope has a document type declaration.",
        _doctype,
        "soap/envelope/no-dtd",
    ),
    Alteration(
        "entities",
        At.ENVELOPE,
        EVERYBODY,
        "The document type declaration declares an entity, and a value is a reference to it.",
        _entities,
        "soap/envelope/no-dtd",
    ),
    Alteration(
        "processing-instruction",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope has a processing instruction.",
        _processing_instruction,
        "soap/envelope/no-processing-instructions",
        parameters=Inside,
    ),
    Alteration(
        "comments",
        At.ENVELOPE,
        EVERYBODY,
        "Comments that look like an envelope stand before and in the Envelope, its Header and its Body.",
        _comments,
        source="vpulim/node-soap pull request 877",
    ),
    Alteration(
        "comment-in-values",
        At.ENVELOPE,
        EVERYBODY,
        "A comment stands in the middle of each value, which is the same value all the same.",
        _comment_in_values,
        source="XML 1.0, section 2.5, which lets comments stand there",
    ),
    Alteration(
        "cdata",
        At.ENVELOPE,
        EVERYBODY,
        "Each value stands in a CDATA section.",
        _cdata,
        source="mvantellingen/python-zeep issue 305; vpulim/node-soap pull request 787",
    ),
    Alteration(
        "character-references",
        At.ENVELOPE,
        EVERYBODY,
        "Each character of each value is written as a character reference.",
        _character_references,
        source="XML 1.0, section 4.1, which lets them stand there",
    ),
    Alteration(
        "deep-nesting",
        At.ENVELOPE,
        EVERYBODY,
        "A header block of a foreign namespace has elements that stand in one another.",
        _deep_nesting,
        source="libxml2, which reads 256 levels unless it is told otherwise",
        parameters=Depth,
    ),
    Alteration(
        "large",
        At.ENVELOPE,
        EVERYBODY,
        "A header block of a foreign namespace makes the envelope longer than it may be.",
        _large,
        "soap/envelope/size",
        parameters=Size,
    ),
)
