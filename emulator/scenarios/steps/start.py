"""`start`: begins a post-scan job of what lies in the device, and does not wait for it."""

from __future__ import annotations

from typing import Final

from emulator.options.play import START_GIVES, StartStep
from emulator.options.scan import StartAction
from emulator.scenarios.documents import job_document
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import BroughtJob, Stage


async def _perform(stage: Stage, step: Step) -> Met:
    device = stage.device(step)
    job = BroughtJob(device, await device.start(**stage.of_every_job, **step.given))
    if step.brings:
        stage.brought[step.brings] = job
    return job_document(job.job)


START: Final = Operation(
    "start",
    "Begin a post-scan job of what lies in the device, and do not wait for it.",
    StartStep,
    _perform,
    more=StartAction,
    names=START_GIVES,
    brings="job",
)
