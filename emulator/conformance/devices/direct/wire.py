"""HTTP and SOAP of the device as a host, and octets that may hurt it (docs/protocol/dpws.md)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from emulator.conformance import requests
from emulator.conformance.devices.asked_device import STATUS
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import SOAP, SOAP_1_1, WSA, WSCN, Name
from emulator.conformance.requests import SOAP_TYPE

OPERATION: Final = "GetScannerElements"
RESPONSE: Final = "GetScannerElementsResponse"
_BODY: Final = (
    f"<wscn:{OPERATION}Request><wscn:RequestedElements><wscn:Name>{STATUS}</wscn:Name></wscn:RequestedElements>"
    f"</wscn:{OPERATION}Request>"
)


def question(peer: DevicePeer, headers: str = "") -> bytes:
    """The question for the scanner's status. `headers`: more header blocks."""
    return requests.envelope(peer.service, requests.action_of(WSCN, OPERATION), _BODY, headers=headers)


async def sent(peer: DevicePeer, octets: bytes, content_type: str = SOAP_TYPE, method: str = "POST") -> Exchange:
    """Octets to the scan service, as they are."""
    return await peer.speaker.send(
        peer.service, octets, operation=OPERATION, content_type=content_type, method=method, wrong=True
    )


def require_refused(answer: Exchange) -> None:
    """It is refused: by a fault, by a status of HTTP, or by the end of the connection."""
    told = answer.told
    refused = not answer.answered or answer.status >= 400 or (told is not None and told.fault is not None)
    require(refused, f"it is read: HTTP {answer.status}", "it is refused", [answer])


# HTTP


@check("dsc/wire/prefixes-mean-nothing")
async def odd_prefixes(peer: DevicePeer) -> None:
    """A request with unusual prefixes is read."""
    asked = "<wscn:RequestedElements><wscn:Name>wscn:ScannerStatus</wscn:Name></wscn:RequestedElements>"
    body = f"<wscn:GetScannerElementsRequest>{asked}</wscn:GetScannerElementsRequest>"
    octets = requests.envelope(peer.service, requests.action_of(WSCN, "GetScannerElements"), body)
    for prefix in ("soap", "wsa", "wscn"):
        odd = f"odd-{prefix}.1"
        octets = octets.replace(f"{prefix}:".encode(), f"{odd}:".encode())
        octets = octets.replace(f"xmlns:{prefix}=".encode(), f"xmlns:{odd}=".encode())
    answer = await peer.speaker.send(peer.service, octets, operation="GetScannerElements", wrong=True)
    expect(answer).response("GetScannerElementsResponse", WSCN)


@check("soap/http/wrong-method-405")
async def wrong_method(peer: DevicePeer) -> None:
    """PUT to the service."""
    answer = await sent(peer, question(peer), method="PUT")
    expect(answer).status(405)


@check("soap/http/wrong-path-404")
async def wrong_path(peer: DevicePeer) -> None:
    """POST to a path without a service."""
    parts = urlsplit(peer.service)
    url = f"{parts.scheme}://{parts.netloc}/nothing-of-this-name"
    answer = await peer.speaker.send(url, question(peer), operation=OPERATION, wrong=True)
    expect(answer).status(404)


