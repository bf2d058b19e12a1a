"""Scan jobs: how they are told, in which states they are, how they end (docs/protocol/ws-scan.md, section 2.4)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from emulator.conformance.devices.asked_device import FINAL_STATES, NOT_FOUND, ScanJob
from emulator.conformance.devices.asked_device import STATUS as STATUS_SECTION
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.configuration import MOST
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.keywords import JOB_REASONS, JOB_STATES
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import (
    child,
    children,
    require_child,
    require_children,
    require_keyword,
    require_number,
    require_time,
    text,
)
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN
from emulator.conformance.reading import name_of
from emulator.conformance.verdict import NotRun

SUMMARY = ("JobId", "JobName", "JobOriginatingUserName", "JobState", "JobStateReasons", "ScansCompleted")
TIMES = ("JobCreatedTime", "JobCompletedTime")
STATUS = ("JobId", "JobState", "JobStateReasons", "ScansCompleted", *TIMES)


async def status_of(peer: DevicePeer, job: ScanJob) -> tuple[Any, Exchange]:
    """Its JobStatus. Raises Departure, Inconclusive, NotRun where the job is forgotten."""
    answer = await peer.job_elements(job.id)
    told = expect(answer).answer("JobStatus")
    if told.fault is not None and told.fault.subcode == NOT_FOUND and job.over:
        raise NotRun("the device has forgotten the job that has ended", [answer])
    found = expect(answer).response("GetJobElementsResponse", WSCN).all("//wscn:JobStatus")
    if not found:
        raise expect(answer).departs("JobStatus")
    return found[0], answer


@check("wscn/get-job-elements/supported")
async def get_job_elements(peer: DevicePeer) -> None:
    """GetJobElements is answered for a job that is there."""
    job = await peer.new_job()
    expect(await peer.job_elements(job.id)).response("GetJobElementsResponse", WSCN)


@check("wscn/get-job-elements/response", "wscn/get-job-elements/sections")
async def job_elements_response(peer: DevicePeer) -> None:
    """JobStatus, ScanTicket and Documents of a job are all told."""
    job = await peer.new_job()
    answer = await peer.job_elements(job.id, "wscn:JobStatus", "wscn:ScanTicket", "wscn:Documents")
    told = expect(answer).response("GetJobElementsResponse", WSCN)
    for name in ("JobStatus", "ScanTicket", "Documents"):
        found = told.all(f"/soap:Envelope/soap:Body/*/wscn:JobElements/wscn:ElementData/wscn:{name}")
        require(len(found) == 1, f"{len(found)} {name}", "one", [answer], told.body)


@check("wscn/get-job-elements/unknown-job", "dsd/get-job-elements/unknown-job")
async def unknown_job(peer: DevicePeer) -> None:
    """GetJobElements for a JobId that no job has."""
    expect(await peer.job_elements(peer.unknown_job())).fault(None, NOT_FOUND)


@check("wscn/get-job-elements/root-without-suffix-accepted", "notes/c-23/get-job-elements-read")
async def root_without_suffix(peer: DevicePeer) -> None:
    """A body whose root is GetJobElements is taken for a request."""
    job = await peer.new_job()
    body = (
        f"<wscn:GetJobElements><wscn:JobId>{job.id}</wscn:JobId><wscn:RequestedElements>"
        "<wscn:Name>wscn:JobStatus</wscn:Name></wscn:RequestedElements></wscn:GetJobElements>"
    )
    expect(await peer.ask("GetJobElements", body, wrong=True)).response("GetJobElementsResponse", WSCN)


async def listed(peer: DevicePeer, operation: str, name: str, namespace: str = WSCN) -> tuple[list[Any], Exchange]:
    """The JobSummary of a list of jobs."""
    answer = await peer.jobs(operation, namespace)
    told = expect(answer).response(f"{operation}Response", namespace)
    lists = [] if told.body is None else [each for each in told.body if name_of(each).local == name]
    require(len(lists) == 1, f"{len(lists)} {name}", f"one {name}", [answer], told.body)
    return children(lists[0], "JobSummary"), answer


@check("wscn/get-active-jobs/supported")
async def get_active_jobs(peer: DevicePeer) -> None:
    """GetActiveJobs is answered."""
    expect(await peer.jobs("GetActiveJobs")).response("GetActiveJobsResponse", WSCN)


@check("wscn/get-active-jobs/response")
async def active_jobs(peer: DevicePeer) -> None:
    """ActiveJobs has one JobSummary of a job that has not ended."""
    job = await peer.new_job()
    found, answer = await listed(peer, "GetActiveJobs", "ActiveJobs")
    own = [each for each in found if text(child(each, "JobId")) == str(job.id)]
    require(len(own) == 1, f"{len(own)} JobSummary of job {job.id}", "one", [answer], answer.envelope.body)


@check("wscn/get-active-jobs/jobs-not-final")
async def active_jobs_not_final(peer: DevicePeer) -> None:
    """A job that has ended is not among the active ones."""
    job = await peer.ended_job()
    found, answer = await listed(peer, "GetActiveJobs", "ActiveJobs")
    for each in found:
        state = text(child(each, "JobState"))
        right = text(child(each, "JobId")) != str(job.id) and state not in FINAL_STATES
        require(right, f"job {text(child(each, 'JobId'))}, {state}", "jobs that are not final", [answer], each)


@check("wscn/get-job-history/supported")
async def get_job_history(peer: DevicePeer) -> None:
    """GetJobHistory is answered."""
    expect(await peer.jobs("GetJobHistory")).response("GetJobHistoryResponse", WSCN)


@check("wscn/get-job-history/response")
async def job_history(peer: DevicePeer) -> str:
    """JobHistory has at most one JobSummary of a job that has ended."""
    job = await peer.ended_job()
    found, answer = await listed(peer, "GetJobHistory", "JobHistory")
    told = [text(child(each, "JobId")) for each in found]
    for id, count in Counter(told).items():
        require(count < 2, f"{count} JobSummary of job {id}", "one", [answer], answer.envelope.body)
    return "the job is there" if str(job.id) in told else "the job is not kept"


@check("wscn/get-job-history/as-many-as-kept")
async def job_history_kept(peer: DevicePeer) -> str:
    """Whether the job that has ended is in JobHistory."""
    job = await peer.ended_job()
    found, answer = await listed(peer, "GetJobHistory", "JobHistory")
    kept = any(text(child(each, "JobId")) == str(job.id) for each in found)
    require(kept, "it keeps no finished job", "JobHistory with the job", [answer], answer.envelope.body)
    return f"{len(found)} finished jobs are kept"


@check("wscn/get-job-history/end-state")
async def job_history_end_state(peer: DevicePeer) -> None:
    """JobState in JobHistory is the one in which the job ended."""
    job = await peer.ended_job()
    found, answer = await listed(peer, "GetJobHistory", "JobHistory")
    for each in found:
        state = text(child(each, "JobState"))
        require(state in FINAL_STATES, f"JobState {state}", "the state in which it ended", [answer], each)
        if text(child(each, "JobId")) == str(job.id):
            require(state == "Completed", f"JobState {state}", "Completed", [answer], each)


@check("wscn/job/job-summary")
async def job_summary(peer: DevicePeer) -> None:
    """A JobSummary has its six children in their order."""
    await peer.new_job()
    found, answer = await listed(peer, "GetActiveJobs", "ActiveJobs")
    for each in found:
        require_children(each, SUMMARY, answer)


@check("wscn/job/job-status")
async def job_status(peer: DevicePeer) -> None:
    """A JobStatus has its children in their order."""
    found, answer = await status_of(peer, await peer.new_job())
    require_children(found, STATUS, answer, TIMES)


@check("wscn/job/times")
async def job_times(peer: DevicePeer) -> None:
    """JobCreatedTime and JobCompletedTime are dateTimes."""
    job = await peer.ended_job()
    found, answer = await status_of(peer, job)
    for name in TIMES:
        if child(found, name) is not None:
            require_time(child(found, name), answer)


@check("wscn/job/documents")
async def documents(peer: DevicePeer) -> str:
    """Documents has DocumentFinalParameters and a Document with its name for each that was fetched."""
    job = await peer.ended_job()
    answer = await peer.job_elements(job.id, "wscn:Documents")
    told = expect(answer).answer("Documents")
    if told.fault is not None:
        raise NotRun("the device has forgotten the job that has ended", [answer])
    found = told.all("//wscn:ElementData/wscn:Documents")
    require(len(found) == 1, f"{len(found)} Documents", "one", [answer], told.body)
    require_child(found[0], "DocumentFinalParameters", answer)
    own = children(found[0], "Document")
    wanted = len(job.images)
    require(len(own) == wanted, f"{len(own)} Document", f"{wanted}", [answer], found[0])
    for each in own:
        name = each.find(f"{{{WSCN}}}DocumentDescription/{{{WSCN}}}DocumentName")
        require(name is not None, "no DocumentName", "DocumentDescription with DocumentName", [answer], each)
        require(
            text(name) == "page", f"DocumentName {text(name)!r}", "the name that was asked with", [answer], name
        )
    return f"{len(own)} documents"


@check("wscn/job/job-token")
async def job_token(peer: DevicePeer) -> None:
    """JobToken is there, and another job has another one."""
    job, again = await peer.ended_job(), await peer.new_job()
    require(bool(again.token), "an empty JobToken", "a JobToken", [again.created], again.created.envelope.body)
    require(again.token != job.token, "the JobToken of another job", "one of its own", [job.created, again.created])


@check("wscn/job/scans-completed", "notes/c-18/scans-completed-from-0")
async def scans_completed(peer: DevicePeer) -> str:
    """ScansCompleted of a job that has ended is the count of its images."""
    job = await peer.ended_job()
    found, answer = await status_of(peer, job)
    count = require_number(require_child(found, "ScansCompleted", answer), 0, MOST, answer)
    wanted = len(job.images)
    require(count == wanted, f"ScansCompleted {count}", f"{wanted}", [answer], child(found, "ScansCompleted"))
    return f"{count}"


@check("wscn/job-state/keywords")
async def job_state_keywords(peer: DevicePeer) -> None:
    """JobState is one of the nine keywords or a vendor's own."""
    for job in (await peer.new_job(), await peer.ended_job()):
        found, answer = await status_of(peer, job)
        require_keyword(require_child(found, "JobState", answer), JOB_STATES, answer)


