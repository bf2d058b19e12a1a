"""What EndPostScanJob and CancelPostScanJob share: a request of a JobToken, a response of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING
from emulator.dsm.structure import add, bounded_token, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor


@dataclass(frozen=True, slots=True)
class JobTokenRequest:
    """A request that holds a JobToken and nothing else."""

    element_name: ClassVar[str]
    job_token: str

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """The request's element."""
        element = root(self.element_name, namespace)
        add(element, namespace, "JobToken", self.job_token)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when JobToken is missing."""
        return cls(requested_token(opened(element, ("JobToken",), deviations)))


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """A response without content; vendors may put elements of their own into it.
    [bdsrr/3.2.4.2/response-without-content] [habits/strict/empty-response-elements]"""

    element_name: ClassVar[str]

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """The response's element."""
        return root(self.element_name, namespace)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Never raises."""
        opened(element, (), deviations)
        return cls()


def requested_token(cursor: Cursor) -> str:
    """JobToken of a request, without white space around it: we have given it, and ours has none."""
    return bounded_token(cursor.required("JobToken"), MAX_STRING)
