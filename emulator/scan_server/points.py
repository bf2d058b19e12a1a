"""Where something can be plugged into the scan server: what its filters write.

async def late(document: DocumentForTarget) -> Placed | None:
    if document.number == 3:
        await asyncio.sleep(5)
    return None

server.layers.handle(DELIVERY, late)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from emulator.faults.delivery_script import DocumentToDeliver, PlaceKind
from emulator.layers import Intervention
from emulator.scan_server.delivery.outcome import DeliveryFailed, Stopped


class TargetPlace(Protocol):
    """Where the documents of a job go: a folder, or what serves as one. All of it blocks. Raises OSError,
    DeliveryFailed, Stopped."""

    @property
    def kind(self) -> PlaceKind:
        """What it is."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def create(self, name: str, *, over: bool = False) -> None:
        """Make a file and keep it open; one that is there is emptied with `over`, and an error without it."""

    def reopen(self, name: str) -> None:
        """Open a file to write at its end, where it is not open; one that is missing is made."""

    def write(self, name: str, data: bytes) -> None:
        """Put octets behind what an open file has."""

    def flush(self) -> None:
        """Bring there what has been written so far."""

    def close(self, name: str) -> None:
        """Close a file, if it is open."""

    def rename(self, name: str, to: str) -> None:
        """Give a file another name, over another file if there is one."""

    def lock(self, name: str) -> None:
        """Let nobody else have an open file, until it is closed."""

    def place(self, name: str) -> str:
        """What a file is called there: a path, a UNC path, a URL."""


@dataclass(frozen=True, slots=True, eq=False)
class DocumentForTarget:
    """A document that is about to be delivered to a target."""

    token: str
    """JobToken."""
    number: int
    """DocumentId."""
    target: str
    """ShareUNC, URL of a library; '' of the e-mail filter."""
    shape: DocumentToDeliver
    file: Path
    """The acknowledged image; to be read only."""
    place: TargetPlace
    stop: threading.Event
    """Set when the job has ended, is cancelled, or the server stops."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What a handler of DELIVERY has done."""

    name: str | None
    """Of the file that the document is in now; None: nothing, it is to be delivered as ever."""
    whole: bool = True
    """Whether that file is the document, no more and no less; else the server does not take it for delivered."""
    warning: str = ""
    """The filter ends with a warning, for which this is the text."""


DELIVERY: Final[Intervention[DocumentForTarget, Placed | None]] = Intervention(
    "delivery", (Placed, type(None)), (DeliveryFailed, Stopped, OSError)
)
"""Before a filter delivers a document to a target. The handler may do it in its place. None: as ever."""

AskDelivery: TypeAlias = Callable[[DocumentForTarget], Placed | None]
"""Asks the handler, from a filter's thread; blocks. Raises InterventionFailed, and what the handler raises on
purpose."""
