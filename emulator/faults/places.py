"""Faults of one plan that may meet at one message or page: in which order they act is told."""

from __future__ import annotations

from typing import Final

from emulator.faults.alteration import At
from emulator.faults.plan import ANY, Fault, FaultPlan


def same_places(plan: FaultPlan) -> list[str]:
    """A line for each pair of faults that may act at the same: the order is that of the plan."""
    lines = []
    for number, first in enumerate(plan.faults):
        for second in plan.faults[number + 1 :]:
            if _may_meet(first, second):
                thing = _THINGS.get(first.at, "message")
                lines.append(f"{first.name!r} and {second.name!r} may meet at one {thing}: in this order")
    return lines


def _may_meet(first: Fault, second: Fault) -> bool:
    one, other = first.when, second.when
    if first.at is not second.at or not set(first.of) & set(second.of):
        return False
    if one.device and other.device and one.device != other.device:
        return False
    operations = {each for each in (one.operation, other.operation) if each not in (None, ANY)}
    numbers = ((one.page, other.page), (one.image, other.image), (one.nth, other.nth))
    return len(operations) < 2 and not any(a and b and a != b for a, b in numbers)


_THINGS: Final = {At.PAGE: "page", At.DATAGRAM: "datagram", At.TLS: "connection", At.DELIVERY: "delivery"}
