"""docs/faults.md is what the registry says, and what the registry says is whole."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from emulator.clauses.book import documents
from emulator.faults.alteration import Alteration
from emulator.faults.alterations import all_alterations
from emulator.faults.describing import described

PROJECT = Path(__file__).resolve().parents[2]


def test_the_page_is_as_the_registry_says() -> None:
    made = runpy.run_path(str(PROJECT / "docs" / "make_faults.py"))
    assert (PROJECT / "docs" / "faults.md").read_text(encoding="utf-8") == made["page"](), (
        "python docs/make_faults.py"
    )


@pytest.mark.parametrize("alteration", all_alterations(), ids=lambda each: f"{each.at}-{each.name}")
def test_an_alteration_says_what_it_does_and_why(alteration: Alteration) -> None:
    assert (alteration.says[0].isupper() or alteration.says.startswith("xop:")) and alteration.says.endswith(".")
    assert alteration.clause or alteration.source
    ids = {clause.id for document in documents() for clause in document.clauses if not clause.withdrawn}
    assert not alteration.clause or alteration.clause in ids
    for parameter in described(alteration)["parameters"]:
        assert parameter["says"].endswith("."), parameter


def test_there_are_enough_that_differ() -> None:
    found = [(each.at, each.name) for each in all_alterations()]
    assert len(found) == len(set(found)) >= 60
    assert len({(each.at, each.says) for each in all_alterations()}) == len(found)