@check("wscn/job-reason/detectable-ones")
async def job_reasons(peer: DevicePeer) -> None:
    """JobStateReasons is there, with keywords of the list alone."""
    for job in (await peer.new_job(), await peer.ended_job()):
        found, answer = await status_of(peer, job)
        for each in children(require_child(found, "JobStateReasons", answer), "JobStateReason"):
            require_keyword(each, JOB_REASONS, answer)


@check("wscn/job-state/none-to-creating")
async def none_to_creating(peer: DevicePeer) -> str:
    """A job that was accepted is there, and is not final."""
    job = await peer.new_job()
    found, answer = await status_of(peer, job)
    state = text(child(found, "JobState"))
    require(
        state not in FINAL_STATES, f"{state} as soon as it is created", "a job that is not final", [answer], found
    )
    return state


@check("wscn/scanner-state/processing", "wscn/scanner-state/idle-to-processing")
async def scanner_at_work(peer: DevicePeer) -> str:
    """A scanner that is at work on a job tells Processing."""
    job = await peer.new_job()
    element, answer = await peer.fresh_section(STATUS_SECTION)
    state = text(child(element, "ScannerState"))
    if await peer.state(job) in ("", *FINAL_STATES):
        raise NotRun("the job has ended before anybody could ask", [answer])
    require(state == "Processing", f"{state} while a job is under way", "Processing", [answer], element)
    return state


