"""Whether a fault acts at what passes: counted for each device and conversation, never by the clock, so that the
same plan, seed and traffic give the same firings."""

from __future__ import annotations

import hashlib
import random
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from emulator.faults.fired import Fired
from emulator.faults.plan import Fault

MAX_COUNTS: Final = 100_000
"""Conversations whose counts are kept for one fault; the longest silent is forgotten."""


@dataclass(frozen=True, slots=True)
class Passes:
    """What passes at a place, as far as faults ask for it."""

    device: str = ""
    """Who does otherwise: the name of the device, '' of the scan server. Counts are kept for each, and `chance`
    depends on it."""
    conversation: str = ""
    """Counts are kept for each, but that of `chance`: at the scan server the JobToken, in discovery the peer."""
    number: int | None = None
    """Of the page or of the document, from 1."""
    where: str = ""
    """Operation, page or target, for people."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A fault has acted, or is about to."""

    fault: Fault
    passes: Passes
    count: int
    """The how manieth that passed there, from 1."""
    dice: random.Random = field(repr=False, compare=False)
    """For what an alteration chooses: the same for the same seed, fault, device and count."""

    @property
    def fired(self) -> Fired:
        """What is told of it."""
        fault, passes = self.fault, self.passes
        told = str(fault.at), fault.alteration.name, passes.where, passes.device
        return Fired(fault.name, *told, self.count, passes.number)


def habit_firing(fault: Fault, passes: Passes) -> Firing:
    """The fault of a habit acts. It chooses the same at every message."""
    return Firing(fault, passes, 0, random.Random(fault.name))  # noqa: S311 - no secret


@dataclass(slots=True)
class _Count:
    passed: int = 0
    fired: int = 0


class Counts:
    """The counts of one fault."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self._fault = fault
        self._seed = seed
        self._by_conversation: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._drawn: dict[str, int] = {}
        """How often `chance` was asked, by device: by conversation, jobs of one image would draw the same lot."""

    def fires(self, passes: Passes) -> Firing | None:
        """Count one more, and return whether the fault acts at it."""
        fault = self._fault
        wanted = fault.when.image if fault.when.image is not None else fault.when.page
        if wanted is not None and passes.number != wanted:
            return None
        key = passes.device, passes.conversation
        count = self._by_conversation.setdefault(key, _Count())
        self._by_conversation.move_to_end(key)
        if len(self._by_conversation) > MAX_COUNTS:
            self._by_conversation.popitem(last=False)
        count.passed += 1
        if not self._meant(count, passes.device):
            return None
        count.fired += 1
        return Firing(fault, passes, count.passed, self._dice(passes.device, count.passed))

    def _meant(self, count: _Count, device: str) -> bool:
        when = self._fault.when
        if self._fault.times is not None and count.fired >= self._fault.times:
            return False
        if when.nth is not None:
            return count.passed == when.nth
        if when.every is not None:
            return count.passed % when.every == 0
        if when.chance is None:
            return True
        drawn = self._drawn[device] = self._drawn.get(device, 0) + 1
        return self._dice(device, drawn).random() < when.chance

    def _dice(self, device: str, count: int) -> random.Random:
        said = "\0".join((str(self._seed), self._fault.name, device, str(count)))
        return random.Random(hashlib.sha256(said.encode()).digest())  # noqa: S311 - no secret
