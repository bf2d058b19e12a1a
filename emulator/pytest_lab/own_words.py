"""What this process writes while a test runs, read back at its end: a message of ours that departs from the
documents is a fault of this package, and the test must not pass on it. What a fault plan or a habit alters is
altered after this."""

from __future__ import annotations

from typing import Final

from emulator.layers import EVERYWHERE
from emulator.soap.points import ENVELOPE_WRITTEN
from emulator.soap.read_back import problems_of_written

_MOST: Final = 2_000
"""Envelopes that are read back; more of one test are not kept."""
_OCTETS: Final = 16_000_000


class OwnWords:
    """Listens until `problems` is asked for."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._octets = 0
        self._unplug = EVERYWHERE.listen(ENVELOPE_WRITTEN, self._keep)

    def _keep(self, data: bytes) -> None:
        if len(self._written) < _MOST and self._octets < _OCTETS:
            self._written.append(data)
            self._octets += len(data)

    def problems(self) -> list[str]:
        """End it; what is wrong with what was written, a line each."""
        self._unplug()
        return [problem for data in self._written for problem in problems_of_written(data)]
