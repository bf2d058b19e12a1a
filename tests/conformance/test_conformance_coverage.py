"""Every clause that a scan server or a device has to keep is judged, or the reason is told."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from importlib import resources

import pytest

from emulator.clauses.book import book
from emulator.conformance.check import Subject, When, all_checks
from emulator.conformance.coverage import DEMANDED, demanded, unchecked

of_each = pytest.mark.parametrize("of", DEMANDED)


@of_each
def test_every_demanded_clause_has_a_check_or_a_reason(of: Subject) -> None:
    checks = set(all_checks(of))
    wanted = {each.id for each in demanded(of)}
    assert not wanted - checks - set(unchecked(of)), "neither judged nor explained"
    assert not checks & set(unchecked(of)), "judged and explained away"
    assert set(unchecked(of)) <= wanted, "explained, and not demanded of it"


@of_each
def test_checks_are_of_clauses_that_bind_whom_they_judge(of: Subject) -> None:
    for id, each in all_checks(of).items():
        assert DEMANDED[of].parties & set(each.clause.binds), id
        assert not each.clause.withdrawn, id


@of_each
def test_every_check_says_what_it_does(of: Subject) -> None:
    for id, each in all_checks(of).items():
        assert each.does.endswith((".", ":")), id


@of_each
def test_hostile_checks_come_behind_all_that_ask_and_before_invariants(of: Subject) -> None:
    order = [each.when for each in all_checks(of).values()]
    assert order == sorted(order, key=list(When).index)


@of_each
def test_reasons_are_few_and_stand_once(of: Subject) -> None:
    text = resources.files("emulator.conformance").joinpath(DEMANDED[of].reasons).read_text("utf-8")
    reasons = [each["because"] for each in tomllib.loads(text)["reason"]]
    assert len(set(reasons)) == len(reasons) <= 20
    ids = [id for each in tomllib.loads(text)["reason"] for id in each["clauses"]]
    assert len(set(ids)) == len(ids)


@of_each
def test_figures_by_document(of: Subject, figures: Callable[[str], None]) -> None:
    checks = Counter(book()[id].document for id in all_checks(of))
    explained = Counter(book()[id].document for id in unchecked(of))
    wanted = Counter(each.document for each in demanded(of))
    for document, count in wanted.items():
        by = f"{count} clauses demanded, {checks[document]} checks, {explained[document]} explained"
        figures(f"{of}, {document}: {by}")
    assert sum(checks.values()) == len(all_checks(of))
