"""The form of each package, to the octet (docs/protocol/dpws.md, section 7)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from emulator.conformance.devices.invariants.packages import close, cr_lf, cr_lf_before_delimiters
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.mime import Part, parameter, unpacked
from emulator.conformance.post_scan.checks import invariant
from emulator.conformance.post_scan.kinds import all_packages, packages
from emulator.conformance.reading import Unreadable

_BEGINS: Final = re.compile(rb"\r?\n(?:[!-9;-~]+:|\r?\n)")
"""How a part does: with a header, or with none."""

invariant("habits/refused/delimiter-without-cr-lf", over=all_packages)(cr_lf_before_delimiters)
invariant("habits/refused/last-delimiter-without-dashes", over=all_packages)(close)
invariant("habits/refused/lf-only-part-headers", over=packages)(cr_lf)


@invariant("habits/refused/start-names-no-part", over=packages)
def start_names_a_part(exchange: Exchange) -> None:
    """start names a part, where there is a start."""
    came = parameter(exchange.content_type, "start")
    ids = [_id(part).strip("<>") for part in exchange.parts]
    require(not came or came.strip("<> ") in ids, f"start={came}", f"one of {', '.join(ids)}", [exchange])


@invariant("habits/refused/start-without-brackets", over=packages)
def start_with_brackets(exchange: Exchange) -> None:
    """start has the angle brackets that the root's Content-ID has."""
    came = parameter(exchange.content_type, "start")
    right = not came or (came.startswith("<") and came.endswith(">"))
    require(right, f"start={came}", "angle brackets", [exchange])


@invariant("habits/refused/cid-in-another-case-or-with-blanks", over=packages)
def cid_to_the_letter(exchange: Exchange) -> None:
    """Where the cid is the Content-ID of a part but for case and blanks, it is so to the letter."""
    ids = [_id(part).removeprefix("<").removesuffix(">") for part in exchange.parts[1:]]
    alike = {id.strip().lower() for id in ids} - {""}
    for each in exchange.envelope.all("//xop:Include"):
        cid = unquote(each.get("href", "").removeprefix("cid:"))
        right = cid in ids or cid.strip().lower() not in alike  # that none is named says mtom/include/href
        require(right, f"href of {cid!r} beside {', '.join(ids)}", "the Content-ID", [exchange], each)


@invariant("mtom/include/percent-encoded", over=packages)
def percent_encoded(exchange: Exchange) -> None:
    """What a URI cannot have is percent-encoded in the href."""
    for each in exchange.envelope.all("//xop:Include"):
        href = each.get("href", "")
        plain = re.fullmatch(r"(?:[!#$&-;=?-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})*", href) is not None
        require(plain, f"href={href!r}", "a URI", [exchange], each)


@invariant("notes/c-31/mime-header-sent", over=all_packages)
def mime_header(exchange: Exchange) -> None:
    """The headers of a package are as the standards have them."""
    try:
        parts = unpacked(exchange.body, exchange.content_type)
    except Unreadable as error:
        require(False, str(error), "a package as RFC 2046 has it", [exchange])
        return
    came = exchange.content_type
    for name in ("type", "start", "start-info"):
        require(bool(parameter(came, name)), f"Content-Type {came}", f"the parameter {name}", [exchange])
    require('type="application/xop+xml"' in came, f"Content-Type {came}", "type in quotes", [exchange])
    for part in parts:
        require(" " not in _id(part), f"Content-ID {_id(part)}", "no blanks", [exchange])
    id = exchange.envelope.message_id
    require(id.startswith("urn:uuid:"), f"MessageID {id}", "urn:uuid:...", [exchange])


@invariant(
    "dsp/send-image/type-of-the-image-part",
    "notes/c-35/image-data-media-type",
    "notes/silent/image-part-media-type",
    over=packages,
)
def media_type_of_the_image(exchange: Exchange) -> None:
    """The image's part has the file's own media type, or application/octet-stream."""
    for part in exchange.parts[1:]:
        came = {name.lower(): value for name, value in part.headers}.get("content-type", "")
        right = came.startswith(("image/", "application/"))
        require(right, f"Content-Type {came or 'is missing'}", "image/... or application/...", [exchange])


@invariant("mtom/delimiter/not-in-the-data", over=all_packages)
def delimiter_not_in_the_data(exchange: Exchange) -> None:
    """What stands behind a delimiter is a part, and behind the closing one none."""
    boundary = parameter(exchange.content_type, "boundary").encode("latin-1", "replace")
    pieces = re.split(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)", exchange.body)
    behind = list(zip(pieces[1::2], pieces[2::2], strict=True))
    for number, (closing, data) in enumerate(behind):
        last = number == len(behind) - 1
        right = last or (not closing and _BEGINS.match(data) is not None)
        found = f"{data[:24]!r} behind delimiter {number + 1} of {len(behind)}"
        require(right, found, "a part with headers, or the end", [exchange])


@invariant("habits/refused/utf-16", over=all_packages)
def no_utf_16(exchange: Exchange) -> None:
    """The envelope is not in UTF-16."""
    try:
        root = exchange.parts[0].data
    except Unreadable:
        return
    require(b"\0" not in root[:64], f"{root[:16]!r}", "UTF-8", [exchange])


def _id(part: Part) -> str:
    return {name.lower(): value for name, value in part.headers}.get("content-id", "")
