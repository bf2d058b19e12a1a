"""From what came over HTTP to what the sequencer understands: an answer, or which trouble. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

from lxml import etree

from emulator.dpws.answer import REFUSALS, Answer, CallResult, Read, expect_action
from emulator.dpws.constants import GET_RESPONSE, PROBE_MATCHES
from emulator.dpws.discovery import read_probe_matches
from emulator.dpws.metadata import read_metadata
from emulator.dpws.not_an_answer import NotTheAnswer
from emulator.dsm.constants import DSP
from emulator.dsm.job_status import JobStatus
from emulator.dsm.messages.cancel import CancelPostScanJobResponse
from emulator.dsm.messages.create import CreatePostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsResponse
from emulator.dsm.messages.end import EndPostScanJobResponse
from emulator.dsm.messages.send_image import SendImageResponse
from emulator.dsm.messages.token_only import EmptyResponse
from emulator.dsm.sequence_steps import Answered, Content, Operation, Trouble
from emulator.dsm.sequence_table import Result
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault
from emulator.soap.reading import ContentError
from emulator.soap.xml import local_name, namespace_of
from emulator.transport.http import (
    ClientRefused,
    ExchangeError,
    HttpResponse,
    NotHttp,
    Refused,
    Stage,
    TlsFailed,
)

_FAULTS: Final = {
    "ServerErrorTemporaryError": Result.TEMPORARY,
    "ClientErrorJobTokenNotFound": Result.JOB_NOT_FOUND,
    "ServerErrorPostScanJobCanceled": Result.JOB_CANCELED,
    "ClientErrorCurrentUserNotScanAdmin": Result.REFUSED_US,
}
"""Faults that are acted on, by local name: servers put them into the dsp or the dsc namespace.
[notes/silent/names-in-dsc-alone] [notes/c-39/reason-texts-not-compared]
[dsp/fault/client-error-current-user-not-scan-admin] [dsp/fault/server-error-post-scan-job-canceled]
[dsp/fault/reason-text-not-compared] [dsp/fault/vendor-subcodes]
[bdsrr/2.2.2.1/private-subcodes] [notes/c-40/job-token-not-found-of-receiver-read]
[bdsrr/4.2/job-token-not-found-as-printed]"""


_REQUEST_TIMEOUT: Final = 408
_TOO_MANY_REQUESTS: Final = 429
_UNAVAILABLE: Final = 503


def reader_of_answer(operation: Operation) -> Read[Content]:
    """What reads the content of the answer to a request."""
    return lambda message, deviations: _content(operation, message, deviations)


def event_of(result: CallResult[Content], *, strict: bool = False) -> Answered | Trouble:
    """What the sequencer is told of a request that was responded to.

    The envelope decides, not the HTTP status. `strict`: an answer with a deviation gets an objection.
    [dsp/fault/envelope-before-status] [bdsrr/3/http-status-codes] [bdsrr/3/faults-read-freely]"""
    answer, response, found = result.answer, result.response, result.deviations
    if isinstance(answer, Answer):
        return Answered(answer.content, f"strict: {found[0]}" if strict and found else "", found)
    if isinstance(answer, Fault):
        return _faulted(answer, response)
    again = retry_after(response)
    return Trouble(_result_of(response), answer.reason, whole=not response.early, retry_after=again)


def retry_after(response: HttpResponse) -> float | None:
    """Seconds for which the server wants to be left alone (RFC 9110, 10.2.3); None where it does not say. A date is
    read against that of the answer: there is no clock here."""
    value = response.header("Retry-After").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        until = parsedate_to_datetime(value)
        return max((until - parsedate_to_datetime(response.header("Date"))).total_seconds(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def trouble_of(error: ExchangeError, request_length: int) -> Trouble:
    """The trouble that a broken exchange of a request of `request_length` octets is."""
    reason = str(error)
    if isinstance(error, ClientRefused):
        return Trouble(Result.REFUSED_US, reason)
    if isinstance(error, TlsFailed):
        return Trouble(Result.NOT_TRUSTED, reason)
    if isinstance(error, Refused) or error.stage in (Stage.CONNECT, Stage.TLS):
        return Trouble(Result.NOT_SENT, reason)
    whole = error.stage is Stage.ANSWER or error.body_bytes_sent >= request_length > 0
    if isinstance(error, NotHttp):
        return Trouble(Result.NONSENSE, reason, whole=whole)
    return Trouble(
        Result.UNANSWERED if error.stage is Stage.ANSWER else Result.PARTLY_SENT,
        reason,
        whole=whole,
    )


def _result_of(response: HttpResponse) -> Result:
    """What an answer without a message is, by its HTTP status (RFC 9110, 15)."""
    status = response.status
    if status in REFUSALS:
        return Result.REFUSED_US
    if status == _TOO_MANY_REQUESTS or (status == _UNAVAILABLE and response.header("Retry-After")):
        return Result.BUSY
    if status == _REQUEST_TIMEOUT or 500 <= status <= 599:
        return Result.HTTP_FAILED
    return Result.TURNED_AWAY if 400 <= status <= 499 else Result.NONSENSE


def _faulted(fault: Fault, response: HttpResponse) -> Trouble:
    # The law: [dsp/fault/reason-text-not-compared]
    name = fault.subcode.local if fault.subcode is not None else ""
    result = _FAULTS.get(name, Result.FAULT)
    if result is Result.FAULT and response.status in REFUSALS:
        result = Result.REFUSED_US
    return Trouble(result, str(fault), fault, whole=not response.early, retry_after=retry_after(response))


def _content(operation: Operation, message: Message, deviations: Deviations) -> Content:
    """The content of the answer, which must be one to `operation`. Raises NotTheAnswer and ContentError."""
    if operation is Operation.PROBE:
        expect_action(message, PROBE_MATCHES, deviations)
        return read_probe_matches(message, deviations)
    if operation is Operation.GET:
        expect_action(message, GET_RESPONSE, deviations)
        return read_metadata(message, deviations)
    name = f"{operation}Response"
    body = message.body
    if body is None and message.action != f"{DSP}/{name}":
        raise NotTheAnswer(f"an empty Body with the action {message.action[:200]}")
    if body is not None and (local_name(body) != name or namespace_of(body) != DSP):
        raise NotTheAnswer(f"the Body holds {local_name(body)}, not {name}")
    expect_action(message, f"{DSP}/{name}", deviations)
    if body is not None:
        return _READERS[operation](body, deviations)
    if operation in (Operation.CREATE, Operation.ELEMENTS):
        raise NotTheAnswer("the Body is empty")
    deviations.note("element-missing", "Envelope/Body", name)
    return None


def _job_token(body: etree._Element, deviations: Deviations) -> Content:
    token = CreatePostScanJobResponse.from_xml(body, deviations).job_token
    if not token.strip():
        raise ContentError("JobToken", "is empty")
    return token


def _job_status(body: etree._Element, deviations: Deviations) -> Content:
    answer = GetPostScanJobElementsResponse.from_xml(body, deviations)
    told = [each.content for each in answer.element_data if isinstance(each.content, JobStatus)]
    if not told:
        raise ContentError("JobStatus", "is not among the elements answered, or not valid")
    for other in told[1:]:
        if other != told[0]:
            words = [f"{each.job_token} {each.job_state} {each.images_received}" for each in (told[0], other)]
            deviations.note("job-state", "JobElements/ElementData/JobStatus", " and ".join(words))
    return told[0]


def _nothing(response: type[EmptyResponse]) -> Callable[[etree._Element, Deviations], Content]:
    def read(body: etree._Element, deviations: Deviations) -> Content:
        response.from_xml(body, deviations)
        return None

    return read


_READERS: Final[dict[Operation, Callable[[etree._Element, Deviations], Content]]] = {
    Operation.CREATE: _job_token,
    Operation.SEND_IMAGE: _nothing(SendImageResponse),
    Operation.END: _nothing(EndPostScanJobResponse),
    Operation.CANCEL: _nothing(CancelPostScanJobResponse),
    Operation.ELEMENTS: _job_status,
}
