"""Conditions: several at once, ids that are never used again, a history of bounded length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from emulator.device.conditions import Conditions
from emulator.wsscan.values.status import Component, ConditionName, ScannerStateReason, Severity

C = ConditionName


class Calendar:
    """A minute later each time it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def test_several_at_once_and_ids_never_again() -> None:
    # The law: [wscn/condition/id] [wscn/condition/id-not-reused] [wscn/scanner-status/active-conditions]
    conditions = Conditions()
    first = conditions.add(C.COVER_OPEN, Component.ADF)
    second = conditions.add(C.MEDIA_JAM)
    assert first is not None and second is not None
    assert (first.id, second.id) == (1, 2)
    conditions.clear(2)
    third = conditions.add(C.MEDIA_JAM)
    assert third is not None and third.id == 3
    assert conditions.active == (first, third)


def test_the_same_condition_is_active_once_for_a_component() -> None:
    conditions = Conditions()
    assert conditions.add(C.COVER_OPEN, Component.ADF) is not None
    assert conditions.add(C.COVER_OPEN, Component.ADF) is None
    assert conditions.add(C.COVER_OPEN, Component.PLATEN) is not None
    assert [each.component for each in conditions.active] == ["ADF", "Platen"]
    assert conditions.reasons == (ScannerStateReason.COVER_OPEN,)


def test_component_and_severity_follow_the_rule_and_may_be_given() -> None:
    # The law: [wscn/condition/component] [wscn/condition/severity]
    conditions = Conditions()
    usual = conditions.add(C.LAMP_ERROR)
    given = conditions.add(C.MEDIA_JAM, Component.ADF, Severity.WARNING)
    assert usual is not None and (usual.component, usual.severity) == ("Platen", "Critical")
    assert given is not None and (given.component, given.severity) == ("ADF", "Warning")


def test_a_component_that_cannot_have_it_is_refused() -> None:
    # The law: [wscn/condition/name-fits-component]
    with pytest.raises(ValueError, match="InputTrayEmpty is a condition of ADF, not of Platen"):
        Conditions().add(C.INPUT_TRAY_EMPTY, Component.PLATEN)


def test_the_history_tells_when_and_keeps_the_newest() -> None:
    # The law: [wscn/condition/clear-time] [wscn/scanner-status/condition-history]
    conditions = Conditions(now=Calendar(), history=3)
    for _ in range(5):
        condition = conditions.add(C.CALIBRATING)
        assert condition is not None
        entry = conditions.clear(condition.id)
        assert entry.clear_time - entry.time == timedelta(minutes=1)
    assert len(conditions.history) == 3
    assert conditions.history[0].time > conditions.history[1].time > conditions.history[2].time
    with pytest.raises(KeyError):
        conditions.clear(1)


def test_reasons_in_the_order_in_which_they_came() -> None:
    # The law: [wscn/scanner-status/state-reasons]
    conditions = Conditions()
    assert conditions.reasons == (ScannerStateReason.NONE,)
    conditions.add(C.INPUT_TRAY_EMPTY)
    assert conditions.reasons == (ScannerStateReason.NONE,)
    assert not conditions.stopped and not conditions.waiting
    conditions.add(C.MEDIA_JAM)
    conditions.add(C.LAMP_WARMING)
    assert conditions.reasons == (ScannerStateReason.MEDIA_JAM, ScannerStateReason.LAMP_WARMING)
    assert conditions.stopped and conditions.waiting
