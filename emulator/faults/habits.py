"""Habits: alterations that always apply, by name. Each alteration that needs to be told nothing is one, each
behaviour of the embedded scan server is one, and presets are several that belong together, as a real program or
device has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from emulator.faults.alteration import Alteration, Parameters, Role
from emulator.faults.alterations import all_alterations
from emulator.faults.behaviours import BEHAVIOURS, Behaviour
from emulator.faults.known_names import there_are
from emulator.faults.plan import Fault, always


@dataclass(frozen=True, slots=True)
class Habit:
    """What is always done otherwise."""

    name: str
    meaning: str
    """One sentence."""
    alterations: tuple[str, ...] = ()
    """Names of those that always apply; `place.name` where two places have one of that name."""
    behaviours: frozenset[Behaviour] = frozenset()
    """Of the embedded scan server."""
    source: str = ""
    """A public report of somebody who met it, or the document that tells of it."""

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that can have it."""
        found = {role for name in self.alterations for role in _alteration(name).roles}
        return frozenset(found | ({Role.SERVER} if self.behaviours else set()))


PRESETS: Final[tuple[Habit, ...]] = (
    Habit(
        "2008r2",
        "Windows Server 2008 R2, by all product behaviour notes of MS-BDSRR that contradict the document.",
        behaviours=frozenset(Behaviour),
        source="MS-BDSRR 7",
    ),
    Habit(
        "fault-on-200",
        "A fault comes with the HTTP status 200.",
        ("fault-status",),
        source="Lexmark MB2236adw, Xerox WorkCentre 3225: sane-airscan, airscan-wsd.c 722",
    ),
    Habit(
        "to-folder-hp",
        "As an HP scanner writes to a folder: under the document's own name from the first octet on.",
        ("delivery.in-place",),
        source="github.com/paperless-ngx/paperless-ngx/issues/432",
    ),
    Habit(
        "to-folder-canon-mb5150",
        "As a Canon MB5150 writes to a folder: all pages into one file, which grows with pauses.",
        ("delivery.page-by-page",),
        source="github.com/jonaswinkler/paperless-ng/issues/853",
    ),
    Habit(
        "to-folder-fujitsu-ix1600",
        "As a Fujitsu iX1600 writes to a folder: the file is closed and opened again between its pieces.",
        ("delivery.reopened",),
        source="github.com/paperless-ngx/paperless-ngx/pull/4626",
    ),
    Habit(
        "to-folder-lexmark-cx317dn",
        "As a Lexmark CX317dn writes to a folder: an empty file first, which is filled later.",
        ("delivery.empty-first",),
        source="github.com/paperless-ngx/paperless-ngx/issues/1279",
    ),
    Habit(
        "no-ipv4-address",
        "Addresses of IPv4 are missing from XAddrs, over HTTP and UDP.",
        ("envelope.xaddrs-without-ipv4", "datagram.xaddrs-without-ipv4"),
        source="several devices: sane-airscan, airscan-wsdd.c 377",
    ),
)


class UnknownHabit(ValueError):
    """No habit of that name, or one that cannot be there; `str()` says which there are."""


@cache
def habits() -> Mapping[str, Habit]:
    """All habits by name: presets, behaviours, alterations."""
    found = {each.name: each for each in PRESETS}
    for behaviour, meaning in BEHAVIOURS.items():
        found[behaviour] = Habit(str(behaviour), meaning, behaviours=frozenset({behaviour}))
    names = Counter(each.name for each in all_alterations())
    for each in all_alterations():
        if _default(each) is not None:
            place = f"{each.at}.{each.name}"
            name = place if each.name in found or names[each.name] > 1 else each.name
            found[name] = Habit(name, each.says, (place,), source=each.source)
    return MappingProxyType(found)


def habits_alone() -> Sequence[Habit]:
    """The habits that no fault plan can name: presets and behaviours of the embedded scan server."""
    return [each for each in habits().values() if each.behaviours or each in PRESETS]


def habits_named(names: Iterable[str], roles: Collection[Role]) -> Sequence[Habit]:
    """The habits of those names, in any case, for a program that has these roles. Raises UnknownHabit."""
    known = {name.lower(): habit for name, habit in habits().items()}
    found = []
    for name in names:
        habit = known.get(name.strip().lower())
        if habit is None:
            there = [each.name for each in habits().values() if each.roles & set(roles)]
            raise UnknownHabit(f"there is no habit {name!r}; {there_are(name.strip(), there)}")
        if not habit.roles & set(roles):
            raise UnknownHabit(f"{habit.name} is a habit of {' and '.join(sorted(habit.roles))}")
        found.append(habit)
    return found


def faults_of(habits: Iterable[Habit]) -> tuple[Fault, ...]:
    """The alterations of habits, each as a fault that always applies."""
    found = {}
    for habit in habits:
        for name in habit.alterations:
            alteration = _alteration(name)
            found[name] = always(alteration, _default(alteration) or Parameters())
    return tuple(found.values())


def behaviours_of(habits: Iterable[Habit]) -> frozenset[Behaviour]:
    """What the embedded scan server does otherwise within itself."""
    return frozenset(behaviour for habit in habits for behaviour in habit.behaviours)


def _alteration(name: str) -> Alteration:
    place, dot, rest = name.partition(".")
    return next(
        each for each in all_alterations() if each.name == name or (dot and each.name == rest and each.at == place)
    )


def _default(alteration: Alteration) -> Parameters | None:
    """What it is told where nothing is said; None where it must be told something."""
    try:
        return alteration.parameters()
    except ValidationError:
        return None