@check("wscn/job-state/completed", "wscn/job-state/processing-to-completed")
async def completed(peer: DevicePeer) -> None:
    """A job whose images were all fetched is Completed."""
    found, answer = await status_of(peer, await peer.ended_job())
    state = text(child(found, "JobState"))
    require(state == "Completed", state, "Completed", [answer], found)


@check("wscn/job-state/canceled", "wscn/job-state/terminating-to-canceled")
async def canceled(peer: DevicePeer) -> None:
    """A job that was cancelled by CancelJob ends as Canceled."""
    found, answer = await status_of(peer, await peer.canceled_job())
    state = text(child(found, "JobState"))
    require(state == "Canceled", state, "Canceled", [answer], found)


@check("wscn/job-state/final-stays")
async def final_stays(peer: DevicePeer) -> None:
    """A job that is Completed stays so whatever is asked of it."""
    job = await peer.ended_job()
    await peer.cancel(job.id)
    await peer.retrieve(ScanJob(job.id, job.token, job.created))
    found, answer = await status_of(peer, job)
    state = text(child(found, "JobState"))
    require(state == "Completed", state, "Completed", [answer], found)


@check("wscn/job-state/open-to-terminating-at-device", "wscn/job-reason/job-canceled-at-device")
async def canceled_at_device(peer: DevicePeer) -> None:
    """A job that is cancelled at the panel ends as Canceled with JobCanceledAtDevice."""
    job = await peer.new_job()
    await peer.hands.do(Action.CANCEL)
    state = await peer.until(job)
    found, answer = await status_of(peer, job)
    reasons = [text(each) for each in found.iter(f"{{{WSCN}}}JobStateReason")]
    right = state == "Canceled" and "JobCanceledAtDevice" in reasons
    require(right, f"{state} ({', '.join(reasons)})", "Canceled with JobCanceledAtDevice", [answer], found)


