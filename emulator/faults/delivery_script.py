"""What is written to a target of the scan server's filters, as data: alterations of the delivery make scripts,
disturbance/deliveries.py plays them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias


class PlaceKind(StrEnum):
    """Where a filter delivers to."""

    FOLDER = "folder"
    """A folder of the store, of the file share filter."""
    SHARE = "share"
    """A share of a real server (SMB), of the file share filter."""
    LIBRARY = "library"
    """A WebDAV server, of the SharePoint filter."""
    MAIL = "mail"
    """Attachments of one message, of the e-mail filter."""


@dataclass(frozen=True, slots=True)
class DocumentToDeliver:
    """One document on its way to one target."""

    name: str
    """That it would have there."""
    first: str
    """That the first document of the job would have."""
    position: int
    """Among the documents of the job, from 1."""
    of: int
    """How many these are."""
    size: int
    """Octets."""


@dataclass(frozen=True, slots=True)
class Create:
    """A file is made, and stays open."""

    name: str
    over: bool = False
    """One of that name is emptied; otherwise it is an error that there is one."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """A file is opened to be written to at its end, where it is not open; one that is missing is made."""

    name: str


@dataclass(frozen=True, slots=True)
class Write:
    """Octets of the document, from `start` to `end`, are put behind what an open file has."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Close:
    """An open file is closed."""

    name: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A file gets another name, that of another file if there is one."""

    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Nobody else can have an open file, until it is closed."""

    name: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is written for some seconds; what is open stays so."""

    seconds: float


@dataclass(frozen=True, slots=True)
class JobEnds:
    """What follows happens when the job has ended."""


class Failure(StrEnum):
    """Why a target takes no more."""

    FULL = "there is no space left"
    GONE = "the target is gone"
    DENIED = "access is denied"


@dataclass(frozen=True, slots=True)
class Fail:
    """The filter ends with an error; what is open is closed and stays as it is."""

    failure: Failure


Step: TypeAlias = Create | Reopen | Write | Close | Rename | Lock | Wait | JobEnds | Fail

EVERYWHERE: Final = frozenset(PlaceKind)
FILES: Final = frozenset({PlaceKind.FOLDER, PlaceKind.SHARE, PlaceKind.LIBRARY})
OPEN_FILES: Final = frozenset({PlaceKind.FOLDER, PlaceKind.SHARE})
FOLDERS: Final = frozenset({PlaceKind.FOLDER})


@dataclass(frozen=True, slots=True)
class DeliveryScript:
    """How a document comes to a target."""

    steps: Callable[[DocumentToDeliver], Iterator[Step]] | None
    """None: as ever."""
    places: frozenset[PlaceKind] = EVERYWHERE
    """Of what kind; at others the fault does not act."""
    whole: bool = True
    """Whether the document is at its place, by itself and unaltered, when the last step is done. Otherwise the scan
    server does not take it for delivered, and keeps it with the unfinished ones."""
    warning: str = ""
    """The filter ends with a warning, for which this is the text."""
