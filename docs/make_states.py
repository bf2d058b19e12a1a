"""Makes docs/states.md from the tables that scan server and device run by: `python docs/make_states.py`."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from emulator.device.scan_job_states import (
    PROCESSING_REASONS,
    SCAN_JOB_ANSWERS,
    SCAN_JOB_ANSWERS_BY_REASON,
    SCAN_JOB_TRANSITIONS,
    WAITING_REASONS,
)
from emulator.device.scanner_states import CONDITION_RULES, SCANNER_STATES
from emulator.dsm.states import (
    FILTER_TRANSITIONS,
    FINAL_FILTER_STATES,
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    OPERATION_ANSWERS,
    FilterState,
    JobState,
)
from emulator.wsscan.values.jobs import FINAL_SCAN_JOB_STATES, ScanJobState

PAGE = Path(__file__).with_name("states.md")

HEAD = """\
# States of jobs, filters and scanners

Made from the tables in `emulator/dsm/states.py`, `emulator/device/scan_job_states.py` and \
`emulator/device/scanner_states.py` by `python docs/make_states.py`; the names are the documents'. The embedded \
scan server moves its jobs by these tables, `scan` waits by them for a job's end, and the virtual scanner lives by \
them.
"""


def name(state: StrEnum) -> str:
    """What mermaid takes as a name."""
    return state.replace("-", "_")


def diagram(edges: Iterable[tuple[str, str, str]], states: Iterable[StrEnum]) -> str:
    """A state diagram; of `states` those whose names mermaid cannot spell get a label."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{state}" as {name(state)}' for state in states if name(state) != state]
    lines += [f"    {begin} --> {end}: {label}" for begin, end, label in edges]
    return "\n".join([*lines, "```"])


def job_edges(transitions: Mapping[Any, Any], final: Collection[StrEnum]) -> Iterable[tuple[str, str, str]]:
    """Every transition of a job, with the reason it then has; and the ends."""
    for begin, row in transitions.items():
        for trigger, transition in row.items():
            reason = f" ({transition.reason})" if transition.reason else ""
            yield "[*]" if begin is None else name(begin), name(transition.state), f"{trigger}{reason}"
    for state in transitions:
        if state in final:
            yield name(state), "[*]", "for good"


def filter_edges() -> Iterable[tuple[str, str, str]]:
    """Every transition of a filter; and the ends."""
    yield "[*]", name(FilterState.PENDING), "the job is created"
    for begin, row in FILTER_TRANSITIONS.items():
        for trigger, end in row.items():
            yield name(begin), name(end), str(trigger)
    for state in FilterState:
        if state in FINAL_FILTER_STATES:
            yield name(state), "[*]", "for good"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table."""
    heads = list(heads)
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines)


def answers(rows: Mapping[str, Mapping[Any, StrEnum]], states: Iterable[StrEnum]) -> str:
    """What is answered to an operation, by the state of its job."""
    cells = ((state or "no such job", *(row[state] for row in rows.values())) for state in (None, *states))
    return table(["State of the job", *rows], cells)


def late_answers() -> Iterable[str]:
    """Answers that the reason of a job decides and not its state alone."""
    for (operation, reason), answer in SCAN_JOB_ANSWERS_BY_REASON.items():
        yield ""
        yield f"{operation} of a job with the reason {reason} is answered {answer}."


def yes(value: bool) -> str:
    """For people."""
    return "yes" if value else "no"


def processing() -> str:
    """The reasons of a scan job in Processing."""
    heads = ("The scanner is Stopped", "Pages are still to be scanned", "An image is on its way", "JobStateReason")
    rows = (
        (yes(each.stopped), yes(each.scanning), yes(each.transferring), reason)
        for each, reason in PROCESSING_REASONS.items()
    )
    return table(heads, rows)


def waiting() -> str:
    """The reasons of a scan job that waits for the scan head."""
    heads = ("The scanner is Stopped", "JobStateReason")
    return table(heads, ((yes(stopped), reason) for stopped, reason in WAITING_REASONS.items()))


def scanner() -> str:
    """The scanner's state."""
    heads = ("A condition stops the scanner", "A scan job has not ended", "ScannerState")
    return table(heads, ((yes(each.stopped), yes(each.at_work), state) for each, state in SCANNER_STATES.items()))


def conditions() -> str:
    """What the conditions do."""
    rows = (
        (condition, ", ".join(rule.components), rule.severity, rule.effect, rule.reason or "(none)")
        for condition, rule in CONDITION_RULES.items()
    )
    return table(("Condition", "Of", "Severity", "Effect", "ScannerStateReason"), rows)


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            "## A post-scan job",
            "",
            "In brackets the JobStateReason that it then has.",
            "",
            diagram(job_edges(JOB_TRANSITIONS, FINAL_JOB_STATES), JobState),
            "",
            "## A filter",
            "",
            diagram(filter_edges(), FilterState),
            "",
            "## What an operation of the scan server is answered",
            "",
            answers(OPERATION_ANSWERS, JobState),
            "",
            "## A scan job",
            "",
            "What a client of the scan service asks for. In brackets the JobStateReason that it then has.",
            "",
            diagram(job_edges(SCAN_JOB_TRANSITIONS, FINAL_SCAN_JOB_STATES), ScanJobState),
            "",
            "Inside Processing the reason says what goes on:",
            "",
            processing(),
            "",
            "While it waits for the scan head (Pending, Started):",
            "",
            waiting(),
            "",
            "## What an operation of the scan service is answered",
            "",
            answers(SCAN_JOB_ANSWERS, ScanJobState),
            *late_answers(),
            "",
            "## The scanner",
            "",
            scanner(),
            "",
            conditions(),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE}\n")
