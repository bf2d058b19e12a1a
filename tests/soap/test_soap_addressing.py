"""WS-Addressing 2005/08 beside 2004/08: read where it is expected, answered in kind."""

from __future__ import annotations

import pytest
from lxml import etree

from emulator.soap.addressing import ADDRESSING_2004, ADDRESSING_2005, EVERY_ADDRESSING
from emulator.soap.envelope import Message, fault_response, read_envelope, request, response, write_envelope
from emulator.soap.fault import Fault, FaultError, action_not_supported, header_required
from emulator.soap.xml import QName

WSA_2004 = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSA_2005 = "http://www.w3.org/2005/08/addressing"
SOAP = "http://www.w3.org/2003/05/soap-envelope"


def by_hand(header: str) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:o="{WSA_2004}" xmlns:n="{WSA_2005}"><e:Header>{header}</e:Header>'
        "<e:Body><x/></e:Body></e:Envelope>"
    ).encode()


NEW = by_hand(
    "<n:Action>urn:act</n:Action><n:MessageID>urn:uuid:1</n:MessageID><n:To>urn:to</n:To>"
    "<n:ReplyTo><n:Address>urn:reply</n:Address></n:ReplyTo><n:RelatesTo>urn:uuid:0</n:RelatesTo>"
)


def test_a_request_and_its_answer_are_of_the_same_addressing() -> None:
    # The law: [addressing/namespace/of-2004-08] [addressing/namespace/of-2005-08]
    asked = request("urn:act", "urn:to", None, addressing=ADDRESSING_2005)
    data = write_envelope(asked)
    assert WSA_2004.encode() not in data and f'xmlns:wsa="{WSA_2005}"'.encode() in data
    received = read_envelope(data, EVERY_ADDRESSING)
    assert not list(received.deviations)
    assert received.message == asked
    assert asked.reply_to == f"{WSA_2005}/anonymous"
    answer = response(received.message, None)
    assert (answer.to, answer.relates_to) == (f"{WSA_2005}/anonymous", asked.message_id)
    assert WSA_2004.encode() not in write_envelope(answer)


def test_all_headers_are_read_where_it_is_expected_and_refused_elsewhere() -> None:
    message = read_envelope(NEW, EVERY_ADDRESSING).message
    assert (message.action, message.to, message.message_id) == ("urn:act", "urn:to", "urn:uuid:1")
    assert (message.reply_to, message.relates_to) == ("urn:reply", "urn:uuid:0")
    assert message.addressing is ADDRESSING_2005
    with pytest.raises(FaultError, match="Action"):
        read_envelope(NEW)


def test_headers_of_the_other_addressing_are_headers_like_others() -> None:
    both = by_hand("<o:Action>urn:old</o:Action><n:Action>urn:new</n:Action><o:MessageID>urn:uuid:1</o:MessageID>")
    message = read_envelope(both, EVERY_ADDRESSING).message
    assert (message.action, message.addressing) == ("urn:old", ADDRESSING_2004)
    assert [header.tag for header in message.headers] == [f"{{{WSA_2005}}}Action"]
    must = both.replace(b"<n:Action>", b'<n:Action e:mustUnderstand="1">')
    with pytest.raises(FaultError) as caught:
        read_envelope(must, EVERY_ADDRESSING)
    assert caught.value.fault.code == "MustUnderstand"


@pytest.mark.parametrize(
    ("kind", "relates_to"),
    [
        ("", "urn:uuid:0"),
        (f' RelationshipType="{WSA_2005}/reply"', "urn:uuid:0"),
        (' RelationshipType="urn:x"', ""),
    ],
)
def test_the_kind_of_a_relation_is_a_uri(kind: str, relates_to: str) -> None:
    data = NEW.replace(b"<n:RelatesTo>", f"<n:RelatesTo{kind}>".encode())
    assert read_envelope(data, EVERY_ADDRESSING).message.relates_to == relates_to


@pytest.mark.parametrize(
    ("fault", "subcode"),
    [
        (action_not_supported("urn:a/Op"), "ActionNotSupported"),
        (header_required("To"), "MessageAddressingHeaderRequired"),
    ],
)
def test_faults_of_addressing_come_in_kind(fault: Fault, subcode: str) -> None:
    # The law: [addressing/action/of-a-fault]
    asked = read_envelope(NEW, EVERY_ADDRESSING).message
    data = write_envelope(fault_response(asked, fault))
    message = read_envelope(data, EVERY_ADDRESSING).message
    assert message.action == f"{WSA_2005}/fault"
    assert message.fault is not None and message.fault.subcode == QName(WSA_2005, subcode)
    assert etree.fromstring(data).findtext(f".//{{{SOAP}}}Subcode/{{{SOAP}}}Value") == f"wsa:{subcode}"


def test_other_faults_stay_what_they_are() -> None:
    asked = read_envelope(NEW, EVERY_ADDRESSING).message
    plain = fault_response(asked, Fault("Receiver", None, "broken"))
    assert plain.action == f"{WSA_2005}/fault" and plain.fault is not None
    own = fault_response(asked, Fault("Sender", QName("urn:x", "Y"), "no", action="urn:x/fault"))
    assert own.action == "urn:x/fault" and own.fault is not None and own.fault.subcode == QName("urn:x", "Y")
    assert fault_response(Message("urn:a", None), action_not_supported("a")).action == f"{WSA_2004}/fault"
