"""docs/clauses.md is what law book, code and tests say; the script finds each clause by its id alone."""

from __future__ import annotations

import runpy

import pytest
from citations import PROJECT, by_id, citations_in
from find_clauses import counts, found, main

from emulator.clauses.clause import Basis, Clause, Document, Grade, Party

MADE = runpy.run_path(str(PROJECT / "docs" / "make_clauses.py"))
CLAUSE = Clause("zzz/a/b", "1.1", "A device does a | b.", Grade.MUST, Basis.TEXT, (Party.DEVICE, Party.HOST))
CITATIONS = [
    *citations_in("emulator/dsm/states.py", "# [zzz/a/b]\nTABLE = 1\n", {"zzz"}),
    *citations_in(
        "tests/dsm/test_dsm_states.py", '"""[zzz/a/b]"""\n\n\ndef test_it():\n    """[zzz/a/b]"""\n', {"zzz"}
    ),
    *citations_in("docs/protocol/dsm.md", "## 6. States\n[zzz/a/b]\n", {"zzz"}),
]


def test_the_page_of_clauses_is_what_law_book_code_and_tests_say() -> None:
    kept = (PROJECT / "docs" / "clauses.md").read_text("utf-8")
    assert kept == MADE["page"](), "python docs/make_clauses.py"


def test_a_row_has_rule_code_and_tests() -> None:
    assert MADE["row"](CLAUSE, CITATIONS) == (
        "| `zzz/a/b` | MUST, text | device, host | A device does a \\| b. (1.1) | `emulator/dsm/states.py` TABLE "
        "| `tests/dsm/test_dsm_states.py`; `tests/dsm/test_dsm_states.py` test_it |"
    )


def test_a_withdrawn_clause_is_listed_with_its_reason_and_not_counted() -> None:
    gone = Clause("zzz/a/c", "2", "No.", Grade.MAY, Basis.TEXT, (Party.HOST,), "It was a misreading.")
    assert "| Withdrawn: It was a misreading. (2) |" in MADE["row"](gone, [])
    document = Document("zzz", "An invented one", "nowhere", (CLAUSE, gone))
    assert MADE["count"](document, by_id(CITATIONS)) == "| [zzz](#zzz) | An invented one | 1 | 1 | 0 | 0 | 1 | 1 |"


def test_the_script_tells_where_a_clause_is_obeyed_held_and_told() -> None:
    assert list(found(CLAUSE, CITATIONS)) == [
        "zzz/a/b  MUST, text, binds device, host",
        "    A device does a | b. (1.1)",
        "    code: emulator/dsm/states.py:1 TABLE",
        "    test: tests/dsm/test_dsm_states.py:1  (and 1 more)",
        "    page: docs/protocol/dsm.md:2 6. States",
    ]
    assert list(found(CLAUSE, []))[2:] == ["    code: none", "    test: none", "    page: none"]


def test_the_script_takes_the_same_clauses_for_the_same_seed(capsys: pytest.CaptureFixture[str]) -> None:
    def said(seed: str) -> str:
        assert main(["--count", "3", "--seed", seed]) == 0
        return capsys.readouterr().out

    one = said("14")
    assert one == said("14") != said("15")
    assert one.count("    code: ") == 3
    assert one.splitlines()[-1] == list(counts())[-1]