@check("wscn/job-reason/scanner-stopped", "wscn/scanner-state/job-of-a-stopped-scanner")
async def scanner_stopped(peer: DevicePeer) -> None:
    """The job of a scanner whose cover is opened stays in Processing with the reason ScannerStopped."""
    feeder = await peer.require_feeder(3)
    job = await peer.new_job(await peer.ticket(feeder, images=3))
    expect(await peer.retrieve(job)).response("RetrieveImageResponse", WSCN)
    await peer.hands.do(Action.OPEN)
    try:
        await peer.status_when(lambda status: text(child(status, "ScannerState")) == "Stopped")
        found, answer = await status_of(peer, job)
        state = text(child(found, "JobState"))
        reasons = [text(each) for each in found.iter(f"{{{WSCN}}}JobStateReason")]
        right = state == "Processing" and "ScannerStopped" in reasons
        require(right, f"{state} ({', '.join(reasons)})", "Processing with ScannerStopped", [answer], found)
    finally:
        await peer.hands.do(Action.CLEAR)


@check("wscn/job-state/pending-to-aborted-by-time", "wscn/job-reason/job-timed-out", slow=True)
async def pending_aborted_by_time(peer: DevicePeer) -> str:
    """A job of which nothing is fetched is Aborted with JobTimedOut after 60 seconds, and not before."""
    return await _timed_out(peer, await peer.new_job())


@check("wscn/job-state/processing-to-aborted-by-time", slow=True)
async def processing_aborted_by_time(peer: DevicePeer) -> str:
    """A job of which one image was fetched is Aborted with JobTimedOut 60 seconds later, and not before."""
    feeder = await peer.require_feeder(3)
    job = await peer.new_job(await peer.ticket(feeder, images=2))
    expect(await peer.retrieve(job)).response("RetrieveImageResponse", WSCN)
    return await _timed_out(peer, job)


async def _timed_out(peer: DevicePeer, job: ScanJob) -> str:
    limit = peer.limits.retrieve
    before, behind = 0.7 * limit, 1.25 * limit
    await asyncio.sleep(before)
    found, early = await status_of(peer, job)
    state = text(child(found, "JobState"))
    require(state not in FINAL_STATES, f"{state} after {before:g} s", f"{limit:g} s", [early], found)
    await asyncio.sleep(behind - before)
    found, answer = await status_of(peer, job)
    state = text(child(found, "JobState"))
    reasons = [text(each) for each in found.iter(f"{{{WSCN}}}JobStateReason")]
    right = state == "Aborted" and "JobTimedOut" in reasons
    job.over = state in FINAL_STATES
    require(right, f"{state} ({', '.join(reasons)})", "Aborted with JobTimedOut", [answer], found)
    return f"{state} between {before:g} and {behind:g} s"
