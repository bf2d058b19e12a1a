"""Sections and their data: which are known, and how they are told (docs/protocol/ws-scan.md, section 2)."""

from __future__ import annotations

from typing import Any

from emulator.conformance.devices.checks import SECTIONS, check
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import child, local, own_names
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN
from emulator.conformance.reading import Envelope, qname

UNKNOWN = "wscn:SomethingElse"


def data(envelope: Envelope) -> list[Any]:
    """Every ElementData."""
    return envelope.all("//wscn:ElementData")


def attribute(element: Any, name: str) -> str:
    """Name or Valid, in either form."""
    return str(element.get(name, element.get(f"{{{WSCN}}}{name}", "")))


async def _all(peer: DevicePeer) -> tuple[list[Any], Exchange]:
    async def make() -> tuple[list[Any], Exchange]:
        answer = await peer.scanner_elements(*SECTIONS)
        return data(expect(answer).response("GetScannerElementsResponse", WSCN)), answer

    return await peer.situation("all sections at once", make)


async def _with_unknown(peer: DevicePeer) -> tuple[list[Any], Exchange]:
    answer = await peer.scanner_elements(SECTIONS[0], UNKNOWN, SECTIONS[2])
    return data(expect(answer).response("GetScannerElementsResponse", WSCN)), answer


@check("wscn/get-scanner-elements/supported")
async def get_scanner_elements(peer: DevicePeer) -> None:
    """GetScannerElements is answered."""
    expect(await peer.scanner_elements(SECTIONS[2])).response("GetScannerElementsResponse", WSCN)


@check("wscn/get-scanner-elements/response")
async def scanner_elements_response(peer: DevicePeer) -> None:
    """The response is one ScannerElements, of ElementData alone."""
    _, answer = await _all(peer)
    body = answer.envelope.body
    wanted = "one ScannerElements of ElementData"
    names = [] if body is None else own_names(body)
    require(names == ["ScannerElements"], f"{', '.join(names) or 'nothing'}", wanted, [answer], body)
    held = own_names(child(body, "ScannerElements"))
    wrong = [each for each in held if each != "ElementData"]
    require(not wrong, f"{', '.join(wrong)} in ScannerElements", wanted, [answer], body)


@check("wscn/get-scanner-elements/sections")
async def sections(peer: DevicePeer) -> None:
    """Each of the four sections is known."""
    found, answer = await _all(peer)
    held = [local(child) for each in found for child in each if isinstance(child.tag, str)]
    missing = [each for each in SECTIONS if each.partition(":")[2] not in held]
    require(not missing, f"no {', '.join(missing)}", "all four sections", [answer], answer.envelope.body)


@check("notes/c-28/default-scan-ticket-asked-for")
async def default_ticket_asked_for(peer: DevicePeer) -> None:
    """DefaultScanTicket is a name that may be asked for."""
    answer = await peer.scanner_elements("wscn:DefaultScanTicket")
    told = expect(answer).response("GetScannerElementsResponse", WSCN)
    held = told.all("//wscn:ElementData/wscn:DefaultScanTicket")
    require(bool(held), "no DefaultScanTicket", "DefaultScanTicket", [answer], told.body)


@check("wscn/element-data/one-for-each-name")
async def one_for_each_name(peer: DevicePeer) -> None:
    """Three names, one of them unknown: three ElementData."""
    found, answer = await _with_unknown(peer)
    require(len(found) == 3, f"{len(found)} ElementData for three names", "three", [answer], answer.envelope.body)


@check("wscn/element-data/name-with-prefix")
async def name_with_prefix(peer: DevicePeer) -> None:
    """Name is a QName with a declared prefix that names the section."""
    found, answer = await _all(peer)
    require(bool(found), "no ElementData", "four", [answer], answer.envelope.body)
    for each in found:
        name = qname(attribute(each, "Name"), each.nsmap)
        held = [child for child in each if isinstance(child.tag, str)]
        right = name.namespace == WSCN and ":" in attribute(each, "Name")
        if held:
            right = right and name.local == local(held[0])
        require(right, f"Name={attribute(each, 'Name')!r}", "the QName of the section", [answer], each)


@check("wscn/element-data/valid-true-for-a-known-name")
async def valid_true(peer: DevicePeer) -> None:
    """Valid is true for each of the four sections."""
    found, answer = await _all(peer)
    for each in found:
        came = attribute(each, "Valid")
        require(came in ("1", "true"), f"Valid={came!r} of a known section", "true", [answer], each)


@check("wscn/element-data/valid-false-for-an-unknown-name")
async def valid_false(peer: DevicePeer) -> None:
    """Valid is false and nothing within for an unknown name, and the others are answered."""
    found, answer = await _with_unknown(peer)
    unknown = [each for each in found if "SomethingElse" in attribute(each, "Name")]
    require(bool(unknown), "no ElementData of the unknown name", "one", [answer], answer.envelope.body)
    came = attribute(unknown[0], "Valid")
    empty = not len(unknown[0]) and not (unknown[0].text or "").strip()
    require(came in ("0", "false") and empty, f"Valid={came!r}", "false, and empty", [answer], unknown[0])
    others = [each for each in found if each is not unknown[0] and len(each)]
    require(len(others) == 2, f"{len(others)} of the two others", "both", [answer], answer.envelope.body)


@check("wscn/element-data/attributes-unqualified", "notes/c-09/wscn-attributes-bare")
async def attributes_unqualified(peer: DevicePeer) -> None:
    """Name and Valid are written without a namespace."""
    found, answer = await _all(peer)
    for each in found:
        bare = each.get("Name") is not None and each.get("Valid") is not None
        require(bare, "Name or Valid with a namespace", "without one", [answer], each)


@check("wscn/element-data/prefix-resolved-in-scope")
async def prefix_in_scope(peer: DevicePeer) -> None:
    """A name with another prefix for the same namespace is known."""
    name = f'<wscn:Name xmlns:other="{WSCN}">other:ScannerStatus</wscn:Name>'
    await _known(peer, name)


@check("wscn/element-data/name-without-prefix-accepted")
async def name_without_prefix(peer: DevicePeer) -> None:
    """A name without a prefix is known."""
    await _known(peer, "<wscn:Name>ScannerStatus</wscn:Name>")


async def _known(peer: DevicePeer, name: str) -> None:
    body = (
        f"<wscn:GetScannerElementsRequest><wscn:RequestedElements>{name}</wscn:RequestedElements>"
        "</wscn:GetScannerElementsRequest>"
    )
    answer = await peer.ask("GetScannerElements", body)
    told = expect(answer).response("GetScannerElementsResponse", WSCN)
    held = told.all("//wscn:ElementData/wscn:ScannerStatus")
    require(bool(held), "no ScannerStatus", "ScannerStatus", [answer], told.body)


@check("wscn/wire/namespace-of-2006-01-accepted", "notes/c-01/wscn-2006-01-read")
async def namespace_of_2006_01(peer: DevicePeer) -> None:
    """A request in the namespace that the pages print is read."""
    old = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
    body = (
        f'<o:GetScannerElementsRequest xmlns:o="{old}"><o:RequestedElements><o:Name>o:ScannerStatus</o:Name>'
        "</o:RequestedElements></o:GetScannerElementsRequest>"
    )
    answer = await peer.ask("GetScannerElements", body)
    told = expect(answer).answer("ScannerStatus")
    if told.fault is not None or not told.all("//*[local-name()='ScannerStatus']"):
        raise expect(answer).departs("ScannerStatus")
