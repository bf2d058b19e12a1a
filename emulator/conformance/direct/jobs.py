"""What becomes of a job: its token, its states, its counts, its description, its end."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Final

from emulator.conformance.check import check
from emulator.conformance.expect import both, expect, require
from emulator.conformance.names import FINAL_STATES
from emulator.conformance.peer import Job, ScanServerPeer
from emulator.conformance.reading import Envelope
from emulator.conformance.verdict import Departure, NotRun

GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
LOWER_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_CHARACTERS: Final = 255


@check("dsp/create-post-scan-job/new-token", "dsp/job-token/unique-at-its-server")
async def new_token(peer: ScanServerPeer) -> str:
    """Three jobs have three tokens."""
    jobs = [await peer.new_job(0) for _ in range(3)]
    tokens = [each.token for each in jobs]
    shown = [each.created for each in jobs]
    require(
        len(set(tokens)) == len(tokens), f"the tokens {', '.join(tokens)}", "a token of its own for each job", shown
    )
    return ", ".join(tokens)


@check("dsp/job-token/guid")
async def token_is_a_guid(peer: ScanServerPeer) -> str:
    """The token of a job is a GUID."""
    job = await peer.ended_job()
    require(bool(GUID.fullmatch(job.token)), f"the token {job.token!r}", "a GUID", [job.created], "//dsp:JobToken")
    return job.token


@check("notes/c-05/job-token-as-a-guid")
async def token_is_a_small_guid(peer: ScanServerPeer) -> str:
    """The token of a job is a GUID in small letters without braces."""
    job = await peer.ended_job()
    right = bool(LOWER_GUID.fullmatch(job.token))
    require(right, f"the token {job.token!r}", "a GUID in small letters without braces", [job.created])
    return job.token


@check("dsp/job-token/length")
async def token_length(peer: ScanServerPeer) -> str:
    """The token of a job has at most 255 characters."""
    job = await peer.ended_job()
    count = len(job.token)
    require(count <= MOST_CHARACTERS, f"{count} characters", f"at most {MOST_CHARACTERS}", [job.created])
    return f"{count} characters"


@check("dsp/create-post-scan-job/checked-against-the-directory")
async def checked_against_the_directory(peer: ScanServerPeer) -> None:
    """A scan process that no directory has is refused."""
    expect(await peer.create(scan_process=str(uuid.uuid4()).upper())).any_fault()


@check("dsp/create-post-scan-job/psp-identifier-compared-as-guid", "notes/c-05/psp-identifier-compared-as-a-guid")
async def identifier_compared_as_a_guid(peer: ScanServerPeer) -> None:
    """The identifier of the scan process in small letters and braces means the same."""
    answer = await peer.create(scan_process="{" + peer.order.scan_process.strip("{}").lower() + "}")
    token = expect(answer).response("CreatePostScanJobResponse").text("//dsp:JobToken")
    await peer.cancel(token)


@check("dsp/job-state/creating", "dsp/job-transition/created")
async def created_in_creating(peer: ScanServerPeer) -> None:
    """A job that was just created is in Creating."""
    job = await peer.new_job(0)
    await _require_state(peer, job, "Creating")


@check("dsp/job-transition/creating-while-images-arrive", "notes/c-34/images-in-creating")
async def creating_while_images_arrive(peer: ScanServerPeer) -> None:
    """A job with an image, not ended, is in Creating, and counts it."""
    job = await peer.open_job()
    await _require_state(peer, job, "Creating")


@check("dsp/filter-state/pending")
async def filters_pending(peer: ScanServerPeer) -> None:
    """The filters of a job in Creating are Pending."""
    job = await peer.open_job()
    answer = await peer.elements(job.token)
    told = expect(answer).response("GetPostScanJobElementsResponse")
    for state in told.all("//dsp:JobStatus//dsp:FilterState"):
        require((state.text or "").strip() == "Pending", f"FilterState {state.text}", "Pending", [answer], state)
    require(bool(told.all("//dsp:FilterState")), "no FilterState", "Pending", [answer])


@check("dsp/job-status/images-received", "dsp/send-image/response-means-received")
async def images_received(peer: ScanServerPeer) -> None:
    """ImagesReceived counts each acknowledged image."""
    job = await peer.new_job(0)
    for count in range(3):
        if count:
            expect(await peer.send_image(job.token, count)).response("SendImageResponse")
        answer = await peer.elements(job.token)
        told = expect(answer).response("GetPostScanJobElementsResponse").text("//dsp:ImagesReceived")
        require(told == str(count), f"ImagesReceived {told or 'is missing'}", str(count), [answer])


@check("dsp/send-image/document-id-once")
async def document_id_once(peer: ScanServerPeer) -> None:
    """A DocumentId that the job has had is refused, with InvalidArgs."""
    job = await peer.new_job()
    expect(await peer.send_image(job.token, 1)).fault(None, *both("InvalidArgs"))


@check("dsp/end-post-scan-job/processing-may-begin")
async def processing_begins(peer: ScanServerPeer) -> str:
    """After EndPostScanJob a job leaves Creating by itself."""
    job = await peer.new_job()
    job.ended = await peer.end(job.token)
    expect(job.ended).response("EndPostScanJobResponse")
    state = "Creating"
    answer = job.ended
    over = asyncio.get_running_loop().time() + peer.limits.job
    while asyncio.get_running_loop().time() < over:
        answer = await peer.elements(job.token)
        told = expect(answer).answer()
        state = told.text("//dsp:JobState")
        if told.fault is not None or state != "Creating":
            return f"it is {state or 'forgotten'} then"
        await asyncio.sleep(peer.limits.poll)
    raise Departure("still Creating", "a job that is being processed", [job.ended, answer])


@check("dsp/job-state/completed", "dsp/job-transition/filters-done")
async def completed(peer: ScanServerPeer) -> None:
    """An ordinary job ends as Completed."""
    job = await peer.situation("another ended job", lambda: peer.whole_job(1))
    _require_end(job, "JobState", "Completed")


@check("dsp/job-state-reason/post-scan-job-completed-successfully")
async def completed_successfully(peer: ScanServerPeer) -> None:
    """An ordinary job whose filters have ended well ends with that reason."""
    job = await peer.ended_job()
    told = _told_of(job)
    states = [(each.text or "").strip() for each in told.all("//dsp:FilterState")]
    if set(states) != {"CompletedSuccessfully"}:
        raise NotRun(f"its filters are {', '.join(states)}", [job.statuses[-1]])
    _require_end(job, "JobStateReason", "PostScanJobCompletedSuccessfully")


@check("dsp/filter-state/completed-successfully", "dsp/filter-transition/completed-from-processing")
async def filters_completed(peer: ScanServerPeer) -> None:
    """The filters of a job that has completed are in a final state."""
    job = await peer.ended_job()
    for state in _told_of(job).all("//dsp:FilterState"):
        final = (state.text or "").strip().startswith("Completed") or ":" in (state.text or "")
        require(final, f"FilterState {state.text}", "a state that begins with Completed", [job.statuses[-1]], state)


@check("dsp/job-state/final-states")
async def stays_final(peer: ScanServerPeer) -> str:
    """A job that has ended is in the same state when it is asked for again."""
    job = await peer.ended_job()
    before = _told_of(job).text("//dsp:JobState")
    answer = await peer.elements(job.token)
    told = expect(answer).answer()
    if told.fault is not None:
        return "it is forgotten"
    state = told.text("//dsp:JobState")
    require(
        state == before and state in FINAL_STATES, f"{before}, then {state}", before, [job.statuses[-1], answer]
    )
    return state


@check(
    "dsp/job-state/canceled",
    "dsp/job-transition/canceled",
    "dsp/job-state-reason/post-scan-job-canceled",
    "bdsrr/3.2.4.2/state-canceled",
    "bdsrr/3.2.4.2/reason-post-scan-job-canceled",
    "notes/c-30/canceled-by-the-cancel-operation",
)
async def canceled(peer: ScanServerPeer) -> str:
    """A job that is cancelled ends as Canceled, with the reason PostScanJobCanceled."""
    job = await peer.canceled_job()
    _require_end(job, "JobState", "Canceled")
    _require_end(job, "JobStateReason", "PostScanJobCanceled")
    return "Canceled, PostScanJobCanceled"


@check(
    "dsp/job-transition/canceled-filters",
    "dsp/filter-state/canceled",
    "dsp/filter-transition/canceled-with-the-job",
    "bdsrr/3.2.4.2/waiting-filters-canceled",
)
async def canceled_filters(peer: ScanServerPeer) -> None:
    """The waiting filters of a job that is cancelled are Canceled."""
    job = await peer.canceled_job()
    for state in _told_of(job).all("//dsp:FilterState"):
        require(
            (state.text or "").strip() == "Canceled",
            f"FilterState {state.text}",
            "Canceled",
            [job.statuses[-1]],
            state,
        )


@check("bdsrr/3.2.4.2/response")
async def cancel_response(peer: ScanServerPeer) -> None:
    """A cancellation is answered with CancelPostScanJobResponse."""
    job = await peer.new_job()
    expect(await peer.cancel(job.token)).response("CancelPostScanJobResponse")


@check("dsp/cancel-post-scan-job/best-effort")
async def cancel_of_a_job_at_work(peer: ScanServerPeer) -> str:
    """Whether a job that is being processed can still be cancelled."""
    job = await peer.working_job()
    answer = await peer.cancel(job.token)
    state = await peer.until_ended(job)
    fault = expect(answer).answer().fault
    if fault is not None and fault.subcode in both("ClientErrorJobTokenNotFound") and state == "Completed":
        raise NotRun("the job had ended before it could be cancelled", [answer])
    expect(answer).response("CancelPostScanJobResponse")
    require(state == "Canceled", f"the job is {state}", "Canceled", job.statuses[-1:])
    return "it is Canceled"


@check("dsp/job-description/psp-display-name")
async def display_name(peer: ScanServerPeer) -> str:
    """PSP_DisplayName is the scan process's name in the directory."""
    if not peer.order.display_name:
        raise NotRun("the name of the scan process is not known")
    return await _require_description(peer, "PSP_DisplayName", peer.order.display_name)


