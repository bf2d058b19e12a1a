"""What is said of a check of the judge, and of a step of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal


class Verdict(StrEnum):
    """Of one thing that was looked at."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    """It departs from what should be, and may not be blamed for it: a SHOULD, or a rule that is inferred."""
    OBSERVED = "observed"
    """How it is, without a judgement."""
    NOT_APPLICABLE = "not applicable"
    """There is nothing of the kind; the other side says so."""
    NOT_RUN = "not run"
    """It could not be tried: what it needs is missing, or failed before."""
    INCONCLUSIVE = "inconclusive"
    """It was tried, and nothing can be said of it."""
    ERROR = "error"
    """A mistake of who looks, not of who is looked at."""
    WAIVED = "waived"
    """Failed, as somebody has said before that it will."""


BAD: Final = frozenset({Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.ERROR})
"""With one of these a run has not passed."""

Bearing = Literal["passed", "failure", "error", "skipped"]

BEARINGS: Final[Mapping[Verdict, Bearing]] = MappingProxyType(
    {
        Verdict.PASSED: "passed",
        Verdict.FAILED: "failure",
        Verdict.WARNED: "passed",
        Verdict.OBSERVED: "passed",
        Verdict.NOT_APPLICABLE: "skipped",
        Verdict.NOT_RUN: "skipped",
        Verdict.INCONCLUSIVE: "error",
        Verdict.ERROR: "error",
        Verdict.WAIVED: "skipped",
    }
)
"""What each is for a build server, which knows these four."""
