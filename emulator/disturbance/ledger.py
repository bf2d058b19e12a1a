"""What has fired of a plan, counted and told; one for all devices of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from emulator.faults.counting import Counts, Firing, Passes, habit_firing
from emulator.faults.plan import Fault, FaultPlan
from emulator.layers import Layers
from emulator.trace.kinds import FaultTold
from emulator.trace.points import HAPPENED, tell_happened
from emulator.transport.observe import purposes

MAX_FIRINGS: Final = 10_000
"""That are kept; further ones are counted and told."""


class Ledger:
    """Counts each fault of a plan, and keeps what fired. Its methods run in the event loop's thread."""

    def __init__(self, plan: FaultPlan, listeners: list[Callable[[Firing], None]] | None = None) -> None:
        """`listeners`: are told of each firing; somebody else's list, which may change."""
        self.plan = plan
        self.firings: list[Firing] = []
        """In the order in which they happened, the first of them."""
        self._counts = {id(fault): Counts(fault, plan.seed) for fault in plan.faults}
        self._fired: dict[str, int] = {}
        self._ever: set[str] = set()
        self._listeners = [] if listeners is None else listeners

    def forget(self) -> None:
        """Count anew, as if nothing had fired."""
        self.firings.clear()
        self._fired.clear()
        self._counts = {id(fault): Counts(fault, self.plan.seed) for fault in self.plan.faults}

    def firing(self, faults: Iterable[Fault], passes: Passes, layers: Layers) -> Iterator[Firing]:
        """Those of the faults meant at what passes that act: each is counted, and told when it comes.
        One of a habit acts always, and is neither counted nor told."""
        for fault in faults:
            if fault.habit:
                yield habit_firing(fault, passes)
            elif (firing := self._counts[id(fault)].fires(passes)) is not None:
                self._keep(firing, layers)
                yield firing

    def fired(self, fault: Fault) -> int:
        """How often a fault has fired."""
        return self._fired.get(fault.name, 0)

    @property
    def unfired(self) -> Sequence[Fault]:
        """Those that have not fired and should, since counts began."""
        return [each for each in self.plan.faults if not each.when.may_miss and not self.fired(each)]

    @property
    def never_fired(self) -> Sequence[Fault]:
        """Those that never fired and should have, however often counts began anew."""
        return [each for each in self.unfired if each.name not in self._ever]

    def _keep(self, firing: Firing, layers: Layers) -> None:
        fault, passes = firing.fault, firing.passes
        self._ever.add(fault.name)
        self._fired[fault.name] = self._fired.get(fault.name, 0) + 1
        if len(self.firings) < MAX_FIRINGS:
            self.firings.append(firing)
        purposes().append(fault.name)
        if layers.heard(HAPPENED):
            told = FaultTold(
                fault.name, str(fault.at), fault.alteration.name, passes.where, firing.count, passes.number
            )
            tell_happened(told, layers=layers)
        for listener in tuple(self._listeners):
            listener(firing)
