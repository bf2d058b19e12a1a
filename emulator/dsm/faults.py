"""The faults of WS-DSP and WS-DSC with their reason texts (WS-DSP error page; MS-BDSRR 3.1.4.1). Both
services have the same, each in its own namespace."""

from __future__ import annotations

from emulator.dsm.constants import DSP, SERVICES
from emulator.soap.fault import Code, Fault
from emulator.soap.xml import QName


def _fault(code: Code, name: str, reason: str, detail: str | None, namespace: str) -> Fault:
    # The law: [dsp/wire/pre-release-names-never] [dsp/fault/no-detail-where-none-is-defined]
    # The law: [dsp/fault/most-specific] [notes/c-06/fault-example-never-sent]
    return Fault(code, QName(namespace, name), reason, detail, prefix=SERVICES[namespace])


def invalid_args(argument: str, namespace: str = DSP) -> Fault:
    """At least one argument is invalid; the detail names it.
    [dsp/fault/invalid-args] [bdsrr/3.1.4.1.2/invalid-args] [bdsrr/3.2.4/invalid-args]"""
    return _fault("Sender", "InvalidArgs", "At least one input argument is invalid.", argument, namespace)


def operation_failed(namespace: str = DSP) -> Fault:
    """The present state forbids the operation. [notes/c-39/reason-texts-sent]
    [dsp/fault/operation-failed] [bdsrr/3.1.4.1.3/operation-failed]"""
    reason = "The service cannot perform the requested operation."
    return _fault("Receiver", "OperationFailed", reason, None, namespace)


def temporary_error(namespace: str = DSP) -> Fault:
    """Try again later, unchanged. Windows never sends it [bdsrr/7/note-11-no-temporary-error].
    [dsp/fault/server-error-temporary-error] [bdsrr/3.1.4.1.4/temporary-error]"""
    reason = "The service had an unexpected error."
    return _fault("Receiver", "ServerErrorTemporaryError", reason, None, namespace)


def internal_error(namespace: str = DSP) -> Fault:
    """A permanent error of the server. [dsp/fault/server-error-internal-error] [bdsrr/3.1.4.1.5/internal-error]"""
    reason = "The service had an unexpected error."
    return _fault("Receiver", "ServerErrorInternalError", reason, None, namespace)


def job_token_not_found(token: str, namespace: str = DSP) -> Fault:
    """No such job; the detail is the token, as Windows sends it
    [bdsrr/7/note-12-token-in-the-detail]. Documented
    for dsc; for dsp by analogy. soap:Sender, as all faults of the sender's making; the one that MS-BDSRR 4.2 prints
    has soap:Receiver and no detail.
    [dsp/fault/client-error-job-token-not-found] [bdsrr/3.1.4.1.6/job-token-not-found]
    [notes/c-40/job-token-not-found-is-sender]"""
    prefix = SERVICES[namespace]
    reason = f"A PostScan job identified by the specified {prefix}:JobToken argument could not be found."
    return _fault("Sender", "ClientErrorJobTokenNotFound", reason, token, namespace)
