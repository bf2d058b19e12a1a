"""ScannerStatus: state, conditions, their history (its WS-Scan pages; ws-scan.md 2.3)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import place
from emulator.wsscan.values.status import (
    Component,
    ConditionHistoryEntry,
    ConditionName,
    DeviceCondition,
    ScannerState,
    ScannerStateReason,
    ScannerStatus,
    Severity,
)
from emulator.wsscan.xml.settings import add
from emulator.wsscan.xml.structure import (
    CLOCK_NOT_SET,
    add_each,
    add_time,
    check_structure,
    enumerated,
    expected,
    keywords,
    missing,
    new,
    structure,
    time_or,
)

_ORDER: Final = (
    "ScannerCurrentTime",
    "ScannerState",
    "ScannerStateReasons",
    "ActiveConditions",
    "ConditionHistory",
)
_CONDITION_ORDER: Final = ("Time", "Name", "Component", "Severity")
_ENTRY_ORDER: Final = (*_CONDITION_ORDER, "ClearTime")


def read_scanner_status(element: etree._Element, deviations: Deviations) -> ScannerStatus:
    """Read wscn:ScannerStatus. Missing lists and times are noted; a time that is missing or none becomes that
    of a clock which nobody has set. Raises ContentError without ScannerState, and for a condition without
    Name, Component or Severity or with an Id that is no number."""
    cursor = structure(element, _ORDER, deviations)
    history = cursor.child("ConditionHistory")
    return ScannerStatus(
        time_or(cursor, "ScannerCurrentTime", CLOCK_NOT_SET),
        enumerated(cursor.required("ScannerState"), ScannerState),
        read_state_reasons(cursor),
        _read_conditions(expected(cursor, "ActiveConditions")),
        () if history is None else _read_history(history),
    )


def read_state_reasons(cursor: Cursor) -> tuple[ScannerStateReason | str, ...]:
    """ScannerStateReasons in `cursor`; a missing or an empty list is noted and empty."""
    reasons = expected(cursor, "ScannerStateReasons")
    if reasons is None:
        return ()
    check_structure(reasons, ("ScannerStateReason",))
    found = keywords(reasons, "ScannerStateReason", ScannerStateReason)
    if not found:
        missing(reasons, "ScannerStateReason")
    return found


def _read_conditions(conditions: Cursor | None) -> tuple[DeviceCondition, ...]:
    if conditions is None:
        return ()
    check_structure(conditions, ("DeviceCondition",))
    return tuple(
        read_device_condition(each.element, each.deviations) for each in conditions.children("DeviceCondition")
    )


def read_device_condition(element: etree._Element, deviations: Deviations) -> DeviceCondition:
    """Read wscn:DeviceCondition. Its Id is written without a prefix; the pages print wscn:Id. A
    missing Id is noted and 0.

    Raises ContentError when Name, Component or Severity is missing or Id is no number.
    [wscn/condition/children] [wscn/condition/id]"""
    cursor = structure(element, _CONDITION_ORDER, deviations)
    return DeviceCondition(
        _read_id(cursor),
        time_or(cursor, "Time", CLOCK_NOT_SET),
        enumerated(cursor.required("Name"), ConditionName),
        enumerated(cursor.required("Component"), Component),
        enumerated(cursor.required("Severity"), Severity),
    )


def _read_id(cursor: Cursor) -> int:
    # The law: [notes/c-09/attributes-read-in-both-forms]
    where = f"{place(cursor.element)}/@Id"
    value = cursor.attribute("Id", qualified=False)
    if value is None:
        cursor.deviations.note("element-missing", where)
        return 0
    if not (value.isascii() and value.isdigit()) or len(value) > 20:
        raise ContentError(f"{cursor.name}/@Id", f"{value[:40]!r} is no condition's number")
    if not 1 <= int(value) <= 2**31 - 1:
        cursor.deviations.note("value", where, value)
    return int(value)


def _read_history(history: Cursor) -> tuple[ConditionHistoryEntry, ...]:
    check_structure(history, ("ConditionHistoryEntry",))
    return tuple(_read_entry(each) for each in history.children("ConditionHistoryEntry"))


def _read_entry(cursor: Cursor) -> ConditionHistoryEntry:
    # The law: [wscn/condition/clear-time]
    check_structure(cursor, _ENTRY_ORDER)
    return ConditionHistoryEntry(
        _read_id(cursor),
        time_or(cursor, "Time", CLOCK_NOT_SET),
        enumerated(cursor.required("Name"), ConditionName),
        enumerated(cursor.required("Component"), Component),
        enumerated(cursor.required("Severity"), Severity),
        time_or(cursor, "ClearTime", CLOCK_NOT_SET),
    )


def write_scanner_status(status: ScannerStatus) -> etree._Element:
    """wscn:ScannerStatus. Without a reason None is written, without a history no ConditionHistory.
    [wscn/scanner-status/state-reasons] [wscn/scanner-status/condition-history] [clients/go-mfp/status-complete]
    [clients/sane-airscan/status-before-the-scan]"""
    root = new("ScannerStatus")
    add_time(root, "ScannerCurrentTime", status.current_time)
    add(root, "ScannerState", status.state)
    write_state_reasons(root, status.reasons)
    conditions = add(root, "ActiveConditions")
    for condition in status.active_conditions:
        conditions.append(write_device_condition(condition))
    if status.condition_history:
        history = add(root, "ConditionHistory")
        for entry in status.condition_history:
            element = add(history, "ConditionHistoryEntry")
            _write_condition(element, entry)
            add_time(element, "ClearTime", entry.clear_time)
    return root


def write_state_reasons(parent: etree._Element, reasons: tuple[str, ...]) -> None:
    """Append ScannerStateReasons; there is always one."""
    add_each(parent, "ScannerStateReasons", "ScannerStateReason", reasons or (ScannerStateReason.NONE,))


def write_device_condition(condition: DeviceCondition) -> etree._Element:
    """wscn:DeviceCondition. Valid by schema with an id from 1. [dsd/event/children-of-device-condition]"""
    element = new("DeviceCondition")
    _write_condition(element, condition)
    return element


def _write_condition(element: etree._Element, condition: DeviceCondition | ConditionHistoryEntry) -> None:
    """Id stands without a prefix [clients/wsd-python/unqualified-condition-id].
    [notes/c-09/wscn-attributes-bare] [notes/c-28/condition-id-required]"""
    element.set("Id", str(condition.id))
    add_time(element, "Time", condition.time)
    add(element, "Name", condition.name)
    add(element, "Component", condition.component)
    add(element, "Severity", condition.severity)
