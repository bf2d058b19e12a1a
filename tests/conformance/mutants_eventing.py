"""Mutants of WS-Eventing and of the events of a job."""

from __future__ import annotations

from typing import Any

from mutant import (
    NAMESPACES,
    Mutant,
    altered,
    at,
    changed_request,
    fault_rewritten,
    no_events,
    not_done,
    rewritten,
    swapped,
    text,
    twice,
    unsupported,
    with_child,
    without,
)

STATUS, END = "PostScanJobStatusEvent", "PostScanJobEndStateEvent"
EVENTS = (
    "eventing/*",
    "dsp/event/*",
    "dsp/job-*",
    "bdsrr/3.2.4.*",
    "wsdapi/*",
    "addressing/*",
    "notes/*",
    "bdsrr/6.2/*",
    "dsc/*",
    "soap/*",
    "dsp/*",
)
ACTIONS = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
SAME = "urn:uuid:5d1e8f3a-0000-4000-8000-000000000001"


def _said(id: str, does: str, change: Any, *operations: str) -> Mutant:
    return Mutant(id, does, (rewritten(change, *operations, faults=False),), also=EVENTS)


def _faulted(id: str) -> Mutant:
    return Mutant(id, "no subcode", (fault_rewritten(without("//soap:Subcode")),), also=EVENTS)


def _with_filter(value: str) -> Any:
    def change(body: Any) -> None:
        for each in body.findall("{*}Filter"):
            each.text = value

    return changed_request("Subscribe", change)


def _filter_added(body: Any) -> None:
    if body.find("{*}Filter") is None:
        made = body.makeelement(f"{{{NAMESPACES['wse']}}}Filter", Dialect=f"{NAMESPACES['wsdp']}/Action")
        made.text = f"{ACTIONS}/{STATUS}"
        body.append(made)


def _no_prefixes(body: Any) -> None:
    for each in body.findall("{*}Filter"):
        each.text = " ".join(name for name in (each.text or "").split() if name != ACTIONS) or f"{ACTIONS}/{STATUS}"


def _ten_minutes(body: Any) -> None:
    for each in body.findall("{*}Expires"):
        each.text = "PT10M"


def _swapped_states(root: Any) -> None:
    for each in at(root, "//dsp:JobState"):
        each.text = {"Creating": "Processing", "Processing": "Pending"}.get(each.text, each.text)


ONE_SECOND = text("//wse:SubscribeResponse/wse:Expires", "PT1S")

