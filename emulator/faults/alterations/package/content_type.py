"""The Content-Type that HTTP tells of a package."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.package.making import of_package
from emulator.faults.altered_package import altered
from emulator.faults.impossible import Impossible
from emulator.soap.package import MimePackage


class Boundary(Parameters):
    """A boundary."""

    boundary: Annotated[
        str,
        Field(
            pattern=r"^[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]$",
            max_length=250,
            description="By RFC 2046 at most 70 letters, digits, blanks and '()+_,-./:=?.",
        ),
    ] = "=_(odd) boundary:'?/1=2"
    quoted: Annotated[bool, Field(description="Content-Type has it in quotes, which most of them need.")] = True


class Multipart(Parameters):
    """A media type."""

    subtype: Annotated[
        Literal["mixed", "form-data", "alternative"], Field(description="What stands behind multipart/.")
    ] = "mixed"


def _parameter(content_type: str, name: str) -> re.Match[str]:
    """Where a parameter stands, with what separates it. Raises Impossible where it does not."""
    found = re.search(rf';\s*{name}=("[^"]*"|[^;\s]+)', content_type)
    if found is None:
        raise Impossible(f"the Content-Type has no {name}")
    return found


def _changed(package: MimePackage, name: str, value: Callable[[str], str]) -> MimePackage:
    """The package with what `value` makes of `; name=value`."""
    found = _parameter(package.content_type, name)
    start, end = found.span()
    text = package.content_type
    return replace(package, content_type=text[:start] + value(found.group()) + text[end:])


def _without(name: str) -> Callable[..., MimePackage]:
    return lambda package, parameters, dice: _changed(package, name, lambda old: "")


def _unquoted(name: str) -> Callable[..., MimePackage]:
    return lambda package, parameters, dice: _changed(package, name, lambda old: old.replace('"', ""))


def _start_names_nothing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _changed(package, "start", lambda old: '; start="<nobody@dsm-emulator.invalid>"')


def _start_without_brackets(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _changed(package, "start", lambda old: old.replace("<", "").replace(">", ""))


def _startinfo(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _changed(package, "start-info", lambda old: old.replace("start-info", "startinfo"))


def _semicolons_missing(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    first, _, rest = package.content_type.partition(";")
    return replace(package, content_type=f"{first};{rest.replace(';', '')}")


def _multipart_other(package: MimePackage, parameters: Multipart, dice: random.Random) -> MimePackage:
    rest = package.content_type.partition(";")[2]
    return replace(package, content_type=f"multipart/{parameters.subtype};{rest}")


def _boundary(package: MimePackage, parameters: Boundary, dice: random.Random) -> MimePackage:
    told_as = f'"{parameters.boundary}"' if parameters.quoted else parameters.boundary
    told = _changed(package, "boundary", lambda old: f"; boundary={told_as}")
    old, new = package.boundary.encode("latin-1"), parameters.boundary.encode("latin-1")
    return replace(told, boundary=parameters.boundary, closing=package.closing.replace(old, new))


def _other_boundary(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return _changed(package, "boundary", lambda old: old.replace(package.boundary, f"{package.boundary}x"))


def _said_as_xop(package: MimePackage, parameters: Parameters, dice: random.Random) -> MimePackage:
    return replace(altered(package), content_type="application/xop+xml")


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_package(
        "start-names-nothing",
        "The parameter start names a part that is not there.",
        _start_names_nothing,
        "mtom/outer/start",
    ),
    of_package(
        "start-without-brackets",
        "The parameter start has no angle brackets, and the Content-ID of the root has.",
        _start_without_brackets,
        "mtom/outer/start",
        source="eclipse-ee4j/metro-saaj issue 59 (old versions of Axis2)",
    ),
    of_package(
        "no-start",
        "The parameter start is missing.",
        _without("start"),
        source="eclipse-ee4j/metro-saaj issue 43",
    ),
    of_package("no-type", "The parameter type is missing.", _without("type"), "mtom/outer/type"),
    of_package(
        "type-unquoted",
        "The value of the parameter type has a slash, and no quotes.",
        _unquoted("type"),
        "mtom/outer/type",
        source="the printed example of SendImage (docs/protocol/dpws.md)",
    ),
    of_package(
        "no-start-info", "The parameter start-info is missing.", _without("start-info"), "mtom/outer/start-info"
    ),
    of_package(
        "startinfo",
        "The parameter start-info is spelt startinfo.",
        _startinfo,
        "mtom/outer/start-info",
        source="the printed example of RetrieveImage (docs/protocol/dpws.md)",
    ),
    of_package(
        "semicolons-missing",
        "No semicolon stands between the parameters.",
        _semicolons_missing,
        "mtom/outer/type",
        source="the printed example of SendImage (docs/protocol/dpws.md)",
    ),
    of_package(
        "multipart-other",
        "The media type of the package is another multipart type.",
        _multipart_other,
        "mtom/outer/multipart-related",
        parameters=Multipart,
    ),
    of_package(
        "boundary-unquoted",
        "The parameter boundary has no quotes, and needs none.",
        _unquoted("boundary"),
        source="eclipse-ee4j/jersey issue 1692 and fdintino/nginx-upload-module issue 50 read no other",
    ),
    of_package(
        "odd-boundary",
        "The boundary has characters that are allowed and rare, a blank among them.",
        _boundary,
        source="RFC 2046, section 5.1.1, which allows them",
        parameters=Boundary,
    ),
    of_package("no-boundary", "The parameter boundary is missing.", _without("boundary"), "mtom/outer/boundary"),
    of_package(
        "other-boundary",
        "The parameter boundary is another than that of the delimiters.",
        _other_boundary,
        "mtom/outer/boundary",
    ),
    of_package(
        "said-as-xop",
        "HTTP says application/xop+xml of the whole package, without a boundary.",
        _said_as_xop,
        "mtom/outer/multipart-related",
    ),
)
