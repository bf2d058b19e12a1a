"""What happened at a scanner, in words that are the same whoever tells it: the control API, an observer in this
process, a subscriber over WS-Eventing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    JobChanged,
    JobEnded,
    ScannerEvent,
    StatusChanged,
)

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
AT_WORK = {"None", "JobScanning", "JobTransferring", "JobScanningAndTransferring"}
"""Reasons of a job in Processing that only say how far its client is."""


class Seen:
    """What happened at a scanner, a line each: its state, conditions, the states of a job."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.times: list[float] = []
        """Of each line, in seconds: when it happened, or was told."""
        self.now = 0.0
        """Of what is added next."""
        self._conditions: dict[str, str] = {}

    def _add(self, *words: str) -> None:
        """Add a line, if the last one of the same kind says another thing."""
        line = " ".join(word for word in words if word)
        same = [each for each in self.lines if each.partition(" ")[0] == words[0]]
        if words[0] not in ("scanner", "job") or not same or same[-1] != line:
            self.lines.append(line)
            self.times.append(self.now)

    def forget(self) -> None:
        """What has been before does not belong to the job."""
        self.lines.clear()
        self.times.clear()

    def between(self, first: str, last: str) -> float:
        """Seconds from one line to another."""
        return self.times[self.lines.index(last)] - self.times[self.lines.index(first)]

    def scanner(self, state: str, reasons: Iterable[str]) -> None:
        self._add("scanner", state, *(reason for reason in reasons if reason != "None"))

    def condition(self, id: str, name: str, component: str, *, active: bool = True) -> None:
        self._conditions[id] = name
        if active:
            self._add("condition", name, component)
        else:
            self._cleared(name)

    def _cleared(self, name: str) -> None:
        # What a user brings is laid in when the scan begins, what is loaded before: that is no difference here.
        if name != "InputTrayEmpty":
            self._add("cleared", name)

    def cleared(self, id: str) -> None:
        self._cleared(self._conditions[id])

    def job(self, state: str, reasons: Iterable[str]) -> None:
        if state in ("Creating", "Pending"):
            return  # subscribers are told from Started on (JobStatusEvent page)
        self._add("job", state, *(reason for reason in reasons if reason not in AT_WORK))

    def ended(self, state: str, reasons: Iterable[str], images: str) -> None:
        self._add("ended", state, *(reason for reason in reasons if reason not in AT_WORK), "images", images)

    @property
    def over(self) -> bool:
        """Whether a job has ended."""
        return any(line.startswith("ended ") for line in self.lines)


def from_control(entries: Sequence[Mapping[str, Any]]) -> Seen:
    """What the control API tells: entries of the journal."""
    seen = Seen()
    for entry in entries:
        data = entry["data"]
        seen.now = datetime.fromisoformat(entry["time"]).timestamp()
        match entry["kind"], data.get("of") or data.get("what"):
            case "state", "scanner":
                seen.scanner(data["state"], data["reasons"])
            case "state", "scan job":
                seen.job(data["state"], data["reasons"])
                if data["state"] in ("Completed", "Canceled", "Aborted"):
                    seen.ended(data["state"], data["reasons"], str(data["images"]))
            case "condition", _:
                seen.condition(str(data["id"]), data["name"], data["component"], active=data["active"])
            case "input", "empty":
                seen.condition("", "InputTrayEmpty", "ADF")
    return seen


def from_observer(events: Sequence[tuple[float, ScannerEvent]], first: int = 0) -> Seen:
    """What an observer in this process was told from event number `first` on, and when."""
    seen = Seen()
    for number, (seen.now, event) in enumerate(events):
        if number == first:
            seen.forget()
        match event:
            case StatusChanged(state, reasons):
                seen.scanner(state, reasons)
            case JobChanged(status):
                seen.job(status.state, status.reasons)
            case JobEnded(status, summary):
                seen.ended(status.state, status.reasons, str(summary.scans_completed))
            case ConditionActive(condition):
                seen.condition(str(condition.id), condition.name, condition.component)
            case ConditionCleared(id):
                seen.cleared(str(id))
    return seen


def from_wire(events: Sequence[tuple[float, etree._Element]], first: int = 0) -> Seen:
    """What a subscriber was told over WS-Eventing from event number `first` on, and when."""
    seen = Seen()
    for number, (seen.now, envelope) in enumerate(events):
        if number == first:
            seen.forget()
        (body,) = envelope.findall("{*}Body/*")
        (content,) = body

        def texts(name: str, content: etree._Element = content) -> list[str]:
            return [each.text or "" for each in content.iter(f"{{{WSCN}}}{name}")]

        match etree.QName(body).localname:
            case "ScannerStatusSummaryEvent":
                seen.scanner(texts("ScannerState")[0], texts("ScannerStateReason"))
            case "ScannerStatusConditionEvent":
                condition = next(content.iter(f"{{{WSCN}}}DeviceCondition"))
                seen.condition(condition.get("Id") or "", texts("Name")[0], texts("Component")[0])
            case "ScannerStatusConditionClearedEvent":
                seen.cleared(texts("ConditionId")[0])
            case "JobStatusEvent":
                seen.job(texts("JobState")[0], texts("JobStateReason"))
            case "JobEndStateEvent":
                seen.ended(texts("JobCompletedState")[0], texts("JobStateReason"), texts("ScansCompleted")[0])
    return seen
