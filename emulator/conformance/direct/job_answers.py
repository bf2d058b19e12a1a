"""What each operation is answered with in each state of its job (docs/protocol/dsm.md, section 6.3)."""

from __future__ import annotations

from emulator.conformance.check import check
from emulator.conformance.expect import both, expect
from emulator.conformance.names import FINAL_STATES
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.verdict import NotRun

NOT_FOUND = both("ClientErrorJobTokenNotFound")
FAILED = both("OperationFailed")
CANCELED = both("ServerErrorPostScanJobCanceled")


@check("dsp/answer/send-image-to-an-unknown-token")
async def send_image_to_an_unknown_token(peer: ScanServerPeer) -> None:
    """SendImage with a token that no job has."""
    expect(await peer.send_image(peer.unknown_token())).fault(None, *NOT_FOUND)


@check("dsp/answer/send-image-while-creating")
async def send_image_while_creating(peer: ScanServerPeer) -> None:
    """SendImage to a job that was just created."""
    job = await peer.new_job(0)
    expect(await peer.send_image(job.token)).response("SendImageResponse")


@check("dsp/answer/send-image-after-the-end")
async def send_image_after_the_end(peer: ScanServerPeer) -> None:
    """SendImage to a job that the server is at work on."""
    job = await peer.working_job()
    answer = await peer.send_image(job.token, 99)
    # It may have ended meanwhile: then the answer is the one for an ended job.
    ended = expect(await peer.elements(job.token)).answer().text("//dsp:JobState") in FINAL_STATES
    expect(answer).fault(None, *FAILED, also=NOT_FOUND if ended else ())


@check("dsp/answer/send-image-to-an-ended-job")
async def send_image_to_an_ended_job(peer: ScanServerPeer) -> None:
    """SendImage to a job that has ended."""
    job = await peer.ended_job()
    expect(await peer.send_image(job.token, 99)).fault(None, *NOT_FOUND, also=CANCELED)


@check("dsp/answer/end-of-an-unknown-token")
async def end_of_an_unknown_token(peer: ScanServerPeer) -> None:
    """EndPostScanJob with a token that no job has."""
    expect(await peer.end(peer.unknown_token())).fault(None, *NOT_FOUND)


@check("dsp/answer/end-while-creating")
async def end_while_creating(peer: ScanServerPeer) -> None:
    """EndPostScanJob of a job with one image."""
    job = await peer.new_job()
    job.ended = await peer.end(job.token)
    expect(job.ended).response("EndPostScanJobResponse")


@check("dsp/answer/end-after-the-end")
async def end_after_the_end(peer: ScanServerPeer) -> None:
    """EndPostScanJob of a job that the server is at work on."""
    job = await peer.working_job()
    answer = await peer.end(job.token)
    ended = expect(await peer.elements(job.token)).answer().text("//dsp:JobState") in FINAL_STATES
    expect(answer).fault(None, *FAILED, also=NOT_FOUND if ended else ())


@check("dsp/answer/end-of-an-ended-job")
async def end_of_an_ended_job(peer: ScanServerPeer) -> None:
    """EndPostScanJob of a job that has ended."""
    job = await peer.ended_job()
    expect(await peer.end(job.token)).fault(None, *NOT_FOUND)


@check("dsp/answer/cancel-of-an-unknown-token")
async def cancel_of_an_unknown_token(peer: ScanServerPeer) -> None:
    """CancelPostScanJob with a token that no job has."""
    expect(await peer.cancel(peer.unknown_token())).fault(None, *NOT_FOUND)


@check("dsp/answer/cancel-while-creating")
async def cancel_while_creating(peer: ScanServerPeer) -> None:
    """CancelPostScanJob of a job with one image."""
    job = await peer.new_job()
    job.ended = await peer.cancel(job.token)
    expect(job.ended).response("CancelPostScanJobResponse")


@check("dsp/answer/cancel-while-processing")
async def cancel_while_processing(peer: ScanServerPeer) -> None:
    """CancelPostScanJob of a job that the server is at work on."""
    job = await peer.working_job()
    answer = await peer.cancel(job.token)
    ended = expect(await peer.elements(job.token)).answer().text("//dsp:JobState") in ("Completed", "Aborted")
    if ended and expect(answer).answer().fault is not None:
        expect(answer).fault(None, *NOT_FOUND)
        return
    expect(answer).response("CancelPostScanJobResponse")


@check("dsp/answer/cancel-of-an-ended-job")
async def cancel_of_an_ended_job(peer: ScanServerPeer) -> None:
    """CancelPostScanJob of a job that has ended."""
    job = await peer.ended_job()
    expect(await peer.cancel(job.token)).fault(None, *NOT_FOUND)


@check("dsp/answer/elements-of-an-unknown-token")
async def elements_of_an_unknown_token(peer: ScanServerPeer) -> None:
    """GetPostScanJobElements with a token that no job has."""
    expect(await peer.elements(peer.unknown_token())).fault(None, *NOT_FOUND)


@check("dsp/answer/elements-while-creating")
async def elements_while_creating(peer: ScanServerPeer) -> None:
    """GetPostScanJobElements of a job in Creating."""
    job = await peer.open_job()
    expect(await peer.elements(job.token)).response("GetPostScanJobElementsResponse")


@check("dsp/answer/elements-while-processing")
async def elements_while_processing(peer: ScanServerPeer) -> None:
    """GetPostScanJobElements of a job that the server is at work on."""
    job = await peer.new_job(3)
    job.ended = await peer.end(job.token)
    told = expect(await peer.elements(job.token)).response("GetPostScanJobElementsResponse")
    if told.text("//dsp:JobState") in FINAL_STATES:
        raise NotRun("the job has ended before anybody could ask for it")


@check("dsp/answer/elements-of-an-ended-job")
async def elements_of_an_ended_job(peer: ScanServerPeer) -> str:
    """GetPostScanJobElements of a job that has ended: its elements, or that no such job is known any more."""
    job = await peer.ended_job()
    answer = await peer.elements(job.token)
    if expect(answer).answer().fault is not None:
        expect(answer).fault(None, *NOT_FOUND)
        return "it is forgotten"
    expect(answer).response("GetPostScanJobElementsResponse")
    return "it is remembered"


@check("dsp/answer/jobs-may-be-forgotten")
async def jobs_may_be_forgotten(peer: ScanServerPeer) -> str:
    """Whether an ended job is known a moment later."""
    job = await peer.ended_job()
    answer = await peer.elements(job.token)
    expect(answer).fault(None, *NOT_FOUND)
    return "the job that has ended is not known any more"
