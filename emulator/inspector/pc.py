"""A PC at a scanner of the network, as WS-Scan has it: it takes the scanner's events, may offer a destination at
the panel, and fetches the scan that somebody begins there for it (docs/protocol/ws-scan.md section 7).
[wscn/scan-available/scan-destinations] [wscn/scan-available/client-sends-both] [wscn/retrieve-image/one-include]"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from emulator.dpws.answer import Answer
from emulator.dpws.client import CallFailed
from emulator.dpws.eventing.listener import EventListener, Subscribed
from emulator.dpws.soap_caller import SoapCaller, SoapRequest
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.layers import Layers
from emulator.soap import envelope
from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault
from emulator.soap.mime import MimeError
from emulator.soap.mtom import Attachment, AttachmentEnd, Data, MtomReader
from emulator.soap.reading import ContentError
from emulator.soap.xml import local_name
from emulator.transport.client import StreamClient
from emulator.transport.http import ExchangeError, TimeLimits
from emulator.trust.client_tls import ClientContext
from emulator.wsscan.constants import (
    CREATE_SCAN_JOB,
    RETRIEVE_IMAGE,
    SCAN_AVAILABLE_EVENT,
    WSCN,
    WSCN_EVENTS,
)
from emulator.wsscan.faults import CLIENT_ERROR_NO_IMAGES_AVAILABLE
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.events import Event, name_of_event, read_event
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.values.destinations import ScanDestination
from emulator.wsscan.values.ticket import DocumentParameters, JobDescription, ScanTicket, Setting
from emulator.wsscan.xml.destinations import read_destination_responses, write_scan_destinations

MOST_IMAGE: Final = 512 * 1024 * 1024
"""Octets of an image that are taken."""
MOST_EVENTS: Final = 10_000
"""That are kept."""
_LIMITS: Final = TimeLimits(10.0, 60.0)
_NO_MORE: Final = CLIENT_ERROR_NO_IMAGES_AVAILABLE.local


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """What an answer to RetrieveImage had with it."""

    media_type: str
    bytes: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"media_type": self.media_type, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A scan that was fetched."""

    job_id: int
    images: tuple[FetchedImage, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"job_id": self.job_id, "images": [each.as_dict() for each in self.images]}


