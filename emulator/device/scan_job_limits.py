"""How scan jobs wait and overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ScanJobLimits:
    """How many scan jobs there may be, and how far they may be ahead of their clients.
    [dsd/job/several-at-a-time] [dsp/parties/jobs-may-overlap]"""

    active: int | None = 1
    """Jobs that have not ended (ActiveJobs); one more is refused. None: any number. All but the one that is scanned
    and those that are fetched are Pending."""
    transferring: int | None = 0
    """Jobs that are digitised and still being fetched while another one is scanned. None: any number."""
    documents_ahead: int = 1
    """Documents of a job that may wait for its client before the scan head waits too."""


ANY_NUMBER: Final = ScanJobLimits(active=None, transferring=None)
