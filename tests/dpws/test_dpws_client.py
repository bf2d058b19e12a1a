"""The client for devices and services: the envelope decides, and every failure is of one of five kinds."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from lxml import etree

from emulator.dpws.client import CallFailed, Faulted, Nonsense, NotTrusted, RefusedUs, SoapClient, Unreachable
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.reading import ContentError
from emulator.transport import http
from emulator.transport.http import (
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    OutgoingResponse,
    Stage,
    TimeLimits,
)
from emulator.transport.memory import MemoryClient

ACTION = "http://example.org/service/Look"
URL = "http://device.example/service"
SOAP_TYPE = "application/soap+xml; charset=utf-8"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
SEEN = '<x:Seen xmlns:x="http://example.org/service">all</x:Seen>'
NO_SHEETS = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:x='urn:x'>x:NoSheets</s:Value>"
    "</s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>empty</s:Text></s:Reason></s:Fault>"
)


def answer_of(asked: bytes, body: str, *, action: str = ACTION + "Response", soap: str = SOAP) -> bytes:
    """An envelope by hand that answers the message `asked`."""
    message_id = etree.fromstring(asked).findtext(f".//{{{WSA}}}MessageID")
    return (
        f"<s:Envelope xmlns:s='{soap}' xmlns:a='{WSA}'><s:Header><a:To>{WSA}/role/anonymous</a:To>"
        f"<a:Action>{action}</a:Action><a:MessageID>urn:uuid:0f5b9c5e-5d9c-4a52-8f4c-2c8f4f5d6e7a</a:MessageID>"
        f"<a:RelatesTo>{message_id}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def request() -> Message:
    return envelope.request(ACTION, URL, None)


def read(message: Message, deviations: Deviations) -> str:
    if message.body is None:
        raise ContentError("Seen", "the Body is empty")
    return message.body.text or ""


def client(
    body: str = SEEN, status: int = 200, content_type: str = SOAP_TYPE, *, raw: bytes | None = None, **how: str
) -> SoapClient:
    """One whose peer answers every request so."""

    async def handle(incoming: IncomingRequest) -> OutgoingResponse:
        asked = b"".join([chunk async for chunk in incoming.body])
        data = answer_of(asked, body, **how) if raw is None else raw
        return OutgoingResponse(status, data, (("Content-Type", content_type),))

    return SoapClient(MemoryClient(handle))


async def failure(asking: SoapClient) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await asking.ask(URL, request(), read)
    text = str(caught.value)
    assert text.startswith(f"Look at {URL}: ") and "\n" not in text and len(text) < 1000
    return caught.value


async def test_the_content_comes_with_its_message_and_without_deviations() -> None:
    answer = await client().ask(URL, request(), read)
    assert answer.content == "all" and answer.message.action == ACTION + "Response" and answer.deviations == ()


async def test_an_answer_in_a_package_is_read() -> None:
    package = (
        b'--b\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        b"Content-Transfer-Encoding: binary\r\nContent-ID: <r@x>\r\n\r\n"
        + answer_of(envelope.serialise(request()), SEEN)
        + b"\r\n--b--\r\n"
    )
    kind = 'multipart/related; type="application/xop+xml"; boundary="b"; start="<r@x>"; '
    kind += 'start-info="application/soap+xml"'
    answer = await client(raw=package, content_type=kind).ask(URL, request(), read)
    assert answer.content == "all"
    assert {deviation.id for deviation in answer.deviations} == {"relates-to-wrong"}


async def test_the_envelope_decides_and_a_status_that_does_not_fit_is_told() -> None:
    # The law: [soap/http/answer-200] [habits/strict/status-by-code]
    answer = await client(status=500).ask(URL, request(), read)
    assert answer.content == "all" and [d.id for d in answer.deviations] == ["http-status"]


@pytest.mark.parametrize("action", [ACTION, "http://example.org/service/LookedAt"])
async def test_an_action_that_is_not_the_response_is_told_once(action: str) -> None:
    answer = await client(action=action).ask(URL, request(), read)
    assert [(d.id, d.detail) for d in answer.deviations] == [("response-action", action)]


async def test_an_answer_whose_action_is_another_by_its_document() -> None:
    # The law: [addressing/action/of-a-response]
    action = "http://example.org/service/LookMatches"
    answer = await client(action=action).ask(URL, request(), read, answer_action=action)
    assert answer.deviations == ()


async def test_soap_1_1_is_read_and_told() -> None:
    answer = await client(soap=SOAP_11, content_type="text/xml").ask(URL, request(), read)
    assert answer.content == "all"
    assert ("soap-version", "Envelope") in [(d.id, d.place) for d in answer.deviations]


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_one_whatever_its_status(status: int) -> None:
    # The law: [habits/client/fault-on-200] [habits/device/fault-on-200]
    error = await failure(client(NO_SHEETS, status, action=f"{WSA}/fault"))
    assert isinstance(error, Faulted) and error.exit_hint == 4 and error.http_status == status
    assert error.fault.subcode is not None and error.fault.subcode.local == "NoSheets"
    assert [d.id for d in error.deviations] == ([] if status == 400 else ["http-status"])


@pytest.mark.parametrize("status", [401, 403, 407])
async def test_who_wants_a_login_refuses_us_with_a_page_or_a_fault(status: int) -> None:
    page = await failure(client(raw=b"<html>log in", status=status, content_type="text/html"))
    fault = await failure(client(NO_SHEETS, status, action=f"{WSA}/fault"))
    for error in (page, fault):
        assert isinstance(error, RefusedUs) and error.exit_hint == 5


BOMB = b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><s:Envelope xmlns:s="' + SOAP.encode() + b'">&b;'


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "the answer is empty"),
        (b" \r\n", "the answer is empty"),
        (b"<html><body>Welcome<br></html>", 'HTTP 200 with text/html: no SOAP message but "Welcome"'),
        (b"<html></html>", 'no SOAP message but "<html></html>"'),
        (BOMB, "document type declaration"),
        (b"<a>" * 5000, "not well-formed XML"),
        (f"<s:Envelope xmlns:s='{SOAP}'><s:Header/></s:Envelope>".encode(), "the Envelope has no Body"),
        (b"\xff\xfe\x00\x00" * 9, "the document is in UTF-32"),
    ],
)
async def test_what_is_no_answer_is_nonsense(raw: bytes, said: str) -> None:
    error = await failure(client(raw=raw, content_type="text/html"))
    assert isinstance(error, Nonsense) and error.exit_hint == 4 and said in str(error)


async def test_content_that_its_reader_refuses_is_nonsense() -> None:
    error = await failure(client(""))
    assert isinstance(error, Nonsense) and "the Body is empty" in str(error)


@pytest.mark.parametrize(
    ("kind", "expected", "hint"),
    [
        (http.Refused, Unreachable, 3),
        (http.TimedOut, Unreachable, 3),
        (http.ConnectionLost, Unreachable, 3),
        (http.NotTrusted, NotTrusted, 3),
        (http.ClientRefused, RefusedUs, 5),
        (http.NotHttp, Nonsense, 4),
    ],
)
async def test_every_broken_exchange_is_of_a_kind(
    kind: type[http.ExchangeError], expected: type[CallFailed], hint: int
) -> None:
    class Broken:
        async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
            raise kind("device.example: broken", Stage.ANSWER)

        async def aclose(self) -> None: ...

    error = await failure(SoapClient(Broken()))
    assert type(error) is expected and error.exit_hint == hint and "device.example: broken" in str(error)


async def test_an_answer_that_never_ends_is_left_after_the_seconds_of_both_limits() -> None:
    class Endless:
        async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
            await asyncio.sleep(3600)
            raise AssertionError

        async def aclose(self) -> None: ...

    began = time.monotonic()
    error = await failure(SoapClient(Endless(), TimeLimits(0.1, 0.2)))
    assert isinstance(error, Unreachable) and "not whole after 0.3 s" in str(error)
    assert time.monotonic() - began < 5


async def test_what_is_sent_is_plain_soap_without_a_soap_action() -> None:
    # The law: [soap/http/post] [soap/http/content-type] [soap/http/no-soapaction] [soap/http/wsdapi-headers]
    seen: dict[str, Any] = {}

    async def handle(incoming: IncomingRequest) -> OutgoingResponse:
        seen["headers"] = dict(incoming.headers)
        asked = b"".join([chunk async for chunk in incoming.body])
        return OutgoingResponse(200, answer_of(asked, SEEN), (("Content-Type", SOAP_TYPE),))

    await SoapClient(MemoryClient(handle)).ask(URL, request(), read)
    assert seen["headers"]["content-type"] == SOAP_TYPE and "soapaction" not in seen["headers"]
