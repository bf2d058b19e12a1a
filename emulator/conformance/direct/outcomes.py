"""What a job comes to by its filters: unknown dialects, errors, warnings, ContinueOnError.

By which scan process a filter fails the judge cannot know: one whole job is run by each that was named, and each
clause is held against those jobs that it speaks of. Where there is none, the server has shown nothing of the kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import FILTER, PSP
from emulator.conformance.order import Order
from emulator.conformance.peer import Job, ScanServerPeer
from emulator.conformance.reading import parsed
from emulator.conformance.verdict import Departure, Inconclusive, NotApplicable, NotRun

_DOCUMENTED: Final = tuple(f"{FILTER}/{name}" for name in ("email", "fileshare", "sharepoint"))
_ERRORS, _WARNINGS = "CompletedWithErrors", "CompletedWithWarnings"


@dataclass(frozen=True, slots=True)
class FilterEnd:
    """What one filter has come to."""

    dialect: str
    state: str
    reasons: tuple[str, ...]

    @property
    def unknown(self) -> bool:
        """Its dialect is none of the documents', and it has not come to a good end: nobody knows it."""
        return self.dialect not in _DOCUMENTED and self.state != "CompletedSuccessfully"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one job has come to."""

    order: Order
    state: str
    reason: str
    filters: tuple[FilterEnd, ...]
    job: Job

    @property
    def shown(self) -> Exchange:
        """The answer that told it."""
        return self.job.statuses[-1]

    @property
    def goes_on(self) -> bool:
        """ContinueOnError is true."""
        told = parsed(self.order.instructions).findtext(f"{{{PSP}}}ContinueOnError") or ""
        return told.strip() in ("true", "1")

    @property
    def with_errors(self) -> list[FilterEnd]:
        """The filters that have ended with an error."""
        return [each for each in self.filters if each.state == _ERRORS]

    @property
    def with_warnings(self) -> list[FilterEnd]:
        """The filters that have ended with a warning."""
        return [each for each in self.filters if each.state == _WARNINGS]

    @property
    def recognised(self) -> bool:
        """Some filter's dialect is known, and some are there."""
        return bool(self.filters) and not all(each.unknown for each in self.filters)

    def __str__(self) -> str:
        ends = "; ".join(f"{each.dialect.rpartition('/')[2]} {each.state}" for each in self.filters)
        return f"{self.state}, {self.reason or 'no reason'}, {ends or 'no filters'}"


async def outcomes(peer: ScanServerPeer) -> list[Outcome]:
    """What a whole job of each scan process has come to, the ordinary one first. Raises NotRun."""
    found = [_outcome(peer.order, await peer.ended_job())]
    for number, order in enumerate(peer.order.others, 1):

        async def make(order: Order = order) -> Job:
            return await _run(peer, order)

        name = order.display_name or order.scan_process
        found.append(_outcome(order, await peer.situation(f"a job by scan process {number + 1}, {name}", make)))
    return found


async def _run(peer: ScanServerPeer, order: Order) -> Job:
    """One job by that scan process, to its end: a server may end it as soon as it has read the instructions. Raises
    Departure, Inconclusive."""
    job = await peer.created_job(order)
    with contextlib.suppress(Departure):
        await peer.add_image(job, 1)
        job.ended = await peer.end(job.token)
    await peer.until_ended(job)
    return job


def _outcome(order: Order, job: Job) -> Outcome:
    if not job.statuses:
        raise NotRun("the server has forgotten the job before anybody saw its end", [job.created])
    told = job.last_status
    ends = tuple(
        FilterEnd(
            (each.findtext("{*}Dialect") or "").strip(),
            (each.findtext(".//{*}FilterState") or "").strip(),
            tuple((reason.text or "").strip() for reason in each.iterfind(".//{*}FilterStateReason")),
        )
        for each in told.all("//dsp:FilterStatus")
    )
    state, reason = (told.text(f"//dsp:JobStatus//dsp:{name}") for name in ("JobState", "JobStateReason"))
    return Outcome(order, state, reason, ends, job)


