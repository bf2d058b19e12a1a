"""Why the control API does not do what it is asked: a status, a sentence, and what to do."""

from __future__ import annotations

from typing import Any, Final

from emulator.device.destinations import NoSuchDestination
from emulator.device.scanner import NoSheets, NotAcceptingJobs
from emulator.environment.exit_codes import LabError
from emulator.environment.option_model import WrongOption
from emulator.imaging.pages import SourceError
from emulator.panel.actions import BadRequest


class Refused(Exception):
    """A request that is not done. `str()` is one line."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        """`more`: other fields of the answer: hint, field, problems."""
        super().__init__(message)
        self.status = status
        self.more = more

    def as_dict(self) -> dict[str, Any]:
        """The answer's body."""
        return {"error": str(self), **self.more}


KNOWN: Final = (BadRequest, LabError, SourceError, ValueError, NotAcceptingJobs, NoSheets, NoSuchDestination)
"""What operations raise for what cannot be."""


def refusal_of(error: Exception) -> Refused:
    """What is answered for one of KNOWN."""
    if isinstance(error, NotAcceptingJobs | NoSheets):
        return Refused(409, str(error))
    more: dict[str, Any] = {}
    if isinstance(error, LabError) and error.hint:
        more["hint"] = error.hint
    if isinstance(error, WrongOption) and error.option:
        more["field"] = error.option.strip("'")
    return Refused(400, str(error), **more)
