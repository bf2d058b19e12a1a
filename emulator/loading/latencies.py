"""Times by their size, so that any number of them takes no more room: each percentile is right to a hundredth."""

from __future__ import annotations

import math
from typing import Any, Final

_STEP: Final = math.log(1.02)
"""Classes are 2 % wide: their middle is at most 1 % off."""
_LEAST: Final = 1e-6
"""Seconds; what is shorter counts as this."""


class Latencies:
    """Seconds of any number of things."""

    def __init__(self) -> None:
        self._classes: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.longest = 0.0
        self.shortest = math.inf

    def add(self, seconds: float) -> None:
        """Count one."""
        seconds = max(seconds, _LEAST)
        number = int(math.log(seconds / _LEAST) / _STEP)
        self._classes[number] = self._classes.get(number, 0) + 1
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)
        self.shortest = min(self.shortest, seconds)

    def merge(self, other: Latencies) -> None:
        """Count those of another too."""
        for number, count in other._classes.items():
            self._classes[number] = self._classes.get(number, 0) + count
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)
        self.shortest = min(self.shortest, other.shortest)

    def percentile(self, percent: float) -> float | None:
        """Seconds that `percent` of a hundred have not exceeded (nearest rank); None where there is none."""
        if not self.count:
            return None
        rank = max(1, math.ceil(self.count * percent / 100))
        if rank == self.count:
            return self.longest
        seen = 0
        for number in sorted(self._classes):
            seen += self._classes[number]
            if seen >= rank:
                middle = _LEAST * math.exp((number + 0.5) * _STEP)
                return min(max(middle, self.shortest), self.longest)
        raise AssertionError

    @property
    def mean(self) -> float | None:
        """Seconds; None where there is none."""
        return self.total / self.count if self.count else None

    def as_dict(self) -> dict[str, Any]:
        """Milliseconds, for JSON."""
        told = {"p50": 50.0, "p90": 90.0, "p99": 99.0}
        return {
            "count": self.count,
            "mean_ms": _ms(self.mean),
            **{f"{name}_ms": _ms(self.percentile(percent)) for name, percent in told.items()},
            "max_ms": _ms(self.longest if self.count else None),
        }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
