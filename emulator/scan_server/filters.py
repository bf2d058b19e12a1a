"""What a scan server does with a job after EndPostScanJob: its filters, one after the other."""

from __future__ import annotations

import asyncio
import logging

from emulator.dsm.scan_process import EmailFilter, FileShareFilter, Filter, SharePointFilter, UnknownFilter
from emulator.dsm.states import FilterStateReason, FilterTrigger, JobTrigger
from emulator.scan_server.file_share import run_file_share
from emulator.scan_server.jobs import Job
from emulator.scan_server.store import Store

_log = logging.getLogger(__name__)


async def run_filters(job: Job, store: Store) -> JobTrigger:
    """Run a Pending job's filters; what then happens to the job, unless it has been cancelled meanwhile: that is
    heeded after the running filter."""
    job.move(JobTrigger.SCHEDULED)
    job.move(JobTrigger.FILTERS_BEGIN)
    end = JobTrigger.FILTERS_SUCCEEDED
    for run in job.filters:
        job.move_filter(run, FilterTrigger.BEGIN)
        try:
            reasons = await asyncio.to_thread(_run, run.filter, job, store)
        except Exception:
            _log.exception("job %s: the filter %s failed", job.token, run.filter.dialect)
            reasons = (FilterStateReason.UNKNOWN_ERROR,)
        if job.ended:
            return JobTrigger.CANCELED
        if not reasons:
            job.move_filter(run, FilterTrigger.SUCCEED)
            continue
        job.move_filter(run, FilterTrigger.FAIL, *reasons)
        _log.info("job %s: %s ended with %s", job.token, run.filter.dialect, ", ".join(reasons))
        if not job.instructions.continue_on_error:
            return JobTrigger.FILTER_STOPPED_JOB
        end = JobTrigger.FILTERS_FAILED
    return end


def _run(wanted: Filter, job: Job, store: Store) -> tuple[FilterStateReason, ...]:
    """Why the filter failed; () when it did not. E-mail and SharePoint have no counterpart in this version and
    say so with the reason that a server without a mail or SharePoint server has."""
    match wanted:
        case FileShareFilter():
            return run_file_share(wanted, job, store)
        case EmailFilter():
            return (FilterStateReason.INVALID_SMTP_SERVER,)
        case SharePointFilter():
            return (FilterStateReason.SHAREPOINT_ACCESS_DENIED,)
        case UnknownFilter():
            return (FilterStateReason.INVALID_ARGS,)  # one unknown dialect among known ones (NOTES C-38)
