"""Scans that are begun at the device for a PC: the destinations that subscribers offer, and the ScanAvailableEvents
that were sent to them (ws-scan.md section 7)."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from emulator.dpws.eventing.subscriptions import Subscription, matches
from emulator.dpws.points import tell_deviations
from emulator.layers import Layers
from emulator.soap.deviations import Deviations
from emulator.soap.fault import FaultError
from emulator.soap.xml import local_name, namespace_of
from emulator.wsscan import faults
from emulator.wsscan.constants import SCAN_AVAILABLE_EVENT, WSCN, WSCN_ACCEPTED
from emulator.wsscan.messages.events_scan_available import ScanAvailableEvent
from emulator.wsscan.values.destinations import DestinationResponse, ScanDestination
from emulator.wsscan.xml.destinations import read_scan_destinations, write_destination_responses

_log = logging.getLogger(__name__)

MAX_DESTINATIONS: Final = 32
"""Most that one subscription may offer. No document gives a number."""
MAX_CLIENT_CONTEXT: Final = 1024
"""Most characters of a ClientContext, which is kept as long as its subscription. No document gives a number."""
MAX_IDENTIFIERS: Final = 16
"""ScanIdentifiers of one destination that may wait for their jobs; the oldest gives way."""

_ELEMENT: Final = "ScanDestinations"


class NoSuchDestination(LookupError):
    """Nobody offers it, or several do. `str()` says which there are, for people."""


@dataclass(slots=True, eq=False)
class OfferedDestination:
    """A destination that lasts as long as its subscription."""

    destination: ScanDestination
    token: str
    """DestinationToken: a secret of the device and of who offered it."""
    subscription: Subscription
    identifiers: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_IDENTIFIERS))
    """ScanIdentifiers whose jobs have not come yet."""


class Destinations:
    """All that are offered at a device (`ScanDestinations` of the WS-Scan service)."""

    def __init__(self, layers: Layers) -> None:
        """`layers`: where they are strict, ScanDestinations with a deviation from the documents are refused."""
        self._layers = layers
        self._offered: dict[str, OfferedDestination] = {}
        self.send: Callable[[ScanAvailableEvent, Subscription], None] = lambda event, subscription: None
        """Sends an event to one subscriber."""

    # Subscriptions

    def subscribed(
        self, extensions: tuple[etree._Element, ...], subscription: Subscription
    ) -> tuple[etree._Element, ...]:
        """The elements that a Subscribe brought beside its own: ScanDestinations are answered by
        DestinationResponses, where the filter lets ScanAvailableEvent through. Raises FaultError (wscn:InvalidArgs)
        and ContentError.
        [wscn/scan-available/scan-destinations] [wscn/scan-available/destination-responses]
        [wscn/scan-available/context-copied] [clients/wsd-python/scan-destinations-in-2006-01]
        [eventing/filter/scan-destinations-of-2006-01]"""
        deviations = Deviations()
        found: list[ScanDestination] = []
        for element in extensions:
            if local_name(element) == _ELEMENT and namespace_of(element) in WSCN_ACCEPTED:
                if namespace_of(element) != WSCN:
                    deviations.note("namespace", _ELEMENT, namespace_of(element))
                found += read_scan_destinations(element, deviations)
        tell_deviations(self._layers, subscription.peer, "Subscribe", deviations)
        for deviation in deviations:
            if self._layers.strict:
                raise FaultError(faults.invalid_args(f"strict: {deviation}"))
            _log.warning("Subscribe from %s: %s", subscription.peer, deviation)
        if len(found) > MAX_DESTINATIONS:
            raise FaultError(faults.invalid_args(f"{_ELEMENT}: more than {MAX_DESTINATIONS}"))
        if any(len(each.client_context) > MAX_CLIENT_CONTEXT for each in found):
            raise FaultError(faults.invalid_args(f"ClientContext: more than {MAX_CLIENT_CONTEXT} characters"))
        if not found:
            return ()
        if not _wants_scans(subscription):
            _log.warning("%s offers destinations, and its filter leaves ScanAvailableEvent out", subscription.peer)
            return ()
        offered = [OfferedDestination(each, secrets.token_hex(16), subscription) for each in found]
        self._offered.update((each.token, each) for each in offered)
        answer = [DestinationResponse(each.destination.client_context, each.token) for each in offered]
        return (write_destination_responses(answer),)

    def ended(self, subscription: Subscription) -> None:
        """Its destinations are gone, and the scans that were begun for them.
        [wscn/scan-available/destinations-end-with-the-subscription]"""
        self._offered = {
            token: each for token, each in self._offered.items() if each.subscription is not subscription
        }

    # The panel

    @property
    def choices(self) -> tuple[ScanDestination, ...]:
        """What people can choose, the oldest first. [wscn/scan-available/display-name-shown]"""
        return tuple(each.destination for each in self._live())

    def begin(self, name: str) -> str:
        """Somebody chooses the destination of that ClientDisplayName (in any case) or ClientContext: its subscriber
        gets a ScanAvailableEvent. The ScanIdentifier of that. Raises NoSuchDestination.
        [wscn/scan-available/event-to-one-client] [wscn/scan-available/identifier-unique]"""
        live = self._live()
        found = [each for each in live if each.destination.display_name.casefold() == name.casefold()]
        found = found if len(found) == 1 else [each for each in live if each.destination.client_context == name]
        if len(found) != 1:
            raise NoSuchDestination(_which(name, live))
        (chosen,) = found
        identifier = uuid.uuid4().urn
        chosen.identifiers.append(identifier)
        self.send(ScanAvailableEvent(chosen.destination.client_context, identifier), chosen.subscription)
        _log.info("a scan for %s is available", chosen.destination.display_name)
        return identifier

    def _live(self) -> list[OfferedDestination]:
        return [each for each in self._offered.values() if not each.subscription.ended]

    # CreateScanJob

    def knows_token(self, destination_token: str) -> bool:
        """Whether a subscription that lasts has that DestinationToken. [wscn/scan-available/token-checked]"""
        found = self._offered.get(destination_token)
        return found is not None and not found.subscription.ended

    def knows_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """Whether a ScanAvailableEvent to that destination had the identifier, and no job has had it yet.
        [wscn/scan-available/identifier-checked]"""
        found = self._offered.get(destination_token)
        return found is not None and scan_identifier in found.identifiers

    def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
        """The same; it is good for one job, and this one has it."""
        if not self.knows_identifier(scan_identifier, destination_token):
            return False
        self._offered[destination_token].identifiers.remove(scan_identifier)
        return True


def _wants_scans(subscription: Subscription) -> bool:
    actions = [f"{namespace}/{SCAN_AVAILABLE_EVENT}" for namespace in WSCN_ACCEPTED]
    entries = subscription.filters
    return entries is None or any(matches(entry, action) for entry in entries for action in actions)


def _which(name: str, live: list[OfferedDestination]) -> str:
    alike = [each for each in live if each.destination.display_name.casefold() == name.casefold()]
    if len(alike) > 1:
        contexts = ", ".join(each.destination.client_context for each in alike)
        return f"{len(alike)} destinations are named {name!r}; say which by its ClientContext: {contexts}"
    names = ", ".join(each.destination.display_name for each in live)
    return f"no destination is named {name!r}; there are: {names or 'none'}"
