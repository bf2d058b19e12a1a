"""What has fired of a plan, counted and told; one for all devices of a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from emulator.faults.counting import Counts, Firing, Passes
from emulator.faults.plan import Fault, FaultPlan
from emulator.layers import Layers
from emulator.trace.kinds import FaultTold
from emulator.trace.points import HAPPENED, tell_happened

MAX_FIRINGS: Final = 10_000
"""That are kept; further ones are counted and told."""


class Ledger:
    """Counts each fault of a plan, and keeps what fired. Its methods run in the event loop's thread."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.firings: list[Firing] = []
        """In the order in which they happened, the first of them."""
        self._counts = {id(fault): Counts(fault, plan.seed) for fault in plan.faults}
        self._fired: dict[str, int] = {}

    def firing(self, faults: Iterable[Fault], passes: Passes, where: str, layers: Layers) -> Iterator[Firing]:
        """Those faults, of the ones that are meant at what passes, that act; each is counted and told. `where`: the
        operation or page, for people."""
        for fault in faults:
            firing = self._counts[id(fault)].fires(passes)
            if firing is not None:
                self._keep(firing, where, layers)
                yield firing

    def fired(self, fault: Fault) -> int:
        """How often a fault has fired."""
        return self._fired.get(fault.name, 0)

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """Those that never fired and should have."""
        return tuple(each for each in self.plan.faults if not each.when.may_miss and not self.fired(each))

    def _keep(self, firing: Firing, where: str, layers: Layers) -> None:
        fault = firing.fault
        self._fired[fault.name] = self._fired.get(fault.name, 0) + 1
        if len(self.firings) < MAX_FIRINGS:
            self.firings.append(firing)
        if layers.heard(HAPPENED):
            told = FaultTold(
                fault.name, str(fault.at), fault.alteration.name, where, firing.count, firing.passes.number
            )
            tell_happened(told, layers=layers)
