"""PostScanJobEndState: how a job ended, told once by an event (its WS-DSP page; MS-BDSRR 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from emulator.dsm.constants import DSP
from emulator.dsm.job_status import (
    DESCRIPTION_ORDER,
    FilterStatus,
    JobDescription,
    JobStatus,
    add_filter_statuses,
    add_images_received,
    add_reasons,
    add_time,
    check_doubles,
    job_token,
    keyword,
    read_filter_statuses,
    read_images_received,
    read_reasons,
)
from emulator.dsm.states import FINAL_JOB_STATES, JobState, JobStateReason
from emulator.dsm.structure import add, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.structure import optional_time
from emulator.soap.xml import place

_ORDER: Final = (
    "JobToken",
    *DESCRIPTION_ORDER,
    "JobCompletedState",
    "JobCompletedStateReasons",
    "FilterCompletedStatuses",
    "ImagesReceived",
    "JobCompletedTime",
)


@dataclass(frozen=True, slots=True)
class PostScanJobEndState:
    """The end of a job. Keywords that the documents do not have (vendors', later versions') stay str.
    [notes/c-30/completed-state-is-a-state]
    [bdsrr/3.2.4.9/within-post-scan-job-end-state]"""

    job_token: str
    description: JobDescription
    job_completed_state: JobState | str
    job_completed_state_reasons: tuple[JobStateReason | str, ...]
    filter_completed_statuses: tuple[FilterStatus, ...]
    images_received: int | None
    """None where the server did not tell it."""
    job_completed_time: datetime | None = None
    """Naive where the server gave no zone."""

    @classmethod
    def of(cls, status: JobStatus, description: JobDescription) -> PostScanJobEndState:
        """The end that a JobStatus with a final state tells."""
        return cls(
            status.job_token,
            description,
            status.job_state,
            status.job_state_reasons or (JobStateReason.NONE,),
            status.filter_statuses,
            status.images_received,
            status.job_completed_time,
        )

    def as_status(self) -> JobStatus:
        """The same as the JobStatus that GetPostScanJobElements would tell."""
        return JobStatus(
            self.job_token,
            self.job_completed_state,
            self.job_completed_state_reasons,
            self.filter_completed_statuses,
            self.images_received,
            None,
            self.job_completed_time,
        )

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """PostScanJobEndState of `namespace`. Valid by schema with a final state, a reason and a filter.
        [dsp/event/end-state-body] [bdsrr/3.2.4.9/children] [bdsrr/3.2.4.9/completed-time-may-be-missing]"""
        element = root("PostScanJobEndState", namespace)
        add(element, namespace, "JobToken", self.job_token)
        self.description.write(element, namespace)
        add(element, namespace, "JobCompletedState", self.job_completed_state)
        add_reasons(
            element, namespace, "JobCompletedStateReasons", "JobStateReason", self.job_completed_state_reasons
        )
        add_filter_statuses(element, namespace, "FilterCompletedStatuses", self.filter_completed_statuses)
        add_images_received(element, namespace, self.images_received)
        add_time(element, namespace, "JobCompletedTime", self.job_completed_time)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> PostScanJobEndState:
        """Raises ContentError when JobToken or JobCompletedState is missing, the state is one that no job ends in,
        ImagesReceived is no count, or a filter has no Dialect or FilterState; all else is noted."""
        cursor = opened(element, _ORDER, deviations)
        check_doubles(cursor, JobToken="job-token", JobCompletedState="job-state", ImagesReceived="images-received")
        state = keyword(cursor.required("JobCompletedState"), JobState)
        if isinstance(state, JobState) and state not in FINAL_JOB_STATES:
            raise ContentError("JobCompletedState", f"{state} is no state that a job ends in")
        reasons = read_reasons(cursor, "JobCompletedStateReasons", "JobStateReason", JobStateReason)
        if cursor.child("JobCompletedStateReasons") is None:
            deviations.note("element-missing", f"{place(element)}/JobCompletedStateReasons")
        return cls(
            job_token(cursor),
            JobDescription.read(cursor),
            state,
            reasons,
            read_filter_statuses(cursor, "FilterCompletedStatuses"),
            read_images_received(cursor),
            optional_time(cursor.child("JobCompletedTime")),
        )
