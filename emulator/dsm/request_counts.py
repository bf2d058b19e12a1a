"""How much was asked of a scan server, and how often that had to be done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class RequestCounts:
    """Of one job, from the search for its service to its end."""

    requests: int = 0
    """All that went out, or would have, had there been a connection."""
    retries: int = 0
    """Of these, sent again because the one before was surely not processed, or only a question."""
    repeats: int = 0
    """Of these, SendImage and EndPostScanJob sent again although the one before may have arrived."""
    dropped: int = 0
    """Exchanges that broke, or were given up, before their answer was whole."""
    polls: int = 0
    """Of the requests, GetPostScanJobElements."""

    def sent(self, *, again: Literal["", "retry", "repeat"], poll: bool) -> None:
        """A request goes out. What it is says the step that asks for it, which the journal tells of too: so the two
        cannot disagree."""
        self.requests += 1
        self.polls += poll
        self.retries += again == "retry"
        self.repeats += again == "repeat"
