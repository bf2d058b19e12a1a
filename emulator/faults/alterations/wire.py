"""."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import Alteration

ALTERATIONS: Final[tuple[Alteration, ...]] = ()
