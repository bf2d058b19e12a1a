"""The whole matrix, by hand: every mutant against every check, every check with its body taken out, and many runs
under load."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from benches import BENCHES, AnyMutant
from mutant_matrix import MUTANTS, declared, matrix
from variants import exhaustive

from emulator.conformance.check import Check, Subject, all_checks
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
of_each = pytest.mark.parametrize("of", MUTANTS)

ONE_OF_EACH = {
    of: {each.caught_by: each for each in mutants}
    for of, mutants in MUTANTS.items()
    if of is not Subject.CLIENT  # of clients test_conformance_client_mutants.py empties each body, in CI
}


def emptied(check: Check) -> Check:
    """The check with nothing in its body."""

    async def nothing(_: Any) -> None:
        """Nothing."""

    if check.invariant is not None:
        return dataclasses.replace(check, invariant=lambda _: None)
    return dataclasses.replace(check, run=nothing)


@pytest.mark.parametrize(
    ("of", "id"),
    [
        (Subject.SERVER, "dsp/answer/cancel-of-an-ended-job"),
        (Subject.SERVER, "dsp/header/relates-to"),
        (Subject.DEVICE, "wscn/cancel-job/unknown-job"),
        (Subject.DEVICE, "wscn/fault/action"),
        (Subject.DSP_CLIENT, "dsp/answer/lost-create-not-repeated"),
        (Subject.DSP_CLIENT, "mtom/outer/start"),
    ],
)
async def test_a_mutant_survives_a_check_without_a_body(of: Subject, id: str, tmp_path: Path) -> None:
    await survives(of, ONE_OF_EACH[of][id], tmp_path)


@exhaustive
@pytest.mark.parametrize(
    ("of", "mutant"),
    [(of, mutant) for of, mutants in ONE_OF_EACH.items() for mutant in mutants.values()],
    ids=lambda each: str(each) if isinstance(each, Subject) else each.name,
)
async def test_every_mutant_survives_a_check_without_a_body(of: Subject, mutant: AnyMutant, tmp_path: Path) -> None:
    await survives(of, mutant, tmp_path)


async def survives(of: Subject, mutant: AnyMutant, folder: Path) -> None:
    check = all_checks(of)[mutant.caught_by]
    run = await BENCHES[of].run(folder, [emptied(check)], mutant)
    assert run.verdict(check.id) in (Verdict.PASSED, Verdict.OBSERVED)
    assert not next(each for each in run.judged if each.id == check.id).evidence.met.startswith("no: ")


@of_each
def test_what_is_declared_is_of_mutants_and_checks_that_there_are(of: Subject) -> None:
    names = {each.name: each.caught_by for each in MUTANTS[of]}
    for name, ids in declared(of).items():
        assert name in names, "declared of a mutant that there is not"
        assert ids <= set(all_checks(of)), name
        assert names[name] not in ids, name


@exhaustive
@pytest.mark.timeout(3 * 3600)
@of_each
def test_nothing_undeclared_finds_a_mutant(of: Subject, figures: Callable[[str], None]) -> None:
    """In runs of all checks each mutant is found by its own, and beside it by those alone that were declared."""
    results = matrix(of)
    wrong = [each for each in results if each.errors or not each.by_its_own or each.undeclared]
    by_others = sum(len(each.others) for each in results)
    gone = sum(len(declared(of).get(each.mutant, frozenset()) - set(each.others)) for each in results)
    figures(
        f"{of}: {len(results)} mutants against {len(all_checks(of))} checks, {len(wrong)} otherwise than declared"
    )
    figures(f"{of}: found by {by_others} other checks, {gone} declared and not found")
    assert not wrong, "\n".join(map(str, wrong))


@contextmanager
def busy(threads: int = 2) -> Iterator[None]:
    """Have the processor busy with something else."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            sum(range(10_000))

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for each in workers:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in workers:
            each.join()


@exhaustive
@pytest.mark.timeout(3600)
@of_each
async def test_twenty_runs_under_load_and_in_other_orders_have_equal_verdicts(
    of: Subject, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    checks = [each for each in all_checks(of).values() if not each.slow]
    seen: dict[str, dict[str, int]] = {}
    for number in range(20):
        with busy():
            run = await BENCHES[of].run(tmp_path / str(number), checks, shuffle=number or None)
        for each in run.judged:
            seen.setdefault(each.id, {}).setdefault(f"{each.verdict}: {each.evidence.met}", number)
    verdicts = {id: {text.partition(":")[0] for text in told} for id, told in seen.items()}
    unequal = {id: seen[id] for id, told in verdicts.items() if len(told) > 1}
    figures(f"{of}: 20 runs of {len(checks)} checks under load: {len(unequal)} with unequal verdicts")
    assert not unequal, "\n".join(f"{id}: {told}" for id, told in unequal.items())
