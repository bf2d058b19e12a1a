"""The WS-Scan service of a virtual scanner: eight operations and their faults (WS-Scan pages; ws-scan.md)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from urllib.parse import urlsplit

from lxml import etree

from emulator.device.production import Produced
from emulator.device.scan_job_keeper import NotPossible
from emulator.device.scan_job_states import SCAN_JOB_ANSWERS, ScanJobAnswer
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import NoSheets, NotAcceptingJobs, VirtualScanner
from emulator.device.ticket_repair import corrected
from emulator.dpws.endpoint import Attached, Call, refuse_deviations
from emulator.imaging.encode import UnsupportedFormat
from emulator.imaging.pages import UnsupportedSetting
from emulator.soap.constants import ANONYMOUS
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, action_not_supported, destination_unreachable
from emulator.soap.mtom import new_content_id
from emulator.soap.xml import QName
from emulator.transport.body import FileSegment
from emulator.wsscan import faults
from emulator.wsscan.constants import (
    CANCEL_JOB,
    CREATE_SCAN_JOB,
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    GET_ACTIVE_JOBS,
    GET_JOB_ELEMENTS,
    GET_JOB_HISTORY,
    GET_SCANNER_ELEMENTS,
    JOB_STATUS,
    RETRIEVE_IMAGE,
    SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
    VALIDATE_SCAN_TICKET,
    WSCN,
    WSCN_2006_01,
)
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.messages.cancel import CancelJobRequest, CancelJobResponse
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import (
    Content,
    ElementData,
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
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.resolution import Resolved, TicketRejected
from emulator.wsscan.values.image_information import NO_IMAGES, image_information
from emulator.wsscan.values.jobs import JobDocuments
from emulator.wsscan.values.ticket import ScanTicket

_log = logging.getLogger(__name__)

Operation = Callable[[Call], Awaitable[Message | Attached]]

_FORMAT_RULE: Final = 6
_CONFLICT_RULE: Final = 4


class ScanDestinations(Protocol):
    """Who knows the scans that were begun at the device (ws-scan.md section 7)."""

    def knows_token(self, destination_token: str) -> bool:
        """Whether a subscription has that DestinationToken."""

    def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """Whether a ScanAvailableEvent to that destination had the identifier; it is good for one job."""


class NoDestinations:
    """A device that begins no scans itself."""

    def knows_token(self, destination_token: str) -> bool:
        """No subscription, no token."""
        return False

    def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """No event was sent."""
        return False


class ScanService:
    """Answers with the documented faults, by the state of scanner and job as the tables say."""

    def __init__(
        self,
        scanner: VirtualScanner,
        path: str,
        *,
        address: str = "",
        strict: bool = False,
        destinations: ScanDestinations | None = None,
    ) -> None:
        """`path`: of the service's own address, and `address`: of the device's endpoint; a message to another is
        refused."""
        self._scanner = scanner
        self._path = path
        self._address = address
        self._strict = strict
        self.destinations: ScanDestinations = destinations or NoDestinations()
        self._operations: dict[str, Operation] = {
            GET_SCANNER_ELEMENTS: self._scanner_elements,
            GET_JOB_ELEMENTS: self._job_elements,
            GET_ACTIVE_JOBS: self._active_jobs,
            GET_JOB_HISTORY: self._job_history,
            VALIDATE_SCAN_TICKET: self._validate,
            CREATE_SCAN_JOB: self._create,
            RETRIEVE_IMAGE: self._retrieve,
            CANCEL_JOB: self._cancel,
        }

    async def __call__(self, call: Call) -> Message | Attached:
        """One of the eight operations. Raises FaultError, ContentError, MimeError and BodyBroken."""
        action = call.message.action
        if action.startswith(WSCN_2006_01):
            call.content.note("namespace", "Envelope/Header/Action", action)
            action = WSCN + action.removeprefix(WSCN_2006_01)
        operation = self._operations.get(action)
        if operation is None:
            raise FaultError(action_not_supported(call.message.action))
        self._check_to(call.message.to)
        if call.message.body is None:
            raise FaultError(faults.invalid_args(f"{action.rpartition('/')[2]}Request"))
        return await operation(call)

    def invalid(self, argument: str) -> Fault:
        """wscn:InvalidArgs."""
        return faults.invalid_args(argument)

    def internal_error(self) -> Fault:
        """wscn:ServerErrorInternalError."""
        return faults.internal_error()

    def _check_to(self, to: str) -> None:
        """wsa:To is the address of the service; a proxy may name another host, and some clients say the
        device's endpoint instead."""
        if to in ("", ANONYMOUS) or to.lower() == self._address.lower():
            return
        try:
            path = urlsplit(to).path
        except ValueError:
            path = ""
        if path.rstrip("/").lower() != self._path.lower():
            raise FaultError(destination_unreachable(to))

    async def _whole(self, call: Call) -> None:
        """The message to its end and, if strict, without a deviation: before anything is done."""
        await call.incoming.rest()
        refuse_deviations(call, self, strict=self._strict)

    # The device

    async def _scanner_elements(self, call: Call) -> Message:
        assert call.message.body is not None
        request = GetScannerElementsRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        scanner = self._scanner
        found: dict[QName, Content] = {
            SCANNER_DESCRIPTION: scanner.description,
            SCANNER_CONFIGURATION: scanner.configuration,
            SCANNER_STATUS: scanner.status(),
            DEFAULT_SCAN_TICKET: scanner.default_ticket,
        }
        answer = GetScannerElementsResponse(tuple(ElementData(name, found.get(name)) for name in request.names))
        return _answer(call, GET_SCANNER_ELEMENTS, answer.to_xml())

    async def _active_jobs(self, call: Call) -> Message:
        assert call.message.body is not None
        GetActiveJobsRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        answer = GetActiveJobsResponse(tuple(job.summary for job in self._scanner.jobs.active))
        return _answer(call, GET_ACTIVE_JOBS, answer.to_xml())

    async def _job_history(self, call: Call) -> Message:
        assert call.message.body is not None
        GetJobHistoryRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        answer = GetJobHistoryResponse(tuple(job.summary for job in self._scanner.jobs.finished))
        return _answer(call, GET_JOB_HISTORY, answer.to_xml())

    # Tickets

    async def _validate(self, call: Call) -> Message:
        assert call.message.body is not None
        request = ValidateScanTicketRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        try:
            resolved = self._scanner.resolve(request.ticket)
        except TicketRejected as rejected:
            if any(problem.rule == _CONFLICT_RULE for problem in rejected.problems):
                raise FaultError(faults.conflicting_required_parameters()) from None
            _log.info("ValidateScanTicket: not valid: %s", rejected)
        except UnsupportedSetting as error:
            _log.warning("ValidateScanTicket: the profile promises what is not done: %s", error)
        else:
            answer = ValidateScanTicketResponse(True, image_information(resolved.ticket))
            return _answer(call, VALIDATE_SCAN_TICKET, answer.to_xml())
        ticket = corrected(request.ticket, self._scanner.configuration, self._scanner.default_ticket)
        return _answer(call, VALIDATE_SCAN_TICKET, ValidateScanTicketResponse(False, NO_IMAGES, ticket).to_xml())

    async def _create(self, call: Call) -> Message:
        assert call.message.body is not None
        request = CreateScanJobRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        try:
            self._scanner.require_accepting()
            resolved = self._resolved(request.ticket)
            self._check_destination(request)
            job = self._scanner.create_job(request.ticket, resolved)
        except NotAcceptingJobs as error:
            _log.info("CreateScanJob: %s", error)
            raise FaultError(faults.not_accepting_jobs()) from None
        except NoSheets:
            raise FaultError(faults.no_images_available()) from None
        ticket = resolved.ticket
        _log.info("scan job %d created: %s %s", job.id, ticket.format, ticket.input_source)
        answer = CreateScanJobResponse(job.id, job.token, image_information(ticket), final_parameters(resolved))
        return _answer(call, CREATE_SCAN_JOB, answer.to_xml())

    def _resolved(self, ticket: ScanTicket) -> Resolved:
        """Raises FaultError: FormatNotSupported for the format, else InvalidArgs (ws-scan.md section 5, rule 3)."""
        formats = self._scanner.configuration.device_settings.formats
        try:
            return self._scanner.resolve(ticket)
        except TicketRejected as rejected:
            if any(problem.rule == _FORMAT_RULE for problem in rejected.problems):
                raise FaultError(faults.format_not_supported(formats)) from None
            raise FaultError(faults.invalid_args(str(rejected))) from None
        except UnsupportedFormat as error:
            _log.warning("CreateScanJob: the profile promises what is not done: %s", error)
            raise FaultError(faults.format_not_supported(formats)) from None
        except UnsupportedSetting as error:
            _log.warning("CreateScanJob: the profile promises what is not done: %s", error)
            raise FaultError(faults.invalid_args(str(error))) from None

    def _check_destination(self, request: CreateScanJobRequest) -> None:
        """A scan that the device began brings both strings, one that an application begins neither."""
        identifier, token = request.scan_identifier, request.destination_token
        if not identifier and not token:
            return
        if not self.destinations.knows_token(token):
            # Without a token there is nothing wrong with it: it is the identifier that stands alone.
            fault = faults.invalid_destination_token() if token else faults.invalid_scan_identifier()
            raise FaultError(fault)
        if not self.destinations.take_identifier(identifier, token):
            raise FaultError(faults.invalid_scan_identifier())

    # Jobs

    def _job(self, job_id: int, action: str) -> ScanJob:
        """The job, if its state lets the operation happen. Raises FaultError."""
        job = self._scanner.jobs.find(job_id)
        answer = SCAN_JOB_ANSWERS[action.rpartition("/")[2]][job.state if job else None]
        if job is None or answer is not ScanJobAnswer.ACCEPTED:
            raise FaultError(_fault_of(answer, job_id))
        return job

    async def _job_elements(self, call: Call) -> Message:
        assert call.message.body is not None
        request = GetJobElementsRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        job = self._job(request.job_id, GET_JOB_ELEMENTS)
        found: dict[QName, Content] = {
            JOB_STATUS: job.status,
            SCAN_TICKET: job.ticket,
            DOCUMENTS: JobDocuments(final_parameters(job.resolved), tuple(job.document_names)),
        }
        answer = GetJobElementsResponse(tuple(ElementData(name, found.get(name)) for name in request.names))
        return _answer(call, GET_JOB_ELEMENTS, answer.to_xml())

    async def _retrieve(self, call: Call) -> Attached:
        assert call.message.body is not None
        request = RetrieveImageRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        job = self._scanner.jobs.find(request.job_id)
        if job is None:
            raise FaultError(faults.job_id_not_found(request.job_id))
        if request.job_token != job.token:
            raise FaultError(faults.invalid_job_token())
        content_id = new_content_id("image")
        message = _answer(call, RETRIEVE_IMAGE, RetrieveImageResponse(content_id).to_xml())
        try:
            produced = await self._scanner.keeper.retrieve(job)
        except NotPossible as error:
            raise FaultError(_fault_of(error.answer, job.id)) from None
        return self._attached(message, content_id, job, produced, request.document_name)

    def _attached(self, message: Message, content_id: str, job: ScanJob, produced: Produced, name: str) -> Attached:
        document = produced.document
        return Attached(
            message,
            content_id,
            document.media_type,
            FileSegment(document.path, document.size),
            on_sent=lambda whole: self._scanner.keeper.sent(job, produced, name, whole=whole),
        )

    async def _cancel(self, call: Call) -> Message:
        assert call.message.body is not None
        request = CancelJobRequest.from_xml(call.message.body, call.content)
        await self._whole(call)
        job = self._job(request.job_id, CANCEL_JOB)
        try:
            await self._scanner.keeper.cancel(job)
        except NotPossible as error:
            raise FaultError(_fault_of(error.answer, job.id)) from None
        return _answer(call, CANCEL_JOB, CancelJobResponse().to_xml())


def _answer(call: Call, action: str, body: etree._Element) -> Message:
    """In the namespace of the wire, also to a request whose action is in another."""
    return response(call.message, body, f"{action}Response")


def _fault_of(answer: ScanJobAnswer, job_id: int) -> Fault:
    match answer:
        case ScanJobAnswer.NOT_FOUND:
            return faults.job_id_not_found(job_id)
        case ScanJobAnswer.NO_IMAGES_AVAILABLE:
            return faults.no_images_available()
        case ScanJobAnswer.JOB_CANCELLED:
            return faults.job_cancelled()
        case _:
            return faults.operation_failed()
