"""Mutants of HTTP and of what the envelopes are like."""

from __future__ import annotations

from typing import Any

from lxml import etree
from mutant import Mutant, altered, attribute, header_last, octets, rewritten, with_status

WIRE = ("soap/*", "dsp/wire/*", "dsc/wire/*", "dsp/fault/*", "bdsrr/6.2/*", "notes/c-06/*")
ASKS = "GetPostScanJobElements"


def _pre_release(data: bytes) -> bytes:
    return data.replace(b"</soap:Header>", b'<x xmlns="http://www.w3.org/2003/05/soapelope"/></soap:Header>')


def _of_soap_1_1(root: Any) -> None:
    for each in root.iter("{http://www.w3.org/2003/05/soap-envelope}*"):
        each.tag = each.tag.replace("http://www.w3.org/2003/05/soap-envelope", "urn:example:soap")


def _with_text(root: Any) -> None:
    root[1].text = "some text"


def _with_two(root: Any) -> None:
    root[1].append(etree.Element("{urn:example:more}More"))


def _status(status: int) -> Any:
    return altered("fault-status", "exchange", status=status)


MUTANTS = (
    Mutant("soap/envelope/namespace", "another", (rewritten(_of_soap_1_1, "Probe"),), also=("*",)),
    Mutant("dsp/wire/pre-release-names-never", "soapelope", (octets(_pre_release),), also=WIRE),
    Mutant("notes/c-06/fault-example-never-sent", "soapelope", (octets(_pre_release),), also=WIRE),
    Mutant(
        "soap/envelope/utf-8",
        "declared as another",
        (altered("declared-encoding", encoding="ISO-8859-1"),),
        also=WIRE,
    ),
    Mutant("soap/envelope/no-processing-instructions", "one", (altered("processing-instruction"),), also=WIRE),
    Mutant("soap/envelope/elements-alone", "text", (rewritten(_with_text),), also=WIRE),
    Mutant("soap/envelope/header-then-body", "the Header last", (rewritten(header_last),), also=WIRE),
    Mutant("soap/envelope/size", "more", (altered("large"),), also=WIRE),
    Mutant(
        "soap/http/content-type",
        "text/xml",
        (altered("wrong-content-type", "exchange", content_type="text/xml"),),
        also=WIRE,
    ),
    Mutant(
        "soap/http/charset-of-the-document",
        "utf-16",
        (altered("wrong-content-type", "exchange", content_type="application/soap+xml; charset=utf-16"),),
        also=WIRE,
    ),
    Mutant(
        "soap/http/action-of-the-envelope",
        "another",
        (
            altered(
                "wrong-content-type",
                "exchange",
                content_type="application/soap+xml; charset=utf-8; action=urn:other",
            ),
        ),
        also=WIRE,
    ),
    Mutant("soap/http/answer-200", "202", (with_status(202),), also=WIRE),
    Mutant("soap/http/sender-fault-400", "200", (_status(200),), also=WIRE),
    Mutant("soap/http/other-faults-500", "400", (_status(400),), also=WIRE),
    Mutant("dsp/fault/http-status", "200", (_status(200),), also=WIRE),
    Mutant(
        "dsp/fault/reason-in-english",
        "in German",
        (
            rewritten(
                attribute("//soap:Reason/soap:Text", "{http://www.w3.org/XML/1998/namespace}lang", "de"),
                faults=True,
            ),
        ),
        also=WIRE,
    ),
    Mutant("dsp/wire/one-element-in-the-body", "two", (rewritten(_with_two, ASKS),), also=WIRE),
    Mutant(
        "dsc/wire/document-literal",
        "an encoding",
        (
            rewritten(
                attribute("//soap:Body/*", "{http://www.w3.org/2003/05/soap-envelope}encodingStyle", "urn:x"), ASKS
            ),
        ),
        also=WIRE,
    ),
)
