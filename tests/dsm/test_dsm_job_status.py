"""JobStatus and JobDescription as servers send them: vendors' keywords, misprints, times with and without zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.states import FilterState, FilterStateReason, JobState, JobStateReason
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
FILTERS = (
    "<FilterStatuses><FilterStatus><Dialect>urn:f</Dialect><FilterState>Pending</FilterState>{}</FilterStatus>"
    "</FilterStatuses>"
)
STATUS = (
    "<JobToken>t</JobToken><JobState>Processing</JobState><JobStateReasons><JobStateReason>None</JobStateReason>"
    f"</JobStateReasons>{FILTERS.format('')}<ImagesReceived>2</ImagesReceived>"
)


def read(inside: str) -> tuple[JobStatus, list[str]]:
    deviations = Deviations()
    root = etree.fromstring(f'<JobStatus xmlns="{DSP}" xmlns:v="urn:v">{inside}</JobStatus>')
    return JobStatus.from_xml(root, deviations), [f"{each.id} {each.place}" for each in deviations]


def reason(text: str) -> tuple[str, list[str]]:
    status, told = read(STATUS.replace(">None<", f">{text}<"))
    return status.job_state_reasons[0], told


def filter_reason(text: str) -> tuple[str, list[str]]:
    told_reason = f"<FilterStateReasons><FilterStateReason>{text}</FilterStateReason></FilterStateReasons>"
    status, told = read(STATUS.replace(FILTERS.format(""), FILTERS.format(told_reason)))
    return status.filter_statuses[0].filter_state_reasons[0], told


def test_a_status_as_the_schema_wants_it_is_read_without_a_word() -> None:
    # The law: [dsp/job-status/children] [dsp/filter-status/children]
    assert read(STATUS) == (
        JobStatus(
            "t",
            JobState.PROCESSING,
            (JobStateReason.NONE,),
            (FilterStatus("urn:f", FilterState.PENDING),),
            2,
        ),
        [],
    )


@pytest.mark.parametrize("text", [str(each) for each in JobStateReason])
def test_every_reason_of_the_documents_is_known(text: str) -> None:
    # The law: [notes/c-33/timed-out-reason]
    found, told = reason(text)
    assert isinstance(found, JobStateReason) and found == text and told == []


def test_the_misprint_of_the_schema_is_read_as_what_it_means() -> None:
    """By the rule [notes/c-04/send-imange-failed-read]. [dsp/job-state-reason/send-image-failed-misprint]"""
    found, told = reason("SendImangeFailed")
    assert found is JobStateReason.SEND_IMAGE_FAILED
    assert told == ["spelling JobStatus/JobStateReasons/JobStateReason"]


@pytest.mark.parametrize("name", ["AccessDenied", "OutOfDiskSpace"])
def test_both_spellings_of_share_point_are_right(name: str) -> None:
    """By the rule [notes/c-03/sharepoint-reasons-in-any-case]. [dsp/filter-state-reason/spelling-of-sharepoint]"""
    for spelling in ("SharePoint", "Sharepoint"):
        found, told = filter_reason(spelling + name)
        assert found is FilterStateReason(f"SharePoint{name}")
        assert told == []
    found, told = filter_reason(f"SHAREPOINT{name}")
    assert found is FilterStateReason(f"SharePoint{name}")
    assert told == ["spelling JobStatus/FilterStatuses/FilterStatus/FilterStateReasons/FilterStateReason"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vendor:Rebooting", []),
        ("PaperOnFire", ["value JobStatus/JobStateReasons/JobStateReason"]),
        (" vendor:Rebooting\n", ["white-space JobStatus/JobStateReasons/JobStateReason"]),
        (
            " PaperOnFire ",
            [
                "white-space JobStatus/JobStateReasons/JobStateReason",
                "value JobStatus/JobStateReasons/JobStateReason",
            ],
        ),
    ],
)
def test_a_keyword_that_the_documents_do_not_have_is_kept(text: str, expected: list[str]) -> None:
    # The law: [dsp/job-state/unknown-keyword-is-no-error] [dsc/keyword/extension] [bdsrr/1.8/vendor-keywords]
    # The law: [notes/c-33/unknown-keywords-tolerated]
    found, told = reason(text)
    assert found == text.strip() and not isinstance(found, JobStateReason)
    assert told == expected


def test_states_of_vendors_are_kept() -> None:
    # The law: [dsp/job-state/vendor-values]
    status, told = read(STATUS.replace("Processing", "v:Napping").replace("Pending", "v:Yawning"))
    assert (status.job_state, status.filter_statuses[0].filter_state) == ("v:Napping", "v:Yawning")
    assert told == []


def test_a_keyword_in_other_letters_is_read_and_told() -> None:
    status, told = read(STATUS.replace("Processing", "processing"))
    assert status.job_state is JobState.PROCESSING
    assert told == ["spelling JobStatus/JobState"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<JobToken>t<", "<JobToken> t<", ["white-space JobStatus/JobToken"]),
        ("<ImagesReceived>2<", "<ImagesReceived> 2<", ["white-space JobStatus/ImagesReceived"]),
        ("<ImagesReceived>", "<Unknown/><ImagesReceived>", ["element-unknown JobStatus/Unknown"]),
        ("<ImagesReceived>", "<v:More/><ImagesReceived>", []),
        ("<JobState>", "stray<JobState>", ["text-between-elements JobStatus"]),
        (
            "<JobStateReason>None</JobStateReason>",
            "",
            ["element-missing JobStatus/JobStateReasons/JobStateReason"],
        ),
        (
            "<JobStateReason>None<",
            "<JobStateReason><",
            [
                "value JobStatus/JobStateReasons/JobStateReason",
                "element-missing JobStatus/JobStateReasons/JobStateReason",
            ],
        ),
        (FILTERS.format(""), "", ["element-missing JobStatus/FilterStatuses/FilterStatus"]),
        (FILTERS.format(""), "<FilterStatuses/>", ["element-missing JobStatus/FilterStatuses/FilterStatus"]),
        (
            "<ImagesReceived>2</ImagesReceived>",
            "<JobCompletedTime>2020-01-01T00:00:00Z</JobCompletedTime><ImagesReceived>2</ImagesReceived>",
            ["element-order JobStatus/ImagesReceived"],
        ),
        (
            "</ImagesReceived>",
            "</ImagesReceived><ImagesReceived>3</ImagesReceived>",
            ["images-received JobStatus/ImagesReceived", "element-doubled JobStatus/ImagesReceived"],
        ),
        (
            "</ImagesReceived>",
            "</ImagesReceived><JobCreatedTime>yesterday</JobCreatedTime>",
            ["value JobStatus/JobCreatedTime"],
        ),
    ],
)
def test_what_departs_is_read_and_told(old: str, new: str, expected: list[str]) -> None:
    # The law: [dsp/filter-status/one-or-more] [dsp/job-state-reason/one-or-more]
    assert old in STATUS
    status, told = read(STATUS.replace(old, new))
    assert told == expected
    assert (status.job_token.strip(), status.job_state, status.images_received) == ("t", "Processing", 2)


def test_a_count_that_is_not_told_is_unknown_and_that_is_told() -> None:
    status, told = read(STATUS.replace("<ImagesReceived>2</ImagesReceived>", ""))
    assert status.images_received is None and told == ["element-missing JobStatus/ImagesReceived"]


@pytest.mark.parametrize(
    ("doubled", "id"),
    [("<JobToken>u</JobToken>", "job-token"), ("<JobState>Aborted</JobState>", "job-state"),
     ("<ImagesReceived>0</ImagesReceived>", "images-received")],
)  # fmt: skip
def test_two_of_one_kind_that_say_different_things_contradict_one_another(doubled: str, id: str) -> None:
    _, told = read(STATUS + doubled)
    assert any(each.startswith(f"{id} ") for each in told)


def test_a_token_is_kept_octet_by_octet() -> None:
    # The law: [dsp/job-token/echoed] [bdsrr/2.2.3.28/token-is-opaque] [notes/c-05/job-token-echoed]
    assert read(STATUS.replace("<JobToken>t<", "<JobToken> {T}\n<"))[0].job_token == " {T}\n"


@pytest.mark.parametrize(
    ("old", "new", "argument"),
    [
        ("<JobToken>t</JobToken>", "", "JobToken"),
        ("<JobState>Processing</JobState>", "", "JobState"),
        ("<JobState>Processing<", "<JobState> <", "JobState"),
        ("<ImagesReceived>2<", "<ImagesReceived>two<", "ImagesReceived"),
        ("<ImagesReceived>2<", "<ImagesReceived>-1<", "ImagesReceived"),
        ("<Dialect>urn:f</Dialect>", "", "Dialect"),
        ("<FilterState>Pending</FilterState>", "", "FilterState"),
    ],
)
def test_what_cannot_be_understood_is_an_error_that_names_it(old: str, new: str, argument: str) -> None:
    assert old in STATUS
    with pytest.raises(ContentError) as caught:
        read(STATUS.replace(old, new))
    assert caught.value.argument == argument


def test_times_are_read_with_a_zone_and_without() -> None:
    # The law: [dsp/time/zone-is-optional] [dsp/time/date-time] [notes/c-12/job-times-are-date-times]
    status, told = read(
        STATUS + "<JobCreatedTime> 2009-04-28T18:37:19.519</JobCreatedTime>"
        "<JobCompletedTime>2009-04-28T19:37:19+01:00</JobCompletedTime>"
    )
    assert status.job_created_time == datetime.fromisoformat("2009-04-28T18:37:19.519")
    assert status.job_completed_time == datetime(2009, 4, 28, 18, 37, 19, tzinfo=UTC)
    assert told == ["white-space JobStatus/JobCreatedTime"]


def test_a_description_is_read_with_what_is_missing_told() -> None:
    deviations = Deviations()
    root = etree.fromstring(
        f'<JobDescription xmlns="{DSP}"><PSP_DisplayName> To Joe </PSP_DisplayName><PSP_Identifier>'
        f"{'x' * 256}</PSP_Identifier></JobDescription>"
    )
    assert JobDescription.from_xml(root, deviations) == JobDescription("x" * 256, " To Joe ", "")
    assert [each.id for each in deviations] == ["element-order", "too-long", "element-missing"]


# What we write

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
VENDOR = st.from_regex(r"[a-z]{1,6}:[A-Za-z0-9_.\-]{1,10}", fullmatch=True)
TIMES = st.none() | st.datetimes(
    datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01"), timezones=st.none() | st.just(UTC)
).map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000))
STATUSES = st.builds(
    JobStatus,
    TEXT,
    st.sampled_from(JobState) | VENDOR,
    st.lists(st.sampled_from(JobStateReason) | VENDOR, max_size=3).map(tuple),
    st.lists(
        st.builds(
            FilterStatus,
            st.just("urn:f"),
            st.sampled_from(FilterState) | VENDOR,
            st.lists(st.sampled_from(FilterStateReason) | VENDOR, max_size=2).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    st.integers(0, 2**31 - 1),
    TIMES,
    TIMES,
)


@settings(max_examples=100, deadline=None)
@given(STATUSES)
def test_a_status_that_we_write_is_valid_and_comes_back(status: JobStatus) -> None:
    # The law: [dsc/job-status/children] [dsc/filter-status/children] [dsp/filter-status/one-or-more]
    # The law: [dsp/job-state-reason/one-or-more] [dsp/filter-status/dialect-is-the-whole-uri]
    # The law: [dsp/time/date-time] [notes/c-11/dialect-elsewhere-is-a-uri] [notes/c-34/images-in-creating]
    written = etree.fromstring(etree.tostring(status.to_xml()))
    event = etree.Element(f"{{{DSP}}}PostScanJobStatusEvent")  # JobStatus by itself is no global element
    event.append(written)
    assert violations(event) == []
    deviations = Deviations()
    assert JobStatus.from_xml(written, deviations) == status
    assert [each.id for each in deviations if status.job_token == status.job_token.strip()] == []


@settings(max_examples=50, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_a_description_that_we_write_comes_back(identifier: str, name: str, user: str) -> None:
    # The law: [dsc/job-description/children] [dsp/job-description/children]
    description = JobDescription(identifier, name, user)
    deviations = Deviations()
    assert (
        JobDescription.from_xml(etree.fromstring(etree.tostring(description.to_xml())), deviations) == description
    )
    assert not list(deviations)
