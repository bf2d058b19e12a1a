"""`discover`: who answers a Probe."""

from __future__ import annotations

import asyncio
from typing import Final

from emulator.inspector.discover import discover
from emulator.options.asking import DiscoverOptions
from emulator.options.play import DISCOVER_GIVES, DiscoverStep
from emulator.scenarios.expectations import mismatches
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, DiscoverStep)
    now = asyncio.get_running_loop().time
    until = now() + step.own.within
    while True:
        met = await _asked(stage, step)
        # An answer by UDP may be late, or lost.
        if now() >= until or not mismatches(step.expect, met):
            return met


async def _asked(stage: Stage, step: Step) -> Met:
    found = (await discover(DiscoverOptions.of(**step.given))).found
    ours = {device.uuid.urn: name for name, device in stage.devices.items()}
    return {
        "devices": sorted(ours[each.address] for each in found if each.address in ours),
        "others": sum(each.address not in ours for each in found),
        "found": [each.as_dict() for each in found],
    }


DISCOVER: Final = Operation(
    "discover",
    "Ask who is on the network, by WS-Discovery, and again until it is as expected; `devices` are those of the "
    "scenario that answer.",
    DiscoverStep,
    _perform,
    more=DiscoverOptions,
    names=DISCOVER_GIVES,
    at_device=False,
)
