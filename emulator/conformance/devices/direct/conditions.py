"""What goes wrong at a scanner, brought about by whoever stands there (docs/protocol/ws-scan.md,
section 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from emulator.conformance.devices.asked_device import FINAL_STATES, ScanJob
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.direct.jobs import status_of
from emulator.conformance.devices.direct.status import names_of_conditions
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.keywords import STATE_REASONS
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import child, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN
from emulator.conformance.verdict import Departure, NotRun

PLACES: Final = {
    "Calibrating": ("Platen", "MediaPath"),
    "InputTrayEmpty": ("ADF",),
    "LampError": ("Platen", "ADF", "Film"),
    "LampWarming": ("Platen", "ADF", "Film"),
    "MultipleFeedError": ("ADF", "MediaPath"),
}
"""Name of a condition -> Components that can have it; all others can have every other condition.
[wscn/condition/name-fits-component]"""


@dataclass(frozen=True, slots=True)
class Told:
    """ScannerStatus while something was wrong."""

    status: Any
    exchange: Exchange

    @property
    def state(self) -> str:
        """ScannerState."""
        return text(child(self.status, "ScannerState"))

    @property
    def reasons(self) -> list[str]:
        """All ScannerStateReasons."""
        return [text(each) for each in self.status.iter(f"{{{WSCN}}}ScannerStateReason")]

    @property
    def active(self) -> list[Any]:
        """All DeviceConditions."""
        return list(self.status.iter(f"{{{WSCN}}}DeviceCondition"))


async def status_now(peer: DevicePeer, so: Callable[[Any], bool] = lambda _: True) -> Told:
    """ScannerStatus as it is now. Raises NotRun where it is not told: that it should is a check of its own.

    - `so`: of a status that is waited for, for a while.
    """
    try:
        return Told(*await peer.status_when(so))
    except Departure as error:
        shown = peer.numbered(error.evidence.exchanges)
        raise NotRun(f"ScannerStatus could not be had: {error}", shown) from None


async def told_of(peer: DevicePeer, name: str) -> Told:
    """ScannerStatus while that condition was active, seen once for all checks. Raises NotRun."""

    async def make() -> Told:
        await peer.have_a_sheet()  # an empty feeder is a condition too
        await peer.hands.do(Action.CONDITION, name=name)
        try:
            return await status_now(peer, lambda status: name in names_of_conditions(status))
        finally:
            await peer.hands.do(Action.CLEAR)

    return await peer.situation(f"a scanner with the condition {name}", make)


async def _is_told(peer: DevicePeer, name: str, *, stopped: bool) -> str:
    """It is a DeviceCondition and a ScannerStateReason; and the scanner is Stopped by it, or is not."""
    told = await told_of(peer, name)
    names = [text(child(each, "Name")) for each in told.active]
    require(name in names, f"conditions {', '.join(names) or 'of no name'}", name, [told.exchange], told.status)
    reasons = ", ".join(told.reasons)
    require(name in told.reasons, f"reasons {reasons}", f"the reason {name}", [told.exchange], told.status)
    right = (told.state == "Stopped") is stopped
    wanted = "Stopped" if stopped else "a state that is not Stopped"
    require(right, f"{told.state} with {name}", wanted, [told.exchange], told.status)
    return f"{told.state}, {reasons}"


@check("wscn/condition/calibrating")
async def calibrating(peer: DevicePeer) -> str:
    """A scanner that calibrates says so, and is not Stopped by it."""
    return await _is_told(peer, "Calibrating", stopped=False)


@check("wscn/condition/interlock-open")
async def interlock_open(peer: DevicePeer) -> str:
    """An open interlock is told, and the scanner is Stopped."""
    return await _is_told(peer, "InterlockOpen", stopped=True)


@check("wscn/condition/internal-storage-full")
async def internal_storage_full(peer: DevicePeer) -> str:
    """A full storage is told, and the scanner is Stopped."""
    return await _is_told(peer, "InternalStorageFull", stopped=True)


@check("wscn/condition/lamp-error")
async def lamp_error(peer: DevicePeer) -> str:
    """A broken lamp is told, and the scanner is Stopped."""
    return await _is_told(peer, "LampError", stopped=True)


@check("wscn/condition/multiple-feed-error")
async def multiple_feed_error(peer: DevicePeer) -> str:
    """Two sheets at once are told, and the scanner is Stopped."""
    await peer.require_feeder()
    return await _is_told(peer, "MultipleFeedError", stopped=True)


async def _all_told(peer: DevicePeer) -> list[Told]:
    """ScannerStatus with each condition that somebody could bring about. Raises NotRun where there is none."""
    found, why = [], ""
    for name in ("CoverOpen", "LampError", "InternalStorageFull", "Calibrating"):
        try:
            found.append(await told_of(peer, name))
        except NotRun as error:
            why = str(error)
    if not found:
        raise NotRun(why)
    return found


@check("wscn/condition/critical-stops")
async def critical_stops(peer: DevicePeer) -> str:
    """While a condition is Critical the scanner is Stopped; where all are Informational it is not."""
    for told in (all_told := await _all_told(peer)):
        severities = [text(child(each, "Severity")) for each in told.active]
        found = f"{told.state} with conditions that are {', '.join(severities)}"
        if "Critical" in severities:
            require(told.state == "Stopped", found, "Stopped", [told.exchange], told.status)
        elif severities and set(severities) == {"Informational"}:
            require(told.state != "Stopped", found, "not Stopped", [told.exchange], told.status)
    return f"so in {len(all_told)}"


@check("wscn/condition/detectable-ones")
async def detectable_ones(peer: DevicePeer) -> str:
    """A condition that a device tells is also among its ScannerStateReasons, where it has a reason."""
    for told in (all_told := await _all_told(peer)):
        for each in told.active:
            name = text(child(each, "Name"))
            missing = name in STATE_REASONS and name not in told.reasons
            wanted = f"the reason {name}"
            require(not missing, f"reasons {', '.join(told.reasons)}", wanted, [told.exchange], told.status)
    return f"so in {len(all_told)}"


@check("wscn/condition/name-fits-component")
async def name_fits_component(peer: DevicePeer) -> str:
    """A condition is told of a Component that can have it."""
    for told in (all_told := await _all_told(peer)):
        for each in told.active:
            name, place = text(child(each, "Name")), text(child(each, "Component"))
            wanted = PLACES.get(name, (place,))
            right = place in wanted or ":" in place
            require(right, f"{name} of {place}", f"{name} of {' or '.join(wanted)}", [told.exchange], each)
    return f"so in {len(all_told)}"


# The state of a scanner that is at work


async def at_work(peer: DevicePeer) -> ScanJob:
    """A job of three sheets of which one was fetched: the scanner is not done with it. Raises NotRun."""
    feeder = await peer.require_feeder(3)
    job = await peer.new_job(await peer.ticket(feeder, images=3))
    expect(await peer.retrieve(job)).response("RetrieveImageResponse", WSCN)
    return job


async def _require_state(peer: DevicePeer, job: ScanJob, wanted: str) -> str:
    """ScannerState is that one, while the job has not ended. Raises Departure, NotRun."""
    told = await status_now(peer, lambda status: text(child(status, "ScannerState")) == wanted)
    found, answer = await status_of(peer, job)
    state = text(child(found, "JobState"))
    if state in FINAL_STATES:
        raise NotRun(f"the job is {state} already", [told.exchange, answer])
    require(told.state == wanted, f"{told.state}", wanted, [told.exchange, answer], told.status)
    return wanted


@check("wscn/scanner-state/processing-to-stopped")
async def processing_to_stopped(peer: DevicePeer) -> str:
    """A scanner that is at work is Stopped when its cover is opened."""
    job = await at_work(peer)
    await peer.hands.do(Action.OPEN)
    try:
        return await _require_state(peer, job, "Stopped")
    finally:
        await peer.hands.do(Action.CLEAR)


@check("wscn/scanner-state/stopped-to-processing")
async def stopped_to_processing(peer: DevicePeer) -> str:
    """A scanner whose cover is closed in the midst of a job is Processing again."""
    job = await at_work(peer)
    await peer.hands.do(Action.OPEN)
    await peer.hands.do(Action.CLEAR)
    return await _require_state(peer, job, "Processing")


@check("wscn/scanner-state/processing-to-idle")
async def processing_to_idle(peer: DevicePeer) -> str:
    """A scanner whose last job was cancelled is Idle."""
    job = await peer.new_job()
    expect(await peer.cancel(job.id)).response("CancelJobResponse", WSCN)
    await peer.until(job)
    await peer.settled()
    told = await status_now(peer)
    reasons = ", ".join(told.reasons)
    require(told.state == "Idle", f"{told.state} ({reasons}) without a job", "Idle", [told.exchange], told.status)
    return "Idle"
