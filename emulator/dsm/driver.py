"""Runs post-scan jobs over HTTP: does what the sequencer says and tells it what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from typing import Any, Final, NoReturn

from emulator.dpws.discovery import probe
from emulator.dpws.metadata import get
from emulator.dpws.soap_caller import SoapCaller, SoapRequest
from emulator.dsm.answers import event_of, reader_of_answer, trouble_of
from emulator.dsm.contradictions import JOB_TOKEN
from emulator.dsm.job_requests import Document, job_request
from emulator.dsm.job_status import JobStatus
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import (
    JobAccount,
    JobLimits,
    JobOutcome,
    JobResult,
    PostScanJobFailed,
)
from emulator.dsm.sequence_steps import (
    OPERATIONS,
    Acknowledge,
    Acknowledged,
    Answered,
    AwaitAnswer,
    Event,
    Failed,
    Finished,
    Found,
    Interrupted,
    NewDocument,
    NextDocument,
    NoMoreDocuments,
    Operation,
    SendRequest,
    SourceFailed,
    Step,
    Trouble,
    Wait,
    Waited,
)
from emulator.dsm.sequence_table import Phase, Result
from emulator.dsm.sequencer import Sequencer
from emulator.dsm.service_search import ServiceSearch
from emulator.layers import InterventionFailed, Layers
from emulator.soap.deviations import Deviation
from emulator.transport.http import ExchangeError, HttpClient, TimeLimits

_TIMED: Final = {
    Phase.CREATE: "create",
    Phase.DOCUMENT: "source",
    Phase.SEND: "send",
    Phase.SEND_CHECK: "send",
    Phase.END: "end",
    Phase.END_CHECK: "end",
    Phase.WATCH: "wait",
    Phase.CONFIRM: "wait",
}


class PostScanJobDriver:
    """Drives one scan server. One job at a time."""

    def __init__(
        self,
        client: HttpClient,
        *,
        server_url: str | None = None,
        service_url: str | None = None,
        limits: JobLimits | None = None,
        layers: Layers | None = None,
        on_step: Callable[[Step], None] = lambda step: None,
        on_created: Callable[[str, str], None] = lambda job_token, service_url: None,
        subscribe: Callable[[str, tuple[bytes, ...]], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Give `service_url` (known endpoint, nothing is searched) or `server_url`.

        - `layers`: where they are strict, a deviation of the server is a failure.

        `on_step` is told every step before it is done, `on_created` the JobToken and the service as soon as the job
        exists. `subscribe` is called with the address of the service, and the header blocks that go with messages
        to it, before CreatePostScanJob; it does not raise for what the server does.
        """
        if not (server_url or service_url):
            raise ValueError("a server URL or a service URL is needed")
        self._layers = layers or Layers()
        self._client = client
        self._caller = SoapCaller(client, self._layers)
        self._server_url = server_url or ""
        self._service_url = service_url or ""
        self._limits = limits or JobLimits()
        self._on_step = on_step
        self._on_created = on_created
        self._subscribe = subscribe
        self._clock = clock
        self._sleep = sleep
        self._sequencer: Sequencer | None = None
        self._end_known: asyncio.Future[None] | None = None
        """Done when an event has told the end of the job that runs."""
        self._end_sent_at: float | None = None
        self._end_known_at: float | None = None
        self._parameters: tuple[bytes, ...] = ()
        self._tokens: set[str] = set()
        self.account = JobAccount()
        """What is known of the last job, at any moment and also where `run` raises."""

    @property
    def canceled(self) -> bool | None:
        """Whether the server took the cancellation of the last job; None when there was nothing to cancel."""
        return self.account.canceled

    def status_seen(self, status: JobStatus, event: str = "", psp_identifier: str = "") -> bool:
        """Tell of a JobStatus that came another way (an event), at any moment of a job. One that tells the job's
        end ends the waiting at once. `event`: its name; `psp_identifier`: the scan process that it names. Whether
        it is of our job; while CreatePostScanJob is not answered, none is known to be: see EarlyEvents.
        [dsp/event/end-state-once]"""
        job = self._sequencer
        if job is None or not job.job_token:
            return False
        if job.status_seen(status, psp_identifier):
            if self._end_known is not None and not self._end_known.done():
                self._end_known.set_result(None)
            self._end_known_at = self._clock()
        self._note_of(job, event or "event")
        return status.job_token == job.job_token

    def _note_of(self, job: Sequencer, operation: str) -> None:
        """Keep the account true."""
        self.account.contradicted(operation, job.testimony.found)
        self.account.status, self.account.job_token = job.status, job.job_token

    def events_lost(self) -> None:
        """Tell that events come no more."""
        if self._sequencer is not None:
            self._sequencer.events_lost()

    def deviated(self, operation: str, deviations: Iterable[Deviation]) -> None:
        """Add departures from the documents that came another way to those of the job."""
        found = tuple(deviations)
        self.account.deviated(operation, found)
        if self._sequencer is not None and self._sequencer.job_token:
            self._sequencer.contradicted(found)

    def _job_known(self, job: Sequencer) -> None:
        """The JobToken is there."""
        if job.job_token in self._tokens:
            job.testimony.note(JOB_TOKEN, f"{job.job_token}, given to an earlier job", "JobToken")
        self._tokens.add(job.job_token)

    async def find_service(self) -> str:
        """The address of the WS-DSP service: the one given, or found by Probe and Get.

        Raises PostScanJobFailed.
        [dsp/address/service-from-the-metadata]"""
        if self._service_url:
            return self._service_url
        began = self._clock()
        search = ServiceSearch(self._server_url, self.account.exchanges)
        step = search.start()
        while not isinstance(step, Found):
            self._on_step(step)
            match step:
                case Failed():
                    self._note(search)
                    self._fail(step)
                case Wait(seconds):
                    await self._sleep(seconds)
                    step = search.feed(Waited())
                case SendRequest():
                    message = get(step.to) if step.operation is Operation.GET else probe()
                    step = search.feed(await self._exchange(step, SoapRequest(step.url, message)))
        self._note(search)
        self.account.timings["find"] = self._clock() - began
        self._service_url, self._parameters = step.service_url, step.parameters
        return step.service_url

    async def run(
        self,
        request: CreatePostScanJobRequest,
        documents: AsyncIterator[Document],
        on_acknowledged: Callable[[Document, int], None],
        *,
        wait: bool = True,
    ) -> JobResult:
        """Run one post-scan job to its final state, or with `wait` False to EndPostScanJobResponse.

        `on_acknowledged` is told each document, with the number of SendImage requests it took, when the
        server has it. Raises PostScanJobFailed; what `documents` or `on_acknowledged` raise, and
        CancelledError, are raised again after the job has been cancelled at the server.
        """
        began = self._clock()
        account = self.account = JobAccount(service_url=self._service_url)
        self._caller = SoapCaller(self._client, self._layers)
        self._end_known = asyncio.get_running_loop().create_future()
        self._end_sent_at = self._end_known_at = None
        try:
            service_url = account.service_url = await self.find_service()
            if self._subscribe is not None:
                asked = self._clock()
                await self._subscribe(service_url, self._parameters)
                account.timings["subscribe"] = self._clock() - asked
            job = self._sequencer = Sequencer(
                service_url,
                dialects=tuple(each.dialect for each in request.instructions.filters),
                psp_identifier=request.psp_identifier,
                job_limit=self._limits.job,
                wait=wait,
                strict=self._layers.strict,
                counts=account.exchanges,
            )
            account.attempts, account.warnings = job.attempts, job.warnings
            last = await _JobRun(self, job, request, documents, on_acknowledged).run()
        finally:
            self._sequencer = None
            close = getattr(documents, "aclose", None)
            if close is not None:
                await close()
            account.timings["total"] = self._clock() - began
        if isinstance(last, Failed):
            self._fail(last, job.acknowledged)
        if job.end_known_by and self._end_sent_at is not None:
            known = self._end_known_at if job.end_known_by == "event" else self._clock()
            account.timings["end_known"] = max((known or self._clock()) - self._end_sent_at, 0.0)
        return JobResult(
            last.outcome,
            job.job_token,
            service_url,
            last.status,
            job.acknowledged,
            list(account.deviations),
            account.timings,
            last.reason,
            job.end_known_by,
        )

    def _note(self, search: ServiceSearch) -> None:
        for deviation in search.deviations:
            self.account.deviated(deviation.place, (deviation,))

    def _fail(self, failed: Failed, acknowledged: list[int] | None = None) -> NoReturn:
        account = self.account
        raise PostScanJobFailed(
            failed.failure,
            failed.reason,
            operation=str(failed.operation),
            document_id=failed.document_id,
            job_token=account.job_token,
            service_url=account.service_url,
            canceled=failed.canceled,
            acknowledged=acknowledged,
            deviations=list(account.deviations),
            fault=failed.fault,
        )

    async def _exchange(self, step: SendRequest, request: SoapRequest) -> Answered | Trouble:
        """One request and its answer, as the sequencer wants to hear of it. Raises InterventionFailed."""
        limits, total = TimeLimits(self._limits.connect, self._limits.read), None
        if step.limit is not None:
            limits = TimeLimits(min(limits.connect, step.limit), min(limits.read, step.limit))
            # A Probe that cannot connect is to be told from one that is not answered.
            total = None if step.operation is Operation.PROBE else step.limit
        try:
            result = await self._caller.call(request, reader_of_answer(step.operation), limits, total)
        except TimeoutError:
            return Trouble(Result.UNANSWERED, f"no answer within {total:g} s", whole=True)
        except ExchangeError as error:
            return trouble_of(error, request.octets)
        except InterventionFailed:
            # What is left to do, to cancel the job above all, is done without whoever failed.
            self._caller = SoapCaller(self._client, Layers(strict=self._layers.strict))
            raise
        self.account.deviated(step.operation, result.deviations)
        return event_of(result, strict=self._layers.strict)


