"""What people do at a device: the actions of `press` and of the control API, by their own models."""

from __future__ import annotations

from typing import Final

from emulator.device.scanner import NotAcceptingJobs
from emulator.jobs.front_panel import FrontPanel
from emulator.lab.lab_scanner import device_refusals_as_lab_errors
from emulator.options.play import AtDevice
from emulator.options.press import ACTIONS
from emulator.scenarios.documents import device_document
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    device = stage.device(step)
    with device_refusals_as_lab_errors():
        if device.scanner.keeper.stopped:
            raise NotAcceptingJobs("the scanner is switched off")
        await FrontPanel(device.scanner).do(step.operation.name, step.given)
    return device_document(device)


ACTIONS_AT_DEVICE: Final = tuple(
    Operation(name, model.DOES, AtDevice, _perform, more=model)
    for name, model in ACTIONS.items()
    if name != "reset"
)
"""`reset` is that of everything, or of a device: reset.py."""
