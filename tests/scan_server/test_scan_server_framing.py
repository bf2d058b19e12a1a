"""Bodies that are cut, coded, in another encoding or of another SOAP, from a plain socket: what is not surely whole
is neither acknowledged nor stored, in both modes, and what is not read is named."""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from raw_wire import PACKAGE_TYPE, SOAP_TYPE, ask, head
from scan_server_bench import (
    IMAGE,
    SOAP,
    WSA,
    Answer,
    Caller,
    envelope,
    image_request,
    images_below,
    office,
    package,
    token_request,
)

from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import DSP
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOAP_1_1: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSA_2005: Final = "http://www.w3.org/2005/08/addressing"


@dataclass(frozen=True)
class Office:
    """A running server."""

    caller: Caller
    store: Path
    strict: bool


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[False, True], ids=["lax", "strict"])
async def office_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("framing")
    directory = FolderDirectory(office(folder / "office"))
    async with ScanServer(
        store=folder / "store", directory=directory, layers=Layers(strict=request.param)
    ) as server:
        yield Office(Caller(server.service_url), folder / "store", request.param)


def send_image(caller: Caller, token: str) -> bytes:
    return package(envelope(caller.url, f"{DSP}/SendImage", image_request(token)))


def chunked(*pieces: bytes, last: bytes = b"0\r\n\r\n") -> list[bytes]:
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces] + [last]


LENGTH = "Content-Length"
CHUNKED = ("Transfer-Encoding", "chunked")
CLOSING = b"\r\n--b1--\r\n"


def cut(body: bytes, kind: str) -> tuple[list[tuple[str, str]], list[bytes]]:
    """Headers and pieces of a request that is not whole, by the kind of its fault."""
    declared = (LENGTH, str(len(body)))
    unclosed = body.removesuffix(CLOSING)
    match kind:
        case "no closing delimiter":
            return [(LENGTH, str(len(unclosed)))], [unclosed]
        case "a delimiter that is not the closing one":
            return [(LENGTH, str(len(unclosed) + 8))], [unclosed + b"\r\n--b1\r\n"]
        case "half a closing delimiter":
            return [(LENGTH, str(len(unclosed) + 7))], [unclosed + b"\r\n--b1-"]
        case "a delimiter of another package":
            return [declared], [unclosed + CLOSING.replace(b"b1", b"b2")]
        case "chunked without closing delimiter":
            return [CHUNKED], chunked(unclosed)
        case "Content-Length too short":
            return [(LENGTH, str(len(body) - 500))], [body]
        case "Content-Length too short by the delimiter":
            return [(LENGTH, str(len(unclosed)))], [body]
        case "Content-Length too long":
            return [(LENGTH, str(len(body) + 1))], [body]
        case "chunked without last chunk":
            return [CHUNKED], chunked(body, last=b"")
        case "chunked with a chunk that is cut":
            return [CHUNKED], [b"%x\r\n%s" % (len(body) + 10, body)]
    raise AssertionError(kind)


CUTS: Final = (
    "no closing delimiter",
    "a delimiter that is not the closing one",
    "half a closing delimiter",
    "a delimiter of another package",
    "chunked without closing delimiter",
    "Content-Length too short",
    "Content-Length too short by the delimiter",
    "Content-Length too long",
    "chunked without last chunk",
    "chunked with a chunk that is cut",
)


@pytest.mark.parametrize("kind", CUTS)
async def test_what_may_be_cut_off_is_neither_acknowledged_nor_stored(office_server: Office, kind: str) -> None:
    # The law: [mtom/delimiter/close]
    caller, store = office_server.caller, office_server.store
    token = await caller.job()
    headers, pieces = cut(send_image(caller, token), kind)
    url = caller.url
    answer = await ask(url, [head(url, ("Content-Type", PACKAGE_TYPE), *headers), *pieces], half_close=True)
    assert answer.status in (0, 400), answer.data
    assert b"SendImageResponse" not in answer.data
    if answer.status and answer.data.startswith(b"<?xml"):
        assert answer.fault[:2] == ("Sender", "")
    status = await caller.elements(token)
    assert (status.text("//dsp:ImagesReceived"), status.text("//dsp:JobState")) == ("0", "Creating")
    await caller.with_token("EndPostScanJob", token)
    assert (await caller.ended(token)).text("//dsp:JobStateReason") == "PostScanJobCompletedWithWarnings"
    assert images_below(store) == [] and not (store / "unfinished" / token).exists()
    everything = [path for path in store.rglob("*") if path.is_file()]
    assert not any(IMAGE[:400] in path.read_bytes() for path in everything)


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n\r\n"])
async def test_the_line_end_behind_the_closing_delimiter_is_nobodys(office_server: Office, end: bytes) -> None:
    caller = office_server.caller
    token = await caller.job()
    body = send_image(caller, token).removesuffix(b"\r\n") + end
    answer = await caller.raw(body, PACKAGE_TYPE)
    assert answer.status == 200, answer.data
    assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "1"
    await caller.with_token("CancelPostScanJob", token)


