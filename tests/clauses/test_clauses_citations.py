"""Every clause that code, tests and pages cite is in the law book and holds; each is told in the pages on the
protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from citations import (
    PROJECT,
    PROTOCOL,
    Citation,
    all_citations,
    citations_in,
    cited_ids,
    names_of_documents,
    texts,
    too_short,
)

from emulator.clauses.book import book, documents
from emulator.clauses.clause import Basis, Clause, Grade, Party
from emulator.toml_files import line_of


def wrong_citations(citations: tuple[Citation, ...], clauses: Mapping[str, Clause]) -> list[str]:
    """Citations of what is not in the law book, or holds no longer: file, line and why."""
    wrong = []
    for each in citations:
        cited = clauses.get(each.id)
        if cited is None:
            wrong.append(f"{each} cites {each.id}, which is not in the law book")
        elif cited.withdrawn:
            wrong.append(f"{each} cites {each.id}, which is withdrawn: {cited.withdrawn}")
    return wrong


def test_every_citation_is_of_a_clause_that_holds() -> None:
    wrong = wrong_citations(all_citations(), book())
    assert not wrong, "\n".join(wrong)


def test_no_citation_has_two_parts_alone() -> None:
    names = names_of_documents()
    wrong = [
        f"{path.relative_to(PROJECT)}:{line} cites {id}, which is no id of a clause"
        for path in texts()
        for line, id in too_short(path.read_text("utf-8"), names)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_clause_is_told_in_the_pages_on_the_protocol() -> None:
    told = {each.id for each in all_citations() if (PROJECT / each.file).is_relative_to(PROTOCOL)}
    wrong = []
    for document in documents():
        file = PROJECT / "emulator" / "clauses" / f"{document.name}.toml"
        for number, each in enumerate(document.clauses):
            if each.id not in told and not each.withdrawn:
                line = line_of(("clause", number, "id"), file.read_text("utf-8"))
                wrong.append(f"{file.name}:{line}: {each.id} stands nowhere in docs/protocol")
    assert not wrong, "\n".join(wrong)


def test_what_neither_code_nor_tests_cite_is_told_with_its_reason() -> None:
    """A clause is obeyed and held, or the README of docs/protocol says why not. What is listed as nobody's here and
    is cited after all leaves the list."""
    told: dict[str, set[str]] = {}
    for each in all_citations():
        if each.file == "docs/protocol/README.md":
            told.setdefault(each.where, set()).add(each.id)
    cited = {each.id for each in all_citations() if each.file.startswith(("emulator/", "tests/"))}
    uncited = {id for id, each in book().items() if not each.withdrawn} - cited
    otherwise, nobodys = told["What is done otherwise, and why"], told["What nothing here has to obey"]
    assert sorted(uncited - otherwise) == sorted(nobodys)


# The tests of these tests


def _clause(id: str, withdrawn: str = "") -> Clause:
    return Clause(id, "1", "A sentence.", Grade.MUST, Basis.TEXT, (Party.EVERYBODY,), withdrawn)


def test_an_unknown_and_a_withdrawn_clause_are_told_with_file_and_line() -> None:
    text = '"""A module."""\n\n#: [zzz/one/good], `zzz/one/none`\nX = 1\n\n\ndef f():\n    """[zzz/one/old]."""\n'
    found = citations_in("emulator/made.py", text, {"zzz"})
    clauses = {
        "zzz/one/good": _clause("zzz/one/good"),
        "zzz/one/old": _clause("zzz/one/old", "It was a misreading."),
    }
    assert wrong_citations(tuple(found), clauses) == [
        "emulator/made.py:3 cites zzz/one/none, which is not in the law book",
        "emulator/made.py:8 cites zzz/one/old, which is withdrawn: It was a misreading.",
    ]


CITED = {
    "[zzz/send-image/document-id-once]": ["zzz/send-image/document-id-once"],
    "`zzz/3.2.4.2/cancel-of-an-ended-job`, (zzz/a/b; zzz/a/c).": [
        "zzz/3.2.4.2/cancel-of-an-ended-job",
        "zzz/a/b",
        "zzz/a/c",
    ],
    "It holds by zzz/a/b. And by zzz/a/b/c/d: so": ["zzz/a/b", "zzz/a/b/c/d"],
    "'zzz/a/b'": ["zzz/a/b"],
    "zzz/a zzz [zzz/a]": [],
    "zzz/messages/module.py zzz/xsd/all.xsd zzz/a/page.md": [],
    "emulator/zzz/a/b ../zzz/a/b https://zzz/a/b x.zzz/a/b": [],
    "zzz/a/Upper zzz/a/b/Upper zzz/a/{name} zzz/a/* zzz/a/b_c": [],
    "zzzz/a/b xzzz/a/b": [],
}


@pytest.mark.parametrize("text", CITED)
def test_ids_are_told_from_paths_and_addresses(text: str) -> None:
    assert [id for _, id in cited_ids(text, {"zzz"})] == CITED[text]


def test_brackets_around_two_parts_are_told() -> None:
    assert list(too_short("a\n[zzz/send-image] [zzz/a/b] [zzz/a](page.md)", {"zzz"})) == [(2, "zzz/send-image")]


def test_an_id_is_no_citation_of_itself_where_it_is_defined() -> None:
    text = 'id = "zzz/a/b"\nsays = "As [zzz/a/c] says."\n'
    assert [each.id for each in citations_in("emulator/clauses/zzz.toml", text, {"zzz"})] == ["zzz/a/c"]


MODULE = '''\
"""Head [zzz/a/head]."""

# [zzz/a/above]
TABLE = {
    "x": 1,  # [zzz/a/row]
}
"""[zzz/a/description]"""


@decorated("[zzz/a/decorator]")
def function() -> None:
    """[zzz/a/docstring]"""
    x = 1  # [zzz/a/inside]


class Kind:
    """[zzz/a/class]"""

    FIELD: int = 1
    """[zzz/a/field]"""

    def method(self) -> None:
        # [zzz/a/method]
        pass
'''


def test_a_citation_names_the_function_class_or_constant_that_it_is_in() -> None:
    found = {each.id.removeprefix("zzz/a/"): each.where for each in citations_in("made.py", MODULE, {"zzz"})}
    assert found == {
        "head": "",
        "above": "TABLE",
        "row": "TABLE",
        "description": "TABLE",
        "decorator": "function",
        "docstring": "function",
        "inside": "function",
        "class": "Kind",
        "field": "Kind.FIELD",
        "method": "Kind.method",
    }


def test_a_citation_of_a_page_names_its_heading(tmp_path: Path) -> None:
    page = "[zzz/a/b]\n# Page\n## 6.3 States\ntext [zzz/a/c]\n"
    assert [each.place for each in citations_in("docs/p.md", page, {"zzz"})] == [
        "docs/p.md",
        "docs/p.md: 6.3 States",
    ]