async def fitting(peer: ScanServerPeer, fits: Callable[[Outcome], bool], what: str) -> list[Outcome]:
    """Those jobs that a clause speaks of. Raises NotApplicable where there is none."""
    every = await outcomes(peer)
    found = [each for each in every if fits(each)]
    if not found:
        said = "; ".join(map(str, every))
        raise NotApplicable(f"no job {what}: {said} (--scan-process names more)", [each.shown for each in every])
    return found


def require_of(outcome: Outcome, holds: bool, expected: str, found: str = "") -> None:
    """Raise a Departure unless it holds. `found`: what was met; '' for all that the job has come to."""
    require(holds, found or str(outcome), expected, [outcome.shown])


def _later(outcome: Outcome, of: Sequence[FilterEnd]) -> list[FilterEnd]:
    """The filters behind the first of those."""
    if len(set(outcome.order.dialects)) < len(outcome.order.dialects):
        raise Inconclusive("two filters of one dialect: which is which cannot be told", [outcome.shown])
    order = {dialect: place for place, dialect in enumerate(outcome.order.dialects)}
    first = min(order.get(each.dialect, 0) for each in of)
    return [each for each in outcome.filters if order.get(each.dialect, -1) > first]


def _nothing_known(outcome: Outcome) -> bool:
    return bool(outcome.filters) and not outcome.recognised


@check("dsp/job-transition/no-known-dialect")
async def no_known_dialect(peer: ScanServerPeer) -> str:
    """A job none of whose filters the server knows is Aborted, with NoValidPostScanInstructionsFound, its filters
    Canceled."""
    found = await fitting(peer, _nothing_known, "has filters of unknown dialects alone")
    for each in found:
        right = each.state == "Aborted" and each.reason == "NoValidPostScanInstructionsFound"
        right = right and all(one.state == "Canceled" for one in each.filters)
        require_of(each, right, "Aborted, NoValidPostScanInstructionsFound, its filters Canceled")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/no-valid-post-scan-instructions-found", "notes/c-38/no-known-dialect-aborts")
async def nothing_recognised(peer: ScanServerPeer) -> str:
    """NoValidPostScanInstructionsFound, and Aborted, is what a job comes to that has filters of unknown dialects
    alone; no other job comes to it."""
    found = await fitting(peer, _nothing_known, "has filters of unknown dialects alone")
    for each in await outcomes(peer):
        said = each.reason == "NoValidPostScanInstructionsFound"
        if each in found:
            require_of(each, said and each.state == "Aborted", "Aborted, NoValidPostScanInstructionsFound")
        else:
            require_of(each, not said, "another reason: one of its dialects is known")
    return "; ".join(map(str, found))


@check("dsp/job-transition/some-known-dialect", "notes/c-38/unknown-dialect-among-known")
async def some_known_dialect(peer: ScanServerPeer) -> str:
    """A filter of an unknown dialect ends as CompletedWithErrors, with InvalidArgs, where another of its job is
    known."""
    found = await fitting(
        peer,
        lambda each: each.recognised and any(one.unknown for one in each.filters),
        "has filters of known and of unknown dialects",
    )
    for each in found:
        for one in each.filters:
            if one.unknown and one.state != "Canceled":  # one that had no turn was not looked at
                right = one.state == _ERRORS and "InvalidArgs" in one.reasons
                require_of(each, right, f"{_ERRORS}, InvalidArgs", f"{one.state}, {', '.join(one.reasons)}")
    return "; ".join(map(str, found))


@check("dsp/job-transition/stopped-at-an-error")
async def stopped_at_an_error(peer: ScanServerPeer) -> str:
    """Where ContinueOnError is not true, filters behind one with an error are not run, and the job is not
    Completed."""
    return await _require_stopped(peer, lambda each: True, "without ContinueOnError has a filter with an error")


@check("psp/scan-process/continue-on-error")
async def stopped_without_the_element(peer: ScanServerPeer) -> str:
    """The same where there is no ContinueOnError at all."""
    return await _require_stopped(
        peer,
        lambda each: parsed(each.order.instructions).find(f"{{{PSP}}}ContinueOnError") is None,
        "of instructions that do not speak of ContinueOnError has a filter with an error",
    )


