"""What a scan job tells while it is under way, and of what it met (docs/protocol/ws-scan.md, section 2.4)."""

from __future__ import annotations

from emulator.conformance.devices.asked_device import ScanJob
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.direct.conditions import at_work
from emulator.conformance.devices.direct.jobs import status_of
from emulator.conformance.devices.direct.status import names_of_conditions
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import child, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN
from emulator.conformance.verdict import NotRun


async def _state_and_reasons(peer: DevicePeer, job: ScanJob) -> tuple[str, list[str], Exchange]:
    found, answer = await status_of(peer, job)
    reasons = [text(each) for each in found.iter(f"{{{WSCN}}}JobStateReason")]
    return text(child(found, "JobState")), reasons, answer


@check("wscn/job-state/processing")
async def processing(peer: DevicePeer) -> str:
    """A job of which the first of three images was fetched is in Processing."""
    state, _, answer = await _state_and_reasons(peer, await at_work(peer))
    require(state == "Processing", f"{state} after the first image", "Processing", [answer])
    return state


@check("wscn/job-state/open-to-terminating")
async def open_to_terminating(peer: DevicePeer) -> str:
    """A job whose CancelJob was accepted is in Terminating, or Canceled already."""
    job = await peer.new_job()
    expect(await peer.cancel(job.id)).response("CancelJobResponse", WSCN)
    state = await peer.state(job)
    if not state:
        raise NotRun("the device has forgotten the job that was cancelled")
    right = state in ("Terminating", "Canceled")
    require(right, f"{state} when CancelJob was accepted", "Terminating or Canceled", [await peer.status(job)])
    return state


@check("wscn/job-reason/none")
async def nothing_more_to_tell(peer: DevicePeer) -> str:
    """None stands beside no other reason."""
    told = []
    for job in (await peer.new_job(), await peer.ended_job()):
        _, reasons, answer = await _state_and_reasons(peer, job)
        right = "None" not in reasons or reasons == ["None"]
        require(right, f"the reasons {', '.join(reasons)}", "None alone, or others", [answer])
        told.extend(reasons)
    return ", ".join(told) or "no reasons at all"


@check(
    "wscn/job-reason/job-scanning",
    "wscn/job-reason/job-transferring",
    "wscn/job-reason/job-scanning-and-transferring",
)
async def nothing_is_transferred(peer: DevicePeer) -> str:
    """A job of which nobody has asked for an image transfers nothing: where it tells what it is at, it is
    JobScanning."""
    _, reasons, answer = await _state_and_reasons(peer, await peer.new_job())
    wrong = [each for each in reasons if each in ("JobTransferring", "JobScanningAndTransferring")]
    wanted = "JobScanning, or neither"
    require(not wrong, f"{', '.join(wrong)} before anybody asked for an image", wanted, [answer])
    return ", ".join(reasons) or "no reasons at all"


async def _completed_after(peer: DevicePeer, action: Action, severity: str, reason: str) -> str:
    """A job in the midst of which something of that severity went wrong and was put right is Completed with that
    reason. Raises NotRun."""
    job = await at_work(peer)
    await peer.hands.do(action)
    try:
        status, told = await peer.status_when(lambda now: bool(names_of_conditions(now)))
    finally:
        await peer.hands.do(Action.CLEAR)
    found = [text(child(each, "Severity")) for each in status.iter(f"{{{WSCN}}}DeviceCondition")]
    if severity not in found:
        raise NotRun(f"what went wrong is {', '.join(found) or 'not told'}, not {severity}", [told])
    for _ in range(3):
        answer = await peer.retrieve(job)
        if answer.told is None or answer.told.fault is not None:
            break
    ended = await peer.until(job)
    if ended != "Completed":
        raise NotRun(f"the job is {ended or 'forgotten'}: it could not go on", [answer])
    _, reasons, answer = await _state_and_reasons(peer, job)
    require(reason in reasons, f"Completed ({', '.join(reasons)})", f"Completed with {reason}", [told, answer])
    return ", ".join(reasons)


@check("wscn/job-reason/job-completed-with-errors")
async def completed_with_errors(peer: DevicePeer) -> str:
    """A job that has met a jam, which is Critical, and went on is Completed with JobCompletedWithErrors."""
    return await _completed_after(peer, Action.JAM, "Critical", "JobCompletedWithErrors")


@check("wscn/job-reason/job-completed-with-warnings")
async def completed_with_warnings(peer: DevicePeer) -> str:
    """A job that has met an open cover, where that is a Warning, is Completed with JobCompletedWithWarnings."""
    return await _completed_after(peer, Action.OPEN, "Warning", "JobCompletedWithWarnings")