class _JobRun:
    """One run of the sequencer: performs its steps."""

    def __init__(
        self,
        driver: PostScanJobDriver,
        job: Sequencer,
        request: CreatePostScanJobRequest,
        documents: AsyncIterator[Document],
        on_acknowledged: Callable[[Document, int], None],
    ) -> None:
        self._driver = driver
        self._job = job
        self._request_to_create = request
        self._documents = documents
        self._on_acknowledged = on_acknowledged
        self._document: Document | None = None
        self._creating: asyncio.Task[Answered | Trouble] | None = None
        self._told_of_job = False

    async def run(self) -> Finished | Failed:
        """The last step. Raises what stopped the job from our side, after cancelling it at the server."""
        driver, job = self._driver, self._job
        stopped: BaseException | None = None
        step = job.start()
        try:
            while not isinstance(step, Finished | Failed):
                began, phase = driver._clock(), job.phase
                event: Event
                try:
                    self._tell(step)
                    event = await self._perform(step)
                except asyncio.CancelledError as error:
                    if stopped is not None:  # the second interrupt ends at once
                        raise
                    stopped, event = error, Interrupted()
                except Exception as error:
                    if stopped is not None:
                        raise stopped from error
                    # The source, the manifest or the file of a document failed on our side.
                    stopped, event = error, SourceFailed(str(error))
                bucket = _TIMED.get(phase)
                if bucket is not None:
                    timings = driver.account.timings
                    timings[bucket] = timings.get(bucket, 0.0) + driver._clock() - began
                knew_job = bool(job.job_token)
                operation = OPERATIONS.get(phase, phase)
                step = job.feed(event, driver._clock())
                if job.job_token and not knew_job:
                    driver._job_known(job)
                driver._note_of(job, operation)
        finally:
            if self._creating is not None and not self._creating.done():
                self._creating.cancel()
                await asyncio.wait([self._creating])
        if isinstance(step, Failed):
            driver.account.canceled = step.canceled
        driver._on_step(step)
        if stopped is not None:
            raise stopped
        return step

    def _tell(self, step: Step) -> None:
        self._driver._on_step(step)
        if self._job.job_token and not self._told_of_job:
            self._told_of_job = True
            self._driver._on_created(self._job.job_token, self._job.service_url)

    async def _perform(self, step: Step) -> Event:
        match step:
            case SendRequest() if step.operation is Operation.CREATE:
                # In a task of its own: an interrupt must not lose the answer, which may bring a JobToken.
                self._creating = asyncio.create_task(self._driver._exchange(step, self._request(step)))
                return await asyncio.shield(self._creating)
            case SendRequest() if self._job.phase is Phase.WATCH:
                return await self._unless_known(self._driver._exchange(step, self._request(step)))
            case SendRequest():
                if step.operation is Operation.END and self._driver._end_sent_at is None:
                    self._driver._end_sent_at = self._driver._clock()
                return await self._driver._exchange(step, self._request(step))
            case AwaitAnswer(limit):
                assert self._creating is not None
                try:
                    async with asyncio.timeout(limit):
                        return await asyncio.shield(self._creating)
                except TimeoutError:
                    return Trouble(Result.UNANSWERED, f"no answer within {limit:g} s of the interrupt", whole=True)
            case Wait(seconds):
                return await self._unless_known(self._wait(seconds))
            case NextDocument():
                try:
                    self._document = await anext(self._documents)
                except StopAsyncIteration:
                    return NoMoreDocuments()
                return NewDocument(self._document.document_id)
            case Acknowledge(_, attempts):
                assert self._document is not None
                self._on_acknowledged(self._document, attempts)
                return Acknowledged()
        raise AssertionError(f"{step} is no step to perform")

    def _request(self, step: SendRequest) -> SoapRequest:
        return job_request(
            step, self._job.job_token, self._request_to_create, self._document, self._driver._parameters
        )

    async def _wait(self, seconds: float) -> Waited:
        await self._driver._sleep(seconds)
        return Waited()

    async def _unless_known(self, work: Coroutine[Any, Any, Event]) -> Event:
        """What came of `work`, or Waited as soon as an event has told the end of the job."""
        working, knowing = asyncio.ensure_future(work), self._driver._end_known
        assert knowing is not None, "the job runs"
        try:
            await asyncio.wait((working, knowing), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else Waited()
        finally:
            if not working.done():
                working.cancel()
                await asyncio.wait((working,))


__all__ = [
    "Document",
    "JobLimits",
    "JobOutcome",
    "JobResult",
    "PostScanJobDriver",
    "PostScanJobFailed",
]
