"""What a scan server may say in more ways than one: the device goes on all the same (docs/protocol/dsm.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import DSP
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.peer import PostScanPeer, require_whole, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import RIGHT, Script, Turn, at, refused, rewriting
from emulator.conformance.post_scan.server import JobSeen

_MOST_QUESTIONS: Final = 2
"""For a job's state, behind the one that was answered with a final one."""


def require_lives(job: JobSeen) -> None:
    """The job was run to its end, and the end was understood. Raises Departure."""
    require_whole(job)
    canceled = job.of("CancelPostScanJob")
    require(not canceled, f"{said(job)}: the job was cancelled", "the job goes on to its end", canceled)
    count = len(_different(job.acknowledged))
    shown: list[Exchange] = job.of("SendImage")
    require(not job.expected or count == job.expected, f"{count} images of {job.expected}", "all of them", shown)
    asked = questions_behind_the_end(job)
    require(len(asked) <= _MOST_QUESTIONS, f"{len(asked)} questions behind the final state", "no more", asked)
    asks = job.of("GetPostScanJobElements")
    known = job.told_end or not asks or job.script.states[-1][0] not in _FINAL
    require(known, "the job's state is asked for no more, and it was no final one", "a question for the end", asks)


def questions_behind_the_end(job: JobSeen) -> list[Exchange]:
    """Those for the job's state, behind the answer that told a final one."""
    asked = _different(job.of("GetPostScanJobElements"))
    told = [each for each in asked if any(f">{s}<".encode() in each.body for s in _FINAL)]
    return [] if not told else [each for each in asked if each.number > told[0].number]


def _different(requests: Iterable[Exchange]) -> list[Exchange]:
    """The first of those that came more than once: with the MessageID of one before, and about the same image.
    Other checks speak of that, and of a MessageID that is missing or given twice."""
    seen: dict[tuple[str, ...], Exchange] = {}
    for each in requests:
        asked = each.asked
        id = "" if asked is None else asked.message_id.strip()
        about = "" if asked is None else asked.text("//dsp:DocumentId")
        seen.setdefault((id, about) if id or about else (str(each.number),), each)
    return list(seen.values())


_FINAL: Final = ("Completed", "Aborted", "Canceled")


def lives_with(script: Script, what: str, *ids: str) -> None:
    """Register a check: the device goes on to the end of a job in which the server does that."""

    async def lives(peer: PostScanPeer) -> str:
        job = await peer.order(what, script)
        require_lives(job)
        return said(job)

    lives.__doc__ = f"A job is run to its end with {what}."
    check(*ids)(lives)


def _replacing(*pairs: tuple[str, str]) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        for old, new in pairs:
            octets = octets.replace(old.encode(), new.encode())
        return octets

    return change


def _no_events(script: Script) -> Script:
    """The end of the job is told to who asks, and not by an event."""
    return replace(script, events=False)


_OPERATIONS = ("CreatePostScanJob", "SendImage", "EndPostScanJob", "GetPostScanJobElements")

