"""Mutants of Probe, Get, eventing, headers and envelopes: those of the scan server, at a device; and where a device
needs another one for that, its own."""

from __future__ import annotations

from typing import Any

from device_plugs import refuses, says, spoilt, wrong
from lxml import etree
from mutant import text, without
from mutants_envelopes import MUTANTS as ENVELOPES
from mutants_eventing import MUTANTS as EVENTING
from mutants_headers import MUTANTS as HEADERS
from mutants_metadata import MUTANTS as METADATA

from emulator.conformance.check import Subject, all_checks

CHECKS = all_checks(Subject.DEVICE)
EVENTS = ("JobStatusEvent", "JobEndStateEvent")
SOAP_TYPE = "application/soap+xml; charset=utf-8"
NO_MARK = says(without("//soap:Header/*[local-name()='Mark']"), *EVENTS)
ONE_GET = refuses("Get", later=1)


def of_2005(root: Any) -> None:
    """The headers are those of WS-Addressing 1.0."""
    octets = etree.tostring(root).replace(
        b"http://schemas.xmlsoap.org/ws/2004/08/addressing", b"http://www.w3.org/2005/08/addressing"
    )
    altered = etree.fromstring(octets)
    root[:] = altered[:]


def typed(content_type: str) -> Any:
    """Answers that tell of the scanner say to be of another type."""
    return spoilt("wrong-content-type", "exchange", content_type=content_type, operation="GetScannerElements")


OWN = (
    wrong("dpws/get/without-discovery", "once alone", ONE_GET),
    wrong("wsdapi/wsdbit/get-without-discovery", "once alone", ONE_GET),
    wrong("dpws/get/to-the-url-accepted", "once alone", ONE_GET),
    wrong("eventing/filter/matches-by-whole-segments", "refused", refuses("Subscribe")),
    wrong("addressing/action/of-an-event", "another", says(text("//wsa:Action", "urn:example:other"), *EVENTS)),
    wrong("addressing/to/of-an-event", "another", says(text("//wsa:To", "urn:example:other"), *EVENTS)),
    wrong("eventing/delivery/reference-parameters", "missing", NO_MARK),
    wrong("addressing/reference-parameters/copied-as-headers", "missing", NO_MARK),
    wrong("addressing/namespace/of-2004-08", "that of 2005", says(of_2005)),
    wrong("eventing/delivery/push", "refused", refuses("Subscribe")),
    wrong("soap/http/content-type", "text/xml", typed("text/xml")),
    wrong("soap/http/charset-of-the-document", "utf-16", typed("application/soap+xml; charset=utf-16")),
    wrong("soap/http/action-of-the-envelope", "another", typed(f"{SOAP_TYPE}; action=urn:other")),
)
_OWN_IDS = {each.caught_by for each in OWN}
MUTANTS = (
    *OWN,
    *(
        each
        for each in (*METADATA, *EVENTING, *HEADERS, *ENVELOPES)
        if each.caught_by in CHECKS and each.caught_by not in _OWN_IDS
    ),
)
