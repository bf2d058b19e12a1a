"""How long to wait between two questions for the final state of a job. No clock: it is told the time."""

from __future__ import annotations

from emulator.dsm.sequence_table import EVENT_POLL_FIRST, EVENT_POLL_LONGEST, POLL_FIRST, POLL_GROWTH, POLL_LONGEST


class PollPace:
    """Pauses that grow; longer ones while events of the job arrive, because then questions are only the answer to a
    lost event."""

    def __init__(self, job_limit: float) -> None:
        """`job_limit`: seconds from EndPostScanJobResponse to the final state."""
        self.job_limit = job_limit
        self.events = False
        """Whether events of the job arrive."""
        self._began = 0.0
        self._next = 0.0

    def begin(self, now: float) -> None:
        """EndPostScanJob has been answered."""
        self._began = now

    def events_lost(self) -> None:
        """Go on as if there had been none."""
        self.events = False
        self._next = 0.0

    def pause(self, now: float) -> float | None:
        """Seconds before the next question; None when the time is over."""
        left = self.job_limit - (now - self._began)
        if left <= 0:
            return None
        first, longest = (EVENT_POLL_FIRST, EVENT_POLL_LONGEST) if self.events else (POLL_FIRST, POLL_LONGEST)
        pause = self._next or first
        self._next = min(pause * POLL_GROWTH, longest)
        return min(pause, left)
