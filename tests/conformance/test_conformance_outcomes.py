"""Jobs whose filters do not all come to a good end: a server as it should be keeps each clause of them, and of one
that shows nothing of the kind it is said what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from judged_server import judged
from mutant import Mutant, rewritten, text
from mutants_outcomes import MUTANTS, REASONS, WITH_WARNINGS

from emulator.reports.verdict import Verdict

IDS = sorted({each.caught_by for each in MUTANTS})
OF_WARNINGS = {each for each in IDS if "warnings" in each}
OF_TROUBLE = {f"dsp/filter-state-reason/{each}" for each in REASONS} - {"dsp/filter-state-reason/invalid-args"}
OF_TROUBLE |= {f"dsp/job-state-reason/{each}-failed" for each in ("send-image", "create-post-scan-job")}


async def test_filters_of_unknown_dialects(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, IDS, Mutant("", "unknown dialects", office="several"))
    found = {id: run.verdict(id) for id in IDS}
    assert found == {
        **dict.fromkeys(IDS, Verdict.PASSED),
        **dict.fromkeys(OF_WARNINGS | OF_TROUBLE, Verdict.NOT_APPLICABLE),
    }, run.judged


@pytest.mark.parametrize("told", ["InvalidSMTPServer", "UnableToSendEmail", "OutOfDiskSpace", "UnknownError"])
async def test_a_server_that_tells_of_its_trouble_as_it_should(told: str, tmp_path: Path) -> None:
    """The e-mail filter of the office, which knows no mail server, ends with an error."""
    ids = [f"dsp/filter-state-reason/{id}" for id, reason in REASONS.items() if reason == told]
    change = rewritten(text("//dsp:FilterStateReason[.='InvalidSMTPServer']", told), "GetPostScanJobElements")
    run, _ = await judged(tmp_path, ids, Mutant("", told, (change,), office="choosing"))
    assert [run.verdict(id) for id in ids] == [Verdict.PASSED], run.judged


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
