"""How often and how late discovery messages go out (docs/protocol/dpws.md section 2.1). Times are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

MAX_SPREAD: Final = 2.0
"""Seconds. sane-airscan collects answers for 2.5 s, Windows for 4 s
[discovery/timing/answers-within-half-a-second]."""

_AT_ONCE: Final = 20
"""Byes that go out without being spread: no buffer of who listens is too small for them."""

MAX_BYE_SPREAD: Final = 3.0
"""Seconds: with the repetitions all is said in less than five."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The numbers of SOAP-over-UDP and WS-Discovery 2005/04, with the repeats of DPWS 2006/02, appendix I, which
    is the quieter choice. All clients met accept them.
    [discovery/timing/unicast-udp-repeat] [discovery/timing/multicast-udp-repeat]
    [discovery/timing/repeats-accepted-everywhere]"""

    app_max_delay: float = 0.5
    """APP_MAX_DELAY: longest wait before a ProbeMatches. Windows' firewall drops what comes after 4 s."""
    hello_max_delay: float = 0.1
    """The same before a Hello. DPWS says 5 s, for networks where all devices start at once; WSDAPI does not
    wait at all."""
    per_target: float = 0.001
    """A burst of many targets' messages is spread over at least this for each (but never over more than
    MAX_SPREAD), so that the buffers of those who listen do not overflow; not if the delay is 0."""
    multicast_repeat: int = 2
    """MULTICAST_UDP_REPEAT: how often a message to the group goes out again."""
    unicast_repeat: int = 1
    """UNICAST_UDP_REPEAT."""
    min_delay: float = 0.05
    """UDP_MIN_DELAY: shortest wait before the first repetition."""
    max_delay: float = 0.25
    """UDP_MAX_DELAY: longest wait before the first repetition."""
    upper_delay: float = 0.5
    """UDP_UPPER_DELAY: the wait doubles with each repetition up to this."""

    def first_gap(self, random: Random) -> float:
        """Wait before the first repetition. [discovery/timing/first-gap]"""
        return random.uniform(self.min_delay, self.max_delay)

    def next_gap(self, gap: float) -> float:
        """Wait after one of `gap`. [discovery/timing/gap-doubles-to-the-upper-delay]"""
        return min(2 * gap, self.upper_delay)

    def answer_spread(self, targets: int) -> float:
        """Time over which the answers of so many targets to one Probe are spread.
        [discovery/timing/app-max-delay]"""
        return self._spread(self.app_max_delay, targets)

    def hello_spread(self, targets: int) -> float:
        """Time over which the Hellos of so many targets are spread. [discovery/timing/hello-delayed]"""
        return self._spread(self.hello_max_delay, targets)

    def bye_spread(self, targets: int) -> float:
        """Time over which the Byes of so many targets are spread: few say it at once. Nobody waits for them, so
        they go out at half the pace of answers: who forgets a target has more to do than to read."""
        if targets <= _AT_ONCE or not self.hello_max_delay:
            return 0.0
        return min(2 * targets * self.per_target, MAX_BYE_SPREAD)

    def leave_taken(self, targets: int) -> float:
        """Seconds until the last of so many targets has said its last Bye, at most."""
        return self.bye_spread(targets) + self.repeated_for

    @property
    def repeated_for(self) -> float:
        """Seconds from a message to the group to its last repetition, at most."""
        gaps = [self.max_delay]
        for _ in range(self.multicast_repeat - 1):
            gaps.append(self.next_gap(gaps[-1]))
        return sum(gaps[: self.multicast_repeat])

    def _spread(self, delay: float, targets: int) -> float:
        return min(max(delay, targets * self.per_target), MAX_SPREAD) if delay else 0.0
