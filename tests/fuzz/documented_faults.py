"""The faults that the documents name, by service: written from their pages and tables, not from our code.

Sources: WS-DSP error page and MS-BDSRR 3.1.4.1 and 6.2.1 (dsp, dsc); WS-Scan error pages (wscn); WS-Addressing
2004/08, section 4, and WS-Addressing 1.0 SOAP Binding, section 6.4; WS-Eventing 2004/08, section 6; DPWS 2006/02,
appendix II; WS-Discovery 2005/04, section 5.3, and 1.1; SOAP 1.2 part 1, section 5.4.6, and part 2, table 20 (HTTP
status).
"""

from __future__ import annotations

from typing import Final, NamedTuple

WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
DSP: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
DSC: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration"
WSA: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSA_10: Final = "http://www.w3.org/2005/08/addressing"
WSE: Final = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSDP: Final = "http://schemas.xmlsoap.org/ws/2006/02/devprof"
WSD: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
WSD_2009: Final = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"


class FaultName(NamedTuple):
    """Code, namespace of the subcode and its local name; '' and '' without a subcode."""

    code: str
    namespace: str
    subcode: str


def _of(namespace: str, **codes: str) -> frozenset[FaultName]:
    return frozenset(FaultName(code, namespace, name) for name, code in codes.items())


SOAP_FAULTS: Final = frozenset(
    # What is no SOAP message of ours: env:Sender alone (5.4.6); the other codes speak for themselves.
    FaultName(code, "", "")
    for code in ("Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown")
)
ADDRESSING_FAULTS: Final = _of(
    WSA,
    InvalidMessageInformationHeader="Sender",
    MessageInformationHeaderRequired="Sender",
    DestinationUnreachable="Sender",
    ActionNotSupported="Sender",
    EndpointUnavailable="Receiver",
) | _of(
    WSA_10,
    InvalidAddressingHeader="Sender",
    MessageAddressingHeaderRequired="Sender",
    DestinationUnreachable="Sender",
    ActionNotSupported="Sender",
    EndpointUnavailable="Receiver",
)
EVENTING_FAULTS: Final = _of(
    WSE,
    DeliveryModeRequestedUnavailable="Sender",
    InvalidExpirationTime="Sender",
    UnsupportedExpirationType="Sender",
    FilteringNotSupported="Sender",
    FilteringRequestedUnavailable="Sender",
    EventSourceUnableToProcess="Receiver",
    UnableToRenew="Receiver",
    InvalidMessage="Sender",
) | _of(WSDP, FilterActionNotSupported="Sender")
DISCOVERY_FAULTS: Final = _of(WSD, MatchingRuleNotSupported="Sender") | _of(
    WSD_2009, MatchingRuleNotSupported="Sender"
)

ANY: Final = SOAP_FAULTS | ADDRESSING_FAULTS
"""What any message may be answered."""

# Every page allows ServerErrorInternalError, a permanent error of the device or server. Nothing that a client sends
# makes one: here it is always a failure, and so it is left out, as is soap:Receiver without a subcode.
_SCAN_ANY: Final = _of(WSCN, InvalidArgs="Sender", OperationFailed="Receiver", ServerErrorTemporaryError="Receiver")
_SCAN: Final = {
    "CreateScanJob": _of(
        WSCN,
        ServerErrorNotAcceptingJobs="Receiver",
        ClientErrorFormatNotSupported="Sender",
        ClientErrorInvalidScanIdentifier="Sender",
        ClientErrorInvalidDestinationToken="Sender",
        ClientErrorNoImagesAvailable="Sender",
    ),
    "RetrieveImage": _of(
        WSCN,
        ClientErrorJobIdNotFound="Sender",
        ClientErrorInvalidJobToken="Sender",
        ClientErrorJobCancelled="Sender",
        ClientErrorNoImagesAvailable="Sender",
    ),
    "CancelJob": _of(WSCN, ClientErrorJobIdNotFound="Sender"),
    "GetJobElements": _of(WSCN, ClientErrorJobIdNotFound="Sender"),
    "ValidateScanTicket": _of(WSCN, ClientErrorConflictingRequiredParameters="Sender"),
    "GetScannerElements": frozenset[FaultName](),
    "GetActiveJobs": frozenset[FaultName](),
    "GetJobHistory": frozenset[FaultName](),
}


def _server(namespace: str) -> frozenset[FaultName]:
    return _of(
        namespace,
        InvalidArgs="Sender",
        OperationFailed="Receiver",
        ServerErrorTemporaryError="Receiver",
        ClientErrorJobTokenNotFound="Sender",
    )


def documented(service: str, operation: str) -> frozenset[FaultName]:
    """What a service (scan, device, processing, configuration, manager, host) may answer to an operation, or, if it
    is none of its own, to any."""
    if service == "host":
        return ANY | DISCOVERY_FAULTS
    if service == "manager":
        return ANY | EVENTING_FAULTS
    if service in ("scan", "device"):
        own = _SCAN.get(operation) or frozenset(each for row in _SCAN.values() for each in row)
        return ANY | EVENTING_FAULTS | _SCAN_ANY | own
    return ANY | EVENTING_FAULTS | _server(DSP if service == "processing" else DSC)


STATUS: Final = {"Sender": 400}
"""HTTP status by code; every other one is 500 (SOAP 1.2 part 2, table 20)."""
HTTP_REFUSALS: Final = frozenset(
    {400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 426, 429, 431, 501, 503, 505}
)
"""Statuses by which HTTP itself refuses a request (RFC 9110, 15.5 and 15.6), without a SOAP message."""
