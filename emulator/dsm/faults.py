"""The faults of WS-DSP with their reason texts (WS-DSP error page; NOTES C-39)."""

from __future__ import annotations

from typing import Final

from emulator.dsm.constants import DSP
from emulator.soap.fault import Code, Fault
from emulator.soap.xml import QName

INVALID_ARGS: Final = QName(DSP, "InvalidArgs")
OPERATION_FAILED: Final = QName(DSP, "OperationFailed")
SERVER_ERROR_TEMPORARY_ERROR: Final = QName(DSP, "ServerErrorTemporaryError")
SERVER_ERROR_INTERNAL_ERROR: Final = QName(DSP, "ServerErrorInternalError")
CLIENT_ERROR_JOB_TOKEN_NOT_FOUND: Final = QName(DSP, "ClientErrorJobTokenNotFound")
SERVER_ERROR_POST_SCAN_JOB_CANCELED: Final = QName(DSP, "ServerErrorPostScanJobCanceled")


def _fault(code: Code, subcode: QName, reason: str, detail: str | None = None) -> Fault:
    return Fault(code, subcode, reason, detail, prefix="dsp")


def invalid_args(argument: str) -> Fault:
    """At least one argument is invalid; the detail names it."""
    return _fault("Sender", INVALID_ARGS, "At least one input argument is invalid.", argument)


def operation_failed() -> Fault:
    """The present state forbids the operation."""
    return _fault("Receiver", OPERATION_FAILED, "The service cannot perform the requested operation.")


def temporary_error() -> Fault:
    """Try again later, unchanged. Windows never sends it (MS-BDSRR section 7, note 11)."""
    return _fault("Receiver", SERVER_ERROR_TEMPORARY_ERROR, "The service had an unexpected error.")


def internal_error() -> Fault:
    """A permanent error of the server."""
    return _fault("Receiver", SERVER_ERROR_INTERNAL_ERROR, "The service had an unexpected error.")


def job_token_not_found(token: str) -> Fault:
    """No such job; the detail is the token, as Windows sends it (MS-BDSRR section 7, note 12). Documented
    for dsc; for dsp by analogy."""
    reason = "A PostScan job identified by the specified dsp:JobToken argument could not be found."
    return _fault("Sender", CLIENT_ERROR_JOB_TOKEN_NOT_FOUND, reason, token)


def job_canceled() -> Fault:
    """The job was cancelled. The documents have only the name, in the dsc XSD (dsm.md section 7)."""
    return _fault("Receiver", SERVER_ERROR_POST_SCAN_JOB_CANCELED, "The PostScan job has been canceled.")
