"""What a WS-DSC service told, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from emulator.cli.output import plural

if TYPE_CHECKING:
    from emulator.dsm.job_status import FilterStatus
    from emulator.dsm.job_summary import JobSummary
    from emulator.inspector.repository_elements import RepositoryElements

_NOT_TOLD = "not told"


def repository_lines(repository: RepositoryElements) -> Iterable[tuple[str, object]]:
    """Label and text of each line; '' where the label is that of the line before."""
    status, configuration = repository.status, repository.configuration
    if status is None:
        yield "Status", _NOT_TOLD
    else:
        yield "State", f"{status.repository_state}{_reasons(status.repository_state_reasons)}"
    names = _NOT_TOLD if configuration is None else ", ".join(each.local for each in configuration.dialects)
    yield "Filters", names or "none"
    yield from _jobs("Active jobs", repository, repository.active_jobs)
    yield from _jobs("Job history", repository, repository.job_history)


def _jobs(
    label: str, repository: RepositoryElements, jobs: tuple[JobSummary, ...] | None
) -> Iterable[tuple[str, object]]:
    if not jobs:
        yield label, _NOT_TOLD if jobs is None else "none"
        return
    for job in jobs:
        status = repository.job_statuses.get(job.job_token)
        state = job if status is None else status
        whose = f"{job.description.psp_display_name} of {job.description.job_originating_user_name}"
        count = "images not told" if state.images_received is None else plural(state.images_received, "image")
        yield label, f"{job.job_token}: {whose}, {state.job_state}{_reasons(state.job_state_reasons)}, {count}"
        for each in state.filter_statuses:
            yield "", _filter(each)
        if status is not None:
            from emulator.soap.times import format_date_time

            times = (("created", status.job_created_time), ("completed", status.job_completed_time))
            if told := ", ".join(f"{name} {format_date_time(time)}" for name, time in times if time is not None):
                yield "", told


def _filter(status: FilterStatus) -> str:
    return f"{status.dialect.rpartition('/')[2]}: {status.filter_state}{_reasons(status.filter_state_reasons)}"


def _reasons(reasons: Iterable[str]) -> str:
    told = ", ".join(reason for reason in reasons if reason != "None")
    return f" ({told})" if told else ""