# Codings


def end_job(caller: Caller, soap: str = SOAP, wsa: str = WSA) -> bytes:
    body = token_request("EndPostScanJob", "58e4590c-01e4-4933-a247-dc497b1d6c58")
    text = envelope(caller.url, f"{DSP}/EndPostScanJob", body).decode()
    return text.replace(SOAP, soap).replace(WSA, wsa).encode()


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", bytes),
        ("zstd", bytes),
        ("gzip, identity", gzip.compress),
        ("X-Own", bytes),
    ],
)
@pytest.mark.parametrize("path", ["service", "host"])
async def test_a_content_coding_is_named_and_415(
    office_server: Office, coding: str, coded: type[bytes], path: str
) -> None:
    caller = office_server.caller
    url = caller.url if path == "service" else caller.url.rpartition("/")[0]
    body = coded(end_job(caller))
    headers = (("Content-Type", SOAP_TYPE), ("Content-Encoding", coding), (LENGTH, str(len(body))))
    answer = await ask(url, [head(url, *headers), body])
    assert answer.status == 415
    assert coding.split(",")[0].lower().encode() in answer.data
    assert answer.headers["accept-encoding"] == "identity", "RFC 9110, 15.5.16"


@pytest.mark.parametrize("coding", ["identity", "Identity"])
async def test_identity_is_no_coding(office_server: Office, coding: str) -> None:
    caller = office_server.caller
    body = end_job(caller)
    headers = (("Content-Type", SOAP_TYPE), ("Content-Encoding", coding), (LENGTH, str(len(body))))
    answer = await ask(caller.url, [head(caller.url, *headers), body])
    assert answer.fault[1] == "ClientErrorJobTokenNotFound"


@pytest.mark.parametrize("coding", ["gzip, chunked", "deflate, chunked", "gzip,chunked"])
async def test_a_transfer_coding_beside_chunked_is_501(office_server: Office, coding: str) -> None:
    caller = office_server.caller
    body = chunked(gzip.compress(end_job(caller)))
    head_ = head(caller.url, ("Content-Type", SOAP_TYPE), ("Transfer-Encoding", coding))
    answer = await ask(caller.url, [head_, *body])
    assert answer.status == 501 and coding.split(",")[0].encode() in answer.data


# Encodings

