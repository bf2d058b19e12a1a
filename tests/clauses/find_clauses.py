"""Takes clauses by a seed and finds, by their ids as text alone, the code that obeys each and the test that holds
it: `python tests/clauses/find_clauses.py [--seed 14] [--count 30]`. Then the counts by document."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence

from citations import Citation, all_citations, by_id

from emulator.clauses.book import book, documents
from emulator.clauses.clause import Basis, Clause


def found(clause: Clause, citations: Sequence[Citation]) -> Iterator[str]:
    """What there is of one clause, line by line."""
    yield f"{clause.id}  {clause.grade}, {clause.basis}, binds {', '.join(clause.binds)}"
    yield f"    {clause.says} ({clause.section})"
    for kind, folder in (("code", "emulator/"), ("test", "tests/"), ("page", "docs/")):
        here = [each for each in citations if each.file.startswith(folder)]
        more = f" (and {len(here) - 1} more)" if len(here) > 1 else ""
        yield f"    {kind}: {here[0]} {here[0].where}{more}" if here else f"    {kind}: none"


def counts() -> Iterator[str]:
    """Of each document: clauses, those that code cites, those that tests cite, and both."""
    cited = by_id(all_citations())
    yield f"{'document':<12}{'clauses':>8}{'of MUST':>8}{'in code':>8}{'in tests':>9}{'in both':>8}{'neither':>8}"
    total = [0] * 6
    for document in documents():
        held = [each for each in document.clauses if not each.withdrawn]
        code, tests = (
            {each.id for each in held if any(c.file.startswith(folder) for c in cited.get(each.id, ()))}
            for folder in ("emulator/", "tests/")
        )
        musts = sum(each.grade == "MUST" for each in held)
        row = [len(held), musts, len(code), len(tests), len(code & tests), len(held) - len(code | tests)]
        total = [a + b for a, b in zip(total, row, strict=True)]
        yield f"{document.name:<12}" + "".join(f"{n:>{w}}" for n, w in zip(row, (8, 8, 8, 9, 8, 8), strict=True))
    yield f"{'all':<12}" + "".join(f"{n:>{w}}" for n, w in zip(total, (8, 8, 8, 9, 8, 8), strict=True))


def uncited() -> list[Clause]:
    """Clauses that a document demands and that neither code nor tests cite."""
    cited = {each.id for each in all_citations() if each.file.startswith(("emulator/", "tests/"))}
    return [
        each
        for each in book().values()
        if each.grade == "MUST" and each.basis is not Basis.INFERRED and not each.withdrawn and each.id not in cited
    ]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--uncited", action="store_true", help="every MUST that neither code nor tests cite, too")
    told = parser.parse_args(arguments)
    cited = by_id(all_citations())
    held = sorted(id for id, each in book().items() if not each.withdrawn)
    for id in random.Random(told.seed).sample(held, min(told.count, len(held))):
        print("\n".join(found(book()[id], cited.get(id, ()))))
    print("", *counts(), sep="\n")
    if told.uncited:
        print("", *(f"{each.id}  {each.says}" for each in uncited()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
