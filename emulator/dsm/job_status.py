"""What GetPostScanJobElements and the events tell of a job: JobStatus and JobDescription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar, cast

from lxml import etree

from emulator.dsm.constants import DSP, MAX_STRING
from emulator.dsm.states import FilterState, FilterStateReason, JobState, JobStateReason
from emulator.dsm.structure import add, bounded_token, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import check_structure, optional_time
from emulator.soap.times import format_date_time
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
DESCRIPTION_ORDER: Final = ("PSP_Identifier", "PSP_DisplayName", "JobOriginatingUserName")
# The law: [dsp/job-state-reason/send-image-failed-misprint]
_MISSPELT: Final = {"SendImangeFailed"}  # dsc XSD of MS-BDSRR [notes/c-04/send-imange-failed-read]


@dataclass(frozen=True, slots=True)
class FilterStatus:
    """How far a filter is. Keywords that the documents do not have (vendors', later versions') stay str.
    [dsp/filter-status/children] [dsp/filter-status/dialect-is-the-whole-uri] [bdsrr/3.2.1/filter-status]
    [dsc/filter-status/children]"""

    dialect: str
    filter_state: FilterState | str
    filter_state_reasons: tuple[FilterStateReason | str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobStatus:
    """JobStatus. Keywords that the documents do not have (vendors', later versions') stay str.
    [notes/c-34/images-in-creating] [bdsrr/3.2.1/job-status]"""

    job_token: str
    job_state: JobState | str
    job_state_reasons: tuple[JobStateReason | str, ...] = ()
    filter_statuses: tuple[FilterStatus, ...] = ()
    images_received: int | None = 0
    """None where the server did not tell it."""
    job_created_time: datetime | None = None
    """Naive where the server gave no zone."""
    job_completed_time: datetime | None = None

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """JobStatus of `namespace`. Valid by schema with at least one FilterStatus.
        [dsp/job-status/children] [bdsrr/3.2.4.8/current-values]
        [dsc/job-status/children] [dsp/filter-status/one-or-more]"""
        element = root("JobStatus", namespace)
        add(element, namespace, "JobToken", self.job_token)
        add(element, namespace, "JobState", self.job_state)
        add_reasons(element, namespace, "JobStateReasons", "JobStateReason", self.job_state_reasons)
        add_filter_statuses(element, namespace, "FilterStatuses", self.filter_statuses)
        add_images_received(element, namespace, self.images_received)
        add_time(element, namespace, "JobCreatedTime", self.job_created_time)
        add_time(element, namespace, "JobCompletedTime", self.job_completed_time)
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobStatus:
        """Read JobStatus. Raises ContentError when JobToken or JobState is missing, ImagesReceived is no count, or
        a filter has no Dialect or FilterState; all else is noted."""
        cursor = opened(element, _STATUS_ORDER, deviations)
        check_doubles(cursor, JobToken="job-token", JobState="job-state", ImagesReceived="images-received")
        return cls(
            job_token(cursor),
            keyword(cursor.required("JobState"), JobState),
            read_reasons(cursor, "JobStateReasons", "JobStateReason", JobStateReason),
            read_filter_statuses(cursor, "FilterStatuses"),
            read_images_received(cursor),
            optional_time(cursor.child("JobCreatedTime")),
            optional_time(cursor.child("JobCompletedTime")),
        )


@dataclass(frozen=True, slots=True)
class JobDescription:
    """JobDescription: whose job of which scan process.
    [dsp/job-description/children] [bdsrr/3.2.1/job-description]
    [dsc/job-description/children] [dsp/job-description/psp-display-name] [dsp/job-description/user-name]"""

    psp_identifier: str
    psp_display_name: str
    job_originating_user_name: str

    def to_xml(self, namespace: str = DSP) -> etree._Element:
        """JobDescription of `namespace`."""
        element = root("JobDescription", namespace)
        self.write(element, namespace)
        return element

    def write(self, parent: etree._Element, namespace: str) -> None:
        """Append the three elements, which JobSummary and PostScanJobEndState have among their own."""
        add(parent, namespace, "PSP_Identifier", self.psp_identifier)
        add(parent, namespace, "PSP_DisplayName", self.psp_display_name)
        add(parent, namespace, "JobOriginatingUserName", self.job_originating_user_name)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> JobDescription:
        """Read JobDescription; what is missing is noted and ''."""
        return cls.read(opened(element, DESCRIPTION_ORDER, deviations))

    @classmethod
    def read(cls, cursor: Cursor) -> JobDescription:
        """The three elements among those of `cursor`; what is missing is noted and ''."""
        texts = []
        for name in DESCRIPTION_ORDER:
            found = cursor.child(name)
            if found is None:
                cursor.deviations.note("element-missing", f"{place(cursor.element)}/{name}")
            texts.append("" if found is None else found.text(max_length=MAX_STRING))
        return cls(*texts)


def job_token(cursor: Cursor) -> str:
    """JobToken as the server gave it: it is opaque, and echoed octet by octet
    [notes/c-05/job-token-echoed]. [dsp/job-token/echoed] [bdsrr/2.2.3.28/token-is-opaque]"""
    found = cursor.required("JobToken")
    value = found.text(max_length=MAX_STRING)
    if value != value.strip():
        cursor.deviations.note("white-space", place(found.element))
    return value


def check_doubles(cursor: Cursor, **ids: str) -> None:
    """Note children, named with the id of a deviation, that stand more than once and say different things."""
    for name, id in ids.items():
        found = list(cursor.children(name))
        if len(found) < 2:
            continue
        values = list(dict.fromkeys((each.element.text or "").strip() for each in found))
        if len(values) > 1:
            cursor.deviations.note(id, f"{place(cursor.element)}/{name}", " and ".join(values))


def keyword(cursor: Cursor, known: type[K]) -> K | str:
    """The keyword: one of `known` whatever its case (another spelling is noted), or what it is.

    Raises ContentError when it is empty.
    [notes/c-33/unknown-keywords-tolerated]
    [dsp/job-state/unknown-keyword-is-no-error] [dsc/keyword/extension] [bdsrr/1.8/vendor-keywords]"""
    value = cursor.token()
    if not value:
        raise ContentError(cursor.name, "is empty")
    found = cast("K | None", _by_folded_name(known).get(value.casefold()))
    if found is None:
        if value in _MISSPELT and known is JobStateReason:
            cursor.deviations.note("spelling", place(cursor.element), value)
            return known("SendImageFailed")
        if ":" not in value:  # a vendor's keyword is prefix:keyword
            cursor.deviations.note("value", place(cursor.element), value)
        return value
    # The WS-DSP pages spell Sharepoint, MS-BDSRR SharePoint: neither is the peer's mistake
    # [notes/c-03/sharepoint-reasons-in-any-case].
    if value not in (found, found.replace("SharePoint", "Sharepoint")):
        cursor.deviations.note("spelling", place(cursor.element), value)
    return found


@cache
def _by_folded_name(known: type[StrEnum]) -> dict[str, StrEnum]:
    # The law: [dsp/filter-state-reason/spelling-of-sharepoint]
    return {each.casefold(): each for each in known}


def add_reasons(parent: etree._Element, namespace: str, group: str, name: str, reasons: tuple[str, ...]) -> None:
    """Append the list of reasons `group`, which is never empty: left out where there are none.

    - `parent`: what gets them.
    - `namespace`: of the service.
    - `group`: the name of the list.
    - `name`: of each reason's element.
    - `reasons`: keywords.

    [dsp/job-state-reason/one-or-more]
    """
    if reasons:
        entries = add(parent, namespace, group)
        for reason in reasons:
            add(entries, namespace, name, reason)


def read_reasons(cursor: Cursor, group: str, name: str, known: type[K]) -> tuple[K | str, ...]:
    """The reasons in the child `group`; () where it is missing. One that is empty is noted and left out."""
    entries = cursor.child(group)
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


def add_filter_statuses(
    parent: etree._Element, namespace: str, group: str, statuses: tuple[FilterStatus, ...]
) -> None:
    """Append the list of filters `group`. [dsp/filter-status/one-or-more]"""
    entries = add(parent, namespace, group)
    for each in statuses:
        status = add(entries, namespace, "FilterStatus")
        add(status, namespace, "Dialect", each.dialect)
        add(status, namespace, "FilterState", each.filter_state)
        add_reasons(status, namespace, "FilterStateReasons", "FilterStateReason", each.filter_state_reasons)


def read_filter_statuses(cursor: Cursor, group: str) -> tuple[FilterStatus, ...]:
    """The filters in the child `group`; that there is none is noted. Raises ContentError when one has no Dialect
    or FilterState."""
    entries = cursor.child(group)
    found = []
    if entries is not None:
        check_structure(entries, ("FilterStatus",))
        for each in entries.children("FilterStatus"):
            check_structure(each, _FILTER_ORDER)
            found.append(
                FilterStatus(
                    bounded_token(each.required("Dialect"), MAX_STRING),
                    keyword(each.required("FilterState"), FilterState),
                    read_reasons(each, "FilterStateReasons", "FilterStateReason", FilterStateReason),
                )
            )
    if not found:
        cursor.deviations.note("element-missing", f"{place(cursor.element)}/{group}/FilterStatus")
    return tuple(found)


def add_images_received(parent: etree._Element, namespace: str, count: int | None) -> None:
    """Append ImagesReceived, if it is known."""
    if count is not None:
        add(parent, namespace, "ImagesReceived", str(count))


def read_images_received(cursor: Cursor) -> int | None:
    """ImagesReceived; None, and noted, where it is missing. Raises ContentError for what is no count.
    [dsp/job-status/images-received]"""
    found = cursor.child("ImagesReceived")
    if found is None:
        cursor.deviations.note("element-missing", f"{place(cursor.element)}/ImagesReceived")
        return None
    return found.integer(0)


def add_time(parent: etree._Element, namespace: str, name: str, time: datetime | None) -> None:
    """Append a time, if there is one, in its own zone. [notes/c-12/job-times-are-date-times]
    [dsp/time/date-time] [dsp/time/local-time] [bdsrr/2.2.4.1/local-time]"""
    if time is not None:
        add(parent, namespace, name, format_date_time(time, keep_zone=True))
