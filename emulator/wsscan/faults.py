"""The faults of WS-Scan with their reason texts (WS-Scan error pages; docs/protocol/ws-scan.md section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from emulator.soap.fault import Code, Fault
from emulator.soap.xml import QName
from emulator.wsscan.constants import WSCN

INVALID_ARGS: Final = QName(WSCN, "InvalidArgs")
OPERATION_FAILED: Final = QName(WSCN, "OperationFailed")
SERVER_ERROR_TEMPORARY_ERROR: Final = QName(WSCN, "ServerErrorTemporaryError")
SERVER_ERROR_INTERNAL_ERROR: Final = QName(WSCN, "ServerErrorInternalError")
SERVER_ERROR_NOT_ACCEPTING_JOBS: Final = QName(WSCN, "ServerErrorNotAcceptingJobs")
CLIENT_ERROR_FORMAT_NOT_SUPPORTED: Final = QName(WSCN, "ClientErrorFormatNotSupported")
CLIENT_ERROR_INVALID_SCAN_IDENTIFIER: Final = QName(WSCN, "ClientErrorInvalidScanIdentifier")
CLIENT_ERROR_INVALID_DESTINATION_TOKEN: Final = QName(WSCN, "ClientErrorInvalidDestinationToken")
CLIENT_ERROR_NO_IMAGES_AVAILABLE: Final = QName(WSCN, "ClientErrorNoImagesAvailable")
CLIENT_ERROR_JOB_ID_NOT_FOUND: Final = QName(WSCN, "ClientErrorJobIdNotFound")
CLIENT_ERROR_INVALID_JOB_TOKEN: Final = QName(WSCN, "ClientErrorInvalidJobToken")
CLIENT_ERROR_JOB_CANCELLED: Final = QName(WSCN, "ClientErrorJobCancelled")
CLIENT_ERROR_CONFLICTING_REQUIRED_PARAMETERS: Final = QName(WSCN, "ClientErrorConflictingRequiredParameters")


def _fault(code: Code, subcode: QName, reason: str, detail: str | etree._Element | None = None) -> Fault:
    # The law: [notes/silent/fault-prefix-of-dsd] [wscn/fault/reason-text]
    # One client searches the body for the literal text "wscn:ClientErrorNoImagesAvailable"
    # [clients/wsd-python/literal-fault-text].
    return Fault(code, subcode, reason, detail, prefix="wscn")


def invalid_args(argument: str) -> Fault:
    """Any operation: at least one argument is invalid; the detail names it.
    [wscn/fault/invalid-args] [wscn/fault/invalid-args-cases]"""
    return _fault("Sender", INVALID_ARGS, "At least one input argument is invalid.", argument)


def operation_failed() -> Fault:
    """Any operation: the present state forbids it, as to cancel a job that has ended. The sample fault says
    Sender, the table Receiver. [wscn/fault/operation-failed] [wscn/fault/cancel-of-an-ended-job]
    [notes/c-15/operation-failed-is-receiver] [notes/c-15/operation-failed-of-sender-read]"""
    return _fault("Receiver", OPERATION_FAILED, "The service cannot perform the requested operation.")


def temporary_error() -> Fault:
    """Any operation: try again later, unchanged. Its page prints the prefix of WS-Print.
    [wscn/fault/server-error-temporary-error] [notes/c-17/temporary-error-in-wscn]"""
    return _fault("Receiver", SERVER_ERROR_TEMPORARY_ERROR, "The service had an unexpected error.")


def internal_error() -> Fault:
    """Any operation: a permanent error of the device. [wscn/fault/server-error-internal-error]"""
    return _fault("Receiver", SERVER_ERROR_INTERNAL_ERROR, "The service had an unexpected error.")


def not_accepting_jobs() -> Fault:
    """CreateScanJob: the device is busy, or stopped. [wscn/fault/server-error-not-accepting-jobs]"""
    reason = "The service is temporarily blocked and cannot accept new job or document requests."
    return _fault("Receiver", SERVER_ERROR_NOT_ACCEPTING_JOBS, reason)


def format_not_supported(formats: Sequence[str] = ()) -> Fault:
    """CreateScanJob: the device does not write that Format. The detail is wscn:FormatsSupported with `formats`
    where any are given: the element that the page names does not exist.
    [wscn/fault/client-error-format-not-supported] [wscn/fault/formats-in-the-detail]
    [notes/c-24/format-not-supported-sent] [notes/c-24/format-detail]"""
    detail = None
    if formats:
        detail = etree.Element(f"{{{WSCN}}}FormatsSupported", nsmap={"wscn": WSCN})
        for each in formats:
            etree.SubElement(detail, f"{{{WSCN}}}FormatValue").text = each
    reason = "The Document Format parameter value is not supported."
    return _fault("Sender", CLIENT_ERROR_FORMAT_NOT_SUPPORTED, reason, detail)


def invalid_scan_identifier() -> Fault:
    """CreateScanJob: no ScanAvailableEvent of ours had that ScanIdentifier, or it has been used.
    [wscn/fault/client-error-invalid-scan-identifier]"""
    reason = "The ScanIdentifier parameter value is not currently valid."
    return _fault("Sender", CLIENT_ERROR_INVALID_SCAN_IDENTIFIER, reason)


def invalid_destination_token() -> Fault:
    """CreateScanJob: no subscription has that DestinationToken.
    [wscn/fault/client-error-invalid-destination-token]"""
    reason = "The DestinationToken parameter value is not currently valid."
    return _fault("Sender", CLIENT_ERROR_INVALID_DESTINATION_TOKEN, reason)


def no_images_available() -> Fault:
    """CreateScanJob and RetrieveImage: the feeder is empty, or all images have been retrieved.
    [wscn/fault/client-error-no-images-available]"""
    reason = "The server has no images available to acquire."
    return _fault("Sender", CLIENT_ERROR_NO_IMAGES_AVAILABLE, reason)


def job_id_not_found(job_id: int) -> Fault:
    """RetrieveImage, GetJobElements and CancelJob: no such job; the detail names it.
    [wscn/fault/client-error-job-id-not-found]"""
    return _fault("Sender", CLIENT_ERROR_JOB_ID_NOT_FOUND, "The specified JobId was not found.", f"JobId: {job_id}")


def invalid_job_token() -> Fault:
    """RetrieveImage: another JobToken than that of the job. [wscn/fault/client-error-invalid-job-token]"""
    reason = "The JobToken parameter value is not valid with the JobId parameter."
    return _fault("Sender", CLIENT_ERROR_INVALID_JOB_TOKEN, reason)


def job_cancelled() -> Fault:
    """RetrieveImage: the job has been cancelled. [wscn/fault/client-error-job-cancelled]"""
    return _fault("Sender", CLIENT_ERROR_JOB_CANCELLED, "The current scan job has been canceled.")


def conflicting_required_parameters() -> Fault:
    """ValidateScanTicket: settings that are marked MustHonor exclude one another.
    [wscn/fault/client-error-conflicting-required-parameters]"""
    reason = (
        "Multiple elements in the DocumentParameters element have MustHonor set to true, but applying all "
        "settings set to true causes a conflict in the scanner device."
    )
    return _fault("Sender", CLIENT_ERROR_CONFLICTING_REQUIRED_PARAMETERS, reason)
