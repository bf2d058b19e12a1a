"""JobSummary: a job in the lists of GetActiveJobs and GetJobHistory (MS-BDSRR 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.dsm.constants import DSC
from emulator.dsm.job_status import (
    DESCRIPTION_ORDER,
    FilterStatus,
    JobDescription,
    add_filter_statuses,
    add_images_received,
    add_reasons,
    job_token,
    keyword,
    read_filter_statuses,
    read_images_received,
    read_reasons,
)
from emulator.dsm.states import JobState, JobStateReason
from emulator.dsm.structure import add, opened, root
from emulator.soap.deviations import Deviations

_ORDER: Final = (
    "JobToken",
    *DESCRIPTION_ORDER,
    "JobState",
    "JobStateReasons",
    "FilterStatuses",
    "ImagesReceived",
)


@dataclass(frozen=True, slots=True)
class JobSummary:
    """dsc:JobSummary. Keywords that the documents do not have (vendors', later versions') stay str.
    [dsc/job-summary/children] [bdsrr/3.2.4.4/data-of-the-job] [bdsrr/3.2.4.5/data-of-the-job]"""

    job_token: str
    description: JobDescription
    job_state: JobState | str
    job_state_reasons: tuple[JobStateReason | str, ...] = ()
    filter_statuses: tuple[FilterStatus, ...] = ()
    images_received: int | None = 0
    """None where the server did not tell it."""

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """dsc:JobSummary. Valid by schema with at least one FilterStatus."""
        element = root("JobSummary", namespace)
        add(element, namespace, "JobToken", self.job_token)
        self.description.write(element, namespace)
        add(element, namespace, "JobState", self.job_state)
        add_reasons(element, namespace, "JobStateReasons", "JobStateReason", self.job_state_reasons)
        add_filter_statuses(element, namespace, "FilterStatuses", self.filter_statuses)
        add_images_received(element, namespace, self.images_received)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobSummary:
        """Raises ContentError when JobToken or JobState is missing, ImagesReceived is no count, or a filter has no
        Dialect or FilterState; all else is noted."""
        cursor = opened(element, _ORDER, deviations)
        return cls(
            job_token(cursor),
            JobDescription.read(cursor),
            keyword(cursor.required("JobState"), JobState),
            read_reasons(cursor, "JobStateReasons", "JobStateReason", JobStateReason),
            read_filter_statuses(cursor, "FilterStatuses"),
            read_images_received(cursor),
        )
