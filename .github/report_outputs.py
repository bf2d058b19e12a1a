"""Tells GitHub what stands in a report: outputs of the step, and its summary. `python report_outputs.py DIR`"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from emulator.reports.reading import ReportError, read_results
from emulator.reports.terminal import terminal_lines
from emulator.reports.verdict import BAD

MOST_PASSED = 50
"""Results of which each is told, those that passed too: nobody reads four hundred in a summary."""


def main() -> None:
    folder = Path(sys.argv[1])
    try:
        report = read_results(folder / "results.jsonl")
    except ReportError as error:
        told = {"failed": "0", "passed": "0", "waived": "0"}
        title, text = "dsm-emulator", f"No report: {error}"
    else:
        title = " ".join(f"{report.header.tool}: {report.header.target}".split())
        page = folder / "report.html"
        told = {
            "junit": str(folder / "junit.xml"),
            "html": str(page) if page.exists() else "",
            "results": str(folder / "results.jsonl"),
            "passed": str(report.counts.get("passed", 0)),
            "failed": str(sum(report.counts.get(each, 0) for each in BAD)),
            "waived": str(report.counts.get("waived", 0)),
        }
        *lines, text = terminal_lines(report, passed=len(report.results) <= MOST_PASSED)
        if lines:
            told_of = "\n".join(lines).replace("```", "'''")
            text += f"\n\n```text\n{told_of}\n```"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.writelines(f"{name}={value}\n" for name, value in told.items())
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary_file:
        summary_file.write(f"### {title}\n\n{text}\n")


if __name__ == "__main__":
    main()
