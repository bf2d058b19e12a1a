"""`remove`: a device leaves the network."""

from __future__ import annotations

from typing import Final

from emulator.options.play import AtDevice
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    await stage.device(step).remove()
    stage.removed[step.device] = step.number
    return {}


REMOVE: Final = Operation(
    "remove", "Take the device off the network, with Bye; its jobs are cancelled.", AtDevice, _perform
)
