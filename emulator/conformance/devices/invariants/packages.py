"""MIME and XOP of every image that came (docs/protocol/dpws.md, section 7)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from emulator.conformance.devices.checks import invariant
from emulator.conformance.devices.kinds import a_package, packages
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.invariants.envelopes import MOST_OCTETS
from emulator.conformance.mime import Part, media_type, parameter


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
    require(first.startswith(b"<"), f"a first part that begins with {first[:8]!r}", "the envelope", [exchange])


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


@invariant("mtom/delimiter/preamble-and-epilogue", over=packages, provoke=a_package)
def preamble(exchange: Exchange) -> None:
    """Nothing but a line break stands before the first delimiter and behind the last."""
    delimiter = f"--{parameter(exchange.content_type, 'boundary')}".encode()
    before = exchange.body.partition(delimiter)[0]
    behind = exchange.body.rpartition(delimiter + b"--")[2]
    require(not before.strip(), f"{before[:40]!r} before the first delimiter", "nothing", [exchange])
    require(not behind.strip(), f"{behind[:40]!r} behind the last delimiter", "nothing", [exchange])


@invariant("mtom/delimiter/form", over=packages, provoke=a_package)
def delimiter(exchange: Exchange) -> None:
    """CR LF stands before each delimiter and behind it."""
    boundary = parameter(exchange.content_type, "boundary").encode("latin-1", "replace")
    require(bool(boundary), f"Content-Type {exchange.content_type}", "a boundary", [exchange])
    octets = b"\r\n" + exchange.body
    for found in re.finditer(re.escape(b"--" + boundary), octets):
        before, behind = octets[found.start() - 2 : found.start()], octets[found.end() : found.end() + 2]
        require(before == b"\r\n", f"{before!r} before a delimiter", "CR LF", [exchange])
        require(behind in (b"\r\n", b"--"), f"{behind!r} behind a delimiter", "CR LF, or -- at the end", [exchange])


@invariant("mtom/delimiter/close", over=packages, provoke=a_package)
def close(exchange: Exchange) -> None:
    """The package ends with --, the boundary and --."""
    wanted = b"--" + parameter(exchange.content_type, "boundary").encode("latin-1", "replace") + b"--"
    end = exchange.body.rstrip(b"\r\n")[-len(wanted) :]
    require(end == wanted, f"a package that ends in {end[-24:]!r}", f"{wanted[-24:]!r}", [exchange])


@invariant("mtom/delimiter/lines-end-cr-lf", over=packages, provoke=a_package)
def cr_lf(exchange: Exchange) -> None:
    """Lines of part headers end in CR LF."""
    boundary = parameter(exchange.content_type, "boundary").encode("latin-1", "replace")
    for piece in exchange.body.split(b"--" + boundary)[1:-1]:
        ends = [place for end in (b"\r\n\r\n", b"\n\n") if (place := piece.find(end)) >= 0]
        head = piece[: min(ends)] if ends else piece[:512]
        alone = head.replace(b"\r\n", b"")
        require(b"\n" not in alone and bool(ends), f"{head[:60]!r}", "lines that end in CR LF", [exchange])


@invariant("mtom/part/header-lines", over=packages, provoke=a_package)
def header_lines(exchange: Exchange) -> None:
    """A header of a part is a name, a colon and a value."""
    boundary = parameter(exchange.content_type, "boundary").encode("latin-1", "replace")
    for piece in exchange.body.split(b"--" + boundary)[1:-1]:
        head = re.split(rb"\r?\n\r?\n", piece, maxsplit=1)[0].strip(b"\r\n")
        for line in head.splitlines():
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
