"""One device, as the judge asks it: its services, its scan jobs, and situations that were prepared for several
checks."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer, Limits, Unanswered
from emulator.conformance.devices.configuration import MOST, Configuration, Source, read_configuration
from emulator.conformance.devices.hands import Action, Hands, NobodysHands
from emulator.conformance.devices.panel_jobs import begun_at_panel
from emulator.conformance.devices.questions import unanswered_of
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import expect, met
from emulator.conformance.names import DISCOVERY_PORT, DSD, WSCN, Name
from emulator.conformance.reading import Envelope
from emulator.conformance.services import hosted_services
from emulator.conformance.sink import EventSink
from emulator.conformance.speaker import on_behalf
from emulator.conformance.verdict import Departure, Inconclusive, NotApplicable, NotNow, NotRun
from emulator.transport.http import Headers

SCANNER_SERVICE: Final = Name(WSCN, "ScannerServiceType")
FINAL_STATES: Final = ("Canceled", "Aborted", "Completed")
"""[wscn/job-state/canceled] [wscn/job-state/aborted] [wscn/job-state/completed]"""
DESCRIPTION: Final = "wscn:ScannerDescription"
CONFIGURATION: Final = "wscn:ScannerConfiguration"
STATUS: Final = "wscn:ScannerStatus"
DEFAULT_TICKET: Final = "wscn:DefaultScanTicket"
STABLE_PATH: Final = "/StableWSDiscoveryEndpoint/schemas-xmlsoap-org_ws_2005_04_discovery"
"""At which a host answers a directed Probe, whatever its devices are called."""
INFORMATION: Final = "Conformance run"
"""JobInformation: some devices take no job without it. [habits/device/canon-job-information-wanted]"""
JOB_STATUS: Final = "wscn:JobStatus"
_SHEETS: Final = 5
"""That the judge has put into a feeder for jobs of one sheet."""
_MOST_SHEETS: Final = 1000
"""That the judge takes out of a feeder."""
NO_IMAGES: Final = Name(WSCN, "ClientErrorNoImagesAvailable")
NOT_FOUND: Final = Name(WSCN, "ClientErrorJobIdNotFound")
NOT_ACCEPTING: Final = Name(WSCN, "ServerErrorNotAcceptingJobs")
REFUSES_JOBS: Final = (NOT_ACCEPTING, Name(WSCN, "OperationFailed"))
"""With which a device refuses a job that was not begun at its panel. [habits/device/kyocera-panel-alone]"""


@dataclass(slots=True)
class ScanJob:
    """A scan job at the device that the judge has created."""

    id: int
    token: str
    created: Exchange
    images: list[Exchange] = field(default_factory=list)
    """Answers to RetrieveImage that brought one."""
    ended_by: Exchange | None = None
    """The fault that ended the batch."""
    over: bool = False


@dataclass(frozen=True, slots=True)
class DeviceLimits(Limits):
    """How long the judge waits for a device, in seconds: a page may have to be scanned first."""

    silence: float = 30.0
    poll: float = 0.3
    event: float = 15.0
    told: float = 5.0
    """For what is done at it to be told in its status."""
    busy: float = 30.0
    """For a device that takes no jobs: sane-airscan tries as long. [clients/sane-airscan/busy-tried-again]"""
    retrieve: float = 60.0
    """Within which a client has to fetch the next image. [wscn/retrieve-image/sixty-seconds]"""


class DevicePeer(AskedPeer[ScanJob]):
    """One device, asked by one judge."""

    called = "the device"
    group_port = DISCOVERY_PORT
    job_events = (f"{WSCN}/JobStatusEvent", f"{WSCN}/JobEndStateEvent")
    limits: DeviceLimits

    def __init__(
        self,
        url: str,
        *,
        tls: ssl.SSLContext | None = None,
        hands: Hands | None = None,
        seed: int = 1,
        limits: DeviceLimits | None = None,
        sink: EventSink | None = None,
        recording: Recording | None = None,
    ) -> None:
        """These are its parameters.

        - `url`: where it is asked for its metadata: one of its XAddrs.
        - `tls`: by which it is trusted.
        - `hands`: who does what is done at the device; None: nobody.
        - `seed`: of tokens that nobody has.
        - `limits`: how long is waited.
        - `sink`: where its events can come; None: nowhere.
        - `recording`: where everything is written down.
        """
        super().__init__(url, tls, limits or DeviceLimits(), seed, sink, recording)
        self.hands = hands or NobodysHands()
        self.managed = ""
        """Address of the WS-DSD service; '' where the metadata name none."""
        self._open: list[ScanJob] = []
        self._has_taken = False
        """It has taken a job."""
        self._sheets = 0
        """In the feeder at least, as far as the judge has had them put there."""
        self._panel_alone = False
        """It takes no job but those that are begun at its panel."""

    # Finding it

    async def find(self) -> None:
        """Probe it and read its metadata. Raises Departure, Inconclusive."""
        if urlsplit(self.url).path in ("", "/"):
            await self._find_at_host()
        self.probed = await self.speaker.send(self.url, requests.probe(), operation="Probe")
        told = self.probed.told
        address = "" if told is None else told.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
        self.described = await self._describe(address or self.url)
        metadata = expect(self.described).answer("the metadata of its services")
        for types, address in hosted_services(metadata):
            if SCANNER_SERVICE in types and not self.service:
                self.service = address
            if any(name.namespace == DSD for name in types) and not self.managed:
                self.managed = address
        if not self.service:
            raise Departure(
                met(self.described),
                f"metadata with a hosted service of the type {SCANNER_SERVICE}",
                [self.described],
            )

    async def _describe(self, address: str) -> Exchange:
        """The answer with the metadata, else the last answer: who departs from a rule of discovery is to be judged
        by all others."""
        for to in dict.fromkeys([address, self.url]):
            answer = await self.speaker.send(self.url, requests.get(to), operation="Get")
            self.address = to
            if answer.told is not None and answer.told.all("//wsdp:Hosted"):
                break
        return answer

    async def _find_at_host(self) -> None:
        """Take the first scanner of a host, at the first of its addresses that answers: one on that host before
        others. Raises Departure, Inconclusive. [discovery/directed/stable-endpoint]"""
        answer = await self.speaker.send(
            self.url.rstrip("/") + STABLE_PATH, requests.probe("wscn:ScanDeviceType"), operation="Probe"
        )
        told = expect(answer).answer("ProbeMatches")
        xaddrs = [each for one in told.all("//wsd:ProbeMatch/wsd:XAddrs") for each in (one.text or "").split()]
        host = urlsplit(self.url).netloc
        xaddrs.sort(key=lambda each: urlsplit(each).netloc != host)
        for each in xaddrs:
            found = await self.speaker.send(each, requests.get(each), operation="Get", seconds=5.0)
            if found.answered:
                self.url = each
                return
        raise expect(answer).departs("ProbeMatches of a scanner, with an address that answers")

    async def unanswered(self) -> Sequence[Unanswered]:
        """Questions by UDP that it has to meet with silence."""
        return await unanswered_of(self)

    def require_found(self) -> None:
        """A device is always found by its discovery: what is said of that can be judged."""

    def metadata(self) -> Envelope:
        """Its metadata. Raises NotRun where there are none."""
        if self.described is None or self.described.told is None:
            raise NotRun("its metadata could not be had")
        return self.described.envelope

    # Asking it

    async def ask(
        self,
        operation: str,
        body: str,
        *,
        namespace: str = WSCN,
        wrong: bool = False,
        action: str = "",
        to: str = "",
        headers: Headers = (),
    ) -> Exchange:
        """Send a request to one of its services.

        - `operation`: its name.
        - `body`: the content of soap:Body, as XML.
        - `namespace`: of the service.
        - `wrong`: it is not right, on purpose.
        - `action`: another than the operation's.
        - `to`: another address than the service's.
        - `headers`: more of HTTP.
        """
        to = to or (self.service if namespace == WSCN else self.require_managed())
        octets = requests.envelope(to, action or requests.action_of(namespace, operation), body)
        return await self.speaker.send(to, octets, operation=operation, wrong=wrong, headers=headers)

    async def scanner_elements(self, *names: str, namespace: str = WSCN) -> Exchange:
        """GetScannerElements; the names as QNames with the usual prefixes."""
        prefix = _prefix(namespace)
        asked = "".join(f"<wscn:Name>{each}</wscn:Name>" for each in names)
        body = _request(
            prefix, "GetScannerElements", f"<{prefix}:RequestedElements>{asked}</{prefix}:RequestedElements>"
        )
        return await self.ask("GetScannerElements", body, namespace=namespace)

    async def job_elements(self, job_id: int, *names: str, namespace: str = WSCN, wrong: bool = False) -> Exchange:
        """GetJobElements; without names for the job's status."""
        prefix = _prefix(namespace)
        asked = "".join(f"<wscn:Name>{each}</wscn:Name>" for each in names or (JOB_STATUS,))
        body = _request(
            prefix,
            "GetJobElements",
            f"<{prefix}:JobId>{job_id}</{prefix}:JobId><{prefix}:RequestedElements>{asked}</{prefix}:RequestedElements>",
        )
        return await self.ask("GetJobElements", body, namespace=namespace, wrong=wrong)

    async def jobs(self, operation: str, namespace: str = WSCN) -> Exchange:
        """GetActiveJobs or GetJobHistory."""
        return await self.ask(operation, _request(_prefix(namespace), operation, ""), namespace=namespace)

    async def validate(self, ticket: Ticket, *, namespace: str = WSCN, wrong: bool = False) -> Exchange:
        """ValidateScanTicket."""
        prefix = _prefix(namespace)
        body = _request(prefix, "ValidateScanTicket", ticket.xml(f"{prefix}:ScanTicket"))
        return await self.ask("ValidateScanTicket", body, namespace=namespace, wrong=wrong)

    async def require_ordinary_is_valid(self) -> None:
        """Raises NotRun where a ticket of what the device supports by its own words is not valid: then nothing
        can be said of a ticket that has something more."""

        async def make() -> None:
            answer = await self.validate(await self.ticket())
            told = expect(answer).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidTicket")
            if told not in ("1", "true"):
                raise expect(answer).departs("ValidTicket true", f"ValidTicket {told}")

        await self.situation("an ordinary ticket that is valid", make)

    def require_not_busy(self, answer: Exchange) -> None:
        """Raises NotNow where a device that has taken jobs says that it takes none now."""
        if self._has_taken and _is_busy(answer):
            raise NotNow("the device takes no jobs now", [answer])

    async def create(
        self, ticket: Ticket, before: str = "", *, wrong: bool = False, feed: bool = True, patient: bool = True
    ) -> Exchange:
        """CreateScanJob; a job that is made so is cleared away at the end. Raises NotRun.

        - `before`: XML in front of the ticket.
        - `feed`: for one sheet of the feeder there is one, where anybody can put it there.
        - `patient`: a device that takes no jobs now, and has taken some, is asked again for a while; then nothing
          is said of it.
        """
        if ticket.source.startswith("ADF") and feed:
            if ticket.images == 1:
                await self.feed()
            else:
                self._sheets = 0  # who asks for more has had as many put there
        if self._panel_alone and not before:
            before = await begun_at_panel(self)
        body = _request("wscn", "CreateScanJob", before + ticket.xml())
        answer = await self.ask("CreateScanJob", body, wrong=wrong)
        over = asyncio.get_running_loop().time() + self.limits.busy
        while patient and self._has_taken and _is_busy(answer):
            if asyncio.get_running_loop().time() > over:
                self.require_not_busy(answer)
            await asyncio.sleep(self.limits.poll)
            answer = await self.ask("CreateScanJob", body, wrong=wrong)
        told = answer.told
        if told is not None and told.body_name == Name(WSCN, "CreateScanJobResponse"):
            id = told.text("//wscn:JobId")
            if id.isdecimal() and len(id) < 11 and 1 <= int(id) <= MOST:
                self._has_taken = True
                self._open.append(ScanJob(int(id), told.text("//wscn:JobToken"), answer))
        return answer

    async def retrieve(
        self, job: ScanJob, *, token: str | None = None, id: int | None = None, name: str = "page"
    ) -> Exchange:
        """RetrieveImage."""
        body = _retrieve_body(job.id if id is None else id, job.token if token is None else token, name)
        # Who takes jobs of the panel alone may be busy behind a connection that is kept open: the device of which
        # the one was told was also the one of which the other was.
        headers: Headers = (("Connection", "close"),) if self._panel_alone else ()
        answer = await self.ask("RetrieveImage", body, headers=headers)
        told = answer.told
        if told is not None and told.fault is None and answer.parts:
            job.images.append(answer)
        return answer

    async def retrieve_and_leave(self, job: ScanJob) -> Exchange:
        """RetrieveImage by a client that closes its connection once the image has begun to come."""
        body = _retrieve_body(job.id, job.token, "page")
        octets = requests.envelope(self.service, requests.action_of(WSCN, "RetrieveImage"), body)
        return await self.speaker.raw(
            self.service, _http(self.service, octets), operation="RetrieveImage", most=2000
        )

    async def cancel(self, job_id: int) -> Exchange:
        """CancelJob."""
        return await self.ask("CancelJob", _request("wscn", "CancelJob", f"<wscn:JobId>{job_id}</wscn:JobId>"))

    async def is_alive(self) -> bool:
        """Whether it answers a Probe or the question for metadata."""
        return await self._gives_a_sign(self.url, self.address)

    def unknown_job(self) -> int:
        """A JobId that no job has."""
        return self._dice.randrange(1_900_000_000, 2_147_483_647)

    def require_managed(self) -> str:
        """Address of the WS-DSD service. Raises NotApplicable where its metadata name none."""
        if not self.managed:
            shown = [] if self.described is None else [self.described]
            raise NotApplicable("the metadata name no hosted service of the WS-DSD namespace", shown)
        return self.managed

    # What it says of itself

    async def section(self, name: str, namespace: str = WSCN) -> tuple[Any, Exchange]:
        """The element of one section of the scanner, and the exchange that brought it: asked for once. Raises
        NotRun."""
        return await self.situation(f"{name} of {_prefix(namespace)}", lambda: self.fresh_section(name, namespace))

    async def fresh_section(self, name: str, namespace: str = WSCN) -> tuple[Any, Exchange]:
        """The same as it is now. Raises Departure, Inconclusive."""
        answer = await self.scanner_elements(name, namespace=namespace)
        told = expect(answer).response("GetScannerElementsResponse", namespace)
        found = told.all(f"//wscn:ElementData/{name}")
        if not found:
            raise expect(answer).departs(f"an ElementData with {name}", f"none in {met(answer)}")
        return found[0], answer

    async def status_when(self, so: Callable[[Any], bool]) -> tuple[Any, Exchange]:
        """ScannerStatus once it is `so`, or as it is when the time for that is over: what was done at a device need
        not be told at once. Raises Departure, Inconclusive."""
        over = asyncio.get_running_loop().time() + self.limits.told
        while True:
            status, answer = await self.fresh_section(STATUS)
            if so(status) or asyncio.get_running_loop().time() > over:
                return status, answer
            await asyncio.sleep(self.limits.poll)

    async def configuration(self) -> Configuration:
        """What it can do. Raises NotRun."""
        return read_configuration((await self.section(CONFIGURATION))[0])

    async def source(self) -> Source:
        """The one that needs the fewest hands. Raises NotRun."""
        try:
            return (await self.configuration()).source
        except ValueError as error:
            raise NotRun(str(error)) from None

    async def require_platen(self) -> Source:
        """Raises NotApplicable where it has none."""
        return await self._require("Platen", (await self.configuration()).platen)

    async def require_film(self) -> Source:
        """Raises NotApplicable where it has none."""
        return await self._require("Film", (await self.configuration()).film)

    async def require_feeder(self, sheets: int | None = None) -> Source:
        """Its feeder, with so many sheets in it; None: as it is. Raises NotApplicable where it has none, NotRun
        where nobody can load it."""
        found = await self._require("ADF", (await self.configuration()).feeder)
        if sheets is not None:
            await self.hands.do(Action.LOAD, sheets=sheets)
            self._sheets = sheets
        return found

    async def feed(self) -> None:
        """Have at least one sheet in the feeder, where there are hands."""
        if self._sheets < 1:
            with contextlib.suppress(NotRun):
                await self.hands.do(Action.LOAD, sheets=_SHEETS)
                self._sheets = _SHEETS
        self._sheets -= 1

    async def _require(self, keyword: str, source: Source | None) -> Source:
        if source is None:
            _, answer = await self.section(CONFIGURATION)
            raise NotApplicable(f"its ScannerConfiguration has no {keyword}", [answer])
        return source

    # Tickets and jobs

    async def ticket(self, source: Source | None = None, **changes: Any) -> Ticket:
        """A ticket for a small image, which the device supports by its own words. `source`: another than the one
        that needs the fewest hands. Raises NotRun."""
        configuration = await self.configuration()
        source = source or await self.source()
        plain = Ticket(
            information=INFORMATION,
            format=configuration.format,
            images=1,
            source=source.keyword,
            media_size=source.largest,
            region=(0, 0, *small_region(source)),
            color=source.color,
            resolution=(source.resolutions[0], source.resolutions[0]) if source.resolutions else None,
        )
        return replace(plain, **changes)

    async def created(self, ticket: Ticket, before: str = "") -> ScanJob:
        """A new job. Raises Departure, Inconclusive; NotRun where the feeder is empty."""
        answer = await self.create(ticket, before)
        if self._is_empty(ticket, answer) and ticket.images == 1:
            self._sheets = 0  # there were fewer than the judge believed
            answer = await self.create(ticket, before)
        if self._wants_the_panel(answer, before):
            try:
                begun = await begun_at_panel(self)
            except NotRun as error:
                raise Departure(
                    f"{met(answer)}, and no scan could be begun at the panel: {error}", "a job", [answer]
                ) from None
            answer = await self.create(ticket, begun)
            self._panel_alone = answer.told is not None and answer.told.fault is None
        if self._is_empty(ticket, answer):
            raise NotRun("nothing lies in the feeder: --control URL, --hook COMMAND or --ask", [answer])
        return self._created_by(answer)

    def _wants_the_panel(self, answer: Exchange, before: str) -> bool:
        """Whether the device refuses every job, and it is not known yet that it takes those begun at its panel."""
        fault = None if answer.told is None else answer.told.fault
        refused = fault is not None and fault.subcode in REFUSES_JOBS
        return refused and not before and not self._panel_alone and not self._has_taken and self.sink is not None

    def _created_by(self, answer: Exchange) -> ScanJob:
        """The job of an answer to CreateScanJob. Raises Departure, Inconclusive."""
        expect(answer).response("CreateScanJobResponse", WSCN)
        if not self._open or self._open[-1].created is not answer:
            raise expect(answer).departs("a JobId that is a number")
        return self._open[-1]

    def _is_empty(self, ticket: Ticket, answer: Exchange) -> bool:
        fault = None if answer.told is None else answer.told.fault
        return ticket.source.startswith("ADF") and fault is not None and fault.subcode == NO_IMAGES

    async def new_job(self, ticket: Ticket | None = None) -> ScanJob:
        """A job for the check alone. Raises NotRun."""
        ticket = ticket or await self.ticket()
        try:
            return await self.created(ticket)
        except (Departure, Inconclusive) as error:
            raise self._not_had("a job", error) from None

    async def image_of(self, ticket: Ticket) -> tuple[ScanJob, Exchange]:
        """The image of a new job, whose end is waited for. Raises Departure, Inconclusive."""
        job = await self.created(ticket)
        answer = await self.retrieve(job)
        expect(answer).response("RetrieveImageResponse", WSCN)
        if not job.images:
            raise expect(answer).departs("an image in a multipart answer")
        if (ticket.source != "Platen" or ticket.images != 1) and await self.state(job) not in FINAL_STATES:
            # Of a feeder it is over when it is told that there is no more.
            job.ended_by = await self.retrieve(job)
        await self.until(job)
        return job, answer

    async def whole_job(self, images: int = 1) -> ScanJob:
        """An ordinary job of one image, from its creation to its end. Raises Departure, Inconclusive, NotRun."""
        return (await self.image_of(await self.ticket()))[0]

    async def state(self, job: ScanJob) -> str:
        """JobState now; '' where the device has forgotten the job. Raises Departure, Inconclusive."""
        told = (await self.status(job)).told
        return "" if told is None or told.fault is not None else told.text("//wscn:JobState")

    async def status(self, job: ScanJob) -> Exchange:
        """GetJobElements for its JobStatus, answered or refused. Raises Departure, Inconclusive."""
        answer = await self.job_elements(job.id)
        expect(answer).answer("JobStatus")
        return answer

    async def until(self, job: ScanJob, *states: str) -> str:
        """Ask for a job's state until it is one of these (none: a final one), and return it; '' where it is
        forgotten. Raises Departure, Inconclusive."""
        over = asyncio.get_running_loop().time() + self.limits.job
        wanted = states or FINAL_STATES
        while True:
            answer = await self.status(job)
            told = answer.envelope
            state = "" if told.fault is not None else told.text("//wscn:JobState")
            if state in ("", *wanted):
                job.over = state in ("", *FINAL_STATES)
                return state
            if asyncio.get_running_loop().time() > over:
                raise Inconclusive(f"the job is still {state} after {self.limits.job:g} s", [answer])
            await asyncio.sleep(self.limits.poll)

    def is_about(self, job: ScanJob, event: Envelope) -> bool:
        """Whether an event names the job by its JobId, or names none."""
        return event.text("//wscn:JobId") in (str(job.id), "")

    async def ordinary_job(self, *, first: bool) -> str:
        """One whole job that is completed, the first one once the device is found. Raises Departure, Inconclusive,
        NotRun."""
        if first:
            await self.find()
        job = await self.whole_job()
        if first:
            self.provide("an ended job", job)
        status = await self.status(job)
        state = status.envelope.text("//wscn:JobState")
        if status.envelope.fault is None and state != "Completed":
            raise Departure(f"{state}", "Completed", [status])
        size = len(job.images[0].parts[-1].data)
        begun = ", begun at the panel: it takes no other" if self._panel_alone else ""
        return f"{state or 'forgotten at once'}, an image of {size} octets{begun}"

    async def ended_job(self) -> ScanJob:
        """A job that has ended by itself, and that the device still knows where it keeps any. Raises NotRun."""
        return await self._kept("an ended job", self.whole_job)

    async def canceled_job(self) -> ScanJob:
        """A job that was cancelled before anything was fetched; known as of `ended_job`. Raises NotRun."""

        async def make() -> ScanJob:
            job = await self.created(await self.ticket())
            expect(await self.cancel(job.id)).response("CancelJobResponse", WSCN)
            await self.until(job)
            return job

        return await self._kept("a cancelled job", make)

    async def _kept(self, name: str, make: Callable[[], Awaitable[ScanJob]]) -> ScanJob:
        """A job of before; another one where the device has forgotten it since."""
        job = await self.situation(name, make)
        with on_behalf(name):
            told = (await self.job_elements(job.id)).told
        if told is None or told.fault is None:
            return job
        del self._situations[name]
        return await self.situation(name, make)

    async def settled(self) -> None:
        """Wait until the scanner is at work no more, or for the longest time of a job."""
        over = asyncio.get_running_loop().time() + self.limits.job
        while asyncio.get_running_loop().time() < over:
            answer = await self.scanner_elements(STATUS)
            told = answer.told
            if told is None or told.text("//wscn:ScannerState") != "Processing":
                return
            await asyncio.sleep(self.limits.poll)

    async def emptied_feeder(self) -> None:
        """Scan whatever lies in the feeder, until the device says that nothing is there. Raises NotApplicable,
        NotRun."""
        feeder = await self.require_feeder()
        self._sheets = 0
        try:
            ticket = await self.ticket(feeder, images=0)
            answer = await self.create(ticket, feed=False, patient=False)
            told = expect(answer).answer()
            if told.fault is not None and told.fault.subcode == NO_IMAGES:
                return
            if told.fault is not None:
                # It may be empty and say so in a way of its own: with a sheet in it a job has to be taken.
                await self.hands.do(Action.LOAD, sheets=1)
                answer = await self.create(ticket, feed=False)
            job = self._created_by(answer)
            for _ in range(_MOST_SHEETS):
                told = expect(await self.retrieve(job)).answer()
                if told.fault is not None:
                    break
            await self.until(job)
        except (Departure, Inconclusive) as error:
            raise self._not_had("an empty feeder", error) from None

    async def tidy(self) -> None:
        """Do what is to be done behind a check, and cancel the jobs that it has left open: a device takes few at
        once."""
        await super().tidy()
        await self.clear_away()

    async def clear_away(self) -> None:
        """Cancel the jobs that are still open: nothing of the judge's is left at the device."""
        with on_behalf("clearing away"):
            while self._open:
                job = self._open.pop()
                if not job.over and not (await self.cancel(job.id)).answered:
                    break
        self._open.clear()


