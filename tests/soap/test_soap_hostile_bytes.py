"""Whatever bytes come: an envelope or one of the readers' own refusals, in any pieces, never anything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.soap.constants import SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, check_relation, fault_response, read_envelope, response, write_envelope
from emulator.soap.fault import FaultError
from emulator.soap.mime import MimeError
from emulator.soap.mtom import Data, Event, MtomReader, Root
from emulator.soap.schema import violations
from emulator.soap.xml import XmlRefused, parse_xml

quick = settings(max_examples=200, deadline=None)

GOOD = (
    f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}"><s:Header><a:To>urn:t'
    '</a:To><a:Action s:mustUnderstand="1">urn:act</a:Action><a:MessageID>urn:uuid:1</a:MessageID><a:ReplyTo>'
    "<a:Address>urn:r</a:Address></a:ReplyTo></s:Header><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
    '<s:Value>a:ActionNotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text>'
    "</s:Reason><s:Detail>x</s:Detail></s:Fault></s:Body></s:Envelope>"
).encode()
PIECES = [
    *(f"<{slash}{name}>" for name in ("s:Body", "s:Header", "a:To", "s:Fault", "x") for slash in ("", "/")),
    *("<!--", "-->", "<![CDATA[", "]]>", "<?p ", "?>", "<!DOCTYPE a>", "&lt;", "&x;", "&#0;", "&#x10FFFF;"),
    *('xmlns=""', 'xmlns:s="urn:s"', 'xmlns:v="v"', 's:mustUnderstand="1"', "s:role", "\ufeff", "\x00", "\u2028"),
    *("\r", " ", '"', "'", "=", "<", ">", "/", ":", "a:RelatesTo", "RelationshipType='a:b:c'", "a:", "é"),
]
CONTENT_TYPE = (
    'multipart/related; type="application/xop+xml"; boundary="b"; start="<r@x>"; start-info="application/soap+xml"'
)
HEADERS = b"Content-Type: %s\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <%s>\r\n\r\n"
PACKAGE = (
    b"--b\r\n"
    + HEADERS % (b"application/xop+xml", b"r@x")
    + GOOD
    + b"\r\n--b\r\n"
    + HEADERS % (b"image/png", b"i@x")
    + b"PNG\r\n--b-\r\n--\r\n--b--\r\n"
)


@st.composite
def mutations(draw: st.DrawFn, good: bytes) -> bytes:
    """A good document with up to five places cut, doubled or overwritten."""
    octets = bytearray(good)
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(octets)))
        end = min(len(octets), start + draw(st.integers(0, 60)))
        new = draw(
            st.sampled_from(PIECES).map(str.encode)
            | st.binary(max_size=6)
            | st.just(bytes(octets[start:end]) * 2)
            | st.just(b"")
        )
        octets[start:end] = new
    return bytes(octets)


def one_line(error: Exception) -> None:
    assert str(error) and "\n" not in str(error)


@quick
@given(st.binary(max_size=300) | mutations(GOOD))
@example(b"<a>\x00</a>")
def test_any_bytes_are_a_document_or_refused(data: bytes) -> None:
    deviations = Deviations()
    try:
        root = parse_xml(data, deviations)
    except XmlRefused as error:
        one_line(error)
        return
    assert all(isinstance(each.tag, str) for each in root.iter())
    assert all("\n" not in str(deviation) for deviation in deviations)


@quick
@given(st.binary(max_size=300) | mutations(GOOD))
@example(GOOD)
@example(GOOD.replace(b"<a:To>", b"<a:RelatesTo RelationshipType=' '/><a:To>"))
@example(GOOD.replace(b"s:Sender", b":").replace(b"a:Action", b"::"))
def test_any_bytes_are_an_envelope_or_refused(data: bytes) -> None:
    try:
        received = read_envelope(data)
    except (XmlRefused, FaultError) as error:
        one_line(error)
        return
    message = received.message
    # What was read can be worked with: told, validated, compared, answered.
    assert all("\n" not in str(deviation) for deviation in received.deviations)
    if message.fault is not None:
        one_line(FaultError(message.fault))
    if message.body is not None:
        assert all("\n" not in problem for problem in violations(message.body))
    check_relation(Message("urn:act", None, message_id="urn:uuid:1"), received)
    answer = read_envelope(write_envelope(response(message, None)))
    assert answer.message.relates_to == message.message_id


@quick
@given(st.binary(max_size=300) | mutations(GOOD))
def test_every_refusal_can_be_answered(data: bytes) -> None:
    try:
        read_envelope(data)
    except FaultError as error:
        answer = read_envelope(write_envelope(fault_response(None, error.fault)))
        assert answer.message.fault is not None
        assert answer.message.fault.code == error.fault.code
    except XmlRefused:
        pass


def read_in_pieces(body: bytes, sizes: list[int]) -> tuple[list[Event], list[str]] | str:
    """The events with Data joined and the deviations, or the refusal."""
    reader = MtomReader(CONTENT_TYPE)
    events: list[Event] = []
    try:
        at = turn = 0
        while at < len(body):
            events += reader.feed(body[at : at + sizes[turn % len(sizes)]])
            at += sizes[turn % len(sizes)]
            turn += 1
        events += reader.close()
    except MimeError as error:
        return str(error)
    joined: list[Event] = []
    for event in events:
        if isinstance(event, Data) and joined and isinstance(joined[-1], Data):
            joined[-1] = Data(bytes(joined[-1].data) + bytes(event.data))
        else:
            joined.append(Data(bytes(event.data)) if isinstance(event, Data) else event)
    return joined, sorted(deviation.id for deviation in reader.deviations)


@quick
@given(mutations(PACKAGE), st.lists(st.integers(1, 200), min_size=1, max_size=8))
@example(PACKAGE, [1])
def test_a_mutated_package_is_read_the_same_in_all_pieces(body: bytes, sizes: list[int]) -> None:
    whole = read_in_pieces(body, [len(body)])
    assert read_in_pieces(body, sizes) == whole
    if isinstance(whole, str):
        assert whole and "\n" not in whole
        return
    for event in whole[0]:
        if isinstance(event, Root):
            try:
                read_envelope(event.data)
            except (XmlRefused, FaultError) as error:
                one_line(error)


@pytest.mark.parametrize("seed", range(3))
def test_a_package_with_a_large_attachment_is_read_in_random_pieces(seed: int) -> None:
    dice = random.Random(seed)
    image = dice.randbytes(300_000) + b"\r\n--bb" * 1000
    body = PACKAGE.replace(b"PNG", image)
    result = read_in_pieces(body, [dice.choice((1, 2, 7, 100, 4096, 65536)) for _ in range(500)])
    assert not isinstance(result, str)
    events, deviations = result
    assert deviations == []
    assert [event.data for event in events if isinstance(event, Data)] == [image + b"\r\n--b-\r\n--"]
    assert [event.data for event in events if isinstance(event, Root)] == [GOOD]
