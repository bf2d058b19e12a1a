"""One device, as the judge asks it: its services, its operations, and what it says of itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from emulator.conformance import requests
from emulator.conformance.asked_peer import AskedPeer, Limits
from emulator.conformance.devices.configuration import Configuration, Source, read_configuration
from emulator.conformance.devices.hands import Hands, NobodysHands
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import expect, met
from emulator.conformance.names import DISCOVERY_PORT, DSD, WSCN, Name
from emulator.conformance.reading import Envelope
from emulator.conformance.services import hosted_services
from emulator.conformance.sink import EventSink
from emulator.conformance.verdict import Departure, NotApplicable, NotRun
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
JOB_STATUS: Final = "wscn:JobStatus"
NO_IMAGES: Final = Name(WSCN, "ClientErrorNoImagesAvailable")
NOT_FOUND: Final = Name(WSCN, "ClientErrorJobIdNotFound")
NOT_ACCEPTING: Final = Name(WSCN, "ServerErrorNotAcceptingJobs")


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


class AskedDevice(AskedPeer[ScanJob]):
    """One device: finding it, its operations, and what it says of itself."""

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

    def require_found(self) -> None:
        """A device is always found by its discovery: what is said of that can be judged."""

    def metadata(self) -> Envelope:
        """Its metadata. Raises NotRun where there are none."""
        if self.described is None or self.described.told is None:
            raise NotRun("its metadata could not be had")
        return self.described.envelope

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
        body = request_of(
            prefix, "GetScannerElements", f"<{prefix}:RequestedElements>{asked}</{prefix}:RequestedElements>"
        )
        return await self.ask("GetScannerElements", body, namespace=namespace)

    async def job_elements(self, job_id: int, *names: str, namespace: str = WSCN, wrong: bool = False) -> Exchange:
        """GetJobElements; without names for the job's status."""
        prefix = _prefix(namespace)
        asked = "".join(f"<wscn:Name>{each}</wscn:Name>" for each in names or (JOB_STATUS,))
        body = request_of(
            prefix,
            "GetJobElements",
            f"<{prefix}:JobId>{job_id}</{prefix}:JobId><{prefix}:RequestedElements>{asked}</{prefix}:RequestedElements>",
        )
        return await self.ask("GetJobElements", body, namespace=namespace, wrong=wrong)

    async def jobs(self, operation: str, namespace: str = WSCN) -> Exchange:
        """GetActiveJobs or GetJobHistory."""
        return await self.ask(operation, request_of(_prefix(namespace), operation, ""), namespace=namespace)

    async def validate(self, ticket: Ticket, *, namespace: str = WSCN, wrong: bool = False) -> Exchange:
        """ValidateScanTicket."""
        prefix = _prefix(namespace)
        body = request_of(prefix, "ValidateScanTicket", ticket.xml(f"{prefix}:ScanTicket"))
        return await self.ask("ValidateScanTicket", body, namespace=namespace, wrong=wrong)

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
        return await self.ask("CancelJob", request_of("wscn", "CancelJob", f"<wscn:JobId>{job_id}</wscn:JobId>"))

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


def request_of(prefix: str, operation: str, content: str) -> str:
    """The body of a request, as XML."""
    return f"<{prefix}:{operation}Request>{content}</{prefix}:{operation}Request>"


def _prefix(namespace: str) -> str:
    return "wscn" if namespace == WSCN else "dsd"


def _retrieve_body(job_id: int, token: str, name: str) -> str:
    return request_of(
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
