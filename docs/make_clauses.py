"""Makes docs/clauses.md, every clause of the law book with the code that obeys it and the tests that hold it:
`python docs/make_clauses.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "tests" / "clauses")]

from citations import Citation, all_citations, by_id  # noqa: E402

from emulator.clauses.book import documents  # noqa: E402
from emulator.clauses.clause import Clause, Document, Grade  # noqa: E402

PAGE = PROJECT / "docs" / "clauses.md"

HEAD = """\
# The law book

Every clause that the emulator obeys, or sees whether others obey it: id, grade, what the clause rests on, whom it \
binds, the rule; then the code and the tests that cite it, by function, class or constant. Made from \
`emulator/clauses/*.toml` and from the citations in code and tests by `python docs/make_clauses.py`. What the \
documents say at length stands in [docs/protocol](protocol/README.md).

What a clause rests on: `text`, `schema` and `example` are the document's own; `observed` is what real software \
does; `inferred` is this project's conclusion where they are silent, and nobody can be blamed for another one.
"""


def places(citations: Iterable[Citation], folder: str) -> list[str]:
    """The places below a folder, each once."""
    told = dict.fromkeys(each.place for each in citations if each.file.startswith(folder))
    return [f"`{file}` {where}".rstrip() for file, _, where in (each.partition(": ") for each in sorted(told))]


def cell(text: str) -> str:
    """What may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def row(clause: Clause, citations: Sequence[Citation]) -> str:
    """One clause."""
    rule = clause.says if not clause.withdrawn else f"Withdrawn: {clause.withdrawn}"
    cells = (
        f"`{clause.id}`",
        f"{clause.grade}, {clause.basis}",
        ", ".join(clause.binds),
        f"{cell(rule)} ({cell(clause.section)})",
        "; ".join(places(citations, "emulator/")),
        "; ".join(places(citations, "tests/")),
    )
    return f"| {' | '.join(cells)} |"


def count(document: Document, cited: Mapping[str, Sequence[Citation]]) -> str:
    """The line of a document in the table of contents."""
    held = [each for each in document.clauses if not each.withdrawn]
    grades = [sum(each.grade is grade for each in held) for grade in Grade]
    code, tests = (
        sum(bool(places(cited.get(each.id, ()), folder)) for each in held) for folder in ("emulator/", "tests/")
    )
    cells = (f"[{document.name}](#{document.name})", cell(document.title), len(held), *grades, code, tests)
    return f"| {' | '.join(map(str, cells))} |"


def page() -> str:
    """The whole page."""
    cited = by_id(all_citations())
    lines = [
        HEAD,
        "| Document | | Clauses | MUST | SHOULD | MAY | cited in code | in tests |",
        "|---|---|---|---|---|---|---|---|",
        *(count(document, cited) for document in documents()),
    ]
    for document in documents():
        lines += ["", f"## {document.name}", "", f"{document.title}. Source: {document.source}", ""]
        lines += ["| Clause | Grade, basis | Binds | Rule | Code | Tests |", "|---|---|---|---|---|---|"]
        lines += [row(each, cited.get(each.id, ())) for each in document.clauses]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE}\n")
