"""What a scan server says against what it said: every state with every reason and every state of a filter, judged
by tables that are written here, from the documents."""

from __future__ import annotations

import itertools

import pytest

from emulator.dsm.contradictions import CONTRADICTIONS, JobTestimony, names_same_job
from emulator.dsm.job_status import FilterStatus, JobStatus
from emulator.dsm.outcome import JobOutcome
from emulator.dsm.states import FilterState, JobState, JobStateReason
from emulator.dsm.verdict import verdict
from emulator.soap.deviations import CLAUSES

TOKEN = "264a19bf-3604-4603-b59d-b47e0f669a1e"
DONE = {"Completed": "CompletedSuccessfully", "Aborted": "Canceled", "Canceled": "Canceled"}


def status(state: str, *reasons: str, filters: tuple[str, ...] = (), count: int | None = 2) -> JobStatus:
    told = filters or (DONE.get(state, "Pending"),)
    return JobStatus(TOKEN, state, reasons, tuple(FilterStatus("urn:f", each) for each in told), count)


def heard(*told: JobStatus, dialects: tuple[str, ...] = ("urn:f",), sent: int = 2) -> list[tuple[str, str]]:
    """What is found in answers to questions, after two images were acknowledged and the end was sent."""
    testimony = JobTestimony(dialects)
    testimony.job_token, testimony.acknowledged, testimony.sent, testimony.ended = TOKEN, 2, sent, True
    for each in told:
        testimony.hear(each, polled=True)
    return [(each.id, each.detail) for each in testimony.contradictions]


#: State -> the reasons that go with it (dsm.md 6.1; a reason to fail may stand before the state follows).
FAILING = {"NoValidPostScanInstructionsFound", "CreatePostScanJobFailed", "SendImageFailed",
           "PostScanJobProcessingFailed"}  # fmt: skip
ALWAYS = {"None", "PostScanJobTimedOut"}
COMPLETING = {"PostScanJobCompletedSuccessfully", "PostScanJobCompletedWithErrors",
              "PostScanJobCompletedWithWarnings"}  # fmt: skip
REASONS = {
    "Creating": ALWAYS | FAILING,
    "Pending": ALWAYS | FAILING,
    "Pending-Held": ALWAYS | FAILING,
    "Started": ALWAYS | FAILING,
    "Processing": ALWAYS | FAILING,
    "Terminating": ALWAYS | FAILING | {"PostScanJobCanceled"},
    "Canceled": ALWAYS | FAILING | {"PostScanJobCanceled"},
    "Aborted": ALWAYS | FAILING,
    "Completed": ALWAYS | COMPLETING,
    "vendor:Busy": {str(reason) for reason in JobStateReason},
}


@pytest.mark.parametrize(("state", "reason"), list(itertools.product(REASONS, JobStateReason)))
def test_a_reason_goes_with_a_state_or_not(state: str, reason: JobStateReason) -> None:
    # The law: [dsp/job-state-reason/goes-with-its-state]
    filters = ("CompletedWithErrors",) if reason == "PostScanJobCompletedWithErrors" else ()
    found = [id for id, _ in heard(status(state, reason, filters=filters)) if id == "job-state-reason"]
    assert (not found) is (str(reason) in REASONS[state])


#: State -> the states of filters that go with it (docs/protocol/dsm.md 6.2).
FILTERS = {
    "Creating": {"Pending"},
    "Pending": {"Pending"},
    "Pending-Held": {"Pending"},
    "Started": {str(each) for each in FilterState},
    "Processing": {str(each) for each in FilterState},
    "Terminating": {str(each) for each in FilterState},
    "Canceled": {"Canceled", "CompletedSuccessfully", "CompletedWithErrors", "CompletedWithWarnings"},
    "Aborted": {"Canceled", "CompletedSuccessfully", "CompletedWithErrors", "CompletedWithWarnings"},
    "Completed": {"Canceled", "CompletedSuccessfully", "CompletedWithErrors", "CompletedWithWarnings"},
    "vendor:Busy": {str(each) for each in FilterState},
}


@pytest.mark.parametrize(("state", "filter_state"), list(itertools.product(FILTERS, [*FilterState, "vendor:Odd"])))
def test_a_filter_goes_with_a_state_or_not(state: str, filter_state: str) -> None:
    # The law: [dsp/filter-state/goes-with-its-job] [notes/c-13/started-is-transient]
    # The law: [notes/c-34/images-in-creating]
    found = [detail for id, detail in heard(status(state, filters=(filter_state,))) if id == "filter-state"]
    assert (not found) is (filter_state in FILTERS[state] or filter_state == "vendor:Odd")
    assert all(filter_state in detail and state in detail for detail in found), "both are told"