@check("dsp/job-description/user-name")
async def user_name(peer: ScanServerPeer) -> str:
    """JobOriginatingUserName is the name of who has created the job."""
    if not peer.order.user_name:
        raise NotRun("the name of the user is not known")
    return await _require_description(peer, "JobOriginatingUserName", peer.order.user_name, exact=False)


@check("dsp/create-post-scan-job/psp-identifier-as-text")
async def identifier_as_text(peer: ScanServerPeer) -> str:
    """PSP_Identifier is told in upper case without braces."""
    return await _require_description(peer, "PSP_Identifier", peer.order.scan_process.strip("{}").upper())


@check("dsp/filter-status/one-for-each-filter")
async def one_status_for_each_filter(peer: ScanServerPeer) -> None:
    """A job has one FilterStatus for each filter of its instructions."""
    job = await peer.ended_job()
    told = [(each.text or "").strip() for each in _told_of(job).all("//dsp:FilterStatus/dsp:Dialect")]
    wanted = list(peer.order.dialects)
    require(
        sorted(told) == sorted(wanted), f"FilterStatus of {told}", f"one of each of {wanted}", [job.statuses[-1]]
    )


@check("dsp/filter-status/dialect-is-the-whole-uri", "notes/c-11/dialect-elsewhere-is-a-uri")
async def dialect_is_a_uri(peer: ScanServerPeer) -> None:
    """Dialect of FilterStatus is a URI, as the scan process has it."""
    job = await peer.ended_job()
    for each in _told_of(job).all("//dsp:FilterStatus/dsp:Dialect"):
        text = (each.text or "").strip()
        require(
            text in peer.order.dialects,
            f"Dialect {text}",
            " or ".join(peer.order.dialects),
            [job.statuses[-1]],
            each,
        )


