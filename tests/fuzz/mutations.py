"""Mutations of valid messages, on their octets: cheap, and the same for the same random source.

A message is cut into its tags once (`Template`); a mutation takes slices. Nothing here knows what is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

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


WORDS = [
    "", " ", "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "1e9", "0x10", "true", "false", "yes", "NaN",
    "9" * 400, "1" * 5000, "٣", "²", "\u00a0", "\u2028", "\ufeff", "\U0010ffff", "a" * 3000, "a:b", ":", "::", "x:",
    ":x", "{x}y", "wscn:", "urn:", "urn:uuid:", "http://", "http://[", "http://[::1", "http://127.0.0.1:99999/",
    "http://127.0.0.1:1/", "https://127.0.0.1:1/", "HTTP://127.0.0.1:1/a?b#c", "ftp://127.0.0.1/", "//127.0.0.1:1/",
    "http://user:word@127.0.0.1:1/", "http://127.0.0.1:1/%00", "http://%31/", "file:///etc/passwd", "\\\\a\\b",
    "../../x", "%s%n", "{0}", "$(id)", "P1D", "-P1D", "PT0S", "P99999999Y", "P1Y2M3DT4H5M6.7S", "PT", "P", "PT5S",
    "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T24:00:00", "2026-02-30T00:00:00", "24:00:00",
    "S-1-5-21-1-2-3-1001", "S-1-5", "S-1-5-21-1-2-3-1001 ", "png", "jfif", "pdf-a", "image/png", "tiff-multi-g4",
    "RGB24", "RGB48", "BlackAndWhite1", "ADF", "ADFDuplex", "Platen", "Film", "Auto", "AAAA", "AA==", "=", "A", "!",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "cid:", "cid:image@x", "cid:%",
    "cid:%00", "cid:root@x", "http://www.w3.org/2005/08/addressing/anonymous",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous", "&lt;x/&gt;", "&amp;", "&#x20;", "&#10;",
]  # fmt: skip
"""Contents of elements and attributes."""

OCTETS = [
    b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xef\xbf\xbe",
    b"\xef\xbb\xbf=", b"\xf4\x90\x80\x80", b"<", b">", b"&", b"'", b'"', b"]]>", b"<![CDATA[", b"<![CDATA[x]]>",
    b"<!-- x -->", b"<!--", b"<?p i?>", b"<?xml version='1.0'?>", b"<!DOCTYPE x>", b"&#0;", b"&#xD800;", b"&#x110000;",
    b"&#65;", b"&lt;", b"&x;", b"<x/>", b"<x xmlns='urn:x'/>", b"<x>", b"</x>", b" xmlns=''", b" xmlns:a=''",
    b" xmlns:a='urn:a'", b" xmlns:xml='urn:x'", b" xmlns:xmlns='urn:x'", b" xml:base='x'", b"\r", b"\n", b"\t",
    b"\r\n\r\n", b"--b1", b"\r\n--b1\r\n", b"\r\n--b1--\r\n", b"xsi:nil='true'", b"a" * 2000,
]  # fmt: skip
"""Octets to put somewhere."""

ATTRIBUTES = [
    b' soap:mustUnderstand="1"', b' soap:mustUnderstand="true"', b' soap:mustUnderstand="x"', b' soap:role="urn:x"',
    b' soap:role="http://www.w3.org/2003/05/soap-envelope/role/none"', b' soap:encodingStyle="urn:x"', b' Id="1"',
    b' wscn:MustHonor="true"', b' MustHonor="1"', b' wscn:MustHonor="maybe"', b' Name="x"', b' Valid="true"',
    b' xmlns="urn:x"', b' xmlns=""', b' xmlns:soap="urn:x"', b' xmlns:\xef\xbb\xbfp="urn:x"', b' xmlns:p="urn:\xef\xbb\xbf"',
    b' xmlns:a="urn:1" a:b="c"', b' xml:lang="en"', b' xml:space="preserve"', b' RelationshipType="x:y"',
    b' RelationshipType="wsa:Reply"', b' Mode="urn:x"', b' Dialect="urn:x"', b' href="cid:image@x"', b' a="1" a="2"',
    b' \xd9\xa3="1"', b' a=1', b' a', b' a="<"', b' a="&#0;"', b' MatchBy="urn:x"',
]  # fmt: skip
"""Attributes to add to a tag."""

ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7"]
DECLARED = [b"utf-16", b"iso-8859-1", b"us-ascii", b"windows-1252", b"utf-7", b"x", b"ebcdic-cp-us"]
CONTENT_TYPES = [
    "", "text/xml", "text/plain", "application/json", "application/soap+xml", "application/soap+xml; charset=utf-16",
    "application/soap+xml; charset", "application/soap+xml;;", 'application/soap+xml; action="urn:x"', "a/b", "/", "x",
    "multipart/related", "multipart/related; boundary=", 'multipart/related; boundary="b1', "multipart/related; boundary=b1",
    'multipart/mixed; boundary="b1"', 'multipart/related; type="application/xop+xml"; boundary="' + "b" * 300 + '"',
    'multipart/related; boundary="b1"; start="<other@x>"', 'multipart/related; boundary="b 1"; startinfo="x"',
    'multipart/related; boundary="\u00e9"', "application/soap+xml, text/xml",
]  # fmt: skip
EXTRA_HEADERS = [
    ("Content-Encoding", "gzip"), ("Content-Encoding", "identity"), ("Content-Encoding", "br"), ("Expect", "x"),
    ("Expect", "100-continue"), ("Host", "elsewhere.example"), ("Host", "127.0.0.1"), ("SOAPAction", '"urn:x"'),
    ("Content-Transfer-Encoding", "base64"), ("Accept-Encoding", "gzip"), ("Upgrade", "h2c"), ("Range", "bytes=0-1"),
    ("X-Long", "x" * 4000), ("Content-Type", "text/plain"), ("Cookie", "a=b"), ("If-Match", "*"), ("Via", "1.0 x"),
]  # fmt: skip
METHODS = ["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "PATCH", "post", "M-POST"]


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
    """One to four mutations of a message. Of those on elements one at most, and first: the cuts are of the whole."""
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


# What only a wire can carry


def on_the_wire(mutant: Mutant, random: Random | None, host: str) -> bytes:
    """The octets of the request. Seldom they are no right HTTP; then `framing` says how. Without a random source they
    always are."""
    head = [f"Host: {host}", *(f"{name}: {value}" for name, value in mutant.headers)]
    body = mutant.body
    length = f"Content-Length: {len(body)}"
    line = f"{mutant.method} {mutant.path} HTTP/1.1"
    how = 39 if random is None else random.randrange(40)
    random = random or Random(0)
    if how == 0:
        wrong = random.choice(
            (len(body) + 7, max(0, len(body) - 7), -1, 10**12, "x", "", "+5", f"{len(body)}, {len(body)}")
        )
        mutant.framing, length = "length", f"Content-Length: {wrong}"
    elif how == 1:
        mutant.framing = "no length"
        length = "X-Nothing: 1"
    elif how == 2:
        mutant.framing = "both"
        length = f"Transfer-Encoding: chunked\r\n{length}"
    elif how in (3, 4, 5, 6):
        length = "Transfer-Encoding: chunked"
        size = random.choice((1, 7, 100, 4096)) if len(body) < 8000 else 4096
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        parts = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
        if how == 6:
            mutant.framing = "chunks"
            place = random.randrange(len(parts) + 1)
            parts.insert(
                place,
                random.choice(
                    (
                        b"x\r\n",
                        b"-1\r\n",
                        b"5\r\nabc\r\n",
                        b"\r\n",
                        b"ffffffffffffffff\r\n",
                        b"0\r\n\r\n",
                        b"1;x=" + b"y" * 5000 + b"\r\nz\r\n",
                        b"1\nz\n",
                    )
                ),
            )
        body = b"".join(parts) + b"0\r\n\r\n"
    elif how == 7:
        mutant.framing = "line"
        line = random.choice(
            (
                line.replace("HTTP/1.1", "HTTP/1.0"),
                line.replace("HTTP/1.1", "HTTP/9.9"),
                line.replace(" ", "  "),
                line + " x",
                "GET",
                "",
                f"{mutant.method} http://[ HTTP/1.1",
                "\0" + line,
                f"{mutant.method} {'/x' * 9000} HTTP/1.1",
            )
        )
    elif how == 8:
        mutant.framing = "head"
        head.insert(
            random.randrange(len(head) + 1),
            random.choice(
                (
                    "no colon",
                    " folded: x",
                    "A b: c",
                    "X: \0",
                    "X: \x7f",
                    "Host: other",
                    ": x",
                    "X" * 20000 + ": y",
                    "X: " + "y" * 20000,
                    "Content-Length: 5",
                    "Transfer-Encoding: gzip, chunked",
                    "Transfer-Encoding: x",
                )
            ),
        )
    if mutant.method != "POST" or any(ord(c) > 126 or ord(c) < 33 for c in mutant.path):
        mutant.framing = mutant.framing or "line"
    names = [name for name, _ in mutant.headers]
    if "Expect" in names or "Upgrade" in names or "Host" in names or names.count("Content-Type") > 1:
        mutant.framing = mutant.framing or "headers"
    return "\r\n".join([line, *head, length, "", ""]).encode("utf-8", "replace") + body
