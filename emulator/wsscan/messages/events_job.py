"""What a scanner tells its subscribers of its jobs: JobStatusEvent and JobEndStateEvent (their WS-Scan and WS-DSD
pages; ws-scan.md section 8)."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import JOB_END_STATE_EVENT, JOB_STATUS_EVENT, WSCN
from emulator.wsscan.messages.frame import append_as_child, message, open_message
from emulator.wsscan.values.jobs import JobEndState, ScanJobStatus
from emulator.wsscan.xml.jobs import (
    read_job_end_state,
    read_scan_job_status,
    write_job_end_state,
    write_scan_job_status,
)


@dataclass(frozen=True, slots=True)
class JobStatusEvent:
    """State or reason of a job is another. [wscn/event/job-status] [dsd/event/job-status]"""

    status: ScanJobStatus

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """JobStatusEvent."""
        root = message(JOB_STATUS_EVENT, namespace)
        append_as_child(root, write_scan_job_status(self.status))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobStatusEvent:
        """Raises ContentError when JobStatus is missing or cannot be understood."""
        cursor = open_message(element, JOB_STATUS_EVENT, ("JobStatus",), deviations)
        return cls(read_scan_job_status(cursor.required("JobStatus").element, deviations))


@dataclass(frozen=True, slots=True)
class JobEndStateEvent:
    """A job has ended. [wscn/event/job-end-state]
    [dsd/event/job-end-state] [dsd/event/job-end-state-has-completed-names]"""

    end_state: JobEndState

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """JobEndStateEvent."""
        root = message(JOB_END_STATE_EVENT, namespace)
        append_as_child(root, write_job_end_state(self.end_state))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobEndStateEvent:
        """Raises ContentError when JobEndState is missing or cannot be understood."""
        cursor = open_message(element, JOB_END_STATE_EVENT, ("JobEndState",), deviations)
        return cls(read_job_end_state(cursor.required("JobEndState").element, deviations))