async def _require_stopped(peer: ScanServerPeer, fits: Callable[[Outcome], bool], what: str) -> str:
    found = await fitting(
        peer, lambda each: bool(each.with_errors) and each.recognised and not each.goes_on and fits(each), what
    )
    for each in found:
        require_of(each, each.state != "Completed", "no more than Aborted")
        behind = [one for one in _later(each, each.with_errors) if one.state.startswith("Completed")]
        require_of(each, not behind, "the filters behind it are not run")
    return "; ".join(map(str, found))


@check("dsp/job-transition/stopped-job-is-aborted", "notes/silent/final-state-after-filter-failure")
async def stopped_is_aborted(peer: ScanServerPeer) -> str:
    """A job that a filter's error has stopped is Aborted, with the reason PostScanJobProcessingFailed."""
    found = await fitting(
        peer,
        lambda each: bool(each.with_errors) and each.recognised and not each.goes_on,
        "without ContinueOnError has a filter with an error",
    )
    for each in found:
        right = (each.state, each.reason) == ("Aborted", "PostScanJobProcessingFailed")
        require_of(each, right, "Aborted, PostScanJobProcessingFailed")
    return "; ".join(map(str, found))


@check("dsp/job-transition/continued-after-an-error")
async def continued(peer: ScanServerPeer) -> str:
    """Where ContinueOnError is true, filters behind one with an error are run, and the job ends Completed with the
    reason PostScanJobCompletedWithErrors."""
    found = await fitting(
        peer,
        lambda each: bool(each.with_errors) and each.recognised and each.goes_on,
        "with ContinueOnError has a filter with an error",
    )
    for each in found:
        behind = [one for one in _later(each, each.with_errors) if not one.state.startswith("Completed")]
        require_of(each, not behind, "the filters behind it are run")
        right = (each.state, each.reason) == ("Completed", "PostScanJobCompletedWithErrors")
        require_of(each, right, "Completed, PostScanJobCompletedWithErrors")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/post-scan-job-completed-with-errors")
async def completed_with_errors(peer: ScanServerPeer) -> str:
    """PostScanJobCompletedWithErrors is told of those jobs that are Completed with an error of a filter, and of no
    others."""
    reason = "PostScanJobCompletedWithErrors"
    found = await fitting(
        peer,
        lambda each: each.reason == reason or (each.state == "Completed" and bool(each.with_errors)),
        "is Completed with a filter that had an error",
    )
    for each in found:
        require_of(each, each.reason == reason and bool(each.with_errors), f"{reason}, and a filter with an error")
    return "; ".join(map(str, found))


@check("dsp/filter-state/completed-with-errors")
async def filter_with_errors(peer: ScanServerPeer) -> str:
    """A filter that is CompletedWithErrors has a reason that says which."""
    found = await fitting(peer, lambda each: bool(each.with_errors), "has a filter with an error")
    for each in found:
        for one in each.with_errors:
            told = [reason for reason in one.reasons if reason not in ("", "None")]
            require_of(each, bool(told), "a reason", f"{one.state}, {', '.join(one.reasons) or 'no reason'}")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/post-scan-job-completed-with-warnings", "dsp/filter-state/completed-with-warnings")
async def completed_with_warnings(peer: ScanServerPeer) -> str:
    """A job whose filters had warnings and no errors is Completed, with the reason
    PostScanJobCompletedWithWarnings; a job with that reason has such a filter."""
    reason = "PostScanJobCompletedWithWarnings"
    found = await fitting(
        peer,
        lambda each: each.reason == reason or (bool(each.with_warnings) and not each.with_errors),
        "has a filter with a warning",
    )
    for each in found:
        right = each.state == "Completed" and each.reason == reason and bool(each.with_warnings)
        require_of(each, right, f"Completed, {reason}, and a filter with a warning")
    return "; ".join(map(str, found))