lives_with(
    rewriting(_replacing(("soap:", "SOAP-ENV:"), ("xmlns:soap=", "xmlns:SOAP-ENV="))),
    "answers whose prefix is SOAP-ENV",
    "habits/strict/prefix-soap-env",
)
lives_with(
    rewriting(
        _replacing(("<soap:Header>", "<soap:Header >"), ("<soap:Envelope ", '<soap:Envelope xmlns:x="urn:x" '))
    ),
    "answers that declare all namespaces on the Envelope, and more",
    "habits/strict/namespaces-on-the-envelope",
)
lives_with(
    rewriting(
        _replacing(
            ("<wsa:To>", '<wsa:To soap:mustUnderstand="true">'),
            ("<wsa:Action>", '<wsa:Action soap:mustUnderstand="true">'),
        )
    ),
    "answers whose To and Action say mustUnderstand",
    "habits/strict/must-understand-to-and-action",
)
lives_with(
    rewriting(
        _replacing(
            ("<dsp:SendImageResponse/>", "<dsp:SendImageResponse></dsp:SendImageResponse>"),
            ("<dsp:EndPostScanJobResponse/>", "<dsp:EndPostScanJobResponse></dsp:EndPostScanJobResponse>"),
        )
    ),
    "empty responses as start tag and end tag",
    "habits/strict/empty-response-elements",
)
lives_with(
    rewriting(
        _replacing(
            *(
                (each, f"{mark}odd-{each[len(mark) :]}")
                for mark, end in (("<", ":"), ("</", ":"), (">", ":"), (" ", ":"), ('"', ":"), ("xmlns:", "="))
                for each in (f"{mark}{prefix}{end}" for prefix in ("soap", "wsa", "dsp", "wse"))
            )
        )
    ),
    "answers with prefixes that nobody else has",
    "dsc/wire/prefixes-mean-nothing",
)
lives_with(
    rewriting(lambda octets: octets + b"\r\n"),
    "CR LF behind each envelope",
    "habits/strict/cr-lf-after-the-envelope",
)
lives_with(
    rewriting(lambda octets: b"\xef\xbb\xbf" + octets),
    "a byte order mark before each envelope",
    "soap/envelope/byte-order-mark",
)
lives_with(
    rewriting(_replacing(*((f"/{each}Response</wsa:Action>", f"/{each}</wsa:Action>") for each in _OPERATIONS))),
    "responses whose action is that of the request",
    "notes/c-14/response-action-of-the-request-read",
)
lives_with(
    rewriting(
        _replacing(("<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>", "")),
        *_OPERATIONS,
    ),
    "responses without wsa:To",
    "addressing/to/of-a-response",
)
lives_with(
    _no_events(rewriting(_replacing(("dsp:Name=", "Name="), ("dsp:Valid=", "Valid=")), "GetPostScanJobElements")),
    "Name and Valid without a namespace",
    "dsp/get-post-scan-job-elements/bare-attributes-read",
    "notes/c-09/attributes-read-in-both-forms",
)
lives_with(
    _no_events(rewriting(_replacing(("09Z<", "09.1234567<"), ("00Z<", "00.5+01:00<")), "GetPostScanJobElements")),
    "times with fractions, with and without a zone",
    "dsp/time/zone-is-optional",
)
lives_with(
    _no_events(
        rewriting(
            _replacing(
                ("CreatedTime>2026", "CreatedTime> \n 2026"),
                ("09Z</dsp:JobCompletedTime", "09Z \n </dsp:JobCompletedTime"),
            ),
            "GetPostScanJobElements",
        )
    ),
    "white space round times",
    "notes/c-10/white-space-in-date-times",
    "notes/schema/white-space-round-date-times",
)
lives_with(
    _no_events(Script(states=(("judge:Polishing", "judge:NearlyDone"), ("Completed", "judge:Shiny")))),
    "a state and a reason that nobody knows",
    "dsp/job-state/unknown-keyword-is-no-error",
    "notes/c-33/unknown-keywords-tolerated",
)
lives_with(
    _no_events(Script(states=(("Started", "None"), ("Processing", "None"), ("Completed", "None")))),
    "the states Started and Processing before the end",
    "notes/c-13/started-is-transient",
)
lives_with(
    _no_events(Script(states=(("Terminating", "None"), ("Canceled", "PostScanJobCanceled")))),
    "the state Terminating before the end",
    "notes/c-21/terminating-is-not-final",
)
lives_with(
    _no_events(Script(states=(("Aborted", "SendImangeFailed"),))),
    "the reason SendImangeFailed",
    "dsp/job-state-reason/send-image-failed-misprint",
    "notes/c-04/send-imange-failed-read",
)
lives_with(
    _no_events(Script(states=(("Aborted", "PostScanJobTimedOut"),))),
    "the reason PostScanJobTimedOut",
    "notes/c-33/timed-out-reason",
)
lives_with(
    _no_events(
        Script(
            states=(("Completed", "PostScanJobCompletedWithErrors"),),
            filter_state="CompletedWithErrors",
            filter_reasons=("SharepointAccessDenied", "SharePointOutOfDiskSpace"),
        )
    ),
    "reasons of SharePoint in either spelling",
    "dsp/filter-state-reason/spelling-of-sharepoint",
    "notes/c-03/sharepoint-reasons-in-any-case",
)


def _in_chunks(turn: Turn) -> Reply:
    return replace(turn.usual(), chunk=97)


async def _chunked(turn: Turn) -> Reply | None:
    return _in_chunks(turn)


async def _interim(turn: Turn) -> Reply | None:
    return replace(turn.usual(), interim=2)


async def _slow(turn: Turn) -> Reply | None:
    return replace(turn.usual(), after=1.0) if turn.operation == "SendImage" else None


lives_with(Script(_chunked), "answers in chunks", "soap/http/length-and-chunks")
lives_with(Script(_interim), "answers 100 before each answer", "soap/http/interim-answers-passed-over")


@check("dsp/address/types-in-the-namespace", "notes/silent/dsp-service-by-namespace")
async def types_in_the_namespace(peer: PostScanPeer) -> str:
    """The processing service is found by the namespace of its type, whatever the local name."""
    types = replace(RIGHT, types="px:OfAnotherMake", declared=f' xmlns:px="{DSP}"', beside=True)
    job = await peer.order("a service of a type of another name, behind another service", types)
    require_lives(job)
    return job.service


