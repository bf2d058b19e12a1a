"""MIME and XOP of every image that came (docs/protocol/dpws.md, section 7)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from emulator.conformance.devices.checks import invariant
from emulator.conformance.devices.kinds import a_package, packages
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.invariants.envelopes import MOST_OCTETS
from emulator.conformance.mime import Part, media_type, parameter, unfolded

_BEGINNINGS_OF_XML: Final = (
    b"<",
    codecs.BOM_UTF8 + b"<",
    codecs.BOM_UTF16_LE + b"<\0",
    codecs.BOM_UTF16_BE + b"\0<",
)
"""In which encoding it is, is judged elsewhere. [XML 1.0, appendix F.1]"""


def _headers(part: Part) -> dict[str, str]:
    return {name.lower(): value for name, value in part.headers}


def _root(exchange: Exchange) -> Part:
    return exchange.parts[0]


@invariant("mtom/outer/multipart-related", over=packages, provoke=a_package)
def multipart_related(exchange: Exchange) -> None:
    """Content-Type is multipart/related."""
    came = media_type(exchange.content_type)
    require(came == "multipart/related", came, "multipart/related", [exchange])


@invariant("mtom/outer/type", over=packages, provoke=a_package)
def outer_type(exchange: Exchange) -> None:
    """The parameter type is "application/xop+xml", in quotes."""
    right = 'type="application/xop+xml"' in exchange.content_type.replace(" ", "")
    require(right, exchange.content_type, 'type="application/xop+xml"', [exchange])


@invariant("mtom/outer/boundary", over=packages, provoke=a_package)
def boundary(exchange: Exchange) -> None:
    """The boundary has 1 to 70 characters."""
    count = len(parameter(exchange.content_type, "boundary"))
    require(1 <= count <= 70, f"{count} characters", "1 to 70", [exchange])


@invariant("mtom/outer/start", over=packages, provoke=a_package)
def start(exchange: Exchange) -> None:
    """The parameter start is the Content-ID of the root, with its angle brackets."""
    came, wanted = parameter(exchange.content_type, "start"), _headers(_root(exchange)).get("content-id", "")
    right = came == wanted and came.startswith("<") and came.endswith(">")
    require(right, f"start={came or 'nothing'} of a root {wanted or 'without Content-ID'}", "the same", [exchange])


@invariant("mtom/outer/start-info", over=packages, provoke=a_package)
def start_info(exchange: Exchange) -> None:
    """The parameter start-info is "application/soap+xml"."""
    came = parameter(exchange.content_type, "start-info")
    require(came == "application/soap+xml", f"start-info={came or 'nothing'}", "application/soap+xml", [exchange])


@invariant("mtom/root/first", "wsdapi/mtom/root-first-and-binary", over=packages, provoke=a_package)
def root_first(exchange: Exchange) -> None:
    """The envelope is the first part."""
    first = _root(exchange).data.lstrip()
    require(
        first.startswith(_BEGINNINGS_OF_XML),
        f"a first part that begins with {first[:8]!r}",
        "the envelope",
        [exchange],
    )


@invariant("mtom/root/content-type", over=packages, provoke=a_package)
def root_type(exchange: Exchange) -> None:
    """Content-Type of the root is application/xop+xml; charset=UTF-8; type="application/soap+xml"."""
    came = _headers(_root(exchange)).get("content-type", "")
    right = (
        media_type(came) == "application/xop+xml"
        and parameter(came, "charset").lower() == "utf-8"
        and parameter(came, "type") == "application/soap+xml"
    )
    require(right, came or "no Content-Type", "application/xop+xml; charset=UTF-8; type=...", [exchange])


@invariant("mtom/root/content-id", over=packages, provoke=a_package)
def root_id(exchange: Exchange) -> None:
    """The root has a Content-ID in angle brackets."""
    _require_id(_root(exchange), exchange)


@invariant("mtom/root/transfer-encoding", over=packages, provoke=a_package)
def root_encoding(exchange: Exchange) -> None:
    """Content-Transfer-Encoding of the root is binary or 8bit."""
    came = _headers(_root(exchange)).get("content-transfer-encoding", "")
    require(came.lower() in ("binary", "8bit"), came or "none", "binary", [exchange])


@invariant("mtom/attachment/headers", over=packages, provoke=a_package)
def attachment_headers(exchange: Exchange) -> None:
    """Each attachment has Content-Type, Content-ID in angle brackets and Content-Transfer-Encoding."""
    for part in exchange.parts[1:]:
        headers = _headers(part)
        for name in ("content-type", "content-transfer-encoding"):
            require(bool(headers.get(name)), f"an attachment without {name}", name, [exchange])
        _require_id(part, exchange)


@invariant("mtom/attachment/binary", over=packages, provoke=a_package)
def attachment_binary(exchange: Exchange) -> None:
    """Content-Transfer-Encoding of each attachment is binary."""
    for part in exchange.parts[1:]:
        came = _headers(part).get("content-transfer-encoding", "")
        require(came.lower() == "binary", came or "none", "binary", [exchange])


@invariant("mtom/include/href", over=packages, provoke=a_package)
def include_href(exchange: Exchange) -> None:
    """xop:Include names an attachment by cid: and its Content-ID."""
    ids = {_headers(part).get("content-id", "").strip("<>") for part in exchange.parts[1:]}
    for each in exchange.envelope.all("//xop:Include"):
        href = each.get("href", "")
        named = unquote(href.removeprefix("cid:"))
        require(href.startswith("cid:") and named in ids, f"href={href!r}", f"cid: of {ids}", [exchange], each)


@invariant("mtom/include/only-child", over=packages, provoke=a_package)
def include_only_child(exchange: Exchange) -> None:
    """xop:Include is the only child of its element, without text beside it."""
    for each in exchange.envelope.all("//xop:Include"):
        parent = each.getparent()
        beside = (parent.text or "") + (each.tail or "")
        alone = len(parent) == 1 and not beside.strip()
        require(alone, "xop:Include is not alone", "the only child", [exchange], parent)


@dataclass(frozen=True, slots=True)
class _Delimiter:
    """A delimiter in the octets of a package."""

    before: bytes
    """The two octets before it."""
    closing: bool
    padding: bytes
    """Blanks behind it."""
    behind: bytes
    """All that comes up to the next one."""


def _delimiters(exchange: Exchange) -> list[_Delimiter]:
    """Those that there are, in a package that may depart from its form. What stands in the middle of a line is one
    where headers, or nothing, come behind it: else it is data."""
    boundary = parameter(exchange.content_type, "boundary").encode("latin-1", "replace")
    octets = b"\r\n" + exchange.body
    pattern = re.compile(rb"--" + re.escape(boundary) + rb"(--)?([ \t]*)(?=\r?\n|\Z)")
    found = [
        each
        for each in pattern.finditer(octets)
        if octets[each.start() - 1 : each.start()] == b"\n"
        or (each[1] and not octets[each.end() :].strip())
        or re.match(rb"\r?\n[!-9;-~]+:[ -~]*\r?\n", octets[each.end() : each.end() + 400])
    ]
    ends = [*(each.start() for each in found[1:]), len(octets)]
    return [
        _Delimiter(octets[each.start() - 2 : each.start()], bool(each[1]), each[2], octets[each.end() : end])
        for each, end in zip(found, ends, strict=True)
    ]


@invariant("mtom/delimiter/preamble-and-epilogue", over=packages, provoke=a_package)
def preamble(exchange: Exchange) -> None:
    """Nothing stands before the first delimiter and behind the last."""
    before = exchange.body.partition(b"--" + parameter(exchange.content_type, "boundary").encode())[0]
    require(not before.strip(), f"{before[:40]!r} before the first delimiter", "nothing", [exchange])
    for each in _delimiters(exchange)[-1:]:
        behind = each.behind if each.closing else b""  # without an end there is nothing behind it
        require(not behind.strip(), f"{behind[:40]!r} behind the last delimiter", "nothing", [exchange])


@invariant("mtom/delimiter/form", over=packages, provoke=a_package)
def delimiter(exchange: Exchange) -> None:
    """CR LF stands before each delimiter and behind it."""
    cr_lf_before_delimiters(exchange)
    for each in _delimiters(exchange):
        right = not each.padding and (each.closing or each.behind.startswith(b"\r\n"))
        found = f"{(each.padding + each.behind)[:2]!r} behind a delimiter"
        require(right, found, "CR LF, or -- at the end", [exchange])


def cr_lf_before_delimiters(exchange: Exchange) -> None:
    """CR LF stands before each delimiter."""
    boundary = parameter(exchange.content_type, "boundary")
    require(bool(boundary), f"Content-Type {exchange.content_type}", "a boundary", [exchange])
    for each in _delimiters(exchange):
        require(each.before == b"\r\n", f"{each.before!r} before a delimiter", "CR LF", [exchange])


@invariant("mtom/delimiter/close", over=packages, provoke=a_package)
def close(exchange: Exchange) -> None:
    """The last delimiter of a package has -- behind the boundary."""
    last = _delimiters(exchange)[-1:]
    right = any(each.closing for each in last)
    require(right, f"a package that ends in {exchange.body[-24:]!r}", "--, the boundary and --", [exchange])


def _heads(exchange: Exchange) -> list[tuple[bytes, bool]]:
    """The headers of each part, as they stand, with their line ends, and whether an empty line stands behind them;
    without one, the beginning of what is there."""
    found = []
    for each in _delimiters(exchange):
        if each.closing or not each.behind.strip():
            continue  # no part
        ends = [place for end in (b"\r\n\r\n", b"\n\n") if (place := each.behind.find(end)) >= 0]
        found.append((each.behind[: min(ends)] if ends else each.behind[:512], bool(ends)))
    return found


@invariant("mtom/delimiter/lines-end-cr-lf", over=packages, provoke=a_package)
def cr_lf(exchange: Exchange) -> None:
    """Lines of part headers end in CR LF."""
    for head, whole in _heads(exchange):
        alone = head.replace(b"\r\n", b"")
        require(b"\n" not in alone and whole, f"{head[:60]!r}", "lines that end in CR LF", [exchange])


@invariant("mtom/part/header-lines", over=packages, provoke=a_package)
def header_lines(exchange: Exchange) -> None:
    """A header of a part is a name, a colon and a value."""
    for head, _ in _heads(exchange):
        for line in unfolded(head).strip(b"\r\n").splitlines():
            name, colon, value = line.partition(b":")
            right = bool(colon) and bool(re.fullmatch(rb"[!#-'*+\-.0-9A-Z^-z|~]+", name)) and bool(value.strip())
            require(right, f"the line {line[:60]!r}", "a name, a colon, a value", [exchange])


@invariant("mtom/attachment/id-form", over=packages, provoke=a_package)
def id_form(exchange: Exchange) -> None:
    """A Content-ID has the form of an address, of characters that need no encoding."""
    for part in exchange.parts:
        came = _headers(part).get("content-id", "").strip("<>")
        right = "@" in came and unquote(came) == came and " " not in came
        require(right, f"Content-ID {came!r}", "1.image@host", [exchange])


@invariant("soap/envelope/size-without-attachments", over=packages, provoke=a_package)
def size_of_the_root(exchange: Exchange) -> None:
    """The envelope of a package is no longer than 32767 octets."""
    count = len(_root(exchange).data)
    require(count <= MOST_OCTETS, f"{count} octets", f"{MOST_OCTETS} at most", [exchange])


def _require_id(part: Part, exchange: Exchange) -> None:
    came = _headers(part).get("content-id", "")
    right = came.startswith("<") and came.endswith(">") and len(came) > 2
    require(right, f"Content-ID {came or 'missing'}", "a Content-ID in angle brackets", [exchange])
