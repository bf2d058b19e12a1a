"""What WS-DSP and WS-DSC both do with a job: find it, cancel it, tell of it. One job list, two namespaces."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from typing import Final

from emulator.dpws.call import Call
from emulator.dsm import faults
from emulator.dsm.documents import Documents
from emulator.dsm.guid import parse_guid
from emulator.dsm.messages.cancel import CancelPostScanJobRequest, CancelPostScanJobResponse
from emulator.dsm.messages.element_data import Content
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.states import OPERATION_ANSWERS, Answer
from emulator.faults.habits import Alteration
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.jobs import Job
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import Message, response
from emulator.soap.fault import Fault, FaultError, endpoint_unavailable
from emulator.soap.xml import QName
from emulator.transport.http import Unanswered

_log = logging.getLogger(__name__)

MAX_DOCUMENTS_TOLD: Final = 20_000
"""Documents of a job that are listed in one answer: four elements each, of the 100,000 that readers take. A list
that is asked for twice counts twice."""
_FEW_DOCUMENTS: Final = 500
"""As many take some milliseconds."""

_TOLD: Final[dict[str, Callable[[Job], Content]]] = {
    "JobStatus": Job.status,
    "JobDescription": Job.description,
    "Documents": Job.document_list,
}
"""By the local name that is asked for."""


def require_known(asked: Iterable[QName], known: Collection[QName]) -> None:
    """Leave a request without an answer that asks for an element which is not known. Raises Unanswered.
    [bdsrr/7/note-13-unknown-repository-element] [bdsrr/7/note-16-unknown-job-element]"""
    for name in asked:
        if name not in known:
            raise Unanswered(f"the element {name.local[:200]} is not known, and such a request is ignored")


def temporary_error(namespace: str, alterations: Collection[Alteration]) -> Fault:
    """Make the fault for an error that passes by itself, of which Windows has none.
    [bdsrr/3.1.4.1.4/temporary-error] [bdsrr/7/note-11-no-temporary-error]"""
    if Alteration.NO_TEMPORARY_ERROR in alterations:
        return faults.internal_error(namespace)
    return faults.temporary_error(namespace)


class JobOperations:
    """The operations of one of the two services."""

    def __init__(self, keeper: JobKeeper, namespace: str, alterations: frozenset[Alteration] = frozenset()) -> None:
        """`alterations`: what is done otherwise than the documents say."""
        self._alterations = alterations
        self._keeper = keeper
        self._namespace = namespace

    def job(self, token: str, operation: str) -> Job:
        """The job, if its state lets the operation happen. Raises FaultError.
        [dsp/fault/client-error-job-token-not-found] [dsp/answer/cancel-of-an-unknown-token]"""
        job = self._keeper.find(token)
        match OPERATION_ANSWERS[operation][job.state if job else None]:
            case Answer.OPERATION_FAILED:
                raise FaultError(faults.operation_failed(self._namespace))
            case Answer.NOT_FOUND:
                raise FaultError(self._not_found(token))
        assert job is not None
        return job

    async def cancel(self, call: Call, allow: Callable[[Job], None] = lambda job: None) -> Message:
        """CancelPostScanJob. `allow` raises FaultError where the caller may not cancel the job.
        [bdsrr/3.2.4.2/response] [dsp/cancel-post-scan-job/best-effort]"""
        assert call.message.body is not None
        request = CancelPostScanJobRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        job = self.job(request.job_token, "CancelPostScanJob")
        allow(job)
        await self._keeper.cancel(job)
        return response(call.message, CancelPostScanJobResponse().to_xml(self._namespace))

    async def elements(self, call: Call) -> Message:
        """GetPostScanJobElements.
        [bdsrr/3.2.4.3/element-data-for-each-name] [bdsrr/3.2.4.3/known-token-is-answered]
        [dsp/get-post-scan-job-elements/element-data-for-each-name]"""
        assert call.message.body is not None
        request = GetPostScanJobElementsRequest.from_xml(call.message.body, call.content)
        await call.content_read()
        if Alteration.UNKNOWN_ELEMENT_UNANSWERED in self._alterations:
            require_known(request.names, [QName(self._namespace, name) for name in _TOLD])
        job = self.job(request.job_token, "GetPostScanJobElements")
        contents = {name: self._content(job, name) for name in dict.fromkeys(request.names)}
        found = tuple(ElementData(name, contents[name]) for name in request.names)
        documents = sum(len(each.content.entries) for each in found if isinstance(each.content, Documents))
        if documents > MAX_DOCUMENTS_TOLD:
            _log.error("job %s: more than the %d documents that fit into an answer", job.token, MAX_DOCUMENTS_TOLD)
            raise FaultError(faults.internal_error(self._namespace))
        answer = GetPostScanJobElementsResponse(found)
        if documents <= _FEW_DOCUMENTS:
            return response(call.message, answer.to_xml(self._namespace))
        # A long list takes tenths of a second, in which others are served.
        return response(call.message, await asyncio.to_thread(answer.to_xml, self._namespace))

    def _content(self, job: Job, name: QName) -> Content | None:
        tell = _TOLD.get(name.local) if name.namespace == self._namespace else None
        return None if tell is None else tell(job)

    def _not_found(self, token: str) -> Fault:
        """All tokens of this server are GUIDs: what is none is no valid argument (MS-BDSRR 3.2.4.2, 3.2.4.3).
        [bdsrr/7/note-14-malformed-token-of-cancel] [bdsrr/7/note-15-malformed-token-of-elements]"""
        try:
            parse_guid(token)
        except ValueError:
            if Alteration.ODD_TOKEN_UNAVAILABLE in self._alterations:
                return endpoint_unavailable()
            return faults.invalid_args(f"JobToken: {token[:200]!r} is no GUID", self._namespace)
        return faults.job_token_not_found(token, self._namespace)
