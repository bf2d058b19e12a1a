"""What the journal is told of a scanner: its events, translated."""

from __future__ import annotations

from emulator.device.scanner_events import (
    ConditionActive,
    ConditionCleared,
    ElementsChanged,
    InputChanged,
    JobChanged,
    JobEnded,
    PageScanned,
    ScannerEvent,
    StatusChanged,
)
from emulator.layers import EVERYWHERE, Layers
from emulator.trace.kinds import ChangeTold, ConditionTold, InputTold, PageTold, StateTold, Told
from emulator.trace.points import HAPPENED, tell_happened
from emulator.trace.who import Who
from emulator.wsscan.values.status import ConditionName


def tell_journal(event: ScannerEvent, who: Who, layers: Layers = EVERYWHERE) -> None:
    """Tell it, if somebody listens. `who`: whose scanner it is, unless a post-scan job is at work with it."""
    if layers.heard(HAPPENED):
        told = _told(event)
        if told is not None:
            tell_happened(told, who, layers)


def _told(event: ScannerEvent) -> Told | None:
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
            return ConditionTold(False, id=id)
        case InputChanged("placed", _, film):
            return InputTold("placed", "film" if film else "platen")
        case InputChanged(what, sheets):
            return InputTold(what, sheets=sheets)
        case PageScanned(job_id, number):
            return PageTold(number, job_id)
        case ElementsChanged(names):
            return ChangeTold(names)
        case JobEnded():  # its last JobChanged has told it
            return None
