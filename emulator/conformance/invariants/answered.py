"""Every operation is answered with its response or with a fault."""

from __future__ import annotations

from typing import Final

from emulator.conformance.check import Over, invariant
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import met, require
from emulator.conformance.kinds import a_canceled_by_dsc, a_description, a_dsc_answer, a_dsc_job
from emulator.conformance.names import DSC, DSP

_OF_DSC: Final = {
    "bdsrr/3.2.4.1/response-or-fault": ("GetRepositoryElements", a_dsc_answer),
    "bdsrr/3.2.4.2/response-or-fault": ("CancelPostScanJob", a_canceled_by_dsc),
    "bdsrr/3.2.4.3/response-or-fault": ("GetPostScanJobElements", a_dsc_job),
    "bdsrr/3.2.4.4/response-or-fault": ("GetActiveJobs", a_dsc_answer),
    "bdsrr/3.2.4.5/response-or-fault": ("GetJobHistory", a_dsc_answer),
}


def _asked_of(namespace: str, operation: str = "") -> Over:
    def over(recording: Recording) -> list[Exchange]:
        return [
            each
            for each in recording.rightly_asked
            if each.service == namespace and operation in ("", each.operation)
        ]

    return over


def response_or_fault(exchange: Exchange) -> None:
    """The answer is an envelope with the response of the operation, or with a fault."""
    envelope = exchange.told
    expected = f"{exchange.operation}Response, or a soap:Fault"
    require(envelope is not None, met(exchange), expected, [exchange])
    assert envelope is not None
    right = envelope.fault is not None or envelope.body_name.local == f"{exchange.operation}Response"
    require(right, met(exchange), expected, [exchange])


invariant("dsp/operations/fault-instead-of-response", over=_asked_of(DSP), provoke=a_description)(response_or_fault)
for _id, (_operation, _provoke) in _OF_DSC.items():
    invariant(_id, over=_asked_of(DSC, _operation), provoke=_provoke)(response_or_fault)
