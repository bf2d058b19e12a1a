"""What is told of a fault that has acted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fired:
    """What is told of a fault that has acted: in the journal, the manifest, the result."""

    name: str
    at: str
    """The place: page, wire ..."""
    do: str
    """The alteration."""
    where: str
    """Operation or target."""
    device: str
    count: int
    """The how manieth that passed there, from 1."""
    number: int | None
    """Of the page or document, where that is known."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)