OTHER_ENCODINGS: Final = ("utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "utf-7")


@pytest.mark.parametrize("encoding", OTHER_ENCODINGS)
@pytest.mark.parametrize("packaged", [False, True])
async def test_another_encoding_is_named_and_415(office_server: Office, encoding: str, packaged: bool) -> None:
    # The law: [soap/http/wrong-type-415] [soap/envelope/utf-8]
    caller = office_server.caller
    name = {"cp037": "EBCDIC"}.get(encoding, encoding.upper()[:6].rstrip("-"))
    text = end_job(caller).decode().replace('encoding="utf-8"', f'encoding="{encoding}"')
    body = text.encode(encoding)
    answer = await caller.raw(package(body) if packaged else body, PACKAGE_TYPE if packaged else SOAP_TYPE)
    assert (answer.status, *answer.fault[:2]) == (415, "Sender", ""), answer.data
    assert name in answer.fault[2]


async def test_a_charset_that_contradicts_the_document_is_told(
    office_server: Office, caplog: pytest.LogCaptureFixture
) -> None:
    # The law: [soap/http/charset-of-the-document]
    caller = office_server.caller
    body = end_job(caller).replace(b"</dsp:JobToken>", "é</dsp:JobToken>".encode())
    await caller.raw(body, "application/soap+xml; charset=UTF8")
    assert "http-charset" not in caplog.text
    answer = await caller.raw(body, "application/soap+xml; charset=iso-8859-1")
    assert "http-charset at HTTP header Content-Type (iso-8859-1, and the document is UTF-8)" in caplog.text
    assert answer.status == (415 if office_server.strict else 400)


# Other versions


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", SOAP_TYPE])
@pytest.mark.parametrize("body", ["", "fault"])
async def test_soap_1_1_is_a_version_mismatch_in_soap_1_1(
    office_server: Office, content_type: str, body: str
) -> None:
    """SOAP 1.2 part 1, 5.4.7 and appendix A: in words of SOAP 1.1, with the header Upgrade of SOAP 1.2.
    [soap/fault/version-mismatch]"""
    caller = office_server.caller
    data = end_job(caller, soap=SOAP_1_1)
    if body:
        data = data.replace(b"</soap:Header>", b'<x:H xmlns:x="urn:x" soap:mustUnderstand="1"/></soap:Header>')
    answer = await caller.raw(data, content_type)
    assert answer.status == 500 and answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.root.tag == f"{{{SOAP_1_1}}}Envelope"
    code = answer.root.find(f"{{{SOAP_1_1}}}Body/{{{SOAP_1_1}}}Fault/faultcode")
    prefix, _, local = code.text.partition(":")
    assert (code.nsmap[prefix], local) == (SOAP_1_1, "VersionMismatch")
    check_upgrade(answer, SOAP_1_1)


@pytest.mark.parametrize("namespace", ["http://www.w3.org/2001/12/soap-envelope", "urn:none", ""])
async def test_another_envelope_is_a_version_mismatch(office_server: Office, namespace: str) -> None:
    # The law: [soap/fault/version-mismatch]
    caller = office_server.caller
    data = end_job(caller, soap=namespace)
    if not namespace:
        data = b"<Envelope><Body/></Envelope>"
    answer = await caller.raw(data)
    assert (answer.status, *answer.fault[:2]) == (500, "VersionMismatch", ""), answer.data
    check_upgrade(answer, SOAP)


def check_upgrade(answer: Answer, envelope_namespace: str) -> None:
    (supported,) = answer.root.iterfind(
        f"{{{envelope_namespace}}}Header/{{{SOAP}}}Upgrade/{{{SOAP}}}SupportedEnvelope"
    )
    prefix, _, local = supported.get("qname").partition(":")
    assert (supported.nsmap[prefix], local) == (SOAP, "Envelope")


@pytest.mark.parametrize("wsa", [WSA_2005, "http://schemas.xmlsoap.org/ws/2003/03/addressing", "urn:none"])
async def test_another_addressing_is_named(office_server: Office, wsa: str) -> None:
    caller = office_server.caller
    answer = await caller.raw(end_job(caller, wsa=wsa))
    assert (answer.status, *answer.fault[:2]) == (400, "Sender", "MessageInformationHeaderRequired")
    assert f"namespace {wsa}, not of {WSA}" in answer.fault[2]
    assert ("WS-Addressing of" in answer.fault[2]) is (wsa == WSA_2005)


# Told, not refused


@pytest.mark.parametrize(
    ("change", "content_type", "id"),
    [
        (("", ""), f'{SOAP_TYPE}; action="urn:other"', "http-action"),
        (("", ""), PACKAGE_TYPE.replace("root@x", "nobody@x"), "mime-start"),
        (("", ""), PACKAGE_TYPE.replace('type="application/xop+xml"; ', ""), "mime-type"),
        (
            (
                "</soap:Header>",
                "<wsa:FaultTo><wsa:Address>http://x.example/</wsa:Address></wsa:FaultTo></soap:Header>",
            ),
            SOAP_TYPE,
            "fault-to",
        ),
    ],
)
async def test_what_departs_in_http_and_headers_is_told(
    office_server: Office,
    change: tuple[str, str],
    content_type: str,
    id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The law: [soap/http/action-of-the-envelope] [soap/http/content-type] [soap/http/action-parameter]
    caplog.set_level(logging.INFO)
    caller = office_server.caller
    body = end_job(caller).decode().replace(*change).encode()
    if content_type.startswith("multipart"):
        body = package(body)
    answer = await caller.raw(body, content_type)
    assert id in caplog.text
    # Lax: answered on the connection of the request, wherever FaultTo points.
    told = "" if id.startswith("mime") else "InvalidMessageInformationHeader"
    assert answer.fault[1] == (told if office_server.strict else "ClientErrorJobTokenNotFound")


async def test_an_anonymous_fault_to_is_honoured(office_server: Office) -> None:
    # The law: [addressing/fault-to/anonymous-or-absent]
    caller = office_server.caller
    block = f"<wsa:FaultTo><wsa:Address>{WSA}/role/anonymous</wsa:Address></wsa:FaultTo></soap:Header>"
    answer = await caller.raw(end_job(caller).replace(b"</soap:Header>", block.encode()))
    assert answer.fault[1] == "ClientErrorJobTokenNotFound"


async def test_the_soap_action_header_is_compared_too(
    office_server: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Stacks of SOAP 1.1 go on sending it. [soap/http/no-soapaction]"""
    caller = office_server.caller
    body = end_job(caller)
    for told, differs in ((f"{DSP}/EndPostScanJob", False), ("", False), (f"{DSP}/SendImage", True)):
        headers = (("Content-Type", SOAP_TYPE), ("SOAPAction", f'"{told}"'), (LENGTH, str(len(body))))
        answer = await ask(caller.url, [head(caller.url, *headers), body])
        assert ("http-action at HTTP header SOAPAction" in caplog.text) is differs
        refused = differs and office_server.strict
        assert answer.fault[1] == ("InvalidMessageInformationHeader" if refused else "ClientErrorJobTokenNotFound")
