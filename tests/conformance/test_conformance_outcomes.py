"""Jobs whose filters do not all come to a good end: a server as it should be keeps each clause of them, and of one
that shows nothing of the kind it is said what was seen."""

from __future__ import annotations

from pathlib import Path

from judged_server import judged
from mutant import Mutant
from mutants_outcomes import MUTANTS, WITH_WARNINGS

from emulator.reports.verdict import Verdict

IDS = sorted({each.caught_by for each in MUTANTS})
OF_WARNINGS = {each for each in IDS if "warnings" in each}


async def test_filters_of_unknown_dialects(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, IDS, Mutant("", "unknown dialects", office="several"))
    found = {id: run.verdict(id) for id in IDS}
    assert found == {
        **dict.fromkeys(IDS, Verdict.PASSED),
        **dict.fromkeys(OF_WARNINGS, Verdict.NOT_APPLICABLE),
    }, run.judged


async def test_filters_with_warnings(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, OF_WARNINGS, Mutant("", "warnings", delivery=WITH_WARNINGS))
    assert {run.verdict(id) for id in OF_WARNINGS} == {Verdict.PASSED}, run.judged


async def test_what_nothing_was_seen_of_is_not_applicable_by_the_answer_that_shows_it(tmp_path: Path) -> None:
    run, recording = await judged(tmp_path, IDS)
    for each in run.judged[1:-1]:
        assert each.verdict is Verdict.NOT_APPLICABLE, each
        shown = recording.numbered(each.evidence.exchanges[0])
        assert b"PostScanJobCompletedSuccessfully" in shown.body
        assert "--scan-process" in each.evidence.met
