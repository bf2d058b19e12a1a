"""What the journal is told of a scanner: its events, and the pages that pass it, translated."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.device.points import PAGE_EVENT, SCANNER_EVENT, PageEvent, PageScanned
from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    ElementsChanged,
    InputChanged,
    JobChanged,
    JobEnded,
    ScannerEvent,
    StatusChanged,
)
from emulator.layers import Layers
from emulator.trace.kinds import ChangeTold, ConditionTold, InputTold, PageTold, StateTold, Told
from emulator.trace.points import HAPPENED, tell_happened
from emulator.trace.who import WHO, Who
from emulator.wsscan.values.status import ConditionName, DeviceCondition


class JournalTeller:
    """Translates what a scanner tells at its layers."""

    def __init__(self, layers: Layers, who: Who, conditions: Iterable[DeviceCondition] = ()) -> None:
        """`layers`: of the scanner; `who`: whose scanner it is; `conditions`: that are active already."""
        self.who = who
        self._layers = layers
        self._conditions = {each.id: each for each in conditions}
        layers.listen(SCANNER_EVENT, self._happened)
        layers.listen(PAGE_EVENT, self._passed)

    def _tell(self, told: Told) -> None:
        now = WHO.get()  # a post-scan job at the device, or nobody in particular
        of_job = now is not None and now.told_job and now.device == self.who.device
        tell_happened(told, now if of_job else self.who, self._layers)

    def _happened(self, event: ScannerEvent) -> None:
        cleared: DeviceCondition | None = None
        if isinstance(event, ConditionActive):
            self._conditions[event.condition.id] = event.condition
        elif isinstance(event, ConditionCleared):
            cleared = self._conditions.pop(event.id, None)
        if self._layers.heard(HAPPENED) and (told := _told(event, cleared)) is not None:
            self._tell(told)

    def _passed(self, event: PageEvent) -> None:
        if isinstance(event, PageScanned) and self._layers.heard(HAPPENED):
            self._tell(PageTold(event.number, event.job_id))


def _told(event: ScannerEvent, cleared: DeviceCondition | None) -> Told | None:
    """`cleared`: the condition that is gone."""
    match event:
        case StatusChanged(state, reasons):
            return StateTold("scanner", str(state), tuple(str(each) for each in reasons))
        case JobChanged(status):
            why = tuple(str(each) for each in status.reasons)
            return StateTold("scan job", str(status.state), why, str(status.job_id), status.scans_completed)
        case ConditionActive(condition) if condition.name == ConditionName.INPUT_TRAY_EMPTY:
            return InputTold("empty", sheets=0)
        case ConditionActive(condition):
            return ConditionTold(
                True, str(condition.name), str(condition.component), str(condition.severity), condition.id
            )
        case ConditionCleared(id):
            return _cleared(id, cleared)
        case InputChanged("placed", _, film):
            return InputTold("placed", "film" if film else "platen")
        case InputChanged(what, sheets):
            return InputTold(what, sheets=sheets)
        case ElementsChanged(names):
            return ChangeTold(names)
        case JobEnded():  # its last JobChanged has told it
            return None


def _cleared(id: int, cleared: DeviceCondition | None) -> Told | None:
    if cleared is None:
        return ConditionTold(False, id=id)
    if cleared.name == ConditionName.INPUT_TRAY_EMPTY:
        return None  # that something was loaded is told
    return ConditionTold(False, str(cleared.name), str(cleared.component), str(cleared.severity), id)
