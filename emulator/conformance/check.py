"""The list of checks: each is a plain function under the id of a clause of the law book."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from emulator.clauses.book import clause
from emulator.clauses.clause import Clause

if TYPE_CHECKING:
    from emulator.conformance.exchange import Exchange, Recording

Direct = Callable[[Any], Awaitable[str | None]]
"""Asks the peer, a ScanServerPeer, a DevicePeer or a PostScanPeer; what it returns is what was met."""
Over = Callable[["Recording"], Iterable["Exchange"]]
Invariant = Callable[["Exchange"], None]


class Subject(StrEnum):
    """Who is judged."""

    SERVER = "server"
    DEVICE = "device"
    CLIENT = "client"
    """A client of WS-Scan, which scans from a device of the judge's."""
    DSP_CLIENT = "post-scan"
    """The device, as a client of scan servers."""


_ROOMS: Final = {
    Subject.SERVER: ("emulator.conformance.direct", "emulator.conformance.invariants"),
    Subject.DEVICE: ("emulator.conformance.devices.direct", "emulator.conformance.devices.invariants"),
    Subject.CLIENT: ("emulator.conformance.clients.conversations", "emulator.conformance.clients.invariants"),
    Subject.DSP_CLIENT: ("emulator.conformance.post_scan.direct", "emulator.conformance.post_scan.invariants"),
}
"""Packages whose modules hold the checks of each."""


class When(Enum):
    """In which part of a run a check has its turn."""

    DIRECT = "direct"
    HOSTILE = "hostile"
    """Behind all others: it may hurt the peer. A sign of life is asked for after each."""
    INVARIANT = "invariant"
    """Over every exchange that was recorded."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check."""

    id: str
    run: Direct | None = None
    invariant: Invariant | None = None
    over: Over | None = None
    """Which exchanges an invariant looks at."""
    provoke: Direct | None = None
    """Brings about, for an invariant, an exchange that it can look at."""
    when: When = When.DIRECT
    slow: bool = False
    """It waits for a time limit of the documents: --slow runs it."""
    of: Subject = Subject.SERVER

    @property
    def clause(self) -> Clause:
        """What it holds the peer against."""
        return clause(self.id)

    @property
    def family(self) -> str:
        """Document and topic: the first two parts of the id."""
        return "/".join(self.id.split("/")[:2])

    @property
    def does(self) -> str:
        """What it does, in the words of its docstring; '' where it has none."""
        told = self.run or self.invariant
        return " ".join((told.__doc__ or "").split()) if told is not None else ""


_REGISTERED: Final[dict[tuple[Subject, str], Check]] = {}


def check(
    *ids: str, hostile: bool = False, slow: bool = False, of: Subject = Subject.SERVER
) -> Callable[[Direct], Direct]:
    """The function asks the peer by itself. `ids`: clauses that it decides together, all of one meaning.

    - `hostile`: it sends what may hurt.
    - `slow`: it waits for minutes.
    - `of`: who is judged by it.
    """

    def register(function: Direct) -> Direct:
        for id in ids:
            add(Check(id, function, when=When.HOSTILE if hostile else When.DIRECT, slow=slow, of=of))
        return function

    return register


def invariant(
    *ids: str, over: Over, provoke: Direct | None = None, of: Subject = Subject.SERVER
) -> Callable[[Invariant], Invariant]:
    """The function looks at exchanges that were recorded.

    - `ids`: clauses that it decides together, all of one meaning.
    - `over`: which it looks at. Where there is none of them, the check is not run.
    - `provoke`: brings one about.
    - `of`: who is judged by it.
    """

    def register(function: Invariant) -> Invariant:
        for id in ids:
            add(Check(id, invariant=function, over=over, provoke=provoke, when=When.INVARIANT, of=of))
        return function

    return register


def add(each: Check) -> None:
    """Register a check. Raises ValueError for a second one of the same clause and subject."""
    if (each.of, each.id) in _REGISTERED:
        raise ValueError(f"two checks of {each.id}")
    _REGISTERED[each.of, each.id] = each


def registered(of: Subject) -> list[Check]:
    """The checks of a subject whose modules are imported by now."""
    return [each for (subject, _), each in _REGISTERED.items() if subject is of]


@cache
def all_checks(of: Subject = Subject.SERVER) -> Mapping[str, Check]:
    """Every check of a subject by its id, in the order in which they run."""
    for room in _ROOMS[of]:
        package = import_module(room)
        for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
            import_module(f"{package.__name__}.{module}")
    order = list(When)
    return {each.id: each for each in sorted(registered(of), key=lambda each: order.index(each.when))}