@check("bdsrr/3.2.1/post-scan-job")
async def a_job_has_its_parts(peer: ScanServerPeer) -> None:
    """Status and description of a job can both be had."""
    answer = await peer.elements((await peer.open_job()).token, "dsp:JobStatus", "dsp:JobDescription")
    told = expect(answer).response("GetPostScanJobElementsResponse")
    for name in ("JobStatus", "JobDescription"):
        require(bool(told.all(f"//dsp:{name}")), f"no {name}", f"a {name}", [answer])


@check("dsp/operations/all-five")
async def all_five_operations(peer: ScanServerPeer) -> None:
    """None of the five operations is answered as one that is not supported."""
    job = await peer.new_job()
    answers = [await peer.elements(job.token), await peer.end(job.token), await peer.cancel(job.token)]
    for each in [job.created, *job.sent, *answers]:
        told = expect(each).answer()
        subcode = None if told.fault is None else told.fault.subcode
        refused = subcode is not None and subcode.local == "ActionNotSupported"
        require(not refused, f"{each.operation} is not supported", "all five operations", [each])
    await peer.until_ended(job)


async def _require_state(peer: ScanServerPeer, job: Job, wanted: str) -> None:
    answer = await peer.elements(job.token)
    state = expect(answer).response("GetPostScanJobElementsResponse").text("//dsp:JobState")
    require(state == wanted, f"JobState {state or 'is missing'}", wanted, [answer], "//dsp:JobState")


def _told_of(job: Job) -> Envelope:
    """The envelope that told how a job has ended. Raises NotRun."""
    if not job.statuses:
        raise NotRun("the server has forgotten the job before anybody saw its end", [job.created])
    return job.last_status


def _require_end(job: Job, name: str, wanted: str) -> None:
    state = _told_of(job).text(f"//dsp:JobStatus//dsp:{name}")
    require(state == wanted, f"{name} {state or 'is missing'}", wanted, [job.statuses[-1]])


async def _require_description(peer: ScanServerPeer, name: str, wanted: str, *, exact: bool = True) -> str:
    answer = await peer.elements((await peer.open_job()).token, "dsp:JobDescription")
    told = expect(answer).response("GetPostScanJobElementsResponse").text(f"//dsp:JobDescription/dsp:{name}")
    same = told == wanted if exact else told.lower() == wanted.lower()
    require(same, f"{name} {told or 'is missing'}", wanted, [answer])
    return told
