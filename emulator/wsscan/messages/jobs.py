"""GetActiveJobs and GetJobHistory (their WS-Scan pages): summaries of the jobs of a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, below, message, open_message
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.xml.jobs import read_job_summaries, write_job_summaries


@dataclass(frozen=True, slots=True)
class _JobsRequest:
    element_name: ClassVar[str]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """The request's element."""
        return message(self.element_name, namespace)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when it is another message."""
        open_message(element, cls.element_name, (), deviations)
        return cls()


@dataclass(frozen=True, slots=True)
class _JobList:
    element_name: ClassVar[str]
    list_name: ClassVar[str]
    jobs: tuple[JobSummary, ...]

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """The response's element."""
        root = message(self.element_name, namespace)
        write_job_summaries(add_child(root, self.list_name), self.jobs)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when the list is missing or a JobSummary cannot be understood."""
        cursor = open_message(element, cls.element_name, (cls.list_name,), deviations)
        return cls(read_job_summaries(below(cursor.required(cls.list_name), ("JobSummary",))))


@dataclass(frozen=True, slots=True)
class GetActiveJobsRequest(_JobsRequest):
    """Asks for the jobs that are not ended. [dsd/get-active-jobs/request]"""

    element_name: ClassVar[str] = "GetActiveJobsRequest"


@dataclass(frozen=True, slots=True)
class GetActiveJobsResponse(_JobList):
    """The jobs that are not ended. [wscn/get-active-jobs/response] [dsd/get-active-jobs/response]"""

    element_name: ClassVar[str] = "GetActiveJobsResponse"
    list_name: ClassVar[str] = "ActiveJobs"


@dataclass(frozen=True, slots=True)
class GetJobHistoryRequest(_JobsRequest):
    """Asks for the jobs that have ended. [dsd/get-job-history/request]"""

    element_name: ClassVar[str] = "GetJobHistoryRequest"


@dataclass(frozen=True, slots=True)
class GetJobHistoryResponse(_JobList):
    """As many ended jobs as the device keeps. [wscn/get-job-history/response]
    [dsd/get-job-history/response] [dsd/get-job-history/length]"""

    element_name: ClassVar[str] = "GetJobHistoryResponse"
    list_name: ClassVar[str] = "JobHistory"
