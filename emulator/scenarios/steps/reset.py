"""`reset`: one device, or everything."""

from __future__ import annotations

from typing import Final

from emulator.jobs.front_panel import FrontPanel
from emulator.lab.lab_scanner import device_refusals_as_lab_errors
from emulator.options.play import AtDevice
from emulator.scenarios.documents import device_document
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    if not step.device:
        await stage.lab.reset()
        return {}
    device = stage.device(step)
    with device_refusals_as_lab_errors():
        await FrontPanel(device.scanner).reset()
    return device_document(device)


RESET: Final = Operation(
    "reset",
    "With device: cancel jobs, end conditions, fill the feeder as at the start. Without: everything begins anew, "
    "the scan server, the fault plan's counts and subscriptions too.",
    AtDevice,
    _perform,
    at_device=False,
)
