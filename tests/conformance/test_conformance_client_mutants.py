"""Each check of clients can fail: a scripted client that does one thing otherwise is found, by the check that was
declared beforehand; and one that does all right is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from client_mutants import MUTANTS, RIGHT, ClientMutant
from judged_client import judged
from scripted_client import everything

from emulator.clauses.clause import Grade
from emulator.conformance.check import Check, Subject, all_checks
from emulator.conformance.clients.situations import Situation
from emulator.conformance.runner import FIRST
from emulator.conformance.verdict import verdict_of_departure
from emulator.reports.verdict import BAD, Verdict

CHECKS = all_checks(Subject.CLIENT)
OF_NOBODY = {"wscn/ticket/film-scan-mode"}
"""Of a scanner for film, which the device is not."""


def test_every_check_has_a_mutant_and_every_mutant_a_check() -> None:
    assert {each.caught_by for each in MUTANTS} == set(CHECKS)


def test_mutants_have_names_of_their_own() -> None:
    names = [each.name for each in MUTANTS]
    assert len(set(names)) == len(names)


def emptied(check: Check) -> Check:
    """The same check, which looks at nothing."""

    async def says_nothing(peer: object) -> str:
        return "so"

    if check.invariant is not None:
        return replace(check, invariant=lambda exchange: None)
    return replace(check, run=says_nothing)


@pytest.mark.wire_fault  # the device echoes what wrong tickets say
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
async def test_a_mutant_is_found_by_its_check_and_survives_an_emptied_one(
    mutant: ClientMutant, tmp_path: Path
) -> None:
    check = CHECKS[mutant.caught_by]
    run, _ = await judged(tmp_path, [check], mutant.scripts, mutant.wrong, emptied=emptied(check), **mutant.judged)
    assert run.verdict(FIRST) is Verdict.PASSED, run.judged[0]
    _, found, survived = run.judged
    assert found.verdict is verdict_of_departure(check.clause), found
    if check.clause.grade is Grade.MAY:
        assert found.evidence.met.startswith("no"), found
        assert survived.evidence.met.startswith("yes")
    else:
        assert survived.verdict is Verdict.PASSED
    assert found.evidence.met and found.evidence.expected and found.evidence.exchanges


async def test_a_client_that_does_all_right_passes_every_check(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, CHECKS, {**RIGHT, Situation.ORDINARY: everything})
    wrong = [each for each in run.judged if each.verdict in BAD or each.verdict is Verdict.WARNED]
    assert not wrong, "\n".join(map(str, wrong))
    assert {each.id for each in run.judged if each.verdict is Verdict.NOT_RUN} == OF_NOBODY
    assert not [each.id for each in run.judged if each.evidence.met.startswith("no: ")]
