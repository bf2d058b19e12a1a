"""The WS-Scan service of a virtual scanner: eight operations and their faults (docs/protocol/ws-scan.md)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from emulator.device.produced import Produced
from emulator.device.read_service import ReadService, answered, fault_of
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import NoSheets, NotAcceptingJobs, VirtualScanner
from emulator.dpws.call import Attached, Call
from emulator.imaging.encode import UnsupportedFormat
from emulator.imaging.pages import UnsupportedSetting
from emulator.soap.envelope import Message
from emulator.soap.fault import FaultError
from emulator.soap.mtom import new_content_id
from emulator.transport.body import FileSegment
from emulator.wsscan import faults
from emulator.wsscan.constants import CANCEL_JOB, CREATE_SCAN_JOB, RETRIEVE_IMAGE, WSCN
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.messages.cancel import CancelJobRequest, CancelJobResponse
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.resolution import Resolved, TicketRejected, TicketRule
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.ticket import ScanTicket

_log = logging.getLogger(__name__)


class ScanDestinations(Protocol):
    """Who knows the scans that were begun at the device (ws-scan.md section 7)."""

    def knows_token(self, destination_token: str) -> bool:
        """Whether a subscription has that DestinationToken."""

    def knows_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """Whether a ScanAvailableEvent to that destination had the identifier, and no job has had it yet."""

    def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """The same; it is good for one job, and this one has it."""


class NoDestinations:
    """A device that begins no scans itself."""

    def knows_token(self, destination_token: str) -> bool:
        """No subscription, no token."""
        return False

    def knows_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """No event was sent."""
        return False

    def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """No event was sent."""
        return False


class ScanService(ReadService):
    """Answers with the documented faults, by the state of scanner and job as the tables say."""

    namespaces = frozenset((WSCN,))

    def __init__(
        self,
        scanner: VirtualScanner,
        path: str,
        address: Callable[[], str] = str,
        destinations: ScanDestinations | None = None,
    ) -> None:
        """Take what the service that only reads takes, and the `destinations` of scans that are begun at the
        device."""
        super().__init__(scanner, path, address)
        self.destinations: ScanDestinations = destinations or NoDestinations()
        self._operations |= {
            CREATE_SCAN_JOB: self._create,
            RETRIEVE_IMAGE: self._retrieve,
            CANCEL_JOB: self._cancel,
        }

    async def _create(self, call: Call) -> Message:
        # The law: [wscn/create-scan-job/request] [wscn/create-scan-job/response]
        # The law: [wscn/create-scan-job/empty-feeder] [wscn/fault/most-specific]
        # The law: [wscn/validation/conflict-rejected-by-create-scan-job]
        assert call.message.body is not None
        request = CreateScanJobRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        try:
            # What can never be is said before what cannot be now: whoever hears the latter tries again.
            resolved = self._resolved(request.ticket)
            self._check_destination(request)
            self._scanner.require_accepting()
            resolved = await self._seen(request.ticket, resolved)
            self._scanner.require_sheets(resolved)
            self._spend_identifier(request)
            job = self._scanner.create_job(request.ticket, resolved)
        except NotAcceptingJobs as error:
            _log.info("CreateScanJob: %s", error)
            raise FaultError(faults.not_accepting_jobs()) from None
        except NoSheets:
            raise FaultError(faults.no_images_available()) from None
        ticket = resolved.ticket
        answer = CreateScanJobResponse(job.id, job.token, image_information(ticket), final_parameters(resolved))
        return answered(call, CREATE_SCAN_JOB, answer.to_xml())

    def _resolved(self, ticket: ScanTicket) -> Resolved:
        """Raises FaultError: FormatNotSupported for the format, else InvalidArgs
        [wscn/validation/fault-of-a-rejected-ticket]."""
        formats = self._scanner.configuration.device_settings.formats
        try:
            return self._scanner.resolve(ticket)
        except TicketRejected as rejected:
            if any(problem.rule is TicketRule.FORMAT for problem in rejected.problems):
                raise FaultError(faults.format_not_supported(formats)) from None
            raise FaultError(faults.invalid_args(str(rejected))) from None
        except UnsupportedFormat as error:
            _log.warning("CreateScanJob: the profile promises what is not done: %s", error)
            raise FaultError(faults.format_not_supported(formats)) from None
        except UnsupportedSetting as error:
            _log.warning("CreateScanJob: the profile promises what is not done: %s", error)
            raise FaultError(faults.invalid_args(str(error))) from None

    async def _seen(self, ticket: ScanTicket, resolved: Resolved) -> Resolved:
        """Raises FaultError (InvalidArgs) for a region that the ticket demands and the medium is too small for."""
        try:
            return await self._scanner.with_detected_medium(ticket, resolved)
        except TicketRejected as rejected:
            raise FaultError(faults.invalid_args(str(rejected))) from None

    def _check_destination(self, request: CreateScanJobRequest) -> None:
        """A scan that the device began brings both strings, one that an application begins neither. Raises
        FaultError.
        [wscn/scan-available/identifier-checked] [wscn/scan-available/token-checked]
        [wscn/scan-available/empty-strings-are-absent]"""
        identifier, token = request.scan_identifier, request.destination_token
        if not identifier and not token:
            return
        if not self.destinations.knows_token(token):
            # Without a token there is nothing wrong with it: it is the identifier that stands alone.
            fault = faults.invalid_destination_token() if token else faults.invalid_scan_identifier()
            raise FaultError(fault)
        if not self.destinations.knows_identifier(identifier, token):
            raise FaultError(faults.invalid_scan_identifier())

    def _spend_identifier(self, request: CreateScanJobRequest) -> None:
        """An identifier is good for one job. Raises FaultError where another request has had it meanwhile.
        [wscn/scan-available/identifier-unique]"""
        identifier, token = request.scan_identifier, request.destination_token
        if token and not self.destinations.take_identifier(identifier, token):
            raise FaultError(faults.invalid_scan_identifier())

    # Jobs

    async def _retrieve(self, call: Call) -> Attached:
        # The law: [wscn/retrieve-image/id-and-token-checked] [wscn/retrieve-image/document-name]
        # The law: [wscn/retrieve-image/mtom]
        assert call.message.body is not None
        request = RetrieveImageRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        job = self._scanner.jobs.find(request.job_id)
        if job is None:
            raise FaultError(faults.job_id_not_found(request.job_id))
        if request.job_token != job.token:
            raise FaultError(faults.invalid_job_token())
        content_id = new_content_id("image")
        message = answered(call, RETRIEVE_IMAGE, RetrieveImageResponse(content_id).to_xml())
        try:
            produced = await self._scanner.keeper.retrieve(job)
        except ForbiddenInState as error:
            raise FaultError(fault_of(error.answer, job.id)) from None
        return self._attached(message, content_id, job, produced, request.document_name)

    def _attached(self, message: Message, content_id: str, job: ScanJob, produced: Produced, name: str) -> Attached:
        # The law: [wscn/retrieve-image/image-is-the-second-part] [wscn/format/attachment-types]
        document = produced.document
        return Attached(
            message,
            content_id,
            document.media_type,
            FileSegment(document.path, document.size),
            on_sent=lambda whole: self._scanner.keeper.sent(job, produced, name, whole=whole),
        )

    async def _cancel(self, call: Call) -> Message:
        # The law: [wscn/cancel-job/request] [wscn/cancel-job/unknown-job] [wscn/cancel-job/ended-job-refused]
        assert call.message.body is not None
        request = CancelJobRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        job = self._job(request.job_id, CANCEL_JOB)
        try:
            await self._scanner.keeper.cancel(job)
        except ForbiddenInState as error:
            raise FaultError(fault_of(error.answer, job.id)) from None
        return answered(call, CANCEL_JOB, CancelJobResponse().to_xml())
