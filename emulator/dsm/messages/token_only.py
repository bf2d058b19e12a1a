"""What EndPostScanJob and CancelPostScanJob share: a request of a JobToken, a response of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING
from emulator.dsm.structure import add, bounded_token, check_structure
from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor


@dataclass(frozen=True, slots=True)
class JobTokenRequest:
    """A request that holds a JobToken and nothing else."""

    element_name: ClassVar[str]
    job_token: str

    def to_xml(self) -> etree._Element:
        """The request's element."""
        root = etree.Element(f"{{{DSP}}}{self.element_name}", nsmap={"dsp": DSP})
        add(root, DSP, "JobToken", self.job_token)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Raises ContentError when JobToken is missing."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, ("JobToken",))
        return cls(requested_token(cursor))


@dataclass(frozen=True, slots=True)
class EmptyResponse:
    """A response without content; vendors may put elements of their own into it."""

    element_name: ClassVar[str]

    def to_xml(self) -> etree._Element:
        """The response's element."""
        return etree.Element(f"{{{DSP}}}{self.element_name}", nsmap={"dsp": DSP})

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Self:
        """Never raises."""
        check_structure(Cursor(element, (DSP,), deviations), ())
        return cls()


def requested_token(cursor: Cursor) -> str:
    """JobToken of a request, without white space around it: we have given it, and ours has none."""
    return bounded_token(cursor.required("JobToken"), MAX_STRING)
