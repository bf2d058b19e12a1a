"""Where an event source is at home, and who brings its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.dpws.eventing.limits import SourceLimits
from emulator.layers import Layers
from emulator.transport.http import HttpClient

ClientFactory = Callable[[], HttpClient]
"""Makes a client for the deliveries to one subscriber, which is closed when nothing waits for that one."""


@dataclass(frozen=True, slots=True)
class SourceHosting:
    """Of one event source."""

    manager_path: str
    """Where its manager of subscriptions answers."""
    base_url: Callable[[], str]
    """Scheme, host and port for subscribers who do not say how they reached us."""
    client_factory: ClientFactory
    """Of those that bring the events; see `event_clients`."""
    layers: Layers = field(default_factory=Layers)
    limits: SourceLimits = field(default_factory=SourceLimits)
    anywhere: bool = False
    """Events may go to other hosts than the subscriber's own IP address."""
