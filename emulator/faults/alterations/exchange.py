"""Alterations of an operation as a whole. Each is given its parameters, and gives a deed (`faults/deeds.py`)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults.alteration import CLIENT, DEVICE, EVERYBODY, HOSTS, Alteration, At, Parameters
from emulator.faults.deeds import (
    AnotherOperation,
    Behind,
    FaultAnswer,
    FaultStatus,
    HttpAnswer,
    LastAnswer,
    Late,
    OtherText,
    OtherType,
    Silence,
    Twice,
)
from emulator.faults.operations import EVENTS, OF_JOBS

_LONGEST: Final = 3600
_WITH_A_TOKEN: Final = (*OF_JOBS, "CreateScanJob")
_WITH_A_JOB_ID: Final = ("CreateScanJob", "GetJobElements", "GetActiveJobs", "GetJobHistory")
_HTML: Final = (
    b"<!DOCTYPE html>\n<html><head><title>Service Unavailable</title></head>"
    b"<body><h1>Service Unavailable</h1></body></html>\n"
)

Status = Annotated[int, Field(ge=200, le=599, description="The status of HTTP.")]
Processed = Annotated[bool, Field(description="Whether the request is processed all the same.")]
Early = Annotated[
    bool, Field(description="Whether the answer comes before the request is read; the connection ends then.")
]


class Lateness(Parameters):
    """For how long, and when."""

    seconds: Annotated[float, Field(gt=0, le=_LONGEST, description="How long it is held up.")]
    when: Annotated[
        Literal["before", "after"],
        Field(description="Before the request is processed, or sent; or after, when its answer is there."),
    ] = "before"


class Repeat(Parameters):
    """Whose answer counts."""

    answer: Annotated[Literal["first", "last"], Field(description="Which answer counts.")] = "first"


class StatusAnswer(Parameters):
    """Which answer."""

    status: Annotated[int, Field(ge=300, le=599, description="The status of HTTP.")] = 503
    retry_after: Annotated[int | None, Field(ge=0, le=10**6, description="Seconds that Retry-After says.")] = None
    processed: Processed = False
    early: Early = False


class SubcodeAnswer(Parameters):
    """Which fault."""

    subcode: Annotated[
        str,
        Field(pattern=r"^[A-Za-z_][\w.-]*$", max_length=200, description="Of the documents, or one nobody knows."),
    ]
    namespace: Annotated[
        str,
        Field(max_length=1000, description="Of the subcode; that of the document or service if absent."),
    ] = ""
    code: Annotated[
        Literal["", "Sender", "Receiver"], Field(description="Whose mistake it is; as the document says if absent.")
    ] = ""
    reason: Annotated[str, Field(max_length=1000, description="Words; those of the document if absent.")] = ""
    detail: Annotated[str, Field(max_length=1000, description="Text of soap:Detail.")] = ""
    status: Annotated[
        Literal[0] | Status, Field(description="The status of HTTP; 0 for that which belongs to the code.")
    ] = 0
    processed: Processed = False
    early: Early = False


class OtherStatus(Parameters):
    """Which status."""

    status: Status = 200


class Token(Parameters):
    """Which token."""

    token: Annotated[
        str | None, Field(max_length=1000, description="What JobToken says; a new one, by the dice, if absent.")
    ] = None


class Identifier(Parameters):
    """Which identifier."""

    job_id: Annotated[
        int | None, Field(ge=0, le=2**31 - 1, description="What JobId says; another, by the dice, if absent.")
    ] = None


class Inject(Parameters):
    """Which operation."""

    inject: Annotated[
        Literal["SendImage", "EndPostScanJob", "CancelPostScanJob", "GetPostScanJobElements"],
        Field(description="The operation that is asked, of the same job."),
    ]


class Order(Parameters):
    """Behind how many."""

    events: Annotated[int, Field(ge=1, le=100, description="So many later ones go out before it.")] = 1
    seconds: Annotated[float, Field(gt=0, le=_LONGEST, description="How long these are waited for at most.")] = 10.0


class Empty(Parameters):
    """Which status."""

    status: Annotated[int, Field(ge=200, le=299, description="The status of HTTP.")] = 202
    processed: Processed = True


class Type(Parameters):
    """Which type."""

    content_type: Annotated[
        str, Field(pattern=r"^[ -~]*$", max_length=1000, description="What Content-Type says.")
    ] = "text/xml; charset=utf-8"


class Html(Parameters):
    """Which status."""

    status: Status = 200
    processed: Processed = False


class Redirect(Parameters):
    """Where to."""

    location: Annotated[
        str, Field(pattern=r"^[!-~]+$", max_length=2000, description="What Location says: a URL or a path.")
    ] = "/elsewhere"
    status: Annotated[Literal[301, 302, 303, 307, 308], Field(description="The status of HTTP.")] = 307


def _late(parameters: Lateness) -> Late:
    return Late(parameters.seconds, parameters.when == "after")


def _unanswered(parameters: Parameters) -> Silence:
    return Silence(processed=True)


def _swallowed(parameters: Parameters) -> Silence:
    return Silence(processed=False)


def _twice(parameters: Repeat) -> Twice:
    return Twice(parameters.answer == "last")


def _status(parameters: StatusAnswer) -> HttpAnswer:
    after = parameters.retry_after
    headers = () if after is None else (("Retry-After", str(after)),)
    return HttpAnswer(parameters.status, headers, processed=parameters.processed, early=parameters.early)


def _fault(parameters: SubcodeAnswer) -> FaultAnswer:
    return FaultAnswer(
        parameters.subcode,
        parameters.namespace,
        parameters.code,
        parameters.reason,
        parameters.detail,
        parameters.status,
        parameters.processed,
        parameters.early,
    )


def _fault_status(parameters: OtherStatus) -> FaultStatus:
    return FaultStatus(parameters.status)


def _other_token(parameters: Token) -> OtherText:
    return OtherText("JobToken", parameters.token)


def _other_job_id(parameters: Identifier) -> OtherText:
    return OtherText("JobId", None if parameters.job_id is None else str(parameters.job_id))


def _operation_before(parameters: Inject) -> AnotherOperation:
    return AnotherOperation(parameters.inject, before=True)


def _operation_after(parameters: Inject) -> AnotherOperation:
    return AnotherOperation(parameters.inject, before=False)


def _out_of_order(parameters: Order) -> Behind:
    return Behind(parameters.events, parameters.seconds)


def _empty_answer(parameters: Empty) -> HttpAnswer:
    return HttpAnswer(parameters.status, processed=parameters.processed)


def _wrong_content_type(parameters: Type) -> OtherType:
    return OtherType(parameters.content_type)


def _html_answer(parameters: Html) -> HttpAnswer:
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return HttpAnswer(parameters.status, headers, _HTML, parameters.processed)


def _redirect(parameters: Redirect) -> HttpAnswer:
    return HttpAnswer(parameters.status, (("Location", parameters.location),))


def _last_answer(parameters: Parameters) -> LastAnswer:
    return LastAnswer()


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "late",
        At.EXCHANGE,
        EVERYBODY,
        "An operation or event is held up: before it is sent or processed, or before its answer goes on.",
        _late,
        source="RFC 9112, section 9.5",
        parameters=Lateness,
    ),
    Alteration(
        "unanswered",
        At.EXCHANGE,
        EVERYBODY,
        "A request is processed, and there is no answer: the connection stays silent until the peer goes, or as "
        "long as a host bears silence.",
        _unanswered,
        clause="soap/http/answer-200",
        of=("answer",),
    ),
    Alteration(
        "swallowed",
        At.EXCHANGE,
        EVERYBODY,
        "A request is read and neither processed nor answered; of a request or event that we send: it never goes "
        "out, and counts as unanswered.",
        _swallowed,
        clause="soap/http/answer-200",
    ),
    Alteration(
        "twice",
        At.EXCHANGE,
        EVERYBODY,
        "A request or event goes out twice, with the same MessageID.",
        _twice,
        clause="addressing/message-id/required",
        source="WS-Addressing 2004/08, section 3",
        parameters=Repeat,
        of=("request",),
    ),
    Alteration(
        "status",
        At.EXCHANGE,
        EVERYBODY,
        "The answer is a status of HTTP alone, as of a proxy or a server that is too busy.",
        _status,
        clause="soap/http/other-faults-500",
        source="RFC 9110, section 15.6.4",
        parameters=StatusAnswer,
        of=("answer",),
    ),
    Alteration(
        "fault",
        At.EXCHANGE,
        EVERYBODY,
        "The answer is a SOAP fault of that subcode, one of the documents or one that nobody knows.",
        _fault,
        clause="dsp/fault/most-specific",
        source="WS-DSP and WS-Scan, error pages",
        parameters=SubcodeAnswer,
        of=("answer",),
    ),
    Alteration(
        "fault-status",
        At.EXCHANGE,
        EVERYBODY,
        "Where the answer is a fault, it goes with another status of HTTP.",
        _fault_status,
        clause="soap/http/other-faults-500",
        source="alexpevzner/sane-airscan, airscan-wsd.c 722 (Lexmark MB2236adw, Xerox WorkCentre 3225)",
        parameters=OtherStatus,
        of=("answer",),
    ),
    Alteration(
        "other-token",
        At.EXCHANGE,
        EVERYBODY,
        "JobToken is another than the job has.",
        _other_token,
        clause="dsp/job-token/echoed",
        parameters=Token,
        operations=_WITH_A_TOKEN,
    ),
    Alteration(
        "other-job-id",
        At.EXCHANGE,
        DEVICE,
        "JobId is another than the scan job has.",
        _other_job_id,
        clause="wscn/job/job-id",
        parameters=Identifier,
        of=("answer",),
        operations=_WITH_A_JOB_ID,
    ),
    Alteration(
        "operation-before",
        At.EXCHANGE,
        CLIENT,
        "Another operation of the same job is asked before: EndPostScanJob before the last image, for example.",
        _operation_before,
        clause="dsp/sequence/end-after-the-last-response",
        parameters=Inject,
        of=("request",),
        operations=OF_JOBS,
    ),
    Alteration(
        "operation-after",
        At.EXCHANGE,
        CLIENT,
        "Another operation of the same job is asked behind: CancelPostScanJob after its end, for example.",
        _operation_after,
        clause="dsp/sequence/one-send-image-for-each-document",
        parameters=Inject,
        of=("request",),
        operations=OF_JOBS,
    ),
    Alteration(
        "out-of-order",
        At.EXCHANGE,
        HOSTS,
        "An event goes out behind later ones of the same subscriber.",
        _out_of_order,
        clause="dsp/job-state/in-their-order",
        parameters=Order,
        of=("request",),
        operations=tuple(sorted(EVENTS)),
    ),
    Alteration(
        "empty-answer",
        At.EXCHANGE,
        EVERYBODY,
        "The answer is HTTP's yes without a body.",
        _empty_answer,
        clause="soap/http/answer-200",
        parameters=Empty,
        of=("answer",),
    ),
    Alteration(
        "wrong-content-type",
        At.EXCHANGE,
        EVERYBODY,
        "The answer is what it should be, and says to be of another type; an answer with an attachment cannot be.",
        _wrong_content_type,
        clause="soap/http/content-type",
        parameters=Type,
        of=("answer",),
    ),
    Alteration(
        "html-answer",
        At.EXCHANGE,
        EVERYBODY,
        "The answer is a page for people, as of a proxy or a web server that has something else there.",
        _html_answer,
        clause="soap/http/content-type",
        parameters=Html,
        of=("answer",),
    ),
    Alteration(
        "redirect",
        At.EXCHANGE,
        EVERYBODY,
        "The answer sends the peer to another address.",
        _redirect,
        clause="soap/http/answer-200",
        source="RFC 9110, section 15.4",
        parameters=Redirect,
        of=("answer",),
    ),
    Alteration(
        "last-answer",
        At.EXCHANGE,
        EVERYBODY,
        "The connection ends after the answer, which says so.",
        _last_answer,
        source="RFC 9112, section 9.6",
        of=("answer",),
    ),
)
