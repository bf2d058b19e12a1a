"""GetActiveJobs and GetJobHistory (their WS-Scan pages): summaries of the jobs of a device."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, below, message, open_message
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.xml.jobs import read_job_summaries, write_job_summaries


@dataclass(frozen=True, slots=True)
class GetActiveJobsRequest:
    """Asks for the jobs that are not ended. [dsd/get-active-jobs/request]"""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetActiveJobsRequest."""
        return message("GetActiveJobsRequest", namespace)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetActiveJobsRequest:
        """Raises ContentError when it is another message."""
        open_message(element, "GetActiveJobsRequest", (), deviations)
        return cls()


@dataclass(frozen=True, slots=True)
class GetActiveJobsResponse:
    """The jobs that are not ended. [wscn/get-active-jobs/response] [dsd/get-active-jobs/response]"""

    jobs: tuple[JobSummary, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetActiveJobsResponse."""
        root = message("GetActiveJobsResponse", namespace)
        write_job_summaries(add_child(root, "ActiveJobs"), self.jobs)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetActiveJobsResponse:
        """Raises ContentError when ActiveJobs is missing or a JobSummary cannot be understood."""
        cursor = open_message(element, "GetActiveJobsResponse", ("ActiveJobs",), deviations)
        return cls(read_job_summaries(below(cursor.required("ActiveJobs"), ("JobSummary",))))


@dataclass(frozen=True, slots=True)
class GetJobHistoryRequest:
    """Asks for the jobs that have ended. [dsd/get-job-history/request]"""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetJobHistoryRequest."""
        return message("GetJobHistoryRequest", namespace)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetJobHistoryRequest:
        """Raises ContentError when it is another message."""
        open_message(element, "GetJobHistoryRequest", (), deviations)
        return cls()


@dataclass(frozen=True, slots=True)
class GetJobHistoryResponse:
    """As many ended jobs as the device keeps. [wscn/get-job-history/response]
    [dsd/get-job-history/response] [dsd/get-job-history/length]"""

    jobs: tuple[JobSummary, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """GetJobHistoryResponse."""
        root = message("GetJobHistoryResponse", namespace)
        write_job_summaries(add_child(root, "JobHistory"), self.jobs)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetJobHistoryResponse:
        """Raises ContentError when JobHistory is missing or a JobSummary cannot be understood."""
        cursor = open_message(element, "GetJobHistoryResponse", ("JobHistory",), deviations)
        return cls(read_job_summaries(below(cursor.required("JobHistory"), ("JobSummary",))))
