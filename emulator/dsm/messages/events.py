"""The events of WS-DSP (its events page) and of WS-DSC (MS-BDSRR 6.2.1): what stands in the Body of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from emulator.dsm.constants import (
    DSC,
    DSC_POST_SCAN_JOB_END_STATE_EVENT,
    DSC_POST_SCAN_JOB_STATUS_EVENT,
    DSP,
    POST_SCAN_JOB_END_STATE_EVENT,
    POST_SCAN_JOB_STATUS_EVENT,
    REPOSITORY_ELEMENTS_CHANGE_EVENT,
    REPOSITORY_STATUS_SUMMARY_EVENT,
)
from emulator.dsm.job_end_state import PostScanJobEndState
from emulator.dsm.job_status import JobStatus
from emulator.dsm.repository import RepositoryConfiguration, RepositoryStatus
from emulator.dsm.structure import add, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.structure import check_structure
from emulator.soap.xml import local_name, namespace_of


@dataclass(frozen=True, slots=True)
class PostScanJobStatusEvent:
    """A job has been created, or it or one of its filters has come to another state.
    [dsp/event/status-body] [bdsrr/3.2.4.8/one-job-status]"""

    job_status: JobStatus

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """PostScanJobStatusEvent of `namespace`."""
        element = root("PostScanJobStatusEvent", namespace)
        element.append(self.job_status.to_xml(namespace))
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> PostScanJobStatusEvent:
        """Raises ContentError when JobStatus is missing or cannot be understood."""
        cursor = opened(element, ("JobStatus",), deviations)
        return cls(JobStatus.from_xml(cursor.required("JobStatus").element, deviations))


@dataclass(frozen=True, slots=True)
class PostScanJobEndStateEvent:
    """A job has ended; sent once. [dsp/event/end-state-body] [dsp/event/end-state-once]"""

    end_state: PostScanJobEndState

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """PostScanJobEndStateEvent of `namespace`."""
        element = root("PostScanJobEndStateEvent", namespace)
        element.append(self.end_state.to_xml(namespace))
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> PostScanJobEndStateEvent:
        """Raises ContentError when PostScanJobEndState is missing or cannot be understood."""
        cursor = opened(element, ("PostScanJobEndState",), deviations)
        return cls(PostScanJobEndState.from_xml(cursor.required("PostScanJobEndState").element, deviations))


@dataclass(frozen=True, slots=True)
class RepositoryStatusSummaryEvent:
    """The scan server has come to another state. [bdsrr/3.2.4.7/one-status-summary]"""

    status_summary: RepositoryStatus

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """dsc:RepositoryStatusSummaryEvent."""
        element = root("RepositoryStatusSummaryEvent", namespace)
        element.append(self.status_summary.to_xml(namespace, "StatusSummary"))
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RepositoryStatusSummaryEvent:
        """Raises ContentError when StatusSummary or its RepositoryState is missing."""
        cursor = opened(element, ("StatusSummary",), deviations)
        return cls(RepositoryStatus.from_xml(cursor.required("StatusSummary").element, deviations))


@dataclass(frozen=True, slots=True)
class RepositoryElementsChangeEvent:
    """The configuration of the scan server has changed. Windows never sends it
    [bdsrr/7/note-17-no-elements-change-event].
    [bdsrr/3.2.4.6/one-element-changes] [bdsrr/3.2.4.6/configuration]"""

    repository_configuration: RepositoryConfiguration | None

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """dsc:RepositoryElementsChangeEvent."""
        element = root("RepositoryElementsChangeEvent", namespace)
        changes = add(element, namespace, "ElementChanges")
        if self.repository_configuration is not None:
            changes.append(self.repository_configuration.to_xml(namespace))
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RepositoryElementsChangeEvent:
        """Raises ContentError when ElementChanges is missing or what it holds cannot be understood."""
        changes = opened(element, ("ElementChanges",), deviations).required("ElementChanges")
        check_structure(changes, ("RepositoryConfiguration",))
        found = changes.child("RepositoryConfiguration")
        return cls(None if found is None else RepositoryConfiguration.from_xml(found.element, deviations))


Event: TypeAlias = (
    PostScanJobStatusEvent | PostScanJobEndStateEvent | RepositoryStatusSummaryEvent | RepositoryElementsChangeEvent
)

_READERS: Final[dict[str, Callable[[etree._Element, Deviations], Event]]] = {
    POST_SCAN_JOB_STATUS_EVENT: PostScanJobStatusEvent.from_xml,
    POST_SCAN_JOB_END_STATE_EVENT: PostScanJobEndStateEvent.from_xml,
    DSC_POST_SCAN_JOB_STATUS_EVENT: PostScanJobStatusEvent.from_xml,
    DSC_POST_SCAN_JOB_END_STATE_EVENT: PostScanJobEndStateEvent.from_xml,
    REPOSITORY_STATUS_SUMMARY_EVENT: RepositoryStatusSummaryEvent.from_xml,
    REPOSITORY_ELEMENTS_CHANGE_EVENT: RepositoryElementsChangeEvent.from_xml,
}


def read_event(action: str, body: etree._Element | None, deviations: Deviations) -> Event:
    """The event that a message brings. The body decides which it is; an action that does not fit it is noted.
    Raises ContentError for what is none, or cannot be understood. [dsp/event/produced-and-supported]"""
    if body is None:
        raise ContentError("Event", "the Body is empty")
    found = f"{namespace_of(body)}/{local_name(body)}"
    reader = _READERS.get(found)
    if reader is None:
        raise ContentError("Event", f"the Body holds {local_name(body)[:60]}")
    if action != found:
        deviations.note("event-action", "Envelope/Header/Action", action)
    return reader(body, deviations)
