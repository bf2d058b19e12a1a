"""Mutants of HTTP and SOAP of a device as a host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from device_plugs import holding, refuses, says, wrong
from mutant import Handle, Http, Mutant, status_instead, text

from emulator.transport.http import IncomingRequest, OutgoingResponse

ASKED = "GetScannerElements"
SOAP_1_1 = b"http://schemas.xmlsoap.org/soap/envelope/"
CODE = "//soap:Code/soap:Value"
OTHER_CODE = says(text(CODE, "soap:Receiver"), ASKED, "", faults=True)


def answered(status: int, asked: Callable[[IncomingRequest], bool]) -> Http:
    """Some requests are answered with a status of HTTP alone."""

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        return OutgoingResponse(status) if asked(request) else await inner(request)

    return http


async def doctype_passed_over(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
    """A document type declaration is taken out, and the rest is read."""
    octets = b"".join([bytes(each) async for each in request.body])
    start, found, rest = octets.partition(b"<!DOCTYPE")
    if found:
        octets = start + b"<soap" + rest.partition(b"><soap")[2]

    async def again() -> AsyncIterator[bytes]:
        yield octets

    request.body = again()
    return await inner(request)


def _is_picture(asked: IncomingRequest) -> bool:
    return asked.headers.get("content-type", "").startswith("image/")


OTHER_SUBCODE = says(text("//soap:Subcode/soap:Value", "wsa:EndpointUnavailable"), ASKED, "", faults=True)

MUTANTS = (
    wrong("dsc/wire/prefixes-mean-nothing", "refused", refuses("GetScannerElements", holding("odd-wscn.1"))),
    Mutant("soap/http/wrong-method-405", "200", http=answered(200, lambda asked: asked.method == "PUT")),
    Mutant("soap/http/wrong-path-404", "200", http=answered(200, lambda asked: "nothing-of" in asked.path)),
    Mutant("soap/http/wrong-type-415", "400", http=answered(400, _is_picture)),
    Mutant("soap/envelope/no-dtd", "passed over", http=doctype_passed_over),
    wrong("soap/http/action-parameter", "refused", refuses(ASKED, later=1)),
    wrong("clients/zeep/content-type-with-action", "refused", refuses(ASKED, later=1)),
    wrong("soap/http/length-and-chunks", "refused", refuses(ASKED, later=1)),
    wrong("soap/envelope/byte-order-mark", "refused", refuses(ASKED, later=1)),
    wrong("soap/envelope/utf-16", "refused", refuses(ASKED, later=1)),
    wrong("soap/fault/must-understand", "another code", OTHER_CODE),
    wrong("clients/gsoap/must-understand", "refused", refuses(ASKED, later=1)),
    Mutant("soap/fault/version-mismatch", "400 alone", http=status_instead(400, when=SOAP_1_1)),
    wrong("addressing/fault/destination-unreachable", "another subcode", OTHER_SUBCODE),
    wrong("addressing/fault/message-information-header-required", "tolerated"),
    wrong("addressing/reply-to/elsewhere-refused", "tolerated"),
)
