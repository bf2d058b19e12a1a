"""Requests of WS-Scan and WS-DSD (docs/protocol/ws-scan.md, sections 1 and 2; dsm.md, section 11)."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance.clients.checks import invariant
from emulator.conformance.clients.kinds import (
    DEVICE_OPERATIONS,
    SCAN_OPERATIONS,
    asking,
    asking_dsd,
    body_root,
    holding,
    of_scanning,
    operation_of,
    request_of,
    scan_requests,
)
from emulator.conformance.devices.configuration import MOST, number
from emulator.conformance.devices.invariants import messages as of_devices
from emulator.conformance.devices.structure import child, children, own_names, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.kinds import said
from emulator.conformance.names import DSD, WSCN, Name
from emulator.conformance.reading import name_of, qname

_JOB_IDS: Final = "/soap:Envelope/soap:Body/*/*[local-name()='JobId']"
_TEXTS: Final = ("JobName", "JobOriginatingUserName", "JobInformation", "DocumentName")

invariant("wscn/wire/namespace", over=of_scanning)(of_devices.namespace)
invariant("wscn/wire/booleans", "wscn/extension/not-extensible", over=of_scanning)(of_devices.booleans)
invariant("wscn/wire/integers-of-32-bits", over=of_scanning)(of_devices.integers)


@invariant("wscn/wire/request-action", over=scan_requests)
def request_action(exchange: Exchange) -> None:
    """The action is the namespace, a slash and the name of the operation."""
    came, wanted = said(exchange).action.strip(), f"{WSCN}/{operation_of(exchange)}"
    require(came == wanted, f"wsa:Action {came or 'is missing'}", wanted, [exchange])


@invariant("wscn/wire/body-roots", over=scan_requests)
def body_roots(exchange: Exchange) -> None:
    """The child of the Body is the operation with Request behind it."""
    came = body_root(exchange)
    right = came.endswith("Request") and came.removesuffix("Request") in SCAN_OPERATIONS
    require(right, came or "an empty Body", "an operation with Request behind it", [exchange], request_of(exchange))


@invariant("dsd/wire/namespace", over=asking_dsd(*DEVICE_OPERATIONS))
def dsd_namespace(exchange: Exchange) -> None:
    """Root and action of a request of WS-DSD are in its namespace."""
    name, came = said(exchange).body_name, said(exchange).action.strip()
    require(name.namespace == DSD, f"{name}", f"{Name(DSD, name.local)}", [exchange], said(exchange).body)
    wanted = f"{DSD}/{operation_of(exchange)}"
    require(came == wanted, f"wsa:Action {came or 'is missing'}", wanted, [exchange])


def _locals(element: Any) -> list[str]:
    return [name_of(each).local for each in element if isinstance(each.tag, str)]


def _require_names(exchange: Exchange) -> None:
    """RequestedElements with one QName or more."""
    body = request_of(exchange)
    lists = [each for each in body if isinstance(each.tag, str) and name_of(each).local == "RequestedElements"]
    require(len(lists) == 1, f"{len(lists)} RequestedElements", "one", [exchange], body)
    names = [each for each in lists[0] if isinstance(each.tag, str) and name_of(each).local == "Name"]
    require(bool(names), "RequestedElements without a Name", "one or more", [exchange], lists[0])
    for each in names:
        right = bool(qname(text(each), each.nsmap).namespace)
        require(right, f"the name {text(each)!r}", "a QName whose prefix is declared", [exchange], each)


@invariant("wscn/get-scanner-elements/request", over=asking("GetScannerElements"))
@invariant("dsd/get-scanner-elements/request", over=asking_dsd("GetScannerElements"))
def get_scanner_elements(exchange: Exchange) -> None:
    """GetScannerElements names what it asks for."""
    _require_names(exchange)


@invariant("wscn/get-job-elements/request", over=asking("GetJobElements"))
@invariant("dsd/get-job-elements/request", over=asking_dsd("GetJobElements"))
def get_job_elements(exchange: Exchange) -> None:
    """GetJobElements has the job, and names what it asks for."""
    count = _locals(request_of(exchange)).count("JobId")
    require(count == 1, f"{count} JobId", "one", [exchange], request_of(exchange))
    _require_names(exchange)


@invariant("notes/c-23/get-job-elements-request-sent", over=asking("GetJobElements"))
def get_job_elements_root(exchange: Exchange) -> None:
    """The root is GetJobElementsRequest, and names have a prefix."""
    came = body_root(exchange)
    require(came == "GetJobElementsRequest", came, "GetJobElementsRequest", [exchange], request_of(exchange))
    for each in said(exchange).all("//wscn:RequestedElements/wscn:Name"):
        require(":" in text(each), f"the name {text(each)!r}", "a name with a prefix", [exchange], each)


@invariant("wscn/validate-scan-ticket/request", over=asking("ValidateScanTicket"))
@invariant("dsd/validate-scan-ticket/request", over=asking_dsd("ValidateScanTicket"))
def validate_scan_ticket(exchange: Exchange) -> None:
    """ValidateScanTicket holds one ScanTicket."""
    count = _locals(request_of(exchange)).count("ScanTicket")
    require(count == 1, f"{count} ScanTicket", "one", [exchange], request_of(exchange))


@invariant("dsd/get-active-jobs/request", over=asking_dsd("GetActiveJobs"))
@invariant("dsd/get-job-history/request", over=asking_dsd("GetJobHistory"))
def without_children(exchange: Exchange) -> None:
    """The request has no children."""
    found = _locals(request_of(exchange))
    require(not found, ", ".join(found), "no children", [exchange], request_of(exchange))


@invariant("wscn/create-scan-job/request", over=asking("CreateScanJob"))
def create_scan_job(exchange: Exchange) -> None:
    """CreateScanJob holds a ScanTicket; ScanIdentifier and DestinationToken stand before it, both or none."""
    body = request_of(exchange)
    found = own_names(body)
    right = found in (["ScanTicket"], ["ScanIdentifier", "DestinationToken", "ScanTicket"])
    expected = "ScanIdentifier and DestinationToken or neither, then ScanTicket"
    require(right, ", ".join(found) or "nothing", expected, [exchange], body)


@invariant("wscn/cancel-job/request", over=asking("CancelJob"))
def cancel_job(exchange: Exchange) -> None:
    """CancelJob holds a JobId and nothing else."""
    found = own_names(request_of(exchange))
    require(found == ["JobId"], ", ".join(found) or "nothing", "JobId", [exchange], request_of(exchange))


@invariant("wscn/retrieve-image/request", over=asking("RetrieveImage"))
def retrieve_image(exchange: Exchange) -> None:
    """RetrieveImage holds JobId, JobToken, and DocumentDescription with a DocumentName, in whichever order: no
    schema of it has been published."""
    body = request_of(exchange)
    found = own_names(body)
    wanted = ["JobId", "JobToken", "DocumentDescription"]
    require(sorted(found) == sorted(wanted), ", ".join(found) or "nothing", ", ".join(wanted), [exchange], body)
    count = len(children(child(body, "DocumentDescription"), "DocumentName"))
    require(count == 1, f"{count} DocumentName", "one", [exchange], child(body, "DocumentDescription"))


@invariant(
    "wscn/job/texts-of-255-characters",
    over=holding(" | ".join(f"//*[local-name()='{each}']" for each in _TEXTS)),
)
def texts_of_255_characters(exchange: Exchange) -> None:
    """Names and other texts of a job have 255 characters at most."""
    for each in said(exchange).root.iter(*(f"{{{WSCN}}}{name}" for name in _TEXTS)):
        count = len(each.text or "")
        found = f"{name_of(each).local} of {count} characters"
        require(count <= 255, found, "at most 255", [exchange], each)


def _job_id(exchange: Exchange) -> None:
    for each in said(exchange).all(_JOB_IDS):
        came = number(each)
        right = came is not None and 1 <= came <= MOST
        require(right, f"JobId {text(each)!r}", f"1 to {MOST}", [exchange], each)


def _with_job_id(*operations: str) -> Any:
    known = holding(_JOB_IDS)
    return lambda recording: [each for each in known(recording) if operation_of(each) in operations]


@invariant("notes/c-18/job-id-within-xs-int", over=_with_job_id("GetJobElements", "RetrieveImage", "CancelJob"))
def job_id(exchange: Exchange) -> None:
    """A JobId is from 1 to 2147483647."""
    _job_id(exchange)


@invariant("dsd/get-job-elements/job-id-range", over=asking_dsd("GetJobElements"))
def job_id_of_dsd(exchange: Exchange) -> None:
    """The JobId of WS-DSD is from 1 to 2147483647."""
    _job_id(exchange)
