"""The WS-DSP service: the five operations of a post-scan job (WS-DSP pages)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from emulator.directory.errors import DirectoryError, DirectoryUnreachable, NotUnderstood
from emulator.dpws.call import Call, require_destination
from emulator.dsm import faults
from emulator.dsm.constants import (
    CANCEL_POST_SCAN_JOB,
    CREATE_POST_SCAN_JOB,
    DSP,
    END_POST_SCAN_JOB,
    GET_POST_SCAN_JOB_ELEMENTS,
    SEND_IMAGE,
)
from emulator.dsm.guid import parse_guid
from emulator.dsm.instructions_check import differences_not_allowed
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.end import EndPostScanJobRequest, EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest, SendImageResponse
from emulator.dsm.states import JobState, JobTrigger, next_state
from emulator.faults.behaviours import Behaviour
from emulator.scan_server.client_identity import require_user
from emulator.scan_server.directory import ServerDirectory
from emulator.scan_server.files import IncomingFile
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.job_operations import JobOperations, temporary_error
from emulator.scan_server.jobs import FilterRun, Job, new_token
from emulator.scan_server.time_limit import ArrivingBody
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, action_not_supported
from emulator.soap.xml import local_name

_log = logging.getLogger(__name__)

MAX_OPEN_JOBS: Final = 1000
"""Jobs that have not ended; one more is asked to come back later."""
MAX_IMAGE_BYTES: Final = 2**32
"""Largest image taken, in octets: what a TIFF can be (TIFF 6.0, 32-bit offsets)."""

Operation = Callable[[Call], Awaitable[Message]]


class ProcessingService:
    """Answers with the documented faults, by the state of the job as OPERATION_ANSWERS says.
    [dsp/operations/fault-instead-of-response] [dsp/operations/all-five]"""

    def __init__(
        self,
        directory: ServerDirectory,
        keeper: JobKeeper,
        path: str,
        behaviours: frozenset[Behaviour] = frozenset(),
    ) -> None:
        """`path`: of the service's own address; a message to another is refused. `behaviours`: what is done
        otherwise than the documents say."""
        self._behaviours = behaviours
        self._directory = directory
        self._keeper = keeper
        self._path = path
        self._creating = 0
        """Requests that may become a job: they count as open ones, or a crowd at once would pass the limit."""
        self._jobs = JobOperations(keeper, DSP, behaviours)
        self._operations: dict[str, tuple[str, Operation]] = {
            CREATE_POST_SCAN_JOB: ("CreatePostScanJobRequest", self._create),
            SEND_IMAGE: ("SendImageRequest", self._send_image),
            END_POST_SCAN_JOB: ("EndPostScanJobRequest", self._end),
            CANCEL_POST_SCAN_JOB: ("CancelPostScanJobRequest", self._cancel),
            GET_POST_SCAN_JOB_ELEMENTS: ("GetPostScanJobElementsRequest", self._jobs.elements),
        }

    async def __call__(self, call: Call) -> Message:
        """One of the five operations. Raises FaultError, ContentError, MimeError and BodyBroken."""
        message = call.message
        if isinstance(body := call.incoming.request.body, ArrivingBody):
            body.known()  # which job it is for
        if message.action not in self._operations:
            raise FaultError(action_not_supported(message.action))
        name, operation = self._operations[message.action]
        require_destination(message.to, self._path)
        if message.body is None or local_name(message.body) != name:
            raise FaultError(faults.invalid_args(name))
        about: etree._Element | None = message.body
        try:
            answer = await operation(call)
            if operation == self._create:
                about = answer.body
            return answer
        finally:
            self._remember_deviations(call, about)

    def _remember_deviations(self, call: Call, about: etree._Element | None) -> None:
        """Remember them of the job whose JobToken stands there."""
        if call.deviations and about is not None:
            token = next((each.text for each in about.iter("{*}JobToken")), None)
            job = None if token is None else self._keeper.find(token.strip())
            if job is not None:
                job.deviated(call.operation, call.deviations)

    def invalid(self, argument: str) -> Fault:
        """dsp:InvalidArgs. [dsp/fault/invalid-args]"""
        return faults.invalid_args(argument)

    def internal_error(self) -> Fault:
        """dsp:ServerErrorInternalError. [dsp/fault/server-error-internal-error]"""
        return faults.internal_error()

    def temporary_error(self) -> Fault:
        """dsp:ServerErrorTemporaryError. [dsp/fault/server-error-temporary-error]"""
        return temporary_error(DSP, self._behaviours)

    # CreatePostScanJob

    async def _create(self, call: Call) -> Message:
        assert call.message.body is not None
        request = CreatePostScanJobRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        if self._keeper.open_jobs + self._creating >= MAX_OPEN_JOBS:
            raise FaultError(self.temporary_error())
        self._creating += 1
        try:
            return await self._begin(request, call)
        finally:
            self._creating -= 1

    async def _begin(self, request: CreatePostScanJobRequest, call: Call) -> Message:
        try:
            job = await asyncio.to_thread(self._new_job, request, call)
        except NotUnderstood as error:
            raise FaultError(faults.invalid_args(f"PSP_Identifier: {error}")) from None
        except DirectoryError as error:
            _log.error("CreatePostScanJob: the directory cannot be read: %s", error)
            # A domain controller may be back in a moment; a folder with a mistake stays one.
            later = isinstance(error, DirectoryUnreachable)
            raise FaultError(self.temporary_error() if later else faults.internal_error()) from None
        try:
            await self._keeper.begin(job)
        except OSError:  # told by the store; it may be usable again in a moment
            raise FaultError(self.temporary_error()) from None
        return response(call.message, CreatePostScanJobResponse(job.token).to_xml())

    def _new_job(self, request: CreatePostScanJobRequest, call: Call) -> Job:
        """The job, if user, scan process and instructions are those of the directory. Raises FaultError.
        [dsp/create-post-scan-job/checked-against-the-directory] [dsp/create-post-scan-job/new-token]
        [bdsrr/3/authorization-checks]"""
        directory = self._directory.refresh()
        user = directory.user_by_sid(request.user_identifier)
        if user is None:
            raise FaultError(faults.invalid_args(f"UserIdentifier: {request.user_identifier!r} is nobody known"))
        require_user(call, user)
        try:
            stored = directory.by_identifier(parse_guid(request.psp_identifier))
        except ValueError as error:
            raise FaultError(faults.invalid_args(f"PSP_Identifier: {error}")) from None
        if stored is None:
            raise FaultError(faults.invalid_args(f"PSP_Identifier: no scan process {request.psp_identifier!r}"))
        if not stored.may_be_used_by(user):
            raise FaultError(faults.invalid_args(f"PSP_Identifier: {user.principal} may not use the scan process"))
        process = stored.process
        if Behaviour.NO_DEVICE_CHOICES in self._behaviours:
            process = replace(process, allow_file_name_change=False, allow_file_path_change=False)
        differences = differences_not_allowed(process, request.instructions)
        if differences:
            raise FaultError(faults.invalid_args(f"PostScanInstructions: {differences[0]}"))
        return Job(
            token=new_token(),
            process=stored.process,
            instructions=request.instructions,
            user=user,
            peer=call.incoming.request.remote,
            created=datetime.now(UTC),
            filters=[FilterRun(each) for each in request.instructions.filters],
            state=next_state(None, JobTrigger.CREATED).state,
        )

    # SendImage and EndPostScanJob

    async def _send_image(self, call: Call) -> Message:
        # The law: [dsp/answer/send-image-while-creating]
        assert call.message.body is not None
        request = SendImageRequest.from_xml(call.message.body, call.content)
        # Before the attachment is read: who is refused need not send it to its end.
        call.refuse_deviations()
        job = self._jobs.job(request.job_token, "SendImage")
        require_user(call, job.user)
        self._require_new(job, request.document_id)
        with self._keeper.receiving(job):
            incoming: IncomingFile | None = None
            try:
                incoming = await asyncio.to_thread(self._keeper.store.incoming)
                with self._keeper.arriving(job):
                    await self._take(call, request, job, incoming)
                    await call.content_read()
                if not incoming.size:
                    raise FaultError(faults.invalid_args("ImageData: the image has no octets"))
                # The job may have moved on meanwhile, or the same document have come twice at once.
                self._jobs.job(job.token, "SendImage")
                self._require_new(job, request.document_id)
                await self._keeper.keep(job, request.document_id, request.format, incoming)
            except OSError as error:
                self._jobs.job(job.token, "SendImage")  # its folder may have been put away
                _log.error("job %s: image %d cannot be stored: %s", job.token, request.document_id, error)
                await self._keeper.fail_image(job)
                raise FaultError(faults.internal_error()) from None
            finally:
                if incoming is not None:
                    incoming.discard()
        self._jobs.job(job.token, "SendImage")
        return response(call.message, SendImageResponse().to_xml())

    async def _take(self, call: Call, request: SendImageRequest, job: Job, incoming: IncomingFile) -> None:
        """Write the image to disk as it arrives. [dsp/send-image/response-means-received]"""
        if request.content_id is None:
            incoming.write(request.inline or b"")
            return
        async for data in call.incoming.attachment(request.content_id, "ImageData"):
            self._keeper.octets_arrived(job, len(data))
            if incoming.size + len(data) > MAX_IMAGE_BYTES:
                raise FaultError(faults.invalid_args(f"ImageData: longer than {MAX_IMAGE_BYTES} octets"))
            if job.state is not JobState.CREATING:
                self._jobs.job(job.token, "SendImage")
            incoming.write(data)

    def _require_new(self, job: Job, document_id: int) -> None:
        """DocumentId is unique in the job (MS-BDSRR 3.2.1).
        [dsp/send-image/document-id-once] [dsp/send-image/document-id-unique] [bdsrr/3.2.1/scan-document]"""
        if document_id in job.documents or document_id in job.storing:
            raise FaultError(faults.invalid_args(f"DocumentId: {document_id} has been used"))

    async def _end(self, call: Call) -> Message:
        # The law: [dsp/end-post-scan-job/processing-may-begin] [dsp/end-post-scan-job/acknowledges-only]
        assert call.message.body is not None
        request = EndPostScanJobRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        job = self._jobs.job(request.job_token, "EndPostScanJob")
        require_user(call, job.user)
        self._keeper.end(job)
        return response(call.message, EndPostScanJobResponse().to_xml())

    async def _cancel(self, call: Call) -> Message:
        # The law: [dsp/cancel-post-scan-job/same-user]
        return await self._jobs.cancel(call, lambda job: require_user(call, job.user))
