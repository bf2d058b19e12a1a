"""What a server says of trouble within itself. Nobody can bring it about; where it says so, it says it as the
documents have it."""

from __future__ import annotations

from emulator.conformance.check import Over, invariant
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import RECEIVER, require
from emulator.conformance.kinds import faults
from emulator.conformance.names import DSC, DSP, Name
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.verdict import NotApplicable, NotRun


def _of(subcode: Name) -> Over:
    def over(recording: Recording) -> list[Exchange]:
        told = [(each, each.envelope.fault) for each in faults(recording)]
        return [each for each, fault in told if fault is not None and fault.subcode == subcode]

    return over


async def both_refuse(peer: ScanServerPeer) -> str:
    """Both services are asked for a job that nobody has: what they answer is looked at, whatever it is."""
    await peer.elements(peer.unknown_token())
    try:
        await peer.elements(peer.unknown_token(), namespace=DSC)
    except (NotApplicable, NotRun):
        return "there is no WS-DSC"
    return ""


def _require_receiver(exchange: Exchange) -> None:
    fault = exchange.envelope.fault
    assert fault is not None
    require(fault.code == RECEIVER, f"soap:Code {fault.code}", str(RECEIVER), [exchange])
    require(not fault.has_detail, f"the detail {fault.detail!r}", "no soap:Detail", [exchange])


@invariant(
    "dsp/fault/server-error-temporary-error", over=_of(Name(DSP, "ServerErrorTemporaryError")), provoke=both_refuse
)
@invariant("bdsrr/3.1.4.1.4/temporary-error", over=_of(Name(DSC, "ServerErrorTemporaryError")), provoke=both_refuse)
def temporary(exchange: Exchange) -> None:
    """A fault ServerErrorTemporaryError is one of soap:Receiver, without detail."""
    _require_receiver(exchange)


@invariant(
    "dsp/fault/server-error-internal-error", over=_of(Name(DSP, "ServerErrorInternalError")), provoke=both_refuse
)
@invariant("bdsrr/3.1.4.1.5/internal-error", over=_of(Name(DSC, "ServerErrorInternalError")), provoke=both_refuse)
def internal(exchange: Exchange) -> None:
    """A fault ServerErrorInternalError is one of soap:Receiver, without detail."""
    _require_receiver(exchange)
