"""WS-DSC and the events of both services: written valid, read back, read with tolerance, as the documents print."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from emulator.dsm.constants import DSC, DSP, FILTER, REPOSITORY_CONFIGURATION, REPOSITORY_STATUS
from emulator.dsm.documents import DocumentEntry, Documents
from emulator.dsm.job_end_state import PostScanJobEndState
from emulator.dsm.job_status import FilterStatus, JobDescription, JobStatus
from emulator.dsm.job_summary import JobSummary
from emulator.dsm.messages.cancel import CancelPostScanJobRequest, CancelPostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.messages.events import (
    PostScanJobEndStateEvent,
    PostScanJobStatusEvent,
    RepositoryElementsChangeEvent,
    RepositoryStatusSummaryEvent,
    read_event,
)
from emulator.dsm.messages.job_lists import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.dsm.messages.repository_elements import GetRepositoryElementsRequest, GetRepositoryElementsResponse
from emulator.dsm.repository import (
    RepositoryConfiguration,
    RepositoryState,
    RepositoryStateReason,
    RepositoryStatus,
)
from emulator.dsm.states import FilterState, FilterStateReason, JobState, JobStateReason
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.envelope import read_envelope, request, write_envelope
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations
from emulator.soap.xml import QName, parse_xml

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FILTERS = (
    FilterStatus(f"{FILTER}/fileshare", FilterState.COMPLETED_SUCCESSFULLY),
    FilterStatus(f"{FILTER}/email", FilterState.COMPLETED_WITH_ERRORS, (FilterStateReason.INVALID_SMTP_SERVER,)),
)
STATUS = JobStatus("t", JobState.COMPLETED, (JobStateReason.COMPLETED_WITH_ERRORS,), FILTERS, 2, NOW, NOW)
DESCRIPTION = JobDescription("B6EB9213-C1BE-4BBF-880E-FF8F18A53469", "To Joe", "joe@contoso.example")
SUMMARY = JobSummary("t", DESCRIPTION, JobState.PROCESSING, (), FILTERS, 2)
CONFIGURATION = RepositoryConfiguration(
    (QName(FILTER, "fileshare"), QName("urn:fax", "fax"), QName(FILTER, "email"))
)
REPOSITORY = RepositoryStatus(RepositoryState.PROCESSING, (RepositoryStateReason.NONE,))
END = PostScanJobEndState.of(STATUS, DESCRIPTION)

BOTH = [
    CancelPostScanJobRequest("t"),
    CancelPostScanJobResponse(),
    PostScanJobStatusEvent(STATUS),
    PostScanJobEndStateEvent(END),
]
MESSAGES = [
    *((DSC, each) for each in BOTH),
    *((DSP, each) for each in BOTH),
    (DSC, GetPostScanJobElementsRequest("t", (QName(DSC, "JobStatus"), QName("urn:v", "Own")))),
    (
        DSC,
        GetPostScanJobElementsResponse(
            (
                ElementData(QName(DSC, "JobStatus"), STATUS),
                ElementData(QName(DSC, "JobDescription"), DESCRIPTION),
                ElementData(QName(DSC, "Documents"), Documents((DocumentEntry(1, "png"),))),
                ElementData(QName("urn:v", "Own"), None),
            )
        ),
    ),
    (DSC, GetRepositoryElementsRequest((REPOSITORY_CONFIGURATION, REPOSITORY_STATUS, QName("urn:v", "Own")))),
    (
        DSC,
        GetRepositoryElementsResponse(
            (
                ElementData(REPOSITORY_CONFIGURATION, CONFIGURATION),
                ElementData(REPOSITORY_STATUS, REPOSITORY),
                ElementData(QName("urn:v", "Own"), None),
                ElementData(QName(FILTER, "email"), None),
            )
        ),
    ),
    (DSC, GetActiveJobsRequest()),
    (DSC, GetActiveJobsResponse((SUMMARY, SUMMARY))),
    (DSC, GetActiveJobsResponse(())),
    (DSC, GetJobHistoryRequest()),
    (DSC, GetJobHistoryResponse((SUMMARY,))),
    (DSC, RepositoryStatusSummaryEvent(RepositoryStatus(RepositoryState.IDLE))),
    (DSC, RepositoryElementsChangeEvent(CONFIGURATION)),
    (DSC, RepositoryElementsChangeEvent(None)),
]


@pytest.mark.parametrize(("namespace", "message"), MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_valid_and_comes_back(namespace: str, message: GetActiveJobsResponse) -> None:
    # The law: [dsc/get-repository-elements/request] [dsc/get-repository-elements/configuration]
    # The law: [dsc/get-repository-elements/filter] [dsc/get-post-scan-job-elements/request]
    # The law: [dsc/cancel-post-scan-job/request] [dsc/get-active-jobs/request] [dsc/get-job-history/request]
    # The law: [dsc/job-summary/children] [dsp/event/status-body] [dsp/event/end-state-body]
    # The law: [bdsrr/3.2.4.6/one-element-changes] [bdsrr/3.2.4.6/configuration]
    # The law: [bdsrr/3.2.4.7/one-status-summary] [bdsrr/3.2.4.7/state] [bdsrr/3.2.4.7/reasons]
    # The law: [bdsrr/3.2.4.8/one-job-status] [bdsrr/3.2.4.9/children]
    # The law: [bdsrr/3.2.4.9/completed-time-may-be-missing] [notes/c-11/filter-dialect-of-dsc-is-a-qname]
    # The law: [notes/c-28/get-job-history-singular]
    body = message.to_xml(namespace)
    assert body.tag == f"{{{namespace}}}{type(message).__name__}"
    read = read_envelope(write_envelope(request("urn:act", "urn:to", body))).message.body
    assert read is not None and violations(read) == []
    deviations = Deviations()
    assert type(message).from_xml(read, deviations) == message
    assert [str(each) for each in deviations] == []


def test_what_is_written_for_one_service_has_nothing_of_the_other() -> None:
    # The law: [dsc/wire/namespace]
    for namespace, message in MESSAGES:
        other = DSP if namespace == DSC else DSC
        assert other.encode() not in etree.tostring(message.to_xml(namespace)), message


@pytest.mark.parametrize(("namespace", "message"), MESSAGES, ids=lambda each: type(each).__name__)
def test_our_messages_are_valid_by_the_published_schemas(
    reference: Path, namespace: str, message: GetActiveJobsResponse
) -> None:
    schema = etree.XMLSchema(etree.parse(reference / "xsd/all.xsd"))
    assert schema.validate(etree.fromstring(etree.tostring(message.to_xml(namespace)))), schema.error_log


PRINTED = [
    (1, GetRepositoryElementsRequest((REPOSITORY_CONFIGURATION,)), []),
    (
        2,
        GetRepositoryElementsResponse(
            (
                ElementData(
                    REPOSITORY_CONFIGURATION,
                    RepositoryConfiguration(
                        tuple(QName(FILTER, name) for name in ("fileshare", "sharepoint", "email"))
                    ),
                ),
            )
        ),
        [],
    ),
    (3, GetActiveJobsRequest(), []),
    (4, GetActiveJobsResponse(()), ["element-missing"]),
    (5, GetJobHistoryRequest(), []),
]


@pytest.mark.parametrize(("number", "message", "told"), PRINTED)
def test_the_printed_messages_are_read(
    reference: Path, number: int, message: GetActiveJobsResponse, told: list[str]
) -> None:
    root = parse_xml((reference / f"examples/bdsrr/bdsrr-4-{number}.xml").read_bytes())
    deviations = Deviations()
    assert type(message).from_xml(root[-1][0], deviations) == message
    assert [each.id for each in deviations] == told


def test_the_printed_history_is_read(reference: Path) -> None:
    # The law: [notes/c-10/missing-active-jobs-read]
    root = parse_xml((reference / "examples/bdsrr/bdsrr-4-6.xml").read_bytes())
    deviations = Deviations()
    first, second = GetJobHistoryResponse.from_xml(root[-1][0], deviations).jobs
    assert not list(deviations)
    assert first.job_token == "6a8d7c92-0db3-4978-8aad-180530f8de53"
    assert first.description == JobDescription(
        "B6EB9213-C1BE-4BBF-880E-FF8F18A53469", "EdTestAll", "prtlab@ENTERPRISESCAN1"
    )
    assert (first.job_state, first.job_state_reasons) == (JobState.ABORTED, (JobStateReason.NO_VALID_INSTRUCTIONS,))
    assert first.filter_statuses == (FilterStatus(f"{FILTER}/email", FilterState.CANCELED),)
    assert second.job_state == JobState.COMPLETED


# Events


def test_the_body_says_which_event_it_is_and_the_action_is_compared() -> None:
    # The law: [dsp/event/action] [dsp/event/produced-and-supported] [notes/silent/dsp-event-actions]
    body = PostScanJobEndStateEvent(END).to_xml(DSC)
    deviations = Deviations()
    assert read_event(f"{DSC}/PostScanJobEndStateEvent", body, deviations) == PostScanJobEndStateEvent(END)
    assert not list(deviations)
    assert read_event(f"{DSP}/PostScanJobEndStateEvent", body, deviations) == PostScanJobEndStateEvent(END)
    assert [each.id for each in deviations] == ["event-action"]


def test_an_end_state_is_the_status_that_would_be_told_too() -> None:
    # The law: [notes/c-30/completed-state-is-a-state]
    status = END.as_status()
    assert (status.job_token, status.job_state, status.job_state_reasons) == ("t", *END_STATE)
    assert (status.filter_statuses, status.images_received) == (FILTERS, 2)


END_STATE = (JobState.COMPLETED, (JobStateReason.COMPLETED_WITH_ERRORS,))


@pytest.mark.parametrize(
    ("xml", "argument"),
    [
        ("<d:PostScanJobStatusEvent/>", "JobStatus"),
        ("<d:PostScanJobEndStateEvent/>", "PostScanJobEndState"),
        ("<d:PostScanJobEndStateEvent><d:PostScanJobEndState/></d:PostScanJobEndStateEvent>", "JobCompletedState"),
        (
            "<d:PostScanJobEndStateEvent><d:PostScanJobEndState><d:JobToken>t</d:JobToken><d:JobCompletedState>"
            "Processing</d:JobCompletedState></d:PostScanJobEndState></d:PostScanJobEndStateEvent>",
            "JobCompletedState",
        ),
        ("<d:CreatePostScanJobRequest/>", "Event"),
        ("<x/>", "Event"),
    ],
)
def test_what_is_no_event_is_refused(xml: str, argument: str) -> None:
    element = etree.fromstring(f'<r xmlns:d="{DSP}">{xml}</r>')[0]
    with pytest.raises(ContentError) as refused:
        read_event("urn:a", element, Deviations())
    assert refused.value.argument == argument


def test_an_empty_body_is_no_event() -> None:
    with pytest.raises(ContentError):
        read_event("urn:a", None, Deviations())


ROOTS = [etree.tostring(message.to_xml(namespace)) for namespace, message in MESSAGES]
READERS = {f"{{{namespace}}}{type(message).__name__}": type(message).from_xml for namespace, message in MESSAGES}
TEXTS = st.sampled_from(["", " ", "x", "-1", "99999999999", "Completed", "d:x", "nobody:x", ":", "a b", "\u2028"])
CHANGES = st.tuples(
    st.integers(0, 60), st.sampled_from(["drop", "double", "text", "tag", "attribute", "tail"]), TEXTS
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ROOTS), st.lists(CHANGES, max_size=4))
def test_readers_raise_content_error_or_read(xml: bytes, changes: list[tuple[int, str, str]]) -> None:
    """Whatever is missing, doubled or wrong: no other exception, and no hang."""
    root = etree.fromstring(xml)
    reader = READERS[str(root.tag)]
    for index, what, text in changes:
        parts = list(root.iter())
        part = parts[index % len(parts)]
        parent = part.getparent()
        if what == "text":
            part.text = text
        elif what == "tail" and parent is not None:
            part.tail = text
        elif what == "attribute":
            part.set(f"{{{DSC}}}Name", text)
        elif what == "tag":
            part.tag = f"{{{DSC}}}Other" if parent is not None else part.tag
        elif parent is not None and what == "drop":
            parent.remove(part)
        elif parent is not None:
            parent.append(etree.fromstring(etree.tostring(part, with_tail=False)))
    with suppress(ContentError):
        reader(root, Deviations())
    with suppress(ContentError):
        read_event("urn:a", root, Deviations())
