"""JobIds of scan jobs, by all that the device has told in the run (docs/protocol/ws-scan.md, section 2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from emulator.conformance.devices.checks import check
from emulator.conformance.devices.configuration import MOST
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require


def _created(peer: DevicePeer) -> list[tuple[int, Exchange]]:
    """JobIds of all jobs that were created, by whichever check, and the answers that told them."""
    found = []
    for each in peer.recording:
        told = each.told if each.operation == "CreateScanJob" else None
        id = "" if told is None else told.text("//wscn:CreateScanJobResponse/wscn:JobId")
        if re.fullmatch(r"-?[0-9]+", id):  # of another one its own job is told
            found.append((int(id), each))
    return found


def _known_between(peer: DevicePeer, id: int, first: Exchange, second: Exchange) -> bool:
    """Whether the last answer about a job, before another one was created, was of a job that is known."""
    asked = [
        each
        for each in peer.recording
        if first.number < each.number < second.number
        and each.operation == "GetJobElements"
        and f"JobId>{id}<".encode() in each.request
    ]
    told = asked[-1].told if asked else None
    return told is not None and told.fault is None


async def _holds(peer: DevicePeer, look: Callable[[list[tuple[int, Exchange]]], None]) -> None:
    """Look at all JobIds before more are asked for, for who mistakes his jobs takes none at last; then at two more.
    Raises Departure, NotRun."""
    look(_created(peer))
    await peer.ended_job()
    await peer.new_job()
    look(_created(peer))


@check("wscn/job/job-id", "notes/c-18/job-id-within-xs-int")
async def job_id(peer: DevicePeer) -> None:
    """JobIds are integers of 1 to 2147483647, and no two jobs that are known have the same."""

    def look(created: list[tuple[int, Exchange]]) -> None:
        for id, answer in created:
            require(1 <= id <= MOST, f"JobId {id}", f"1 to {MOST}", [answer])
        for (id, first), (again, second) in pairwise(created):
            twice = id == again and _known_between(peer, id, first, second)
            require(not twice, f"JobId {id} twice", "another one", [first, second])

    await _holds(peer, look)


@check("wscn/job/job-id-not-reused")
async def job_id_not_reused(peer: DevicePeer) -> None:
    """A job has not the JobId of the one before it."""

    def look(created: list[tuple[int, Exchange]]) -> None:
        for (id, first), (again, second) in pairwise(created):
            require(again != id, f"JobId {again} again", "another one", [first, second])

    await _holds(peer, look)
