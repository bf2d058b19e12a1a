"""What HTTP and the envelope of each answer are like."""

from __future__ import annotations

import codecs
import re
from typing import Final

from lxml import etree

from emulator.conformance.check import invariant
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.kinds import (
    a_datagram,
    a_fault,
    a_receiver_fault,
    answers,
    by_http,
    dsp_faults,
    faults,
    messages,
    other_faults,
    responses,
    said,
    sender_faults,
)
from emulator.conformance.mime import media_type, parameter
from emulator.conformance.names import SOAP
from emulator.conformance.reading import path_to

MOST_OCTETS: Final = 32767
"""[soap/envelope/size]"""
PRE_RELEASE: Final = (
    b"http://www.w3.org/2003/05/soapelope",
    b"http://schemas.microsoft.com/windows/2008/02/wdp/repository/processing",
)


def _octets(exchange: Exchange) -> bytes:
    """The envelope as it came."""
    if exchange.incoming:
        return exchange.as_sent.parts[0].data if exchange.package_type else exchange.request
    return exchange.parts[0].data if exchange.parts else exchange.body


@invariant("soap/envelope/namespace", over=messages, provoke=a_datagram)
def envelope_namespace(exchange: Exchange) -> None:
    """The Envelope is that of SOAP 1.2."""
    namespace = said(exchange).namespace
    require(namespace == SOAP, f"an Envelope of {namespace or 'no namespace'}", SOAP, [exchange], "/Envelope")


@invariant("dsp/wire/pre-release-names-never", "notes/c-06/fault-example-never-sent", over=messages)
def pre_release_names(exchange: Exchange) -> None:
    """The two names of the time before the release do not occur."""
    for name in PRE_RELEASE:
        require(name not in _octets(exchange), f"the namespace {name.decode()}", "it is never sent", [exchange])


@invariant("soap/envelope/utf-8", over=messages, provoke=a_datagram)
def utf_8(exchange: Exchange) -> None:
    """The envelope is in UTF-8, and says nothing else."""
    octets = _octets(exchange)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise_not_utf_8(exchange)
        return
    declared = re.match(r"\ufeff?<\?xml[^>]*encoding=[\"']([^\"']*)", text)
    said_so = "utf-8" if declared is None else declared[1].lower()
    require(said_so == "utf-8", f"an XML declaration that says {said_so}", "UTF-8", [exchange])


def raise_not_utf_8(exchange: Exchange) -> None:
    """The octets are no UTF-8."""
    require(False, "octets that are no UTF-8", "UTF-8", [exchange])


@invariant("soap/envelope/document-type-never-sent", over=messages, provoke=a_datagram)
def no_document_type(exchange: Exchange) -> None:
    """No message has a document type declaration."""
    require(not said(exchange).doctype, "a document type declaration", "none", [exchange])


@invariant("soap/envelope/no-processing-instructions", over=messages, provoke=a_datagram)
def no_processing_instructions(exchange: Exchange) -> None:
    """No processing instruction stands in or beside the envelope."""
    require(not said(exchange).instructions, "a processing instruction", "none", [exchange])


@invariant("soap/envelope/elements-alone", over=messages, provoke=a_datagram)
def elements_alone(exchange: Exchange) -> None:
    """Between elements stands white space alone."""
    for each in said(exchange).root.iter(etree.Element):
        if len(each) and isinstance(each.tag, str) and "Text" not in each.tag:
            beside = (each.text or "") + "".join(child.tail or "" for child in each)
            require(
                not beside.strip(), f"the text {beside.strip()[:40]!r} between elements", "none", [exchange], each
            )


@invariant("soap/envelope/header-then-body", over=messages, provoke=a_datagram)
def header_then_body(exchange: Exchange) -> None:
    """The Envelope has a Header or none, then a Body, and nothing else."""
    envelope = said(exchange)
    children = [each.tag for each in envelope.root.iterchildren(etree.Element)]
    header, body = (f"{{{envelope.namespace}}}{name}" for name in ("Header", "Body"))
    names = ", ".join(etree.QName(each).localname for each in children) or "nothing"
    require(children in ([header, body], [body]), names, "Header, Body", [exchange], "/Envelope")


@invariant("soap/envelope/size", over=messages, provoke=a_datagram)
def size(exchange: Exchange) -> None:
    """The envelope has at most 32767 octets."""
    count = len(_octets(exchange))
    require(count <= MOST_OCTETS, f"{count} octets", f"at most {MOST_OCTETS}", [exchange])


