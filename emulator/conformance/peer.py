"""The scan server that is judged: what can be asked of it, and situations that are prepared once."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from emulator.conformance import requests
from emulator.conformance.asked_peer import NO_TYPE, OF_NOBODY, AskedPeer, Limits, Unanswered
from emulator.conformance.by_udp import CAPITAL_RESOLVE, FOREIGN_RESOLVE, PROBE, RESOLVE, TWICE, in_other_letters
from emulator.conformance.datagrams import HOST
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import expect, met
from emulator.conformance.mime import PACKAGE_TYPE, package
from emulator.conformance.names import DSC, DSP, FINAL_STATES
from emulator.conformance.order import Order
from emulator.conformance.pages import FORMAT, MEDIA_TYPE, page
from emulator.conformance.reading import Envelope
from emulator.conformance.services import hosted_services
from emulator.conformance.sink import EventSink
from emulator.conformance.speaker import on_behalf
from emulator.conformance.verdict import Departure, Inconclusive, NotApplicable, NotRun

_OPEN_JOB: Final = "a job in Creating"
_LONGEST: Final = 255
"""Characters of a token. [dsp/job-token/length]"""


@dataclass(slots=True)
class Job:
    """A job at the peer that the judge has created."""

    token: str
    created: Exchange
    images: list[bytes] = field(default_factory=list)
    """Those that were acknowledged, in order."""
    sent: list[Exchange] = field(default_factory=list)
    ended: Exchange | None = None
    statuses: list[Exchange] = field(default_factory=list)
    """Answers that told its JobStatus."""

    @property
    def last_status(self) -> Envelope:
        """The last that was told of it."""
        return self.statuses[-1].envelope


@dataclass(frozen=True, slots=True)
class ServerLimits(Limits):
    """How long the judge waits for a scan server, in seconds."""

    time_limit: float = 610.0
    """Until a job without images and without an end is over: ten minutes, and a little."""


class ScanServerPeer(AskedPeer[Job]):
    """One scan server, asked by one judge."""

    called = "the server"
    job_events = (f"{DSP}/PostScanJobStatusEvent", f"{DSP}/PostScanJobEndStateEvent")
    limits: ServerLimits

    def __init__(
        self,
        url: str,
        order: Order,
        *,
        tls: ssl.SSLContext | None = None,
        seed: int = 1,
        limits: ServerLimits | None = None,
        sink: EventSink | None = None,
        recording: Recording | None = None,
        service: str = "",
    ) -> None:
        """These are its parameters.

        - `url`: where it is probed.
        - `order`: for whom, and by which scan process.
        - `tls`: by which it is trusted.
        - `seed`: of the pages that are sent, and of tokens that nobody has.
        - `limits`: how long is waited.
        - `sink`: where its events can come; None: nowhere.
        - `recording`: where everything is written down.
        - `service`: address of the WS-DSP service, where it is known and nobody is to be probed.
        """
        super().__init__(url, tls, limits or ServerLimits(), seed, sink, recording)
        self.order = order
        self.seed = seed
        self.named = bool(service)
        """Its service was named, and not found."""
        self.service = service
        self.configuration = ""
        """Address of the WS-DSC service; '' where the metadata name none."""
        self.host = url
        """Address of the DPWS host, once ProbeMatches have told it."""
        self._pages = 0
        self._odd_tokens = False
        """It has given a token that no schema allows: whoever echoes it, as he must, sends what is wrong."""
        self._open: list[Job] = []

    @property
    def udp_port(self) -> int:
        """The number of its HTTP port. [bdsrr/3.2.3/listens-on-udp-and-tcp]"""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    async def unanswered(self) -> Sequence[Unanswered]:
        """Questions by UDP that it has to meet with silence."""
        foreign = f"urn:uuid:{self.unknown_token()}"
        found = [
            Unanswered(NO_TYPE, requests.probe_for(OF_NOBODY), PROBE, HOST),
            Unanswered(FOREIGN_RESOLVE, requests.resolve(foreign), RESOLVE, HOST),
            Unanswered(TWICE, requests.probe(self.type), PROBE, HOST, twice=True),
        ]
        told = None if self.probed is None else self.probed.told
        address = "" if told is None else told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
        if address.startswith("urn:") and in_other_letters(address) != address:
            found.append(Unanswered(CAPITAL_RESOLVE, requests.resolve(in_other_letters(address)), RESOLVE, HOST))
        return found

    # Finding it

    async def find(self) -> None:
        """Probe it and read its metadata, unless its service was named. Raises Departure, Inconclusive."""
        if self.named:
            return
        self.probed = await self.speaker.send(self.url, requests.probe(), operation="Probe")
        told = self.probed.told
        xaddrs = "" if told is None else told.text("//wsd:ProbeMatch/wsd:XAddrs")
        scheme = self.url.partition(":")[0]
        hosts = [each for each in xaddrs.split() if each.partition(":")[0] == scheme]
        address = "" if told is None else told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
        self.described = await self._describe(list(dict.fromkeys([*hosts, self.url])), address)
        metadata = expect(self.described).answer("the metadata of its services")
        for types, address in hosted_services(metadata):
            if any(name.namespace == DSP for name in types) and not self.service:
                self.service = address
            if any(name.namespace == DSC for name in types) and not self.configuration:
                self.configuration = address
        if not self.service:
            raise Departure(
                met(self.described), "metadata with a hosted service of the WS-DSP namespace", [self.described]
            )

    async def _describe(self, hosts: list[str], address: str) -> Exchange:
        """The answer with the metadata of the first host that has them, else the last answer: who departs from one
        rule of discovery is to be judged by all others."""
        for host in hosts:
            for to in dict.fromkeys([address or host, host]):
                answer = await self.speaker.send(host, requests.get(to), operation="Get")
                if answer.told is not None and answer.told.all("//wsdp:Hosted"):
                    self.host = host
                    return answer
        return answer

    # Asking it

    async def ask(self, operation: str, body: str, *, namespace: str = DSP, wrong: bool = False) -> Exchange:
        """A request to one of its services."""
        to = self.service if namespace == DSP else self.require_configuration()
        octets = requests.envelope(to, requests.action_of(namespace, operation), body)
        return await self.speaker.send(to, octets, operation=operation, wrong=wrong or self._odd_tokens)

    async def create(
        self,
        *,
        user: str | None = None,
        scan_process: str | None = None,
        instructions: bytes | None = None,
        wrong: bool = False,
    ) -> Exchange:
        """CreatePostScanJob; what is not named is that of the order."""
        order = self.order
        body = requests.create(
            order.user if user is None else user,
            order.scan_process if scan_process is None else scan_process,
            order.instructions if instructions is None else instructions,
        )
        return await self.ask("CreatePostScanJob", body, wrong=wrong)

    async def send_image(
        self, token: str, document_id: int | str = 1, image: bytes | None = None, *, wrong: bool = False
    ) -> Exchange:
        """SendImage."""
        octets = requests.envelope(
            self.service, requests.action_of(DSP, "SendImage"), requests.image(token, document_id, FORMAT)
        )
        return await self.send_package(octets, image, wrong=wrong)

    async def send_package(self, octets: bytes, image: bytes | None = None, *, wrong: bool = False) -> Exchange:
        """An envelope with an image behind it."""
        return await self.speaker.send(
            self.service,
            package(octets, self.next_page() if image is None else image, MEDIA_TYPE),
            operation="SendImage",
            content_type=PACKAGE_TYPE,
            envelope=octets,
            wrong=wrong or self._odd_tokens,
        )

    async def end(self, token: str) -> Exchange:
        """EndPostScanJob."""
        return await self.ask("EndPostScanJob", requests.with_token("EndPostScanJob", token))

    async def cancel(self, token: str, namespace: str = DSP) -> Exchange:
        """CancelPostScanJob."""
        prefix = "dsp" if namespace == DSP else "dsc"
        body = requests.with_token("CancelPostScanJob", token, prefix)
        return await self.ask("CancelPostScanJob", body, namespace=namespace)

    async def elements(self, token: str, *names: str, namespace: str = DSP) -> Exchange:
        """GetPostScanJobElements; without names for the job's status."""
        prefix = "dsp" if namespace == DSP else "dsc"
        body = requests.elements(token, names or (f"{prefix}:JobStatus",), prefix)
        return await self.ask("GetPostScanJobElements", body, namespace=namespace)

    async def is_alive(self) -> bool:
        """Whether it answers a Probe or the question for metadata."""
        if self.named:
            return (await self.elements(self.unknown_token())).answered
        return await self._gives_a_sign(self.host, self.host)

    def require_found(self) -> None:
        """Raise NotRun where nobody was probed."""
        if self.named:
            raise NotRun("--service names the service: nobody is probed, and no metadata are read")

    def next_page(self) -> bytes:
        """An image that was not sent before."""
        self._pages += 1
        return page(self.seed, self._pages)

    def unknown_token(self) -> str:
        """A token that no job has."""
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))

    def require_configuration(self) -> str:
        """Address of the WS-DSC service. Raises NotApplicable where its metadata name none, NotRun where nobody has
        read them."""
        if not self.configuration:
            self.require_found()
        if not self.configuration:
            shown = [] if self.described is None else [self.described]
            raise NotApplicable("the metadata name no hosted service of the WS-DSC namespace", shown)
        return self.configuration

    # Situations

    async def new_job(self, images: int = 1) -> Job:
        """A job in Creating with so many images, for the check alone. Raises NotRun."""
        try:
            job = await self.created_job()
            for number in range(1, images + 1):
                await self.add_image(job, number)
        except (Departure, Inconclusive) as error:
            raise self._not_had("a job", error) from None
        return job

    async def created_job(self, order: Order | None = None) -> Job:
        """A new job. Raises Departure, Inconclusive.

        - `order`: another one than the peer's.
        """
        order = order or self.order
        answer = await self.create(
            user=order.user, scan_process=order.scan_process, instructions=order.instructions
        )
        token = expect(answer).response("CreatePostScanJobResponse").text("//dsp:JobToken")
        if not token:
            raise expect(answer).departs("a JobToken")
        job = Job(token, answer)
        self._odd_tokens |= len(token) > _LONGEST
        self._open.append(job)
        return job

    async def add_image(self, job: Job, number: int) -> Exchange:
        """Send the next image of a job. Raises Departure, Inconclusive."""
        image = self.next_page()
        answer = await self.send_image(job.token, number, image)
        expect(answer).response("SendImageResponse")
        job.images.append(image)
        job.sent.append(answer)
        return answer

    async def until_ended(self, job: Job) -> str:
        """Ask for a job's state until it is a final one, and return it; '' where the server has forgotten the job.
        Raises Departure, Inconclusive."""
        over = asyncio.get_running_loop().time() + self.limits.job
        while True:
            answer = await self.elements(job.token)
            told = expect(answer).answer("JobStatus of a job that has been ended")
            if told.fault is not None and told.fault.subcode is not None and "NotFound" in told.fault.subcode.local:
                return ""
            state = expect(answer).response("GetPostScanJobElementsResponse").text("//dsp:JobState")
            job.statuses.append(answer)
            if state in FINAL_STATES:
                return state
            if asyncio.get_running_loop().time() > over:
                raise Inconclusive(
                    f"the job is still {state or 'without a state'} after {self.limits.job:g} s", [answer]
                )
            await asyncio.sleep(self.limits.poll)

    async def whole_job(self, images: int = 2) -> Job:
        """An ordinary job, from its creation to its end. Raises Departure, Inconclusive."""
        job = await self.created_job()
        for number in range(1, images + 1):
            await self.add_image(job, number)
        job.ended = await self.end(job.token)
        expect(job.ended).response("EndPostScanJobResponse")
        await self.until_ended(job)
        return job

    def is_about(self, job: Job, event: Envelope) -> bool:
        """Whether an event names the job by its JobToken, or names none."""
        return event.text("//*[local-name()='JobToken']") in (job.token, "")

    async def ordinary_job(self, *, first: bool) -> str:
        """One whole job that is completed; the first one once the server is found. Raises Departure,
        Inconclusive."""
        if first:
            await self.find()
        job = await self.whole_job()
        if first:
            self.provide("an ended job", job)
        return require_completed(job)

    async def ended_job(self) -> Job:
        """A job that has ended by itself."""
        return await self.situation("an ended job", self.whole_job)

    async def open_job(self) -> Job:
        """A job in Creating with one image, which stays so: for checks that only ask for it."""
        return await self.situation(_OPEN_JOB, self.new_job)

    async def canceled_job(self) -> Job:
        """A job with one image that was cancelled."""

        async def make() -> Job:
            job = await self.new_job()
            job.ended = await self.cancel(job.token)
            expect(job.ended).response("CancelPostScanJobResponse")
            await self.until_ended(job)
            return job

        return await self.situation("a cancelled job", make)

    async def working_job(self, images: int = 3) -> Job:
        """A job that the server is at work on, for the check alone. Raises NotRun where it has ended before anybody
        could ask."""
        job = await self.new_job(images)
        job.ended = await self.end(job.token)
        try:
            expect(job.ended).response("EndPostScanJobResponse")
            answer = await self.elements(job.token)
            state = expect(answer).response("GetPostScanJobElementsResponse").text("//dsp:JobState")
        except (Departure, Inconclusive) as error:
            raise self._not_had("a job at work", error) from None
        job.statuses.append(answer)
        if state in FINAL_STATES or state == "Creating":
            raise NotRun(f"the job is {state} as soon as it can be asked for", [answer])
        return job

    async def clear_away(self) -> None:
        """Cancel the jobs that are still open: nothing of the judge's is left at the server."""
        with on_behalf("clearing away"):
            for job in self._open:
                if job.ended is None:
                    await self.cancel(job.token)
        self._open.clear()
        self._situations.pop(_OPEN_JOB, None)


def require_completed(job: Job) -> str:
    """What an ordinary job has come to. Raises Departure unless it was completed, with every image."""
    if not job.statuses:
        raise Inconclusive("the server has forgotten the job before anybody saw its end", [job.created])
    status = job.last_status
    state, reason = status.text("//dsp:JobState"), status.text("//dsp:JobStateReason")
    if state != "Completed":
        raise Departure(f"{state} ({reason or 'no reason'})", "Completed", [job.statuses[-1]])
    return f"{state}, {reason or 'no reason'}, {status.text('//dsp:ImagesReceived')} images"
