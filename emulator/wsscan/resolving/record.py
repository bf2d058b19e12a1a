"""What a resolution notes while it runs: substitutions, defaults used, and reasons to reject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.values.ticket import Setting

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TicketChange:
    """A value that the device gives instead of the one that the ticket, or else its default, asks for."""

    path: str
    asked: str
    given: str
    rule: TicketRule
    reason: str = ""
    """A sentence for people."""

    def __str__(self) -> str:
        text = f"{self.path}: {self.given} instead of {self.asked}" + (f" ({self.reason})" if self.reason else "")
        return _on_one_line(text)


@dataclass(frozen=True, slots=True)
class TicketProblem:
    """Why a ticket is rejected."""

    path: str
    reason: str
    """A sentence for people; it names what is asked and what is possible."""
    rule: TicketRule
    """FORMAT means FormatNotSupported, CONFLICT ConflictingRequiredParameters."""
    asked: str = ""

    def __str__(self) -> str:
        return _on_one_line(f"{self.path}: {self.reason}")


def _on_one_line(text: str) -> str:
    """What was asked for comes from a peer, with line breaks if it likes."""
    return " ".join(text.split())


class ResolutionRecord:
    """Collects, for one resolution, what DocumentFinalParameters and people are told."""

    __slots__ = ("changes", "overridden", "problems", "used_default")

    def __init__(self) -> None:
        self.changes: list[TicketChange] = []
        self.problems: list[TicketProblem] = []
        self.overridden: set[str] = set()
        self.used_default: set[str] = set()

    def default(self, path: str) -> None:
        """The ticket is silent [wscn/validation/absent-element-by-default] [wscn/final-parameters/used-default]."""
        self.used_default.add(path)

    def change(self, path: str, asked: object, given: object, rule: TicketRule, reason: str) -> None:
        """The device gives another value than was asked for; DocumentFinalParameters mark it Override.

        - `path`: of the setting.
        - `asked`: what the ticket says.
        - `given`: what the device does.
        - `rule`: why it may.
        - `reason`: the same in words.

        [wscn/final-parameters/override]
        """
        self.overridden.add(path)
        self.used_default.discard(path)
        self.changes.append(TicketChange(path, str(asked), str(given), rule, reason))

    def ignore(self, path: str, asked: object, rule: TicketRule, reason: str) -> None:
        """A setting without meaning here: people are told, no value is overridden."""
        self.changes.append(TicketChange(path, str(asked), "nothing", rule, reason))

    def reject(self, path: str, asked: object, rule: TicketRule, reason: str) -> None:
        """The ticket cannot be honoured."""
        self.problems.append(TicketProblem(path, reason, rule, str(asked)))

    def settle(
        self,
        path: str,
        asked: Setting[T] | None,
        fallback: T,
        nearest: Callable[[T], T],
        reason: Callable[[T], str],
        show: Callable[[T], str] = str,
    ) -> T:
        """SUBSTITUTED, MUST_HONOR and DEFAULT for one value: the asked one where `nearest` leaves it as it is,
        else what `nearest` makes of it; `fallback` where the ticket is silent.

        With MustHonor a value that `nearest` changes rejects the ticket; the result is then of no use but
        lets the rest be looked at, so that every problem is found at once.

        - `path`: of the setting.
        - `asked`: what the ticket says.
        - `fallback`: the default.
        - `nearest`: what the device makes of a value.
        - `reason`: why it does, in words.
        - `show`: how a value is told.
        """
        if asked is None:
            self.default(path)
            return nearest(fallback)
        given = nearest(asked.value)
        if given == asked.value:
            return given
        if asked.must_honor:
            self.reject(path, show(asked.value), TicketRule.MUST_HONOR, reason(asked.value))
        else:
            self.change(path, show(asked.value), show(given), TicketRule.SUBSTITUTED, reason(asked.value))
        return given


def listed(values: Iterable[object]) -> str:
    """Allowed values for a sentence."""
    return ", ".join(str(value) for value in values) or "nothing"


def between(value: int, minimum: int, maximum: int) -> int:
    """The value of the range that is nearest."""
    return max(minimum, min(value, maximum))
