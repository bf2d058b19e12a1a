"""The faults of WS-Scan: code, prefix, reason and detail as the error pages have them."""

from __future__ import annotations

import pytest

from emulator.soap.envelope import fault_response, read_envelope, request, write_envelope
from emulator.soap.fault import Fault
from emulator.soap.xml import QName
from emulator.wsscan import faults
from emulator.wsscan.constants import WSCN

UNEXPECTED = "The service had an unexpected error."
# The law: [wscn/fault/invalid-args] [wscn/fault/operation-failed] [wscn/fault/server-error-temporary-error]
# The law: [wscn/fault/server-error-internal-error] [wscn/fault/server-error-not-accepting-jobs]
# The law: [wscn/fault/client-error-format-not-supported] [wscn/fault/client-error-invalid-scan-identifier]
# The law: [wscn/fault/client-error-invalid-destination-token] [wscn/fault/client-error-no-images-available]
# The law: [wscn/fault/client-error-job-id-not-found] [wscn/fault/client-error-invalid-job-token]
# The law: [wscn/fault/client-error-job-cancelled] [wscn/fault/client-error-conflicting-required-parameters]
# The law: [wscn/fault/reason-text] [notes/c-15/operation-failed-is-receiver]
# The law: [notes/c-17/temporary-error-in-wscn] [notes/c-24/format-not-supported-sent]
TABLE: list[tuple[Fault, str, str, str, str | None]] = [
    (faults.invalid_args("JobId"), "Sender", "InvalidArgs", "At least one input argument is invalid.", "JobId"),
    (
        faults.operation_failed(),
        "Receiver",
        "OperationFailed",
        "The service cannot perform the requested operation.",
        None,
    ),
    (faults.temporary_error(), "Receiver", "ServerErrorTemporaryError", UNEXPECTED, None),
    (faults.internal_error(), "Receiver", "ServerErrorInternalError", UNEXPECTED, None),
    (
        faults.not_accepting_jobs(),
        "Receiver",
        "ServerErrorNotAcceptingJobs",
        "The service is temporarily blocked and cannot accept new job or document requests.",
        None,
    ),
    (
        faults.format_not_supported(),
        "Sender",
        "ClientErrorFormatNotSupported",
        "The Document Format parameter value is not supported.",
        None,
    ),
    (
        faults.format_not_supported(("jfif", "png")),
        "Sender",
        "ClientErrorFormatNotSupported",
        "The Document Format parameter value is not supported.",
        "jfif png",
    ),
    (
        faults.invalid_scan_identifier(),
        "Sender",
        "ClientErrorInvalidScanIdentifier",
        "The ScanIdentifier parameter value is not currently valid.",
        None,
    ),
    (
        faults.invalid_destination_token(),
        "Sender",
        "ClientErrorInvalidDestinationToken",
        "The DestinationToken parameter value is not currently valid.",
        None,
    ),
    (
        faults.no_images_available(),
        "Sender",
        "ClientErrorNoImagesAvailable",
        "The server has no images available to acquire.",
        None,
    ),
    (
        faults.job_id_not_found(77),
        "Sender",
        "ClientErrorJobIdNotFound",
        "The specified JobId was not found.",
        "JobId: 77",
    ),
    (
        faults.invalid_job_token(),
        "Sender",
        "ClientErrorInvalidJobToken",
        "The JobToken parameter value is not valid with the JobId parameter.",
        None,
    ),
    (
        faults.job_cancelled(),
        "Sender",
        "ClientErrorJobCancelled",
        "The current scan job has been canceled.",
        None,
    ),
    (
        faults.conflicting_required_parameters(),
        "Sender",
        "ClientErrorConflictingRequiredParameters",
        "Multiple elements in the DocumentParameters element have MustHonor set to true, but applying all settings "
        "set to true causes a conflict in the scanner device.",
        None,
    ),
]


@pytest.mark.parametrize(("fault", "code", "name", "reason", "detail"), TABLE, ids=[row[2] for row in TABLE])
def test_a_fault_goes_through_the_wire(fault: Fault, code: str, name: str, reason: str, detail: str | None) -> None:
    # The law: [clients/wsd-python/literal-fault-text] [wscn/fault/action] [wscn/fault/reason-in-english]
    data = write_envelope(fault_response(request("urn:a", "urn:t", None), fault))
    assert f"<soap:Value>wscn:{name}</soap:Value>".encode() in data  # WSD-python looks for this text
    read = read_envelope(data).message.fault
    assert read is not None
    assert (read.code, read.subcode, read.reason) == (code, QName(WSCN, name), reason)
    assert (read.detail or "").split() == (detail or "").split() or read.detail == detail
    assert read.http_status == (400 if code == "Sender" else 500)


def test_the_formats_are_told_as_in_the_configuration() -> None:
    # The law: [notes/c-24/format-detail] [wscn/fault/formats-in-the-detail]
    data = write_envelope(fault_response(request("urn:a", "urn:t", None), faults.format_not_supported(("png",))))
    assert b"<wscn:FormatsSupported><wscn:FormatValue>png</wscn:FormatValue></wscn:FormatsSupported>" in data


def test_every_fault_that_is_named_has_its_function() -> None:
    named = {value for name, value in vars(faults).items() if name.isupper() and isinstance(value, QName)}
    assert {row[0].subcode for row in TABLE} == named
