"""Each check of devices can fail: a device with one thing done otherwise is found, by the check that was declared
beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest
from device_mutants import MUTANTS
from judged_device import judged
from mutant import Mutant

from emulator.clauses.clause import Grade
from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST
from emulator.conformance.verdict import Verdict, verdict_of_departure

pytestmark = pytest.mark.wire_fault
CHECKS = all_checks(Subject.DEVICE)
OF_STRICT = ("addressing/fault/message-information-header-required", "addressing/reply-to/elsewhere-refused")
"""A device that tolerates deviations, as ours do by themselves, does not keep them."""
NOTHING_ELSE = (Verdict.PASSED, Verdict.OBSERVED, Verdict.NOT_APPLICABLE)


def test_every_check_has_a_mutant_and_every_mutant_a_check() -> None:
    assert {each.caught_by for each in MUTANTS} == set(CHECKS)


def test_mutants_have_names_of_their_own() -> None:
    names = [each.name for each in MUTANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
async def test_a_mutant_is_found_by_its_check(mutant: Mutant, tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, [mutant.caught_by], mutant)
    assert run.verdict(FIRST) is Verdict.PASSED, run.judged[0]
    found = next(each for each in run.judged if each.id == mutant.caught_by)
    clause = CHECKS[mutant.caught_by].clause
    assert found.verdict is verdict_of_departure(clause), found
    if clause.grade is Grade.MAY:
        assert found.evidence.met.startswith("no"), found
    assert found.evidence.met and found.evidence.expected and found.evidence.exchanges


@pytest.mark.parametrize("profile", ["office-mfp", "photo-film"])
async def test_the_device_without_a_mutant_passes_every_check(profile: str, tmp_path: Path) -> None:
    ids = [id for id, each in CHECKS.items() if not each.slow and id not in OF_STRICT]
    run, _ = await judged(tmp_path, ids, profile=profile)
    wrong = [each for each in run.judged if each.verdict not in NOTHING_ELSE]
    assert not wrong, "\n".join(map(str, wrong))


async def test_a_strict_device_without_a_mutant_refuses_deviations(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, OF_STRICT, strict=True)
    assert [each.verdict for each in run.judged] == [Verdict.PASSED] * 4, run.judged


async def test_the_device_without_a_mutant_keeps_the_time_limits(tmp_path: Path) -> None:
    slow = [id for id, each in CHECKS.items() if each.slow]
    run, _ = await judged(tmp_path, slow, retrieve_limit=2.0)
    assert [each.verdict for each in run.judged] == [Verdict.PASSED] * (len(slow) + 2), run.judged
