"""Envelopes as we write them: the layout that the pickiest known devices read."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.layers import EVERYWHERE
from emulator.soap import envelope
from emulator.soap.constants import ANONYMOUS, FAULT_ACTION
from emulator.soap.envelope import Message, fault_response, read_envelope, request, response, write_envelope
from emulator.soap.fault import action_not_supported, not_well_formed
from emulator.soap.points import ENVELOPE_WRITTEN


def body(text: str = "") -> etree._Element:
    element = etree.Element("{urn:b}B", nsmap={"b": "urn:b"})
    element.text = text
    return element


def names(data: bytes) -> list[str]:
    header = etree.fromstring(data)[0]
    return [str(block.tag).rpartition("}")[2] for block in header]


def test_headers_stand_in_the_order_of_the_printed_examples() -> None:
    asked = request("urn:act", "urn:to", body())
    assert names(write_envelope(asked)) == ["To", "Action", "MessageID", "ReplyTo"]
    assert names(write_envelope(response(asked, body()))) == ["To", "Action", "MessageID", "RelatesTo"]


def test_own_headers_stand_behind_those_of_addressing() -> None:
    message = Message("urn:act", None, to="t", message_id="urn:uuid:1", headers=(etree.Element("{urn:v}Own"),))
    assert names(write_envelope(message)) == ["To", "Action", "MessageID", "Own"]


def test_an_envelope_is_one_line_of_utf_8_with_the_usual_prefixes() -> None:
    # The law: [habits/device/brother-two-prefixes] [habits/device/brother-pretty-printed] [soap/envelope/utf-8]
    # The law: [habits/refused/utf-16] [habits/refused/text-between-elements]
    data = write_envelope(request("urn:act", "urn:to", body("Müller €")))
    assert data.startswith(
        b'<?xml version="1.0" encoding="utf-8"?>'
        b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" '
        b'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
        b"<soap:Header><wsa:To>urn:to</wsa:To><wsa:Action>urn:act</wsa:Action><wsa:MessageID>urn:uuid:"
    )
    assert data.endswith('<soap:Body><b:B xmlns:b="urn:b">Müller €</b:B></soap:Body></soap:Envelope>'.encode())
    assert re.search(rb">\s+<", data) is None
    assert b"\n" not in data


def test_a_request_is_answered_on_its_connection() -> None:
    # The law: [wsdapi/reply-to/anonymous] [addressing/reply-to/anonymous-or-absent]
    # The law: [addressing/message-id/required]
    data = write_envelope(request("urn:act", "urn:to", body()))
    assert f"<wsa:ReplyTo><wsa:Address>{ANONYMOUS}</wsa:Address></wsa:ReplyTo>".encode() in data


def test_a_response_belongs_to_its_request() -> None:
    # The law: [dsp/header/response-to-anonymous] [notes/c-14/response-action-with-response]
    # The law: [notes/c-10/headers-of-the-example-not-sent] [addressing/relates-to/of-a-response]
    # The law: [addressing/action/of-a-response] [addressing/to/of-a-response]
    # The law: [clients/go-mfp/action-and-message-id] [wscn/wire/response-action]
    asked = request("urn:act", "urn:to", body())
    answer = response(asked, body())
    assert (answer.action, answer.to, answer.relates_to) == ("urn:actResponse", ANONYMOUS, asked.message_id)
    assert answer.message_id not in ("", asked.message_id)
    assert response(asked, None, "urn:own").action == "urn:own"


def test_a_fault_answers_what_could_be_read_and_what_could_not() -> None:
    # The law: [dsp/fault/destination] [bdsrr/2.2.2.1/rules-of-ws-addressing] [addressing/action/of-a-fault]
    # The law: [wscn/fault/in-place-of-the-response] [clients/sane-airscan/fault-by-status-or-action]
    asked = request("urn:act/Op", "urn:to", body())
    for answer, relates_to in (
        (fault_response(asked, action_not_supported("urn:act/Op")), asked.message_id),
        (fault_response(None, not_well_formed("x")), ""),
    ):
        read = read_envelope(write_envelope(answer)).message
        assert (read.action, read.to, read.relates_to) == (FAULT_ACTION, ANONYMOUS, relates_to)
        assert read.fault is not None


def test_an_empty_body_is_written_as_one_element() -> None:
    assert b"<soap:Body/>" in write_envelope(request("urn:act", "urn:to", None))


def test_a_message_may_be_written_twice() -> None:
    message = request("urn:act", "urn:to", body("x"))
    assert write_envelope(message) == write_envelope(message)


def test_listeners_see_the_bytes_that_go_out_until_they_are_unplugged() -> None:
    seen: list[bytes] = []
    unplug = EVERYWHERE.listen(ENVELOPE_WRITTEN, seen.append)
    data = write_envelope(request("urn:act", "urn:to", None))
    unplug()
    write_envelope(request("urn:act", "urn:to", None))
    assert seen == [data]


def test_message_ids_are_uuids_and_never_the_same() -> None:
    # The law: [discovery/message-id/unique] [discovery/message-id/urn-uuid]
    ids = {envelope.new_message_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)


#: Values as they may come from outside, without white space at their ends, which no address has.
VALUES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(lambda each: each == each.strip())


@settings(max_examples=150, deadline=None)
@given(action=VALUES, to=VALUES, relates_to=VALUES)
def test_whatever_the_values_what_is_written_is_read_again(action: str, to: str, relates_to: str) -> None:
    message = Message(action, body(), to=to, message_id="urn:uuid:1", relates_to=relates_to)
    read = read_envelope(write_envelope(message)).message
    for written, came in ((action, read.action), (to, read.to), (relates_to, read.relates_to)):
        # Characters that XML cannot hold become '?'.
        assert len(came) == len(written)
        assert all(one == other or other == "?" for one, other in zip(written, came, strict=True))
