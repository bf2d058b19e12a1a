"""What became of a job's documents at one target: an address, a library, a share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.dsm.states import FilterStateReason
from emulator.scan_server.disk import DISK_FULL


@dataclass(frozen=True, slots=True, repr=False)
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
    in_store: bool = False
    """The target is a folder of the store: what it has can be looked at."""

    def __repr__(self) -> str:
        lacking = "" if self.reason is None else f", {self.reason}: {self.detail[:80]}"
        kind = self.dialect.rpartition("/")[2]
        return f"<Delivery {kind} to {self.target[:100]}: {len(self.documents)} documents{lacking}>"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "filter": self.dialect.rpartition("/")[2],
            "target": self.target,
            "documents": list(self.documents),
            "places": list(self.places),
            "reason": None if self.reason is None else str(self.reason),
            "detail": self.detail,
        }


def own_reason(error: OSError) -> FilterStateReason:
    """Why a filter ends when a file of the scan server's own cannot be read or written."""
    return FilterStateReason.OUT_OF_DISK_SPACE if error.errno in DISK_FULL else FilterStateReason.UNKNOWN_ERROR


def own_detail(error: OSError) -> str:
    """The same for people, one line."""
    return one_line(f"the scan server's own disk: {error.strerror or error}")


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
