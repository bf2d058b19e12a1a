"""How a scanner is: ScannerStatus and its conditions (docs/protocol/ws-scan.md, section 2.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from emulator.conformance.devices.asked_device import STATUS
from emulator.conformance.devices.checks import check, in_status
from emulator.conformance.devices.configuration import MOST
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.keywords import (
    COMPONENTS,
    CONDITIONS,
    SCANNER_STATES,
    SEVERITIES,
    STATE_REASONS,
)
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import (
    child,
    children,
    own_names,
    require_child,
    require_children,
    require_keyword,
    require_time,
    text,
)
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.verdict import Departure

CONDITION: tuple[str, ...] = ("Time", "Name", "Component", "Severity")


@in_status("wscn/scanner-status/current-time")
def current_time(status: Any, exchange: Exchange) -> str:
    """ScannerCurrentTime is a dateTime."""
    found = require_child(status, "ScannerCurrentTime", exchange)
    require_time(found, exchange)
    return text(found)


@in_status("wscn/scanner-status/state")
def state(status: Any, exchange: Exchange) -> str:
    """ScannerState is Idle, Processing, Stopped or a vendor's own."""
    found = require_child(status, "ScannerState", exchange)
    require_keyword(found, SCANNER_STATES, exchange)
    return text(found)


@in_status("wscn/scanner-status/state-reasons")
def state_reasons(status: Any, exchange: Exchange) -> str:
    """ScannerStateReasons holds keywords of the list, or None."""
    reasons = require_child(status, "ScannerStateReasons", exchange)
    found = children(reasons, "ScannerStateReason")
    require(bool(found), "no ScannerStateReason", "None where there is no reason", [exchange], reasons)
    for each in found:
        require_keyword(each, STATE_REASONS, exchange)
    return ", ".join(map(text, found))


@in_status("wscn/scanner-status/active-conditions")
def active_conditions(status: Any, exchange: Exchange) -> str:
    """ActiveConditions is there, empty or with DeviceCondition alone."""
    found = require_child(status, "ActiveConditions", exchange)
    names = own_names(found)
    wrong = [each for each in names if each != "DeviceCondition"]
    require(not wrong, f"{', '.join(wrong)} in ActiveConditions", "DeviceCondition", [exchange], found)
    return f"{len(names)} conditions"


@in_status("wscn/scanner-status/condition-history")
def condition_history(status: Any, exchange: Exchange) -> str:
    """Whether there is a ConditionHistory."""
    found = child(status, "ConditionHistory")
    require(found is not None, "no ConditionHistory", "ConditionHistory", [exchange], status)
    return f"{len(children(found, 'ConditionHistoryEntry'))} entries"


@check("wscn/scanner-state/idle")
async def idle(peer: DevicePeer) -> str:
    """A scanner without a job tells Idle, and begins a new one."""
    await peer.ended_job()
    await peer.settled()
    status, exchange = await peer.fresh_section(STATUS)
    found = child(status, "ScannerState")
    if text(found) != "Idle":
        conditions = ", ".join(text(each) for each in status.iter("{*}ScannerStateReason"))
        raise Departure(f"{text(found)} ({conditions}) without a job", "Idle", [exchange], found)
    await peer.new_job()
    return "Idle, and a job was taken"


@asynccontextmanager
async def with_condition(peer: DevicePeer, action: Action = Action.OPEN) -> AsyncIterator[tuple[Any, Exchange]]:
    """ScannerStatus while a cover is open (or the paper jams), which is put right behind. Raises NotRun."""
    await peer.hands.do(action)
    try:
        yield await peer.status_when(lambda status: bool(names_of_conditions(status)))
    finally:
        await peer.hands.do(Action.CLEAR)


def names_of_conditions(status: Any) -> list[str]:
    """Those of the conditions that are active; ConditionHistory has names too."""
    return [text(child(each, "Name")) for each in status.iter("{*}DeviceCondition")]


async def _conditions(peer: DevicePeer) -> tuple[list[Any], Exchange]:
    """The conditions that an open cover has, seen once for all checks. Raises NotRun."""

    async def make() -> tuple[list[Any], Exchange]:
        async with with_condition(peer) as (status, exchange):
            found = list(status.iter("{*}DeviceCondition"))
            require(bool(found), "no DeviceCondition while a cover is open", "CoverOpen", [exchange], status)
            return found, exchange

    return await peer.situation("a scanner with an open cover", make)


@check("wscn/condition/children")
async def condition_children(peer: DevicePeer) -> None:
    """A DeviceCondition holds Time, Name, Component and Severity."""
    found, exchange = await _conditions(peer)
    for each in found:
        require_children(each, CONDITION, exchange)
        require_time(child(each, "Time"), exchange)


@check("wscn/condition/id", "notes/c-28/condition-id-required")
async def condition_id(peer: DevicePeer) -> None:
    """A DeviceCondition has the attribute Id, an integer of 1 or more."""
    found, exchange = await _conditions(peer)
    for each in found:
        came = each.get("Id") or each.get(f"{each.tag.partition('}')[0]}}}Id")
        right = came is not None and came.isdecimal() and 1 <= int(came) <= MOST
        require(right, f"Id {came!r}", "an integer of 1 or more", [exchange], each)


@check("dsd/event/condition-id-is-unqualified", "clients/wsd-python/unqualified-condition-id")
async def condition_id_unqualified(peer: DevicePeer) -> None:
    """The attribute Id has no namespace."""
    found, exchange = await _conditions(peer)
    for each in found:
        require(each.get("Id") is not None, "no Id without a namespace", "Id", [exchange], each)


