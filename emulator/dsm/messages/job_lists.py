"""GetActiveJobs and GetJobHistory (MS-BDSRR 3.2.4.4, 3.2.4.5): the jobs of a scan server, going on and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from lxml import etree

from emulator.dsm.constants import DSC
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.messages.token_only import EmptyResponse
from emulator.dsm.structure import add, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.structure import check_structure
from emulator.soap.xml import place


class _Asks(EmptyResponse):
    """A request without content is written and read as a response without."""

    __slots__ = ()

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """The request's element."""
        return root(self.element_name, namespace)


@dataclass(frozen=True, slots=True)
class GetActiveJobsRequest(_Asks):
    """Asks for the jobs that have not ended. [dsc/get-active-jobs/request]"""

    element_name: ClassVar[str] = "GetActiveJobsRequest"


@dataclass(frozen=True, slots=True)
class GetJobHistoryRequest(_Asks):
    """Asks for the jobs that have ended and are remembered. [dsc/get-job-history/request]"""

    element_name: ClassVar[str] = "GetJobHistoryRequest"


@dataclass(frozen=True, slots=True)
class _JobList:
    element_name: ClassVar[str]
    list_name: ClassVar[str]
    jobs: tuple[JobSummary, ...]

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """The response's element."""
        element = root(self.element_name, namespace)
        entries = add(element, namespace, self.list_name)
        for job in self.jobs:
            entries.append(job.to_xml(namespace))
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """A missing list is noted and empty (MS-BDSRR 4.1 prints one so)
        [notes/c-10/missing-active-jobs-read]. Raises ContentError for a
        JobSummary that cannot be understood."""
        entries = opened(element, (cls.list_name,), deviations).child(cls.list_name)
        if entries is None:
            deviations.note("element-missing", f"{place(element)}/{cls.list_name}")
            return cls(())
        check_structure(entries, ("JobSummary",))
        return cls(tuple(JobSummary.from_xml(each.element, deviations) for each in entries.children("JobSummary")))


@dataclass(frozen=True, slots=True)
class GetActiveJobsResponse(_JobList):
    """The jobs that have not ended. [dsc/get-active-jobs/empty-list] [bdsrr/3.2.4.4/one-active-jobs]"""

    element_name: ClassVar[str] = "GetActiveJobsResponse"
    list_name: ClassVar[str] = "ActiveJobs"


@dataclass(frozen=True, slots=True)
class GetJobHistoryResponse(_JobList):
    """The jobs that have ended and are remembered. [bdsrr/3.2.4.5/one-job-history]"""

    element_name: ClassVar[str] = "GetJobHistoryResponse"
    list_name: ClassVar[str] = "JobHistory"
