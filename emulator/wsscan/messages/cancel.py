"""CancelJob (its WS-Scan page)."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.frame import add_child, message, open_message
from emulator.wsscan.xml.jobs import read_job_id


@dataclass(frozen=True, slots=True)
class CancelJobRequest:
    """Asks to end a job that is not ended. [wscn/cancel-job/request]"""

    job_id: int

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """CancelJobRequest."""
        root = message("CancelJobRequest", namespace)
        add_child(root, "JobId", self.job_id)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CancelJobRequest:
        """Raises ContentError when JobId is missing or no number."""
        return cls(read_job_id(open_message(element, "CancelJobRequest", ("JobId",), deviations)))


@dataclass(frozen=True, slots=True)
class CancelJobResponse:
    """The job is being cancelled. [wscn/cancel-job/response]"""

    def to_xml(self, namespace: str = WSCN) -> etree._Element:
        """CancelJobResponse."""
        return message("CancelJobResponse", namespace)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> CancelJobResponse:
        """Raises ContentError when it is another message."""
        open_message(element, "CancelJobResponse", (), deviations)
        return cls()
