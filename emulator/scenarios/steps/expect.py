"""`expect` alone: looks how something is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from emulator.options.play import ExpectStep
from emulator.scenarios.documents import (
    VERIFIED,
    device_document,
    faults_document,
    job_document,
    server_document,
    verified,
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
    told = stage.job(own.job).job
    met = job_document(told)
    if VERIFIED in step.expect and told.outcome is not None:
        met[VERIFIED] = await asyncio.to_thread(verified, told.outcome, stage.state)
    return met


EXPECT: Final = Operation(
    "expect",
    "Look how a device, a job, a PC, the embedded scan server or the fault plan is at this moment.",
    ExpectStep,
    _perform,
    uses={"job": "job", "subscription": "pc"},
    at_device=False,
)
