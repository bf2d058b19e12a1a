"""Every clause that a client of a scanner, or a subscriber, has to keep is judged, or the reason is told."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from importlib import resources

from emulator.clauses.book import book
from emulator.clauses.clause import Grade, Party
from emulator.conformance.check import Subject, all_checks

CHECKS = all_checks(Subject.CLIENT)
PARTIES = {Party.SCANNER_CLIENT, Party.EVENT_SINK}
REASONS = tomllib.loads((resources.files("emulator.conformance.clients") / "unchecked.toml").read_text("utf-8"))
UNCHECKED = [id for each in REASONS["reason"] for id in each["clauses"]]


def test_every_demanded_clause_has_a_check_or_a_reason(figures: Callable[[str], None]) -> None:
    wanted = {
        each.id: each.document
        for each in book().values()
        if not each.withdrawn and each.grade is not Grade.MAY and PARTIES & set(each.binds)
    }
    assert not set(wanted) - set(CHECKS) - set(UNCHECKED), "neither judged nor explained"
    assert not set(CHECKS) & set(UNCHECKED), "judged and explained away"
    assert set(UNCHECKED) <= set(wanted) and len(set(UNCHECKED)) == len(UNCHECKED)
    explained = Counter(wanted[id] for id in UNCHECKED)
    for document, count in Counter(wanted.values()).items():
        figures(f"client, {document}: {count} clauses demanded, {explained[document]} explained")


def test_checks_are_of_clauses_that_bind_whom_they_judge() -> None:
    for id, each in CHECKS.items():
        assert {*PARTIES, Party.EVERYBODY} & set(each.clause.binds), id
        assert each.does.endswith("."), id
