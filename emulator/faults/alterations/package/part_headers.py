"""The headers of parts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.package.making import of_package
from emulator.faults.altered_package import (
    LF,
    AlteredPart,
    altered,
    altered_part,
    attachment_of,
    header_of,
    root_of,
    with_attachment,
    with_header,
    with_root,
)
from emulator.soap.package import MimePackage


class MediaType(Parameters):
    """A media type."""

    media_type: Annotated[
        str, Field(pattern=r"^[!-~ ]+$", max_length=200, description="What Content-Type says.")
    ] = "application/octet-stream"


class RootType(Parameters):
    """A media type of the root."""

    media_type: Annotated[
        str, Field(pattern=r"^[!-~ ]+$", max_length=200, description="What Content-Type says.")
    ] = "text/xml; charset=UTF-8"


class TransferEncoding(Parameters):
    """A transfer encoding that is told."""

    encoding: Annotated[
        str, Field(pattern=r"^[!-~]+$", max_length=100, description="What Content-Transfer-Encoding says.")
    ] = "7bit"


def _every(package: MimePackage, change: Callable[[AlteredPart], AlteredPart]) -> MimePackage:
    made = altered(package)
    return replace(made, parts=tuple(change(altered_part(each)) for each in made.parts))


def _root_type(package: MimePackage, parameters: RootType, dice: random.Random) -> MimePackage:
    return with_root(package, with_header(root_of(package), "Content-Type", parameters.media_type))


def _root_charset(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    root = root_of(package)
    told = header_of(root, "Content-Type").replace("charset=UTF-8", "charset=UTF-16")
    return with_root(package, with_header(root, "Content-Type", told))


def _attachment_type(package: MimePackage, parameters: MediaType, dice: random.Random) -> MimePackage:
    part = with_header(attachment_of(package), "Content-Type", parameters.media_type)
    return with_attachment(package, part)


def _attachment_type_missing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return with_attachment(package, with_header(attachment_of(package), "Content-Type", None))


def _transfer_encoding(package: MimePackage, parameters: TransferEncoding, dice: random.Random) -> MimePackage:
    part = with_header(attachment_of(package), "Content-Transfer-Encoding", parameters.encoding)
    return with_attachment(package, part)


def _no_transfer_encoding(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _every(package, lambda part: with_header(part, "Content-Transfer-Encoding", None))


def _content_id_twice(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    told = header_of(root_of(package), "Content-ID")
    return with_attachment(package, with_header(attachment_of(package), "Content-ID", told))


def _content_id_without_brackets(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    return with_attachment(package, with_header(part, "Content-ID", header_of(part, "Content-ID").strip("<>")))


def _content_id_blanks(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    told = header_of(part, "Content-ID").strip("<>")
    return with_attachment(package, with_header(part, "Content-ID", f"< {told} >"))


def _content_id_missing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return with_attachment(package, with_header(attachment_of(package), "Content-ID", None))


def _content_id_case(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    return with_attachment(package, with_header(part, "Content-ID", header_of(part, "Content-ID").upper()))


def _folded(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _every(package, lambda part: replace(part, folded=True))


def _lf_headers(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _every(package, lambda part: replace(part, line_end=LF))


def _names_in(change: Callable[[str], str]) -> Callable[..., MimePackage]:
    def named(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
        return _every(
            package,
            lambda part: replace(part, headers=tuple((change(name), value) for name, value in part.headers)),
        )

    return named


def _unknown_header(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    more = (("MIME-Version", "1.0"), ("X-Unheard-Of", 'a; b="c d"'))
    return _every(package, lambda part: replace(part, headers=(*more, *part.headers)))


def _header_without_colon(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    part = attachment_of(package)
    return with_attachment(package, replace(part, head_end=b"no colon here\r\n\r\n"))


def _no_empty_line(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return with_attachment(package, replace(attachment_of(package), head_end=b""))


def _headers_missing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return with_attachment(package, replace(attachment_of(package), headers=()))


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_package(
        "root-type",
        "The Content-Type of the root part is another: text/xml where no other is wanted.",
        _root_type,
        "mtom/root/content-type",
        parameters=RootType,
    ),
    of_package(
        "root-charset",
        "The Content-Type of the root part says UTF-16, and the envelope is UTF-8.",
        _root_charset,
        "soap/http/charset-of-the-document",
    ),
    of_package(
        "attachment-type",
        "The Content-Type of the attachment is not that of its image.",
        _attachment_type,
        "dsp/send-image/type-of-the-image-part",
        parameters=MediaType,
    ),
    of_package(
        "attachment-type-missing",
        "The attachment has no Content-Type.",
        _attachment_type_missing,
        "mtom/attachment/headers",
    ),
    of_package(
        "transfer-encoding-wrong",
        "The attachment is binary, and its Content-Transfer-Encoding says otherwise.",
        _transfer_encoding,
        "mtom/attachment/binary",
        parameters=TransferEncoding,
    ),
    of_package(
        "no-transfer-encoding",
        "The parts have no Content-Transfer-Encoding.",
        _no_transfer_encoding,
        "mtom/attachment/binary",
        source="lennykean/WcfCoreMtomEncoder issue 13",
    ),
    of_package(
        "content-id-twice",
        "The attachment has the Content-ID of the root part.",
        _content_id_twice,
        "mtom/include/href",
    ),
    of_package(
        "content-id-without-brackets",
        "The Content-ID of the attachment has no angle brackets.",
        _content_id_without_brackets,
        "mtom/attachment/headers",
        source="phax/phase4 issue 26 shows a package that has it so",
    ),
    of_package(
        "content-id-blanks",
        "Blanks stand within the angle brackets of the attachment's Content-ID.",
        _content_id_blanks,
        "mtom/attachment/headers",
        source="the printed example of SendImage (docs/protocol/dpws.md)",
    ),
    of_package(
        "content-id-missing",
        "The attachment has no Content-ID.",
        _content_id_missing,
        "mtom/attachment/headers",
        source="eclipse-ee4j/metro-saaj issue 61; lennykean/WcfCoreMtomEncoder issue 13",
    ),
    of_package(
        "content-id-case",
        "The Content-ID of the attachment is in capitals, and the cid that names it is not.",
        _content_id_case,
        "mtom/include/href",
    ),
    of_package(
        "folded-headers",
        "Each part header goes on in a second line.",
        _folded,
        source="RFC 5322, section 2.2.3, which allows it",
    ),
    of_package(
        "lf-headers",
        "The lines of part headers end in LF alone, and those of delimiters in CR LF.",
        _lf_headers,
        "mtom/delimiter/lines-end-cr-lf",
    ),
    of_package(
        "headers-in-capitals",
        "The names of part headers are in capitals.",
        _names_in(str.upper),
        source="RFC 2045, section 1: names are read whatever their case",
    ),
    of_package(
        "headers-in-small-letters",
        "The names of part headers are in small letters.",
        _names_in(str.lower),
        source="RFC 2045, section 1: names are read whatever their case",
    ),
    of_package(
        "unknown-part-header",
        "Headers that nobody needs stand before the others.",
        _unknown_header,
        source="RFC 2045, section 9, which allows them",
    ),
    of_package(
        "header-without-colon",
        "A line without a colon stands among the headers of the attachment.",
        _header_without_colon,
        "mtom/part/header-lines",
    ),
    of_package(
        "no-empty-line",
        "No empty line stands between the headers of the attachment and its data.",
        _no_empty_line,
        "mtom/part/header-lines",
    ),
    of_package(
        "headers-missing",
        "The attachment has no headers at all.",
        _headers_missing,
        "mtom/attachment/headers",
    ),
)
