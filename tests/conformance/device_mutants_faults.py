"""Mutants of faults, each in the place of the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from device_plugs import LANG, WSCN, another_fault, holding, refuses, says, wrong
from mutant import Change, Mutant, Plug, attribute, element, handled, renamed, text

from emulator.dpws.points import OperationCall
from emulator.soap.envelope import response
from emulator.soap.fault import Fault, FaultError
from emulator.wsscan import faults

REASON = "//soap:Reason/soap:Text"


def changed(**fields: Any) -> Plug:
    """Faults of the device have other fields."""

    async def handler(call: OperationCall) -> Any:
        try:
            return await call.go_on()
        except FaultError as error:
            raise FaultError(replace(error.fault, **fields)) from None

    return handled(handler)


def other(id: str, operation: str, fault: Fault | None = None) -> Mutant:
    """Another fault comes."""
    return wrong(id, "another fault", another_fault(operation, fault))


def detailed(id: str) -> Mutant:
    """There is a detail."""
    return wrong(id, "with a detail", changed(detail="more"))


def named(local: str) -> Change:
    """The subcode is called otherwise."""
    return text("//soap:Subcode/soap:Value", f"wscn:{local}")


def taken(operation: str) -> Plug:
    """What would be refused is answered with an empty response."""

    async def handler(call: OperationCall) -> Any:
        try:
            return await call.go_on()
        except FaultError:
            if call.name != operation:
                raise
            return response(call.asked, element(f"<wscn:{operation}Response/>"))

    return handled(handler)


UNKNOWN_ACTION = says(
    text("//soap:Subcode/soap:Value", "wsa:EndpointUnavailable"), "Staple", "Put", "", faults=True
)
CREATE, RETRIEVE, CANCEL = "CreateScanJob", "RetrieveImage", "CancelJob"

MUTANTS = (
    wrong("wscn/fault/action-not-supported", "InvalidArgs", UNKNOWN_ACTION),
    wrong("addressing/fault/action-not-supported", "InvalidArgs", UNKNOWN_ACTION),
    wrong("wscn/fault/invalid-args", "another fault", says(named("Other"), "GetScannerElements", faults=True)),
    wrong("wscn/fault/invalid-args-cases", "too few", says(named("Other"), CANCEL, faults=True)),
    wrong("wscn/fault/invalid-args-cases", "no ticket", says(named("Other"), CREATE, faults=True)),
    other("wscn/fault/client-error-job-id-not-found", CANCEL),
    wrong("wscn/fault/client-error-job-id-not-found", "no detail", changed(detail=None)),
    other("wscn/cancel-job/unknown-job", CANCEL),
    wrong("wscn/cancel-job/response", "refused", refuses(CANCEL)),
    wrong("wscn/cancel-job/ended-job-refused", "accepted", taken(CANCEL)),
    other("wscn/fault/cancel-of-an-ended-job", CANCEL),
    other("wscn/fault/operation-failed", CANCEL, faults.invalid_args("JobId")),
    wrong("notes/c-15/operation-failed-is-receiver", "Sender", changed(code="Sender")),
    other("wscn/fault/client-error-invalid-job-token", RETRIEVE),
    other("wscn/retrieve-image/id-and-token-checked", RETRIEVE),
    detailed("wscn/fault/client-error-invalid-job-token"),
    other("wscn/fault/client-error-job-cancelled", RETRIEVE),
    other("wscn/fault/client-error-format-not-supported", CREATE, faults.invalid_args("Format")),
    other("wscn/validation/format-not-supported", CREATE, faults.invalid_args("Format")),
    wrong(
        "notes/c-24/format-not-supported-sent",
        "by the name of its page",
        says(named("ClientErrorDocumentFormatNotSupported"), CREATE, faults=True),
    ),
    wrong(
        "notes/c-24/format-detail",
        "as its page has it",
        says(
            renamed("//soap:Detail/wscn:FormatsSupported", f"{WSCN}DocumentFormatsSupported"), CREATE, faults=True
        ),
    ),
    wrong("wscn/fault/formats-in-the-detail", "none", changed(detail=None)),
    other("wscn/fault/client-error-no-images-available", CREATE),
    other("wscn/create-scan-job/empty-feeder", CREATE),
    detailed("wscn/fault/server-error-not-accepting-jobs"),
    other("wscn/fault/server-error-not-accepting-jobs", CREATE),
    other("wscn/fault/client-error-invalid-scan-identifier", CREATE),
    other("wscn/scan-available/identifier-checked", CREATE),
    other("wscn/fault/client-error-invalid-destination-token", CREATE),
    other("wscn/scan-available/token-checked", CREATE),
    wrong(
        "wscn/scan-available/empty-strings-are-absent",
        "refused",
        refuses(CREATE, holding("ScanIdentifier/>"), faults.invalid_scan_identifier()),
    ),
    wrong("wscn/fault/reason-in-english", "in German", says(attribute(REASON, LANG, "de"), "GetJobElements")),
    wrong(
        "wscn/fault/in-place-of-the-response",
        "of another request",
        says(text("//wsa:RelatesTo", "urn:uuid:0"), "GetJobElements", faults=True),
    ),
    wrong("wscn/fault/most-specific", "the token", another_fault(RETRIEVE, faults.invalid_job_token())),
    wrong("dpws/transfer/put-create-delete-refused", "another fault", UNKNOWN_ACTION),
)
