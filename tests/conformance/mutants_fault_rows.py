"""Mutants of faults, of headers that must be looked at, of HTTP."""

from __future__ import annotations

from typing import Any

from mutant import (
    Mutant,
    accepted,
    another_fault,
    at,
    element,
    fault_rewritten,
    http_status_changed,
    status_instead,
    text,
    without,
)

CREATE, SEND, END, ASKS, CANCEL = (
    "CreatePostScanJob",
    "SendImage",
    "EndPostScanJob",
    "GetPostScanJobElements",
    "CancelPostScanJob",
)
FAULTS = ("dsp/*", "bdsrr/*", "notes/*", "addressing/*", "soap/*", "habits/*", "dsc/*", "eventing/*", "dpws/*")


def _with_detail(root: Any) -> None:
    """A detail stands in the fault."""
    for each in at(root, "//soap:Fault[not(soap:Detail)]"):
        each.append(element("<soap:Detail><dsp:More>more</dsp:More></soap:Detail>"))


SUBCODE = "//soap:Subcode"
VALUE = "//soap:Code/soap:Subcode/soap:Value"

MUTANTS = (
    *(
        Mutant(id, "202 where FaultTo is named", http=status_instead(202, when=b"FaultTo>"), also=("*",))
        for id in ("dsp/fault/destination", "bdsrr/2.2.2.1/rules-of-ws-addressing")
    ),
    Mutant(
        "dsp/fault/destination",
        "of no request",
        (fault_rewritten(text("//wsa:RelatesTo", "urn:uuid:0"), "GetPostScanJobElements"),),
        also=("*",),
    ),
    Mutant("dsp/fault/invalid-args", "another fault", (another_fault(END),), also=FAULTS),
    Mutant("bdsrr/3.2.4/invalid-args", "accepted", (accepted(END),), also=FAULTS),
    Mutant("bdsrr/3.1.4.1.2/invalid-args", "another fault", (another_fault(CANCEL),), also=FAULTS),
    Mutant("bdsrr/3.2.4.2/invalid-args", "accepted", (accepted(CANCEL),), also=FAULTS),
    Mutant("bdsrr/3.2.4.3/invalid-args", "another fault", (another_fault(ASKS),), also=FAULTS),
    Mutant("bdsrr/3.2.4.1/invalid-args", "another fault", (another_fault("GetRepositoryElements"),), also=FAULTS),
    Mutant("dsp/fault/action-not-supported", "another fault", (another_fault("NoSuchOperation"),), also=FAULTS),
    Mutant(
        "addressing/fault/action-not-supported", "no subcode", (fault_rewritten(without(SUBCODE)),), also=FAULTS
    ),
    Mutant(
        "bdsrr/3.1.4.1.1/action-not-supported", "another fault", (another_fault("NoSuchOperation"),), also=FAULTS
    ),
    Mutant("dpws/transfer/put-create-delete-refused", "another fault", (another_fault("Put"),), also=FAULTS),
    Mutant(
        "dsp/fault/client-error-job-token-not-found",
        "of Receiver",
        (fault_rewritten(text("//soap:Code/soap:Value", "soap:Receiver")),),
        also=FAULTS,
    ),
    Mutant(
        "bdsrr/3.1.4.1.6/job-token-not-found",
        "no detail",
        (fault_rewritten(without("//soap:Detail")),),
        also=FAULTS,
    ),
    Mutant(
        "notes/c-40/job-token-not-found-is-sender",
        "as printed",
        (fault_rewritten(text("//soap:Code/soap:Value", "soap:Receiver")),),
        also=FAULTS,
    ),
    Mutant("bdsrr/4.2/job-token-not-found-as-printed", "not", also=FAULTS),
    Mutant("bdsrr/3.2.4.3/unknown-token", "another fault", (another_fault(ASKS),), also=FAULTS),
    Mutant("bdsrr/3.2.4.2/cancel-of-an-ended-job", "accepted", (accepted(CANCEL),), also=FAULTS),
    Mutant("dsp/fault/endpoint-unavailable", "not", also=FAULTS),
    Mutant("dsp/fault/operation-failed", "another fault", (another_fault(SEND),), also=FAULTS),
    Mutant("dsp/fault/no-detail-where-none-is-defined", "one", (fault_rewritten(_with_detail),), also=FAULTS),
    Mutant("addressing/fault/message-information-header-required", "not asked for", strict=False, also=FAULTS),
    Mutant(
        "addressing/fault/invalid-message-information-header",
        "another",
        (fault_rewritten(text(VALUE, "wsa:Other")),),
        also=FAULTS,
    ),
    Mutant(
        "addressing/fault/destination-unreachable",
        "another",
        (fault_rewritten(text(VALUE, "wsa:Other")),),
        also=FAULTS,
    ),
    Mutant("addressing/reply-to/elsewhere-refused", "answered", strict=False, also=FAULTS),
    Mutant(
        "soap/fault/must-understand",
        "another",
        (fault_rewritten(text("//soap:Code/soap:Value", "soap:Sender")),),
        also=FAULTS,
    ),
    Mutant(
        "soap/fault/version-mismatch",
        "as garbage",
        http=status_instead(500, when=b"schemas.xmlsoap.org/soap/envelope"),
        also=FAULTS,
    ),
    Mutant("habits/client/odd-prefixes", "not read", http=status_instead(400, when=b"odd-soap.1:"), also=FAULTS),
    Mutant(
        "dsc/wire/prefixes-mean-nothing", "not read", http=status_instead(400, when=b"odd-soap.1:"), also=FAULTS
    ),
    Mutant(
        "habits/client/one-line-and-indented", "not read", http=status_instead(400, when=b">\r\n\t<"), also=FAULTS
    ),
    Mutant(
        "soap/envelope/byte-order-mark", "not read", http=status_instead(400, when=b"\xef\xbb\xbf"), also=FAULTS
    ),
    Mutant("soap/http/wrong-method-405", "501", http=http_status_changed(405, 501), also=FAULTS),
    Mutant("soap/http/wrong-path-404", "400", http=http_status_changed(404, 400), also=FAULTS),
    Mutant("soap/http/wrong-type-415", "400", http=http_status_changed(415, 400), also=FAULTS),
)
