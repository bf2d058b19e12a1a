"""Events of jobs that the device does not know yet: a server may send them before it answers."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from emulator.dsm.job_status import JobStatus
from emulator.dsm.states import precedes
from emulator.soap.deviations import Deviation

_MOST: Final = 64
"""Jobs that are remembered where one is waited for."""
_MORE: Final = 2
"""The same for each further one."""


@dataclass(frozen=True, slots=True)
class HeardOfJob:
    """What one event tells of a job."""

    event: str
    """Its name."""
    status: JobStatus
    psp_identifier: str = ""
    """The scan process that it names; '' where it names none."""
    deviations: tuple[Deviation, ...] = ()


class EarlyEvents:
    """What was told of jobs before their tokens were known. Bounded: the job told of first is forgotten first.
    [dsp/event/status-at-creation]"""

    def __init__(self) -> None:
        self._told: OrderedDict[str, HeardOfJob] = OrderedDict()

    def keep(self, heard: HeardOfJob, waiting: int = 1) -> None:
        """Remember it, unless something newer of the same job is there. `waiting`: how many jobs of ours are being
        created."""
        token = heard.status.job_token
        known = self._told.get(token)
        if known is None or not precedes(heard.status.job_state, known.status.job_state):
            self._told[token] = heard
        while len(self._told) > _MOST + _MORE * (waiting - 1):
            self._told.popitem(last=False)

    def take(self, job_token: str) -> HeardOfJob | None:
        """Return what was told of that job, which is remembered no more."""
        return self._told.pop(job_token, None)

    def forget(self) -> list[str]:
        """Forget all; the tokens."""
        tokens = list(self._told)
        self._told.clear()
        return tokens
