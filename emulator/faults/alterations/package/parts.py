"""Which parts there are, in which order, and what is in the attachment."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.package.making import of_package
from emulator.faults.altered_package import (
    AlteredPart,
    altered,
    attachment_of,
    cut,
    length_of,
    root_of,
    with_attachment,
    with_header,
    written_otherwise,
)
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import Kept
from emulator.soap.package import MimePackage


class Part(Parameters):
    """A part."""

    part: Annotated[Literal["root", "attachment"], Field(description="Which of the two.")] = "attachment"


class Corruption(Parameters):
    """Which octet of the attachment is another."""

    offset: Annotated[
        int | None,
        Field(ge=0, description="Its number, from 0; without it the dice of the plan's seed choose one."),
    ] = None
    octets: Annotated[int, Field(ge=1, le=4096, description="So many from there on.")] = 1


def _swapped(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    attachment_of(package)
    return replace(package, parts=package.parts[::-1])


def _missing(package: MimePackage, parameters: Part, dice: random.Random) -> MimePackage:
    attachment_of(package)
    kept = package.parts[1:] if parameters.part == "root" else package.parts[:1]
    return replace(package, parts=kept)


def _twice(package: MimePackage, parameters: Part, dice: random.Random) -> MimePackage:
    root, attachment = root_of(package), attachment_of(package)
    parts = (root, root, attachment) if parameters.part == "root" else (root, attachment, attachment)
    return replace(altered(package), parts=parts)


def _one_more(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    headers = (
        ("Content-Type", "text/plain"),
        ("Content-Transfer-Encoding", "binary"),
        ("Content-ID", "<surplus@dsm-emulator.invalid>"),
    )
    made = altered(package)
    return replace(made, parts=(*made.parts, AlteredPart(headers, b"", (b"surplus",))))


def _no_parts(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    closing = f"--{package.boundary}--\r\n".encode("latin-1")
    return replace(package, parts=(), closing=closing)


def _base64(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    part = with_header(attachment_of(package), "Content-Transfer-Encoding", "base64")
    pieces = cut(part, 0, length_of(part))
    if len(pieces) > 1:
        raise Impossible(
            "the attachment is in several pieces by an alteration before; base64 comes first in a plan"
        )
    return with_attachment(
        package, replace(part, pieces=tuple(written_otherwise(each, "base64 in lines") for each in pieces))
    )


def _empty(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return with_attachment(package, replace(attachment_of(package), pieces=(b"",)))


def _truncated(package: MimePackage, parameters: Kept, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    kept = cut(part, 0, parameters.of(length_of(part)))
    return with_attachment(package, replace(part, pieces=kept or (b"",)))


def _corrupt(package: MimePackage, parameters: Corruption, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    length = length_of(part)
    if not length or (parameters.offset is not None and parameters.offset >= length):
        raise Impossible(f"the attachment has {length} octets")
    start = dice.randrange(length) if parameters.offset is None else parameters.offset
    end = min(start + parameters.octets, length)
    other = (written_otherwise(each, "inverted") for each in cut(part, start, end))
    return with_attachment(package, replace(part, pieces=(*cut(part, 0, start), *other, *cut(part, end, length))))


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_package(
        "parts-swapped",
        "The attachment comes before the root part.",
        _swapped,
        "mtom/root/first",
        source="jstedfast/MimeKit issue 489",
    ),
    of_package(
        "part-missing",
        "One of the two parts is missing: the attachment where nothing else is wanted.",
        _missing,
        "mtom/include/href",
        parameters=Part,
    ),
    of_package(
        "part-twice",
        "One of the two parts stands there twice: the attachment where nothing else is wanted.",
        _twice,
        source="RFC 2045, section 7: a Content-ID is that of one part alone",
        parameters=Part,
    ),
    of_package(
        "part-too-many",
        "A third part stands there that nothing names.",
        _one_more,
        source="XOP 1.0, section 4.1, which lets it stand there",
    ),
    of_package(
        "no-parts",
        "The package has no part, but its closing delimiter alone.",
        _no_parts,
        "mtom/root/first",
    ),
    of_package(
        "base64",
        "The attachment is in base64, as its Content-Transfer-Encoding says.",
        _base64,
        "mtom/attachment/binary",
    ),
    of_package(
        "attachment-empty",
        "The attachment has no octets.",
        _empty,
        "mtom/attachment/octets-unchanged",
    ),
    of_package(
        "attachment-truncated",
        "The attachment ends early, and the package is whole all the same.",
        _truncated,
        "mtom/attachment/octets-unchanged",
        parameters=Kept,
    ),
    of_package(
        "attachment-corrupt",
        "An octet of the attachment has each bit the other way round.",
        _corrupt,
        "mtom/attachment/octets-unchanged",
        parameters=Corruption,
    ),
)
