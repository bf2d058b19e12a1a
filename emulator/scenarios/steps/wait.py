"""`wait`: until something is so at a device, or a job has ended."""

from __future__ import annotations

from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.options.play import WaitStep
from emulator.options.until import Until
from emulator.scenarios.documents import device_document, job_met
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, WaitStep)
    used = step.given.get("job")
    if used is None:
        device = stage.device(step)
        waited = await device.wait(Until.of(**step.given), within=step.own.within)
        met = device_document(device)
        if waited.entry is not None:
            met["event"] = waited.entry.as_dict()
        return met
    job = stage.job(used)
    if step.device and stage.devices[step.device] is not job.device:
        raise LabError(f"{used} was not started at {step.device!r}, but at {job.device.name}", ExitCode.FAILED)
    await job.device.wait(Until.of(**{**step.given, "job": job.number}), within=step.own.within)
    return await job_met(job.job, step.expect, stage.state)


WAIT: Final = Operation(
    "wait",
    "Wait until a device is so, an event has come there, or a job has ended; at once where it is so already.",
    WaitStep,
    _perform,
    more=Until,
    uses={"job": "job"},
)
