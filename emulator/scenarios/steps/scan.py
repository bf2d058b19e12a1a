"""`scan`: one whole post-scan job."""

from __future__ import annotations

import asyncio
from typing import Final

from emulator.options.play import SCAN_GIVES, AtDevice
from emulator.options.scan import ScanOptions
from emulator.scenarios.documents import VERIFIED, outcome_document, verified
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    outcome = await stage.device(step).scan(**stage.of_every_job, **step.given)
    met = outcome_document(outcome)
    if VERIFIED in step.expect:
        met[VERIFIED] = await asyncio.to_thread(verified, outcome, stage.state)
    return met


SCAN: Final = Operation(
    "scan",
    "Run one whole post-scan job, of files or of what lies in the device, to its end.",
    AtDevice,
    _perform,
    more=ScanOptions,
    names=SCAN_GIVES,
)