@invariant("soap/http/content-type", over=by_http(answers))
def content_type(exchange: Exchange) -> None:
    """Content-Type is application/soap+xml; charset=utf-8."""
    came = exchange.content_type
    right = media_type(came) == "application/soap+xml" and parameter(came, "charset").lower() in ("utf-8", "")
    require(
        right or bool(exchange.parts), f"Content-Type {came or 'is missing'}", "application/soap+xml", [exchange]
    )


@invariant("soap/http/charset-of-the-document", over=by_http(messages))
def charset(exchange: Exchange) -> None:
    """The parameter charset is the encoding of the document."""
    came = exchange.as_sent.content_type if exchange.incoming else exchange.content_type
    named, octets = parameter(came, "charset").lower() or "utf-8", _octets(exchange)
    declared = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=[\"']([^\"']*)", octets)
    own = "utf-8" if declared is None else declared[1].decode("ascii", "replace")
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        own = "utf-16"
    try:
        octets.decode(named)
        right = codecs.lookup(named).name in (codecs.lookup(own).name, "ascii")
    except (LookupError, UnicodeDecodeError):
        right = False
    require(right, f"charset={named} of an envelope in {own}", "the encoding of the document", [exchange])


@invariant("soap/http/action-of-the-envelope", over=by_http(answers))
def action_of_http(exchange: Exchange) -> None:
    """An action in Content-Type is that of the envelope."""
    told = parameter(exchange.content_type, "action")
    require(told in ("", said(exchange).action), f"action={told}", said(exchange).action, [exchange])


@invariant("soap/http/answer-200", over=by_http(responses))
def answer_200(exchange: Exchange) -> None:
    """An answer that is no fault has the status 200."""
    require(exchange.status == 200, f"HTTP {exchange.status}", "HTTP 200", [exchange])


@invariant("soap/http/sender-fault-400", over=sender_faults, provoke=a_fault)
def sender_fault_400(exchange: Exchange) -> None:
    """A fault of the code Sender has the status 400."""
    require(exchange.status == 400, f"HTTP {exchange.status}", "HTTP 400", [exchange])


@invariant("soap/http/other-faults-500", over=other_faults, provoke=a_receiver_fault)
def other_fault_500(exchange: Exchange) -> None:
    """A fault of another code has the status 500."""
    require(exchange.status == 500, f"HTTP {exchange.status}", "HTTP 500", [exchange])


@invariant("dsp/fault/http-status", over=dsp_faults, provoke=a_fault)
def fault_status(exchange: Exchange) -> None:
    """400 for Sender, 500 for Receiver."""
    fault = said(exchange).fault
    assert fault is not None
    wanted = 400 if fault.code.local == "Sender" else 500
    require(
        exchange.status == wanted,
        f"HTTP {exchange.status} with soap:{fault.code.local}",
        f"HTTP {wanted}",
        [exchange],
    )


@invariant("dsp/fault/reason-in-english", over=faults, provoke=a_fault)
def reason_in_english(exchange: Exchange) -> None:
    """The fault has a reason that says xml:lang en."""
    fault = said(exchange).fault
    assert fault is not None
    languages = [lang for lang, text in fault.reasons if text.strip()]
    found = f"soap:Text with xml:lang {', '.join(languages) or 'of none'}"
    english = any(each.lower() == "en" or each.lower().startswith("en-") for each in languages)
    require(
        english,
        found,
        "a reason in English with xml:lang en",
        [exchange],
        "/soap:Envelope/soap:Body/soap:Fault/soap:Reason",
    )


@invariant("dsp/wire/one-element-in-the-body", over=messages)
@invariant("dsc/wire/document-literal", over=messages)
def one_element_in_the_body(exchange: Exchange) -> None:
    """The Body holds one element, without an encoding of SOAP."""
    envelope = said(exchange)
    if not envelope.action.startswith("http://schemas.microsoft.com/") and envelope.fault is None:
        return  # of other documents some have none
    count = len(envelope.contents)
    require(count == 1, f"{count} elements in the Body", "one", [exchange], "/soap:Envelope/soap:Body")
    encoded = [each for each in envelope.root.iter() if each.get(f"{{{SOAP}}}encodingStyle") is not None]
    require(
        not encoded,
        "soap:encodingStyle",
        "document style, literal",
        [exchange],
        path_to(encoded[0]) if encoded else "",
    )
