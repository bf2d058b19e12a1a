"""What `scan` prints of a job beside its result: why it is no success, warnings, what had to be done again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emulator.cli.output import plural

if TYPE_CHECKING:
    from emulator.dsm.request_counts import RequestCounts
    from emulator.faults.fired import Fired
    from emulator.jobs.outcome import ScanOutcome


_MOST = 10
"""Warnings that are listed for a person."""


def job_lines(outcome: ScanOutcome) -> list[str]:
    """A line each; none of a job that went without a hitch."""
    from emulator.dsm.outcome import JobOutcome

    lines = [f"  {operation}: {deviation}" for operation, deviation in outcome.contradictions]
    if outcome.reason and outcome.outcome != JobOutcome.CONTRADICTED:  # whose reason is these lines
        lines.append(f"  {outcome.reason}")
    lines += [f"  warning: {each}" for each in outcome.warnings[:_MOST]]
    if len(outcome.warnings) > _MOST:
        lines.append(f"  and {plural(len(outcome.warnings) - _MOST, 'warning')} more, in the manifest")
    lines += fault_lines(outcome.faults)
    return lines + exchange_lines(outcome.report.account.exchanges)


def exchange_lines(counts: RequestCounts) -> list[str]:
    """Return how many requests it took, where some had to go out again."""
    again = [
        (counts.retries, f"{counts.retries} retried"),
        (counts.repeats, f"{counts.repeats} repeated"),
        (counts.dropped, f"{plural(counts.dropped, 'connection')} dropped"),
    ]
    if not any(count for count, _ in again):
        return []
    told = [text for count, text in again if count] + ([plural(counts.polls, "poll")] if counts.polls else [])
    return [f"  {plural(counts.requests, 'request')}: {', '.join(told)}"]


def fault_lines(faults: Sequence[Fired]) -> list[str]:
    """What of the fault plan has happened, a line each."""
    lines = [f"  fault {each.name!r}: {each.do}{_place_of(each)}" for each in faults[:_MOST]]
    if len(faults) > _MOST:
        lines.append(f"  and {plural(len(faults) - _MOST, 'fault')} more, in the manifest")
    return lines


def _place_of(fault: Fired) -> str:
    where = f" at {fault.where}" if fault.where else ""
    return where if fault.number is None else f"{where}, {'page' if fault.at == 'page' else 'image'} {fault.number}"