@check("wscn/condition/component")
async def condition_component(peer: DevicePeer) -> None:
    """Component is ADF, Film, MediaPath, Platen or a vendor's own."""
    found, exchange = await _conditions(peer)
    for each in found:
        require_keyword(require_child(each, "Component", exchange), COMPONENTS, exchange)


@check("wscn/condition/severity")
async def condition_severity(peer: DevicePeer) -> None:
    """Severity is Informational, Warning, Critical or a vendor's own."""
    found, exchange = await _conditions(peer)
    for each in found:
        require_keyword(require_child(each, "Severity", exchange), SEVERITIES, exchange)


@check("wscn/condition/reasons-only", "notes/c-29/reasons-are-no-conditions")
async def reasons_only(peer: DevicePeer) -> None:
    """AttentionRequired, None and Paused are never the name of a condition."""
    found, exchange = await _conditions(peer)
    for each in found:
        require_keyword(require_child(each, "Name", exchange), CONDITIONS, exchange)


@check("wscn/condition/cover-open")
async def cover_open(peer: DevicePeer) -> str:
    """An open cover is told as CoverOpen, and the scanner is Stopped."""
    async with with_condition(peer) as (status, exchange):
        names = names_of_conditions(status)
        require("CoverOpen" in names, f"conditions {', '.join(names)}", "CoverOpen", [exchange], status)
        found = child(status, "ScannerState")
        require(text(found) == "Stopped", f"{text(found)} while a cover is open", "Stopped", [exchange], found)
    return "CoverOpen, Stopped"


@check("wscn/condition/media-jam")
async def media_jam(peer: DevicePeer) -> str:
    """A jam is told as MediaJam, and the scanner is Stopped."""
    async with with_condition(peer, Action.JAM) as (status, exchange):
        names = names_of_conditions(status)
        require("MediaJam" in names, f"conditions {', '.join(names)}", "MediaJam", [exchange], status)
        found = child(status, "ScannerState")
        require(text(found) == "Stopped", f"{text(found)} while the paper jams", "Stopped", [exchange], found)
    return "MediaJam, Stopped"


@check("wscn/scanner-state/stopped")
async def stopped(peer: DevicePeer) -> None:
    """A scanner whose cover is open tells Stopped while it takes no job, by a fault of its own."""
    async with with_condition(peer) as (status, exchange):
        answer = await peer.create(await peer.ticket(), patient=False)
        told = answer.told
        refused = told is not None and told.fault is not None
        found = child(status, "ScannerState")
        if refused:
            wanted = "Stopped: it takes no job"
            require(text(found) == "Stopped", f"{text(found)}", wanted, [exchange, answer], found)


@check("wscn/scanner-state/stopped-to-idle")
async def stopped_to_idle(peer: DevicePeer) -> None:
    """A Stopped scanner becomes Idle when its cover is closed."""
    async with with_condition(peer):
        pass
    await peer.settled()
    status, exchange = await peer.fresh_section(STATUS)
    found = child(status, "ScannerState")
    require(text(found) == "Idle", f"{text(found)} once the cover is closed", "Idle", [exchange], found)


@check("wscn/condition/id-not-reused")
async def condition_id_not_reused(peer: DevicePeer) -> None:
    """The Id of a condition that comes again is another."""
    async with with_condition(peer) as (status, first):
        before = {each.get("Id") for each in status.iter("{*}DeviceCondition")}
        whose = {(each.get("Id"), text(child(each, "Name"))) for each in status.iter("{*}DeviceCondition")}
    async with with_condition(peer) as (status, second):
        for each in status.iter("{*}DeviceCondition"):
            id = each.get("Id")
            name = text(child(each, "Name"))
            again = id in before and name == "CoverOpen" and (id, name) in whose
            require(not again, f"Id {id} of {name} again", "another Id", [first, second], each)


@check("wscn/condition/clear-time")
async def clear_time(peer: DevicePeer) -> str:
    """An entry of ConditionHistory holds what the condition held, and ClearTime."""
    await _conditions(peer)
    status, exchange = await peer.fresh_section(STATUS)
    found = list(status.iter("{*}ConditionHistoryEntry"))
    if not found:
        return "no condition is remembered"
    for each in found:
        require_children(each, (*CONDITION, "ClearTime"), exchange)
        require_time(child(each, "ClearTime"), exchange)
        require_number_attribute(each, exchange)
    return f"so in {len(found)}"


def require_number_attribute(element: Any, exchange: Exchange) -> None:
    """The attribute Id of a condition that is gone. [wscn/condition/id]"""
    came = element.get("Id", "")
    require(came.isdecimal() and int(came) > 0, f"Id {came!r}", "an integer of 1 or more", [exchange], element)


@check("wscn/condition/input-tray-empty", "notes/c-29/conditions-are-no-reasons")
async def input_tray_empty(peer: DevicePeer) -> str:
    """An empty feeder is no ScannerStateReason, and stops nothing."""
    await peer.require_feeder()
    await peer.emptied_feeder()
    status, exchange = await peer.fresh_section(STATUS)
    reasons = [text(each) for each in status.iter("{*}ScannerStateReason")]
    wrong = "InputTrayEmpty" in reasons
    require(not wrong, "the ScannerStateReason InputTrayEmpty", "a condition only", [exchange], status)
    for each in status.iter("{*}DeviceCondition"):
        if text(child(each, "Name")) == "InputTrayEmpty":
            where = f"{text(child(each, 'Component'))}, {text(child(each, 'Severity'))}"
            require(where == "ADF, Warning", where, "at ADF and a Warning", [exchange], each)
            found = text(child(status, "ScannerState"))
            require(found != "Stopped", "Stopped by it", "it stops nothing", [exchange], each)
            return "told as a condition"
    return "not told at all"
