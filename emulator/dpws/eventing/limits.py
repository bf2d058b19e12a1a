"""What subscribers may use up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Of one event source. Times are seconds unless they are timedeltas. No document gives numbers."""

    subscriptions: int = 256
    """Most subscriptions at once."""
    per_address: int = 32
    """Most of them from one IP address. A PC has one or two with each scanner."""
    longest: timedelta = timedelta(hours=1)
    """What is granted at most, and where no time is asked for."""
    queue: int = 1024
    """Events that wait for one subscriber, which may have hundreds of jobs under way; when one more comes the
    oldest is dropped."""
    delivery: float = 10.0
    """From the begin of one delivery until its answer is whole."""
    failures: int = 3
    """Deliveries that fail in a row before the subscriber is dropped."""
    pause: float = 1.0
    """Before an event is sent again that surely did not arrive."""
    stop: float = 2.0
    """How long `stop` waits for events under way, and then for the SubscriptionEnds."""

    def __post_init__(self) -> None:
        if self.longest < timedelta(seconds=1):
            raise ValueError(f"a subscription cannot end after {self.longest}: one second at least")
