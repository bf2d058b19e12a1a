"""`faults`: another fault plan acts from here on."""

from __future__ import annotations

from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.options.play import FaultsStep
from emulator.scenarios.documents import faults_document
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _perform(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, FaultsStep)
    before = faults_document(stage)
    unfired = before["unfired"]
    if unfired and "unfired" not in step.expect:
        raise LabError(
            f"the fault {unfired[0]!r} of the plan before has never happened",
            ExitCode.FAILED,
            hint="may_miss = true lets a fault not happen",
        )
    stage.excused |= set(unfired)
    stage.lab.change_faults(step.own.plan)
    return before


FAULTS: Final = Operation(
    "faults",
    "Have another fault plan act from here on, with new counts; without `plan` none. What is met is how the plan "
    "before has fared.",
    FaultsStep,
    _perform,
    at_device=False,
)
