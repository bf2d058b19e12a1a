"""What is done to a page, as data: alterations at the page make them, disturbance/pages.py does them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.status import Component, ConditionName, Severity


@dataclass(frozen=True, slots=True)
class RaiseCondition:
    """The scanner has a condition before the page is scanned; one that stops it, or keeps it waiting, holds the
    page up until it is gone."""

    name: ConditionName
    seconds: float | None = None
    """Until it clears by itself, by the scanner's clock; None: until somebody clears it."""
    component: Component | None = None
    """Where it is; None: as its rule says, of what the scanner has."""
    severity: Severity | None = None
    """None: as its rule says."""


@dataclass(frozen=True, slots=True)
class FeedTwo:
    """The next sheet is taken along with the one of this page, and lost."""

    condition: RaiseCondition | None
    """None: nobody notices."""


@dataclass(frozen=True, slots=True)
class EmptyFeeder:
    """No further sheet is in the feeder."""


@dataclass(frozen=True, slots=True)
class AlterImage:
    """Another image in place of the page's."""

    alter: Callable[[Scanned], Scanned]
    """Runs in a thread."""


@dataclass(frozen=True, slots=True)
class FailPage:
    """The page cannot be read: the scan job is aborted."""

    reason: str


@dataclass(frozen=True, slots=True)
class WaitBefore:
    """The page comes later."""

    seconds: float
    """By the scanner's clock."""


PageDeed: TypeAlias = RaiseCondition | FeedTwo | EmptyFeeder | AlterImage | FailPage | WaitBefore
