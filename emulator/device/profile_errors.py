"""Errors of device profiles: file, line, field and what is allowed, for people."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.toml_problems import Location, problem_at, reason_of
from emulator.toml_problems import TomlProblem as ProfileProblem

__all__ = ["Location", "ProfileError", "ProfileProblem", "problem_at", "reason_of"]


class ProfileError(ValueError):
    """A device profile is missing, no TOML, or says something that it may not. `str()` is one line and names
    the first problem; `problems` holds them all."""

    def __init__(self, source: str, problems: Sequence[ProfileProblem]) -> None:
        first = problems[0]
        where = source if first.line is None else f"{source}:{first.line}"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{where}: {first}{more}")
        self.source = source
        self.problems = tuple(problems)
