"""The delimiters between parts, what stands around them, and what looks like one."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.package.making import of_package
from emulator.faults.altered_package import (
    CR_LF,
    LF,
    altered,
    attachment_of,
    cut,
    length_of,
    with_attachment,
)
from emulator.soap.package import MimePackage


class Text(Parameters):
    """Lines that belong to no part."""

    text: Annotated[str, Field(min_length=1, max_length=10_000, description="What stands there, in UTF-8.")] = (
        "This is a message of several parts in MIME format."
    )


class Place(Parameters):
    """A place in the attachment."""

    percent: Annotated[float, Field(ge=0, le=100, description="So far into the attachment.")] = 50


class Blanks(Parameters):
    """Blanks."""

    blanks: Annotated[int, Field(ge=1, le=60, description="So many stand there.")] = 3


def _no_closing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(package, closing=b"")


def _closing_without_dashes(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(package, closing=f"\r\n--{package.boundary}\r\n".encode("latin-1"))


def _closing_without_line_end(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(package, closing=package.closing.removesuffix(CR_LF))


def _bare_lf(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    made = altered(package)
    parts = tuple(replace(each, line_end=LF) for each in made.parts)  # type: ignore[call-arg]  # AlteredPart
    opening, closing = made.opening.replace(CR_LF, LF), made.closing.replace(CR_LF, LF)
    return replace(made, opening=opening, before=LF, behind=LF, parts=parts, closing=closing)


def _delimiter_without_crlf(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(altered(package), before=b"", closing=package.closing.removeprefix(CR_LF))


def _delimiter_padded(package: MimePackage, parameters: Blanks, dice: random.Random) -> MimePackage:
    return replace(altered(package), behind=b" " * parameters.blanks + CR_LF)


def _preamble(package: MimePackage, parameters: Text, dice: random.Random) -> MimePackage:
    made = altered(package)
    line_end = CR_LF if made.behind.endswith(CR_LF) else LF
    return replace(made, opening=parameters.text.encode("utf-8") + line_end)


def _line_break_first(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(package, opening=CR_LF)


def _no_line_break_first(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(package, opening=b"")


def _epilogue(package: MimePackage, parameters: Text, dice: random.Random) -> MimePackage:
    return replace(package, closing=package.closing + parameters.text.encode("utf-8") + CR_LF)


def _in_data(package: MimePackage, percent: float, octets: bytes) -> MimePackage:
    part = attachment_of(package)
    whole = length_of(part)
    middle = int(whole * percent / 100)
    return with_attachment(
        package, replace(part, pieces=(*cut(part, 0, middle), octets, *cut(part, middle, whole)))
    )


def _boundary_in_data(package: MimePackage, parameters: Place, dice: random.Random) -> MimePackage:
    return _in_data(package, parameters.percent, f"\r\n--{package.boundary}\r\n".encode("latin-1"))


def _closing_in_data(package: MimePackage, parameters: Place, dice: random.Random) -> MimePackage:
    return _in_data(package, parameters.percent, f"\r\n--{package.boundary}--\r\n".encode("latin-1"))


def _dashes_in_data(package: MimePackage, parameters: Place, dice: random.Random) -> MimePackage:
    return _in_data(package, parameters.percent, f"x--{package.boundary}\r\nContent".encode("latin-1"))


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_package(
        "no-closing-delimiter",
        "The last delimiter is missing.",
        _no_closing,
        "mtom/delimiter/close",
    ),
    of_package(
        "closing-without-dashes",
        "The last delimiter has no -- behind the boundary, as if another part followed.",
        _closing_without_dashes,
        "mtom/delimiter/close",
    ),
    of_package(
        "closing-without-line-end",
        "The package ends with the -- of its last delimiter.",
        _closing_without_line_end,
        source="apache/cxf pull request 1674; lysine-dev/retrofit pull request 552 (.NET does not read it)",
    ),
    of_package(
        "bare-lf",
        "All lines of delimiters and part headers end in LF alone.",
        _bare_lf,
        "mtom/delimiter/lines-end-cr-lf",
    ),
    of_package(
        "delimiter-without-crlf",
        "The delimiters stand directly behind the data, without the CR LF before them.",
        _delimiter_without_crlf,
        "mtom/delimiter/form",
        source="alexpevzner/sane-airscan issue 71 (a Xerox WorkCentre 3025)",
    ),
    of_package(
        "delimiter-padded",
        "Blanks stand behind the boundary of a delimiter.",
        _delimiter_padded,
        source="RFC 2046, section 5.1.1, which allows them",
        parameters=Blanks,
    ),
    of_package(
        "preamble",
        "A line of text stands before the first delimiter.",
        _preamble,
        "mtom/delimiter/preamble-and-epilogue",
        source="remix-run/remix pull request 11759",
        parameters=Text,
    ),
    of_package(
        "line-break-first",
        "The body begins with a CR LF before the first delimiter.",
        _line_break_first,
        source="open5gs/open5gs pull request 3059; yhirose/cpp-httplib issue 1317",
        operation="SendImage",
    ),
    of_package(
        "no-line-break-first",
        "The body begins with the first delimiter, without a CR LF before it.",
        _no_line_break_first,
        "clients/wsd-python/line-break-before-the-first-delimiter",
        source="request/request pull request 272 (a .NET server passes over the first part)",
        operation="RetrieveImage",
    ),
    of_package(
        "epilogue",
        "A line of text stands behind the last delimiter.",
        _epilogue,
        "mtom/delimiter/preamble-and-epilogue",
        parameters=Text,
    ),
    of_package(
        "boundary-in-data",
        "A delimiter stands in the attachment.",
        _boundary_in_data,
        "mtom/delimiter/not-in-the-data",
        parameters=Place,
    ),
    of_package(
        "closing-in-data",
        "A closing delimiter stands in the attachment.",
        _closing_in_data,
        "mtom/delimiter/not-in-the-data",
        parameters=Place,
    ),
    of_package(
        "dashes-in-data",
        "In the attachment stands what would be a delimiter if it stood at the beginning of a line.",
        _dashes_in_data,
        "mtom/attachment/octets-unchanged",
        source="RFC 2046, section 5.1.1, by which it is data",
        parameters=Place,
    ),
)
