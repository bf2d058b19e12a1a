"""All that a WS-DSC service tells of its scan server: elements, jobs, the status of each (MS-BDSRR)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from lxml import etree

from emulator.dpws.client import CallFailed, Unreachable
from emulator.dsm.constants import (
    DSC,
    DSC_GET_POST_SCAN_JOB_ELEMENTS,
    GET_ACTIVE_JOBS,
    GET_JOB_HISTORY,
    GET_REPOSITORY_ELEMENTS,
    REPOSITORY_CONFIGURATION,
    REPOSITORY_STATUS,
)
from emulator.dsm.job_status import JobStatus
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.messages.job_lists import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.dsm.messages.repository_elements import GetRepositoryElementsRequest, GetRepositoryElementsResponse
from emulator.dsm.repository import RepositoryConfiguration, RepositoryStatus
from emulator.inspector.conversation import Conversation
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, local_name, namespace_of

T = TypeVar("T")

MAX_JOBS: Final = 100
"""Jobs whose JobStatus is asked for: the active ones first, then the last of the history."""

_JOB_STATUS: Final = QName(DSC, "JobStatus")


@dataclass(slots=True)
class RepositoryElements:
    """What a WS-DSC service told; None for what it did not tell."""

    service: str
    """Address of the service."""
    configuration: RepositoryConfiguration | None = None
    status: RepositoryStatus | None = None
    active_jobs: tuple[JobSummary, ...] | None = None
    job_history: tuple[JobSummary, ...] | None = None
    job_statuses: dict[str, JobStatus] = field(default_factory=dict)
    """By JobToken, for jobs of the two lists."""
    problems: list[CallFailed] = field(default_factory=list)
    """Why something is None, or a job without status."""


async def ask_repository(talk: Conversation, service: str, *, jobs: bool = True) -> RepositoryElements:
    """Ask a WS-DSC service for everything (`jobs` False: not for its jobs). What it does not answer is among the
    problems. Raises CallFailed when the service cannot be reached at all. [bdsrr/3.3/client-passes-through]"""
    found = RepositoryElements(service)
    # One at a time: Windows Server 2008 R2 leaves a request with a name it does not know without any answer.
    try:
        found.configuration = (await _elements(talk, service, REPOSITORY_CONFIGURATION)).configuration
    except Unreachable:
        raise
    except CallFailed as error:
        found.problems.append(error)
    try:
        found.status = await ask_status(talk, service)
        if jobs:
            found.active_jobs = await ask_active_jobs(talk, service)
            found.job_history = await ask_job_history(talk, service)
            await _ask_job_statuses(talk, found)
    except CallFailed as error:
        found.problems.append(error)
    return found


async def ask_status(talk: Conversation, service: str) -> RepositoryStatus | None:
    """RepositoryStatus; None where the service has none. Raises CallFailed."""
    return (await _elements(talk, service, REPOSITORY_STATUS)).status


async def ask_active_jobs(talk: Conversation, service: str) -> tuple[JobSummary, ...]:
    """The jobs that have not ended. Raises CallFailed."""
    read = _reading("GetActiveJobsResponse", GetActiveJobsResponse.from_xml)
    asked = envelope.request(GET_ACTIVE_JOBS, service, GetActiveJobsRequest().to_xml())
    return (await talk.ask(service, asked, read)).jobs


async def ask_job_history(talk: Conversation, service: str) -> tuple[JobSummary, ...]:
    """The jobs that have ended and are remembered. Raises CallFailed."""
    read = _reading("GetJobHistoryResponse", GetJobHistoryResponse.from_xml)
    asked = envelope.request(GET_JOB_HISTORY, service, GetJobHistoryRequest().to_xml())
    return (await talk.ask(service, asked, read)).jobs


async def ask_job_status(talk: Conversation, service: str, job_token: str) -> JobStatus | None:
    """JobStatus of a job. Raises CallFailed, also for a job that has been forgotten."""
    read = _reading("GetPostScanJobElementsResponse", GetPostScanJobElementsResponse.from_xml)
    body = GetPostScanJobElementsRequest(job_token, (_JOB_STATUS,)).to_xml(DSC)
    asked = envelope.request(DSC_GET_POST_SCAN_JOB_ELEMENTS, service, body)
    return (await talk.ask(service, asked, read)).job_status


async def _ask_job_statuses(talk: Conversation, found: RepositoryElements) -> None:
    active, ended = found.active_jobs or (), found.job_history or ()
    for summary in (*active, *reversed(ended))[:MAX_JOBS]:
        try:
            status = await ask_job_status(talk, found.service, summary.job_token)
        except Unreachable:
            raise
        except CallFailed as error:
            found.problems.append(error)
        else:
            if status is not None:
                found.job_statuses[summary.job_token] = status


async def _elements(talk: Conversation, service: str, name: QName) -> GetRepositoryElementsResponse:
    read = _reading("GetRepositoryElementsResponse", GetRepositoryElementsResponse.from_xml)
    body = GetRepositoryElementsRequest((name,)).to_xml()
    return await talk.ask(service, envelope.request(GET_REPOSITORY_ELEMENTS, service, body), read)


def _reading(name: str, from_xml: Callable[[etree._Element, Deviations], T]) -> Callable[[Message, Deviations], T]:
    def read(message: Message, deviations: Deviations) -> T:
        body = message.body
        if body is None or local_name(body) != name or namespace_of(body) != DSC:
            raise ContentError(name, "the Body holds something else")
        return from_xml(body, deviations)

    return read
