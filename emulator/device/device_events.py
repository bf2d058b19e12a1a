"""The events of a device: what happens at its scanner goes to the subscribers of both services
(docs/protocol: dsm.md 11, ws-scan.md 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from emulator.device.destinations import Destinations
from emulator.device.event_messages import message_of
from emulator.device.points import SCANNER_EVENT
from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import ScannerEvent
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.dpws.eventing.subscriptions import Subscription
from emulator.wsscan.constants import DSD, DSD_EVENTS, WSCN, WSCN_2006_01, WSCN_EVENTS
from emulator.wsscan.messages.events import Event, name_of_event
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent
from emulator.wsscan.xml.vendor import declared


def _named(namespace: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Actions in another namespace, by which the events may be subscribed to as well."""
    return {f"{namespace}/{name}": f"{WSCN}/{name}" for name in names}


class DeviceEvents:
    """An event source for each of the two services. A subscriber of WS-Scan gets bodies of wscn, one of WS-DSD
    bodies of dsd; the action is the one that it filtered on and else, as printed, in wscn.
    [notes/c-02/event-actions-in-wscn] [notes/c-02/event-action-as-filtered]
    [dsd/event/action-of-wsscan] [dsd/event/action-of-the-filter] [dsd/event/body-of-the-endpoint]
    [dsd/event/no-filter] [dsd/event/only-to-subscribers] [dsd/event/subscriptions-of-wseventing]"""

    def __init__(
        self, scanner: VirtualScanner, destinations: Destinations, *, scan: SourceHosting, device: SourceHosting
    ) -> None:
        """`scan`, `device`: where the two services have their managers of subscriptions."""
        self._scanner = scanner
        self.scan = EventSource(
            [f"{WSCN}/{name}" for name in WSCN_EVENTS],
            scan,
            aliases=_named(WSCN_2006_01, WSCN_EVENTS),
            on_subscribe=destinations.subscribed,
            on_end=destinations.ended,
        )
        """Of WS-Scan."""
        self.device = EventSource(
            [f"{WSCN}/{name}" for name in DSD_EVENTS], device, aliases=_named(DSD, DSD_EVENTS)
        )
        """Of WS-DSD."""
        destinations.send = self._send
        scanner.layers.listen(SCANNER_EVENT, self._tell)

    def _tell(self, happened: ScannerEvent) -> None:
        event = message_of(happened, self._scanner)
        if event is not None:
            self._publish(self.scan, event, WSCN)
            self._publish(self.device, event, DSD)

    def _send(self, event: ScanAvailableEvent, subscription: Subscription) -> None:
        """Send it to the subscriber of the destination alone. [wscn/scan-available/event-to-one-client]"""
        self._publish(self.scan, event, WSCN, to=lambda each: each is subscription)

    async def start_over(self) -> None:
        """End the subscriptions of both services."""
        await asyncio.gather(self.scan.start_over(), self.device.start_over())

    async def stop(self) -> None:
        """Send what waits, and end the subscriptions; for some seconds at most."""
        await asyncio.gather(self.scan.stop(), self.device.stop())

    def _publish(
        self,
        source: EventSource,
        event: Event,
        namespace: str,
        *,
        to: Callable[[Subscription], bool] | None = None,
    ) -> None:
        if source.subscriptions:
            body = declared(event.to_xml(namespace), self._scanner.profile.prefixes)
            source.publish(f"{WSCN}/{name_of_event(event)}", body, to=to)
