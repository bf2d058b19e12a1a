"""All that a WS-Scan service tells of its scanner: elements, active jobs, history (WS-Scan pages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from emulator.dpws.client import CallFailed, Faulted, Nonsense, Unreachable
from emulator.inspector.conversation import Conversation
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, local_name
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    GET_ACTIVE_JOBS,
    GET_JOB_HISTORY,
    GET_SCANNER_ELEMENTS,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
)
from emulator.wsscan.messages.elements import GetScannerElementsRequest, GetScannerElementsResponse
from emulator.wsscan.messages.jobs import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.values.status import ScannerDescription, ScannerStatus
from emulator.wsscan.values.ticket import ScanTicket

ELEMENTS: Final = (SCANNER_DESCRIPTION, SCANNER_CONFIGURATION, SCANNER_STATUS, DEFAULT_SCAN_TICKET)


@dataclass(slots=True)
class ScannerElements:
    """What a scan service told; None for what it did not tell."""

    service: str
    """Address of the service; '' where saved answers were read."""
    description: ScannerDescription | None = None
    configuration: ScannerConfiguration | None = None
    status: ScannerStatus | None = None
    default_ticket: ScanTicket | None = None
    active_jobs: tuple[JobSummary, ...] | None = None
    job_history: tuple[JobSummary, ...] | None = None
    written: dict[str, etree._Element] = field(default_factory=dict)
    """The elements as they were written, by their local names."""
    problems: list[CallFailed] = field(default_factory=list)
    """Why something is None."""

    @property
    def told(self) -> bool:
        """Whether anything at all was told."""
        return bool(self.written) or self.active_jobs is not None or self.job_history is not None

    def take(self, body: etree._Element, deviations: Deviations) -> None:
        """Take the elements of a GetScannerElementsResponse. Raises ContentError."""
        for each in GetScannerElementsResponse.from_xml(body, deviations).element_data:
            match each.content:
                case ScannerDescription():
                    self.description = each.content
                case ScannerConfiguration():
                    self.configuration = each.content
                case ScannerStatus():
                    self.status = each.content
                case ScanTicket():
                    self.default_ticket = each.content
                case _:
                    continue
            self.written[each.name.local] = next(e for e in body.iter() if _is(e, each.name))


async def ask_scanner(talk: Conversation, service: str, *, jobs: bool = True) -> ScannerElements:
    """Ask a scan service for everything (`jobs` False: for the elements alone). What it does not answer is
    among the problems. Raises CallFailed when the service cannot be reached at all."""
    found = ScannerElements(service)
    try:
        await _ask_elements(talk, found, ELEMENTS)
    except (Faulted, Nonsense):
        # One element that a device does not know, or writes so that nobody can read it, spoils no other.
        for name in ELEMENTS:
            try:
                await _ask_elements(talk, found, (name,))
            except CallFailed as error:
                found.problems.append(error)
                if isinstance(error, Unreachable):
                    return found
    if jobs:
        await _ask_jobs(talk, found)
    return found


async def _ask_elements(talk: Conversation, found: ScannerElements, names: Sequence[QName]) -> None:
    def read(message: Message, deviations: Deviations) -> None:
        found.take(_body(message, "GetScannerElementsResponse"), deviations)

    asked = GetScannerElementsRequest(tuple(names)).to_xml()
    await talk.ask(found.service, envelope.request(GET_SCANNER_ELEMENTS, found.service, asked), read)


async def _ask_jobs(talk: Conversation, found: ScannerElements) -> None:
    def active(message: Message, deviations: Deviations) -> tuple[JobSummary, ...]:
        return GetActiveJobsResponse.from_xml(_body(message, "GetActiveJobsResponse"), deviations).jobs

    def ended(message: Message, deviations: Deviations) -> tuple[JobSummary, ...]:
        return GetJobHistoryResponse.from_xml(_body(message, "GetJobHistoryResponse"), deviations).jobs

    service = found.service
    try:
        request = envelope.request(GET_ACTIVE_JOBS, service, GetActiveJobsRequest().to_xml())
        found.active_jobs = await talk.ask(service, request, active)
    except CallFailed as error:
        found.problems.append(error)
    try:
        request = envelope.request(GET_JOB_HISTORY, service, GetJobHistoryRequest().to_xml())
        found.job_history = await talk.ask(service, request, ended)
    except CallFailed as error:
        found.problems.append(error)


def _body(message: Message, name: str) -> etree._Element:
    if message.body is None:
        raise ContentError(name, "the Body is empty")
    return message.body


def _is(element: etree._Element, name: QName) -> bool:
    return isinstance(element.tag, str) and local_name(element) == name.local