MUTANTS = (
    *(
        Mutant(id, "not supported", (unsupported("Subscribe"),), also=EVENTS)
        for id in (
            "eventing/subscribe/supported",
            "dsc/wire/event-source",
            "wsdapi/wsdbit/subscribe-and-renew-with-duration",
        )
    ),
    _said("eventing/subscribe/response", "another order", swapped("//wse:SubscribeResponse"), "Subscribe"),
    _said("eventing/subscribe/identifier", "the same", text("//wse:Identifier", SAME), "Subscribe"),
    _said(
        "eventing/subscribe/identifier-of-a-uuid",
        "a number",
        text("//wse:Identifier", "urn:example:1"),
        "Subscribe",
    ),
    _said("eventing/namespace/of-2004-08", "another", text("//wsa:Action", "urn:other"), "Subscribe"),
    _said(
        "eventing/expires/duration-answered-with-a-duration",
        "a time",
        text("//wse:Expires", "2099-01-01T00:00:00Z"),
        "Subscribe",
    ),
    _said(
        "eventing/expires/date-time-answered-with-a-date-time",
        "a duration",
        text("//wse:Expires", "PT1H"),
        "Subscribe",
    ),
    Mutant("eventing/filter/absent", "one of them", (changed_request("Subscribe", _filter_added),), also=EVENTS),
    Mutant(
        "eventing/filter/matches-by-whole-segments",
        "as strings",
        (changed_request("Subscribe", _no_prefixes),),
        also=EVENTS,
    ),
    Mutant("dsp/event/only-to-subscribers", "all", (_with_filter(ACTIONS),), also=EVENTS),
    Mutant("eventing/renew/supported", "not supported", (unsupported("Renew"),), also=EVENTS),
    Mutant("eventing/get-status/supported", "not supported", (unsupported("GetStatus"),), also=EVENTS),
    _said("wsdapi/eventing/get-status", "no time", without("//wse:Expires"), "GetStatus"),
    Mutant("eventing/unsubscribe/supported", "not supported", (unsupported("Unsubscribe"),), also=EVENTS),
    _said(
        "eventing/unsubscribe/empty-response",
        "an element",
        with_child("//soap:Body", "<wse:UnsubscribeResponse/>"),
        "Unsubscribe",
    ),
    Mutant("eventing/unsubscribe/events-stop", "they go on", (not_done("Unsubscribe"),), also=EVENTS),
    Mutant("wsdapi/wsdbit/unsubscribe-stops-events", "they go on", (not_done("Unsubscribe"),), also=EVENTS),
    Mutant(
        "eventing/manager/served-at-the-service-address", "not supported", (unsupported("GetStatus"),), also=EVENTS
    ),
    Mutant(
        "eventing/expires/end-of-time",
        "they go on",
        (changed_request("Subscribe", _ten_minutes), rewritten(ONE_SECOND, "Subscribe")),
        also=EVENTS,
    ),
    _faulted("eventing/fault/delivery-mode-requested-unavailable"),
    _faulted("eventing/fault/invalid-expiration-time"),
    _faulted("eventing/fault/filtering-requested-unavailable"),
    _faulted("eventing/fault/filter-action-not-supported"),
    _faulted("wsdapi/eventing/filter-action-not-supported"),
    _faulted("wsdapi/wsdbit/unsupported-action"),
    Mutant(
        "eventing/fault/action",
        "that of WS-Addressing",
        (fault_rewritten(text("//wsa:Action", f"{NAMESPACES['wsa']}/fault")),),
        also=EVENTS,
    ),
    _faulted("eventing/fault/unable-to-renew"),
    _faulted("eventing/fault/unknown-identifier"),
    _faulted("eventing/fault/invalid-message"),
    Mutant(
        "dsp/event/produced-and-supported",
        "no end",
        (altered("swallowed", "exchange", operation=END),),
        also=EVENTS,
    ),
    Mutant(
        "notes/c-30/events-come-from-the-server",
        "none",
        (altered("swallowed", "exchange", operation=STATUS),),
        also=EVENTS,
    ),
    _said("dsp/event/status-at-creation", "later", text("//dsp:JobState[.='Creating']", "Pending"), STATUS),
    *(
        _said(id, "the end alone", text("//dsp:JobState", "Completed"), STATUS)
        for id in (
            "dsp/event/status-at-each-change",
            "dsp/event/status-while-filters-run",
            "bdsrr/3.2.4.8/sent-to-all-subscribers",
        )
    ),
    *(
        _said(id, "another order", _swapped_states, STATUS)
        for id in (
            "dsp/job-transition/pending-started-processing",
            "dsp/job-transition/end-leads-to-pending",
            "dsp/job-state/in-their-order",
        )
    ),
    Mutant("dsp/event/end-state-once", "twice", (altered("twice", "exchange", operation=END),), also=EVENTS),
    Mutant(
        "bdsrr/3.2.4.9/sent-to-all-subscribers",
        "never",
        (altered("swallowed", "exchange", operation=END),),
        also=EVENTS,
    ),
    *(
        _said(id, "another", text("//wsa:Action", f"{ACTIONS}/Other"), STATUS, END)
        for id in ("dsp/event/action", "notes/silent/dsp-event-actions", "addressing/action/of-an-event")
    ),
    _said("addressing/to/of-an-event", "another", text("//wsa:To", "urn:example:other"), STATUS, END),
    *(
        _said(id, "missing", without("//soap:Header/*[local-name()='Mark']"), STATUS, END)
        for id in ("eventing/delivery/reference-parameters", "addressing/reference-parameters/copied-as-headers")
    ),
    _said("dsp/event/status-body", "two", twice("//dsp:JobStatus"), STATUS),
    _said("bdsrr/3.2.4.8/one-job-status", "none", without("//dsp:JobStatus"), STATUS),
    _said("dsp/event/end-state-body", "no user", without("//dsp:JobOriginatingUserName"), END),
    _said("bdsrr/3.2.4.9/children", "no reasons", without("//dsp:JobCompletedStateReasons"), END),
    _said(
        "bdsrr/3.2.4.9/within-post-scan-job-end-state", "another order", swapped("//dsp:PostScanJobEndState"), END
    ),
    _said("bdsrr/3.2.4.8/current-values", "none counted", text("//dsp:ImagesReceived", "0"), STATUS),
    _said("bdsrr/3.2.4.9/final-values", "none counted", text("//dsp:ImagesReceived", "0"), END),
    _said("dsp/event/scan-process-of-the-job", "another", text("//dsp:PSP_Identifier", "x"), END),
    Mutant("dsp/event/transport", "none", (no_events(),), also=EVENTS),
)
