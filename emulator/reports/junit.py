"""A report as JUnit's XML: a test for each id."""

from __future__ import annotations

from emulator.reports.junit_document import Case, junit_document
from emulator.reports.result import HEADER_TEXTS, Report, Result
from emulator.reports.terminal import evidence_lines, summary
from emulator.reports.verdict import BEARINGS, Verdict


def junit_of(report: Report) -> bytes:
    """The document, in UTF-8. A report that is unfinished, or of nothing, has a test that says so and fails."""
    cases = [_case(each) for each in report.results]
    if not report.finished or not report.results:
        cases.append(Case("report", "finished", "error", "unfinished", report.problem))
    header = report.header
    properties = [("tool", header.tool), ("target", header.target)]
    if header.seed is not None:
        properties.append(("seed", str(header.seed)))
    properties += [(name, value) for name in HEADER_TEXTS if (value := getattr(header, name))]
    return junit_document(header.tool, cases, properties, out=summary(report))


def _case(result: Result) -> Case:
    group, _, name = result.id.rpartition("/")
    bearing = BEARINGS[result.verdict]
    shown = "\n".join(evidence_lines(result.evidence))
    if bearing == "passed":
        # A build server has no word for warned and observed: the text begins with it.
        word = "" if result.verdict is Verdict.PASSED else f"{result.verdict}: "
        out = "\n".join(filter(None, [f"{word}{result.says}", shown]))
        return Case(group.replace("/", "."), name, out=out, ms=result.ms)
    kind = str(result.verdict)
    return Case(group.replace("/", "."), name, bearing, kind, result.says or kind, shown, ms=result.ms)