def small_region(source: Source) -> tuple[int, int]:
    """Width and height of a region that every source of that size can scan, in 1/1000 inch."""
    width = max(source.smallest[0], min(2000, source.largest[0]))
    height = max(source.smallest[1], min(3000, source.largest[1]))
    return width, height


def _prefix(namespace: str) -> str:
    return "wscn" if namespace == WSCN else "dsd"


def _request(prefix: str, operation: str, content: str) -> str:
    return f"<{prefix}:{operation}Request>{content}</{prefix}:{operation}Request>"


def _is_busy(answer: Exchange) -> bool:
    fault = None if answer.told is None else answer.told.fault
    return fault is not None and fault.subcode == NOT_ACCEPTING


def _retrieve_body(job_id: int, token: str, name: str) -> str:
    return _request(
        "wscn",
        "RetrieveImage",
        f"<wscn:JobId>{job_id}</wscn:JobId><wscn:JobToken>{escape(token)}</wscn:JobToken><wscn:DocumentDescription>"
        f"<wscn:DocumentName>{escape(name)}</wscn:DocumentName></wscn:DocumentDescription>",
    )


def _http(url: str, octets: bytes) -> bytes:
    """A request of HTTP as octets."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {requests.SOAP_TYPE}\r\n"
        f"Content-Length: {len(octets)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + octets
