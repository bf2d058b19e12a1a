"""The events of a device: what happens at its scanner goes to the subscribers of both services (dsm.md section 11,
ws-scan.md section 8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from emulator.device.destinations import Destinations
from emulator.device.event_messages import message_of
from emulator.device.points import SCANNER_EVENT
from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import ScannerEvent
from emulator.dpws.eventing.delivery import ClientFactory
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.eventing.subscriptions import Subscription
from emulator.wsscan.constants import DSD, DSD_EVENTS, WSCN, WSCN_2006_01, WSCN_EVENTS
from emulator.wsscan.messages.events import Event, name_of_event
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent


def _named(namespace: str, names: tuple[str, ...]) -> Mapping[str, str]:
    """Actions in another namespace, by which the events may be subscribed to as well."""
    return {f"{namespace}/{name}": f"{WSCN}/{name}" for name in names}


class DeviceEvents:
    """An event source for each of the two services. A subscriber of WS-Scan gets bodies of wscn, one of WS-DSD
    bodies of dsd; the action is the one that it filtered on and else, as printed, in wscn (NOTES C-02)."""

    def __init__(
        self,
        scanner: VirtualScanner,
        destinations: Destinations,
        *,
        scan_manager: str,
        device_manager: str,
        base_url: Callable[[], str],
        client_factory: ClientFactory,
        strict: bool = False,
        limits: SourceLimits | None = None,
    ) -> None:
        """`scan_manager`, `device_manager`: paths of the managers of subscriptions; `base_url`: for subscribers who
        do not say how they reached us; `client_factory`: for deliveries (`event_clients`)."""
        self._scanner = scanner
        self.scan = EventSource(
            [f"{WSCN}/{name}" for name in WSCN_EVENTS],
            aliases=_named(WSCN_2006_01, WSCN_EVENTS),
            client_factory=client_factory,
            manager_path=scan_manager,
            base_url=base_url,
            on_subscribe=destinations.subscribed,
            on_end=destinations.ended,
            strict=strict,
            limits=limits,
        )
        """Of WS-Scan."""
        self.device = EventSource(
            [f"{WSCN}/{name}" for name in DSD_EVENTS],
            aliases=_named(DSD, DSD_EVENTS),
            client_factory=client_factory,
            manager_path=device_manager,
            base_url=base_url,
            strict=strict,
            limits=limits,
        )
        """Of WS-DSD."""
        destinations.send = self._send
        scanner.layers.listen(SCANNER_EVENT, self._tell)

    def _tell(self, happened: ScannerEvent) -> None:
        event = message_of(happened, self._scanner)
        if event is not None:
            _publish(self.scan, event, WSCN)
            _publish(self.device, event, DSD)

    def _send(self, event: ScanAvailableEvent, subscription: Subscription) -> None:
        """To the subscriber of the destination alone."""
        _publish(self.scan, event, WSCN, to=lambda each: each is subscription)

    async def stop(self) -> None:
        """Send what waits, and end the subscriptions; for some seconds at most."""
        await asyncio.gather(self.scan.stop(), self.device.stop())


def _publish(
    source: EventSource, event: Event, namespace: str, *, to: Callable[[Subscription], bool] | None = None
) -> None:
    if source.subscriptions:
        source.publish(f"{WSCN}/{name_of_event(event)}", event.to_xml(namespace), to=to)
