"""What a scan server does with a job after EndPostScanJob: its filters, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from emulator.dsm.scan_process import EmailFilter, FileShareFilter, Filter, SharePointFilter, UnknownFilter
from emulator.dsm.states import FilterStateReason, FilterTrigger, JobTrigger
from emulator.layers import Layers
from emulator.scan_server.delivery.outcome import Delivery, Stopped, own_detail, own_reason
from emulator.scan_server.jobs import Job
from emulator.scan_server.notes import NoteFailed
from emulator.scan_server.store import Store

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
"""Filters of one server that run."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where filters deliver to."""

    store: Store
    settings: DeliverySettings | None
    """None: no mail server, no library, no share but folders of the store."""
    layers: Layers
    """Of the exchanges with libraries."""
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, "filter"))
    """Not the loop's own threads: those store what arrives, and must not wait for a mail server that stalls."""


async def run_filters(job: Job, targets: Targets) -> JobTrigger:
    """Run a Pending job's filters; what then happens to the job, unless it has been cancelled meanwhile: a running
    filter is stopped then, and what it has delivered stays.
    [dsp/job-transition/canceled-filters] [bdsrr/3.2.4.2/running-filters-stopped]
    [dsp/job-transition/stopped-at-an-error] [dsp/job-transition/continued-after-an-error]
    [dsp/send-image/stored-by-the-instructions] [psp/scan-process/filters-of-the-scan-process-only]"""
    job.move(JobTrigger.SCHEDULED)
    job.move(JobTrigger.FILTERS_BEGIN)
    end = JobTrigger.FILTERS_SUCCEEDED
    for run in job.filters:
        job.move_filter(run, FilterTrigger.BEGIN)
        if not job.documents and not isinstance(run.filter, UnknownFilter):
            # Nothing was delivered, and whoever expected something should hear of it.
            _log.warning("job %s: EndPostScanJob came without an image: %s has nothing to do", job.token, run.name)
            job.move_filter(run, FilterTrigger.WARN)
            end = JobTrigger.FILTERS_WARNED if end is JobTrigger.FILTERS_SUCCEEDED else end
            continue
        deliveries = await _outcome(run.filter, job, targets)
        job.deliveries += deliveries
        if job.ended:
            return JobTrigger.CANCELED
        for each in deliveries:
            if each.reason is not None:
                _log.warning("job %s: %s not delivered to %s: %s", job.token, run.name, each.target, each.detail)
        reasons = tuple(dict.fromkeys(each.reason for each in deliveries if each.reason is not None))
        if not reasons:
            job.move_filter(run, FilterTrigger.SUCCEED)
            continue
        job.move_filter(run, FilterTrigger.FAIL, *reasons)
        if not job.instructions.continue_on_error:
            return JobTrigger.FILTER_STOPPED_JOB
        end = JobTrigger.FILTERS_FAILED
    return end


async def _outcome(wanted: Filter, job: Job, targets: Targets) -> list[Delivery]:
    """What the filter did; whatever goes wrong is a reason too."""
    try:
        return await _run(wanted, job, targets)
    except Stopped as error:
        return [_failed(wanted, FilterStateReason.UNKNOWN_ERROR, str(error))]
    except MemoryError:
        return [_failed(wanted, FilterStateReason.SERVER_OUT_OF_MEMORY, "out of memory")]
    except OSError as error:  # of our own files
        return [_failed(wanted, own_reason(error), own_detail(error))]
    except Exception as error:
        _log.exception("job %s: the filter %s failed", job.token, wanted.dialect)
        return [_failed(wanted, FilterStateReason.UNKNOWN_ERROR, f"{type(error).__name__}: {error}")]


def _note_begun(wanted: Filter, job: Job) -> None:
    """Its targets may have documents from now on. Raises NoteFailed."""
    job.kept_by.notes.filter(wanted.dialect)


def _note_told(deliveries: list[Delivery], job: Job) -> None:
    """Note, for who looks after a kill, what has arrived where; that it did hangs on no note."""
    for each in deliveries:
        try:
            job.kept_by.notes.delivery_made(each)
        except NoteFailed as error:
            _log.warning("job %s: %s", job.token, own_detail(error))


def _failed(wanted: Filter, reason: FilterStateReason, detail: str) -> Delivery:
    return Delivery(wanted.dialect, "", reason=reason, detail=detail)


async def _in_thread(
    threads: ThreadPoolExecutor,
    work: Callable[..., list[Delivery]],
    wanted: Filter,
    job: Job,
    *arguments: object,
) -> list[Delivery]:
    def noted() -> list[Delivery]:
        _note_begun(wanted, job)
        deliveries = work(wanted, job, *arguments)
        _note_told(deliveries, job)
        return deliveries

    return await asyncio.get_running_loop().run_in_executor(threads, noted)


async def _run(wanted: Filter, job: Job, targets: Targets) -> list[Delivery]:
    """Imports the filters when they are wanted: pydantic and others are slow to come.
    [dsp/job-transition/some-known-dialect]"""
    settings = targets.settings
    match wanted:
        case FileShareFilter():
            from emulator.scan_server.file_share import run_file_share

            return await _in_thread(targets.threads, run_file_share, wanted, job, targets.store, settings)
        case EmailFilter():
            from emulator.scan_server.delivery.mail import run_email

            mail = None if settings is None else settings.mail
            return await _in_thread(targets.threads, run_email, wanted, job, mail)
        case SharePointFilter():
            from emulator.scan_server.delivery.share_point import run_share_point

            await asyncio.to_thread(_note_begun, wanted, job)
            deliveries = await run_share_point(wanted, job, settings, targets.layers)
            await asyncio.to_thread(_note_told, deliveries, job)
            return deliveries
        case UnknownFilter():
            # One unknown dialect among known ones [notes/c-38/unknown-dialect-among-known].
            detail = f"the dialect {wanted.dialect} is not known"
            return [_failed(wanted, FilterStateReason.INVALID_ARGS, detail)]
