"""Events of jobs that the device does not know yet: a server may send them before it answers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from emulator.dsm.job_status import JobStatus
from emulator.dsm.states import precedes

_MOST: Final = 64
"""Jobs that are remembered; a server has one of ours under way, and nobody else's events are meant for us."""


class EarlyEvents:
    """What was told of jobs before their tokens were known. Bounded: the job told of first is forgotten first."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, JobStatus] = OrderedDict()

    def keep(self, status: JobStatus) -> None:
        """Remember it, unless something newer of the same job is there."""
        known = self._told.get(status.job_token)
        if known is None or not precedes(status.job_state, known.job_state):
            self._told[status.job_token] = status
        while len(self._told) > _MOST:
            self._told.popitem(last=False)

    def take(self, job_token: str) -> tuple[JobStatus | None, list[str]]:
        """What was told of that job, and the tokens of all others; nothing is remembered any more."""
        found = self._told.pop(job_token, None)
        others = list(self._told)
        self._told.clear()
        return found, others
