"""What a scanner tells of itself when that has changed (docs/protocol/ws-scan.md, section 8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from emulator.conformance.devices.asked_device import DESCRIPTION, STATUS
from emulator.conformance.devices.checks import SECTIONS, check
from emulator.conformance.devices.direct.events import content_of
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import children, own_names, require_children, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import WSCN
from emulator.conformance.subscribing import subscribed
from emulator.conformance.verdict import Departure

CHANGE_EVENT: Final = "ScannerElementsChangeEvent"
PLACE: Final = "Room of the judge"
_SECTIONS: Final = tuple(each.partition(":")[2] for each in SECTIONS if each != STATUS)


@dataclass(frozen=True, slots=True)
class Change:
    """The location of a device was changed."""

    events: tuple[Exchange, ...]
    granted: Exchange
    description: Any
    """wscn:ScannerDescription behind it."""
    exchange: Exchange
    """That brought it."""

    @property
    def elements(self) -> tuple[Any, Exchange]:
        """ElementChanges of the first event. Raises Departure where none came."""
        if not self.events:
            raise Departure(f"no {CHANGE_EVENT}", "one when the description has changed", [self.granted])
        return content_of(self.events[0], "ElementChanges"), self.events[0]


async def changed(peer: DevicePeer) -> Change:
    """What a subscriber is told when the device gets another location, seen once for all checks. Raises NotRun."""

    async def make() -> Change:
        before, _ = await peer.section(DESCRIPTION)
        places = children(before, "ScannerLocation")
        sink = peer.require_sink()
        subscription = await subscribed(peer, f"{WSCN}/{CHANGE_EVENT}")
        await peer.hands.do(Action.DESCRIBE, location=PLACE)
        try:
            await sink.wait(subscription.notify_to, CHANGE_EVENT, peer.limits.event)
            await asyncio.sleep(peer.limits.quiet)
            behind, exchange = await peer.fresh_section(DESCRIPTION)
            events = tuple(sink.at(subscription.notify_to))
        finally:
            await peer.hands.do(Action.DESCRIBE, location=text(places[0]) if places else "")
        return Change(events, subscription.answer, behind, exchange)

    return await peer.situation("a device that gets another location", make)


@check(
    "wscn/event/scanner-elements-change",
    "dsd/event/scanner-elements-change",
    "dsd/event/all-six",
    "notes/c-28/scanner-elements-change-event",
)
async def scanner_elements_change(peer: DevicePeer) -> str:
    """A change of the description is told by ScannerElementsChangeEvent, with ElementChanges of sections alone."""
    came = await changed(peer)
    elements, event = came.elements
    found = own_names(elements)
    wrong = [each for each in found if each not in _SECTIONS]
    require(not wrong, f"{', '.join(wrong)} in ElementChanges", ", ".join(_SECTIONS), [event], elements)
    right = "ScannerDescription" in found
    require(right, f"ElementChanges with {', '.join(found) or 'nothing'}", "ScannerDescription", [event], elements)
    return ", ".join(found)


@check("wscn/event/changed-element-complete", "dsd/event/changed-element-is-whole")
async def changed_element_complete(peer: DevicePeer) -> str:
    """ScannerDescription in ElementChanges is whole: it is the one that GetScannerElements has behind it."""
    came = await changed(peer)
    elements, event = came.elements
    told = children(elements, "ScannerDescription")
    require(len(told) == 1, f"{len(told)} ScannerDescription", "one", [event], elements)
    wanted = own_names(came.description)
    require_children(told[0], tuple(wanted), event)
    for one, other in zip(told[0], came.description, strict=False):
        right = text(one) == text(other)
        require(right, repr(text(one)), repr(text(other)), [event, came.exchange], one)
    return ", ".join(wanted)
