"""How an envelope becomes octets: its encoding, what it says of it, and whether it is whole."""

from __future__ import annotations

import random
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.envelope_tree import read_tree
from emulator.faults.shared_parameters import Kept, OfElement

_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]*\?>")
_MARK: Final = "\ue000"
"""Stands in a tree for octets that no tree can hold."""


class Utf16(Parameters):
    """UTF-16."""

    order: Annotated[Literal["little", "big"], Field(description="Of the two octets, the first.")] = "little"
    mark: Annotated[bool, Field(description="A byte order mark stands at the beginning.")] = True


class Declared(Parameters):
    """What the XML declaration says."""

    encoding: Annotated[
        str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._\-]{0,39}$", description="The name in the XML declaration.")
    ] = "utf-16"


class OtherEncoding(Parameters):
    """Another encoding in truth."""

    encoding: Annotated[
        Literal["iso-8859-1", "windows-1252", "utf-32", "cp037"],
        Field(description="The encoding, which the XML declaration names; cp037 is EBCDIC."),
    ] = "iso-8859-1"


def _in_no_xml(code: int) -> int:
    if chr(code) in "\t\n\r":
        raise ValueError("is a character that XML 1.0 has")
    return code


class ControlCharacter(OfElement):
    """A character that XML 1.0 has not."""

    code: Annotated[
        int,
        Field(ge=0, le=31, description="Its number, below 32, and not 9, 10 or 13."),
        AfterValidator(_in_no_xml),
    ] = 11
    reference: Annotated[bool, Field(description="It is written as a character reference.")] = False


class Trailing(Parameters):
    """What follows."""

    text: Annotated[str, Field(min_length=1, max_length=10_000, description="What follows, in UTF-8.")] = "\0"


def _declared(data: bytes, declaration: bytes) -> bytes:
    """The envelope with that XML declaration, or without one."""
    found = _DECLARATION.match(data)
    return declaration + (data[found.end() :] if found else data)


def _named(encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode("ascii")


def _utf_16(data: bytes, parameters: Utf16, dice: random.Random) -> bytes:
    text = _declared(data, _named("utf-16")).decode("utf-8")
    return ("\ufeff" if parameters.mark else "").encode(f"utf-16-{parameters.order[0]}e") + text.encode(
        f"utf-16-{parameters.order[0]}e"
    )


def _bom(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + data


def _no_declaration(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _declared(data, b"")


def _declared_encoding(data: bytes, parameters: Declared, dice: random.Random) -> bytes:
    return _declared(data, _named(parameters.encoding))


def _other_encoding(data: bytes, parameters: OtherEncoding, dice: random.Random) -> bytes:
    text = _declared(data, _named(parameters.encoding)).decode("utf-8")
    return text.encode(parameters.encoding, "xmlcharrefreplace")


def _xml_1_1(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _declared(data, b'<?xml version="1.1" encoding="utf-8"?>')


def _with_octets(data: bytes, element: str, octets: bytes) -> bytes:
    """The envelope with octets behind the text of an element; '' for the first one that has text."""
    tree = read_tree(data)
    found = tree.element(element) if element else tree.values()[0]
    found.text = (found.text or "") + _MARK
    return tree.octets.replace(_MARK.encode("utf-8"), octets, 1)


def _invalid_utf_8(data: bytes, parameters: OfElement, dice: random.Random) -> bytes:
    return _with_octets(data, parameters.element, b"\xe9")


def _control_character(data: bytes, parameters: ControlCharacter, dice: random.Random) -> bytes:
    octets = b"&#%d;" % parameters.code if parameters.reference else bytes([parameters.code])
    return _with_octets(data, parameters.element, octets)


def _leading_white_space(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return b"\r\n" + data


def _truncated(data: bytes, parameters: Kept, dice: random.Random) -> bytes:
    return data[: parameters.of(len(data))]


def _trailing_octets(data: bytes, parameters: Trailing, dice: random.Random) -> bytes:
    return data + parameters.text.encode("utf-8")


def _empty(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return b""


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "utf-16",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope is in UTF-16, as its XML declaration says; HTTP and MIME go on to say UTF-8.",
        _utf_16,
        "soap/envelope/utf-8",
        parameters=Utf16,
    ),
    Alteration(
        "bom",
        At.ENVELOPE,
        EVERYBODY,
        "The byte order mark of UTF-8 stands before the envelope.",
        _bom,
        "soap/envelope/utf-8",
        "DigDes/SoapCore issue 394; pupnp/pupnp issue 412 (a Belkin device)",
    ),
    Alteration(
        "no-declaration",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope has no XML declaration.",
        _no_declaration,
        source="DigDes/SoapCore issue 887; OpenLiberty/open-liberty issue 10639",
    ),
    Alteration(
        "declared-encoding",
        At.ENVELOPE,
        EVERYBODY,
        "The XML declaration names another encoding, and the octets stay UTF-8.",
        _declared_encoding,
        "soap/envelope/utf-8",
        parameters=Declared,
    ),
    Alteration(
        "other-encoding",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope is in another encoding, which its XML declaration names.",
        _other_encoding,
        "soap/envelope/utf-8",
        "frankframework/frankframework issue 6280",
        parameters=OtherEncoding,
    ),
    Alteration(
        "xml-1-1",
        At.ENVELOPE,
        EVERYBODY,
        "The XML declaration says version 1.1.",
        _xml_1_1,
        source="RFC 3902, section 1: application/soap+xml is XML 1.0",
    ),
    Alteration(
        "invalid-utf-8",
        At.ENVELOPE,
        EVERYBODY,
        "A value ends in the octet E9, which is e with an accent in ISO 8859-1 and nothing in UTF-8.",
        _invalid_utf_8,
        "soap/envelope/utf-8",
        "mvantellingen/python-zeep issue 397",
        parameters=OfElement,
    ),
    Alteration(
        "control-character",
        At.ENVELOPE,
        EVERYBODY,
        "A value ends in a control character, which XML 1.0 does not have.",
        _control_character,
        source="XML 1.0, section 2.2; savonrb/savon issue 900",
        parameters=ControlCharacter,
    ),
    Alteration(
        "leading-white-space",
        At.ENVELOPE,
        EVERYBODY,
        "A line break stands before the XML declaration.",
        _leading_white_space,
        source="XML 1.0, section 2.8; martinblech/xmltodict issue 187; "
        "PrestaShop/PrestaShop-webservice-lib pull request 47",
    ),
    Alteration(
        "truncated",
        At.ENVELOPE,
        EVERYBODY,
        "The envelope ends early, and whatever carries it tells its true length.",
        _truncated,
        source="XML 1.0, section 2.1",
        parameters=Kept,
    ),
    Alteration(
        "trailing-octets",
        At.ENVELOPE,
        EVERYBODY,
        "Octets follow the envelope: a NUL where nothing else is wanted.",
        _trailing_octets,
        source="XML 1.0, section 2.1",
        parameters=Trailing,
    ),
    Alteration(
        "empty",
        At.ENVELOPE,
        EVERYBODY,
        "There is no envelope: no octet stands in its place.",
        _empty,
        source="XML 1.0, section 2.1",
    ),
)