class Pc:
    """Made by `subscribed_pc`. What fails raises LabError."""

    def __init__(self, client: StreamClient, service: str, offers: str) -> None:
        self._client = client
        self._caller = SoapCaller(client, Layers(), EVERY_ADDRESSING)
        self._service = service
        self._offers = offers
        self._token = ""
        self._subscribed = Subscribed()
        self.events: list[Event] = []
        """Those that came, in order."""
        self._came = asyncio.Event()

    @property
    def names(self) -> list[str]:
        """What the events are called, in order."""
        return [name_of_event(each) for each in self.events]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "events": self.names,
            "offers": self._offers or None,
            "scans": sum(isinstance(each, ScanAvailableEvent) for each in self.events),
            "ended": self._subscribed.why_not or None,
        }

    async def _subscribe(self, listener: EventListener) -> None:
        context = "dsm-emulator-1"
        offered = (write_scan_destinations((ScanDestination(self._offers, context),)),) if self._offers else ()
        self._subscribed = await listener.subscribe(
            self._client,
            self._service,
            [f"{WSCN}/{name}" for name in WSCN_EVENTS if offered or name != SCAN_AVAILABLE_EVENT],
            self._event,
            extensions=offered,
        )
        if self._subscribed.why_not:
            raise LabError(f"no events of {self._service}: {self._subscribed.why_not}", ExitCode.NONSENSE)
        handle = self._subscribed.handle
        for each in () if handle is None else handle.extensions:
            if local_name(each) == "DestinationResponses":
                self._token = read_destination_responses(each, Deviations())[0].destination_token
        if offered and not self._token:
            raise LabError(f"{self._service} gives no DestinationToken for what is offered", ExitCode.NONSENSE)

    def _event(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        event = read_event(body, deviations)
        if len(self.events) < MOST_EVENTS:
            self.events.append(event)
        self._came.set()

    async def wait_for(self, name: str, seconds: float, after: int = 0) -> Event:
        """The first event of that name among those from number `after` (from 0) on; waits for it where it has not
        come."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self._came.clear()
                    for each in self.events[after:]:
                        if name_of_event(each) == name:
                            return each
                    await self._came.wait()
        except TimeoutError:
            told = ", ".join(self.names[after:]) or "none"
            raise LabError(
                f"no {name} has come within {seconds:g} s; events that came: {told}", ExitCode.FAILED
            ) from None

    async def fetch(self, seconds: float, format: str | None = None) -> Fetched:
        """Create the scan job for which the newest ScanAvailableEvent has come (waiting for one if there is none),
        and retrieve its images until there are no more."""
        await self.wait_for(SCAN_AVAILABLE_EVENT, seconds)
        event = [each for each in self.events if isinstance(each, ScanAvailableEvent)][-1]
        wanted = DocumentParameters(
            format=None if format is None else Setting(format), images_to_transfer=Setting(0)
        )
        ticket = ScanTicket(JobDescription("scan to a PC", self._offers), wanted)
        asked = CreateScanJobRequest(ticket, event.scan_identifier, self._token)
        created, _ = await self._asked(CREATE_SCAN_JOB, asked.to_xml(), CreateScanJobResponse.from_xml)
        if isinstance(created, Fault):
            raise LabError(f"CreateScanJob at {self._service}: {created}", ExitCode.NONSENSE)
        images: list[FetchedImage] = []
        while True:
            wants = RetrieveImageRequest(created.job_id, created.job_token, f"page {len(images) + 1}")
            answer, attached = await self._asked(RETRIEVE_IMAGE, wants.to_xml(), RetrieveImageResponse.from_xml)
            if isinstance(answer, Fault):
                if images and answer.subcode is not None and answer.subcode.local == _NO_MORE:
                    return Fetched(created.job_id, tuple(images))
                raise LabError(f"RetrieveImage at {self._service}: {answer}", ExitCode.NONSENSE)
            if answer.content_id not in attached:
                raise LabError(
                    f"RetrieveImage at {self._service}: the part {answer.content_id} is not there",
                    ExitCode.NONSENSE,
                )
            images.append(attached[answer.content_id])

    async def _asked(self, action: str, body: etree._Element, read: Any) -> tuple[Any, dict[str, FetchedImage]]:
        """What was asked for, or a Fault; and the attachments that came with it, by their Content-ID."""
        request = SoapRequest(self._service, envelope.request(action, self._service, body))

        def content(message: Message, deviations: Deviations) -> Any:
            if message.body is None:
                raise ContentError("Body", "is empty")
            return read(message.body, deviations)

        try:
            result = await self._caller.call(request, content, _LIMITS)
        except (ExchangeError, TimeoutError) as error:
            raise LabError(f"{request.operation} at {self._service}: {error}", ExitCode.UNREACHABLE) from None
        answer = result.answer
        if isinstance(answer, Fault):
            return answer, {}
        if not isinstance(answer, Answer):
            raise LabError(f"{request.operation} at {self._service}: {answer}", ExitCode.NONSENSE)
        try:
            return answer.content, _attachments(result.response.header("Content-Type"), result.response.body)
        except MimeError as error:
            raise LabError(f"{request.operation} at {self._service}: {error}", ExitCode.NONSENSE) from None


def _attachments(content_type: str, body: bytes) -> dict[str, FetchedImage]:
    """Raises MimeError."""
    reader = MtomReader(content_type)
    found: dict[str, FetchedImage] = {}
    begun: Attachment | None = None
    digest, octets = hashlib.sha256(), 0
    for event in [*reader.feed(body), *reader.close()]:
        if isinstance(event, Attachment):
            begun, digest, octets = event, hashlib.sha256(), 0
        elif isinstance(event, Data):
            digest.update(event.data)
            octets += len(event.data)
        elif isinstance(event, AttachmentEnd) and begun is not None:
            found[begun.content_id] = FetchedImage(begun.media_type, octets, digest.hexdigest())
    return found


@asynccontextmanager
async def subscribed_pc(service: str, offers: str = "", tls: ClientContext | None = None) -> AsyncIterator[Pc]:
    """Within: a PC that is subscribed to the events of a WS-Scan service on this machine.

    - `offers`: name of a destination that people can choose at the panel; '' for none;
    - `tls`: what it trusts.

    Raises LabError.
    """
    client = StreamClient(tls, max_response=MOST_IMAGE)
    listener = EventListener()
    try:
        pc = Pc(client, service, offers)
        try:
            await pc._subscribe(listener)
        except (CallFailed, ContentError) as error:
            raise LabError(str(error), ExitCode.NONSENSE) from None
        yield pc
    finally:
        await listener.aclose()
        await client.aclose()
