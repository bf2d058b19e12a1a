"""Who is subscribed to what, and until when: the table of an event source, on a clock that is given to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from emulator.dpws.eventing.faults import event_source_unable_to_process, invalid_expiration_time
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.messages import Expires
from emulator.dpws.eventing.reference import EndpointReference
from emulator.dpws.scopes import starts_with
from emulator.soap.fault import FaultError

_SHORTEST: Final = timedelta(milliseconds=1)
"""What is shorter cannot be said to the millisecond."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscriber of a source."""

    identifier: str
    """A `urn:uuid:` URI that nobody can guess: who knows it may end the subscription."""
    path: str
    """Of the service's address at which it was subscribed."""
    peer: str
    """IP address of the subscriber."""
    notify_to: EndpointReference
    end_to: EndpointReference | None
    manager: EndpointReference
    """As the subscriber knows it."""
    filters: tuple[str, ...] | None
    """The entries of its filter that match an action of the source; None: no filter."""
    expires_at: float = 0.0
    """By the clock of the table, in seconds."""
    in_time: bool = False
    """It asked with a xs:dateTime and is answered so."""
    ended: bool = False


class Actions:
    """The actions of a source, each with other names that it goes by."""

    def __init__(self, actions: Iterable[str], aliases: Mapping[str, str] | None = None) -> None:
        """`aliases`: other name -> action."""
        self._names: dict[str, tuple[str, ...]] = {action: (action,) for action in actions}
        for alias, action in (aliases or {}).items():
            self._names[action] += (alias,)

    def __contains__(self, action: object) -> bool:
        return action in self._names

    def known(self, filters: Iterable[str]) -> tuple[str, ...]:
        """Those entries of a filter, each once, that match an action."""
        every = [name for names in self._names.values() for name in names]
        return tuple(entry for entry in dict.fromkeys(filters) if any(matches(entry, name) for name in every))

    def name_for(self, filters: tuple[str, ...] | None, action: str) -> str:
        """The name of `action` that the filter asks for by its first entry that matches; '' where none does."""
        if filters is None:
            return action
        found = (name for entry in filters for name in self._names[action] if matches(entry, name))
        return next(found, "")


def matches(entry: str, action: str) -> bool:
    """Whether an entry of an action filter lets an action through: it is the same, or its beginning by whole
    segments (DPWS 2006/02, section 6.1.2: as rfc2396 of WS-Discovery).
    [eventing/filter/matches-by-whole-segments] [eventing/filter/equal-action-suffices]"""
    return entry == action or starts_with(entry, action)


class Subscriptions:
    """The table. What has expired is not in it any more, whenever one looks."""

    def __init__(self, limits: SourceLimits, clock: Callable[[], float], wall: Callable[[], datetime]) -> None:
        """`clock`: seconds that never go back; `wall`: the time of day, with a zone, for times of expiry."""
        self._limits = limits
        self._clock = clock
        self._wall = wall
        self._live: dict[str, Subscription] = {}

    def __len__(self) -> int:
        return len(self._live)

    def live(self) -> tuple[Subscription, ...]:
        """All that have not expired, in the order in which they were made."""
        now = self._clock()
        return tuple(each for each in self._live.values() if each.expires_at > now)

    def find(self, identifier: str) -> Subscription | None:
        """The one of that identifier, unless it has expired."""
        found = self._live.get(identifier)
        return found if found is not None and found.expires_at > self._clock() else None

    def check_room(self, peer: str) -> None:
        """Raises FaultError (wse:EventSourceUnableToProcess) when `peer` may not have one more."""
        live = self.live()
        if len(live) >= self._limits.subscriptions:
            raise FaultError(event_source_unable_to_process("The event source has too many subscriptions."))
        if sum(each.peer == peer for each in live) >= self._limits.per_address:
            raise FaultError(event_source_unable_to_process(f"There are too many subscriptions from {peer}."))

    def add(self, subscription: Subscription, expires: Expires | None) -> Expires:
        """Enter it; the time granted, in the form that was asked with. Raises FaultError: no room, or
        wse:InvalidExpirationTime."""
        self.check_room(subscription.peer)
        granted = self.renew(subscription, expires)
        self._live[subscription.identifier] = subscription
        return granted

    def renew(self, subscription: Subscription, expires: Expires | None) -> Expires:
        """Let it last from now on as long as asked for, or as long as the limit; the time granted. Raises
        FaultError (wse:InvalidExpirationTime), and nothing has changed then."""
        granted = self._grant(expires)
        subscription.expires_at = self._clock() + granted.total_seconds()
        if expires is not None:
            subscription.in_time = isinstance(expires, datetime)
        return self._told(granted, subscription)

    def left(self, subscription: Subscription) -> Expires:
        """The time left."""
        seconds = max(subscription.expires_at - self._clock(), 0.0)
        return self._told(timedelta(seconds=seconds), subscription)

    def remove(self, subscription: Subscription) -> bool:
        """Take it out and mark it as ended; whether it was there."""
        subscription.ended = True
        return self._live.pop(subscription.identifier, None) is not None

    def take_expired(self) -> list[Subscription]:
        """Those that have expired since the last look; they are out of the table now."""
        now = self._clock()
        found = [each for each in self._live.values() if each.expires_at <= now]
        for each in found:
            self.remove(each)
        return found

    def next_expiry(self) -> float | None:
        """Seconds until one expires; None where there is none."""
        first = min((each.expires_at for each in self._live.values()), default=None)
        return None if first is None else max(first - self._clock(), 0.0)

    def _grant(self, expires: Expires | None) -> timedelta:
        # The law: [eventing/expires/granted-time] [eventing/expires/in-the-future] [eventing/expires/absent]
        if expires is None:
            return self._limits.longest
        asked = expires
        if isinstance(asked, datetime):
            asked = (asked if asked.tzinfo is not None else asked.replace(tzinfo=UTC)) - self._wall()
        if asked < _SHORTEST:
            raise FaultError(invalid_expiration_time())
        return min(asked, self._limits.longest)

    def _told(self, time: timedelta, subscription: Subscription) -> Expires:
        """Never longer than it is. Whole seconds where there is one: not every client reads fractions.
        [eventing/expires/duration-answered-with-a-duration]
        [eventing/expires/date-time-answered-with-a-date-time]"""
        if subscription.in_time:
            return self._wall() + time
        unit = timedelta(seconds=1) if time >= timedelta(seconds=1) else _SHORTEST
        return time // unit * unit
