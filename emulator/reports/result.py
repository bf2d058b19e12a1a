"""The three kinds of lines: who looked at whom, what was found of each thing, how many of each verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from emulator._version import VERSION
from emulator.reports.verdict import BAD, Verdict

LINES_VERSION: Final = 1
"""Of the form of the lines."""

HEADER_TEXTS: Final = ("began", "peer", "peer_clock")
"""Fields of a header that may be missing."""
SAYS: Final = "says"
"""Of the evidence: what was found, in one sentence."""


def tool_of(command: str) -> str:
    """What a header calls a command of this program: `dsm-emulator 0.1.0 play`."""
    return f"dsm-emulator {VERSION} {command}"


@dataclass(frozen=True, slots=True)
class Header:
    """Who looked at whom."""

    tool: str
    """`tool_of` a command."""
    target: str
    """Who was looked at: a URL, files."""
    seed: int | None = None
    """From which what was by chance can be had again."""
    version: int = LINES_VERSION
    began: str = ""
    """When: UTC, as ISO 8601 writes it; '' where nobody has told."""
    peer: str = ""
    """What the one who was looked at calls himself; '' where he has not told."""
    peer_clock: str = ""
    """The time that he tells, and how far it is from ours; '' where he tells none."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON; what is not known is left out, as files have it that are older than these fields."""
        told = {name: getattr(self, name) for name in HEADER_TEXTS if getattr(self, name)}
        return {"version": self.version, "tool": self.tool, "target": self.target, "seed": self.seed, **told}


@dataclass(frozen=True, slots=True)
class Result:
    """What was found of one thing."""

    id: str
    """Stays the same as long as it is the same thing: parts with `/` between them."""
    verdict: Verdict
    ms: float = 0.0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """As JSON has it, by names: `says` (one sentence), and then whatever shows it (`expected`, `met`, `where`)."""

    def __post_init__(self) -> None:
        """Raises ValueError for what no reader would take."""
        if not self.id or not self.id.isprintable():
            raise ValueError(f"{self.id!r} is no id of a result")
        if not (math.isfinite(self.ms) and self.ms >= 0):
            raise ValueError(f"{self.ms} are no milliseconds")

    @property
    def says(self) -> str:
        """What was found, in one sentence; '' where there is none."""
        return str(self.evidence.get(SAYS, ""))

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "id": self.id,
            "verdict": str(self.verdict),
            "ms": round(self.ms, 3),
            "evidence": dict(self.evidence),
        }


def counts_of(results: Iterable[Result]) -> dict[str, int]:
    """How many of each verdict, in the order of Verdict; none of those that nothing has."""
    found = Counter(each.verdict for each in results)
    return {str(verdict): found[verdict] for verdict in Verdict if found[verdict]}


@dataclass(frozen=True, slots=True)
class Report:
    """All lines of a run."""

    header: Header
    results: Sequence[Result]
    finished: bool
    """Whether there is a footer; without one the run was cut off, and nothing follows from what it found."""
    source: str = ""
    """The file, as it is called to people."""

    @property
    def counts(self) -> dict[str, int]:
        """How many of each verdict."""
        return counts_of(self.results)

    @property
    def problem(self) -> str:
        """Why the run has not passed, in a few words; '' where it has."""
        if not self.finished:
            return f"unfinished: the run was cut off after {_results(len(self.results))}"
        if not self.results:
            return "nothing was looked at"
        bad = [f"{number} {name}" for name, number in self.counts.items() if Verdict(name) in BAD]
        if bad:
            return ", ".join(bad)
        if not any(each.verdict is Verdict.PASSED for each in self.results):
            return "nothing passed"
        return ""

    @property
    def passed(self) -> bool:
        """Whether it is finished, something passed, and nothing is bad."""
        return not self.problem


def _results(number: int) -> str:
    return f"{number} result" + ("" if number == 1 else "s")