@check("addressing/reference-parameters/copied-as-headers")
async def reference_parameters(peer: PostScanPeer) -> str:
    """Reference parameters of the service stand as headers in each message to it."""
    parameters = '<j:Room xmlns:j="urn:example:judge">B 17</j:Room>'
    job = await peer.order("a service with reference parameters", replace(RIGHT, parameters=parameters))
    require_whole(job)
    for each in job.exchanges:
        # What manages the subscription goes to another endpoint reference, whose address is the same here.
        managing = each.operation in ("Renew", "GetStatus", "Unsubscribe")
        if each.url == job.service and each.asked is not None and not managing:
            found = each.asked.root.find("{*}Header/{urn:example:judge}Room")
            right = found is not None and (found.text or "") == "B 17"
            require(right, f"{each.operation} without the header Room", "the reference parameter", [each])
    return said(job)


@check("dsp/job-token/echoed", "bdsrr/2.2.3.28/token-is-opaque", "notes/c-05/job-token-echoed")
async def token_echoed(peer: PostScanPeer) -> str:
    """A token that is no GUID comes back octet for octet."""
    odd = "Ab-09/<&>'\u00e9\u20ac; {x}  two blanks"
    job = await peer.order("a token that is no GUID", Script(token=odd))
    shown = job.of("SendImage", "EndPostScanJob", "CancelPostScanJob", "GetPostScanJobElements")
    require(bool(shown), said(job), "requests with the token", job.exchanges[-2:])
    for each in shown:
        came = "" if each.asked is None else each.asked.root.findtext(f".//{{{DSP}}}JobToken") or ""
        require(came == odd, f"JobToken {came!r}", f"{odd!r}", [each])
    return f"in {len(shown)} requests"


@check("notes/c-34/images-in-creating")
async def images_in_creating(peer: PostScanPeer) -> str:
    """A device that is told of images and filters of a job in Creating goes on."""
    lost: list[int] = []

    async def answers(turn: Turn) -> Reply | None:
        if turn.operation == "SendImage" and not lost:
            lost.append(turn.nth)
            turn.usual()
            return Reply(lost=True)
        return None

    job = await peer.order("a job in Creating, with images", Script(answers))
    require_whole(job)
    return said(job)


def _internal_error(status: int, turn: Turn) -> Reply:
    return refused(turn, "Receiver", "dsp:ServerErrorInternalError", status=status)


@check("dsp/fault/envelope-before-status", "habits/client/fault-on-200")
async def fault_on_200(peer: PostScanPeer) -> str:
    """A fault to SendImage is known as one whatever the status of HTTP is: the job is not ended in spite of it."""
    for status in (200, 400, 500):
        script = at("SendImage", partial(_internal_error, status))
        job = await peer.order(f"a fault with HTTP {status}", script)
        refusals = job.of("SendImage")
        require(bool(refusals), said(job), "SendImage", job.exchanges[-2:])
        ended = job.of("EndPostScanJob")
        require(
            not ended,
            f"EndPostScanJob behind a fault with HTTP {status}",
            "the fault is known",
            [refusals[0], *ended],
        )
    return "known with HTTP 200, 400 and 500"


@check("notes/c-40/job-token-not-found-of-receiver-read")
async def token_not_found_of_receiver(peer: PostScanPeer) -> str:
    """ClientErrorJobTokenNotFound with the code Receiver means what it means with Sender: the job is gone."""
    script = at("SendImage", lambda turn: refused(turn, "Receiver", "dsp:ClientErrorJobTokenNotFound"))
    job = await peer.order("a token that is not found, of Receiver", script)
    again = job.of("SendImage")[1:]
    require(not again, f"{len(again)} more SendImage", "none: the job is gone", again)
    require(not job.of("EndPostScanJob"), "EndPostScanJob", "none: the job is gone", job.of("EndPostScanJob"))
    return said(job)


@check("habits/strict/fault-before-the-attachment")
async def fault_before_the_attachment(peer: PostScanPeer) -> str:
    """An answer that comes while the image is sent is read: the fault is known, and the job is not ended."""
    script = Script(early=lambda operation, nth: True)
    job = await peer.order("a fault before the image is read", script)
    refusals = job.of("SendImage")
    require(bool(refusals), said(job), "SendImage", job.exchanges[-2:])
    ended = job.of("EndPostScanJob")
    require(not ended, "EndPostScanJob behind a fault", "the fault is known", [refusals[0], *ended])
    many = len(refusals) <= 2 * max(job.expected, 1)
    require(many, f"{len(refusals)} times SendImage", "the fault InvalidArgs ends it", refusals[:4])
    return said(job)