ORDER = ("Creating", "Pending", "Started", "Processing", "Terminating", "Completed")


@pytest.mark.parametrize(("first", "second"), list(itertools.product([*JobState], repeat=2)))
def test_a_job_goes_forward(first: JobState, second: JobState) -> None:
    # The law: [dsp/job-state/in-their-order] [dsp/job-state/final-states]
    final = {"Completed", "Aborted", "Canceled"}
    place = {name: ORDER.index(name) for name in ORDER} | {"Pending-Held": 1, "Aborted": 5, "Canceled": 5}
    good = place[first] <= place[second] and (first not in final or first == second)
    found = [id for id, _ in heard(status(first), status(second)) if id == "job-state"]
    assert (not found) is good


@pytest.mark.parametrize("sent", [2, 3])
@pytest.mark.parametrize("count", [None, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("state", ["Processing", "Completed", "Aborted"])
def test_a_count_is_what_was_acknowledged(state: str, count: int | None, sent: int) -> None:
    """Of three sent, two acknowledged: one was sent twice, and may be counted twice until the end.
    [dsp/job-status/images-received]"""
    found = heard(status(state, count=count), sent=sent)
    good = count is None or count == 2 or (count == 3 <= sent and state != "Completed")
    assert (not found) is good
    assert all(str(count) in detail for _, detail in found)


def test_a_count_that_falls_is_told_also_where_it_is_as_large_as_it_must_be() -> None:
    assert heard(status("Processing", count=3), status("Processing", count=2), sent=3) == [
        ("images-received", "2 in Processing, 3 before")
    ]


def test_an_old_event_is_no_contradiction() -> None:
    testimony = JobTestimony(("urn:f",))
    testimony.job_token, testimony.acknowledged, testimony.sent, testimony.ended = TOKEN, 2, 2, True
    testimony.hear(status("Processing"), polled=True)
    testimony.hear(status("Creating", count=0), polled=False)
    assert testimony.contradictions == () and testimony.count == 2


@pytest.mark.parametrize(
    ("ours", "told", "ids"),
    [
        (("urn:f", "urn:g"), ("urn:g", "urn:f"), []),
        (("urn:f", "urn:f"), ("urn:f", "urn:f"), []),
        (("urn:f", "urn:f"), ("urn:f",), ["filter-statuses"]),
        (("urn:f",), ("urn:f", "urn:f"), ["filter-statuses"]),
        (("urn:f",), ("urn:g",), ["filter-statuses", "filter-statuses"]),
        (("urn:f",), (), ["filter-statuses"]),
        ((), ("urn:g",), []),
    ],
)
def test_each_filter_has_one_status(ours: tuple[str, ...], told: tuple[str, ...], ids: list[str]) -> None:
    # The law: [dsp/filter-status/one-for-each-filter]
    filters = tuple(FilterStatus(dialect, FilterState.COMPLETED_SUCCESSFULLY) for dialect in told)
    found = heard(JobStatus(TOKEN, JobState.COMPLETED, (), filters, 2), dialects=ours)
    assert [id for id, _ in found] == ids


def test_a_token_may_be_written_otherwise_and_is_still_the_same_job() -> None:
    # The law: [dsp/job-token/answer-is-about-that-job] [dsp/job-token/unique-at-its-server]
    assert names_same_job(TOKEN, "{" + TOKEN.upper() + "}") and names_same_job("opaque ", " opaque")
    assert not names_same_job(TOKEN, TOKEN[:-1] + "f") and not names_same_job("opaque", "Opaque")
    testimony = JobTestimony()
    testimony.job_token = TOKEN
    assert testimony.answered_about(TOKEN.upper())
    assert testimony.contradictions == () and [each.id for each in testimony.found] == ["spelling"]
    assert not testimony.answered_about("another")
    assert [each.detail for each in testimony.contradictions] == [f"another, asked for {TOKEN}"]


@pytest.mark.parametrize("outcome", JobOutcome)
def test_a_contradiction_takes_every_success_and_nothing_else(outcome: JobOutcome) -> None:
    testimony = JobTestimony()
    told = status("Completed", count=0)
    assert verdict(outcome, "", testimony, told) == (outcome, ""), "nothing was sent, and nothing is there"
    testimony.note("job-state", "Completed, before EndPostScanJob", "JobStatus/JobState")
    believed, reason = verdict(outcome, "", testimony, told)
    if outcome in ("Completed", "CompletedWithWarnings", "NotAwaited"):
        assert believed is JobOutcome.CONTRADICTED and "JobState Completed, before EndPostScanJob" in reason
    else:
        assert (believed, reason) == (outcome, "")


def test_every_contradiction_is_a_deviation_with_its_rule() -> None:
    assert set(CLAUSES) >= CONTRADICTIONS
