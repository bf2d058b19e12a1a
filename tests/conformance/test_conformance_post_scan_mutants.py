"""Each check of post-scan clients can fail: a device with one thing done otherwise is found, by the check that was
declared beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
from judged_post_scan import ClientMutant, judged
from post_scan_mutants import MUTANTS

from emulator.clauses.clause import Grade
from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST
from emulator.conformance.verdict import verdict_of_departure
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
CHECKS = all_checks(Subject.DSP_CLIENT)
OF_NOBODY = {"discovery/types/qnames-with-declared-prefixes", "discovery/scopes/uris"}
"""Of what our device leaves out of its Probe."""
NOTHING_ELSE = (Verdict.PASSED, Verdict.OBSERVED, Verdict.NOT_APPLICABLE)


def test_every_check_has_a_mutant_and_every_mutant_a_check() -> None:
    assert {each.caught_by for each in MUTANTS} == set(CHECKS)


def test_mutants_have_names_of_their_own() -> None:
    names = [each.name for each in MUTANTS]
    assert len(set(names)) == len(names)


def _alike() -> list[list[ClientMutant]]:
    """Mutants that are one device, found by several checks: one run is enough for them."""
    found: dict[int, list[ClientMutant]] = {}
    for each in MUTANTS:
        found.setdefault(id(each.lie), []).append(each)
    return list(found.values())


@pytest.mark.parametrize("mutants", _alike(), ids=lambda each: each[0].name)
async def test_a_mutant_is_found_by_its_checks(mutants: list[ClientMutant], tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, [each.caught_by for each in mutants], mutants[0])
    assert run.verdict(FIRST) is Verdict.PASSED, run.judged[0]
    for mutant in mutants:
        found = next(each for each in run.judged if each.id == mutant.caught_by)
        clause = CHECKS[mutant.caught_by].clause
        assert found.verdict is verdict_of_departure(clause), found
        if clause.grade is Grade.MAY:
            assert found.evidence.met.startswith("no"), found
        assert found.evidence.met and found.evidence.expected and found.evidence.exchanges


async def test_the_device_without_a_mutant_passes_every_check(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, CHECKS)
    wrong = [each for each in run.judged if each.verdict not in NOTHING_ELSE and each.id not in OF_NOBODY]
    assert not wrong, "\n".join(map(str, wrong))
    assert {each.id for each in run.judged if each.verdict is Verdict.NOT_RUN} == OF_NOBODY
