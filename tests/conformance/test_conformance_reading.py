"""The judge's own reading: the printed messages, packages, and what it does not take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from emulator.conformance import mime, names
from emulator.conformance.reading import Unreadable, parsed, read_envelope
from emulator.conformance.schemas import covered, violations

CONTRADICT = {
    "bdsrr-4-4": "GetActiveJobsResponse without ActiveJobs",
    "bdsrr-4-5": "GetJobsHistoryRequest",
    "jobendstateevent-example": "blanks round a dateTime",
    "createscanjobrequest-2": "DocumentDescription in its place",
    "createscanjobresponse": "DocumentFinalParamters",
    "getjobelementsrequest": "GetJobElements",
    "getjobelementsresponse": "a prefix at Name",
    "getscannerelementsresponse": "a prefix at Name",
    "getscannerelementsresponse-2": "a prefix at Name",
    "getscannerelementsresponse-3": "a prefix at Name",
    "scannerstatusconditionclearedevent": "blanks round a dateTime",
    "scannerstatusconditionevent": "a prefix at Id",
    "validatescanticketrequest": "GrayScale4",
    "validatescanticketrequest-2": "a scaling of 1250",
}
"""Printed messages that contradict their own schemas, and in what."""


def bodies(reference: Path) -> dict[str, list[Any]]:
    """The elements of the Bodies that are printed and that a schema speaks of, by the name of the file."""
    found: dict[str, list[Any]] = {}
    for path in sorted((reference / "examples").rglob("*.xml")):
        try:
            root = parsed(path.read_bytes())
        except Unreadable:
            continue
        for body in root.xpath("//*[local-name()='Body']/*"):
            if etree.QName(body).namespace in covered():
                found.setdefault(path.stem, []).append(body)
    return found


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "no octets"),
        (b"<a>", "no XML"),
        (b"<html/>", "Envelope is wanted"),
        (b"\xff\xfe", "no XML"),
    ],
)
def test_what_is_no_envelope(octets: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_envelope(octets)


def test_entities_are_not_resolved() -> None:
    told = read_envelope(
        b'<!DOCTYPE e [<!ENTITY x "boo">]><Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body>&x;</Body>'
        b"</Envelope>"
    )
    assert told.doctype
    assert "boo" not in "".join(told.root.itertext())


def test_a_package_comes_back() -> None:
    image = bytes(range(256)) * 3 + b"\r\n--x"
    root, attached = mime.unpacked(mime.package(b"<e/>", image, "image/jpeg"), mime.PACKAGE_TYPE)
    assert (root.data, attached.data) == (b"<e/>", image)
    assert ("Content-ID", f"<{mime.IMAGE_ID}>") in attached.headers


@pytest.mark.parametrize(
    ("old", "new"), [(b"--\r\n", b"\r\n"), (b"\r\n\r\n", b"\r\n"), (b"Content-ID:", b"Content-ID")]
)
def test_a_package_that_is_none(old: bytes, new: bytes) -> None:
    package = mime.package(b"<e/>", b"image", "image/jpeg").replace(old, new)
    with pytest.raises(Unreadable):
        mime.unpacked(package, mime.PACKAGE_TYPE)


def test_names_are_those_of_the_printed_messages(reference: Path) -> None:
    printed = b"".join(path.read_bytes() for path in (reference / "examples").rglob("*") if path.is_file()).decode(
        "utf-8", "replace"
    )
    for name in (names.SOAP, names.WSA, names.ANONYMOUS, names.DSP, names.DSC, names.PSP, names.XOP):
        assert name in printed, name


def test_printed_bodies_that_contradict_their_schemas_are_caught_and_no_others(
    reference: Path, figures: Callable[[str], None]
) -> None:
    told = bodies(reference)
    wrong = {name for name, found in told.items() if any(map(violations, found))}
    assert wrong == set(CONTRADICT)
    valid = sum(len(found) for name, found in told.items() if name not in wrong)
    figures(f"printed bodies: {valid} valid, {len(wrong)} that contradict their schemas")
    assert valid > 30


def test_a_value_with_a_comment_in_it_is_the_same_value() -> None:
    envelope = read_envelope(
        b"<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body><!-- x -->"
        b"<Dialect>urn:<!-- x -->one</Dialect></e:Body></e:Envelope>"
    )
    assert envelope.text("//Dialect") == "urn:one"
    assert envelope.all("//Dialect/text()") == ["urn:one"]
