"""The active conditions of a scanner and the history of those that have been cleared."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from emulator.device.scanner_states import CONDITION_RULES, REASONS_ALONE, ConditionEffect, ConditionRule
from emulator.wsscan.values.status import (
    Component,
    ConditionHistoryEntry,
    ConditionName,
    DeviceCondition,
    ScannerStateReason,
    Severity,
)

HISTORY: Final = 50
"""Cleared conditions that are kept: no document gives a number; a status must stay well under the 32 KiB that
WSDAPI takes. [soap/envelope/size]"""


class Conditions:
    """Several may be active at once, each name once for a component. Ids run from 1 and are never used again.
    [wscn/condition/id] [wscn/condition/id-not-reused]"""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        history: int = HISTORY,
        vendor: Mapping[str, ConditionRule] | None = None,
    ) -> None:
        """`now`: the device's clock; `history`: cleared conditions that are kept, the newest first; `vendor`: the
        rules of the vendor's own, by name."""
        self.rules: Mapping[str, ConditionRule] = {
            **{str(name): rule for name, rule in CONDITION_RULES.items()},
            **(vendor or {}),
        }
        """Of all conditions that the scanner can have."""
        self._alone: dict[ScannerStateReason, None] = {}
        self._now = now
        self._last_id = 0
        self._active: dict[int, DeviceCondition] = {}
        self._history: deque[ConditionHistoryEntry] = deque(maxlen=history)
        self._changed()

    @property
    def active(self) -> tuple[DeviceCondition, ...]:
        """ActiveConditions, the oldest first. [wscn/scanner-status/active-conditions]"""
        return tuple(self._active.values())

    @property
    def history(self) -> tuple[ConditionHistoryEntry, ...]:
        """ConditionHistory, the newest first. [wscn/scanner-status/condition-history]"""
        return tuple(self._history)

    def add(
        self, name: ConditionName | str, component: Component | None = None, severity: Severity | None = None
    ) -> DeviceCondition | None:
        """Make a condition active; None when it is so already. Component and severity are those of its rule
        where not given. Raises ValueError for a component that cannot have it, and for a name that is none.
        [wscn/condition/name-fits-component]"""
        rule = self.rule(name)
        component = component or rule.components[0]
        if component not in rule.components:
            allowed = ", ".join(rule.components)
            raise ValueError(f"{name} is a condition of {allowed}, not of {component}")
        if self.find(name, component) is not None:
            return None
        self._last_id += 1
        condition = DeviceCondition(self._last_id, self._now(), name, component, severity or rule.severity)
        self._active[condition.id] = condition
        self._changed()
        return condition

    def rule(self, name: str) -> ConditionRule:
        """The rule of a condition. Raises ValueError for a name that is none."""
        if name not in self.rules:
            raise ValueError(f"{name} is no condition of this scanner; there are: {', '.join(self.rules)}")
        return self.rules[name]

    def find(self, name: ConditionName | str, component: Component | None = None) -> DeviceCondition | None:
        """The active condition of that name (and component), or None."""
        return next(
            (each for each in self.active if each.name == name and component in (None, each.component)), None
        )

    def clear(self, id: int) -> ConditionHistoryEntry:
        """End a condition. Raises KeyError for one that is not active."""
        condition = self._active.pop(id)
        self._changed()
        entry = ConditionHistoryEntry(
            id, condition.time, condition.name, condition.component, condition.severity, self._now()
        )
        self._history.appendleft(entry)
        return entry

    def forget(self) -> None:
        """No history, and ids run from 1 again: of a scanner that starts over, with no condition left."""
        self._history.clear()
        self._last_id = 0

    def set_reason(self, reason: ScannerStateReason, *, on: bool) -> bool:
        """Have a reason that belongs to no condition (REASONS_ALONE), or end it; False when it is so already."""
        if on is (reason in self._alone):
            return False
        if on:
            self._alone[reason] = None
        else:
            del self._alone[reason]
        self._changed()
        return True

    def _changed(self) -> None:
        """What follows from those that are active: asked for twenty times a job, and changed seldom."""
        rules = [self.rules[each.name] for each in self._active.values()]
        self._effects = frozenset(
            (*(each.effect for each in rules), *(REASONS_ALONE[each] for each in self._alone))
        )
        of_conditions = (each.reason for each in rules if each.reason is not None)
        reasons = tuple(dict.fromkeys((*of_conditions, *self._alone)))
        self._reasons = reasons or (ScannerStateReason.NONE,)

    @property
    def stopped(self) -> bool:
        """Whether one of them makes the scanner Stopped. [wscn/condition/critical-stops]"""
        return ConditionEffect.STOP in self._effects

    @property
    def waiting(self) -> bool:
        """Whether one of them keeps jobs waiting."""
        return ConditionEffect.WAIT in self._effects

    @property
    def reasons(self) -> tuple[ScannerStateReason, ...]:
        """ScannerStateReasons: each once, in the order in which they came; None where there is nothing to add.
        [wscn/scanner-status/state-reasons] [clients/sane-airscan/reasons-after-a-fault]"""
        return self._reasons
