"""What GetPostScanJobElements and the events tell of a job: JobStatus and JobDescription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING
from emulator.dsm.states import FilterState, FilterStateReason, JobState, JobStateReason
from emulator.dsm.structure import add, bounded_token, check_structure
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.times import format_date_time, parse_date_time
from emulator.soap.xml import place

K = TypeVar("K", bound=StrEnum)

_STATUS_ORDER: Final = (
    "JobToken",
    "JobState",
    "JobStateReasons",
    "FilterStatuses",
    "ImagesReceived",
    "JobCreatedTime",
    "JobCompletedTime",
)
_FILTER_ORDER: Final = ("Dialect", "FilterState", "FilterStateReasons")
_DESCRIPTION_ORDER: Final = ("PSP_Identifier", "PSP_DisplayName", "JobOriginatingUserName")
_MISSPELT: Final = {"SendImangeFailed"}  # dsc XSD of MS-BDSRR (NOTES C-04)


@dataclass(frozen=True, slots=True)
class FilterStatus:
    """How far a filter is. Keywords that the documents do not have (vendors', later versions') stay str."""

    dialect: str
    filter_state: FilterState | str
    filter_state_reasons: tuple[FilterStateReason | str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobStatus:
    """dsp:JobStatus. Keywords that the documents do not have (vendors', later versions') stay str."""

    job_token: str
    job_state: JobState | str
    job_state_reasons: tuple[JobStateReason | str, ...] = ()
    filter_statuses: tuple[FilterStatus, ...] = ()
    images_received: int = 0
    job_created_time: datetime | None = None
    """Naive where the server gave no zone."""
    job_completed_time: datetime | None = None

    def to_xml(self) -> etree._Element:
        """dsp:JobStatus. Valid by schema with at least one FilterStatus."""
        root = etree.Element(f"{{{DSP}}}JobStatus", nsmap={"dsp": DSP})
        add(root, DSP, "JobToken", self.job_token)
        add(root, DSP, "JobState", self.job_state)
        _add_reasons(root, "JobStateReason", self.job_state_reasons)
        statuses = add(root, DSP, "FilterStatuses")
        for each in self.filter_statuses:
            status = add(statuses, DSP, "FilterStatus")
            add(status, DSP, "Dialect", each.dialect)
            add(status, DSP, "FilterState", each.filter_state)
            _add_reasons(status, "FilterStateReason", each.filter_state_reasons)
        add(root, DSP, "ImagesReceived", str(self.images_received))
        for name, time in (
            ("JobCreatedTime", self.job_created_time),
            ("JobCompletedTime", self.job_completed_time),
        ):
            if time is not None:
                add(root, DSP, name, format_date_time(time))
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobStatus:
        """Read dsp:JobStatus. Raises ContentError when JobToken, JobState or ImagesReceived is missing or a
        filter has no Dialect or FilterState; all else is noted."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, _STATUS_ORDER)
        return cls(
            job_token(cursor),
            keyword(cursor.required("JobState"), JobState),
            _reasons(cursor, "JobStateReason", JobStateReason),
            _read_filter_statuses(cursor),
            cursor.required("ImagesReceived").integer(0),
            _time(cursor.child("JobCreatedTime")),
            _time(cursor.child("JobCompletedTime")),
        )


@dataclass(frozen=True, slots=True)
class JobDescription:
    """dsp:JobDescription: whose job of which scan process."""

    psp_identifier: str
    psp_display_name: str
    job_originating_user_name: str

    def to_xml(self) -> etree._Element:
        """dsp:JobDescription."""
        root = etree.Element(f"{{{DSP}}}JobDescription", nsmap={"dsp": DSP})
        add(root, DSP, "PSP_Identifier", self.psp_identifier)
        add(root, DSP, "PSP_DisplayName", self.psp_display_name)
        add(root, DSP, "JobOriginatingUserName", self.job_originating_user_name)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobDescription:
        """Read dsp:JobDescription; what is missing is noted and ''."""
        cursor = Cursor(element, (DSP,), deviations)
        check_structure(cursor, _DESCRIPTION_ORDER)
        texts = []
        for name in _DESCRIPTION_ORDER:
            found = cursor.child(name)
            if found is None:
                deviations.note("element-missing", f"{place(element)}/{name}")
            texts.append("" if found is None else found.text(max_length=MAX_STRING))
        return cls(*texts)


def job_token(cursor: Cursor) -> str:
    """JobToken as the server gave it: it is opaque, and echoed octet by octet (NOTES C-05)."""
    found = cursor.required("JobToken")
    value = found.text(max_length=MAX_STRING)
    if value != value.strip():
        cursor.deviations.note("white-space", place(found.element))
    return value


def keyword(cursor: Cursor, known: type[K]) -> K | str:
    """The keyword: one of `known` whatever its case (another spelling is noted), or what it is.

    Raises ContentError when it is empty.
    """
    value = cursor.token()
    if not value:
        raise ContentError(cursor.name, "is empty")
    found = {each.casefold(): each for each in known}.get(value.casefold())
    if found is None:
        if value in _MISSPELT and known is JobStateReason:
            cursor.deviations.note("spelling", place(cursor.element), value)
            return known("SendImageFailed")
        if ":" not in value:  # a vendor's keyword is prefix:keyword
            cursor.deviations.note("value", place(cursor.element), value)
        return value
    # The WS-DSP pages spell Sharepoint, MS-BDSRR SharePoint: neither is the peer's mistake (NOTES C-03).
    if value not in (found, found.replace("SharePoint", "Sharepoint")):
        cursor.deviations.note("spelling", place(cursor.element), value)
    return found


def _add_reasons(parent: etree._Element, name: str, reasons: tuple[str, ...]) -> None:
    """Append the list of reasons, which is optional and never empty."""
    if reasons:
        entries = add(parent, DSP, name + "s")
        for reason in reasons:
            add(entries, DSP, name, reason)


def _reasons(cursor: Cursor, name: str, known: type[K]) -> tuple[K | str, ...]:
    entries = cursor.child(name + "s")
    if entries is None:
        return ()
    check_structure(entries, (name,))
    reasons = []
    for each in entries.children(name):
        if (each.element.text or "").strip():
            reasons.append(keyword(each, known))
        else:
            cursor.deviations.note("value", place(each.element), "empty")
    if not reasons:
        cursor.deviations.note("element-missing", f"{place(entries.element)}/{name}")
    return tuple(reasons)


def _read_filter_statuses(cursor: Cursor) -> tuple[FilterStatus, ...]:
    entries = cursor.child("FilterStatuses")
    found = []
    if entries is not None:
        check_structure(entries, ("FilterStatus",))
        for each in entries.children("FilterStatus"):
            check_structure(each, _FILTER_ORDER)
            found.append(
                FilterStatus(
                    bounded_token(each.required("Dialect"), MAX_STRING),
                    keyword(each.required("FilterState"), FilterState),
                    _reasons(each, "FilterStateReason", FilterStateReason),
                )
            )
    if not found:
        cursor.deviations.note("element-missing", f"{place(cursor.element)}/FilterStatuses/FilterStatus")
    return tuple(found)


def _time(cursor: Cursor | None) -> datetime | None:
    """A time for people: one that is none is noted and left out, for no decision hangs on it."""
    if cursor is None:
        return None
    value = cursor.token()
    try:
        return parse_date_time(value)
    except ValueError as error:
        cursor.deviations.note("value", place(cursor.element), str(error))
        return None
