"""What has happened at a scanner, numbered, for who asks what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from emulator.device.points import SCANNER_EVENT
from emulator.device.scanner import VirtualScanner
from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    JobChanged,
    JobEnded,
    ScannerEvent,
    StatusChanged,
)
from emulator.wsscan.values.jobs import ScanJobStatus
from emulator.wsscan.values.status import DeviceCondition

KEPT: Final = 1000
"""Entries of one scanner."""


class ScannerLog:
    """The newest entries of one scanner: its state, its conditions, the states of its scan jobs."""

    def __init__(self, scanner: VirtualScanner, kept: int = KEPT) -> None:
        """It is filled from now on, until `close`."""
        self._entries: deque[dict[str, Any]] = deque(maxlen=kept)
        self._last = 0
        self._conditions = {condition.id: condition for condition in scanner.snapshot().conditions}
        self._unplug = scanner.layers.listen(SCANNER_EVENT, self._take)

    def since(self, number: int) -> dict[str, Any]:
        """What came after entry `number`, the oldest first; `last`: what to ask with next; `lost`: how many between
        are there no more."""
        first = self._last - len(self._entries) + 1
        entries = [entry for entry in self._entries if entry["number"] > number]
        return {"events": entries, "lost": max(0, first - 1 - number), "last": max(number, self._last)}

    def close(self) -> None:
        """No more is taken down."""
        self._unplug()

    def _take(self, event: ScannerEvent) -> None:
        told = self._told(event)
        if told is not None:
            self._last += 1
            kind, data = told
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._entries.append({"number": self._last, "time": now, "kind": kind, "data": data})

    def _told(self, event: ScannerEvent) -> tuple[str, Mapping[str, Any]] | None:
        match event:
            case ConditionActive(condition):
                self._conditions[condition.id] = condition
                return "condition", _condition(condition, active=True)
            case ConditionCleared(id, _):
                return "condition", _condition(self._conditions.pop(id), active=False)
            case StatusChanged(state, reasons):
                return "state", {"of": "scanner", "state": state, "reasons": list(reasons)}
            case JobChanged(status):
                return "state", {"of": "scan job", **_job(status)}
            case JobEnded(status):
                return "end", {"of": "scan job", **_job(status)}
        return None


def _condition(condition: DeviceCondition, *, active: bool) -> dict[str, Any]:
    return {
        "active": active,
        "id": condition.id,
        "name": condition.name,
        "component": condition.component,
        "severity": condition.severity,
    }


def _job(status: ScanJobStatus) -> dict[str, Any]:
    return {
        "name": str(status.job_id),
        "state": status.state,
        "reasons": list(status.reasons),
        "images": status.scans_completed,
    }
