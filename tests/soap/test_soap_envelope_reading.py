"""Envelopes as peers send them: any prefix, any arrangement of namespaces; what departs from the rules is told."""

from __future__ import annotations

import time

import pytest
from lxml import etree

from emulator.soap.constants import ANONYMOUS, SOAP, WSA
from emulator.soap.envelope import (
    Message,
    Received,
    Unprocessed,
    check_relation,
    fault_response,
    read_envelope,
    write_envelope,
)
from emulator.soap.fault import Fault, FaultError
from emulator.soap.version_1_1 import AskedInSoap11
from emulator.soap.xml import QName, XmlRefused

HEADER_REQUIRED = "MessageInformationHeaderRequired"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
ID = "urn:uuid:c7a18640-1e15-48ac-8326-0026a5719d98"
ADDRESSING = f"<a:To>urn:to</a:To><a:Action>urn:act</a:Action><a:MessageID>{ID}</a:MessageID>"


def envelope(header: str = ADDRESSING, body: str = "<x/>", soap: str = SOAP) -> bytes:
    return (
        f'<e:Envelope xmlns:e="{soap}" xmlns:a="{WSA}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body>'
        "</e:Envelope>"
    ).encode()


def told(received: Received) -> list[str]:
    return [deviation.id for deviation in received.deviations]


def refused(data: bytes) -> Fault:
    with pytest.raises(FaultError) as caught:
        read_envelope(data)
    return caught.value.fault


ARRANGEMENTS = {
    "usual prefixes": f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}"><soap:Header><wsa:To>t</wsa:To>'
    f"<wsa:Action>act</wsa:Action><wsa:MessageID>{ID}</wsa:MessageID></soap:Header><soap:Body><b:B "
    'xmlns:b="urn:b">1</b:B></soap:Body></soap:Envelope>',
    "all namespaces on the Envelope": f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP}" xmlns:n1="{WSA}" '
    'xmlns:q="urn:b" xmlns:unused="urn:unused" xmlns:xop="http://www.w3.org/2004/08/xop/include"><SOAP-ENV:Header>'
    f"<n1:To>t</n1:To><n1:Action>act</n1:Action><n1:MessageID>{ID}</n1:MessageID></SOAP-ENV:Header>"
    "<SOAP-ENV:Body><q:B>1</q:B></SOAP-ENV:Body></SOAP-ENV:Envelope>",
    "default namespaces all the way": f'<Envelope xmlns="{SOAP}"><Header><To xmlns="{WSA}">t</To><Action '
    f'xmlns="{WSA}">act</Action><MessageID xmlns="{WSA}">{ID}</MessageID></Header><Body><B xmlns="urn:b">1</B>'
    "</Body></Envelope>",
    "one prefix with changing meanings": f'<x:Envelope xmlns:x="{SOAP}"><x:Header><x:To xmlns:x="{WSA}">t</x:To>'
    f'<x:Action xmlns:x="{WSA}">act</x:Action><x:MessageID xmlns:x="{WSA}">{ID}</x:MessageID></x:Header><x:Body>'
    '<x:B xmlns:x="urn:b">1</x:B></x:Body></x:Envelope>',
    "indented, with comments and a declaration": f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- before --><s:Envelope xmlns:s='{SOAP}' xmlns:w='{WSA}'>
  <s:Header><!-- in the header -->
    <w:MessageID>{ID}</w:MessageID><w:Action>act<!-- in a value --></w:Action>
    <w:To>t</w:To>
  </s:Header>
  <s:Body>
    <B xmlns="urn:b">1</B><!-- behind -->
  </s:Body>
