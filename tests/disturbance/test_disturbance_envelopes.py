"""Every alteration of an envelope, met by peers of another make. A request of ours goes to a scan server made with
gSOAP, to Python's http.server (whose octets expat and lxml read) and to the embedded server, which is strict; an
answer of a device of ours goes to zeep, to a bare socket, and to our own client."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from disturbed import alterations_but_of_devices, is_seen
from eventing_bench import Bench as EventsBench
from eventing_bench import Received as Sink
from eventing_bench import by_host, until
from gsoap_process import GsoapServer
from lxml import etree
from message_bench import IMPATIENT, LIMITS, NAME, Bench, Received, Said, plan_of

from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import At, Role
from emulator.faults.plan import read_plan
from emulator.layers import Layers
from emulator.transport.http import TimeLimits

SCANNER = "Süd"
"""What zeep reads where it reads."""
BODY = "{http://www.w3.org/2003/05/soap-envelope}Body"
WSCN_2006_01 = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
SILENT = "does not answer"
"""gSOAP waits for octets that were never announced."""
REFUSED = "it is refused whether strict or not, in words of its own"
CONTENT = "the content cannot be read without it, so that it is refused before anything else is looked at"


@dataclass(frozen=True)
class Row:
    """What is seen of one alteration; each text is in what that peer says."""

    name: str
    seen: Callable[[Received], Any]
    """True of the octets that a bare reader has."""
    gsoap: str = "200"
    strict: str = "200"
    """Status, words, or the clause that the embedded server names."""
    zeep: str = SCANNER
    own: str = ""
    """What our own client says of an answer: clauses, or 'refused' and why."""
    expat: str = ""
    why: str = ""
    """Why the embedded server does not name the clause that is broken."""
    parameters: dict[str, Any] = field(default_factory=dict)
    of_answer: dict[str, Any] | None = None
    """Parameters at the answer, where they are others."""
    image: bool = False
    """It is at a SendImage; at a CreatePostScanJob otherwise."""
    answered: bool = True
    """It is at an answer too, where the alteration can be."""


def has(octets: bytes) -> Callable[[Received], bool]:
    return lambda came: octets in came.body


def matches(pattern: bytes) -> Callable[[Received], Any]:
    return lambda came: re.search(pattern, came.body)


def count(path: str, number: int) -> Callable[[Received], bool]:
    """So many elements of a local name."""
    return lambda came: len(came.root.findall(f".//{{*}}{path}")) == number


def empty(name: str) -> Callable[[Received], bool]:
    """The element of that local name holds neither text nor elements."""
    return lambda came: [(len(each), each.text) for each in came.root.iterfind(f".//{{*}}{name}")] == [(0, None)]


def header(came: Received, name: str) -> str | None:
    return came.root.findtext(f"{{*}}Header/{{*}}{name}")


def text_of(came: Received) -> str:
    """The name that the message has, as lxml reads it."""
    found = came.root.find(".//{*}DocumentRootName")
    return "".join((came.root.find(".//{*}ScannerName") if found is None else found).itertext())  # type: ignore[union-attr]


def same_name(came: Received) -> bool:
    return text_of(came) in (NAME, SCANNER)


def declares(encoding: str) -> Callable[[Received], bool]:
    return lambda came: came.body.startswith(f'<?xml version="1.0" encoding="{encoding}"?>'.encode())


def depth(came: Received) -> int:
    """Of the deepest element, by expat: lxml does not read so deep."""
    import xml.parsers.expat

    here = deepest = 0
    parser = xml.parsers.expat.ParserCreate()

    def start(name: str, attributes: object) -> None:
        nonlocal here, deepest
        here += 1
        deepest = max(here, deepest)

    def end(name: str) -> None:
        nonlocal here
        here -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(came.body, True)
    return deepest


def prefixes(came: Received) -> set[str | None]:
    return {each.prefix for each in came.root.iter(etree.Element)}


def children(came: Received) -> list[str]:
    """Local names of what stands in the Envelope."""
    return [etree.QName(each).localname for each in came.root]


ROWS = (
    # How it becomes octets
    Row(
        "utf-16",
        lambda came: came.body.startswith(b"\xff\xfe<\0") and same_name(came),
        "SOAP message expected",
        "soap/http/charset-of-the-document",
        own="soap/envelope/utf-8",
        why="HTTP says UTF-8, and that is looked at first",
    ),
    Row(
        "bom",
        lambda came: came.body.startswith(b"\xef\xbb\xbf<?xml"),
        strict="soap/envelope/utf-8",
        own="soap/envelope/utf-8",
    ),
    Row("no-declaration", lambda came: came.body.startswith(b"<soap:Envelope") and same_name(came)),
    Row(
        "declared-encoding",
        declares("utf-16"),
        strict="soap/envelope/utf-8",
        zeep="TransportError",
        own="soap/envelope/utf-8",
        expat="encoding specified in XML declaration is incorrect",
    ),
    Row(
        "other-encoding",
        lambda came: declares("iso-8859-1")(came) and b"\xfc" in came.body and same_name(came),
        strict="415",
        own="refused",
        why=REFUSED,
    ),
    Row("xml-1-1", has(b'<?xml version="1.1"')),
    Row(
        "invalid-utf-8",
        has(b"\xe9<"),
        strict="not well-formed",
        zeep="TransportError",
        own="refused",
        expat="not well-formed (invalid token)",
        why=REFUSED,
    ),
    Row(
        "control-character",
        has(b"\x0b<"),
        strict="not well-formed",
        zeep="TransportError",
        own="refused",
        expat="not well-formed (invalid token)",
    ),
    Row(
        "control-character",
        has(b"&#1;<"),
        strict="not well-formed",
        zeep="TransportError",
        own="refused",
        expat="reference to invalid character number",
        parameters={"reference": True, "code": 1},
    ),
    Row(
        "leading-white-space",
        lambda came: came.body.startswith(b"\r\n<?xml"),
        zeep="TransportError",
        expat="XML or text declaration not at start of entity",
    ),
    Row(
        "truncated",
        lambda came: len(came.body) in range(100, 800) and not came.body.endswith(b"Envelope>"),
        SILENT,
        "not well-formed",
        "TransportError",
        "refused",
        "un",
        parameters={"percent": 50},
    ),
    Row(
        "truncated",
        lambda came: len(came.body) == 60,
        SILENT,
        "not well-formed",
        "TransportError",
        "refused",
        "unclosed token",
        parameters={"octets": 60},
    ),
    Row(
        "trailing-octets",
        lambda came: came.body.endswith(b"Envelope>\0"),
        strict="not well-formed",
        zeep="TransportError",
        own="refused",
        expat="not well-formed (invalid token)",
    ),
    Row(
        "empty",
        lambda came: came.body == b"",
        "Data required for operation",
        "not well-formed",
        "TransportError",
        "refused",
        "no element found",
    ),
    # How it is written
    Row("indented", lambda came: b">\n    <" in came.body and same_name(came)),
    Row("wrapped-tags", lambda came: matches(rb"<soap:Envelope\r\n\txmlns")(came) and same_name(came)),
    Row("single-quotes", lambda came: b"xmlns:soap='" in came.body and b'xmlns:soap="' not in came.body),
    Row(
        "expanded-empty",
        lambda came: came.root.find(f"{BODY}/*") is not None and b"></xop:Include>" in came.body,
        image=True,
        answered=False,
    ),
    Row(
        "doctype",
        has(b"<!DOCTYPE soap:Envelope>"),
        strict="document type declaration",
        own="refused",
        why=REFUSED,
    ),
    Row(
        "entities",
        lambda came: b"&value;</" in came.body and b"<!ENTITY value" in came.body,
        "InvalidArgs",
        "document type declaration",
        "EntitiesForbidden",
        "refused",
        why=REFUSED,
    ),
    Row(
        "processing-instruction",
        lambda came: came.root.getprevious() is not None,
        strict="soap/envelope/no-processing-instructions",
        own="soap/envelope/no-processing-instructions",
    ),
    Row(
        "processing-instruction",
        lambda came: came.root.find(BODY).xpath("processing-instruction()"),  # type: ignore[union-attr]
        strict="soap/envelope/no-processing-instructions",
        zeep="AttributeError",
        own="soap/envelope/no-processing-instructions",
        parameters={"inside": True},
    ),
    Row("comments", lambda came: came.body.count(b"<!-- <soap:Envelope>") == 4 and same_name(came)),
    Row("comment-in-values", lambda came: came.body.count(b"<!-- half -->") > 0),
    Row("cdata", lambda came: b"<![CDATA[" in came.body and same_name(came)),
    Row("character-references", lambda came: b"&#x52;" in came.body or b"&#x53;" in came.body),
    Row(
        "deep-nesting",
        lambda came: depth(came) == 302,
        strict="Excessive depth",
        zeep="TransportError",
        own="refused",
    ),
    Row("deep-nesting", lambda came: depth(came) == 52, parameters={"depth": 50}),
    Row(
        "large",
        lambda came: len(came.body) >= 40_000,
        why="the reader takes megabytes, for an image that stands in the envelope as base64",
    ),
    # Prefixes and namespaces
    Row("odd-prefixes", lambda came: all((each or "").startswith("q._-") for each in prefixes(came))),
    Row("default-namespace", lambda came: prefixes(came) == {None} and same_name(came)),
    Row("one-prefix", lambda came: prefixes(came) == {"n"} and same_name(came)),
    Row(
        "namespaces-on-the-envelope",
        lambda came: came.body.rindex(b" xmlns") < came.body.index(b"Header>") and same_name(came),
    ),
    Row(
        "undeclared-prefix",
        matches(rb"Body><ns\d:"),
        "ActionNotSupported",
        "Namespace prefix",
        "TransportError",
        "refused",
        "unbound prefix",
    ),
    Row("xsi-type", has(b'xsi:type="xsd:string"')),
    Row(
        "unknown-attribute",
        has(b' unheard-of="dsm-emulator"'),
        why="attributes that nobody knows are passed over",
    ),
    Row(
        "other-namespace",
        has(b'="urn:example:another"'),
        "ActionNotSupported",
        "UserIdentifier: missing",
        "AttributeError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "namespace-2006-01",
        lambda came: came.root.find(f"{BODY}/{{{WSCN_2006_01}}}GetScannerElementsResponse") is not None,
        zeep="AttributeError",
        own="bdsrr/6.2/namespace-of-each-element",
        why="it is said of answers",
    ),
    Row(
        "element-without-namespace",
        matches(rb"<(UserIdentifier|ScannerElements)[ >]"),
        "tag name or namespace mismatch",
        "UserIdentifier: missing",
        own="refused",
        why=CONTENT,
    ),
    Row(
        "element-of-another-namespace",
        has(b'="urn:example:another"'),
        "tag name or namespace mismatch",
        "UserIdentifier: missing",
        "AttributeError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "addressing-2005",
        has(b'="http://www.w3.org/2005/08/addressing"'),
        strict="MessageInformationHeaderRequired",
        own="refused",
        why="a service of 2004/08 finds no Action there, and says so",
    ),
    Row(
        "soap-1.1",
        has(b'="http://schemas.xmlsoap.org/soap/envelope/"'),
        strict="soap11:VersionMismatch",
        zeep="XMLSyntaxError",
        own="soap/envelope/namespace",
        why="SOAP has a fault of its own for it",
    ),
    # Elements
    Row(
        "unknown-element",
        count("Unheard-of", 1),
        "tag name or namespace mismatch",
        "bdsrr/6.2/no-other-elements",
        own="bdsrr/6.2/no-other-elements",
    ),
    Row(
        "unknown-element",
        lambda came: came.root.find(".//{urn:example:vendor}Hint") is not None,
        "tag name or namespace mismatch",
        why="the schema lets elements of foreign namespaces stand there, and gSOAP was told not to",
        parameters={"named": "Hint", "namespace": "urn:example:vendor"},
    ),
    Row(
        "element-missing",
        lambda came: not came.root.findall(".//{*}UserIdentifier") and not came.root.findall(".//{*}ElementData"),
        "occurrence constraint violation",
        "UserIdentifier: missing",
        "AttributeError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "element-missing",
        lambda came: not came.root.findall(".//{*}DocumentRootName") and not came.root.findall(".//{*}ScannerName"),
        "occurrence constraint violation",
        "DocumentRootName: missing",
        "AttributeError",
        "bdsrr/6.2/required-elements",
        parameters={"element": "PostScanInstructions/DocumentRootName"},
        of_answer={"element": "ScannerName"},
        why=CONTENT,
    ),
    Row(
        "element-twice",
        lambda came: (
            len(came.root.findall(".//{*}UserIdentifier") + came.root.findall(".//{*}ScannerElements")) == 2
        ),
        "tag name or namespace mismatch",
        "bdsrr/6.2/once-where-it-says-once",
        own="bdsrr/6.2/once-where-it-says-once",
    ),
    Row(
        "element-order",
        lambda came: came.body.index(b"PSP_Identifier>") < came.body.index(b"UserIdentifier>"),
        strict="bdsrr/6.2/order-of-elements",
        answered=False,
    ),
    Row(
        "element-misplaced",
        lambda came: (
            "UserIdentifier" in [etree.QName(each).localname for each in came.root[0]]
            or "ScannerElements" in [etree.QName(each).localname for each in came.root[0]]
        ),
        "occurrence constraint violation",
        "UserIdentifier: missing",
        "AttributeError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "element-spelling",
        matches(rb":(useridentifier|scannerelements)>"),
        "tag name or namespace mismatch",
        "UserIdentifier: missing",
        "XMLParseError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "element-value",
        has(b">no such value<"),
        "InvalidArgs",
        "nobody known",
        "AttributeError",
        "soap/envelope/elements-alone",
        why="the value has the form of its type, and is nobody's",
    ),
    Row(
        "element-value",
        has(b"DocumentId>one</"),
        "invalid value in element",
        "'one' is no integer",
        parameters={"element": "DocumentDescription/DocumentId", "value": "one"},
        image=True,
        answered=False,
        why=CONTENT,
    ),
    Row(
        "element-empty",
        lambda came: empty("UserIdentifier")(came) or empty("ScannerElements")(came),
        "InvalidArgs",
        "nobody known",
        "AttributeError",
        "bdsrr/6.2/required-elements",
        why="it is no keyword",
    ),
    Row(
        "element-empty",
        empty("Format"),
        strict="Format: is empty",
        parameters={"element": "Format"},
        image=True,
        answered=False,
        why=CONTENT,
    ),
    Row(
        "white-space",
        matches(rb">\n  \S[^<]*\n</"),
        "InvalidArgs",
        "dsp/wire/no-white-space-around-values",
        f"\n  {SCANNER}\n",
    ),
    Row(
        "text-between-elements",
        matches(rb"(CreatePostScanJobRequest|GetScannerElementsResponse)[^>]*>stray<"),
        "closing tag expected",
        "soap/envelope/elements-alone",
        own="soap/envelope/elements-alone",
    ),
    Row(
        "empty-body",
        lambda came: len(came.root.find(BODY)) == 0,  # type: ignore[arg-type]
        "ActionNotSupported",
        "InvalidArgs",
        "IndexError",
        "refused",
        why=CONTENT,
    ),
    Row(
        "body-twice",
        lambda came: len(came.root.find(BODY)) == 2,  # type: ignore[arg-type]
        "closing tag expected",
        "dsp/wire/one-element-in-the-body",
        own="dsp/wire/one-element-in-the-body",
    ),
    Row(
        "header-last",
        lambda came: children(came) == ["Body", "Header"],
        "closing tag expected",
        "bdsrr/6.2/order-of-elements",
        own="bdsrr/6.2/order-of-elements",
    ),
    Row(
        "no-header",
        lambda came: children(came) == ["Body"],
        "MessageInformationHeaderRequired",
        "MessageInformationHeaderRequired",
        own="refused",
        why="WS-Addressing has a fault of its own for it",
    ),
    # Headers
    Row(
        "message-id-missing",
        lambda came: header(came, "MessageID") is None,
        "MessageInformationHeaderRequired",
        "addressing/message-id/required",
        own="addressing/message-id/required",
    ),
    Row(
        "message-id-twice",
        count("MessageID", 2),
        strict="InvalidMessageInformationHeader",
        own="refused",
    ),
    Row(
        "message-id-repeated",
        lambda came: header(came, "MessageID") == "urn:uuid:5e1f5e1f-5e1f-4e1f-8e1f-5e1f5e1f5e1f",
        why="over HTTP a repeated request is a repeated request: nobody drops one for its MessageID",
    ),
    Row(
        "message-id-of-the-request",
        lambda came: header(came, "MessageID") == header(came, "RelatesTo"),
        why="it is said of answers",
    ),
    Row(
        "message-id-form",
        lambda came: (header(came, "MessageID") or "").startswith("uuid:"),
        strict="discovery/message-id/urn-uuid",
        own="discovery/message-id/urn-uuid",
    ),
    Row(
        "action-missing",
        lambda came: header(came, "Action") is None,
        "MessageInformationHeaderRequired",
        "MessageInformationHeaderRequired",
        own="refused",
        why="WS-Addressing has a fault of its own for it",
    ),
    Row(
        "action-wrong",
        lambda came: header(came, "Action") == "http://elsewhere.invalid/NoSuchOperation",
        "ActionNotSupported",
        "ActionNotSupported",
        why="WS-Addressing has a fault of its own for it",
    ),
    Row(
        "to-missing",
        lambda came: header(came, "To") is None,
        "MessageInformationHeaderRequired",
        "addressing/to/of-a-request",
        own="addressing/to/of-a-request",
    ),
    Row(
        "to-wrong",
        lambda came: header(came, "To") == "http://elsewhere.invalid/nobody",
        "DestinationUnreachable",
        "DestinationUnreachable",
        why="WS-Addressing has a fault of its own for it",
    ),
    Row(
        "relates-to-missing",
        lambda came: header(came, "RelatesTo") is None,
        own="addressing/relates-to/of-a-response",
        why="it is said of answers",
    ),
    Row(
        "relates-to-wrong",
        lambda came: header(came, "RelatesTo") == "urn:uuid:0",
        own="addressing/relates-to/of-a-response",
        why="it is said of answers",
        parameters={"id": "urn:uuid:0"},
    ),
    Row(
        "reply-to-elsewhere",
        lambda came: came.root.findtext(".//{*}ReplyTo/{*}Address") == "http://elsewhere.invalid/nobody",
        "202",
        "addressing/reply-to/anonymous-or-absent",
    ),
    Row(
        "fault-to-elsewhere",
        lambda came: came.root.findtext(".//{*}FaultTo/{*}Address") == "http://elsewhere.invalid/nobody",
        strict="addressing/fault-to/anonymous-or-absent",
    ),
    Row(
        "reply-to-as-text",
        lambda came: (header(came, "ReplyTo") or "").endswith("/role/anonymous"),
        "closing tag expected",
        "bdsrr/6.2/required-elements",
    ),
    Row(
        "must-understand-unknown",
        count("Unheard-of", 1),
        "must be understood but cannot be processed",
        "soap:MustUnderstand",
        own="refused",
    ),
    Row("unknown-header", count("Unheard-of", 1)),
    Row("must-understand-addressing", lambda came: came.body.count(b'soap:mustUnderstand="true"') == 2),
    Row("must-understand-unqualified", lambda came: came.body.count(b' mustUnderstand="1"') == 2),
    Row(
        "header-order",
        lambda came: etree.QName(came.root[0][-1]).localname == "To",
    ),
    Row(
        "address-white-space",
        matches(rb"Action>\n  http"),
        "ActionNotSupported",
        "addressing/address/no-white-space-around",
        own="addressing/address/no-white-space-around",
    ),
)
ALTERATIONS = alterations_but_of_devices(At.ENVELOPE)


def of(kind: str) -> list[Any]:
    """The rows of which requests, or answers, can be."""
    rows = [row for row in ROWS if kind in ALTERATIONS[row.name].of and (row.answered or kind == "request")]
    if kind == "request":
        rows = [row for row in rows if row.name != "namespace-2006-01"]  # of WS-Scan, which a client does not speak
    names: dict[str, int] = {}
    ids = []
    for row in rows:
        names[row.name] = names.get(row.name, 0) + 1
        ids.append(row.name if names[row.name] == 1 else f"{row.name}-{names[row.name]}")
    return [pytest.param(row, id=id) for row, id in zip(rows, ids, strict=True)]


def test_every_alteration_of_envelopes_stands_in_the_table() -> None:
    assert {row.name for row in ROWS} == set(ALTERATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_why_no_clause_is_named(row: Row) -> None:
    clause = ALTERATIONS[row.name].clause
    assert row.why or clause in ("", row.strict)


def asked(row: Row, bench: Bench, url: str, limits: TimeLimits = LIMITS) -> Said:
    """What a server says of the request."""
    plan = plan_of(ALTERATIONS[row.name], "SendImage" if row.image else "CreatePostScanJob", row.parameters)
    if not row.image:
        return bench.create(url, plan, limits)
    return bench.send_image(url, "token" if url == bench.raw.url else bench.job(url), plan, limits)


@pytest.mark.parametrize("row", of("request"))
def test_a_request_as_bare_readers_get_it(row: Row, bench: Bench) -> None:
    assert asked(row, bench, bench.raw.url).status == 202
    came = bench.raw.received.pop()
    envelope = Received({}, came.parts[0].get_payload(decode=True)) if row.image else came  # type: ignore[arg-type]
    assert row.seen(envelope), envelope.body
    assert row.expat in envelope.expat if row.expat else not envelope.expat


def test_no_row_is_true_of_a_message_that_is_not_altered(bench: Bench) -> None:
    bench.create(bench.raw.url, b"")
    bench.send_image(bench.raw.url, "token", b"")
    created, sent = bench.raw.received.pop(-2), bench.raw.received.pop()
    image = Received({}, sent.parts[0].get_payload(decode=True))  # type: ignore[arg-type]
    given = [(each.values[0], image if each.values[0].image else created) for each in of("request")]
    given += [(each.values[0], bench.elements()) for each in of("answer")]
    assert not [row.name for row, plain in given if is_seen(row.seen, plain)]


@pytest.mark.parametrize("row", of("request"))
def test_a_request_as_a_scan_server_of_another_make_gets_it(
    row: Row, bench: Bench, gsoap_server: GsoapServer
) -> None:
    limits = IMPATIENT if row.gsoap == SILENT else LIMITS
    answer = asked(row, bench, gsoap_server.service_url, limits)
    assert answer.is_said(row.gsoap), answer


@pytest.mark.parametrize("row", of("request"))
def test_a_request_as_the_embedded_server_refuses_it(row: Row, bench: Bench) -> None:
    answer = asked(row, bench, bench.server.service_url)
    assert answer.is_said(row.strict), answer


@pytest.mark.parametrize("row", of("answer"))
def test_an_answer_as_clients_get_it(row: Row, bench: Bench) -> None:
    parameters = row.parameters if row.of_answer is None else row.of_answer
    plan = plan_of(ALTERATIONS[row.name], "GetScannerElements", parameters)
    with bench.disturbed(plan) as ledger:
        came = bench.elements()
        by_zeep = bench.zeep_elements()
    assert row.seen(came), came.body
    assert [each.count for each in ledger.firings] == [1, 2]
    assert row.zeep in by_zeep
    own = bench.own_client(plan)
    assert row.own in own if row.own else not own


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("expanded-empty", {}, "expanded-empty changes nothing in this message"),
        ("element-missing", {"element": "NoSuchThing"}, "there is no NoSuchThing in this message"),
        ("element-order", {"element": "ScannerElements"}, "has no two elements to swap"),
    ],
)
def test_what_cannot_be_altered_is_told_and_no_lie(
    name: str, parameters: dict[str, Any], told: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    with bench.disturbed(plan_of(ALTERATIONS[name], "GetScannerElements", parameters)):
        came = bench.elements()
    assert came.root.findtext(".//{*}Subcode/{*}Value", "").endswith("ServerErrorInternalError")
    assert told in caplog.text


def test_two_alterations_act_in_the_order_of_the_plan(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    of_elements = plan_of(ALTERATIONS["element-missing"], "GetScannerElements", {"element": "ScannerName"})
    of_octets = plan_of(ALTERATIONS["doctype"], "GetScannerElements", {})
    for plan in (of_elements + b"\n" + of_octets, of_octets + b"\n" + of_elements):
        with bench.disturbed(plan):
            came = bench.elements()
        assert b"<!DOCTYPE" in came.body and b"ScannerName" not in came.body
    # What is no UTF-8 any more cannot be altered as XML: that comes before.
    of_encoding = plan_of(ALTERATIONS["utf-16"], "GetScannerElements", {})
    with bench.disturbed(of_encoding + b"\n" + of_elements):
        assert b"ServerErrorInternalError" in bench.elements().body
    assert "comes last in a plan" in caplog.text


@pytest.mark.parametrize(
    ("name", "read", "own"),
    [
        ("odd-prefixes", True, ""),
        ("relates-to-wrong", True, "addressing/relates-to/of-a-response"),
        ("body-twice", True, "dsp/wire/one-element-in-the-body"),
        ("soap-1.1", False, "soap/envelope/namespace"),
        ("doctype", True, "document type declaration"),
        ("element-missing", False, "JobToken: missing"),
    ],
)
def test_an_answer_of_the_embedded_server_as_clients_get_it(name: str, read: bool, own: str, bench: Bench) -> None:
    """CreatePostScanJob, asked by zeep and by our own client."""
    plan = plan_of(ALTERATIONS[name], "CreatePostScanJob", {})
    with bench.server_disturbed(plan) as ledger:
        by_zeep, by_us = bench.zeep_job(), bench.own_job()
    assert bool(re.fullmatch(r"[0-9a-fA-F{}-]{36,38}", by_zeep)) == read, by_zeep
    assert own in by_us if own else by_us == ""
    # The server's faults are counted for each JobToken; this request has none yet.
    assert [(each.count, each.passes.conversation) for each in ledger.firings][:2] == [(1, ""), (2, "")]


async def test_an_event_of_a_device_is_altered_on_its_way_to_a_subscriber() -> None:
    sink = Sink()
    layers = Layers()
    ledger = Ledger(read_plan(plan_of(ALTERATIONS["soap-1.1"], "*", {}), "plan.toml").for_roles({Role.DEVICE}))
    events = EventsBench(by_host({"/sink": sink}), layers=layers)
    await events.subscribed(notify_to="http://127.0.0.1:9/sink")
    disturb(ledger, {Role.DEVICE}, layers, "MFP")
    events.storm("rain")
    await until(lambda: bool(sink.messages), 30)
    assert sink.messages[0].tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert len(ledger.firings) == 1