@check("soap/http/wrong-type-415")
async def wrong_type(peer: DevicePeer) -> None:
    """A body that is a picture, and says so."""
    expect(await sent(peer, b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png")).status(415)


@check("soap/http/action-parameter", "clients/zeep/content-type-with-action")
async def action_parameter(peer: DevicePeer) -> str:
    """Content-Type with the parameter action is taken."""
    action = requests.action_of(WSCN, OPERATION)
    answer = await sent(peer, question(peer), f'{SOAP_TYPE}; action="{action}"')
    expect(answer).response(RESPONSE, WSCN)
    return "taken"


@check("soap/http/length-and-chunks")
async def chunks(peer: DevicePeer) -> None:
    """A request in chunks is read."""
    octets, parts = question(peer), urlsplit(peer.service)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {SOAP_TYPE}\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    half = len(octets) // 2
    body = b"".join(f"{len(each):x}\r\n".encode() + each + b"\r\n" for each in (octets[:half], octets[half:]))
    answer = await peer.speaker.raw(peer.service, head.encode(), body + b"0\r\n\r\n", operation=OPERATION)
    require(answer.status == 200, f"HTTP {answer.status or answer.error}", "HTTP 200", [answer])


# SOAP


@check("soap/envelope/byte-order-mark")
async def byte_order_mark(peer: DevicePeer) -> None:
    """A byte order mark before the envelope is tolerated."""
    expect(await sent(peer, b"\xef\xbb\xbf" + question(peer))).response(RESPONSE, WSCN)


@check("soap/envelope/utf-16")
async def utf_16(peer: DevicePeer) -> str:
    """Whether a message in UTF-16 is read."""
    octets = question(peer).decode().replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16")
    expect(await sent(peer, octets, "application/soap+xml; charset=utf-16")).response(RESPONSE, WSCN)
    return "read"


@check("soap/fault/must-understand")
async def must_understand(peer: DevicePeer) -> None:
    """A header block that nobody knows and that must be understood: soap:MustUnderstand."""
    block = '<j:Odd xmlns:j="urn:example:judge" soap:mustUnderstand="true">1</j:Odd>'
    expect(await sent(peer, question(peer, block))).fault(Name(SOAP, "MustUnderstand"))


@check("clients/gsoap/must-understand")
async def must_understand_addressing(peer: DevicePeer) -> None:
    """The headers To and Action, where they must be understood, are."""
    octets = question(peer)
    for name in ("To", "Action"):
        octets = octets.replace(f"<wsa:{name}>".encode(), f'<wsa:{name} soap:mustUnderstand="true">'.encode())
    expect(await sent(peer, octets)).response(RESPONSE, WSCN)


@check("soap/fault/version-mismatch")
async def version_mismatch(peer: DevicePeer) -> None:
    """An envelope of SOAP 1.1: soap:VersionMismatch."""
    octets = question(peer).replace(SOAP.encode(), SOAP_1_1.encode())
    answer = await sent(peer, octets)
    told = expect(answer).answer("soap:VersionMismatch")
    code = "".join(told.root.xpath("string(//*[local-name()='Fault']//*[local-name()='Value'][1])"))
    code = code or "".join(told.root.xpath("string(//*[local-name()='Fault']/*[local-name()='faultcode'])"))
    right = code.rpartition(":")[2] == "VersionMismatch"
    require(right, f"the code {code or 'of none'}", "soap:VersionMismatch", [answer])


@check("addressing/fault/message-information-header-required")
async def header_required(peer: DevicePeer) -> None:
    """A request without MessageID."""
    octets = requests.envelope(peer.service, requests.action_of(WSCN, OPERATION), _BODY, message_id="")
    expect(await sent(peer, octets)).fault(None, Name(WSA, "MessageInformationHeaderRequired"))


@check("addressing/fault/destination-unreachable")
async def destination_unreachable(peer: DevicePeer) -> None:
    """A To that leads nowhere."""
    octets = requests.envelope("urn:uuid:00000000-0000-4000-8000-000000000000", f"{WSCN}/{OPERATION}", _BODY)
    expect(await sent(peer, octets)).fault(None, Name(WSA, "DestinationUnreachable"))


@check("addressing/reply-to/elsewhere-refused")
async def reply_elsewhere(peer: DevicePeer) -> None:
    """A ReplyTo that is another address is answered with a fault, by the same connection."""
    elsewhere = "http://192.0.2.1/nobody"
    octets = requests.envelope(peer.service, f"{WSCN}/{OPERATION}", _BODY, reply_to=elsewhere)
    expect(await sent(peer, octets)).any_fault()


# What may hurt


@check("soap/envelope/no-dtd", hostile=True)
async def no_dtd(peer: DevicePeer) -> None:
    """A document type declaration is refused: bare, with entities that grow, with one from outside."""
    octets = question(peer)
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    for inner, entity in (
        ("", ""),
        (f'[<!ENTITY e0 "x">{grown}]', "&e8;"),
        ('[<!ENTITY e SYSTEM "file:///etc/hostname">]', "&e;"),
    ):
        declared = octets.replace(b"?><soap", f"?><!DOCTYPE soap:Envelope {inner}><soap".encode(), 1)
        if entity:
            declared = declared.replace(f"<wscn:Name>{STATUS}".encode(), f"<wscn:Name>{entity}".encode())
        require_refused(await sent(peer, declared))
