"""Makes docs/states.md from the tables that the scan server runs by: `python docs/make_states.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from emulator.dsm.states import (
    FILTER_TRANSITIONS,
    FINAL_FILTER_STATES,
    FINAL_JOB_STATES,
    JOB_TRANSITIONS,
    OPERATION_ANSWERS,
    FilterState,
    JobState,
)

PAGE = Path(__file__).with_name("states.md")

HEAD = """\
# States of post-scan jobs and filters

Made from the tables in `emulator/dsm/states.py` by `python docs/make_states.py`; the names are the documents'. \
The embedded scan server moves its jobs by these tables, and `scan` waits by them for a job's end.
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


def job_edges() -> Iterable[tuple[str, str, str]]:
    """Every transition of a job, with the reason it then has; and the ends."""
    for begin, row in JOB_TRANSITIONS.items():
        for trigger, transition in row.items():
            reason = f" ({transition.reason})" if transition.reason else ""
            yield "[*]" if begin is None else name(begin), name(transition.state), f"{trigger}{reason}"
    for state in JobState:
        if state in FINAL_JOB_STATES:
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


def answers() -> str:
    """What a scan server answers to an operation, by the state of its job."""
    rows: Mapping[str, Mapping[JobState | None, StrEnum]] = OPERATION_ANSWERS
    lines = [f"| State of the job | {' | '.join(rows)} |", f"|---{'|---' * len(rows)}|"]
    for state in (None, *JobState):
        cells = [str(row[state]) for row in rows.values()]
        lines.append(f"| {'no such job' if state is None else state} | {' | '.join(cells)} |")
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            "## A post-scan job",
            "",
            "In brackets the JobStateReason that it then has.",
            "",
            diagram(job_edges(), JobState),
            "",
            "## A filter",
            "",
            diagram(filter_edges(), FilterState),
            "",
            "## What an operation is answered",
            "",
            answers(),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE}\n")
