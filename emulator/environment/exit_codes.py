"""Exit codes of the command line, and the errors that carry them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What a command's exit code means; a contract with scripts."""

    OK = 0
    """Completed or passed, and everything sent was acknowledged."""
    FAILED = 1
    """Aborted, cancelled, with errors, unconfirmed, pages left out; a check failed; nothing found."""
    USAGE = 2
    """Bad usage, profile, scan process or input: nothing was sent."""
    UNREACHABLE = 3
    """The other side could not be reached or trusted."""
    NONSENSE = 4
    """It answered with a fault or nonsense."""
    REFUSED = 5
    """It refused us: login, client certificate, rights."""
    BUG = 70
    """A bug of ours."""
    INTERRUPTED = 130
    """Interrupted; the job was cancelled at the server first."""


class LabError(Exception):
    """An error for people: what went wrong and where in `str()`, what to do next in `hint` (a line or several)."""

    def __init__(
        self,
        message: str,
        code: ExitCode = ExitCode.USAGE,
        hint: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """`details`: what programs are told beside it (`--json`)."""
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.details: Mapping[str, Any] = details or {}
