"""What became of a job's documents at one target: an address, a library, a share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.dsm.states import FilterStateReason


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one target got. Nothing is half there: a document is whole at the target, or not at all."""

    dialect: str
    """Of the filter."""
    target: str
    """An e-mail address, the URL of a library, a ShareUNC."""
    documents: tuple[int, ...] = ()
    """DocumentIds of what the target surely has."""
    places: tuple[str, ...] = ()
    """What they are called there: file names, URLs, UNC paths; in the order of `documents`."""
    reason: FilterStateReason | None = None
    """Why it has not all; None: it has."""
    detail: str = ""
    """The same for people, one line."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "filter": self.dialect.rpartition("/")[2],
            "target": self.target,
            "documents": list(self.documents),
            "places": list(self.places),
            "reason": None if self.reason is None else str(self.reason),
            "detail": self.detail,
        }


class DeliveryFailed(Exception):
    """A target does not take what it should. `str()` is one line for people, without a secret."""

    def __init__(self, reason: FilterStateReason, detail: str, *, again: bool = False) -> None:
        """`again`: surely nothing was delivered, and another attempt may help."""
        super().__init__(one_line(detail))
        self.reason = reason
        self.again = again


class Stopped(Exception):
    """The job was cancelled, or the server stops, while the target was talked to."""

    def __init__(self) -> None:
        super().__init__("the job was cancelled, or the server stopped")


def one_line(text: str) -> str:
    """Text of a peer, fit for one line of a log."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 300 else line[:297] + "..."
