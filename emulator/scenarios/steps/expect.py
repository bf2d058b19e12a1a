"""`expect` alone: looks how something is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.options.play import ExpectStep
from emulator.scenarios.documents import (
    device_document,
    faults_document,
    job_met,
    server_document,
)
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    own = step.own
    assert isinstance(own, ExpectStep)
    if own.device is not None:
        return device_document(stage.device(replace(step, device=own.device)))
    if own.subscription is not None:
        return stage.pc(own.subscription).as_dict()
    if own.faults:
        return faults_document(stage)
    if own.job is None:
        return server_document(stage.lab.server)
    return await job_met(stage.job(own.job).job, step.expect, stage.state)


EXPECT: Final = Operation(
    "expect",
    "Look how a device, a job, a PC, the embedded scan server or the fault plan is at this moment.",
    ExpectStep,
    _perform,
    uses={"job": "job", "subscription": "pc"},
    at_device=False,
)
