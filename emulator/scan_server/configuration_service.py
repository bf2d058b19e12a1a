"""The WS-DSC service: configuration, status and jobs of the scan server as a repository (MS-BDSRR 3.2).
[notes/c-36/unknown-element-answered] [dsc/wire/event-source] [dsc/wire/document-literal]
[dsc/wire/https] [dsc/wire/any-soap-transport] [dsc/wire/authentication-below] [dsc/wire/no-versions]"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from lxml import etree

from emulator.dpws.call import Call, require_destination
from emulator.dsm import faults
from emulator.dsm.constants import (
    DSC,
    DSC_CANCEL_POST_SCAN_JOB,
    DSC_GET_POST_SCAN_JOB_ELEMENTS,
    EMLF,
    FILTER,
    FSF,
    GET_ACTIVE_JOBS,
    GET_JOB_HISTORY,
    GET_REPOSITORY_ELEMENTS,
    REPOSITORY_CONFIGURATION,
    REPOSITORY_STATUS,
    SPF,
)
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.messages.element_data import Content
from emulator.dsm.messages.job_lists import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.dsm.messages.repository_elements import GetRepositoryElementsRequest, GetRepositoryElementsResponse
from emulator.dsm.repository import (
    RepositoryConfiguration,
    RepositoryState,
    RepositoryStateReason,
    RepositoryStatus,
)
from emulator.faults.behaviours import Behaviour
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.job_operations import JobOperations, require_known, temporary_error
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, action_not_supported
from emulator.soap.xml import QName, local_name, namespace_of, place

CONFIGURATION: Final = RepositoryConfiguration(
    tuple(QName(FILTER, dialect.removeprefix(f"{FILTER}/")) for dialect in (FSF, SPF, EMLF))
)
"""The filters in the order and by the names of MS-BDSRR 4.1.
[bdsrr/3.2.1/dialect-is-of-the-configuration] [dsc/get-repository-elements/configuration]"""

_ELEMENTS: Final = (REPOSITORY_CONFIGURATION, REPOSITORY_STATUS)

_LONGEST_HISTORY: Final = 30_000
"""Octets of the body: 32767 without the headers."""
_MISPRINTS: Final = {"GetJobsHistoryRequest": "GetJobHistoryRequest"}
"""MS-BDSRR 4.1 prints the request so [notes/c-10/get-jobs-history-request-read]."""

Operation = Callable[[Call], Awaitable[Message]]


def repository_status(keeper: JobKeeper) -> RepositoryStatus:
    """Processing while there are jobs that have not ended.
    [dsc/repository-state/idle] [dsc/repository-state/processing] [bdsrr/7/note-10-never-stopped]"""
    state = RepositoryState.PROCESSING if keeper.open_jobs else RepositoryState.IDLE
    return RepositoryStatus(state, (RepositoryStateReason.NONE,))


class ConfigurationService:
    """Answers with the documented faults; its jobs are those of the WS-DSP service.
    [dsc/job/shared-with-wsdsp] [bdsrr/3.2.1/objects-of-a-repository] [bdsrr/3.2.4.1/response-or-fault]
    [bdsrr/3.2.4.2/response-or-fault] [bdsrr/3.2.4.3/response-or-fault] [bdsrr/3.2.4.4/response-or-fault]
    [bdsrr/3.2.4.5/response-or-fault]
    [bdsrr/3.2.4/five-operations-and-four-events]"""

    def __init__(
        self,
        keeper: JobKeeper,
        path: str,
        behaviours: frozenset[Behaviour] = frozenset(),
    ) -> None:
        """`path`: of the service's own address; a message to another is refused. `behaviours`: what is done
        otherwise than the documents say."""
        self._behaviours = behaviours
        self._keeper = keeper
        self._path = path
        jobs = JobOperations(keeper, DSC, behaviours)
        self._operations: dict[str, tuple[str, Operation]] = {
            GET_REPOSITORY_ELEMENTS: ("GetRepositoryElementsRequest", self._repository_elements),
            DSC_GET_POST_SCAN_JOB_ELEMENTS: ("GetPostScanJobElementsRequest", jobs.elements),
            DSC_CANCEL_POST_SCAN_JOB: ("CancelPostScanJobRequest", jobs.cancel),
            GET_ACTIVE_JOBS: ("GetActiveJobsRequest", self._active_jobs),
            GET_JOB_HISTORY: ("GetJobHistoryRequest", self._job_history),
        }

    async def __call__(self, call: Call) -> Message:
        """One of the five operations. Raises FaultError, ContentError, MimeError and BodyBroken."""
        message = call.message
        if message.action not in self._operations:
            raise FaultError(action_not_supported(message.action))
        name, operation = self._operations[message.action]
        require_destination(message.to, self._path)
        body = message.body
        found = "" if body is None or namespace_of(body) != DSC else local_name(body)
        if body is not None and _MISPRINTS.get(found) == name:
            call.content.note("spelling", place(body), found)
        elif found != name:
            raise FaultError(self.invalid(name))
        return await operation(call)

    def invalid(self, argument: str) -> Fault:
        """dsc:InvalidArgs.
        [bdsrr/3.2.4.1/invalid-args] [bdsrr/3.2.4.2/invalid-args] [bdsrr/3.2.4.3/invalid-args]"""
        return faults.invalid_args(argument, DSC)

    def internal_error(self) -> Fault:
        """dsc:ServerErrorInternalError.
        [bdsrr/3.2.4.1/internal-error] [bdsrr/3.2.4.2/internal-error] [bdsrr/3.2.4.3/internal-error]
        [bdsrr/3.2.4.4/internal-error] [bdsrr/3.2.4.5/internal-error]"""
        return faults.internal_error(DSC)

    def temporary_error(self) -> Fault:
        """dsc:ServerErrorTemporaryError.
        [bdsrr/3.2.4.1/temporary-error] [bdsrr/3.2.4.2/temporary-error] [bdsrr/3.2.4.3/temporary-error]
        [bdsrr/3.2.4.4/temporary-error] [bdsrr/3.2.4.5/temporary-error]"""
        return temporary_error(DSC, self._behaviours)

    async def _repository_elements(self, call: Call) -> Message:
        # The law: [bdsrr/3.2.4.1/success-is-answered] [bdsrr/3.2.4.1/element-data-for-each-name]
        assert call.message.body is not None
        request = GetRepositoryElementsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        if Behaviour.WRONG_ELEMENT_INVALID in self._behaviours:
            for name in request.names:
                if name.namespace == DSC and name not in _ELEMENTS:
                    raise FaultError(self.invalid(f"Name: {name.local} is no element of a repository"))
        if Behaviour.UNKNOWN_ELEMENT_UNANSWERED in self._behaviours:
            require_known(request.names, _ELEMENTS)
        found = tuple(ElementData(name, self._content(name)) for name in request.names)
        return response(call.message, GetRepositoryElementsResponse(found).to_xml())

    def _content(self, name: QName) -> Content | None:
        if name == REPOSITORY_CONFIGURATION:
            return CONFIGURATION
        return repository_status(self._keeper) if name == REPOSITORY_STATUS else None

    async def _active_jobs(self, call: Call) -> Message:
        # The law: [bdsrr/3.2.4.4/success-is-answered] [bdsrr/3.2.4.4/summary-for-each-job]
        assert call.message.body is not None
        GetActiveJobsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        return response(call.message, GetActiveJobsResponse(self._keeper.summaries(ended=False)).to_xml())

    async def _job_history(self, call: Call) -> Message:
        # The law: [bdsrr/3.2.4.5/success-is-answered] [bdsrr/3.2.4.5/summary-for-each-job]
        # The law: [dsc/get-job-history/length]
        assert call.message.body is not None
        GetJobHistoryRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        return response(call.message, _history(self._keeper.summaries(ended=True)))


def _history(summaries: tuple[JobSummary, ...]) -> etree._Element:
    """The newest of these jobs that clients can read: WSDAPI closes the connection at an envelope of more than
    32767 octets, and how many are told is the server's choice. [soap/envelope/size]"""
    while True:
        body = GetJobHistoryResponse(summaries).to_xml()
        size = len(etree.tostring(body))
        if size <= _LONGEST_HISTORY or len(summaries) <= 1:
            return body
        summaries = summaries[: max(1, len(summaries) * _LONGEST_HISTORY // size)]
