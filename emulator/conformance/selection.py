"""Which checks of all are run."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from emulator.clauses.clause import Grade
from emulator.conformance.check import Check, When

GradeName = Literal["must", "should", "may"]
_GRADES = {"must": (Grade.MUST,), "should": (Grade.MUST, Grade.SHOULD), "may": tuple(Grade)}


class UnknownCheck(ValueError):
    """An id or a glob that no check has. `str()` says so, and what is like it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user wants run."""

    select: Sequence[str] = ()
    """Ids or globs; () for all."""
    skip: Sequence[str] = ()
    grade: GradeName = "may"
    """The lowest grade that is run."""
    gentle: bool = False
    """Nothing hostile."""
    slow: bool = False
    """What waits for minutes, too."""

    def of(self, checks: Mapping[str, Check]) -> list[Check]:
        """The checks, in their order. Raises UnknownCheck for what matches nothing."""
        wanted = {id for each in self.select for id in matching(each, checks)} if self.select else set(checks)
        unwanted = {id for each in self.skip for id in matching(each, checks)}
        return [
            each
            for id, each in checks.items()
            if id in wanted - unwanted
            and each.clause.grade in _GRADES[self.grade]
            and not (self.gentle and each.when is When.HOSTILE)
            and (self.slow or not each.slow)
        ]


def matching(pattern: str, checks: Mapping[str, Check]) -> list[str]:
    """The ids that a glob matches, or the one that it is. Raises UnknownCheck."""
    found = [id for id in checks if fnmatch.fnmatchcase(id, pattern)]
    if not found:
        near = get_close_matches(pattern, checks, 3, 0.6)
        raise UnknownCheck(f"no check is called {pattern!r}" + (f"; there is {', '.join(near)}" if near else ""))
    return found
