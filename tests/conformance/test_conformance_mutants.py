"""Each check can fail: a server with one thing done otherwise is found, by the check that was declared."""

from __future__ import annotations

from pathlib import Path

import pytest
from judged_server import judged
from mutant import Mutant
from mutants_instructions import CHOOSING
from mutants_outcomes import MUTANTS as BY_FILTERS
from mutants_packed_answers import MUTANTS as OF_PACKAGES
from mutants_packed_answers import RIGHT, answers_packed
from mutants_server_errors import MUTANTS as OF_TROUBLE
from mutants_tls import MUTANTS as OF_THE_CHANNEL
from server_mutants import MUTANTS

from emulator.clauses.clause import Grade
from emulator.conformance.check import all_checks
from emulator.conformance.runner import FIRST
from emulator.conformance.verdict import verdict_of_departure
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
OF_OUTCOMES = {each.caught_by for each in BY_FILTERS}
"""Not applicable by the office's one scan process; test_conformance_outcomes.py has more."""
OF_TLS = {each.caught_by for each in OF_THE_CHANNEL}


def test_every_check_has_a_mutant_and_every_mutant_a_check() -> None:
    assert {each.caught_by for each in MUTANTS} == set(all_checks())


def test_mutants_have_names_of_their_own() -> None:
    names = [each.name for each in MUTANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
async def test_a_mutant_is_found_by_its_check(mutant: Mutant, tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, [mutant.caught_by], mutant)
    assert run.verdict(FIRST) is Verdict.PASSED, run.judged[0]
    found = next(each for each in run.judged if each.id == mutant.caught_by)
    clause = all_checks()[mutant.caught_by].clause
    assert found.verdict is verdict_of_departure(clause), found
    if clause.grade is Grade.MAY:
        assert found.evidence.met.startswith("no"), found
    assert found.evidence.met and found.evidence.expected and found.evidence.exchanges


NOT_HERE = {
    **dict.fromkeys(CHOOSING, "the office's scan process lets a device change nothing"),
    **dict.fromkeys((each.caught_by for each in OF_TROUBLE), "it tells no trouble of its own"),
    **dict.fromkeys((each.caught_by for each in OF_PACKAGES), "no answer is a package"),
    **dict.fromkeys(OF_TLS, "it is asked over plain HTTP; test_conformance_tls.py asks over HTTPS"),
}
LENIENT = {
    "addressing/fault/message-information-header-required": "what has no MessageID is read, and told",
    "addressing/reply-to/elsewhere-refused": "the answer goes by the connection, and it is told",
}
STRICT = {
    "soap/envelope/byte-order-mark",
    "mtom/include/inline-base64-accepted",
    "mtom/delimiter/preamble-and-epilogue",
    "mtom/tolerant/semicolon-missing",
    "mtom/tolerant/type-unquoted",
    "mtom/tolerant/startinfo",
    "mtom/tolerant/content-id-blanks",
    "mtom/tolerant/content-id-without-brackets",
    "mtom/tolerant/lf-alone",
    "notes/c-31/mime-header-of-the-examples-read",
    "notes/c-10/get-jobs-history-request-read",
}
"""What the embedded server does otherwise on purpose: where it is strict it tolerates nothing. Warned of, failed by
nothing."""


@pytest.mark.parametrize("strict", [True, False])
async def test_the_server_without_a_mutant_keeps_to_every_clause(strict: bool, tmp_path: Path) -> None:
    checks = [id for id, each in all_checks().items() if not each.slow]
    run, _ = await judged(tmp_path, checks, strict=strict)
    wrong = {each.id: each for each in run.judged if each.verdict not in (Verdict.PASSED, Verdict.OBSERVED)}
    assert {id for id, each in wrong.items() if each.verdict is Verdict.NOT_APPLICABLE} == OF_OUTCOMES
    wrong = {id: each for id, each in wrong.items() if id not in OF_OUTCOMES}
    not_run = {id for id, each in wrong.items() if each.verdict is Verdict.NOT_RUN}
    warned = {id for id, each in wrong.items() if each.verdict is Verdict.WARNED}
    assert not_run == set(NOT_HERE)
    assert warned == set(STRICT if strict else LENIENT)
    assert set(wrong) == not_run | warned, "\n".join(map(str, wrong.values()))


async def test_the_server_without_a_mutant_keeps_to_time_limits(tmp_path: Path) -> None:
    slow = [id for id, each in all_checks().items() if each.slow]
    quick = Mutant("", "time limits of tests", server={"time_limit": 0.3})
    run, _ = await judged(tmp_path, slow, quick)
    assert {run.verdict(id) for id in slow} == {Verdict.PASSED}, run.judged


async def test_answers_that_are_packages_are_right_where_they_are(tmp_path: Path) -> None:
    ids = [each.caught_by for each in OF_PACKAGES]
    run, _ = await judged(tmp_path, ids, Mutant("", "packages", http=answers_packed(RIGHT)))
    assert {run.verdict(id) for id in ids} == {Verdict.PASSED}, run.judged
