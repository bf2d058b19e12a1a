"""Mutations of valid messages, on their octets: cheap, and the same for the same random source.

A message is cut into its tags once (`Template`); a mutation takes slices. Nothing here knows what is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from hostile_words import (
    ATTRIBUTES,
    CONTENT_TYPES,
    DECLARED,
    ENCODINGS,
    EXTRA_HEADERS,
    METHODS,
    OCTETS,
    WORDS,
)

Headers = tuple[tuple[str, str], ...]
SOAP_TYPE = "application/soap+xml; charset=utf-8"

_TAG = re.compile(rb"<(/?)([A-Za-z_][^\s/>]*)([^<>]*?)(/?)>")
_ATTRIBUTE = re.compile(rb'([^\s=]+)="([^"]*)"')
_URI = re.compile(rb'xmlns:?[^=\s]*="([^"]+)"')


@dataclass(frozen=True)
class Element:
    """Where an element stands in its document."""

    start: int
    content: int
    """Where its start tag ends."""
    tail: int
    """Where its end tag begins; that of an empty-element tag is its end."""
    end: int
    name: bytes


@dataclass(frozen=True)
class Template:
    """A valid message. `envelope`: where the SOAP envelope lies in the body (all of it, or the root part)."""

    service: str
    operation: str
    path: str
    body: bytes
    headers: Headers = (("Content-Type", SOAP_TYPE),)
    method: str = "POST"
    envelope: tuple[int, int] = (0, 0)
    elements: tuple[Element, ...] = ()

    def cut(self) -> Template:
        """With its elements found."""
        start, end = self.envelope if self.envelope[1] else (0, len(self.body))
        elements: list[Element] = []
        open_: list[tuple[int, int, bytes]] = []
        for tag in _TAG.finditer(self.body, start, end):
            if tag[1]:
                begun, content, name = open_.pop()
                elements.append(Element(begun, content, tag.start(), tag.end(), name))
            elif tag[4]:
                elements.append(Element(tag.start(), tag.end(), tag.end(), tag.end(), tag[2]))
            else:
                open_.append((tag.start(), tag.end(), tag[2]))
        return replace(self, elements=tuple(elements), envelope=(start, end))


@dataclass
class Mutant:
    """What is sent."""

    template: Template
    path: str
    headers: Headers
    body: bytes
    method: str = "POST"
    framing: str = ""
    """How the octets on the wire depart from HTTP; '' where they do not."""
    done: list[str] = field(default_factory=list)
    """Names of the mutations, for people."""


def _slice(mutant: Mutant, random: Random) -> tuple[int, int]:
    length = len(mutant.body)
    start = random.randrange(length + 1)
    return start, min(length, start + random.choice((1, 2, 7, 60, 400)))


def _flip(mutant: Mutant, random: Random) -> None:
    body = bytearray(mutant.body)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        if body:
            body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    mutant.body = bytes(body)


def _set_octet(mutant: Mutant, random: Random) -> None:
    if mutant.body:
        place = random.randrange(len(mutant.body))
        mutant.body = mutant.body[:place] + bytes([random.randrange(256)]) + mutant.body[place + 1 :]


def _insert(mutant: Mutant, random: Random) -> None:
    place = random.randrange(len(mutant.body) + 1)
    mutant.body = mutant.body[:place] + random.choice(OCTETS) + mutant.body[place:]


def _truncate(mutant: Mutant, random: Random) -> None:
    mutant.body = mutant.body[: random.randrange(len(mutant.body) + 1)]


def _cut_out(mutant: Mutant, random: Random) -> None:
    start, end = _slice(mutant, random)
    mutant.body = mutant.body[:start] + mutant.body[end:]


def _repeat_slice(mutant: Mutant, random: Random) -> None:
    start, end = _slice(mutant, random)
    times = random.choice((1, 1, 2, 30))
    mutant.body = mutant.body[:end] + mutant.body[start:end] * times + mutant.body[end:]


def _whole_twice(mutant: Mutant, random: Random) -> None:
    mutant.body += mutant.body


# Elements: on the untouched body alone, whose cuts are known.


def _edit(mutant: Mutant, random: Random, change: Callable[[bytes, Element], bytes]) -> None:
    element = random.choice(mutant.template.elements)
    mutant.body = change(mutant.body, element)


def _remove(mutant: Mutant, random: Random) -> None:
    _edit(mutant, random, lambda body, each: body[: each.start] + body[each.end :])


def _repeat(mutant: Mutant, random: Random) -> None:
    times = random.choice((1, 1, 2, 3, 40))
    _edit(
        mutant, random, lambda body, each: body[: each.end] + body[each.start : each.end] * times + body[each.end :]
    )


def _empty(mutant: Mutant, random: Random) -> None:
    _edit(mutant, random, lambda body, each: body[: each.content] + body[each.tail :])


def _unwrap(mutant: Mutant, random: Random) -> None:
    _edit(
        mutant,
        random,
        lambda body, each: body[: each.start] + body[each.content : each.tail] + body[each.end :],
    )


def _swap(mutant: Mutant, random: Random) -> None:
    """Two elements change places; one in the other goes into itself."""
    one, other = random.choice(mutant.template.elements), random.choice(mutant.template.elements)
    if one.start > other.start:
        one, other = other, one
    body = mutant.body
    if one.end <= other.start:
        mutant.body = (
            body[: one.start]
            + body[other.start : other.end]
            + body[one.end : other.start]
            + body[one.start : one.end]
            + body[other.end :]
        )
    else:
        mutant.body = body[: other.start] + body[one.start : one.end] + body[other.end :]


def _move(mutant: Mutant, random: Random) -> None:
    """A copy of one element into another."""
    one, other = random.choice(mutant.template.elements), random.choice(mutant.template.elements)
    body = mutant.body
    mutant.body = body[: other.content] + body[one.start : one.end] + body[other.content :]


def _rename(mutant: Mutant, random: Random) -> None:
    elements = mutant.template.elements
    each = random.choice(elements)
    name = random.choice(
        (random.choice(elements).name, each.name + b"x", b"x:y", each.name.rpartition(b":")[2], b"soap:Fault")
    )
    body = mutant.body
    start = each.start + 1
    if each.tail == each.end:
        mutant.body = body[:start] + name + body[start + len(each.name) :]
    else:
        closed = body[: each.tail] + b"</" + name + b">" + body[each.end :]
        mutant.body = closed[:start] + name + closed[start + len(each.name) :]


def _text(mutant: Mutant, random: Random) -> None:
    word = random.choice(WORDS).encode()
    leaves = [each for each in mutant.template.elements if b"<" not in mutant.body[each.content : each.tail]]
    if leaves:
        each = random.choice(leaves)
        if each.tail == each.end:
            opened = mutant.body[: each.content - 2].rstrip(b"/") + b">" + word + b"</" + each.name + b">"
            mutant.body = opened + mutant.body[each.end :]
        else:
            mutant.body = mutant.body[: each.content] + word + mutant.body[each.tail :]


def _attribute(mutant: Mutant, random: Random) -> None:
    """One more on a start tag, or another value, or one less."""
    each = random.choice(mutant.template.elements)
    body = mutant.body
    tag = body[each.start : each.content]
    found = list(_ATTRIBUTE.finditer(tag))
    how = random.randrange(4)
    if found and how == 0:
        chosen = random.choice(found)
        tag = tag[: chosen.start(2)] + random.choice(WORDS).encode() + tag[chosen.end(2) :]
    elif found and how == 1:
        chosen = random.choice(found)
        tag = tag[: chosen.start()] + tag[chosen.end() :]
    else:
        place = 1 + len(each.name)
        tag = tag[:place] + random.choice(ATTRIBUTES) + tag[place:]
    mutant.body = body[: each.start] + tag + body[each.content :]


def _namespace(mutant: Mutant, random: Random) -> None:
    """A declaration names another namespace, or its prefix is another."""
    found = list(_URI.finditer(mutant.body))
    if not found:
        return
    chosen, other = random.choice(found), random.choice(found)
    uri = random.choice(
        (other[1], chosen[1] + b"x", b"", b"urn:x", chosen[1].replace(b"2006/08", b"2006/01"), chosen[1].upper())
    )
    if random.randrange(4):
        mutant.body = mutant.body[: chosen.start(1)] + uri + mutant.body[chosen.end(1) :]
    else:
        mutant.body = mutant.body[: chosen.start()] + mutant.body[chosen.end() :]


def _encode(mutant: Mutant, random: Random) -> None:
    try:
        text = mutant.body.decode()
    except UnicodeDecodeError:
        return
    if random.randrange(3):
        mutant.body = text.encode(random.choice(ENCODINGS), "replace")
    else:
        mutant.body = mutant.body.replace(b'encoding="utf-8"', b'encoding="' + random.choice(DECLARED) + b'"', 1)


def _in_package(mutant: Mutant, random: Random) -> None:
    """A line of the package is gone, doubled or another; or all lines end otherwise."""
    lines = mutant.body.split(b"\r\n")
    if len(lines) < 3:
        return _flip(mutant, random)
    how = random.randrange(6)
    # Most lines are the image's: those of the headers are wanted.
    places = [n for n, line in enumerate(lines) if line.startswith((b"--", b"Content-")) or not line] or [0]
    place = random.choice(places)
    if how == 0:
        del lines[place]
    elif how == 1:
        lines.insert(place, random.choice(lines))
    elif how == 2:
        lines[place] = lines[place].replace(
            random.choice((b"<", b">", b":", b"-", b"b1", b"x", b"binary")),
            random.choice((b"", b"  ", b"y", b"base64", b"\xff")),
        )
    elif how == 3:
        lines.insert(
            place,
            random.choice(
                (
                    b"Content-ID: <image@x>",
                    b"X: " + b"y" * 20000,
                    b"no header",
                    b"Content-Transfer-Encoding: base64",
                    b" folded",
                    b"--b1",
                    b"--b1--",
                )
            ),
        )
    elif how == 4:
        mutant.body = mutant.body.replace(b"\r\n", b"\n")
        return None
    else:
        lines = lines[:place]
    mutant.body = b"\r\n".join(lines)
    return None


def _header(mutant: Mutant, random: Random) -> None:
    if random.randrange(2):
        kept = [each for each in mutant.headers if each[0] != "Content-Type"]
        value = random.choice(CONTENT_TYPES)
        mutant.headers = tuple([*kept, ("Content-Type", value)] if value else kept)
    else:
        mutant.headers = (*mutant.headers, random.choice(EXTRA_HEADERS))


def _address(mutant: Mutant, random: Random) -> None:
    path = mutant.path
    mutant.path = random.choice(
        (
            path + "/",
            path.upper(),
            path + "?wsdl",
            path + "?x=%00",
            path + "x",
            "/",
            path + "/..",
            "/%2e" + path,
            path + "%ff",
        )
    )


def _method(mutant: Mutant, random: Random) -> None:
    mutant.method = random.choice(METHODS)
    mutant.framing = "method"


ON_ELEMENTS = (
    _remove,
    _repeat,
    _empty,
    _unwrap,
    _swap,
    _move,
    _rename,
    _text,
    _text,
    _text,
    _attribute,
    _attribute,
)
ON_OCTETS = (
    _flip,
    _set_octet,
    _insert,
    _insert,
    _truncate,
    _cut_out,
    _repeat_slice,
    _whole_twice,
    _namespace,
    _encode,
)


def mutated(template: Template, random: Random) -> Mutant:
    """One to four mutations of a message. Of those on elements one at most, and first: what is cut is the whole."""
    mutant = Mutant(template, template.path, template.headers, template.body, template.method)
    chosen: list[Callable[[Mutant, Random], None]] = []
    kind = random.random()
    if kind < 0.62 and template.elements:
        chosen.append(random.choice(ON_ELEMENTS))
    elif kind < 0.92 or template.path == template.body:
        chosen.append(random.choice(ON_OCTETS))
    elif kind < 0.96:
        chosen.append(_header)
    else:
        chosen.append(_address)
    if template.headers[0][1].startswith("multipart") and random.random() < 0.4:
        chosen.append(_in_package)
    while random.random() < 0.25 and len(chosen) < 4:
        chosen.append(random.choice((*ON_OCTETS, _header)))
    for mutate in chosen:
        mutate(mutant, random)
        mutant.done.append(mutate.__name__.strip("_"))
    return mutant
