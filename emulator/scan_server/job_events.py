"""What the scan server tells its subscribers of its jobs: each event of WS-DSP, and those of WS-DSC beside it.
[notes/c-30/events-come-from-the-server]"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from lxml import etree

from emulator.dsm.constants import (
    DSC,
    DSC_POST_SCAN_JOB_END_STATE_EVENT,
    DSC_POST_SCAN_JOB_STATUS_EVENT,
    DSP,
    POST_SCAN_JOB_END_STATE_EVENT,
    POST_SCAN_JOB_STATUS_EVENT,
    REPOSITORY_STATUS_SUMMARY_EVENT,
)
from emulator.dsm.job_end_state import PostScanJobEndState
from emulator.dsm.messages.events import (
    PostScanJobEndStateEvent,
    PostScanJobStatusEvent,
    RepositoryStatusSummaryEvent,
)
from emulator.dsm.repository import RepositoryStatus
from emulator.scan_server.jobs import Job


class Publisher(Protocol):
    """An event source."""

    def publish(self, action: str, body: Callable[[Any], etree._Element], /, *, about: str = "") -> None:
        """Send the event to all who want it; `body` makes its content for one, `about`: the job that it tells of.
        Does not wait for subscribers, nor raise for what they do."""


class JobEvents:
    """Sends PostScanJobStatusEvent when a job is made and at each new state of it and of its filters, and
    PostScanJobEndStateEvent once, after the status event of the final state (WS-DSP events page).
    [dsp/event/produced-and-supported] [dsp/event/same-jobs-as-wsdsc] [dsp/event/only-to-subscribers]"""

    def __init__(
        self, processing: Publisher, configuration: Publisher, repository: Callable[[], RepositoryStatus]
    ) -> None:
        """`processing`, `configuration`: event sources of WS-DSP and WS-DSC; `repository`: the present state."""
        self._processing = processing
        self._configuration = configuration
        self._repository = repository
        self._told = repository()

    def changed(self, job: Job) -> None:
        """A job is new, or it or one of its filters has another state.
        [dsp/event/status-at-creation] [dsp/event/status-at-each-change] [dsp/event/status-while-filters-run]
        [dsp/event/end-state-once] [bdsrr/3.2.4.8/sent-to-all-subscribers]
        [bdsrr/3.2.4.9/sent-to-all-subscribers] [bdsrr/3.2.4.9/final-values]
        [bdsrr/3.2.4.7/sent-to-all-subscribers]"""
        status = PostScanJobStatusEvent(job.status())
        token = status.job_status.job_token
        self._processing.publish(POST_SCAN_JOB_STATUS_EVENT, lambda _: status.to_xml(DSP), about=token)
        self._configuration.publish(DSC_POST_SCAN_JOB_STATUS_EVENT, lambda _: status.to_xml(DSC), about=token)
        if job.ended:
            end = PostScanJobEndStateEvent(PostScanJobEndState.of(status.job_status, job.description()))
            self._processing.publish(POST_SCAN_JOB_END_STATE_EVENT, lambda _: end.to_xml(DSP), about=token)
            self._configuration.publish(DSC_POST_SCAN_JOB_END_STATE_EVENT, lambda _: end.to_xml(DSC), about=token)
        now = self._repository()
        if now != self._told:
            self._told = now
            summary = RepositoryStatusSummaryEvent(now)
            self._configuration.publish(REPOSITORY_STATUS_SUMMARY_EVENT, lambda _: summary.to_xml())
