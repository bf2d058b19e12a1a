"""What WS-Scan and WS-DSD have in common: five operations that read of the scanner and change nothing, each in the
namespace in which it was asked (docs/protocol/dsm.md section 11)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar, Final

from lxml import etree

from emulator.device.scan_job_states import ScanJobAnswer, scan_job_answer
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import VirtualScanner
from emulator.device.ticket_repair import corrected
from emulator.dpws.call import Attached, Call, require_destination
from emulator.imaging.pages import UnsupportedSetting
from emulator.soap.constants import ANONYMOUS
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, action_not_supported
from emulator.soap.xml import QName, namespace_of
from emulator.wsscan import faults
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    DSD,
    GET_ACTIVE_JOBS,
    GET_JOB_ELEMENTS,
    GET_JOB_HISTORY,
    GET_SCANNER_ELEMENTS,
    JOB_STATUS,
    SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
    VALIDATE_SCAN_TICKET,
    WSCN,
    WSCN_2006_01,
)
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.messages.elements import (
    Content,
    GetJobElementsRequest,
    GetJobElementsResponse,
    GetScannerElementsRequest,
    GetScannerElementsResponse,
)
from emulator.wsscan.messages.jobs import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.resolution import TicketChange, TicketProblem, TicketRejected, TicketRule
from emulator.wsscan.values.image_information import NO_IMAGES, image_information
from emulator.wsscan.values.jobs import JobDocuments

_log = logging.getLogger(__name__)

MAX_DOCUMENTS_TOLD: Final = 20_000
"""Names of documents in one answer to who asks for the list more than once."""

Operation = Callable[[Call], Awaitable[Message | Attached]]


class ReadService:
    """Answers with the documented faults, which have the subcodes of WS-Scan in both services.
    [dsd/fault/wsscan-subcodes] [clients/wsd-python/status-and-all-sections]"""

    namespaces: ClassVar[frozenset[str]]
    """Those that an action may be in."""

    def __init__(self, scanner: VirtualScanner, path: str, address: Callable[[], str] = str) -> None:
        """`path`: of the service's own address, and `address`: gives that of the device's endpoint; a message to
        another is refused."""
        self._scanner = scanner
        self._path = path
        self._address = address
        self._operations: dict[str, Operation] = {
            GET_SCANNER_ELEMENTS: self._scanner_elements,
            GET_JOB_ELEMENTS: self._job_elements,
            GET_ACTIVE_JOBS: self._active_jobs,
            GET_JOB_HISTORY: self._job_history,
            VALIDATE_SCAN_TICKET: self._validate,
        }

    async def __call__(self, call: Call) -> Message | Attached:
        """One of the operations. Raises FaultError, ContentError, MimeError and BodyBroken."""
        namespace, _, name = call.message.action.rpartition("/")
        if namespace == WSCN_2006_01:
            call.content.note("namespace", "Envelope/Header/Action", call.message.action)
            namespace = WSCN
        operation = self._operations.get(f"{WSCN}/{name}") if namespace in self.namespaces else None
        if operation is None:
            raise FaultError(action_not_supported(call.message.action))
        # Some clients name the device's endpoint.
        require_destination(call.message.to, self._path, also=(ANONYMOUS, self._address().lower()))
        if call.message.body is None:
            raise FaultError(faults.invalid_args(f"{name}Request"))
        return await operation(call)

    def invalid(self, argument: str) -> Fault:
        """wscn:InvalidArgs."""
        return faults.invalid_args(argument)

    def internal_error(self) -> Fault:
        """wscn:ServerErrorInternalError. [wscn/fault/internal-error-lasts]"""
        return faults.internal_error()

    def temporary_error(self) -> Fault:
        """wscn:ServerErrorTemporaryError. [wscn/fault/server-error-temporary-error]"""
        return faults.temporary_error()

    # The device

    async def _scanner_elements(self, call: Call) -> Message:
        assert call.message.body is not None
        request = GetScannerElementsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        scanner = self._scanner
        found: dict[QName, Content] = {
            SCANNER_DESCRIPTION: scanner.description,
            SCANNER_CONFIGURATION: scanner.configuration,
            SCANNER_STATUS: scanner.status(),
            DEFAULT_SCAN_TICKET: scanner.default_ticket,
        }
        # The law: [wscn/element-data/one-for-each-name]
        answer = GetScannerElementsResponse(tuple(ElementData(name, found.get(name)) for name in request.names))
        return answered(call, GET_SCANNER_ELEMENTS, answer.to_xml(asked_in(call)))

    async def _active_jobs(self, call: Call) -> Message:
        assert call.message.body is not None
        GetActiveJobsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        answer = GetActiveJobsResponse(tuple(job.summary for job in self._scanner.jobs.active))
        return answered(call, GET_ACTIVE_JOBS, answer.to_xml(asked_in(call)))

    async def _job_history(self, call: Call) -> Message:
        assert call.message.body is not None
        GetJobHistoryRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        answer = GetJobHistoryResponse(tuple(job.summary for job in self._scanner.jobs.finished))
        return answered(call, GET_JOB_HISTORY, answer.to_xml(asked_in(call)))

    # Tickets

    async def _validate(self, call: Call) -> Message:
        # The law: [wscn/validate-scan-ticket/answered] [wscn/validate-scan-ticket/valid]
        # The law: [wscn/validate-scan-ticket/invalid] [wscn/validation/conflicting-must-honor]
        assert call.message.body is not None
        request = ValidateScanTicketRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        scanner, too_large = self._scanner, frozenset[str]()
        try:
            resolved = await scanner.with_detected_medium(request.ticket, scanner.resolve(request.ticket))
        except TicketRejected as rejected:
            if any(problem.rule is TicketRule.CONFLICT for problem in rejected.problems):
                raise FaultError(faults.conflicting_required_parameters()) from None
            _log.info("ValidateScanTicket: not valid: %s", rejected)
            too_large = beyond_detected(rejected.problems)
        except UnsupportedSetting as error:
            _log.warning("ValidateScanTicket: the profile promises what is not done: %s", error)
        else:
            if resolved.honoured:
                answer = ValidateScanTicketResponse(True, image_information(resolved.ticket))
                return answered(call, VALIDATE_SCAN_TICKET, answer.to_xml(asked_in(call)))
            _log.info("ValidateScanTicket: not valid: %s", "; ".join(map(str, resolved.changes)))
            too_large = beyond_detected(resolved.changes)
        ticket = corrected(request.ticket, scanner.resolve, scanner.default_ticket, leave_out=too_large)
        answer = ValidateScanTicketResponse(False, NO_IMAGES, ticket)
        return answered(call, VALIDATE_SCAN_TICKET, answer.to_xml(asked_in(call)))

    # Jobs

    def _job(self, job_id: int, action: str) -> ScanJob:
        """The job, if its state lets the operation happen. Raises FaultError. [dsd/get-job-elements/unknown-job]"""
        job = self._scanner.jobs.find(job_id)
        operation = action.rpartition("/")[2]
        answer = scan_job_answer(operation, job.state, job.reason) if job else scan_job_answer(operation, None)
        if job is None or answer is not ScanJobAnswer.ACCEPTED:
            raise FaultError(fault_of(answer, job_id))
        return job

    async def _job_elements(self, call: Call) -> Message:
        # The law: [wscn/get-job-elements/response] [wscn/get-job-elements/sections]
        # The law: [wscn/get-job-elements/unknown-job] [wscn/element-data/one-for-each-name]
        assert call.message.body is not None
        request = GetJobElementsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        job = self._job(request.job_id, GET_JOB_ELEMENTS)
        found: dict[QName, Content] = {
            JOB_STATUS: job.status,
            SCAN_TICKET: job.ticket,
            DOCUMENTS: JobDocuments(final_parameters(job.resolved), tuple(job.document_names)),
        }
        often = request.names.count(DOCUMENTS)
        if often > 1 and often * len(job.document_names) > MAX_DOCUMENTS_TOLD:
            raise FaultError(faults.internal_error())
        answer = GetJobElementsResponse(tuple(ElementData(name, found.get(name)) for name in request.names))
        return answered(call, GET_JOB_ELEMENTS, answer.to_xml(asked_in(call)))


def beyond_detected(reasons: Iterable[TicketChange | TicketProblem]) -> frozenset[str]:
    """The paths of regions for which the medium that lies there is too small."""
    return frozenset(each.path for each in reasons if each.rule is TicketRule.BEYOND_DETECTED)


def asked_in(call: Call) -> str:
    """The namespace of wscn or dsd in which the body of a request is, and so that of its answer.
    [dsd/action/body-decides] [dsd/validate-scan-ticket/roots-of-wsscan]"""
    body = call.message.body
    return DSD if body is not None and namespace_of(body) == DSD else WSCN


def answered(call: Call, action: str, body: etree._Element) -> Message:
    """The answer to an operation of WS-Scan, under an action in the namespace of the request's; to one of
    2006/01 in that of the wire."""
    if call.message.action.startswith(f"{DSD}/"):
        action = DSD + action.removeprefix(WSCN)
    return response(call.message, body, f"{action}Response")


def fault_of(answer: ScanJobAnswer, job_id: int) -> Fault:
    """What is said to an operation that the state of a job forbids."""
    match answer:
        case ScanJobAnswer.NOT_FOUND:
            return faults.job_id_not_found(job_id)
        case ScanJobAnswer.NO_IMAGES_AVAILABLE:
            return faults.no_images_available()
        case ScanJobAnswer.JOB_CANCELLED:
            return faults.job_cancelled()
        case _:
            return faults.operation_failed()
