"""What keeps a responder from being a nuisance: it answers a message once, and no address with more than so many
octets.

Sources of datagrams are easily forged. Whatever is sent to us in the name of another, what that other gets of us
is limited, and so is the memory that all others take.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Octets a second (rate), and octets at once after a rest (burst), repetitions included. The limits for one
    address grow with the number of targets, each of which answers with some 1,300 octets."""

    rate: float = 24_000.0
    """sane-airscan asks 4 to 10 times a second."""
    rate_per_target: float = 600.0
    burst: float = 32_000.0
    burst_per_target: float = 4_500.0
    """A Probe that all answer and repeat, and another that all answer."""
    total_rate: float = 6_000_000.0
    """To all addresses together."""
    total_burst: float = 24_000_000.0
    addresses: int = 4_096
    """Addresses remembered; of more, the one longest unheard of is forgotten."""


class TokenBuckets:
    """Tokens by key: each fills at `rate` a second up to `burst`."""

    def __init__(self, rate: float, burst: float, keys: int) -> None:
        self.rate = rate
        self.burst = burst
        self._keys = keys
        self._state: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def available(self, key: Hashable, now: float) -> int:
        """Whole tokens that are there."""
        return int(self._fill(key, now))

    def take(self, key: Hashable, now: float, count: int) -> None:
        """Take so many."""
        self._state[key] = (self._fill(key, now) - count, now)
        self._state.move_to_end(key)
        if len(self._state) > self._keys:
            self._state.popitem(last=False)

    def _fill(self, key: Hashable, now: float) -> float:
        tokens, since = self._state.get(key, (self.burst, now))
        return min(self.burst, tokens + (now - since) * self.rate)


class SeenMessages:
    """Messages seen before: at most `size`, and each for `lifetime` seconds (who uses one MessageID for ever is
    heard again). [clients/wsd-python/duplicates-by-message-id] [discovery/timing/repeated-message-ids-dropped]"""

    def __init__(self, size: int = 4_096, lifetime: float = 60.0) -> None:
        self._size = size
        self._lifetime = lifetime
        self._times: OrderedDict[Hashable, float] = OrderedDict()

    def before(self, key: Hashable, now: float) -> bool:
        """Whether it was seen within the lifetime; from now on it has been."""
        last = self._times.get(key)
        if last is not None and now - last < self._lifetime:
            return True
        self._times[key] = now
        self._times.move_to_end(key)
        if len(self._times) > self._size:
            self._times.popitem(last=False)
        return False

    def __len__(self) -> int:
        return len(self._times)
