"""What a device does when the scan server refuses, is silent or is gone (docs/protocol/dsm.md, 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.kinds import image_in
from emulator.conformance.post_scan.peer import PostScanPeer, require_whole, said
from emulator.conformance.post_scan.reply import Reply
from emulator.conformance.post_scan.script import Script, Turn, at, refused
from emulator.conformance.post_scan.server import JobSeen

Answer = Callable[[Turn], Reply]
GONE: Final = "the scan server is gone for a while"


def _fault(code: str, subcode: str, detail: str = "") -> Answer:
    return lambda turn: refused(turn, code, subcode, detail=detail)


FAULTS: Final[dict[str, Answer]] = {
    "InvalidArgs": _fault("Sender", "dsp:InvalidArgs", "ImageData"),
    "OperationFailed": _fault("Receiver", "dsp:OperationFailed"),
    "ServerErrorInternalError": _fault("Receiver", "dsp:ServerErrorInternalError"),
    "wsa:ActionNotSupported": _fault("Sender", "wsa:ActionNotSupported", "the operation"),
}
"""Faults that every operation may be answered with."""
NO_ANSWERS: Final[dict[str, Answer]] = {
    "HTTP 500 without a message": lambda turn: Reply(status=500),
    "HTTP 200 without a message": lambda turn: Reply(),
    "a web page": lambda turn: Reply(b"<html><body>Welcome</body></html>", content_type="text/html"),
    "octets that are no HTTP": lambda turn: Reply(raw=b"SSH-2.0-judge\r\n"),
    "an answer that breaks off": lambda turn: replace(turn.usual(), cut=40),
}
"""What is no answer."""
STATUSES: Final = (202, 204, 307, 401, 404, 503)
"""Of HTTP, without a message: taken, moved, refused, not there, not now."""


@check("dsp/sequence/create-before-images")
async def create_before_images(peer: PostScanPeer) -> str:
    """No image comes before CreatePostScanJobResponse has told the token; and none where it tells none, for each
    fault of CreatePostScanJob and for what is no answer."""
    job = await peer.ordinary()
    created = [each for each in job.of("CreatePostScanJob") if each.status == 200]
    images = job.of("SendImage")
    right = bool(created) and all(each.began >= created[0].began + created[0].ms / 1000 - 0.05 for each in images)
    require(right, "an image before the response", "CreatePostScanJobResponse first", [*created[:1], *images[:1]])
    rows = {
        **FAULTS,
        "ClientErrorCurrentUserNotScanAdmin": _fault("Sender", "dsp:ClientErrorCurrentUserNotScanAdmin"),
    }
    for name, answer in {**rows, **NO_ANSWERS}.items():
        job = await peer.order(f"CreatePostScanJob is answered with {name}", at("CreatePostScanJob", answer))
        asked = job.of("CreatePostScanJob")
        require(bool(asked), said(job), "CreatePostScanJob", job.exchanges[-2:])
        wrong = job.of("SendImage", "EndPostScanJob")
        require(not wrong, f"{said(job)}, where the answer was {name}", "no image", [asked[0], *wrong[:2]])
    job = await peer.order(f"CreatePostScanJob: {GONE}", Script(gone_at="CreatePostScanJob"))
    wrong = [] if job.tokens else job.of("SendImage", "EndPostScanJob")
    require(not wrong, f"{said(job)}, where {GONE}", "no image", [*job.of("CreatePostScanJob")[:1], *wrong[:2]])
    return f"{len(rows) + len(NO_ANSWERS) + 1} answers"


@check("dsp/answer/refused-image-not-left-out")
async def refused_image(peer: PostScanPeer) -> str:
    """A job whose second image is refused, for each fault and for what is no answer, or cut off because the scan
    server is gone for a while, is not ended without it."""
    rows: dict[str, Answer] = {
        **FAULTS,
        **NO_ANSWERS,
        "nothing: the connection is closed": lambda t: Reply(lost=True),
    }
    rows.pop("an answer that breaks off")  # the image is taken then
    for name, answer in rows.items():
        nths = () if peer.sheets < 2 else tuple(range(2, 40))
        job = await peer.order(f"SendImage is answered with {name}", at("SendImage", answer, *nths))
        _require_not_left_out(job, name)
    job = await peer.order(f"SendImage: {GONE}", Script(gone_at="SendImage"))
    _require_not_left_out(job, f"none, since {GONE}")
    return f"{len(rows) + 1} answers"


def _require_not_left_out(job: JobSeen, name: str) -> None:
    images, ended = job.of("SendImage"), job.of("EndPostScanJob")
    require(bool(images), said(job), "SendImage", job.exchanges[-2:])
    count, wanted = len(job.acknowledged), job.expected or len(images)
    right = not ended or count >= wanted
    require(
        right,
        f"EndPostScanJob with {count} of {wanted} images, where the answer was {name}",
        "the image again, or a cancellation",
        [images[-1], *ended[:1]],
    )


@check("dsp/fault/send-image-retried-once", "notes/silent/send-image-retried")
async def retried_once(peer: PostScanPeer) -> str:
    """A SendImage that was answered with ServerErrorTemporaryError comes again."""
    job = await _temporary(peer)
    sent = [_id_of(each) for each in job.of("SendImage")]
    again = bool(sent) and sent.count(sent[0]) > 1
    require(again, f"{said(job)}", "the image again", job.of("SendImage")[:2])
    require_whole(job)
    return said(job)


@check("dsp/fault/temporary-error-retried", "bdsrr/3.1.4.1.4/retry-unmodified")
async def retried_unmodified(peer: PostScanPeer) -> str:
    """What comes again behind ServerErrorTemporaryError is the same request."""
    job = await _temporary(peer)
    sent = job.of("SendImage")
    require(len(sent) > 1 and _id_of(sent[0]) == _id_of(sent[1]), said(job), "the image again", sent[:2])
    first, second = (image_in(each) for each in sent[:2])
    require(first == second, "another image", "the same image", sent[:2])
    return said(job)


async def _temporary(peer: PostScanPeer) -> JobSeen:
    async def make() -> JobSeen:
        script = at("SendImage", _fault("Receiver", "dsp:ServerErrorTemporaryError"), 1)
        return await peer.order("ServerErrorTemporaryError", script)

    return await peer.situation("a temporary error of SendImage", make)


def _id_of(exchange: Exchange) -> str:
    return "" if exchange.asked is None else str(exchange.asked.text("//dsp:DocumentId"))


@check("dsp/answer/lost-image-asked-for")
async def lost_image(peer: PostScanPeer) -> str:
    """An image that has arrived, whose answer was lost, does not come again."""

    def taken_and_lost(turn: Turn) -> Reply:
        turn.usual()
        return Reply(lost=True)

    job = await peer.order("the answer to SendImage is lost", at("SendImage", taken_and_lost, 1))
    sent = job.of("SendImage")
    require(bool(sent), said(job), "SendImage", job.exchanges[-2:])
    first = image_in(sent[0])
    again = [each for each in sent[1:] if first and len(each.as_sent.parts) > 1 and image_in(each) == first]
    require(
        not again, "the image that had arrived came again", "a question for ImagesReceived", [sent[0], *again[:1]]
    )
    return said(job)


@check("dsp/answer/lost-create-not-repeated")
async def lost_create(peer: PostScanPeer) -> str:
    """A CreatePostScanJob that has made a job, whose answer was lost, does not come again."""

    def made_and_lost(turn: Turn) -> Reply:
        turn.usual()
        return Reply(lost=True)

    job = await peer.order("the answer to CreatePostScanJob is lost", at("CreatePostScanJob", made_and_lost, 1))
    gone = await peer.order(f"CreatePostScanJob: {GONE}, and was asked", Script(gone_at="CreatePostScanJob"))
    for each in (job, gone):
        asked = each.of("CreatePostScanJob")
        require(bool(asked), said(each), "CreatePostScanJob", each.exchanges[-2:])
        require(len(asked) == 1, f"{len(asked)} times CreatePostScanJob", "once", asked)
    return said(job)


@check("dsp/answer/no-image-for-a-job-that-is-gone")
async def job_that_is_gone(peer: PostScanPeer) -> str:
    """Behind ClientErrorJobTokenNotFound and ServerErrorPostScanJobCanceled no image comes."""
    for subcode in ("ClientErrorJobTokenNotFound", "ServerErrorPostScanJobCanceled"):
        code = "Sender" if subcode.startswith("Client") else "Receiver"
        job = await peer.order(
            f"SendImage is answered with {subcode}", at("SendImage", _fault(code, f"dsp:{subcode}"))
        )
        sent = job.of("SendImage")
        require(bool(sent), said(job), "SendImage", job.exchanges[-2:])
        require(len(sent) == 1, f"{len(sent)} times SendImage behind {subcode}", "once", sent)
        ended = job.of("EndPostScanJob")
        require(not ended, f"EndPostScanJob behind {subcode}", "none: the job is gone", [sent[0], *ended])
    return "none"


@check("dsp/sequence/end-after-the-last-response")
async def end_after_the_last_response(peer: PostScanPeer) -> str:
    """EndPostScanJob comes when the last image has been answered, however slowly; and behind it comes no image, for
    each fault of EndPostScanJob and for what is no answer."""

    async def slowly(turn: Turn) -> Reply | None:
        return replace(turn.usual(), after=1.0) if turn.operation == "SendImage" else None

    job = await peer.order("slow answers to SendImage", Script(slowly))
    require_whole(job)
    last, end = job.of("SendImage")[-1], job.of("EndPostScanJob")[0]
    right = end.began >= last.began + last.ms / 1000 - 0.05
    require(right, "EndPostScanJob before the answer to the last image", "behind it", [last, end])
    rows = {**FAULTS, "ClientErrorJobTokenNotFound": _fault("Sender", "dsp:ClientErrorJobTokenNotFound")}
    for name, answer in {**rows, **NO_ANSWERS}.items():
        job = await peer.order(f"EndPostScanJob is answered with {name}", at("EndPostScanJob", answer))
        ends = job.of("EndPostScanJob")
        require(bool(ends), said(job), "EndPostScanJob", job.exchanges[-2:])
        late = [each for each in job.of("SendImage", "CreatePostScanJob") if each.number > ends[0].number]
        require(
            not late,
            f"{late[0].operation if late else ''} behind EndPostScanJob ({name})",
            "nothing",
            [ends[0], *late[:2]],
        )
    job = await peer.order(f"EndPostScanJob: {GONE}", Script(gone_at="EndPostScanJob"))
    ends = job.of("EndPostScanJob")
    require(bool(ends), said(job), "EndPostScanJob", job.exchanges[-2:])
    late = [each for each in job.of("SendImage", "CreatePostScanJob") if each.number > ends[0].number]
    require(not late, f"{said(job)}, where {GONE}", "nothing behind EndPostScanJob", [ends[0], *late[:2]])
    return f"{len(rows) + len(NO_ANSWERS) + 1} answers"


@check("bdsrr/3/http-status-codes")
async def statuses(peer: PostScanPeer) -> str:
    """A CreatePostScanJob that is answered with a status of HTTP alone, whichever, has brought no job: no image
    comes, and none to another address either."""
    for status in STATUSES:

        def answer(turn: Turn, status: int = status) -> Reply:
            away = (("Location", f"{turn.exchange.url}/elsewhere"),) if status == 307 else ()
            return Reply(status=status, headers=away)

        job = await peer.order(f"CreatePostScanJob is answered with HTTP {status}", at("CreatePostScanJob", answer))
        asked = job.of("CreatePostScanJob")
        require(bool(asked), said(job), "CreatePostScanJob", job.exchanges[-2:])
        wrong = job.of("SendImage", "EndPostScanJob")
        require(not wrong, f"{said(job)} behind HTTP {status}", "no image", [asked[0], *wrong[:2]])
    return ", ".join(map(str, STATUSES))


@check("dsp/fault/reason-text-not-compared", "notes/c-39/reason-texts-not-compared")
async def reason_texts(peer: PostScanPeer) -> str:
    """ServerErrorTemporaryError is known by its subcode, whatever the reason says: the image comes again."""
    told = []
    for text in ("At least one input argument is invalid.", "Auftrag abgelehnt.", ""):

        def answer(turn: Turn, text: str = text) -> Reply:
            return refused(turn, "Receiver", "dsp:ServerErrorTemporaryError", reason=text)

        job = await peer.order(f"ServerErrorTemporaryError, with the reason {text!r}", at("SendImage", answer, 1))
        sent = [_id_of(each) for each in job.of("SendImage")]
        again = bool(sent) and sent.count(sent[0]) > 1
        require(again, f"{said(job)} behind the reason {text!r}", "the image again", job.of("SendImage")[:2])
        require_whole(job)
        told.append(repr(text))
    return ", ".join(told)


@check("notes/silent/names-in-dsc-alone")
async def names_of_dsc(peer: PostScanPeer) -> str:
    """ClientErrorCurrentUserNotScanAdmin and ServerErrorPostScanJobCanceled are understood, in the namespace of
    either service: the one brings no job, behind the other no image comes."""
    for prefix in ("dsp", "dsc"):
        subcode = f"{prefix}:ClientErrorCurrentUserNotScanAdmin"
        script = at("CreatePostScanJob", _fault("Sender", subcode))
        job = await peer.order(f"CreatePostScanJob is answered with {subcode}", script)
        asked, wrong = job.of("CreatePostScanJob"), job.of("SendImage", "EndPostScanJob")
        require(bool(asked), said(job), "CreatePostScanJob", job.exchanges[-2:])
        require(not wrong, f"{said(job)} behind {subcode}", "no image", [asked[0], *wrong[:2]])
        subcode = f"{prefix}:ServerErrorPostScanJobCanceled"
        job = await peer.order(
            f"SendImage is answered with {subcode}", at("SendImage", _fault("Receiver", subcode))
        )
        sent, ended = job.of("SendImage"), job.of("EndPostScanJob")
        require(bool(sent), said(job), "SendImage", job.exchanges[-2:])
        right = len(sent) == 1 and not ended
        require(right, f"{said(job)} behind {subcode}", "no image, and no end", [*sent[:2], *ended[:1]])
    return "in both namespaces"


@check("dsp/answer/inferred-ones-either-way")
async def either_way(peer: PostScanPeer) -> str:
    """A device that is told that its job is not known, once it is ended, asks no more for it."""
    gone = at("GetPostScanJobElements", _fault("Sender", "dsp:ClientErrorJobTokenNotFound"))
    job = await peer.order("a job that is forgotten at once", replace(gone, events=False))
    require_whole(job)
    many = job.of("GetPostScanJobElements")
    require(len(many) < 20, f"{len(many)} questions for a job that is not known", "it is given up", many[:3])
    return said(job)
