"""The alterations of envelopes, packages and datagrams as a whole: each changes something, no two do the same, and
each does the same again by the same dice."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from emulator.disturbance.messages import MAX_REWRITTEN, _octets
from emulator.dpws.discovery import AppSequence, ProbeMatch, hello, probe, probe_matches
from emulator.dsm.constants import DSP
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.messages.send_image import SendImageRequest, SendImageResponse
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.faults.alteration import Alteration, At
from emulator.faults.alterations import alterations_at, device
from emulator.faults.alterations.datagram.making import DESCRIPTIONS
from emulator.faults.altered_package import AlteredPackage, Rewritten, rewritten
from emulator.faults.impossible import Impossible
from emulator.soap.envelope import Message, request, response, serialise
from emulator.soap.mtom import package
from emulator.soap.package import MimePackage
from emulator.soap.xml import QName
from emulator.transport.body import FileSegment

SERVICE = "http://127.0.0.1:9/ScanServer"
CREATE = request(
    f"{DSP}/CreatePostScanJob",
    SERVICE,
    CreatePostScanJobRequest(
        "S-1-5", "P", PostScanInstructions("Süd", (FileShareFilter((r"\\\\a\\b",)),))
    ).to_xml(),
)
SEND = request(f"{DSP}/SendImage", SERVICE, SendImageRequest("token", 1, "jfif", "image.1@x").to_xml())
ANSWER = response(SEND, SendImageResponse().to_xml())
SCANNER = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
ELEMENTS = response(
    request(f"{SCANNER}/GetScannerElements", SERVICE, None),
    etree.fromstring(
        f'<w:GetScannerElementsResponse xmlns:w="{SCANNER}"><w:ScannerElements>'
        '<w:ElementData Name="w:A" Valid="true">'
        "<w:A>text</w:A></w:ElementData></w:ScannerElements></w:GetScannerElementsResponse>"
    ),
)
MATCH = ProbeMatch("urn:uuid:1", (QName(SCANNER, "ScanDeviceType"),), (), ("http://127.0.0.1/x",), 1)
SEQUENCE = AppSequence(1_700_000_000, 5)


def dice() -> random.Random:
    return random.Random(7)


def outcome(alteration: Alteration, *given: Any) -> list[Any]:
    """What comes of each, as octets go out; None where it cannot be."""
    found: list[Any] = []
    for each in given:
        try:
            made = alteration.apply(each, alteration.parameters(), dice())
        except Impossible:
            found.append(None)
        else:
            found.append(framed(made) if isinstance(made, MimePackage) else made)
    return found


def framed(made: MimePackage) -> tuple[str, bytes]:
    """Content-Type and octets, without files."""
    if isinstance(made, AlteredPackage):
        assert not any(isinstance(piece, Rewritten) for part in made.parts for piece in part.pieces)  # type: ignore[attr-defined]
    return made.content_type, b"".join(each for each in made.segments if isinstance(each, bytes))


def envelopes() -> list[bytes]:
    return [serialise(each) for each in (CREATE, SEND, ANSWER, ELEMENTS)]


def packages() -> list[MimePackage]:
    made = package(serialise(SEND), bytes(range(256)) * 4, content_id="image.1@x", media_type="image/jpeg",
                   root_id="root@x", boundary="B")  # fmt: skip
    return [made, MimePackage(made.content_type, "B", made.parts, made.closing, b"\r\n")]


def datagrams() -> list[bytes]:
    asked: Message = probe()
    return [
        serialise(hello(MATCH, SEQUENCE)),
        serialise(probe_matches(asked, (MATCH,), SEQUENCE)),
        serialise(asked),
    ]


GIVEN = {At.ENVELOPE: envelopes, At.PACKAGE: packages, At.DATAGRAM: datagrams}


@pytest.mark.parametrize("at", GIVEN)
def test_no_two_of_a_place_are_the_same_to_a_peer(at: At) -> None:
    given = GIVEN[at]()
    plain = [framed(each) if isinstance(each, MimePackage) else each for each in given]
    of_devices = {each.name for each in device.ALTERATIONS}  # of their messages alone
    meant = [each for each in alterations_at(at).values() if each.name not in of_devices]
    found = {each.name: outcome(each, *given) for each in meant}
    for name, came in found.items():
        assert any(each not in (None, before) for each, before in zip(came, plain, strict=True)), f"{name}: nothing"
        assert came == outcome(alterations_at(at)[name], *given), f"{name}: not the same again"
    for (one, first), (two, second) in itertools.combinations(found.items(), 2):
        assert first != second, f"{one} and {two}"


@pytest.mark.parametrize("at", GIVEN)
def test_each_says_what_it_does_and_who_forbids_it_or_has_met_it(at: At) -> None:
    for each in alterations_at(at).values():
        assert each.says.endswith(".") and each.says[0].isupper() and each.clause + each.source, each.name
        for name, field in each.parameters.model_fields.items():
            assert (field.description or "").endswith("."), f"{each.name}: {name}"


def test_what_is_said_of_a_target_is_altered_in_each_of_its_messages() -> None:
    """Those of Hello, ProbeMatches and ResolveMatches alike."""
    told, matches, _ = datagrams()
    for each in alterations_at(At.DATAGRAM).values():
        if each.operations == DESCRIPTIONS:
            assert all(made not in (None, before) for made, before in zip(
                outcome(each, told, matches), (told, matches), strict=True)), each.name  # fmt: skip


def test_octets_of_a_file_are_rewritten_once_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"abcdef")
    assert rewritten(_octets(FileSegment(path, 4, 1)), "inverted") == bytes(255 - octet for octet in b"bcde")
    with pytest.raises(Impossible, match="too large"):
        _octets(FileSegment(path, MAX_REWRITTEN + 1))
    with pytest.raises(OSError, match="2 octets fewer"):
        _octets(FileSegment(path, 8))
