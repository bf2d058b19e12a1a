"""The sequence of a post-scan job as a table: what the device does when an exchange came to what.

The phases carry the names of the messages they wait for an answer to (DSM pages, sequence of messages;
docs/protocol/dsm.md 4). The table never sends CreatePostScanJob again once octets of it may have gone out, asks
JobStatus before a SendImage or EndPostScanJob whose fate is unknown goes out again, and never cancels a job
without asking first how it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """What the device is about; all but DOCUMENT and ENDED wait for the answer to a request.
    [dsp/sequence/directed-probe] [dsp/sequence/get-from-that-address]
    [dsp/sequence/one-send-image-for-each-document]"""

    PROBE = "Probe"
    GET = "Get"
    CREATE = "CreatePostScanJob"
    DOCUMENT = "waiting for a document"
    SEND = "SendImage"
    SEND_CHECK = "GetPostScanJobElements after an open SendImage"
    END = "EndPostScanJob"
    END_CHECK = "GetPostScanJobElements after an open EndPostScanJob"
    WATCH = "GetPostScanJobElements until the final state"
    CONFIRM = "GetPostScanJobElements after an event has told the final state"
    POSTMORTEM = "GetPostScanJobElements of a job that the server refuses"
    LATE_CREATE = "CreatePostScanJob, interrupted"
    CANCEL = "CancelPostScanJob"
    ENDED = "ended"


class Result(StrEnum):
    """What an exchange came to."""

    ANSWERED = "the answer that was asked for"
    TEMPORARY = "the fault ServerErrorTemporaryError"
    JOB_NOT_FOUND = "the fault ClientErrorJobTokenNotFound"
    JOB_CANCELED = "the fault ServerErrorPostScanJobCanceled"
    FAULT = "any other fault"
    DOUBTFUL_FAULT = "a fault on the repetition of a request whose fate was unknown"
    NOT_SENT = "no connection: nothing was processed"
    PARTLY_SENT = "broken while the request was going out"
    UNANSWERED = "broken after the request had gone out"
    NOT_TRUSTED = "TLS failed"
    BUSY = "HTTP 503 with Retry-After, or 429: nothing was processed"
    HTTP_FAILED = "HTTP 5xx or 408 without a message, as of a gateway: nobody knows what was processed"
    TURNED_AWAY = "HTTP 4xx without a message: nothing was processed"
    NONSENSE = "something else that is no answer"
    ANOTHER_JOB = "an answer about another job"
    REFUSED_US = "a login, a certificate or rights are wanted (HTTP 401, 403, 407; a TLS alert; a fault)"


class Reaction(StrEnum):
    """What the device does about it."""

    TAKE = "go on as the phase says"
    RETRY = "the same again after a growing pause; when that has been done often enough, as if nobody could say"
    NEXT_ADDRESS = "try the next address of the server; after the last, FAIL"
    RETRY_ADDRESS = "try the next address of the server; the last one again after a growing pause"
    CHECK = "ask JobStatus what became of the request; if the server has it not, the same again"
    ASK = "ask JobStatus what became of the request; if the server has it not, CANCEL"
    POSTMORTEM = "ask JobStatus once how the job ended, then FAIL"
    CANCEL = "cancel the job at the server if it is in Creating, or nobody can say; then fail"
    FAIL = "fail; there is no job to cancel, or none that a cancellation would help"
    UNKNOWN = "fail: nobody knows whether the job exists"
    UNCONFIRMED = "end: the server has forgotten the job"
    JOB_CANCELED = "end: the job was cancelled at the server"
    GO_ON = "do without the answer"


_M, _R = Result, Reaction


def _question(*, forgotten: Reaction, refused: Reaction) -> dict[Result, Reaction]:
    """GetPostScanJobElements changes nothing, so it is asked again whatever came of it. `forgotten`: the server
    knows no such job; `refused`: asking again would be of no use."""
    return {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: forgotten,
        _M.JOB_CANCELED: _R.JOB_CANCELED,
        _M.FAULT: _R.RETRY,
        _M.DOUBTFUL_FAULT: _R.RETRY,
        _M.NOT_SENT: _R.RETRY,
        _M.PARTLY_SENT: _R.RETRY,
        _M.UNANSWERED: _R.RETRY,
        _M.NOT_TRUSTED: refused,
        _M.BUSY: _R.RETRY,
        _M.HTTP_FAILED: _R.RETRY,
        _M.TURNED_AWAY: refused,
        _M.NONSENSE: _R.RETRY,
        _M.ANOTHER_JOB: _R.RETRY,
        _M.REFUSED_US: refused,
    }


_BEST_EFFORT: Final = {result: _R.TAKE if result is _M.ANSWERED else _R.GO_ON for result in _M}
"""What is asked or told once, in a few seconds, and done without where it fails."""

RULES: Final[dict[Phase, dict[Result, Reaction]]] = {
    # A server that does not answer the directed Probe may still answer Get at the same URL.
    Phase.PROBE: {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: _R.NEXT_ADDRESS,
        _M.JOB_CANCELED: _R.NEXT_ADDRESS,
        _M.FAULT: _R.NEXT_ADDRESS,
        _M.DOUBTFUL_FAULT: _R.NEXT_ADDRESS,
        _M.NOT_SENT: _R.RETRY,
        _M.PARTLY_SENT: _R.NEXT_ADDRESS,
        _M.UNANSWERED: _R.NEXT_ADDRESS,
        _M.NOT_TRUSTED: _R.FAIL,
        _M.BUSY: _R.RETRY,
        _M.HTTP_FAILED: _R.NEXT_ADDRESS,
        _M.TURNED_AWAY: _R.NEXT_ADDRESS,
        _M.NONSENSE: _R.NEXT_ADDRESS,
        _M.ANOTHER_JOB: _R.NEXT_ADDRESS,
        _M.REFUSED_US: _R.FAIL,
    },
    Phase.GET: {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: _R.NEXT_ADDRESS,
        _M.JOB_CANCELED: _R.NEXT_ADDRESS,
        _M.FAULT: _R.NEXT_ADDRESS,
        _M.DOUBTFUL_FAULT: _R.NEXT_ADDRESS,
        _M.NOT_SENT: _R.RETRY_ADDRESS,
        _M.PARTLY_SENT: _R.NEXT_ADDRESS,
        _M.UNANSWERED: _R.NEXT_ADDRESS,
        _M.NOT_TRUSTED: _R.NEXT_ADDRESS,
        _M.BUSY: _R.RETRY_ADDRESS,
        _M.HTTP_FAILED: _R.NEXT_ADDRESS,
        _M.TURNED_AWAY: _R.NEXT_ADDRESS,
        _M.NONSENSE: _R.NEXT_ADDRESS,
        _M.ANOTHER_JOB: _R.NEXT_ADDRESS,
        _M.REFUSED_US: _R.FAIL,
    },
    # Without a JobToken nobody can be asked what became of it.
    Phase.CREATE: {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: _R.FAIL,
        _M.JOB_CANCELED: _R.FAIL,
        _M.FAULT: _R.FAIL,
        _M.DOUBTFUL_FAULT: _R.FAIL,
        _M.NOT_SENT: _R.RETRY,
        _M.PARTLY_SENT: _R.UNKNOWN,
        _M.UNANSWERED: _R.UNKNOWN,
        _M.NOT_TRUSTED: _R.FAIL,
        _M.BUSY: _R.RETRY,
        _M.HTTP_FAILED: _R.UNKNOWN,
        _M.TURNED_AWAY: _R.FAIL,
        _M.NONSENSE: _R.UNKNOWN,
        _M.ANOTHER_JOB: _R.FAIL,
        _M.REFUSED_US: _R.FAIL,
    },
    # An image that was answered with nonsense is not sent again: nonsense does not mend, and it may be there.
    Phase.SEND: {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: _R.POSTMORTEM,
        _M.JOB_CANCELED: _R.POSTMORTEM,
        _M.FAULT: _R.ASK,
        _M.DOUBTFUL_FAULT: _R.ASK,
        _M.NOT_SENT: _R.RETRY,
        _M.PARTLY_SENT: _R.CHECK,
        _M.UNANSWERED: _R.CHECK,
        _M.NOT_TRUSTED: _R.ASK,
        _M.BUSY: _R.RETRY,
        _M.HTTP_FAILED: _R.CHECK,
        _M.TURNED_AWAY: _R.ASK,
        _M.NONSENSE: _R.ASK,
        _M.ANOTHER_JOB: _R.ASK,
        _M.REFUSED_US: _R.ASK,
    },
    Phase.SEND_CHECK: _question(forgotten=_R.FAIL, refused=_R.CANCEL),
    # EndPostScanJob of a job in Creating does no harm when it comes twice.
    Phase.END: {
        _M.ANSWERED: _R.TAKE,
        _M.TEMPORARY: _R.RETRY,
        _M.JOB_NOT_FOUND: _R.POSTMORTEM,
        _M.JOB_CANCELED: _R.POSTMORTEM,
        _M.FAULT: _R.ASK,
        _M.DOUBTFUL_FAULT: _R.ASK,
        _M.NOT_SENT: _R.RETRY,
        _M.PARTLY_SENT: _R.CHECK,
        _M.UNANSWERED: _R.CHECK,
        _M.NOT_TRUSTED: _R.ASK,
        _M.BUSY: _R.RETRY,
        _M.HTTP_FAILED: _R.CHECK,
        _M.TURNED_AWAY: _R.ASK,
        _M.NONSENSE: _R.CHECK,
        _M.ANOTHER_JOB: _R.ASK,
        _M.REFUSED_US: _R.ASK,
    },
    # The first EndPostScanJob may have been processed and the job forgotten since.
    Phase.END_CHECK: _question(forgotten=_R.UNCONFIRMED, refused=_R.CANCEL),
    # The server has every image and works on them: a job that cannot be watched is not cancelled for that.
    Phase.WATCH: _question(forgotten=_R.UNCONFIRMED, refused=_R.FAIL),
    # An event has told the end: the answer can only agree with it, or not.
    Phase.CONFIRM: _BEST_EFFORT,
    Phase.POSTMORTEM: _BEST_EFFORT,
    # An interrupted CreatePostScanJob is waited for a moment, so that its job can be cancelled.
    Phase.LATE_CREATE: _BEST_EFFORT,
    Phase.CANCEL: _BEST_EFFORT,
}
"""For every phase that waits for an answer: what the exchange came to -> what is done.
[dsp/sequence/create-before-images] [dsp/sequence/end-after-the-last-response]
[dsp/answer/inferred-ones-either-way]"""

NOT_PROCESSED: Final = frozenset(
    {
        Result.TEMPORARY,
        Result.NOT_SENT,
        Result.NOT_TRUSTED,
        Result.BUSY,
        Result.TURNED_AWAY,
        Result.REFUSED_US,
    }
)
"""After which a request has surely changed nothing."""

TRIES: Final = 5
"""How often one request is sent at most (one document, for SendImage)."""
RETRY_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the second, third ... try. No document gives them; they sum up to a server's restart."""
RETRY_AFTER_LONGEST: Final = 30.0
"""Seconds for which a Retry-After (RFC 9110, 10.2.3) is obeyed; a server that asks for more is tried again then."""
STORING_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds between questions for an image that went out whole: the server may still be storing it."""
PARTIAL_PAUSES: Final = (0.5,)
"""The same for an image that did not go out whole, or was refused: the server cannot have it, but may abort the
job."""
ENDING_PAUSES: Final = (0.5, 1.0)
"""The same for an EndPostScanJob: the server may still be taking it."""
CONFIRM_PAUSES: Final = (0.2, 0.5, 1.0)
"""The same after an event that told the end: the server may have sent it a moment too early."""
POLL_FIRST: Final = 0.02
"""Seconds between the first two questions for the final state: a server with little to do is done in as long."""
POLL_GROWTH: Final = 2.0
POLL_LONGEST: Final = 5.0
"""Seconds; the pause between questions grows up to this."""
EVENT_POLL_FIRST: Final = 2.0
"""The same where events of the job arrive: questions are only the answer to a lost event."""
EVENT_POLL_LONGEST: Final = 15.0
CANCEL_LIMIT: Final = 5.0
"""Seconds for CancelPostScanJob, for the question how a refused job is, and for the answer to an interrupted
CreatePostScanJob."""
CONFIRM_LIMIT: Final = 2.0
"""Seconds for the question whether the end that an event told is true: some servers leave questions without any
answer (Windows Server 2008 R2) [notes/c-36/job-status-alone]."""
PROBE_LIMIT: Final = 10.0
"""Seconds for the answer to a Probe: MATCH_TIMEOUT of DPWS 2006/02, appendix I."""
