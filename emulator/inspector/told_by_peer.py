"""What a journal is told of an event or an element of a peer: the same kinds as of what happens at our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from emulator.dsm.job_status import JobStatus
from emulator.dsm.job_summary import JobSummary as PostScanJobSummary
from emulator.dsm.messages.events import (
    PostScanJobEndStateEvent,
    PostScanJobStatusEvent,
    RepositoryStatusSummaryEvent,
)
from emulator.dsm.repository import RepositoryStatus
from emulator.trace.kinds import ChangeTold, ConditionTold, StateTold, Told
from emulator.wsscan.messages.events_job import JobEndStateEvent, JobStatusEvent
from emulator.wsscan.messages.events_scanner import (
    ScannerElementsChangeEvent,
    ScannerStatusConditionClearedEvent,
    ScannerStatusConditionEvent,
    ScannerStatusSummaryEvent,
)
from emulator.wsscan.values.jobs import JobSummary, ScanJobStatus
from emulator.wsscan.values.status import ScannerStatus

By = Literal["event", "poll"]


def told_by_peer(by: By, name: str, content: Any) -> Told:
    """`name`: of the event or the element `content`."""
    match content:
        case ScannerStatus() | ScannerStatusSummaryEvent():
            return StateTold("scanner", str(content.state), _texts(content.reasons), by=by)
        case JobStatusEvent(status):
            return told_by_peer(by, name, status)
        case ScanJobStatus() | JobSummary():
            return _scan_job(content.job_id, content.state, content.reasons, content.scans_completed, by)
        case JobEndStateEvent(end):
            return _scan_job(end.job_id, end.completed_state, end.reasons, end.scans_completed, by)
        case PostScanJobStatusEvent(job):
            return told_by_peer(by, name, job)
        case JobStatus() | PostScanJobSummary():
            return _post_scan_job(
                content.job_token, content.job_state, content.job_state_reasons, content.images_received, by
            )
        case PostScanJobEndStateEvent(ended):
            return _post_scan_job(
                ended.job_token,
                ended.job_completed_state,
                ended.job_completed_state_reasons,
                ended.images_received,
                by,
            )
        case RepositoryStatus() as repository:
            return _repository(repository, by)
        case RepositoryStatusSummaryEvent(repository):
            return _repository(repository, by)
        case ScannerStatusConditionEvent(condition):
            place, severity = str(condition.component), str(condition.severity)
            return ConditionTold(True, str(condition.name), place, severity, condition.id)
        case ScannerStatusConditionClearedEvent(condition_id=id):
            return ConditionTold(False, id=id)
        case ScannerElementsChangeEvent():
            found = {
                "ScannerDescription": content.description,
                "ScannerConfiguration": content.configuration,
                "DefaultScanTicket": content.default_ticket,
            }
            return ChangeTold(tuple(each for each, value in found.items() if value is not None))
    return ChangeTold((name,))


def _scan_job(id: int, state: str, reasons: Iterable[str], scans: int, by: By) -> Told:
    return StateTold("scan job", str(state), _texts(reasons), str(id), scans, by)


def _post_scan_job(token: str, state: str, reasons: Iterable[str], images: int | None, by: By) -> Told:
    return StateTold("post-scan job", str(state), _texts(reasons), token, images, by)


def _repository(status: RepositoryStatus, by: By) -> Told:
    return StateTold("scan server", str(status.repository_state), _texts(status.repository_state_reasons), by=by)


def _texts(keywords: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(each) for each in keywords)
