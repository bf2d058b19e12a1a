"""What is told of an HTTP exchange and of a datagram: operation, fault, purpose; and no secret, whatever comes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.soap.addressing import ADDRESSING_2004
from emulator.soap.envelope import Message, fault_response, request, write_envelope
from emulator.soap.fault import Fault
from emulator.soap.xml import QName
from emulator.trace.exchanges import datagram_told, exchange_told
from emulator.trace.journal import Journal
from emulator.trace.kinds import EventTold, ExchangeTold
from emulator.trace.lines import timed
from emulator.trace.points import Happened
from emulator.trace.purpose import PURPOSE, RequestPurpose
from emulator.transport.observe import Exchange
from emulator.transport.points import DatagramPassed

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
URL = "https://dsm1:5362/ScanServer"


def exchange(
    asked: bytes = b"", answered: bytes = b"", status: int = 200, url: str = URL, **more: object
) -> Exchange:
    return Exchange(
        "client",
        "POST",
        url,
        "10.0.0.1",
        0.0,
        request_start=asked,
        request_size=len(asked),
        status=status,
        response_start=answered,
        response_size=len(answered),
        timings={"connect": 0.001, "send": 0.002, "wait": 0.003},
        **more,  # type: ignore[arg-type]
    )


def envelope(name: str, action: str = "") -> bytes:
    return write_envelope(request(action or f"{DSP}/{name}", URL, None))


def test_operation_octets_and_time() -> None:
    asked, answered = envelope("SendImage"), envelope("SendImageResponse")
    told = exchange_told(exchange(asked, answered))
    assert isinstance(told, ExchangeTold)
    assert (told.direction, told.operation, told.where, told.peer, told.status) == (
        "sent",
        "SendImage",
        URL,
        "10.0.0.1",
        200,
    )
    assert (told.request_octets, told.answer_octets, told.ms, told.fault) == (len(asked), len(answered), 6.0, "")


def test_the_operation_of_a_package_is_that_of_its_envelope() -> None:
    head = b"--b\r\nContent-Type: application/xop+xml\r\n\r\n"
    assert exchange_told(
        exchange(head + envelope("SendImage") + b"\r\n--b\r\n\r\n\xff\xd8<Action>x</Action>")
    ).operation == ("SendImage")


@pytest.mark.parametrize("name", ["PostScanJobStatusEvent", "ScannerStatusSummaryEvent", "ScanAvailableEvent"])
def test_events_are_events(name: str) -> None:
    assert isinstance(exchange_told(exchange(envelope(name), status=202)), EventTold)


def test_the_end_of_a_subscription_is_one_too() -> None:
    told = exchange_told(exchange(envelope("", "http://schemas.xmlsoap.org/ws/2004/08/eventing/SubscriptionEnd")))
    assert isinstance(told, EventTold) and told.operation == "SubscriptionEnd"


@pytest.mark.parametrize("body", [b"", b"{}", b"<Action>Get</Action>", b"\xff" * 100, b"<Envelope", b"\x1f\x8b"])
def test_what_is_no_message_has_its_method(body: bytes) -> None:
    assert exchange_told(exchange(body)).operation == "POST"


def test_a_fault_is_told_by_code_and_reason() -> None:
    asked = Message(f"{DSP}/SendImage", None, to=URL, message_id="urn:uuid:1", addressing=ADDRESSING_2004)
    fault = Fault("Receiver", QName(DSP, "ServerErrorTemporaryError"), "Come\nback later", prefix="dsp")
    data = write_envelope(fault_response(asked, fault))
    assert (
        exchange_told(exchange(envelope("SendImage"), data, 500)).fault
        == "ServerErrorTemporaryError: Come back later"
    )
    assert exchange_told(exchange(envelope("SendImage"), data[:-20], 500)).fault == "", (
        "one that is cut off is none"
    )
    html = b"<html><body><h1>Fault</h1></body></html>"
    assert exchange_told(exchange(envelope("SendImage"), html, 502)).fault == ""


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://joe:geheim@dsm1/x", "https://(masked)@dsm1/x"),
        ("http://dsm1/x?password=geheim&a=b", "http://dsm1/x?password=(masked)&a=b"),
        ("http://dsm1/x?AccessToken=geheim", "http://dsm1/x?AccessToken=(masked)"),
        ("http://joe:geheim@[::1/x", "http://(masked)@[::1/x"),
        ("http://dsm1/x?a=b", "http://dsm1/x?a=b"),
    ],
)
def test_no_secret_of_an_address_is_told(url: str, told: str) -> None:
    found = exchange_told(
        exchange(envelope("Get"), url=url, error=f"{url}: connection refused at https://joe:geheim@p/")
    )
    assert found.where == told
    assert (
        "geheim" not in json.dumps(asdict(exchange_told(exchange(url=url))))
        and "geheim" not in found.error.split("?")[0]
    )


def test_headers_and_bodies_are_never_told() -> None:
    secret = "c2VjcmV0OnNlY3JldA"
    body = envelope("Get").replace(b"</", f"<!--{secret}--></".encode(), 1)
    told = exchange_told(exchange(body, request_headers=(("Authorization", f"Basic {secret}"), ("Cookie", secret))))
    assert secret not in json.dumps(asdict(told))


def test_a_purpose_is_that_of_the_first_request_of_its_operation_for_all_who_ask() -> None:
    purpose = RequestPurpose("SendImage", "repeat", False, 7)
    token = PURPOSE.set(purpose)
    try:
        other, meant, later = (exchange(envelope(name)) for name in ("Subscribe", "SendImage", "SendImage"))
        assert not exchange_told(other).job_request  # type: ignore[union-attr]
        for _ in range(2):
            told = exchange_told(meant)
            assert isinstance(told, ExchangeTold)
            assert (told.again, told.document_id, told.job_request) == ("repeat", 7, True)
        assert not exchange_told(later).job_request  # type: ignore[union-attr]
        received = exchange(envelope("SendImage"))
        received.side = "server"
        assert not exchange_told(received).job_request  # type: ignore[union-attr]
    finally:
        PURPOSE.reset(token)


async def test_a_purpose_goes_along_with_its_task() -> None:
    async def ask(number: int) -> int | None:
        PURPOSE.set(RequestPurpose("SendImage", document_id=number))
        await asyncio.sleep(0)
        told = exchange_told(exchange(envelope("SendImage")))
        assert isinstance(told, ExchangeTold)
        return told.document_id

    assert await asyncio.gather(*(ask(number) for number in range(20))) == list(range(20))
    assert PURPOSE.get() is None


def test_a_given_up_exchange_says_so() -> None:
    told = exchange_told(exchange(envelope("Get"), status=0, error="CancelledError"))
    assert told.error == "given up by us, or no answer in time"


def test_a_datagram() -> None:
    probe = envelope("", "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe")
    told = datagram_told(DatagramPassed("received", "10.0.0.7", probe))
    assert (told.operation, told.peer, told.octets) == ("Probe", "10.0.0.7", len(probe))
    assert datagram_told(DatagramPassed("sent", "ff02::c", b"\x00")).operation == ""


TEXTS = st.text(st.characters(exclude_categories=())).map(lambda text: text.encode("utf-8", "surrogatepass"))
BODIES = st.binary(max_size=400) | st.lists(
    st.sampled_from(
        [
            b"<Envelope ",
            b"<s:Envelope>",
            b"<Action>",
            b"<a:Action x='1'>",
            b"</Action>",
            b"Fault",
            b"<Fault>",
            b"\n",
        ]
    )
    | TEXTS,
    max_size=12,
).map(b"".join)


@given(BODIES, BODIES, st.integers(0, 999), st.text(), st.text())
def test_whatever_a_peer_sends_is_told_in_two_lines(
    asked: bytes, answered: bytes, status: int, url: str, error: str
) -> None:
    told = exchange_told(exchange(asked, answered, status, url, error=error))
    entry = Journal().add(Happened(told, None))
    json.dumps(entry.as_dict())
    lines = timed(entry)
    assert len(lines) == 2 and all(line.isprintable() and len(line) < 2000 for line in lines)


def test_a_megabyte_of_almost_an_action_takes_no_time() -> None:
    """Only the head is looked at, and a pattern that almost fits is given up at once."""
    import time

    began = time.process_time()
    for start in (b"<Envelope>" + b"<a" * 30_000, b"<Envelope>" + b"<Action " + b"x" * 60_000, b"<Action>" * 8_000):
        exchange_told(exchange(start, b"Fault" + start, 500))
    assert time.process_time() - began < 0.5
