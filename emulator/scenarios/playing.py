"""Plays scenarios: step after step, each a result; behind one that fails nothing more is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.options.play import WaitStep
from emulator.options.until import MOST_SECONDS
from emulator.reports.result import SAYS, Result
from emulator.reports.verdict import Verdict
from emulator.scenarios.expectations import Mismatch, mismatches
from emulator.scenarios.scenario import Met, Scenario, Step
from emulator.scenarios.stage import Against, Stage, open_stage
from emulator.trace.journal import Entry
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import timed

_log = logging.getLogger(__name__)

STEP_LIMIT: Final = MOST_SECONDS + 60
"""Seconds that any step may take; a wait ends before by itself."""
MOST_JOURNAL: Final = 500
"""Lines of the journal that a failed step keeps, the last ones."""

Found = Callable[[Result], None]
"""Takes each result, as it comes."""


async def play(scenario: Scenario, found: Found, against: Against | None = None) -> bool:
    """Play a scenario in a lab of its own; whether all of it is as expected. Nothing is raised for what happens in
    it."""
    begun = time.monotonic()
    try:
        async with open_stage(scenario, against) as stage:
            return await play_on(stage, found)
    except LabError as error:
        found(
            Result(
                f"{scenario.name}/lab", Verdict.FAILED, _ms(begun), _told(scenario.source, str(error), error.hint)
            )
        )
        return False


async def play_on(stage: Stage, found: Found) -> bool:
    """Play the stage's scenario on it."""
    failed: Step | None = None
    for step in stage.scenario.steps:
        name = f"{stage.scenario.name}/{step.id}"
        if failed is not None:
            found(Result(name, Verdict.NOT_RUN, 0, {SAYS: f"step {failed.number} has failed"}))
            continue
        result = await _played(stage, step, name)
        found(result)
        if result.verdict is not Verdict.PASSED:
            failed = step
    if failed is None:
        result = _end(stage)
        found(result)
        return result.verdict is Verdict.PASSED
    return False


async def _played(stage: Stage, step: Step, name: str) -> Result:
    begun, number = time.monotonic(), stage.journal.last
    error: LabError | None = None
    try:
        met = await _met(stage, step)
    except LabError as raised:
        error = raised
        met = {"error": str(raised), "exit_code": int(raised.code)}
    except Exception as raised:
        _log.exception("a step has failed")
        says = f"a bug of dsm-emulator: {type(raised).__name__}: {raised}"
        return Result(name, Verdict.ERROR, _ms(begun), _told(stage.scenario.place(step, step.operation.name), says))
    wrong = _unforeseen(step, met, error) or mismatches(step.expect, met)
    if not wrong:
        return Result(name, Verdict.PASSED, _ms(begun), {SAYS: step.title} if step.title else {})
    evidence = _evidence(stage, step, wrong)
    if error is not None and error.hint:
        evidence["hint"] = error.hint
    if error is None and met.get("error"):
        evidence["error"] = met["error"]
    evidence["journal"] = _since(stage, step, number)
    return Result(name, Verdict.FAILED, _ms(begun), evidence)


async def _met(stage: Stage, step: Step) -> Met:
    """What the step met. Raises LabError, also for one that does not end."""
    try:
        async with asyncio.timeout(STEP_LIMIT) as limit:
            return await step.operation.perform(stage, step)
    except TimeoutError:
        if not limit.expired():
            raise
        raise LabError(f"it has not ended within {STEP_LIMIT:g} s", ExitCode.FAILED) from None


def _unforeseen(step: Step, met: Met, error: LabError | None) -> list[Mismatch]:
    """What fails a step that expects nothing of it: it could not be done; a job has ended otherwise than well."""
    if error is not None and "error" not in step.expect:
        return [Mismatch((), None, None, str(error))]
    ended = step.operation.name == "scan" or (isinstance(step.own, WaitStep) and "job" in step.given)
    foreseen = step.expect.keys() & {"outcome", "error", "exit_code"} or "outcome" in step.given
    if ended and error is None and not foreseen and met.get("done") and met.get("exit_code") != 0:
        why = met.get("error") or met.get("reason") or "exit code " + str(met.get("exit_code"))
        return [Mismatch(("outcome",), "Completed", met.get("outcome"), f"is {met.get('outcome')}: {why}")]
    return []


def _evidence(stage: Stage, step: Step, wrong: list[Mismatch]) -> dict[str, Any]:
    first = wrong[0]
    says = f"{first.name} {first.says}".strip() if first.says else f"{first.name} is not as expected"
    if len(wrong) > 1:
        says += f" (and {len(wrong) - 1} more)"
    said = first.path and first.path[0] in step.expect
    place = ("expect", *first.path) if said else (step.operation.name,)
    evidence: dict[str, Any] = _told(stage.scenario.place(step, *place), says)
    if first.path:
        evidence["expected"] = first.expected if len(wrong) == 1 else {e.name: e.expected for e in wrong}
        evidence["met"] = first.met if len(wrong) == 1 else {each.name: each.met for each in wrong}
    return evidence


def _told(where: str, says: str, hint: str = "") -> dict[str, Any]:
    told = {SAYS: says, "where": where}
    return {**told, "hint": hint} if hint else told


def _since(stage: Stage, step: Step, number: int) -> list[str]:
    """What the journal has had since a step began."""
    lines: list[str] = []
    while entries := stage.journal.since(number).entries:
        for entry in entries:
            if not _beside_the_point(entry, step):
                lines += timed(entry)
        number = entries[-1].number
    if len(lines) > MOST_JOURNAL:
        lines = [f"... {len(lines) - MOST_JOURNAL} lines before", *lines[-MOST_JOURNAL:]]
    return lines or ["nothing has happened"]


def _beside_the_point(entry: Entry, step: Step) -> bool:
    """Return whether a line says nothing: of the embedded scan server, whose jobs tell the same of their own side;
    of discovery, which goes on all the time."""
    if entry.kind is EntryKind.DATAGRAM:
        return step.operation.name != "discover"
    return entry.embedded and entry.kind not in (EntryKind.DELIVERY, EntryKind.FAULT)


def _end(stage: Stage) -> Result:
    """Whether nothing is left over: no job still runs, no fault of the plan has never happened."""
    begun = time.monotonic()
    name = f"{stage.scenario.name}/end"
    running = [each for each in stage.lab.started_jobs.jobs if not each.done]
    if running:
        says = f"{len(running)} post-scan jobs have not ended: a step that waits for each is wanted"
        return Result(name, Verdict.FAILED, _ms(begun), _told(stage.scenario.source, says))
    never = [each for each in stage.lab.disturbances.never_fired if each.name not in stage.excused]
    if never:
        where = "" if never[0].line is None else f" (line {never[0].line} of its plan)"
        says = f"the fault {never[0].name!r}{where} never happened"
        hint = "may_miss = true lets a fault not happen"
        return Result(name, Verdict.FAILED, _ms(begun), _told(stage.scenario.source, says, hint))
    return Result(name, Verdict.PASSED, _ms(begun))


def _ms(begun: float) -> float:
    return (time.monotonic() - begun) * 1000
