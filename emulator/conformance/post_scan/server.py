"""The judge's scan server: one address, a service of its own for each job that the judge has ordered."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from emulator.conformance import requests
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.names import DSP, FINAL_STATES, WSE
from emulator.conformance.order import Order
from emulator.conformance.post_scan import answers
from emulator.conformance.post_scan.listener import Listener
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Script, Turn, refused
from emulator.conformance.reading import Unreadable
from emulator.conformance.speaker import Speaker, on_behalf
from emulator.conformance.verdict import OwnMistake

PATH: Final = "/ScanServer"
"""[dsp/address/port-and-path]"""
METADATA_PATH: Final = "/ScanServer/Metadata"
"""That ProbeMatches name: who asks elsewhere has not read them."""
DISPATCHED: Final = (
    "CreatePostScanJob",
    "SendImage",
    "EndPostScanJob",
    "CancelPostScanJob",
    "GetPostScanJobElements",
)


@dataclass
class JobSeen:
    """What one order of the judge's has brought: everything that the device has sent for it."""

    name: str
    """On whose behalf."""
    script: Script
    order: Order
    service: str
    """Address of its service."""
    exchanges: list[Exchange] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Of the jobs that were created, in their order."""
    images: list[Exchange] = field(default_factory=list)
    """SendImage that the server has taken, in their order."""
    ended: bool = False
    """EndPostScanJob was taken."""
    canceled: bool = False
    notify_to: str = ""
    """Where its events go; '' while nobody has subscribed."""
    notify_parameters: str = ""
    identifier: str = ""
    told_end: bool = False
    """The final state was told."""
    counts: Counter[str] = field(default_factory=Counter)
    asked_states: int = 0
    handshakes: int = 0
    """Of TLS that were begun for it."""
    events: list[Exchange] = field(default_factory=list)
    """That the judge has sent."""
    expected: int = 0
    """Images that lie there to be scanned; 0: nobody knows."""

    def of(self, *operations: str) -> list[Exchange]:
        """The requests of these operations, in the order in which they came."""
        return [each for each in self.exchanges if each.operation in operations]

    @property
    def acknowledged(self) -> list[Exchange]:
        """SendImage that was answered with SendImageResponse."""
        return [each for each in self.of("SendImage") if b"SendImageResponse" in each.body and each.status == 200]

    @property
    def over(self) -> bool:
        """Whether the device has nothing more to do in it, as far as the messages say."""
        return self.canceled or self.told_end


class ScanServerOfTheJudge:
    """Serves whoever comes. Which job a request is of is told by the path."""

    def __init__(
        self,
        recording: Recording,
        speaker: Speaker,
        host: str,
        port: int,
        tls: ssl.SSLContext,
        wrong: Callable[[str], ssl.SSLContext],
        most: int,
        name: str = "",
    ) -> None:
        """These are its parameters.

        - `speaker`: sends its events.
        - `host` and `port`: where it listens.
        - `tls`: with its certificate; `wrong`: makes others by their flaws.
        - `most`: octets of a request behind which no more is read.
        - `name`: of its host in URLs; '' for `host`.
        """
        self.listener = Listener(recording, host, port, tls, most)
        self.listener.began, self.listener.whole = self._began, self._whole
        self._wrong = wrong
        self._speaker = speaker
        self._name = name or host
        self._address = f"urn:uuid:{uuid.uuid4()}"
        self._jobs: dict[str, JobSeen] = {}
        """By the path of the service."""
        self._now: JobSeen | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._events: asyncio.Lock = asyncio.Lock()
        self.mistake = ""
        """What the judge has said wrongly; ''."""

    @property
    def base(self) -> str:
        """How its URLs begin."""
        name = f"[{self._name}]" if ":" in self._name else self._name
        return f"https://{name}:{self.listener.port}"

    @property
    def url(self) -> str:
        """Where it is probed."""
        return self.base + PATH

    async def start(self) -> None:
        """Listen. Raises OSError."""
        await self.listener.listen()
        self.listener.base = self.base

    async def stop(self) -> None:
        """The end."""
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self.listener.close()

    async def begin(self, name: str, script: Script, order: Order) -> JobSeen:
        """Whoever probes is served for a new job from now on."""
        service = f"{PATH}/{uuid.uuid4()}"
        job = JobSeen(name, script, order, self.base + service)
        self._jobs[service] = self._now = job
        self.listener.present = self._wrong(script.present) if script.present else None
        job.handshakes = -self.listener.handshakes
        if script.present:
            self.listener.refuse()  # no connection of before is used again
        await self.listener.listen()
        return job

    async def end(self, job: JobSeen) -> None:
        """The job is no more the one that is served."""
        if job.handshakes <= 0:
            job.handshakes += self.listener.handshakes
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        self.listener.present = None
        self._now = None
        await self.listener.listen()
        if self.mistake:
            said, self.mistake = self.mistake, ""
            raise OwnMistake(said)

    # Requests

    def _job_at(self, path: str) -> JobSeen | None:
        return self._jobs.get(path.partition("?")[0]) or self._now

    def _began(self, exchange: Exchange, path: str) -> Reply | None:
        job = self._job_at(path)
        if job is None:
            exchange.check = "between the jobs"
            return None
        exchange.check = job.name
        job.exchanges.append(exchange)
        nth = job.counts["SendImage"] + 1
        gone = job.script.gone_at == "SendImage" and nth == 1
        early = job.script.early is not None and job.script.early("SendImage", nth)
        # Only then: what is known of a request before its body stays as it is. An image is a package.
        if not (gone or early) or not exchange.package_type:
            return None
        exchange.operation = "SendImage"
        job.counts["SendImage"] += 1
        if gone:
            self.listener.go(job.script.gone_for)  # in the middle of what is being sent
            return Reply(lost=True)
        return refused(Turn("SendImage", nth, exchange, Reply), "Sender", "dsp:InvalidArgs", detail="ImageData")

    async def _whole(self, exchange: Exchange, path: str) -> Reply:
        job = self._job_at(path)
        asked = exchange.asked
        operation = "" if asked is None else asked.action.strip().rpartition("/")[2]
        exchange.operation = operation or exchange.method
        if job is None:
            return Reply(status=404)
        job.counts[operation] += 1
        if job.script.gone_at == operation and job.counts[operation] == 1:
            self.listener.go(job.script.gone_for)
            return Reply(lost=True)
        used: list[Reply] = []

        def usual() -> Reply:
            if not used:
                used.append(self._usual(job, operation, exchange, path))
            return used[0]

        turn = Turn(operation, job.counts[operation], exchange, usual)
        reply = None if job.script.answers is None else await job.script.answers(turn)
        reply = usual() if reply is None else reply
        if job.script.rewrites is not None and reply.body:
            body = job.script.rewrites(operation, reply.body)
            reply = Reply(
                body, reply.status, reply.content_type, reply.headers, reply.after, reply.chunk, reply.interim
            )
        elif reply.body and not reply.wrong and not job.script.answers:
            try:
                requests.require_right(reply.body)
            except OwnMistake as error:
                self.mistake = str(error)
        return reply

    def _usual(self, job: JobSeen, operation: str, exchange: Exchange, path: str) -> Reply:
        asked = exchange.asked
        if exchange.method != "POST" or asked is None:
            return Reply(status=405 if exchange.method != "POST" else 400)
        if operation == "Probe":
            return Reply(answers.probe_matches(asked, self._address, self.base + METADATA_PATH))
        if operation == "Get":
            return Reply(answers.metadata(asked, self._address, self._services(job)))
        if asked.action.strip().startswith(f"{WSE}/"):
            return self._eventing(job, operation, exchange)
        if operation in DISPATCHED:
            body = self._dispatched(job, operation, exchange)
            if isinstance(body, Reply):
                return body
            return Reply(answers.answer(asked, answers.response_action(operation), body))
        turn = Turn(operation, 0, exchange, Reply)
        return refused(turn, "Sender", "wsa:ActionNotSupported", detail=operation)

    def _services(self, job: JobSeen) -> list[str]:
        other = answers.hosted(
            f"{self.base}{PATH}/other", "dsc:RepositoryConfigurationServiceType", "urn:judge:dsc"
        )
        own = answers.hosted(job.service, job.script.types, "urn:judge:dsp", job.script.parameters)
        own = own.replace("<wsdp:Hosted>", f"<wsdp:Hosted{job.script.declared}>")
        return [other, own] if job.script.beside else [own]

    # Operations

    def _dispatched(self, job: JobSeen, operation: str, exchange: Exchange) -> str | Reply:
        asked = exchange.asked
        assert asked is not None
        if operation == "CreatePostScanJob":
            token = job.script.token or str(uuid.uuid4()).upper()
            job.tokens.append(token)
            self._tell(job, self.status_event(job))
            return (
                f"<dsp:CreatePostScanJobResponse><dsp:JobToken>{escape(token)}</dsp:JobToken>"
                "</dsp:CreatePostScanJobResponse>"
            )
        token = asked.root.findtext(f".//{{{DSP}}}JobToken") or ""
        if token not in job.tokens or (job.over and operation != "GetPostScanJobElements"):
            turn = Turn(operation, 0, exchange, Reply)
            return refused(turn, "Sender", "dsp:ClientErrorJobTokenNotFound", detail=token[:200])
        if operation == "GetPostScanJobElements":
            return self._elements(job, exchange)
        if operation == "SendImage":
            try:
                taken = len(exchange.as_sent.parts) > 1
            except Unreadable:
                taken = False
            if taken:
                job.images.append(exchange)
        elif operation == "EndPostScanJob":
            job.ended = True
            self._ended(job)
        else:
            job.canceled = True
            self._tell(job, self._end_event(job, "Canceled", "PostScanJobCanceled"))
        return f"<dsp:{operation}Response/>"

    def _state(self, job: JobSeen, *, asks: bool = False) -> tuple[str, str]:
        if job.canceled:
            return "Canceled", "PostScanJobCanceled"
        if not job.ended:
            return "Creating", ""
        place = min(job.asked_states, len(job.script.states) - 1)
        job.asked_states += asks
        return job.script.states[place][0], job.script.states[place][1]

    def _status(self, job: JobSeen, *, asks: bool = False) -> str:
        state, reason = self._state(job, asks=asks)
        ended = state in FINAL_STATES
        job.told_end |= ended and asks
        filters = answers.filter_statuses(
            job.order.dialects,
            job.script.filter_state if ended and state == "Completed" else "Canceled" if ended else "Pending",
            job.script.filter_reasons if ended else (),
        )
        reasons = [reason] if reason else []
        return answers.job_status(job.tokens[-1], state, reasons, filters, len(job.images), ended=ended)

    def _elements(self, job: JobSeen, exchange: Exchange) -> str:
        asked = exchange.asked
        assert asked is not None
        found = []
        for each in asked.all("//dsp:RequestedElements/dsp:Name"):
            name = (each.text or "").strip().rpartition(":")[2]
            xml = ""
            if name == "JobStatus":
                xml = self._status(job, asks=True)
            elif name == "JobDescription":
                xml = self._description(job, "JobDescription")
            found.append((name or "JobStatus", xml))
        return answers.job_elements(found or [("JobStatus", self._status(job, asks=True))])

    def _description(self, job: JobSeen, root: str = "") -> str:
        said = (
            f"<dsp:PSP_Identifier>{escape(job.order.scan_process)}</dsp:PSP_Identifier>"
            f"<dsp:PSP_DisplayName>{escape(job.order.display_name or 'Scan process')}</dsp:PSP_DisplayName>"
            f"<dsp:JobOriginatingUserName>{escape(job.order.user_name or 'judge')}</dsp:JobOriginatingUserName>"
        )
        return f"<dsp:{root}>{said}</dsp:{root}>" if root else said

    # Events

    def _eventing(self, job: JobSeen, operation: str, exchange: Exchange) -> Reply:
        asked = exchange.asked
        assert asked is not None
        granted = job.script.grants or asked.text("//wse:Expires") or "PT1H"
        body = {
            "Renew": f"<wse:RenewResponse><wse:Expires>{granted}</wse:Expires></wse:RenewResponse>",
            "GetStatus": f"<wse:GetStatusResponse><wse:Expires>{granted}</wse:Expires></wse:GetStatusResponse>",
            "Unsubscribe": "",
        }.get(operation, "")
        if operation == "Subscribe":
            job.notify_to = asked.text("//wse:NotifyTo/*[local-name()='Address']")
            job.notify_parameters = "".join(
                _block(each)
                for kind in ("ReferenceParameters", "ReferenceProperties")
                for each in asked.all(f"//wse:NotifyTo/*[local-name()='{kind}']/*")
            )
            job.identifier = f"urn:uuid:{uuid.uuid4()}"
            body = answers.subscribe_response(job.service, job.identifier, granted)
        elif operation == "Unsubscribe":
            job.notify_to = ""
        return Reply(answers.answer(asked, f"{WSE}/{operation}Response", body))

    def status_event(self, job: JobSeen) -> tuple[str, str]:
        """Name and Body of the event that tells how the job is."""
        return (
            "PostScanJobStatusEvent",
            f"<dsp:PostScanJobStatusEvent>{self._status(job)}</dsp:PostScanJobStatusEvent>",
        )

    def _end_event(self, job: JobSeen, state: str, reason: str) -> tuple[str, str]:
        filters = answers.filter_statuses(
            job.order.dialects,
            job.script.filter_state if state == "Completed" else "Canceled",
            job.script.filter_reasons,
            "FilterCompletedStatuses",
        )
        return (
            "PostScanJobEndStateEvent",
            "<dsp:PostScanJobEndStateEvent><dsp:PostScanJobEndState><dsp:JobToken>"
            f"{escape(job.tokens[-1])}</dsp:JobToken>{self._description(job)}"
            f"<dsp:JobCompletedState>{state}</dsp:JobCompletedState><dsp:JobCompletedStateReasons>"
            f"<dsp:JobStateReason>{reason}</dsp:JobStateReason></dsp:JobCompletedStateReasons>{filters}"
            f"<dsp:ImagesReceived>{len(job.images)}</dsp:ImagesReceived><dsp:JobCompletedTime>{answers.ENDED}"
            "</dsp:JobCompletedTime></dsp:PostScanJobEndState></dsp:PostScanJobEndStateEvent>",
        )

    def _ended(self, job: JobSeen) -> None:
        if len(job.script.states) == 1 and job.script.states[0][0] in FINAL_STATES:
            self._tell(job, self._end_event(job, *job.script.states[0]))

    def _tell(self, job: JobSeen, event: tuple[str, str]) -> None:
        """Send an event to whoever subscribed, behind those that are on their way."""
        if not (job.notify_to and job.script.events):
            return
        task = asyncio.get_running_loop().create_task(self._send(job, job.notify_to, *event))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, job: JobSeen, to: str, name: str, body: str) -> None:
        octets = requests.envelope(to, f"{DSP}/{name}", body, reply_to="", headers=job.notify_parameters)
        async with self._events:
            with on_behalf(job.name):
                try:
                    job.events.append(await self._speaker.send(to, octets, operation=name))
                except OwnMistake as error:
                    self.mistake = str(error)
        job.told_end |= name == "PostScanJobEndStateEvent"


def _block(element: etree._Element) -> str:
    """A reference parameter as a header block: as it came."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
