"""Jobs of devices that take none but those that are begun at their panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from emulator.conformance.devices.hands import Action
from emulator.conformance.names import WSCN
from emulator.conformance.subscribing import subscribed
from emulator.conformance.verdict import NotRun

if TYPE_CHECKING:
    from emulator.conformance.devices.peer import DevicePeer

DESTINATION: Final = "Conformance of jobs"


def destination(name: str, context: str) -> str:
    """wscn:ScanDestinations of one destination, as XML."""
    return (
        f"<wscn:ScanDestinations><wscn:ScanDestination><wscn:ClientDisplayName>{name}</wscn:ClientDisplayName>"
        f"<wscn:ClientContext>{context}</wscn:ClientContext></wscn:ScanDestination></wscn:ScanDestinations>"
    )


async def begun_at_panel(peer: DevicePeer) -> str:
    """Offer a destination, have a scan to it begun at the panel; ScanIdentifier and DestinationToken for
    CreateScanJob, as XML. Raises Departure, NotRun. [wscn/create-scan-job/request]"""
    sink = peer.require_sink()
    granted = await subscribed(peer, f"{WSCN}/ScanAvailableEvent", more=destination(DESTINATION, "judge"))
    token = granted.answer.envelope.text("//wscn:DestinationResponse/wscn:DestinationToken")
    await peer.hands.do(Action.SCAN_TO, to=DESTINATION)
    came = await sink.wait(granted.notify_to, "ScanAvailableEvent", peer.limits.event)
    told = came[0].asked if came else None
    if told is None:
        raise NotRun("no ScanAvailableEvent of a scan that was begun at the panel", [granted.answer])
    identifier = told.text("//wscn:ScanIdentifier")
    return (
        f"<wscn:ScanIdentifier>{escape(identifier)}</wscn:ScanIdentifier>"
        f"<wscn:DestinationToken>{escape(token)}</wscn:DestinationToken>"
    )
