"""The point at which everything that happens is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from emulator.layers import EVERYWHERE, Layers, Notification
from emulator.trace.kinds import Told
from emulator.trace.who import WHO, Who


@dataclass(frozen=True, slots=True, repr=False)
class Happened:
    """What happened, and to whom."""

    told: Told
    who: Who | None = field(default_factory=WHO.get)
    """None: nobody in particular."""

    def __repr__(self) -> str:
        return f"<Happened {type(self.told).__name__}: {'nobody' if self.who is None else self.who.label():.80}>"


HAPPENED: Final = Notification("what happened", Happened)


def tell_happened(told: Told, who: Who | None = None, layers: Layers = EVERYWHERE) -> None:
    """Tell it. `who`: that of the running task where None. To be called where `layers.heard(HAPPENED)`, so that
    nobody makes `told` for nothing."""
    layers.tell(HAPPENED, Happened(told) if who is None else Happened(told, who))