</s:Envelope><!-- after -->
""",
}


@pytest.mark.parametrize("text", ARRANGEMENTS.values(), ids=ARRANGEMENTS.keys())
def test_prefixes_and_layout_do_not_matter(text: str) -> None:
    # The law: [habits/client/odd-prefixes] [habits/strict/prefix-soap-env]
    # The law: [habits/strict/namespaces-on-the-envelope] [habits/client/one-line-and-indented]
    # The law: [habits/strict/cr-lf-after-the-envelope]
    received = read_envelope(text.encode())
    message = received.message
    assert (message.to, message.action, message.message_id) == ("t", "act", ID)
    assert message.body is not None
    assert (message.body.tag, message.body.text) == ("{urn:b}B", "1")
    assert told(received) == []


def test_every_addressing_property_is_read() -> None:
    # The law: [addressing/action/required] [addressing/anonymous/address]
    header = (
        f"{ADDRESSING}<a:RelatesTo>urn:uuid:1</a:RelatesTo><a:ReplyTo><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>"
        "<a:From><a:Address>urn:from</a:Address></a:From><a:FaultTo><a:Address>urn:f</a:Address></a:FaultTo>"
        '<v:Own xmlns:v="urn:v">kept</v:Own>'
    )
    received = read_envelope(envelope(header))
    message = received.message
    assert (message.relates_to, message.reply_to) == ("urn:uuid:1", ANONYMOUS)
    assert [block.tag for block in message.headers] == ["{urn:v}Own"]
    assert (message.fault_to, told(received)) == ("urn:f", ["fault-to"])


@pytest.mark.parametrize("body", ["", " \n ", "<!-- nothing -->"])
def test_an_empty_body_is_none(body: str) -> None:
    received = read_envelope(envelope(body=body))
    assert received.message.body is None
    assert told(received) == []


def test_an_element_that_is_empty_in_long_form_is_the_same_as_in_short_form() -> None:
    # The law: [habits/strict/empty-response-elements]
    long, short = (read_envelope(envelope(body=body)).message.body for body in ("<x></x>", "<x/>"))
    assert long is not None and short is not None
    assert (long.tag, long.text, len(long)) == (short.tag, short.text, len(short)) == ("x", None, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (envelope(ADDRESSING.replace("urn:to", " urn:to\n")), ["address-white-space"]),
        (envelope(ADDRESSING.replace("urn:uuid:", "uuid:")), ["message-id-form"]),
        (envelope(ADDRESSING.replace(f"<a:MessageID>{ID}</a:MessageID>", "")), ["message-id-missing"]),
        (envelope(ADDRESSING.replace(ID, "")), ["message-id-missing"]),
        (envelope(ADDRESSING.replace("<a:To>urn:to</a:To>", "")), ["to-missing"]),
        (envelope(ADDRESSING + "<a:ReplyTo>urn:bare</a:ReplyTo>"), ["element-missing", "reply-to"]),
        (envelope(ADDRESSING + "stray"), ["text-between-elements"]),
        (envelope(body="<x/>stray"), ["text-between-elements"]),
        (envelope(body="<x/><y/>"), ["body-children"]),
        (envelope().replace(b"<e:Body>", b"stray<e:Body>"), ["text-between-elements"]),
        (envelope().replace(b"</e:Envelope>", b"<more/></e:Envelope>"), ["element-unknown"]),
        (envelope().replace(b"</e:Envelope>", b"<e:Body><y/></e:Body></e:Envelope>"), ["element-doubled"]),
        (envelope().replace(b"</e:Envelope>", b"<e:Header/></e:Envelope>"), ["element-doubled"]),
    ],
)
def test_what_departs_is_read_and_told(data: bytes, expected: list[str]) -> None:
    # The law: [dsp/wire/one-element-in-the-body] [addressing/address/no-white-space-around]
    # The law: [soap/envelope/elements-alone] [addressing/message-id/required]
    received = read_envelope(data)
    assert told(received) == expected
    assert received.message.body is not None and received.message.body.tag == "x"
    assert received.message.action == "urn:act"


def test_a_header_behind_the_body_is_read_and_told() -> None:
    data = (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:a="{WSA}"><e:Body><x/></e:Body><e:Header>{ADDRESSING}</e:Header>'
        "</e:Envelope>"
    )
    received = read_envelope(data.encode())
    assert received.message.action == "urn:act"
    assert told(received) == ["element-order"]


def test_a_bare_reply_address_is_taken() -> None:
    """WSD-python writes it so. [clients/wsd-python/reply-to-as-text]"""
    assert read_envelope(envelope(ADDRESSING + "<a:ReplyTo>urn:bare</a:ReplyTo>")).message.reply_to == "urn:bare"


@pytest.mark.parametrize("value", ["true", "1", " 1 "])
@pytest.mark.parametrize(
    ("block", "understood"),
    [
        ('<a:To e:mustUnderstand="{}">urn:to</a:To>', True),
        ('<a:RelatesTo e:mustUnderstand="{}">urn:uuid:1</a:RelatesTo>', True),
        ('<a:Unknown e:mustUnderstand="{}"/>', False),
        ('<v:Security xmlns:v="urn:v" e:mustUnderstand="{}"/>', False),
        (f'<v:S xmlns:v="urn:v" e:mustUnderstand="{{}}" e:role="{SOAP}/role/next"/>', False),
        (f'<v:S xmlns:v="urn:v" e:mustUnderstand="{{}}" e:role="{SOAP}/role/ultimateReceiver"/>', False),
        (f'<v:S xmlns:v="urn:v" e:mustUnderstand="{{}}" e:role="{SOAP}/role/none"/>', True),
        ('<v:S xmlns:v="urn:v" e:mustUnderstand="{}" e:role="urn:some-proxy"/>', True),
    ],
)
def test_must_understand_is_asked_of_headers_for_us_alone(value: str, block: str, understood: bool) -> None:
    # The law: [soap/fault/must-understand] [clients/gsoap/must-understand]
    rest = ADDRESSING.replace("<a:To>urn:to</a:To>", "") if block.startswith("<a:To ") else ADDRESSING
    data = envelope(block.format(value) + rest)
    if understood:
        assert told(read_envelope(data)) == []
    else:
        assert refused(data).code == "MustUnderstand"


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_a_header_that_need_not_be_understood_is_passed_over(value: str) -> None:
    received = read_envelope(envelope(f'{ADDRESSING}<v:S xmlns:v="urn:v" e:mustUnderstand="{value}"/>'))
    assert told(received) == []


def test_must_understand_without_the_namespace_of_soap_means_nothing() -> None:
    received = read_envelope(envelope(f'{ADDRESSING}<v:S xmlns:v="urn:v" mustUnderstand="1"/>'))
    assert len(received.message.headers) == 1


def test_soap_1_1_is_read_of_answers_alone() -> None:
    # The law: [soap/envelope/namespace] [soap/fault/version-mismatch]
    data = envelope(soap=SOAP11)
    assert told(read_envelope(data, answer=True)) == ["soap-version"]
    with pytest.raises(AskedInSoap11):
        read_envelope(data)


def answered(data: bytes) -> bytes:
    """The fault message that answers a message which is not processed."""
    with pytest.raises(Unprocessed) as caught:
        read_envelope(data)
    assert caught.value.asked.message_id == ID
    return write_envelope(fault_response(caught.value.asked, caught.value.fault))


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ('<v:S xmlns:v="urn:v" {}/>', "{urn:v}S"),
        ('<S xmlns="urn:v" {}/>', "{urn:v}S"),
        ("<a:Unknown {}/>", f"{{{WSA}}}Unknown"),
        ("<e:Upgrade {}/>", f"{{{SOAP}}}Upgrade"),
        ("<xml:S {}/>", "{http://www.w3.org/XML/1998/namespace}S"),
        ("<S {}/>", "S"),
    ],
)
def test_the_name_of_what_is_not_understood_resolves_where_it_stands(block: str, name: str) -> None:
    answer = etree.fromstring(answered(envelope(ADDRESSING + block.format('e:mustUnderstand="1"'))))
    (told,) = answer.iterfind(f"{{{SOAP}}}Header/{{{SOAP}}}NotUnderstood")
    prefix, colon, local = told.get("qname", "").rpartition(":")
    known = {**told.nsmap, "xml": "http://www.w3.org/XML/1998/namespace"}
    assert (f"{{{known[prefix]}}}{local}" if colon else local) == name
    assert answer.findtext(f".//{{{WSA}}}RelatesTo") == ID


def test_an_answer_that_names_headers_does_not_grow_with_them() -> None:
    blocks = "".join(f'<v:H{number} e:mustUnderstand="1"/>' for number in range(20_000))
    namespace = "urn:" + "v" * 1500
    begun = time.process_time()
    answer = answered(
        envelope(ADDRESSING + blocks).replace(b"<e:Header>", f'<e:Header xmlns:v="{namespace}">'.encode())
    )
    assert answer.count(b"NotUnderstood") == 16 and len(answer) < 40_000
    assert time.process_time() - begun < 2
    longer = answered(envelope(f'{ADDRESSING}<v:H xmlns:v="urn:{"v" * 100_000}" e:mustUnderstand="1"/>'))
    assert b"NotUnderstood" not in longer and len(longer) < 5_000


@pytest.mark.parametrize("name", ["To", "Action", "MessageID", "RelatesTo"])
def test_a_doubled_header_is_refused(name: str) -> None:
    block = f"<a:{name}>urn:again</a:{name}>"
    fault = refused(envelope(ADDRESSING + block + (block if name == "RelatesTo" else "")))
    assert (fault.code, fault.subcode) == ("Sender", QName(WSA, "InvalidMessageInformationHeader"))
    assert fault.detail == name


def test_relations_of_other_kinds_are_not_the_reply() -> None:
    other = '<a:RelatesTo RelationshipType="v:Supersedes" xmlns:v="urn:v">urn:uuid:2</a:RelatesTo>'
    reply = '<a:RelatesTo RelationshipType="a:Reply">urn:uuid:1</a:RelatesTo>'
    received = read_envelope(envelope(ADDRESSING + other + reply + other))
    assert received.message.relates_to == "urn:uuid:1"
    assert len(received.message.headers) == 2
    assert told(received) == []


@pytest.mark.parametrize(
    ("data", "code", "subcode"),
    [
        (b"<x/>", "Sender", None),
        (f'<Envelope xmlns="{SOAP}"/>'.encode(), "Sender", None),
        (f'<Envelope xmlns="{SOAP}"><Body xmlns=""/></Envelope>'.encode(), "Sender", None),
        (b'<Envelope xmlns="http://www.w3.org/2003/05/soapelope"><Body/></Envelope>', "VersionMismatch", None),
        (b"<Envelope><Body/></Envelope>", "VersionMismatch", None),
        (envelope(""), "Sender", HEADER_REQUIRED),
        (envelope(ADDRESSING.replace("urn:act", " ")), "Sender", HEADER_REQUIRED),
        (f'<Envelope xmlns="{SOAP}"><Body><x/></Body></Envelope>'.encode(), "Sender", HEADER_REQUIRED),
        # WS-Addressing of 2005/08 is not that of DPWS 2006/02
        (envelope().replace(WSA.encode(), b"http://www.w3.org/2005/08/addressing"), "Sender", HEADER_REQUIRED),
    ],
)
def test_what_is_no_message_is_refused_with_a_fault(data: bytes, code: str, subcode: str | None) -> None:
    fault = refused(data)
    assert (fault.code, fault.subcode) == (code, None if subcode is None else QName(WSA, subcode))
    assert "\n" not in str(fault)


@pytest.mark.parametrize("data", [b"", b"   ", b"plain text", b"<html><br></html>", b"<a/><b/>", b"\x00\x01"])
def test_what_is_no_xml_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(XmlRefused) as caught:
        read_envelope(data)
    assert "\n" not in str(caught.value)


def test_a_fault_may_lack_every_header() -> None:
    data = f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault/></e:Body></e:Envelope>'
    received = read_envelope(data.encode())
    assert received.message.fault is not None
    assert told(received) == ["element-missing", "message-id-missing", "to-missing"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Message("urn:actResponse", None, relates_to=ID), []),
        (Message("urn:actResponse", None), ["relates-to-missing"]),
        (Message("urn:actResponse", None, relates_to="urn:uuid:other"), ["relates-to-wrong"]),
        (Message("urn:act", None, relates_to=ID), ["response-action"]),
        (Message("urn:act", etree.Element(f"{{{SOAP}}}Fault"), relates_to=ID), []),
    ],
)
def test_an_answer_is_compared_with_its_request(answer: Message, expected: list[str]) -> None:
    # The law: [addressing/relates-to/of-a-response] [addressing/action/of-a-response]
    received = Received(answer, read_envelope(envelope()).deviations)
    check_relation(Message("urn:act", None, message_id=ID), received)
    assert told(received) == expected


@pytest.mark.parametrize(
    ("reply_to", "told"),
    [
        ("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous", []),
        ("http://192.0.2.1/answers", ["reply-to"]),
    ],
)
def test_an_answer_wanted_elsewhere_is_told(reply_to: str, told: list[str]) -> None:
    # The law: [addressing/fault-to/anonymous-or-absent] [addressing/reply-to/anonymous-or-absent]
    data = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:To>x</a:To><a:Action>y</a:Action>'
        f"<a:MessageID>urn:uuid:1</a:MessageID><a:ReplyTo><a:Address>{reply_to}</a:Address></a:ReplyTo></s:Header>"
        "<s:Body/></s:Envelope>"
    )
    assert [each.id for each in read_envelope(data.encode()).deviations] == told
