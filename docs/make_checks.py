"""Makes docs/checks.md, every check of the judge: `python docs/make_checks.py`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from emulator.clauses.book import documents
from emulator.conformance.check import Check, Subject, When, all_checks

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "checks.md"

HEAD = """\
# The checks of the judge

What `dsm-emulator check` holds a peer against: id, grade, who is judged by it, rule; `check explain ID` tells \
what is done. *slow*: only with `--slow`; *hostile*: not with `--gentle`. All rules, also those that nobody sees \
from outside: [the law book](clauses.md). How a run goes: [scan \
servers](test-my-scan-server.md#5-does-it-keep-to-the-documents), [devices](test-my-device.md), \
[clients](test-my-client.md). Made by `python \
docs/make_checks.py`.
"""


def row(checks: Sequence[Check]) -> str:
    """One clause, whoever is judged by it."""
    clause = checks[0].clause
    marks = ["slow"] * any(each.slow for each in checks)
    marks += ["hostile"] * any(each.when is When.HOSTILE for each in checks)
    says = clause.says.replace("|", "\\|").replace("\n", " ")
    told = f" *{', '.join(marks)}*" if marks else ""
    return f"| `{clause.id}` | {clause.grade} | {', '.join(each.of for each in checks)} | {says}{told} |"


def page() -> str:
    """The whole page."""
    checks = {of: all_checks(of) for of in Subject}
    lines = [HEAD, "| Who | Checks | MUST | SHOULD | MAY |", "|---|---|---|---|---|"]
    for of, found in checks.items():
        grades = [
            sum(str(each.clause.grade) == grade for each in found.values()) for grade in ("MUST", "SHOULD", "MAY")
        ]
        lines.append(f"| {of} | {len(found)} | {' | '.join(map(str, grades))} |")
    for document in documents():
        rows = [
            row(held)
            for clause in document.clauses
            if (held := [found[clause.id] for found in checks.values() if clause.id in found])
        ]
        if rows:
            lines += [
                "",
                f"## {document.name}",
                "",
                document.title,
                "",
                "| Check | Grade | Of | Rule |",
                "|---|---|---|---|",
            ]
            lines += rows
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE}\n")
